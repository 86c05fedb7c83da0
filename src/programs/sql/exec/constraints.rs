//! What a row must obey: NOT NULL, CHECK, unique indexes and foreign keys.

use rusqlite::types::Value;

use super::Job;
use super::formula::bind_formula;
use super::unique::{Unique, plain_side};
use crate::programs::sql::bind::Bound;
use crate::programs::sql::catalog::{Foreign, Generated, Rule, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::{self, Way};
use crate::programs::sql::values::{Base, Type};

/// A row of a table, in the order of its columns.
pub type Row = Vec<Value>;

/// A table with what its rows are checked by, bound once for a statement.
pub struct Checked {
    /// The table's name.
    pub name: (String, String),
    /// The table.
    pub table: Table,
    /// SQLite's text for a one-row relation `n` with the row's values as question marks.
    relation: String,
    checks: Vec<(String, String)>,
    stored: Vec<(usize, String)>,
    /// The unique indexes.
    pub uniques: Vec<Unique>,
    foreigns: Vec<(String, Foreign)>,
}

impl Checked {
    /// Binds what a table's rows are checked by.
    pub fn new(job: &Job, name: (String, String), table: Table) -> Result<Self, Report> {
        let columns: Vec<String> = table
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| format!("?{} AS {}", at + 1, quoted(&column.storage)))
            .collect();
        let relation = format!("(SELECT {}) AS n", columns.join(", "));
        let mut checks = Vec::new();
        let mut foreigns = Vec::new();
        for constraint in &table.constraints {
            match &constraint.rule {
                Rule::Check(formula) => {
                    let bound = bind_formula(job, &table, "n", &formula.text)?;
                    let bound = bound.must(Type::of(Base::Bool), Way::Implicit, job.around.place)?;
                    checks.push((constraint.name.clone(), bound.sql));
                }
                Rule::Foreign(foreign) => foreigns.push((constraint.name.clone(), foreign.clone())),
                Rule::Primary(_) | Rule::Unique(_) => (),
            }
        }
        // PostgreSQL checks in order of the names.
        checks.sort();
        let mut stored = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            if let Generated::Stored(formula) = &column.generated {
                let bound = bind_formula(job, &table, "n", &formula.text)?;
                let bound = bound
                    .must(column.ty.ty, Way::Assignment, job.around.place)?
                    .fitted(column.ty, false);
                stored.push((at, bound.sql));
            }
        }
        let mut uniques = Vec::new();
        for ((_, index_name), index) in job.live.catalog.indexes_of(table.oid) {
            if index.unique {
                uniques.push(Unique::new(job, &table, index_name, index)?);
            }
        }
        Ok(Self {
            name,
            table,
            relation,
            checks,
            stored,
            uniques,
            foreigns,
        })
    }

    /// Fills the columns that are computed from others, and checks everything but foreign keys and uniqueness.
    pub fn check(&self, job: &Job, row: &mut Row) -> Result<(), Report> {
        for (at, sql) in &self.stored {
            let value = job.live.first(&format!("SELECT {sql} FROM {}", self.relation), row)?;
            row[*at] = value.and_then(|mut values| values.pop()).unwrap_or(Value::Null);
        }
        for (column, value) in self.table.columns.iter().zip(row.iter()) {
            if column.not_null && *value == Value::Null {
                return Err(Report::error(
                    "23502",
                    format!(
                        "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                        column.name, self.name.1
                    ),
                )
                .detail(self.failing(job, row)));
            }
        }
        for (name, sql) in &self.checks {
            let truth = job.live.first(&format!("SELECT {sql} FROM {}", self.relation), row)?;
            if truth.and_then(|mut values| values.pop()) == Some(Value::Integer(0)) {
                return Err(Report::error(
                    "23514",
                    format!(
                        "new row for relation \"{}\" violates check constraint \"{name}\"",
                        self.name.1
                    ),
                )
                .detail(self.failing(job, row)));
            }
        }
        Ok(())
    }

    fn failing(&self, job: &Job, row: &Row) -> String {
        let shown: Vec<String> = self
            .table
            .columns
            .iter()
            .zip(row)
            .map(|(column, value)| {
                let text = convert::output(value, column.ty.ty, job.around.place).unwrap_or("null".into());
                shortened(&text)
            })
            .collect();
        format!("Failing row contains ({}).", shown.join(", "))
    }

    /// Returns the row that keeps `row` out of a unique index, if there is one besides `own`.
    pub fn conflict(&self, job: &Job, unique: &Unique, row: &Row, own: Option<i64>) -> Result<Option<i64>, Report> {
        let keys = self.keys(job, unique, row)?;
        let Some(keys) = keys else { return Ok(None) };
        if !unique.nulls_equal && keys.contains(&Value::Null) {
            return Ok(None);
        }
        let found = job.live.query(&unique.search, &keys)?;
        Ok(found.into_iter().find_map(|row| match row.first() {
            Some(Value::Integer(id)) if Some(*id) != own => Some(*id),
            _ => None,
        }))
    }

    /// Returns the keys of a row in an index; `None` for a row that the index leaves out.
    fn keys(&self, job: &Job, unique: &Unique, row: &Row) -> Result<Option<Row>, Report> {
        if let Some(applies) = &unique.applies {
            let truth = job
                .live
                .first(&format!("SELECT {applies} FROM {}", self.relation), row)?;
            if truth.and_then(|mut values| values.pop()) != Some(Value::Integer(1)) {
                return Ok(None);
            }
        }
        match &unique.columns {
            Some(columns) => {
                let value = |number: &u32| {
                    let at = self.table.columns.iter().position(|column| column.number == *number);
                    at.map_or(Value::Null, |at| row[at].clone())
                };
                Ok(Some(columns.iter().map(value).collect()))
            }
            None => job.live.first(
                &format!("SELECT {} FROM {}", unique.keys.join(", "), self.relation),
                row,
            ),
        }
    }

    /// Returns the error of a row that a unique index keeps out.
    pub fn duplicate(&self, job: &Job, unique: &Unique, row: &Row) -> Report {
        let keys = self.keys(job, unique, row).ok().flatten().unwrap_or_default();
        Report::error(
            "23505",
            format!("duplicate key value violates unique constraint \"{}\"", unique.name),
        )
        .detail(format!(
            "Key ({})=({}) already exists.",
            unique.shown,
            shown_values(job, &keys, &unique.types)
        ))
    }

    /// Checks that all unique indexes let the row in.
    pub fn check_unique(&self, job: &Job, row: &Row, own: Option<i64>) -> Result<(), Report> {
        for unique in &self.uniques {
            if self.conflict(job, unique, row, own)?.is_some() {
                return Err(self.duplicate(job, unique, row));
            }
        }
        Ok(())
    }

    /// Says whether rows refer to rows of other tables.
    pub fn refers(&self) -> bool {
        !self.foreigns.is_empty()
    }

    /// Checks that what the row refers to is there.
    pub fn check_foreign(&self, job: &Job, row: &Row) -> Result<(), Report> {
        for (name, foreign) in &self.foreigns {
            let values = self.values(&foreign.columns, row);
            // With a null among them they refer to nothing (MATCH SIMPLE).
            if values.contains(&Value::Null) {
                continue;
            }
            let Some(((_, parent_name), parent)) = job.live.catalog.table_by_oid(foreign.table) else {
                continue;
            };
            let found = job.live.first(&search(parent, &foreign.referred), &values)?;
            if found.is_none() {
                let types = self.types(&foreign.columns);
                return Err(Report::error(
                    "23503",
                    format!(
                        "insert or update on table \"{}\" violates foreign key constraint \"{name}\"",
                        self.name.1
                    ),
                )
                .detail(format!(
                    "Key ({})=({}) is not present in table \"{parent_name}\".",
                    self.table.names(&foreign.columns).join(", "),
                    shown_values(job, &values, &types)
                )));
            }
        }
        Ok(())
    }

    /// Returns the values of some columns.
    pub fn values(&self, columns: &[u32], row: &Row) -> Row {
        let value = |number: &u32| {
            let at = self.table.columns.iter().position(|column| column.number == *number);
            at.map_or(Value::Null, |at| row[at].clone())
        };
        columns.iter().map(value).collect()
    }

    fn types(&self, columns: &[u32]) -> Vec<Type> {
        columns
            .iter()
            .filter_map(|number| self.table.numbered(*number))
            .map(|column| column.ty.ty)
            .collect()
    }

    /// Puts a row into the table, and returns its place.
    pub fn put(&self, job: &Job, row: &Row) -> Result<i64, Report> {
        let names: Vec<String> = self
            .table
            .columns
            .iter()
            .map(|column| quoted(&column.storage))
            .collect();
        let sql = if names.is_empty() {
            format!("INSERT INTO {} DEFAULT VALUES", quoted(&self.table.storage))
        } else {
            let marks = vec!["?"; names.len()].join(", ");
            format!(
                "INSERT INTO {} ({}) VALUES ({marks})",
                quoted(&self.table.storage),
                names.join(", ")
            )
        };
        job.live.insert(&sql, row)
    }

    /// Replaces a row. A new version goes behind all others, as in a heap, and its place is returned.
    pub fn replace(&self, job: &Job, id: i64, row: &Row) -> Result<i64, Report> {
        let table = quoted(&self.table.storage);
        let last = job.live.first(&format!("SELECT max(_rowid_) FROM {table}"), &[])?;
        let next = match last.and_then(|mut values| values.pop()) {
            Some(Value::Integer(last)) => last + 1,
            _ => 1,
        };
        let sets: Vec<String> = self
            .table
            .columns
            .iter()
            .map(|column| format!("{} = ?", quoted(&column.storage)))
            .collect();
        let mut values = row.clone();
        values.push(Value::Integer(next));
        values.push(Value::Integer(id));
        let comma = if sets.is_empty() { "" } else { ", " };
        job.live.execute(
            &format!(
                "UPDATE {table} SET {}{comma}_rowid_ = ? WHERE _rowid_ = ?",
                sets.join(", ")
            ),
            &values,
        )?;
        Ok(next)
    }

    /// Removes a row.
    pub fn remove(&self, job: &Job, id: i64) -> Result<(), Report> {
        let sql = format!("DELETE FROM {} WHERE _rowid_ = ?", quoted(&self.table.storage));
        job.live.execute(&sql, &[Value::Integer(id)]).map(drop)
    }

    /// Returns a row by its place.
    pub fn fetch(&self, job: &Job, id: i64) -> Result<Option<Row>, Report> {
        job.live.first(
            &format!(
                "SELECT {} FROM {} WHERE _rowid_ = ?",
                self.column_list(),
                quoted(&self.table.storage)
            ),
            &[Value::Integer(id)],
        )
    }

    /// Returns the columns as SQLite lists them.
    pub fn column_list(&self) -> String {
        let names: Vec<String> = self
            .table
            .columns
            .iter()
            .map(|column| quoted(&column.storage))
            .collect();
        if names.is_empty() {
            "NULL".into()
        } else {
            names.join(", ")
        }
    }
}

/// Returns the search for rows with these values in these columns.
pub(super) fn search(table: &Table, columns: &[u32]) -> String {
    let conditions: Vec<String> = columns
        .iter()
        .filter_map(|number| table.numbered(*number))
        .enumerate()
        .map(|(at, column)| {
            let old = Bound::new(quoted(&column.storage), column.ty.ty, 0);
            let mark = Bound::new(format!("?{}", at + 1), column.ty.ty, 0);
            format!("{} = {}", old.equated(), plain_side(&mark))
        })
        .collect();
    format!(
        "SELECT _rowid_ FROM {} WHERE {}",
        quoted(&table.storage),
        conditions.join(" AND ")
    )
}

pub(super) fn shown_values(job: &Job, values: &[Value], types: &[Type]) -> String {
    let shown: Vec<String> = values
        .iter()
        .zip(types)
        .map(|(value, ty)| shortened(&convert::output(value, *ty, job.around.place).unwrap_or("null".into())))
        .collect();
    shown.join(", ")
}

/// Long values are cut in messages.
fn shortened(text: &str) -> String {
    if text.len() <= 64 {
        return text.to_owned();
    }
    let mut end = 64;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// Puts a name in SQLite's quotes.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
