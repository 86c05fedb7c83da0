//! What names mean at one level of a query: its relations and their columns.

use crate::programs::sql::reply::Report;
use crate::programs::sql::values::ColumnType;

/// A relation of a FROM list.
#[derive(Clone, Debug)]
pub struct Range {
    /// The name by which columns are qualified.
    pub name: String,
    /// Its columns.
    pub columns: Vec<RangeColumn>,
    /// The oid of the table and its alias in SQLite's text, if it is a table.
    pub table: Option<(u32, String)>,
}

/// A column of a relation of a FROM list.
#[derive(Clone, Debug)]
pub struct RangeColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: ColumnType,
    /// SQLite's text for it.
    pub sql: String,
    /// Whether `*` and bare names pass it by: the twin of a column that was joined by USING, or a system column.
    pub hidden: bool,
    /// Where `*` shows it when it was joined by USING.
    pub merged: bool,
}

/// One level of a query.
#[derive(Clone, Debug, Default)]
pub struct Level {
    /// The relations of FROM.
    pub ranges: Vec<Range>,
    /// What stands where an aggregate is not allowed: `WHERE`, `GROUP BY` …
    pub no_aggregates: Option<&'static str>,
    /// Whether the arguments of an aggregate are being bound.
    pub in_aggregate: bool,
    /// Whether an aggregate was met.
    pub has_aggregate: bool,
    /// Whether a window function was met.
    pub has_window: bool,
    /// Columns that were used outside aggregates: text, name, position, and the oid of their table.
    pub loose: Vec<Loose>,
    /// The expressions of GROUP BY, as SQLite's text.
    pub groups: Vec<String>,
    /// Functions that give many rows, met in the select list: further entries of FROM.
    pub series: Vec<String>,
    /// Whether such functions are welcome.
    pub series_welcome: bool,
    /// The windows that have names.
    pub windows: Vec<(String, sqlparser::ast::WindowSpec)>,
}

/// A column that was used outside aggregates.
#[derive(Clone, Debug)]
pub struct Loose {
    /// SQLite's text.
    pub sql: String,
    /// The name with its relation.
    pub name: String,
    /// Where it was used.
    pub position: usize,
    /// Its table.
    pub table: Option<u32>,
}

/// A column that a name was found to mean.
#[derive(Clone, Debug)]
pub struct Found {
    /// The column.
    pub column: RangeColumn,
    /// Its relation's name.
    pub range: String,
    /// Its table.
    pub table: Option<u32>,
    /// At which level it was found, from the outermost.
    pub level: usize,
}

/// Finds a column by its bare name, from the innermost level outwards.
pub fn find_bare(levels: &[Level], name: &str) -> Result<Option<Found>, Report> {
    for (at, level) in levels.iter().enumerate().rev() {
        let mut found: Option<Found> = None;
        for range in &level.ranges {
            for column in range
                .columns
                .iter()
                .filter(|column| column.name == name && !column.hidden)
            {
                if found.is_some() {
                    return Err(Report::error(
                        "42702",
                        format!("column reference \"{name}\" is ambiguous"),
                    ));
                }
                found = Some(make(range, column, at));
            }
        }
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Finds a column by its relation's name and its own. The outer `None` means that there is no such relation.
pub fn find_qualified(levels: &[Level], range_name: &str, name: &str) -> Option<Option<Found>> {
    for (at, level) in levels.iter().enumerate().rev() {
        if let Some(range) = level.ranges.iter().find(|range| range.name == range_name) {
            let column = range.columns.iter().find(|column| column.name == name);
            return Some(column.map(|column| make(range, column, at)));
        }
    }
    None
}

fn make(range: &Range, column: &RangeColumn, level: usize) -> Found {
    Found {
        column: column.clone(),
        range: range.name.clone(),
        table: range.table.as_ref().map(|(oid, _)| *oid),
        level,
    }
}
