//! UPDATE.

use rusqlite::types::Value;
use sqlparser::ast::{AssignmentTarget, TableFactor, Update, UpdateTableFromKind};

use super::Job;
use super::assignment::is_default;
use super::constraints::{Checked, quoted};
use super::follow::follow;
use super::returning::Returning;
use crate::programs::sql::bind::{Level, Range, ident, table_columns};
use crate::programs::sql::catalog::Generated;
use crate::programs::sql::reply::Report;

impl Job<'_> {
    pub(super) fn update(&mut self, update: &Update) -> Result<(), Report> {
        let TableFactor::Table { name, alias, .. } = &update.table.relation else {
            return Err(Report::beyond("UPDATE of this"));
        };
        if !update.table.joins.is_empty() || update.limit.is_some() || !update.order_by.is_empty() {
            return Err(Report::error("42601", "syntax error"));
        }
        let (full, table) = self.target(name, "UPDATE")?;
        let checked = Checked::new(self, full, table)?;
        let range = alias
            .as_ref()
            .map_or_else(|| checked.name.1.clone(), |alias| ident(&alias.name));
        let from: &[_] = match &update.from {
            None => &[],
            Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => from,
        };
        let table = &checked.table;
        let target = Range {
            name: range.clone(),
            columns: table_columns(table, "u"),
            table: Some((table.oid, "u".into())),
        };
        let level = Level {
            ranges: vec![target],
            no_aggregates: Some("UPDATE"),
            ..Level::default()
        };
        let mut sets: Vec<(usize, String)> = Vec::new();
        let mut binder = self.binder();
        let (from_sql, condition) = binder.on_level(level, |binder| {
            let from_sql = if from.is_empty() {
                String::new()
            } else {
                format!(", {}", binder.from(from)?)
            };
            for assignment in &update.assignments {
                if let AssignmentTarget::Tuple(_) = assignment.target {
                    return Err(Report::beyond("SET of several columns at once"));
                }
                let place = self.assignment_place(&assignment.target, &checked)?;
                let column = &table.columns[place];
                if sets.iter().any(|(set, _)| *set == place) {
                    let message = format!("multiple assignments to same column \"{}\"", column.name);
                    return Err(Report::error("42601", message));
                }
                let default = is_default(&assignment.value);
                if !default && matches!(column.generated, Generated::Always(_) | Generated::Stored(_)) {
                    let message = format!("column \"{}\" can only be updated to DEFAULT", column.name);
                    let kind = if matches!(column.generated, Generated::Stored(_)) {
                        "a generated column"
                    } else {
                        "an identity column defined as GENERATED ALWAYS"
                    };
                    return Err(
                        Report::error("428C9", message).detail(format!("Column \"{}\" is {kind}.", column.name))
                    );
                }
                let sql = if default {
                    self.default_sql(table, place)?
                } else {
                    self.assigned(binder.expr(&assignment.value)?, column)?
                };
                sets.push((place, sql));
            }
            let condition = match &update.selection {
                Some(selection) => format!(" WHERE {}", binder.condition(selection, "WHERE")?.sql),
                None => String::new(),
            };
            Ok((from_sql, condition))
        })?;
        let returning = match &update.returning {
            None => None,
            Some(_) if !from.is_empty() => return Err(Report::beyond("RETURNING beside UPDATE … FROM")),
            Some(items) => Some(Returning::bind(self, items, &checked, &range, "")?),
        };
        let list: Vec<String> = (0..table.columns.len())
            .map(|place| match sets.iter().find(|(set, _)| *set == place) {
                Some((_, sql)) => sql.clone(),
                None => format!("u.{}", quoted(&table.columns[place].storage)),
            })
            .collect();
        let comma = if list.is_empty() { "" } else { ", " };
        let sql = format!(
            "SELECT u._rowid_{comma}{} FROM {} AS u{from_sql}{condition} ORDER BY u._rowid_",
            list.join(", "),
            quoted(&table.storage)
        );
        let mut done: Vec<i64> = Vec::new();
        let mut changes = Vec::new();
        let mut given = Vec::new();
        for mut found in self.live.query(&sql, &[])? {
            let Value::Integer(id) = found.remove(0) else {
                return Err(crate::programs::sql::live::damaged());
            };
            // A row that several others join with is changed once.
            if done.last() == Some(&id) {
                continue;
            }
            done.push(id);
            let old = checked.fetch(self, id)?.unwrap_or_default();
            checked.check(self, &mut found)?;
            checked.check_unique(self, &found, Some(id))?;
            let id = checked.replace(self, id, &found)?;
            if let Some(returning) = &returning {
                given.push(returning.row(self, id)?);
            }
            changes.push((old, Some(found)));
        }
        for (_, new) in &changes {
            if let Some(new) = new {
                checked.check_foreign(self, new)?;
            }
        }
        follow(self, &checked, &changes, 0)?;
        let tag = format!("UPDATE {}", changes.len());
        match returning {
            Some(returning) => returning.give(self, given, tag),
            None => self.done(tag),
        }
        Ok(())
    }
}
