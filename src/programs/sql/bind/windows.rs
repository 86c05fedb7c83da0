//! Window functions.

use sqlparser::ast::{Expr, Function, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType};

use super::Binder;
use super::aggregates::WRAP;
use super::bound::Bound;
use super::calls::Arguments;
use crate::programs::sql::functions::AGGREGATES;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, Type};

/// Tells whether a function makes sense over a window only.
pub(super) fn is_window_function(name: &str) -> bool {
    [
        "row_number",
        "rank",
        "dense_rank",
        "percent_rank",
        "cume_dist",
        "ntile",
        "lag",
        "lead",
        "first_value",
        "last_value",
        "nth_value",
    ]
    .contains(&name)
}

impl Binder<'_> {
    /// Binds a call with OVER.
    pub(super) fn window_call(
        &mut self,
        function: &Function,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<Bound, Report> {
        let Some(level) = self.levels.last_mut() else {
            return Err(Report::error("42P20", "window functions are not allowed here").at(position));
        };
        if let Some(clause) = level.no_aggregates {
            return Err(Report::error("42P20", format!("window functions are not allowed in {clause}")).at(position));
        }
        level.has_window = true;
        let place = self.around.place;
        let aggregate = ["count", "min", "max"].contains(&name) || AGGREGATES.iter().any(|known| known.name == name);
        let (mut sql, ty) = if aggregate {
            self.aggregate_sql(name, arguments, position)?
        } else {
            let mut bound = Vec::new();
            for argument in &arguments.list {
                bound.push(self.expr(argument)?);
            }
            let int = Type::of(Base::Int4);
            match (name, bound.len()) {
                ("row_number" | "rank" | "dense_rank", 0) => (format!("{name}(){WRAP}"), Type::of(Base::Int8)),
                ("percent_rank" | "cume_dist", 0) => (format!("{name}(){WRAP}"), Type::of(Base::Float8)),
                ("ntile", 1) => {
                    let count = bound.remove(0).must(int, Way::Implicit, place)?;
                    (format!("ntile({}){WRAP}", count.sql), int)
                }
                ("first_value" | "last_value", 1) => {
                    let value = self.known(bound.remove(0))?;
                    (format!("{name}({}){WRAP}", value.sql), value.ty)
                }
                ("nth_value", 2) => {
                    let value = self.known(bound.remove(0))?;
                    let at = bound.remove(0).must(int, Way::Implicit, place)?;
                    (format!("nth_value({}, {}){WRAP}", value.sql, at.sql), value.ty)
                }
                ("lag" | "lead", 1..=3) => {
                    let value = self.known(bound.remove(0))?;
                    let mut parts = vec![value.sql.clone()];
                    if !bound.is_empty() {
                        parts.push(bound.remove(0).must(int, Way::Implicit, place)?.sql);
                    }
                    if !bound.is_empty() {
                        parts.push(bound.remove(0).must(value.ty, Way::Implicit, place)?.sql);
                    }
                    (format!("{name}({}){WRAP}", parts.join(", ")), value.ty)
                }
                _ => {
                    let message =
                        format!("OVER specified, but {name} is not a window function nor an aggregate function");
                    return Err(Report::error("42809", message).at(position));
                }
            }
        };
        let mut over = String::new();
        if let Some(filter) = &function.filter {
            let condition = self.condition(filter, "FILTER")?;
            over.push_str(&format!(" FILTER (WHERE {})", condition.sql));
        }
        let spec = match &function.over {
            Some(WindowType::WindowSpec(spec)) => spec.clone(),
            Some(WindowType::NamedWindow(name)) => self.named_window(&super::ident(name), position)?,
            None => return Err(Report::error("42P20", "a window function needs a window").at(position)),
        };
        over.push_str(&format!(" OVER ({})", self.window(&spec)?));
        let at = sql.find(WRAP).unwrap_or(sql.len());
        sql.insert_str(at, &over);
        Ok(Bound::new(sql.replace(WRAP, ""), ty, position))
    }

    fn known(&self, bound: Bound) -> Result<Bound, Report> {
        if bound.literal.is_some() {
            bound.must(Type::of(Base::Text), Way::Implicit, self.around.place)
        } else {
            Ok(bound)
        }
    }

    fn named_window(&self, name: &str, position: usize) -> Result<WindowSpec, Report> {
        let known = self
            .levels
            .last()
            .and_then(|level| level.windows.iter().find(|(known, _)| known == name));
        known
            .map(|(_, spec)| spec.clone())
            .ok_or_else(|| Report::error("42704", format!("window \"{name}\" does not exist")).at(position))
    }

    fn window(&mut self, spec: &WindowSpec) -> Result<String, Report> {
        let mut parts = Vec::new();
        let mut partition_by = spec.partition_by.clone();
        let mut order_by = spec.order_by.clone();
        if let Some(base) = &spec.window_name {
            let base = self.named_window(&super::ident(base), 0)?;
            partition_by = base.partition_by;
            if order_by.is_empty() {
                order_by = base.order_by;
            }
        }
        if !partition_by.is_empty() {
            let mut keys = Vec::new();
            for key in &partition_by {
                keys.push(self.expr(key)?.equated());
            }
            parts.push(format!("PARTITION BY {}", keys.join(", ")));
        }
        if !order_by.is_empty() {
            let mut keys = Vec::new();
            for item in &order_by {
                let key = self.expr(&item.expr)?;
                keys.push(format!(
                    "{}{}",
                    key.ordered(),
                    super::sort_key::direction(&item.options)
                ));
            }
            parts.push(format!("ORDER BY {}", keys.join(", ")));
        }
        if let Some(frame) = &spec.window_frame {
            parts.push(self.frame(frame)?);
        }
        Ok(parts.join(" "))
    }

    fn frame(&mut self, frame: &WindowFrame) -> Result<String, Report> {
        let units = match frame.units {
            WindowFrameUnits::Rows => "ROWS",
            WindowFrameUnits::Range => "RANGE",
            WindowFrameUnits::Groups => "GROUPS",
        };
        let start = self.frame_bound(&frame.start_bound, units)?;
        Ok(match &frame.end_bound {
            None => format!("{units} {start}"),
            Some(end) => format!("{units} BETWEEN {start} AND {}", self.frame_bound(end, units)?),
        })
    }

    fn frame_bound(&mut self, bound: &WindowFrameBound, units: &str) -> Result<String, Report> {
        let mut offset = |count: &Option<Box<Expr>>, word: &str| match count {
            None => Ok(format!("UNBOUNDED {word}")),
            Some(_) if units == "RANGE" => Err(Report::beyond("RANGE frames with an offset")),
            Some(count) => {
                let count = self
                    .expr(count)?
                    .must(Type::of(Base::Int8), Way::Implicit, self.around.place)?;
                Ok(format!("{} {word}", count.sql))
            }
        };
        match bound {
            WindowFrameBound::CurrentRow => Ok("CURRENT ROW".into()),
            WindowFrameBound::Preceding(count) => offset(count, "PRECEDING"),
            WindowFrameBound::Following(count) => offset(count, "FOLLOWING"),
        }
    }
}
