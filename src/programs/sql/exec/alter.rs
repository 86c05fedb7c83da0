//! ALTER TABLE and ALTER INDEX.

use sqlparser::ast::{
    AlterIndexOperation, AlterTable, AlterTableOperation, DropBehavior, ObjectName, Owner, RenameTableNameKind,
};

use super::Job;
use super::constraints::quoted;
use super::wish::Wish;
use crate::programs::sql::bind::{ident, object_name};
use crate::programs::sql::catalog::{Generated, Relation, Rule};
use crate::programs::sql::reply::Report;

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
