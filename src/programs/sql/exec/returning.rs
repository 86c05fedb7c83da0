//! RETURNING: what a changed row looks like afterwards.

use rusqlite::types::Value;
use sqlparser::ast::SelectItem;

use super::Job;
use super::constraints::{Checked, Row, quoted};
use crate::programs::sql::bind::{BoundQuery, Level, Range, table_columns};
use crate::programs::sql::reply::Report;

/// A bound RETURNING list.
pub struct Returning {
    bound: BoundQuery,
    sql: String,
}

impl Returning {
    /// Binds a list over the rows of a table called `range`. `from` is text of further relations, bound before.
    pub fn bind(job: &Job, items: &[SelectItem], checked: &Checked, range: &str, from: &str) -> Result<Self, Report> {
        let ranges = vec![Range {
            name: range.to_owned(),
            columns: table_columns(&checked.table, "r"),
            table: Some((checked.table.oid, "r".into())),
        }];
        let bound = job.binder().returning(
            items,
            Level {
                ranges,
                ..Level::default()
            },
        )?;
        let sql = format!(
            "{} FROM {} AS r{from} WHERE r._rowid_ = ?",
            bound.sql,
            quoted(&checked.table.storage)
        );
        Ok(Self { bound, sql })
    }

    /// Returns the list for the row at a place.
    pub fn row(&self, job: &Job, id: i64) -> Result<Row, Report> {
        Ok(job.live.first(&self.sql, &[Value::Integer(id)])?.unwrap_or_default())
    }

    /// Answers with the rows.
    pub fn give(&self, job: &mut Job, rows: Vec<Row>, tag: String) {
        job.give(rows, &self.bound, tag);
    }
}
