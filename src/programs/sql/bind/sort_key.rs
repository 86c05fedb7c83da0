//! What rows are sorted or made distinct by: an expression, a name or a number of the list.

use sqlparser::ast::{Expr, OrderByOptions, OrderBySort, Value};

use super::Binder;
use super::bound::order_sql;
use super::names::ident;
use super::select_list::Item;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, Type};

impl Binder<'_> {
    /// Finds what a sort key means: a number, a name of the list, or an expression over the tables.
    pub(super) fn sort_key(&mut self, expr: &Expr, items: &[Item], clause: &str) -> Result<SortKey, Report> {
        let position = self.position(expr);
        let listed = match (ordinal(expr), expr) {
            (Some(number), _) => Some(in_list(number, items.len(), clause, position)?),
            (None, Expr::Identifier(name)) => {
                let name = ident(name);
                let mut named = items.iter().enumerate().filter(|(_, item)| item.name == name);
                let first = named.next();
                if let Some((_, first)) = first
                    && named.any(|(_, other)| other.bound.sql != first.bound.sql)
                {
                    return Err(Report::error("42702", format!("{clause} \"{name}\" is ambiguous")).at(position));
                }
                first.map(|(at, _)| at)
            }
            _ => None,
        };
        let listed = match listed {
            Some(at) => Some(at),
            None => items
                .iter()
                .position(|item| item.alias.is_none() && item.expr == Some(expr)),
        };
        let (bound, item) = match listed {
            Some(at) => (items[at].bound.clone(), Some(at)),
            None => {
                let bound = self.expr(expr)?;
                let same = items.iter().position(|item| item.bound.sql == bound.sql);
                (bound, same)
            }
        };
        let ty = if bound.literal.is_some() {
            Type::of(Base::Text)
        } else {
            bound.ty
        };
        if ty.base == Base::Json && !ty.array {
            return Err(
                Report::error("42883", "could not identify an ordering operator for type json")
                    .hint("Use an explicit ordering operator or modify the query.")
                    .at(position),
            );
        }
        let sql = match item {
            // By its name, so that it is not computed twice.
            Some(at) => order_sql(&format!("c{}", at + 1), ty),
            // A bare number would mean a column of the list.
            None if bound.sql.bytes().all(|byte| byte.is_ascii_digit()) => format!("+{}", bound.sql),
            None => order_sql(&bound.sql, ty),
        };
        Ok(SortKey {
            sql,
            expression: order_sql(&bound.sql, ty),
            equated: bound.equated(),
            plain: bound.sql.clone(),
            ty,
            item,
        })
    }
}

/// A key to sort by.
pub(super) struct SortKey {
    /// SQLite's text beside the select list.
    pub(super) sql: String,
    /// SQLite's text where names of the list mean nothing.
    pub(super) expression: String,
    /// SQLite's text by which keys are equal.
    pub(super) equated: String,
    /// SQLite's text of the value.
    pub(super) plain: String,
    /// Its type.
    pub(super) ty: Type,
    /// The place in the select list, if it stands there.
    pub(super) item: Option<usize>,
}

/// Returns the words for direction and nulls: PostgreSQL takes nulls for the largest, SQLite for the smallest.
pub(super) fn direction(options: &OrderByOptions) -> String {
    let descending = matches!(options.sort, Some(OrderBySort::Desc));
    let first = options.nulls_first.unwrap_or(descending);
    format!(
        "{} NULLS {}",
        if descending { " DESC" } else { "" },
        if first { "FIRST" } else { "LAST" }
    )
}

pub(super) fn ordinal(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn in_list(number: i64, length: usize, clause: &str, position: usize) -> Result<usize, Report> {
    usize::try_from(number - 1)
        .ok()
        .filter(|at| *at < length)
        .ok_or_else(|| Report::error("42P10", format!("{clause} position {number} is not in select list")).at(position))
}
