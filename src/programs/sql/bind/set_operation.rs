//! VALUES and set operations: several rows or queries in one result.

use sqlparser::ast::{Expr, OrderByExpr, SetExpr, SetOperator, SetQuantifier, Values};

use super::Binder;
use super::bound::{Bound, common_type, order_sql};
use super::names::ident;
use super::query::{BoundQuery, OutColumn};
use super::scope::Level;
use super::sort_key::{direction, in_list, ordinal};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, ColumnType, Modifier, Type};

impl Binder<'_> {
    pub(super) fn deeper_chain(&mut self) -> Result<(), Report> {
        self.depth += 1;
        if self.depth > 300 {
            Err(Report::beyond("this many set operations"))
        } else {
            Ok(())
        }
    }

    pub(super) fn values(&mut self, values: &Values, hints: &[Type]) -> Result<BoundQuery, Report> {
        let mut rows: Vec<Vec<Bound>> = Vec::new();
        for row in &values.rows {
            let level = Level {
                no_aggregates: Some("VALUES"),
                ..Level::default()
            };
            let bound: Result<Vec<Bound>, Report> =
                self.on_level(level, |this| row.content.iter().map(|expr| this.expr(expr)).collect());
            rows.push(bound?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if let Some(bad) = rows.iter().find(|row| row.len() != width) {
            let at = bad.first().map_or(0, |bound| bound.position);
            return Err(Report::error("42601", "VALUES lists must all be the same length").at(at));
        }
        let mut columns = Vec::new();
        for at in 0..width {
            let column: Vec<&Bound> = rows.iter().map(|row| &row[at]).collect();
            let all_literals = column.iter().all(|bound| bound.literal.is_some());
            let ty = match hints.get(at) {
                Some(hint) if all_literals => *hint,
                _ => common_type(&column).map_err(|(a, b, at)| {
                    Report::error("42804", format!("VALUES types {a} and {b} cannot be matched")).at(at)
                })?,
            };
            columns.push(OutColumn {
                name: format!("column{}", at + 1),
                ty: ColumnType {
                    ty,
                    modifier: Modifier::None,
                },
                position: column.first().map_or(0, |bound| bound.position),
            });
        }
        let mut lines = Vec::new();
        for row in rows {
            let mut parts = Vec::new();
            for (bound, column) in row.into_iter().zip(&columns) {
                parts.push(bound.must(column.ty.ty, Way::Implicit, self.around.place)?.sql);
            }
            lines.push(format!("({})", parts.join(", ")));
        }
        let names: Vec<String> = (1..=width).map(|at| format!("column{at} AS c{at}")).collect();
        Ok(BoundQuery {
            sql: format!("SELECT {} FROM (VALUES {})", names.join(", "), lines.join(", ")),
            columns,
        })
    }

    pub(super) fn set_operation(
        &mut self,
        left: &SetExpr,
        op: SetOperator,
        quantifier: SetQuantifier,
        right: &SetExpr,
        hints: &[Type],
    ) -> Result<BoundQuery, Report> {
        let word = match (op, quantifier) {
            (SetOperator::Union, SetQuantifier::All) => "UNION ALL",
            (SetOperator::Union, SetQuantifier::None | SetQuantifier::Distinct) => "UNION",
            (SetOperator::Intersect, SetQuantifier::None | SetQuantifier::Distinct) => "INTERSECT",
            (SetOperator::Except, SetQuantifier::None | SetQuantifier::Distinct) => "EXCEPT",
            _ => return Err(Report::beyond(format!("{op} {quantifier}"))),
        };
        let aliases = self.aliases;
        let (first, second) = (self.set_expr(left, hints)?, self.set_expr(right, hints)?);
        if first.columns.len() != second.columns.len() {
            let message = format!("each {op} query must have the same number of columns");
            let at = second.columns.first().map_or(0, |column| column.position);
            return Err(Report::error("42601", message).at(at));
        }
        let mut types = Vec::new();
        for (a, b) in first.columns.iter().zip(&second.columns) {
            let bound = |column: &OutColumn| {
                let mut bound = Bound::new("c", column.ty.ty, column.position);
                if column.ty.ty == Type::of(Base::Unknown) {
                    bound.literal = Some(None);
                }
                bound
            };
            let (x, y) = (bound(a), bound(b));
            types.push(common_type(&[&x, &y]).map_err(|(a, b, at)| {
                Report::error("42804", format!("{op} types {a} and {b} cannot be matched")).at(at)
            })?);
        }
        // Literals that had no type yet are read once more, as the type that the other side gave them.
        let literals = |query: &BoundQuery| {
            query
                .columns
                .iter()
                .any(|column| column.ty.ty == Type::of(Base::Unknown))
        };
        let (first, second) = if literals(&first) || literals(&second) {
            self.aliases = aliases;
            (self.set_expr(left, &types)?, self.set_expr(right, &types)?)
        } else {
            (first, second)
        };
        let side = |query: &BoundQuery| -> Result<String, Report> {
            let mut parts = Vec::new();
            for (at, (column, ty)) in query.columns.iter().zip(&types).enumerate() {
                let column = Bound::new(format!("c{}", at + 1), column.known_type().ty, column.position);
                let cast = column.must(*ty, Way::Implicit, self.around.place)?;
                let sql = if ty.base == Base::Numeric && !ty.array {
                    cast.ordered()
                } else {
                    cast.sql
                };
                parts.push(format!("{sql} AS c{}", at + 1));
            }
            Ok(format!("SELECT {} FROM ({})", parts.join(", "), query.sql))
        };
        let sql = format!("{} {word} {}", side(&first)?, side(&second)?);
        let columns = first
            .columns
            .into_iter()
            .zip(second.columns)
            .zip(types)
            .map(|((a, b), ty)| {
                let modifier = if a.ty.modifier == b.ty.modifier {
                    a.ty.modifier
                } else {
                    Modifier::None
                };
                OutColumn {
                    ty: ColumnType { ty, modifier },
                    ..a
                }
            })
            .collect();
        Ok(BoundQuery { sql, columns })
    }

    pub(super) fn order_of_result(
        &mut self,
        order_by: &[OrderByExpr],
        columns: &[OutColumn],
    ) -> Result<String, Report> {
        let mut keys = Vec::new();
        for item in order_by {
            let position = self.position(&item.expr);
            let at = match (ordinal(&item.expr), &item.expr) {
                (Some(number), _) => in_list(number, columns.len(), "ORDER BY", position)?,
                (None, Expr::Identifier(name)) => {
                    let name = ident(name);
                    columns.iter().position(|column| column.name == name).ok_or_else(|| {
                        Report::error("42703", format!("column \"{name}\" does not exist")).at(position)
                    })?
                }
                _ => {
                    return Err(Report::error("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
                        .detail("Only result column names can be used, not expressions or functions.")
                        .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
                        .at(position));
                }
            };
            let key = order_sql(&format!("c{}", at + 1), columns[at].known_type().ty);
            keys.push(format!("{key}{}", direction(&item.options)));
        }
        Ok(if keys.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", keys.join(", "))
        })
    }
}
