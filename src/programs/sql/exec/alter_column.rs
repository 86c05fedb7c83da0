//! ALTER TABLE … COLUMN: dropped, renamed, changed in its type or its default.

use sqlparser::ast::{AlterColumnOperation, Expr};

use super::Job;
use super::constraints::quoted;
use super::new_column::free_column;
use crate::programs::sql::bind::{Bound, Level, Range, column_type, table_columns};
use crate::programs::sql::catalog::{Generated, Key, Relation, Rule, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;

impl Job<'_> {
    pub(super) fn drop_column(
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

    pub(super) fn rename_column(&mut self, name: &(String, String), old: &str, new: &str) -> Result<(), Report> {
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

    pub(super) fn alter_column(
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
}

/// Tells whether a text names a word.
fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|part| part.eq_ignore_ascii_case(word))
}
