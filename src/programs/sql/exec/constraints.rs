//! What a row must obey: NOT NULL, CHECK, unique indexes, foreign keys; and what becomes of rows that refer to it.

use rusqlite::types::Value;

use super::Job;
use crate::programs::sql::bind::{Binder, Bound, Level, Range, table_columns};
use crate::programs::sql::catalog::{Action, Catalog, Foreign, Formula, Generated, Index, Key, Rule, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::source::Source;
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

/// A unique index, bound.
pub struct Unique {
    /// Its name.
    pub name: String,
    /// Its oid.
    pub oid: u32,
    /// The columns, if it has no expressions.
    pub columns: Option<Vec<u32>>,
    /// Whether it has a predicate.
    pub partial: bool,
    shown: String,
    keys: Vec<String>,
    types: Vec<Type>,
    nulls_equal: bool,
    /// The condition on the new row, and the search for an old one, with `?` for each key.
    applies: Option<String>,
    search: String,
}

/// Binds an expression over one row of a table, whose columns stand for themselves in the relation `alias`.
pub fn bind_formula(job: &Job, table: &Table, alias: &str, text: &str) -> Result<Bound, Report> {
    bind_over_row(&job.live.catalog, job, table, alias, text)
}

fn bind_over_row(catalog: &Catalog, job: &Job, table: &Table, alias: &str, text: &str) -> Result<Bound, Report> {
    let source = Source::new(text);
    let expression = parse_expression(text)?;
    let mut binder = Binder::new(catalog, job.around, &source);
    let range = Range {
        name: String::new(),
        columns: table_columns(table, alias),
        table: None,
    };
    let level = Level {
        ranges: vec![range],
        ..Level::default()
    };
    binder.on_level(level, |binder| binder.expr(&expression))
}

/// Parses a text that was an expression when it was kept.
pub fn parse_expression(text: &str) -> Result<sqlparser::ast::Expr, Report> {
    use sqlparser::dialect::PostgreSqlDialect;
    use sqlparser::parser::Parser;
    let dialect = PostgreSqlDialect {};
    Parser::new(&dialect)
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|_| Report::error("XX000", format!("cannot read the expression \"{text}\"")))
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
        job.live.execute(&sql, row)?;
        let last = job.live.first("SELECT last_insert_rowid()", &[])?;
        match last.and_then(|mut values| values.pop()) {
            Some(Value::Integer(id)) => Ok(id),
            _ => Err(crate::programs::sql::live::damaged()),
        }
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

impl Unique {
    fn new(job: &Job, table: &Table, name: &str, index: &Index) -> Result<Self, Report> {
        let mut keys = Vec::new();
        let mut olds = Vec::new();
        let mut types = Vec::new();
        let mut shown = Vec::new();
        let mut columns = Some(Vec::new());
        for part in &index.parts {
            let (new, old, text) = match &part.key {
                Key::Column(number) => {
                    let Some(column) = table.numbered(*number) else {
                        continue;
                    };
                    if let Some(columns) = &mut columns {
                        columns.push(*number);
                    }
                    let storage = quoted(&column.storage);
                    let new = Bound::new(format!("n.{storage}"), column.ty.ty, 0);
                    let old = Bound::new(format!("o.{storage}"), column.ty.ty, 0);
                    (new, old, crate::programs::sql::catalog::quote_ident(&column.name))
                }
                Key::Formula(formula) => {
                    columns = None;
                    let new = bind_formula(job, table, "n", &formula.text)?;
                    let old = bind_formula(job, table, "o", &formula.text)?;
                    (new, old, formula.shown.clone())
                }
            };
            types.push(new.ty);
            shown.push(text);
            keys.push(new.sql);
            olds.push(old);
        }
        let mut conditions = Vec::new();
        for (at, old) in olds.iter().enumerate() {
            let mark = Bound::new(format!("?{}", at + 1), old.ty, 0);
            let sign = if index.nulls_equal { "IS" } else { "=" };
            conditions.push(format!("{} {sign} {}", old.equated(), plain_side(&mark)));
        }
        let mut applies = None;
        if let Some(Formula { text, .. }) = &index.predicate {
            applies = Some(bind_formula(job, table, "n", text)?.sql);
            conditions.push(bind_formula(job, table, "o", text)?.sql);
        }
        let search = format!(
            "SELECT o._rowid_ FROM {} AS o WHERE {}",
            quoted(&table.storage),
            conditions.join(" AND ")
        );
        Ok(Self {
            name: name.to_owned(),
            oid: index.oid,
            columns,
            partial: index.predicate.is_some(),
            shown: shown.join(", "),
            keys,
            types,
            nulls_equal: index.nulls_equal,
            applies,
            search,
        })
    }
}

/// Returns the side of an equality that must not carry a collation of its own.
fn plain_side(bound: &Bound) -> String {
    match bound.ty.base {
        Base::Bpchar | Base::Interval => bound.equated(),
        _ => bound.sql.clone(),
    }
}

/// Returns the search for rows with these values in these columns.
fn search(table: &Table, columns: &[u32]) -> String {
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

/// Does to the rows that refer to gone or changed ones what their foreign keys say.
///
/// `changes` are old rows with what became of them: `None` is gone.
pub fn follow(job: &mut Job, checked: &Checked, changes: &[(Row, Option<Row>)], depth: usize) -> Result<(), Report> {
    if depth > 50 {
        return Err(Report::beyond("foreign keys that follow one another this far"));
    }
    let references: Vec<_> = job
        .live
        .catalog
        .references_to(checked.table.oid)
        .into_iter()
        .map(|(name, table, constraint, foreign)| {
            (name.clone(), table.clone(), constraint.name.clone(), foreign.clone())
        })
        .collect();
    for (name, table, constraint, foreign) in references {
        for (old, new) in changes {
            let values = checked.values(&foreign.referred, old);
            if values.contains(&Value::Null) {
                continue;
            }
            if new
                .as_ref()
                .is_some_and(|new| checked.values(&foreign.referred, new) == values)
            {
                continue;
            }
            let found = job.live.query(&search(&table, &foreign.columns), &values)?;
            if found.is_empty() {
                continue;
            }
            let action = if new.is_some() {
                foreign.on_update
            } else {
                foreign.on_delete
            };
            if matches!(action, Action::NoAction | Action::Restrict) {
                // Another row may by now have what is referred to.
                let again = job.live.first(&search(&checked.table, &foreign.referred), &values)?;
                if action == Action::NoAction && again.is_some() {
                    continue;
                }
                let types: Vec<Type> = foreign
                    .referred
                    .iter()
                    .filter_map(|n| checked.table.numbered(*n))
                    .map(|c| c.ty.ty)
                    .collect();
                return Err(Report::error(
                    "23503",
                    format!(
                        "update or delete on table \"{}\" violates foreign key constraint \"{constraint}\" on table \
                         \"{}\"",
                        checked.name.1, name.1
                    ),
                )
                .detail(format!(
                    "Key ({})=({}) is still referenced from table \"{}\".",
                    checked.table.names(&foreign.referred).join(", "),
                    shown_values(job, &values, &types),
                    name.1
                )));
            }
            let referring = Checked::new(job, name.clone(), table.clone())?;
            let mut next = Vec::new();
            for found in found {
                let Some(Value::Integer(id)) = found.first() else {
                    continue;
                };
                let Some(row) = referring.fetch(job, *id)? else {
                    continue;
                };
                match (action, new) {
                    (Action::Cascade, None) => {
                        referring.remove(job, *id)?;
                        next.push((row, None));
                    }
                    (action, new) => {
                        let mut changed = row.clone();
                        for (at, number) in foreign.columns.iter().enumerate() {
                            let Some(place) = table.columns.iter().position(|column| column.number == *number) else {
                                continue;
                            };
                            changed[place] = match (action, new) {
                                (Action::Cascade, Some(new)) => {
                                    checked.values(&foreign.referred[at..=at], new).remove(0)
                                }
                                (Action::SetDefault, _) => super::insert::default_value(job, &table, place)?,
                                _ => Value::Null,
                            };
                        }
                        referring.check(job, &mut changed)?;
                        referring.check_unique(job, &changed, Some(*id))?;
                        referring.replace(job, *id, &changed)?;
                        if action == Action::SetDefault {
                            referring.check_foreign(job, &changed)?;
                        }
                        next.push((row, Some(changed)));
                    }
                }
            }
            follow(job, &referring, &next, depth + 1)?;
        }
    }
    Ok(())
}

fn shown_values(job: &Job, values: &[Value], types: &[Type]) -> String {
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
