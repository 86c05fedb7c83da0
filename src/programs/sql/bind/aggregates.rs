//! Aggregates: one value of many rows, with DISTINCT, ORDER BY and FILTER.

use sqlparser::ast::{Function, OrderByExpr};

use super::Binder;
use super::bound::{Bound, call, quote, type_name};
use super::calls::{Arguments, no_function, score};
use crate::programs::sql::functions::{AGGREGATES, Aggregate, GATHERS, Gather, Take};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, Type};

impl Binder<'_> {
    pub(super) fn aggregate_call(
        &mut self,
        function: &Function,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<Bound, Report> {
        let Some(level) = self.levels.last_mut() else {
            return Err(Report::error("42803", "aggregate functions are not allowed here").at(position));
        };
        if let Some(clause) = level.no_aggregates {
            return Err(
                Report::error("42803", format!("aggregate functions are not allowed in {clause}")).at(position),
            );
        }
        if level.in_aggregate {
            return Err(Report::error("42803", "aggregate function calls cannot be nested").at(position));
        }
        level.in_aggregate = true;
        let result = self.aggregate_body(function, name, arguments, position);
        if let Some(level) = self.levels.last_mut() {
            level.in_aggregate = false;
            level.has_aggregate = true;
        }
        result
    }

    fn aggregate_body(
        &mut self,
        function: &Function,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<Bound, Report> {
        let (mut sql, ty) = self.aggregate_sql(name, arguments, position)?;
        if let Some(filter) = &function.filter {
            let condition = self.condition(filter, "FILTER")?;
            let at = sql.find(WRAP).unwrap_or(sql.len());
            sql.insert_str(at, &format!(" FILTER (WHERE {})", condition.sql));
        }
        Ok(Bound::new(sql.replace(WRAP, ""), ty, position))
    }

    /// Returns SQLite's text for an aggregate without FILTER and OVER, and its type.
    ///
    /// A [`WRAP`] mark stands where those go, if the call is not the end of the text.
    pub(super) fn aggregate_sql(
        &mut self,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<(String, Type), Report> {
        if name == "count" && arguments.star && arguments.list.is_empty() {
            return Ok((format!("count(*){WRAP}"), Type::of(Base::Int8)));
        }
        if arguments.star || arguments.list.is_empty() {
            let message = if name == "count" {
                "count(*) must be used to call a parameterless aggregate function".to_owned()
            } else {
                format!("function {name}() does not exist")
            };
            return Err(Report::error("42883", message).at(position));
        }
        let mut bound = Vec::new();
        for (at, argument) in arguments.list.iter().enumerate() {
            // A table's name among the arguments of json_agg is its row.
            let row = if at == 0 && name.starts_with("json") {
                self.whole_row_json(argument, position)?
            } else {
                None
            };
            bound.push(match row {
                Some(row) => row,
                None => self.expr(argument)?,
            });
        }
        let distinct = if arguments.distinct { "DISTINCT " } else { "" };
        let types: Vec<Type> = bound.iter().map(|argument| argument.ty).collect();
        if name == "count" && bound.len() != 1 {
            return Err(no_function(name, &types, position));
        }
        if name == "count" {
            let inner = if arguments.distinct {
                bound[0].equated()
            } else {
                bound[0].sql.clone()
            };
            return Ok((format!("count({distinct}{inner}){WRAP}"), Type::of(Base::Int8)));
        }
        if name == "min" || name == "max" {
            let argument = bound.remove(0);
            let argument = if argument.literal.is_some() {
                argument.must(Type::of(Base::Text), Way::Implicit, self.around.place)?
            } else {
                argument
            };
            if matches!(argument.ty.base, Base::Bool | Base::Json | Base::Jsonb | Base::Uuid) && !argument.ty.array {
                return Err(no_function(name, &types, position));
            }
            if argument.ty.base == Base::Interval {
                return Err(Report::beyond(format!("{name}() of intervals")).at(position));
            }
            let sql = match argument.ty.base {
                Base::Bpchar => format!("{} COLLATE pgtext", argument.sql),
                _ => argument.ordered(),
            };
            return Ok((format!("{name}({sql}){WRAP}"), argument.ty));
        }
        // Whole numbers spread as exact ones do.
        if (name.starts_with("stddev") || name.starts_with("var")) && types[0].is_integer() {
            let first = bound.remove(0);
            bound.insert(
                0,
                first.must(Type::of(Base::Numeric), Way::Implicit, self.around.place)?,
            );
        }
        let types: Vec<Type> = bound.iter().map(|argument| argument.ty).collect();
        let best = AGGREGATES
            .iter()
            .enumerate()
            .filter(|(_, known)| known.name == name)
            .filter_map(|(at, known)| Some((score(known.takes, &types)?, at, known)))
            .max_by(|(a, x, _), (b, y, _)| a.cmp(b).then(y.cmp(x)));
        let Some((_, _, aggregate)) = best else {
            return Err(no_function(name, &types, position));
        };
        self.gather_sql(aggregate, bound, arguments, position)
    }

    fn gather_sql(
        &mut self,
        aggregate: &Aggregate,
        bound: Vec<Bound>,
        arguments: &Arguments,
        position: usize,
    ) -> Result<(String, Type), Report> {
        let element = bound.first().map_or(Type::of(Base::Text), |argument| argument.ty);
        let (sqls, _) = self.arguments_for(aggregate.takes, bound)?;
        let ty = if aggregate.array {
            Type {
                array: true,
                ..if element.base == Base::Unknown {
                    Type::of(Base::Text)
                } else {
                    element
                }
            }
        } else {
            Type::of(aggregate.gives)
        };
        let order = self.order_in_call(&arguments.order_by)?;
        let Some(gather) = aggregate.gather else {
            let distinct = if arguments.distinct { "DISTINCT " } else { "" };
            return Ok((format!("{}({distinct}{}){WRAP}", aggregate.name, sqls.join(", ")), ty));
        };
        let door = GATHERS
            .iter()
            .find(|(_, known)| *known == gather)
            .map_or("", |(name, _)| name);
        if !arguments.distinct {
            return Ok((format!("{door}({}{order}){WRAP}", sqls.join(", ")), ty));
        }
        // SQLite takes DISTINCT with one argument only: the separator joins afterwards.
        let collate = if matches!(aggregate.takes.first(), Some(Take::Is(Base::Numeric))) {
            " COLLATE pgnum"
        } else {
            ""
        };
        match (gather, sqls.as_slice()) {
            (Gather::Join, [value, separator]) => {
                // Without an order of its own PostgreSQL sorts to find what is distinct.
                let order = if order.is_empty() {
                    format!(" ORDER BY {value} COLLATE pgtext")
                } else {
                    order
                };
                let gathered = format!("pga_array(DISTINCT {value}{order}){WRAP}");
                Ok((call("array_to_string", &[&gathered, separator]), ty))
            }
            (_, [value]) => {
                let order = if order.is_empty() {
                    format!(" ORDER BY {}", super::bound::order_sql(value, element))
                } else {
                    order
                };
                let order = if aggregate.array { order } else { String::new() };
                Ok((format!("{door}(DISTINCT {value}{collate}{order}){WRAP}"), ty))
            }
            _ => Err(Report::beyond(format!("DISTINCT in {}()", aggregate.name)).at(position)),
        }
    }

    fn order_in_call(&mut self, order_by: &[&OrderByExpr]) -> Result<String, Report> {
        let mut parts = Vec::new();
        for item in order_by {
            let bound = self.expr(&item.expr)?;
            parts.push(format!(
                "{}{}",
                bound.ordered(),
                super::sort_key::direction(&item.options)
            ));
        }
        Ok(if parts.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", parts.join(", "))
        })
    }
}

/// Marks the place in an aggregate's text behind which FILTER and OVER go.
pub(super) const WRAP: &str = "\u{1}";

/// Casts a text of JSON rows into a column's type.
pub(super) fn typed_json(sql: &str, ty: Type) -> String {
    match ty.base {
        _ if ty.array => sql.to_owned(),
        Base::Int2 | Base::Int4 | Base::Int8 | Base::Oid | Base::Bool => format!("CAST({sql} AS INTEGER)"),
        Base::Float4 | Base::Float8 => format!("CAST({sql} AS REAL)"),
        Base::Bytea => call("cast", &[sql, &quote("text"), &quote(&type_name(ty))]),
        _ => sql.to_owned(),
    }
}
