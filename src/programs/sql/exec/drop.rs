//! DROP TABLE, VIEW, INDEX, SEQUENCE and SCHEMA, with what depends on them.

use sqlparser::ast::{ObjectName, ObjectType};

use super::Job;
use super::constraints::quoted;
use crate::programs::sql::bind::object_name;
use crate::programs::sql::catalog::{Relation, Rule};
use crate::programs::sql::reply::{Reply, Report};

/// Something that goes with what it depends on.
#[derive(Clone, Debug, PartialEq)]
enum Dependent {
    View((String, String)),
    Constraint { table: (String, String), name: String },
    Default { table: (String, String), column: String },
}

impl Job<'_> {
    pub(super) fn drop(
        &mut self,
        kind: ObjectType,
        if_exists: bool,
        names: &[ObjectName],
        cascade: bool,
    ) -> Result<(), Report> {
        let word = match kind {
            ObjectType::Table => "table",
            ObjectType::View => "view",
            ObjectType::Index => "index",
            ObjectType::Sequence => "sequence",
            ObjectType::Schema => return self.drop_schemas(if_exists, names, cascade),
            ObjectType::MaterializedView => return Err(Report::beyond("materialized views")),
            other => return Err(Report::beyond(format!("DROP {other}"))),
        };
        let mut doomed = Vec::new();
        for name in names {
            let (schema, bare) = object_name(name)?;
            let found = self
                .binder()
                .find(schema.as_deref(), &bare)
                .map(|(full, relation)| (full.clone(), relation.kind()));
            match found {
                Some((full, found_kind)) if found_kind == word => doomed.push(full),
                Some((full, found_kind)) => {
                    let article = if word == "index" { "an" } else { "a" };
                    let found_article = if found_kind == "index" { "an" } else { "a" };
                    return Err(
                        Report::error("42809", format!("\"{}\" is not {article} {word}", full.1)).hint(format!(
                            "Use DROP {} to remove {found_article} {found_kind}.",
                            found_kind.to_uppercase()
                        )),
                    );
                }
                None => {
                    if let Some(schema) = schema
                        .as_deref()
                        .filter(|schema| !self.live.catalog.schemas.contains_key(*schema))
                    {
                        let message = format!("schema \"{schema}\" does not exist");
                        if !if_exists {
                            return Err(Report::error("3F000", message));
                        }
                        self.notice(format!("{message}, skipping"));
                        continue;
                    }
                    let message = format!("{word} \"{bare}\" does not exist");
                    if !if_exists {
                        return Err(Report::error(if word == "index" { "42704" } else { "42P01" }, message));
                    }
                    self.notice(format!("{message}, skipping"));
                }
            }
        }
        self.drop_all(&doomed, cascade, None)?;
        self.done(format!("DROP {}", word.to_uppercase()));
        Ok(())
    }

    /// Drops relations; what depends on them goes too, or keeps them.
    pub(super) fn drop_all(
        &mut self,
        doomed: &[(String, String)],
        cascade: bool,
        schema: Option<&str>,
    ) -> Result<(), Report> {
        let mut dependents: Vec<(Dependent, String)> = Vec::new();
        for name in doomed {
            let Some(relation) = self.live.catalog.relations.get(name).cloned() else {
                continue;
            };
            let subject = format!("{} {}", relation.kind(), self.shown_name(name));
            if let Relation::Index(index) = &relation {
                self.not_a_constraint(name, index.table)?;
            }
            self.gather(&relation, &subject, doomed, &mut dependents);
        }
        if !dependents.is_empty() && !cascade {
            let lines: Vec<String> = dependents
                .iter()
                .map(|(it, on)| format!("{} depends on {on}", self.describe(it)))
                .collect();
            let what = match (schema, doomed) {
                (Some(schema), _) => format!("schema {schema}"),
                (None, [one]) => {
                    let kind = self.live.catalog.relations.get(one).map_or("table", Relation::kind);
                    format!("{kind} {}", self.shown_name(one))
                }
                _ => "desired object(s)".into(),
            };
            return Err(Report::error(
                "2BP01",
                format!("cannot drop {what} because other objects depend on it"),
            )
            .detail(lines.join("\n"))
            .hint("Use DROP ... CASCADE to drop the dependent objects too."));
        }
        self.tell_cascade(dependents.iter().map(|(it, _)| self.describe(it)).collect());
        for (dependent, _) in dependents {
            match dependent {
                Dependent::View(name) => drop(self.live.catalog.relations.remove(&name)),
                Dependent::Constraint { table, name } => {
                    let mut changed = self.table_now(&table);
                    changed.constraints.retain(|constraint| constraint.name != name);
                    self.put_table(&table, changed);
                }
                Dependent::Default { table, column } => {
                    let mut changed = self.table_now(&table);
                    for it in changed.columns.iter_mut().filter(|it| it.name == column) {
                        it.default = None;
                    }
                    self.put_table(&table, changed);
                }
            }
        }
        for name in doomed {
            self.remove(name)?;
        }
        Ok(())
    }

    /// Tells what a cascade took along.
    pub(super) fn tell_cascade(&mut self, things: Vec<String>) {
        match things.as_slice() {
            [] => (),
            [one] => self.notice(format!("drop cascades to {one}")),
            many => {
                let lines: Vec<String> = many.iter().map(|it| format!("drop cascades to {it}")).collect();
                let report = Report::notice(format!("drop cascades to {} other objects", many.len()));
                self.replies.push(Reply::Notice(report.detail(lines.join("\n"))));
            }
        }
    }

    fn not_a_constraint(&self, name: &(String, String), table: u32) -> Result<(), Report> {
        let Some((table_name, table)) = self.live.catalog.table_by_oid(table) else {
            return Ok(());
        };
        let owned = table.constraints.iter().any(|constraint| {
            constraint.name == name.1 && matches!(constraint.rule, Rule::Primary(_) | Rule::Unique(_))
        });
        if owned {
            let message = format!(
                "cannot drop index {0} because constraint {0} on table {1} requires it",
                name.1, table_name.1
            );
            return Err(Report::error("2BP01", message).hint(format!(
                "You can drop constraint {} on table {} instead.",
                name.1, table_name.1
            )));
        }
        Ok(())
    }

    /// Returns a name as messages show it: without the schema where the search path finds it.
    pub(super) fn shown_name(&self, name: &(String, String)) -> String {
        use crate::programs::sql::catalog::quote_ident;
        if self.around.search_path.contains(&name.0) {
            quote_ident(&name.1)
        } else {
            format!("{}.{}", quote_ident(&name.0), quote_ident(&name.1))
        }
    }

    fn describe(&self, dependent: &Dependent) -> String {
        match dependent {
            Dependent::View(name) => format!("view {}", self.shown_name(name)),
            Dependent::Constraint { table, name } => format!("constraint {name} on table {}", self.shown_name(table)),
            Dependent::Default { table, column } => {
                format!("default value for column {column} of table {}", self.shown_name(table))
            }
        }
    }

    fn gather(
        &self,
        relation: &Relation,
        subject: &str,
        doomed: &[(String, String)],
        found: &mut Vec<(Dependent, String)>,
    ) {
        let oid = relation.oid();
        let catalog = &self.live.catalog;
        let mut add = |dependent: Dependent| {
            let fresh = !found.iter().any(|(known, _)| *known == dependent);
            if fresh {
                found.push((dependent, subject.to_owned()));
            }
            fresh
        };
        if let Relation::Table(_) = relation {
            for (table, _, constraint, _) in catalog.references_to(oid) {
                if !doomed.contains(table) {
                    add(Dependent::Constraint {
                        table: table.clone(),
                        name: constraint.name.clone(),
                    });
                }
            }
        }
        if let Relation::Sequence(sequence) = relation {
            for (name, other) in &catalog.relations {
                let Relation::Table(table) = other else { continue };
                for column in &table.columns {
                    let owner = sequence.owned_by == Some((table.oid, column.number));
                    let text = column.default.as_ref().map_or("", |default| default.shown.as_str());
                    let used = catalog.by_oid(oid).is_some_and(|((_, sequence_name), _)| {
                        text.starts_with("nextval(") && text.contains(&format!("{sequence_name}'"))
                    });
                    if used && (owner || text.starts_with("nextval(")) && !doomed.contains(name) {
                        add(Dependent::Default {
                            table: name.clone(),
                            column: column.name.clone(),
                        });
                    }
                }
            }
        }
        let mut views = Vec::new();
        for (name, other) in &catalog.relations {
            if let Relation::View(view) = other
                && view.reads.contains(&oid)
                && !doomed.contains(name)
                && add(Dependent::View(name.clone()))
            {
                views.push((name.clone(), other.clone()));
            }
        }
        for (name, view) in views {
            self.gather(&view, &format!("view {}", self.shown_name(&name)), doomed, found);
        }
    }

    fn remove(&mut self, name: &(String, String)) -> Result<(), Report> {
        let Some(relation) = self.live.catalog.relations.remove(name) else {
            return Ok(());
        };
        match relation {
            Relation::Table(table) => {
                self.live.batch(&format!("DROP TABLE {}", quoted(&table.storage)))?;
                let identities = table.identities();
                self.live.catalog.relations.retain(|_, other| match other {
                    Relation::Index(index) => index.table != table.oid,
                    Relation::Sequence(sequence) => {
                        !identities.contains(&sequence.oid)
                            && sequence.owned_by.is_none_or(|(owner, _)| owner != table.oid)
                    }
                    _ => true,
                });
                Ok(())
            }
            Relation::Index(index) => self
                .live
                .batch(&format!("DROP INDEX IF EXISTS {}", quoted(&format!("i{}", index.oid)))),
            Relation::View(_) | Relation::Sequence(_) => Ok(()),
        }
    }

    fn drop_schemas(&mut self, if_exists: bool, names: &[ObjectName], cascade: bool) -> Result<(), Report> {
        for name in names {
            let (_, schema) = object_name(name)?;
            if !self.live.catalog.schemas.contains_key(&schema) {
                let message = format!("schema \"{schema}\" does not exist");
                if !if_exists {
                    return Err(Report::error("3F000", message));
                }
                self.notice(format!("{message}, skipping"));
                continue;
            }
            let inside: Vec<((String, String), &'static str)> = self
                .live
                .catalog
                .relations
                .iter()
                .filter(|((of, _), relation)| *of == schema && !matches!(relation, Relation::Index(_)))
                .filter(|(_, relation)| match relation {
                    Relation::Sequence(sequence) => sequence.owned_by.is_none(),
                    _ => true,
                })
                .map(|(name, relation)| (name.clone(), relation.kind()))
                .collect();
            let things: Vec<String> = inside
                .iter()
                .map(|(name, kind)| format!("{kind} {}", self.shown_name(name)))
                .collect();
            if !inside.is_empty() && !cascade {
                let lines: Vec<String> = things
                    .iter()
                    .map(|it| format!("{it} depends on schema {schema}"))
                    .collect();
                return Err(Report::error(
                    "2BP01",
                    format!("cannot drop schema {schema} because other objects depend on it"),
                )
                .detail(lines.join("\n"))
                .hint("Use DROP ... CASCADE to drop the dependent objects too."));
            }
            self.tell_cascade(things);
            let doomed: Vec<(String, String)> = inside.into_iter().map(|(name, _)| name).collect();
            let before = self.replies.len();
            self.drop_all(&doomed, true, Some(&schema))?;
            self.replies.truncate(before);
            self.live.catalog.relations.retain(|(of, _), _| *of != schema);
            self.live.catalog.schemas.remove(&schema);
        }
        self.done("DROP SCHEMA");
        Ok(())
    }
}
