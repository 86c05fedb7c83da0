//! ALTER TABLE and ALTER INDEX.

use sqlparser::ast::{
    AlterColumnOperation, AlterIndexOperation, AlterTable, AlterTableOperation, DropBehavior, Expr, ObjectName, Owner,
    RenameTableNameKind,
};

use super::Job;
use super::constraints::quoted;
use super::create::{Wish, free_column};
use crate::programs::sql::bind::{Bound, Level, Range, column_type, ident, object_name, table_columns};
use crate::programs::sql::catalog::{Generated, Key, Relation, Rule, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;

impl Job<'_> {
    pub(super) fn alter_table(&mut self, alter: &AlterTable) -> Result<(), Report> {
        let (schema, bare) = object_name(&alter.name)?;
        let found = self
            .binder()
            .find(schema.as_deref(), &bare)
            .map(|(name, relation)| (name.clone(), relation.kind()));
        let (name, kind) = match found {
            Some(found) => found,
            None => {
                let message = format!("relation \"{bare}\" does not exist");
                if !alter.if_exists {
                    return Err(Report::error("42P01", message));
                }
                self.notice(format!("{message}, skipping"));
                self.done("ALTER TABLE");
                return Ok(());
            }
        };
        let mut name = name;
        for operation in &alter.operations {
            match (operation, kind) {
                (AlterTableOperation::RenameTable { table_name }, _) => name = self.rename_table(&name, table_name)?,
                (AlterTableOperation::OwnerTo { new_owner }, _) => self.change_owner(&name, new_owner)?,
                (operation, "table") => self.alter_one(&name, operation)?,
                _ => {
                    return Err(Report::error(
                        "42809",
                        format!("ALTER action cannot be performed on relation \"{bare}\""),
                    )
                    .detail(format!("This operation is not supported for {kind}s.")));
                }
            }
        }
        self.done("ALTER TABLE");
        Ok(())
    }

    fn alter_one(&mut self, name: &(String, String), operation: &AlterTableOperation) -> Result<(), Report> {
        match operation {
            AlterTableOperation::AddColumn {
                if_not_exists,
                column_def,
                column_position: None,
                ..
            } => self.add_column_to(name, column_def, *if_not_exists),
            AlterTableOperation::DropColumn {
                column_names,
                if_exists,
                drop_behavior,
                ..
            } => {
                for column in column_names {
                    let cascade = matches!(drop_behavior, Some(DropBehavior::Cascade));
                    self.drop_column(name, &ident(column), *if_exists, cascade)?;
                }
                Ok(())
            }
            AlterTableOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => self.rename_column(name, &ident(old_column_name), &ident(new_column_name)),
            AlterTableOperation::AlterColumn { column_name, op } => self.alter_column(name, &ident(column_name), op),
            AlterTableOperation::AddConstraint {
                constraint,
                not_valid: false,
            } => {
                let wish = self.wish(constraint)?;
                self.grant_wishes(name, vec![wish])
            }
            AlterTableOperation::AddConstraint { .. } => Err(Report::beyond("NOT VALID constraints")),
            AlterTableOperation::DropConstraint {
                if_exists,
                name: constraint,
                drop_behavior,
            } => {
                let cascade = matches!(drop_behavior, Some(DropBehavior::Cascade));
                self.drop_constraint(name, &ident(constraint), *if_exists, cascade)
            }
            AlterTableOperation::RenameConstraint { old_name, new_name } => {
                let (old, new) = (ident(old_name), ident(new_name));
                let mut table = self.table_now(name);
                self.constraint_is_free(&table, &name.1, &new)?;
                let found = table.constraints.iter_mut().find(|constraint| constraint.name == old);
                let Some(constraint) = found else {
                    return Err(no_constraint(&old, &name.1));
                };
                constraint.name = new.clone();
                self.put_table(name, table);
                if let Some(index) = self.live.catalog.relations.remove(&(name.0.clone(), old)) {
                    self.live.catalog.relations.insert((name.0.clone(), new), index);
                }
                Ok(())
            }
            AlterTableOperation::ValidateConstraint { .. } => Ok(()),
            AlterTableOperation::EnableRowLevelSecurity | AlterTableOperation::DisableRowLevelSecurity => {
                Err(Report::beyond("row level security"))
            }
            other => Err(Report::beyond(format!("ALTER TABLE … {other}"))),
        }
    }

    fn add_column_to(
        &mut self,
        name: &(String, String),
        definition: &sqlparser::ast::ColumnDef,
        if_not_exists: bool,
    ) -> Result<(), Report> {
        let mut table = self.table_now(name);
        let column_name = ident(&definition.name);
        if table.column(&column_name).is_some() {
            let message = format!("column \"{column_name}\" of relation \"{}\" already exists", name.1);
            if !if_not_exists {
                return Err(Report::error("42701", message));
            }
            self.notice(format!("{message}, skipping"));
            return Ok(());
        }
        let number = table.columns.iter().map(|column| column.number).max().unwrap_or(0) + 1;
        let mut wishes: Vec<Wish> = Vec::new();
        self.add_column(name, &mut table, definition, number, &mut wishes)?;
        let place = table.columns.len() - 1;
        let column = table.columns[place].clone();
        self.live.batch(&format!(
            "ALTER TABLE {} ADD COLUMN {} {}",
            quoted(&table.storage),
            quoted(&column.storage),
            column.ty.ty.storage()
        ))?;
        self.put_table(name, table.clone());
        // The sequence of the column must be known before it is drawn from.
        self.refresh_sequences();
        match &column.generated {
            Generated::Stored(formula) => self.fill(&table, &column.storage, &formula.text)?,
            _ => {
                let default = self.default_sql(&table, place)?;
                if default != "NULL" {
                    self.live.batch(&format!(
                        "UPDATE {} SET {} = {default}",
                        quoted(&table.storage),
                        quoted(&column.storage)
                    ))?;
                }
            }
        }
        if column.not_null {
            self.no_nulls(name, &table.storage, &column)?;
        }
        self.grant_wishes(name, wishes)
    }

    /// Lets functions see the sequences that this statement has made.
    pub(super) fn refresh_sequences(&mut self) {
        let sequences = self
            .live
            .catalog
            .relations
            .iter()
            .filter_map(|((_, name), relation)| match relation {
                Relation::Sequence(sequence) => Some((sequence.oid, (name.clone(), sequence.clone()))),
                _ => None,
            });
        let sequences = sequences.collect();
        self.live.runtime().sequences = sequences;
    }

    fn drop_column(
        &mut self,
        name: &(String, String),
        column_name: &str,
        if_exists: bool,
        cascade: bool,
    ) -> Result<(), Report> {
        let before = self.live.catalog.clone();
        let mut table = self.table_now(name);
        let Some(column) = table.column(column_name).cloned() else {
            let message = format!("column \"{column_name}\" of relation \"{}\" does not exist", name.1);
            if !if_exists {
                return Err(Report::error("42703", message));
            }
            self.notice(format!("{message}, skipping"));
            return Ok(());
        };
        let mut dependents = Vec::new();
        let references: Vec<((String, String), String)> = self
            .live
            .catalog
            .references_to(table.oid)
            .into_iter()
            .filter(|(.., foreign)| foreign.referred.contains(&column.number))
            .map(|(other, _, constraint, _)| (other.clone(), constraint.name.clone()))
            .collect();
        for (other, constraint) in &references {
            dependents.push(format!("constraint {constraint} on table {}", self.shown_name(other)));
        }
        table.columns.retain(|it| it.number != column.number);
        table.constraints.retain(|constraint| match &constraint.rule {
            Rule::Primary(columns) | Rule::Unique(columns) => !columns.contains(&column.number),
            Rule::Foreign(foreign) => !foreign.columns.contains(&column.number),
            Rule::Check(formula) => !mentions(&formula.text, column_name),
        });
        let gone: Vec<((String, String), u32)> = self
            .live
            .catalog
            .indexes_of(table.oid)
            .into_iter()
            .filter(|(_, index)| {
                index.parts.iter().any(|part| match &part.key {
                    Key::Column(number) => *number == column.number,
                    Key::Formula(formula) => mentions(&formula.text, column_name),
                })
            })
            .map(|(name, index)| (name.clone(), index.oid))
            .collect();
        for (index, oid) in gone {
            self.live
                .batch(&format!("DROP INDEX IF EXISTS {}", quoted(&format!("i{oid}"))))?;
            self.live.catalog.relations.remove(&index);
        }
        self.live.catalog.relations.retain(|_, relation| match relation {
            Relation::Sequence(sequence) => sequence.owned_by != Some((table.oid, column.number)),
            _ => true,
        });
        if table.columns.is_empty() {
            self.live
                .batch(&format!("ALTER TABLE {} ADD COLUMN \"~\"", quoted(&table.storage)))?;
        }
        let oid = table.oid;
        let storage = table.storage.clone();
        self.put_table(name, table);
        let views = self.broken_views(oid);
        for view in &views {
            dependents.push(format!("view {}", self.shown_name(view)));
        }
        if !dependents.is_empty() && !cascade {
            let on = format!("column {column_name} of table {}", self.shown_name(name));
            let lines: Vec<String> = dependents.iter().map(|it| format!("{it} depends on {on}")).collect();
            self.live.catalog = before;
            return Err(
                Report::error("2BP01", format!("cannot drop {on} because other objects depend on it"))
                    .detail(lines.join("\n"))
                    .hint("Use DROP ... CASCADE to drop the dependent objects too."),
            );
        }
        self.tell_cascade(dependents);
        for view in views {
            self.live.catalog.relations.remove(&view);
        }
        for (other, constraint) in references {
            let mut changed = self.table_now(&other);
            changed.constraints.retain(|it| it.name != constraint);
            self.put_table(&other, changed);
        }
        self.live.batch(&format!(
            "ALTER TABLE {} DROP COLUMN {}",
            quoted(&storage),
            quoted(&column.storage)
        ))
    }

    fn rename_column(&mut self, name: &(String, String), old: &str, new: &str) -> Result<(), Report> {
        let mut table = self.table_now(name);
        if table.column(new).is_some() {
            let message = format!("column \"{new}\" of relation \"{}\" already exists", name.1);
            return Err(Report::error("42701", message));
        }
        let Some(place) = table.columns.iter().position(|column| column.name == old) else {
            return Err(Report::error("42703", format!("column \"{old}\" does not exist")));
        };
        // Expressions that are kept as text name columns by name.
        let kept = table.constraints.iter().any(|constraint| match &constraint.rule {
            Rule::Check(formula) => mentions(&formula.text, old),
            _ => false,
        });
        let in_views = self.live.catalog.relations.values().any(|relation| match relation {
            Relation::View(view) => view.reads.contains(&table.oid) && mentions(&view.query, old),
            _ => false,
        });
        let generated = table.columns.iter().any(|column| match &column.generated {
            Generated::Stored(formula) => mentions(&formula.text, old),
            _ => false,
        });
        if kept || in_views || generated {
            return Err(Report::beyond(
                "renaming a column that a check, a view or another column is computed from",
            ));
        }
        let storage = free_column(&table, new);
        self.live.batch(&format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            quoted(&table.storage),
            quoted(&table.columns[place].storage),
            quoted(&storage)
        ))?;
        table.columns[place].storage = storage;
        table.columns[place].name = new.to_owned();
        self.put_table(name, table);
        Ok(())
    }

    fn alter_column(
        &mut self,
        name: &(String, String),
        column_name: &str,
        operation: &AlterColumnOperation,
    ) -> Result<(), Report> {
        let mut table = self.table_now(name);
        let Some(place) = table.columns.iter().position(|column| column.name == column_name) else {
            let message = format!("column \"{column_name}\" of relation \"{}\" does not exist", name.1);
            return Err(Report::error("42703", message));
        };
        match operation {
            AlterColumnOperation::SetNotNull => {
                self.no_nulls(name, &table.storage, &table.columns[place])?;
                table.columns[place].not_null = true;
            }
            AlterColumnOperation::DropNotNull => {
                let number = table.columns[place].number;
                if table.primary_key().is_some_and(|key| key.contains(&number)) {
                    let message = format!("column \"{column_name}\" is in a primary key");
                    return Err(Report::error("42P16", message));
                }
                table.columns[place].not_null = false;
            }
            AlterColumnOperation::SetDefault { value } => {
                table.columns[place].default = self.default_formula(&table.columns[place], value)?;
            }
            AlterColumnOperation::DropDefault => table.columns[place].default = None,
            AlterColumnOperation::SetDataType { data_type, using, .. } => {
                let (ty, serial) = column_type(data_type)?;
                if serial.is_some() {
                    return Err(crate::programs::sql::reply::Report::error(
                        "42704",
                        format!("type \"{}\" does not exist", data_type.to_string().to_lowercase()),
                    ));
                }
                return self.change_type(name, table, place, ty, using.as_ref());
            }
            AlterColumnOperation::AddGenerated {
                generated_as,
                sequence_options,
            } => {
                let column = table.columns[place].clone();
                if !column.not_null {
                    let message = format!(
                        "column \"{}\" of relation \"{}\" must be declared NOT NULL before identity can be added",
                        column.name, name.1
                    );
                    return Err(Report::error("55000", message));
                }
                if column.generated != Generated::No || column.default.is_some() {
                    return Err(Report::beyond("ADD GENERATED beside another default"));
                }
                let options = sequence_options.as_deref().unwrap_or(&[]);
                let owner = Some((table.oid, column.number));
                let (oid, _) = self.make_sequence(name, &column.name, column.ty.ty.base, options, owner)?;
                table.columns[place].generated = match generated_as {
                    Some(sqlparser::ast::GeneratedAs::ByDefault) => Generated::ByDefault(oid),
                    _ => Generated::Always(oid),
                };
            }
        }
        self.put_table(name, table);
        Ok(())
    }

    fn change_type(
        &mut self,
        name: &(String, String),
        mut table: Table,
        place: usize,
        ty: crate::programs::sql::values::ColumnType,
        using: Option<&Expr>,
    ) -> Result<(), Report> {
        let readers = self
            .live
            .catalog
            .relations
            .iter()
            .find_map(|(view_name, relation)| match relation {
                Relation::View(view)
                    if view.reads.contains(&table.oid) && mentions(&view.query, &table.columns[place].name) =>
                {
                    Some(view_name.clone())
                }
                _ => None,
            });
        if let Some(view) = readers {
            let detail = format!(
                "rule _RETURN on view {} depends on column \"{}\"",
                self.shown_name(&view),
                table.columns[place].name
            );
            return Err(Report::error("0A000", "cannot alter type of a column used by a view or rule").detail(detail));
        }
        let column = table.columns[place].clone();
        let storage = quoted(&table.storage);
        let value = match using {
            Some(expr) => {
                let range = Range {
                    name: name.1.clone(),
                    columns: table_columns(&table, &storage),
                    table: None,
                };
                let level = Level {
                    ranges: vec![range],
                    ..Level::default()
                };
                let bound = self.binder().on_level(level, |binder| binder.expr(expr))?;
                let (from, column_name) = (bound.ty, &column.name);
                bound.cast(ty.ty, Way::Assignment, self.around.place)?.ok_or_else(|| {
                    Report::error(
                        "42804",
                        format!("result of USING clause for column \"{column_name}\" cannot be cast automatically to type {} (from {from})", ty.ty),
                    )
                    .hint("You might need to add an explicit cast.")
                })?
            }
            None => {
                let bound = Bound::new(format!("{storage}.{}", quoted(&column.storage)), column.ty.ty, 0);
                bound.cast(ty.ty, Way::Assignment, self.around.place)?.ok_or_else(|| {
                    let message = format!(
                        "column \"{}\" cannot be cast automatically to type {}",
                        column.name, ty.ty
                    );
                    let hint = format!(
                        "You might need to specify \"USING {}::{ty}\".",
                        crate::programs::sql::catalog::quote_ident(&column.name)
                    );
                    Report::error("42804", message).hint(hint)
                })?
            }
        };
        let value = value.fitted(ty, false);
        // The old column makes room for one of the new type, with its name and its indexes.
        let indexes: Vec<crate::programs::sql::catalog::Index> = self
            .live
            .catalog
            .indexes_of(table.oid)
            .into_iter()
            .filter(|(_, index)| index.parts.iter().any(|part| part.key == Key::Column(column.number)))
            .map(|(_, index)| index.clone())
            .collect();
        for index in &indexes {
            self.live
                .batch(&format!("DROP INDEX IF EXISTS {}", quoted(&format!("i{}", index.oid))))?;
        }
        let fresh = free_column(&table, &format!("{}~", column.storage));
        self.live.batch(&format!(
            "ALTER TABLE {storage} ADD COLUMN {} {}",
            quoted(&fresh),
            ty.ty.storage()
        ))?;
        self.live
            .batch(&format!("UPDATE {storage} SET {} = {}", quoted(&fresh), value.sql))?;
        self.live.batch(&format!(
            "ALTER TABLE {storage} DROP COLUMN {}",
            quoted(&column.storage)
        ))?;
        self.live.batch(&format!(
            "ALTER TABLE {storage} RENAME COLUMN {} TO {}",
            quoted(&fresh),
            quoted(&column.storage)
        ))?;
        table.columns[place].ty = ty;
        for index in &indexes {
            self.store_index(&table, index)?;
        }
        self.put_table(name, table);
        Ok(())
    }

    fn drop_constraint(
        &mut self,
        name: &(String, String),
        constraint_name: &str,
        if_exists: bool,
        cascade: bool,
    ) -> Result<(), Report> {
        let mut table = self.table_now(name);
        let Some(at) = table
            .constraints
            .iter()
            .position(|constraint| constraint.name == constraint_name)
        else {
            let report = no_constraint(constraint_name, &name.1);
            if !if_exists {
                return Err(report);
            }
            self.notice(format!("{}, skipping", report.message));
            return Ok(());
        };
        let rule = table.constraints[at].rule.clone();
        if let Rule::Primary(columns) | Rule::Unique(columns) = &rule {
            let references: Vec<((String, String), String)> = self
                .live
                .catalog
                .references_to(table.oid)
                .into_iter()
                .filter(|(.., foreign)| foreign.referred == *columns)
                .map(|(other, _, constraint, _)| (other.clone(), constraint.name.clone()))
                .collect();
            if !references.is_empty() && !cascade {
                let index = format!("index {constraint_name}");
                let lines: Vec<String> = references
                    .iter()
                    .map(|(other, constraint)| {
                        format!(
                            "constraint {constraint} on table {} depends on {index}",
                            self.shown_name(other)
                        )
                    })
                    .collect();
                let message = format!(
                    "cannot drop constraint {constraint_name} on table {} because other objects depend on it",
                    self.shown_name(name)
                );
                return Err(Report::error("2BP01", message)
                    .detail(lines.join("\n"))
                    .hint("Use DROP ... CASCADE to drop the dependent objects too."));
            }
            for (other, constraint) in references {
                let mut changed = self.table_now(&other);
                changed.constraints.retain(|it| it.name != constraint);
                self.put_table(&other, changed);
            }
            let full = (name.0.clone(), constraint_name.to_owned());
            if let Some(Relation::Index(index)) = self.live.catalog.relations.remove(&full) {
                self.live
                    .batch(&format!("DROP INDEX IF EXISTS {}", quoted(&format!("i{}", index.oid))))?;
            }
        }
        table = self.table_now(name);
        table
            .constraints
            .retain(|constraint| constraint.name != constraint_name);
        self.put_table(name, table);
        Ok(())
    }

    fn rename_table(&mut self, name: &(String, String), to: &RenameTableNameKind) -> Result<(String, String), Report> {
        let (RenameTableNameKind::As(to) | RenameTableNameKind::To(to)) = to;
        let (_, bare) = object_name(to)?;
        let new = (name.0.clone(), bare);
        self.rename_relation(name, &new)?;
        Ok(new)
    }

    pub(super) fn rename_relation(&mut self, name: &(String, String), new: &(String, String)) -> Result<(), Report> {
        if self.live.catalog.relations.contains_key(new) {
            return Err(Report::error("42P07", format!("relation \"{}\" already exists", new.1)));
        }
        let read = self.live.catalog.relations.get(name).is_some_and(|relation| {
            let oid = relation.oid();
            self.live
                .catalog
                .relations
                .values()
                .any(|other| matches!(other, Relation::View(view) if view.reads.contains(&oid)))
        });
        if read {
            return Err(Report::beyond("renaming a relation that a view reads"));
        }
        if let Some(relation) = self.live.catalog.relations.remove(name) {
            // An index carries its constraint's name along.
            if let Relation::Index(index) = &relation {
                let owner = self
                    .live
                    .catalog
                    .table_by_oid(index.table)
                    .map(|(owner, _)| owner.clone());
                if let Some(owner) = owner {
                    let mut table = self.table_now(&owner);
                    for constraint in &mut table.constraints {
                        if constraint.name == name.1 {
                            constraint.name.clone_from(&new.1);
                        }
                    }
                    self.put_table(&owner, table);
                }
            }
            // Defaults name their sequence.
            if let Relation::Sequence(_) = &relation {
                let (old_call, new_call) = (format!("'{}'", name.1), format!("'{}'", new.1));
                for other in self.live.catalog.relations.values_mut() {
                    if let Relation::Table(table) = other {
                        for formula in table.columns.iter_mut().filter_map(|column| column.default.as_mut()) {
                            if formula.text.starts_with("nextval(") {
                                formula.text = formula.text.replace(&old_call, &new_call);
                                formula.shown = formula.shown.replace(&old_call, &new_call);
                            }
                        }
                    }
                }
            }
            self.live.catalog.relations.insert(new.clone(), relation);
        }
        Ok(())
    }

    fn change_owner(&mut self, name: &(String, String), owner: &Owner) -> Result<(), Report> {
        let new = match owner {
            Owner::Ident(name) => ident(name),
            Owner::CurrentRole | Owner::CurrentUser => self.around.user.clone(),
            Owner::SessionUser => self.around.session_user.clone(),
        };
        if !self.around.roles.contains_key(&new) {
            return Err(Report::error("42704", format!("role \"{new}\" does not exist")));
        }
        match self.live.catalog.relations.get_mut(name) {
            Some(Relation::Table(table)) => table.owner = new,
            Some(Relation::View(view)) => view.owner = new,
            Some(Relation::Sequence(sequence)) => sequence.owner = new,
            _ => (),
        }
        Ok(())
    }

    pub(super) fn alter_index(&mut self, name: &ObjectName, operation: &AlterIndexOperation) -> Result<(), Report> {
        let (schema, bare) = object_name(name)?;
        let found = self
            .binder()
            .find(schema.as_deref(), &bare)
            .map(|(full, _)| full.clone());
        let Some(full) = found else {
            return Err(Report::error("42P01", format!("relation \"{bare}\" does not exist")));
        };
        let AlterIndexOperation::RenameIndex { index_name } = operation;
        let (_, new) = object_name(index_name)?;
        let new = (full.0.clone(), new);
        self.rename_relation(&full, &new)?;
        self.done("ALTER INDEX");
        Ok(())
    }
}

fn no_constraint(name: &str, table: &str) -> Report {
    Report::error(
        "42704",
        format!("constraint \"{name}\" of relation \"{table}\" does not exist"),
    )
}

/// Tells whether a text names a word.
fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|part| part.eq_ignore_ascii_case(word))
}
