//! A unique index, bound: how a row that is already there is looked for.

use super::Job;
use super::constraints::quoted;
use super::formula::bind_formula;
use crate::programs::sql::bind::Bound;
use crate::programs::sql::catalog::{Formula, Index, Key, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, Type};

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
    pub(super) shown: String,
    pub(super) keys: Vec<String>,
    pub(super) types: Vec<Type>,
    pub(super) nulls_equal: bool,
    /// The condition on the new row, and the search for an old one, with `?` for each key.
    pub(super) applies: Option<String>,
    pub(super) search: String,
}

impl Unique {
    pub(super) fn new(job: &Job, table: &Table, name: &str, index: &Index) -> Result<Self, Report> {
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
pub(super) fn plain_side(bound: &Bound) -> String {
    match bound.ty.base {
        Base::Bpchar | Base::Interval => bound.equated(),
        _ => bound.sql.clone(),
    }
}
