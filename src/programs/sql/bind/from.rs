//! FROM: its items and their joins.

use sqlparser::ast::{Expr, JoinConstraint, JoinOperator, TableFactor, TableWithJoins};

use super::Binder;
use super::bound::{Bound, common_type, quote_name};
use super::calls::Arguments;
use super::names::{ident, object_name};
use super::scope::{Range, RangeColumn};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, ColumnType};

impl Binder<'_> {
    /// Binds a FROM list: its relations join the innermost level, its text is returned.
    pub fn from(&mut self, list: &[TableWithJoins]) -> Result<String, Report> {
        let mut parts = Vec::new();
        for (at, item) in list.iter().enumerate() {
            let text = self.joined(item)?;
            let outer = item.joins.iter().any(|join| {
                matches!(
                    join.join_operator,
                    JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
                )
            });
            parts.push(if at > 0 && outer { format!("({text})") } else { text });
        }
        Ok(parts.join(", "))
    }

    fn joined(&mut self, item: &TableWithJoins) -> Result<String, Report> {
        // Only the ranges of this item take part in its joins.
        let first = self.level().ranges.len();
        let mut text = self.factor(&item.relation)?;
        for join in &item.joins {
            let before = self.level().ranges.len();
            let right = self.factor(&join.relation)?;
            let (word, constraint) = match &join.join_operator {
                JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => ("JOIN", constraint),
                JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => ("LEFT JOIN", constraint),
                JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => ("RIGHT JOIN", constraint),
                JoinOperator::FullOuter(constraint) => ("FULL JOIN", constraint),
                JoinOperator::CrossJoin(_) => ("JOIN", &JoinConstraint::None),
                _ => return Err(Report::beyond("this kind of join")),
            };
            let condition = match constraint {
                JoinConstraint::None => "1".to_owned(),
                JoinConstraint::On(condition) => {
                    let level = self.level_mut();
                    let saved = level.no_aggregates.replace("JOIN conditions");
                    let bound = self.condition(condition, "JOIN/ON");
                    self.level_mut().no_aggregates = saved;
                    bound?.sql
                }
                JoinConstraint::Using(names) => {
                    let names: Result<Vec<String>, Report> = names
                        .iter()
                        .map(|name| object_name(name).map(|(_, name)| name))
                        .collect();
                    self.using(&names?, first, before, word)?
                }
                JoinConstraint::Natural => {
                    let level = self.level();
                    let visible = |ranges: &[Range]| -> Vec<String> {
                        let columns = ranges.iter().flat_map(|range| &range.columns);
                        columns
                            .filter(|column| !column.hidden)
                            .map(|column| column.name.clone())
                            .collect()
                    };
                    let right = visible(&level.ranges[before..]);
                    let names: Vec<String> = visible(&level.ranges[first..before])
                        .into_iter()
                        .filter(|name| right.contains(name))
                        .collect();
                    self.using(&names, first, before, word)?
                }
            };
            text = format!("{text} {word} {right} ON {condition}");
        }
        Ok(text)
    }

    /// Joins by columns of the same name: both sides show one column.
    fn using(&mut self, names: &[String], first: usize, before: usize, word: &str) -> Result<String, Report> {
        let mut conditions = Vec::new();
        for name in names {
            let find = |ranges: &[Range], side: &str| {
                let mut found = None;
                for (at, range) in ranges.iter().enumerate() {
                    for (place, column) in range.columns.iter().enumerate() {
                        if column.name == *name && (!column.hidden || column.merged) {
                            if found.is_some() && !column.merged {
                                return Err(Report::error(
                                    "42702",
                                    format!("common column name \"{name}\" appears more than once in {side} table"),
                                ));
                            }
                            found = found.or(Some((at, place, column.clone())));
                        }
                    }
                }
                found.ok_or_else(|| {
                    Report::error(
                        "42703",
                        format!("column \"{name}\" specified in USING clause does not exist in {side} table"),
                    )
                })
            };
            let level = self.level();
            let (left_range, left_place, left) = find(&level.ranges[first..before], "left")?;
            let (right_range, right_place, right) = find(&level.ranges[before..], "right")?;
            let a = Bound::new(&left.sql, left.ty.ty, 0);
            let b = Bound::new(&right.sql, right.ty.ty, 0);
            let ty = common_type(&[&a, &b]).map_err(|(a, b, _)| {
                Report::error("42804", format!("JOIN/USING types {a} and {b} cannot be matched"))
            })?;
            let (a, b) = self.same_type("=", a, b, 0)?;
            conditions.push(format!("{} = {}", a.equated(), b.equated()));
            let merged = match word {
                "RIGHT JOIN" => right.sql.clone(),
                "FULL JOIN" => format!("coalesce({}, {})", a.sql, b.sql),
                _ => left.sql.clone(),
            };
            let level = self.level_mut();
            let column_type = if left.ty.ty == ty {
                left.ty
            } else {
                ColumnType::plain(ty.base)
            };
            // The left twin becomes the merged column, the right one is found by its qualified name only.
            let twin = &mut level.ranges[first + left_range].columns[left_place];
            let own = twin.sql.clone();
            *twin = RangeColumn {
                name: name.clone(),
                ty: column_type,
                sql: merged,
                hidden: false,
                merged: true,
            };
            let _ = own;
            level.ranges[before + right_range].columns[right_place].hidden = true;
        }
        if conditions.is_empty() {
            Ok("1".into())
        } else {
            Ok(conditions.join(" AND "))
        }
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<String, Report> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_ordinality: false,
                sample: None,
                ..
            } => self.table(name, alias.as_ref()),
            TableFactor::Table {
                name,
                alias,
                args: Some(args),
                with_ordinality,
                ..
            } => self.table_function(name, &args.args, alias.as_ref(), *with_ordinality),
            TableFactor::Function {
                name,
                args,
                alias,
                with_ordinality,
                ..
            } => self.table_function(name, args, alias.as_ref(), *with_ordinality),
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset: false,
                with_ordinality,
                ..
            } => {
                let list: Vec<&Expr> = array_exprs.iter().collect();
                let arguments = Arguments {
                    names: vec![None; list.len()],
                    list,
                    star: false,
                    distinct: false,
                    order_by: Vec::new(),
                };
                self.series("unnest", &arguments, alias.as_ref(), *with_ordinality, 0)
            }
            TableFactor::Derived { lateral: true, .. } => Err(Report::beyond("LATERAL subqueries")),
            TableFactor::Derived {
                subquery,
                alias,
                sample: None,
                ..
            } => {
                let query = self.subquery(subquery)?;
                let sqlite = self.alias();
                let name = alias.as_ref().map_or_else(String::new, |alias| ident(&alias.name));
                let columns = query
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| RangeColumn {
                        name: column.name.clone(),
                        ty: column.known_type(),
                        sql: format!("{sqlite}.c{}", at + 1),
                        hidden: false,
                        merged: false,
                    })
                    .collect();
                if alias.is_none() {
                    return Err(Report::error("42601", "subquery in FROM must have an alias")
                        .hint("For example, FROM (SELECT ...) [AS] foo.")
                        .at(self.query_position(subquery)));
                }
                self.push_range(name, columns, None, alias.as_ref())?;
                Ok(format!("({}) AS {sqlite}", query.sql))
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => Ok(format!("({})", self.joined(table_with_joins)?)),
            TableFactor::Table { sample: Some(_), .. } => Err(Report::beyond("TABLESAMPLE")),
            _ => Err(Report::beyond("this kind of table in FROM")),
        }
    }
}

/// Returns the columns of a table, seen through an alias, with its system columns.
pub fn table_columns(table: &crate::programs::sql::catalog::Table, sqlite: &str) -> Vec<RangeColumn> {
    let mut columns: Vec<RangeColumn> = table
        .columns
        .iter()
        .map(|column| RangeColumn {
            name: column.name.clone(),
            ty: column.ty,
            sql: format!("{sqlite}.{}", quote_name(&column.storage)),
            hidden: false,
            merged: false,
        })
        .collect();
    // ctid and its kin are not simulated: nobody builds on them, and they would not be true.
    columns.push(RangeColumn {
        name: String::new(),
        ty: ColumnType::plain(Base::Int8),
        sql: format!("{sqlite}._rowid_"),
        hidden: true,
        merged: false,
    });
    columns
}
