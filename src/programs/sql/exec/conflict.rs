//! ON CONFLICT: what is done instead of an INSERT that meets a row.

use sqlparser::ast::{Assignment, ConflictTarget, Expr, OnConflict, OnConflictAction};

use super::Job;
use super::assignment::is_default;
use super::constraints::{Checked, quoted};
use super::unique::Unique;
use crate::programs::sql::bind::{Binder, Level, Range, RangeColumn, ident, object_name, table_columns};
use crate::programs::sql::reply::Report;

impl Job<'_> {
    pub(super) fn conflict_plan(
        &self,
        conflict: &OnConflict,
        checked: &Checked,
        range: &str,
    ) -> Result<ConflictPlan, Report> {
        let arbiters: Option<Vec<usize>> = match &conflict.conflict_target {
            None => None,
            Some(ConflictTarget::Columns(names)) => {
                let mut numbers = Vec::new();
                for name in names {
                    let bare = ident(name);
                    let column = checked.table.column(&bare).ok_or_else(|| {
                        let position = self.source.position(name.span.start);
                        Report::error("42703", format!("column \"{bare}\" does not exist")).at(position)
                    })?;
                    numbers.push(column.number);
                }
                numbers.sort_unstable();
                let fits = |unique: &Unique| {
                    let mut columns = unique.columns.clone().unwrap_or_default();
                    columns.sort_unstable();
                    !unique.partial && columns == numbers
                };
                let found: Vec<usize> = (0..checked.uniques.len())
                    .filter(|at| fits(&checked.uniques[*at]))
                    .collect();
                if found.is_empty() {
                    let message = "there is no unique or exclusion constraint matching the ON CONFLICT specification";
                    return Err(Report::error("42P10", message));
                }
                Some(found)
            }
            Some(ConflictTarget::OnConstraint(name)) => {
                let (_, name) = object_name(name)?;
                let at = checked
                    .uniques
                    .iter()
                    .position(|unique| unique.name == name)
                    .ok_or_else(|| {
                        Report::error(
                            "42704",
                            format!("constraint \"{name}\" for table \"{}\" does not exist", checked.name.1),
                        )
                    })?;
                Some(vec![at])
            }
        };
        let update = match &conflict.action {
            OnConflictAction::DoNothing => None,
            OnConflictAction::DoUpdate(update) => {
                if arbiters.is_none() {
                    return Err(Report::error(
                        "42601",
                        "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                    )
                    .hint("For example, ON CONFLICT (column_name)."));
                }
                Some(self.conflict_update(&update.assignments, update.selection.as_ref(), checked, range)?)
            }
        };
        Ok(ConflictPlan { arbiters, update })
    }

    /// Binds DO UPDATE over the old row `o` and the row that was kept out, `n`.
    fn conflict_update(
        &self,
        assignments: &[Assignment],
        selection: Option<&Expr>,
        checked: &Checked,
        range: &str,
    ) -> Result<ConflictUpdate, Report> {
        let table = &checked.table;
        let old = Range {
            name: range.to_owned(),
            columns: table_columns(table, "o"),
            table: None,
        };
        // The bare name of a column means the old row's.
        let excluded: Vec<RangeColumn> = table_columns(table, "n")
            .into_iter()
            .map(|column| RangeColumn { hidden: true, ..column })
            .collect();
        let excluded = Range {
            name: "excluded".into(),
            columns: excluded,
            table: None,
        };
        let mut binder: Binder = self.binder();
        let level = Level {
            ranges: vec![old, excluded],
            ..Level::default()
        };
        let mut sets = Vec::new();
        let mut condition = None;
        binder.on_level(level, |binder| {
            for assignment in assignments {
                let place = self.assignment_place(&assignment.target, checked)?;
                let column = &table.columns[place];
                let sql = if is_default(&assignment.value) {
                    self.default_sql(table, place)?
                } else {
                    self.assigned(binder.expr(&assignment.value)?, column)?
                };
                sets.push((place, sql));
            }
            if let Some(selection) = selection {
                condition = Some(binder.condition(selection, "WHERE")?.sql);
            }
            Ok(())
        })?;
        let new: Vec<String> = table
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| format!("?{} AS {}", at + 1, quoted(&column.storage)))
            .collect();
        let mark = format!("?{}", table.columns.len() + 1);
        let list: Vec<String> = (0..table.columns.len())
            .map(|place| match sets.iter().rev().find(|(set, _)| *set == place) {
                Some((_, sql)) => sql.clone(),
                None => format!("o.{}", quoted(&table.columns[place].storage)),
            })
            .collect();
        let from = format!(
            "FROM {} AS o, (SELECT {}) AS n WHERE o._rowid_ = {mark}",
            quoted(&table.storage),
            new.join(", ")
        );
        let condition = condition.unwrap_or_else(|| "1".into());
        Ok(ConflictUpdate {
            sql: format!("SELECT {} {from} AND ({condition})", list.join(", ")),
        })
    }
}

pub(super) struct ConflictPlan {
    pub(super) arbiters: Option<Vec<usize>>,
    pub(super) update: Option<ConflictUpdate>,
}

pub(super) struct ConflictUpdate {
    pub(super) sql: String,
}
