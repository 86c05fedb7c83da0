//! DELETE and TRUNCATE.

use rusqlite::types::Value;
use sqlparser::ast::{CascadeOption, Delete, FromTable, TableFactor, Truncate, TruncateIdentityOption};

use super::Job;
use super::constraints::{Checked, quoted};
use super::follow::follow;
use super::returning::Returning;
use crate::programs::sql::bind::{Level, Range, ident, table_columns};
use crate::programs::sql::catalog::{Relation, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::runtime::Standing;

impl Job<'_> {
    pub(super) fn delete(&mut self, delete: &Delete) -> Result<(), Report> {
        let (FromTable::WithFromKeyword(list) | FromTable::WithoutKeyword(list)) = &delete.from;
        let [one] = list.as_slice() else {
            return Err(Report::error("42601", "syntax error"));
        };
        let TableFactor::Table { name, alias, .. } = &one.relation else {
            return Err(Report::beyond("DELETE from this"));
        };
        if delete.limit.is_some() || !delete.order_by.is_empty() || !one.joins.is_empty() {
            return Err(Report::error("42601", "syntax error"));
        }
        let (full, table) = self.target(name, "DELETE")?;
        let checked = Checked::new(self, full, table)?;
        let range = alias
            .as_ref()
            .map_or_else(|| checked.name.1.clone(), |alias| ident(&alias.name));
        let using: &[_] = delete.using.as_deref().unwrap_or(&[]);
        let table = &checked.table;
        let target = Range {
            name: range.clone(),
            columns: table_columns(table, "u"),
            table: Some((table.oid, "u".into())),
        };
        let level = Level {
            ranges: vec![target],
            no_aggregates: Some("WHERE"),
            ..Level::default()
        };
        let mut binder = self.binder();
        let (from_sql, condition) = binder.on_level(level, |binder| {
            let from_sql = if using.is_empty() {
                String::new()
            } else {
                format!(", {}", binder.from(using)?)
            };
            let condition = match &delete.selection {
                Some(selection) => format!(" WHERE {}", binder.condition(selection, "WHERE")?.sql),
                None => String::new(),
            };
            Ok((from_sql, condition))
        })?;
        let returning = match &delete.returning {
            None => None,
            Some(items) => {
                let bound = Returning::bind(self, items, &checked, &range, "");
                Some(bound.map_err(|report| match using {
                    [] => report,
                    _ => Report::beyond("RETURNING of the other tables of DELETE … USING"),
                })?)
            }
        };
        let sql = format!(
            "SELECT DISTINCT u._rowid_ FROM {} AS u{from_sql}{condition} ORDER BY u._rowid_",
            quoted(&table.storage)
        );
        let mut gone = Vec::new();
        let mut given = Vec::new();
        for found in self.live.query(&sql, &[])? {
            let Some(Value::Integer(id)) = found.first() else {
                return Err(crate::programs::sql::live::damaged());
            };
            if let Some(returning) = &returning {
                given.push(returning.row(self, *id)?);
            }
            gone.push((checked.fetch(self, *id)?.unwrap_or_default(), None));
            checked.remove(self, *id)?;
        }
        follow(self, &checked, &gone, 0)?;
        let tag = format!("DELETE {}", gone.len());
        match returning {
            Some(returning) => returning.give(self, given, tag),
            None => self.done(tag),
        }
        Ok(())
    }

    pub(super) fn truncate(&mut self, truncate: &Truncate) -> Result<(), Report> {
        let mut tables: Vec<((String, String), Table)> = Vec::new();
        for target in &truncate.table_names {
            tables.push(self.target(&target.name, "TRUNCATE")?);
        }
        let cascade = matches!(truncate.cascade, Some(CascadeOption::Cascade));
        let mut at = 0;
        while at < tables.len() {
            let (name, table) = tables[at].clone();
            at += 1;
            let references: Vec<((String, String), Table)> = self
                .live
                .catalog
                .references_to(table.oid)
                .into_iter()
                .map(|(name, table, ..)| (name.clone(), table.clone()))
                .collect();
            for (other_name, other) in references {
                if tables.iter().any(|(_, table)| table.oid == other.oid) {
                    continue;
                }
                if !cascade {
                    return Err(Report::error(
                        "0A000",
                        "cannot truncate a table referenced in a foreign key constraint",
                    )
                    .detail(format!("Table \"{}\" references \"{}\".", other_name.1, name.1))
                    .hint(format!(
                        "Truncate table \"{}\" at the same time, or use TRUNCATE ... CASCADE.",
                        other_name.1
                    )));
                }
                self.notice(format!("truncate cascades to table \"{}\"", other_name.1));
                tables.push((other_name, other));
            }
        }
        let restart = matches!(truncate.identity, Some(TruncateIdentityOption::Restart));
        for (_, table) in &tables {
            self.live.batch(&format!("DELETE FROM {}", quoted(&table.storage)))?;
            if restart {
                self.restart_sequences(table);
            }
        }
        self.done("TRUNCATE TABLE");
        Ok(())
    }

    fn restart_sequences(&mut self, table: &Table) {
        let identities = table.identities();
        let owned = self
            .live
            .catalog
            .relations
            .values()
            .filter_map(|relation| match relation {
                Relation::Sequence(sequence)
                    if identities.contains(&sequence.oid)
                        || sequence.owned_by.is_some_and(|(owner, _)| owner == table.oid) =>
                {
                    Some((sequence.oid, Standing::fresh(sequence)))
                }
                _ => None,
            });
        let fresh: Vec<(u32, Standing)> = owned.collect();
        self.live.runtime().standings.extend(fresh);
    }
}
