//! WITH: queries that have a name, plain and recursive.

use sqlparser::ast::{Query, SetExpr, SetOperator, SetQuantifier, With};

use super::Binder;
use super::names::ident;
use super::query::OutColumn;
use super::scope::RangeColumn;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::ColumnType;

/// A query that WITH has given a name.
#[derive(Clone, Debug)]
pub struct Cte {
    /// Its name.
    pub name: String,
    /// Its name in SQLite's text.
    pub sql_name: String,
    /// Its columns.
    pub columns: Vec<(String, ColumnType)>,
}

impl Cte {
    /// Returns its columns, seen through an alias.
    pub(super) fn range_columns(&self, sqlite: &str) -> Vec<RangeColumn> {
        let column = |(at, (name, ty)): (usize, &(String, ColumnType))| RangeColumn {
            name: name.clone(),
            ty: *ty,
            sql: format!("{sqlite}.c{}", at + 1),
            hidden: false,
            merged: false,
        };
        self.columns.iter().enumerate().map(column).collect()
    }
}

impl Binder<'_> {
    pub(super) fn with(&mut self, with: &With) -> Result<String, Report> {
        let mut parts = Vec::new();
        for cte in &with.cte_tables {
            let name = ident(&cte.alias.name);
            let sql_name = {
                self.aliases += 1;
                format!("q{}", self.aliases)
            };
            let renamed = |columns: &[OutColumn]| -> Vec<(String, ColumnType)> {
                columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| {
                        let given = cte.alias.columns.get(at).map(|given| ident(&given.name));
                        (given.unwrap_or_else(|| column.name.clone()), column.known_type())
                    })
                    .collect()
            };
            let recursive = with.recursive && self.recursive_parts(&cte.query).is_some();
            let (sql, columns) = if let Some((left, right, all)) =
                self.recursive_parts(&cte.query).filter(|_| recursive)
            {
                let first = self.set_expr(left, &[])?;
                let columns = renamed(&first.columns);
                self.ctes.push(Cte {
                    name: name.clone(),
                    sql_name: sql_name.clone(),
                    columns: columns.clone(),
                });
                let second = self.set_expr(right, &[])?;
                self.ctes.pop();
                if first.columns.len() != second.columns.len() {
                    return Err(Report::error(
                        "42601",
                        "each UNION query must have the same number of columns",
                    ));
                }
                for (at, (a, b)) in first.columns.iter().zip(&second.columns).enumerate() {
                    let (a, b) = (a.known_type().ty, b.known_type().ty);
                    if a != b && !(a.is_text() && b.is_text()) {
                        let message = format!(
                            "recursive query \"{name}\" column {} has type {a} in non-recursive term but type {b} overall",
                            at + 1
                        );
                        return Err(Report::error("42804", message)
                            .hint("Cast the output of the non-recursive term to the correct type.")
                            .at(first.columns[at].position));
                    }
                }
                // SQLite wants the recursive term bare, with the recursive table in its own FROM.
                (
                    format!("{} UNION{} {}", first.sql, if all { " ALL" } else { "" }, second.sql),
                    columns,
                )
            } else {
                let bound = self.subquery(&cte.query)?;
                let columns = renamed(&bound.columns);
                (bound.sql, columns)
            };
            if cte.alias.columns.len() > columns.len() {
                return Err(Report::error(
                    "42P10",
                    format!(
                        "WITH query \"{name}\" has {} columns available but {} columns specified",
                        columns.len(),
                        cte.alias.columns.len()
                    ),
                ));
            }
            let list: Vec<String> = (1..=columns.len()).map(|at| format!("c{at}")).collect();
            parts.push(format!("{sql_name}({}) AS ({sql})", list.join(", ")));
            self.ctes.push(Cte {
                name,
                sql_name,
                columns,
            });
        }
        let word = if with.recursive { "WITH RECURSIVE" } else { "WITH" };
        Ok(format!("{word} {} ", parts.join(", ")))
    }

    /// Returns the two terms of a query that may be recursive.
    fn recursive_parts<'q>(&self, query: &'q Query) -> Option<(&'q SetExpr, &'q SetExpr, bool)> {
        if query.with.is_some() || query.order_by.is_some() || query.limit_clause.is_some() {
            return None;
        }
        match query.body.as_ref() {
            SetExpr::SetOperation {
                left,
                op: SetOperator::Union,
                set_quantifier,
                right,
            } => Some((left, right, *set_quantifier == SetQuantifier::All)),
            _ => None,
        }
    }
}
