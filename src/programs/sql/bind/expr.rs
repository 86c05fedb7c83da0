//! Expressions.

use sqlparser::ast::{AccessExpr, CastKind, Expr, Spanned, Subscript, TrimWhereField, TypedString, UnaryOperator};

use super::bound::{Bound, call, quote};
use super::literal::negative;
use super::names::ident;
use super::{Binder, column_type};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::interval::Interval;
use crate::programs::sql::values::{Base, Type};

impl Binder<'_> {
    /// Returns where an expression begins, in characters from 1.
    pub(super) fn position(&self, expr: &Expr) -> usize {
        self.source.position(expr.span().start)
    }

    /// Binds an expression.
    pub fn expr(&mut self, expr: &Expr) -> Result<Bound, Report> {
        self.deeper_expr()?;
        let bound = self.expr_here(expr);
        self.depth -= 1;
        let bound = bound?;
        self.forget_loose_if_grouped(&bound);
        Ok(bound)
    }

    /// Binds an expression that must be true or false.
    pub fn condition(&mut self, expr: &Expr, what: &str) -> Result<Bound, Report> {
        let bound = self.expr(expr)?;
        let (ty, position) = (bound.ty, bound.position);
        match bound.cast(Type::of(Base::Bool), Way::Implicit, self.around.place)? {
            Some(bound) => Ok(bound),
            None => {
                let message = format!("argument of {what} must be type boolean, not type {ty}");
                Err(Report::error("42804", message).at(position))
            }
        }
    }

    /// Expressions may nest deeper than queries: the parser has its own limit, chains have one too.
    fn deeper_expr(&mut self) -> Result<(), Report> {
        self.depth += 1;
        if self.depth > 600 {
            Err(Report::beyond("expressions nested this deep"))
        } else {
            Ok(())
        }
    }

    fn expr_here(&mut self, expr: &Expr) -> Result<Bound, Report> {
        let position = self.position(expr);
        let place = self.around.place;
        let boolean = Type::of(Base::Bool);
        match expr {
            Expr::Identifier(name) => self.column(&ident(name), name.quote_style.is_some(), position),
            Expr::CompoundIdentifier(parts) => {
                let parts: Vec<String> = parts.iter().map(ident).collect();
                match parts.as_slice() {
                    [range, column] => self.qualified_column(range, column, position),
                    [_, range, column] => self.qualified_column(range, column, position),
                    _ => Err(Report::beyond("names of this many parts").at(position)),
                }
            }
            Expr::Value(value) => self.value(value),
            Expr::Nested(inner) => self.expr(inner),
            Expr::TypedString(TypedString { data_type, value, .. }) => {
                let (target, _) = column_type(data_type)?;
                let literal = self.value(value)?;
                Ok(Bound {
                    position,
                    ..literal.must(target.ty, Way::Explicit, place)?.fitted(target, true)
                })
            }
            Expr::Interval(interval) => {
                let literal = self.expr(&interval.value)?;
                let Some(Some(text)) = literal.literal.clone() else {
                    return Err(self.source_error(literal.position));
                };
                let unit = interval
                    .leading_field
                    .as_ref()
                    .map(|field| field.to_string().to_lowercase());
                match Interval::parse(&text, unit.as_deref().unwrap_or("second")) {
                    Some(span) => {
                        let shown = format!("'{span}'::interval");
                        Ok(Bound::new(quote(&span.to_string()), Type::of(Base::Interval), position).shown(shown))
                    }
                    None => {
                        let message = format!("invalid input syntax for type interval: \"{text}\"");
                        Err(Report::error("22007", message).at(literal.position))
                    }
                }
            }
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr,
                data_type,
                format: None,
            } => {
                let operand = self.expr(expr)?;
                let (target, serial) = column_type(data_type).map_err(|report| self.type_place(report, data_type))?;
                if serial.is_some() {
                    return Err(super::types::unknown_type(&data_type.to_string().to_lowercase()));
                }
                self.cast_to(operand, target)
            }
            Expr::BinaryOp { left, op, right } => self.binary_expr(left, op, right),
            Expr::UnaryOp { op, expr } => match op {
                UnaryOperator::Not => {
                    let operand = self.condition(expr, "NOT")?;
                    let shown = format!("(NOT {})", operand.shown);
                    Ok(Bound::new(format!("(NOT {})", operand.sql), boolean, position).shown(shown))
                }
                UnaryOperator::Minus if let Some(number) = negative(expr) => self.number(&number, position),
                op => {
                    let operand = self.expr(expr)?;
                    self.unary(&op.to_string(), operand, position)
                }
            },
            Expr::IsNull(operand) => self.test(operand, "IS NULL", |sql| format!("({sql} IS NULL)")),
            Expr::IsNotNull(operand) => self.test(operand, "IS NOT NULL", |sql| format!("({sql} IS NOT NULL)")),
            Expr::IsTrue(operand) => self.truth(operand, "IS TRUE", |sql| format!("({sql} IS 1)")),
            Expr::IsNotTrue(operand) => self.truth(operand, "IS NOT TRUE", |sql| format!("({sql} IS NOT 1)")),
            Expr::IsFalse(operand) => self.truth(operand, "IS FALSE", |sql| format!("({sql} IS 0)")),
            Expr::IsNotFalse(operand) => self.truth(operand, "IS NOT FALSE", |sql| format!("({sql} IS NOT 0)")),
            Expr::IsUnknown(operand) => self.truth(operand, "IS UNKNOWN", |sql| format!("({sql} IS NULL)")),
            Expr::IsNotUnknown(operand) => self.truth(operand, "IS NOT UNKNOWN", |sql| format!("({sql} IS NOT NULL)")),
            Expr::IsDistinctFrom(left, right) => self.distinct(left, right, "IS NOT", "IS DISTINCT FROM"),
            Expr::IsNotDistinctFrom(left, right) => self.distinct(left, right, "IS", "IS NOT DISTINCT FROM"),
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let (a, b) = if *negated { ("<", ">") } else { (">=", "<=") };
                let subject = self.expr(expr)?;
                let (low, high) = (self.expr(low)?, self.expr(high)?);
                let at = subject.position;
                let first = self.binary(a, subject.clone(), low, at)?;
                let second = self.binary(b, subject, high, at)?;
                let word = if *negated { "OR" } else { "AND" };
                let shown = format!("({} {word} {})", first.shown, second.shown);
                Ok(Bound::new(format!("({} {word} {})", first.sql, second.sql), boolean, position).shown(shown))
            }
            Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            Expr::InSubquery {
                expr,
                subquery,
                negated,
            } => self.in_subquery(expr, subquery, *negated, position),
            Expr::AnyOp {
                left,
                compare_op,
                right,
                ..
            } => self.any_all(left, compare_op, right, true),
            Expr::AllOp {
                left,
                compare_op,
                right,
            } => self.any_all(left, compare_op, right, false),
            Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like(expr, pattern, escape_char.as_deref(), *negated, false),
            Expr::ILike {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like(expr, pattern, escape_char.as_deref(), *negated, true),
            Expr::SimilarTo {
                negated,
                expr,
                pattern,
                escape_char: None,
            } => {
                let text = Type::of(Base::Text);
                let subject = self.expr(expr)?.must(text, Way::Implicit, place)?;
                let pattern = self.expr(pattern)?.must(text, Way::Implicit, place)?;
                let sql = call("similar", &[&subject.sql, &pattern.sql]);
                Ok(Bound::new(
                    if *negated { format!("(NOT {sql})") } else { sql },
                    boolean,
                    position,
                ))
            }
            Expr::Exists { subquery, negated } => {
                let query = self.subquery(subquery)?;
                let not = if *negated { "NOT " } else { "" };
                Ok(Bound::new(format!("({not}EXISTS ({}))", query.sql), boolean, position))
            }
            // A subquery stands where its parenthesis stands.
            Expr::Subquery(subquery) => self.scalar_subquery(subquery, position.saturating_sub(1)),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref(), position),
            Expr::Function(function) => self.function(function, position),
            Expr::Extract { field, expr, .. } => {
                let field = field.to_string().trim_matches('\'').to_lowercase();
                let operand = self.expr(expr)?;
                self.apply(
                    "extract",
                    vec![Bound::literal(Some(field), position), operand],
                    position,
                )
            }
            Expr::Ceil { expr, .. } => {
                let operand = self.expr(expr)?;
                self.apply("ceil", vec![operand], position)
            }
            Expr::Floor { expr, .. } => {
                let operand = self.expr(expr)?;
                self.apply("floor", vec![operand], position)
            }
            Expr::Position { expr, r#in } => {
                let (part, whole) = (self.expr(expr)?, self.expr(r#in)?);
                self.apply("position", vec![whole, part], position)
            }
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let mut arguments = vec![self.expr(expr)?];
                match (substring_from, substring_for) {
                    (Some(from), _) => arguments.push(self.expr(from)?),
                    (None, Some(_)) => arguments.push(self.number("1", position)?),
                    (None, None) => (),
                }
                if let Some(length) = substring_for {
                    arguments.push(self.expr(length)?);
                }
                self.apply("substring", arguments, position)
            }
            Expr::Trim {
                trim_where,
                trim_what,
                expr,
                trim_characters,
            } => {
                let name = match trim_where {
                    None | Some(TrimWhereField::Both) => "btrim",
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                };
                let mut arguments = vec![self.expr(expr)?];
                let characters = trim_what
                    .as_deref()
                    .or(trim_characters.as_ref().and_then(|list| list.first()));
                if let Some(characters) = characters {
                    arguments.push(self.expr(characters)?);
                }
                self.apply(name, arguments, position)
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let mut arguments = vec![self.expr(expr)?, self.expr(overlay_what)?, self.expr(overlay_from)?];
                if let Some(length) = overlay_for {
                    arguments.push(self.expr(length)?);
                }
                self.apply("overlay", arguments, position)
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                let stamp = self.expr(timestamp)?;
                let zone = self.expr(time_zone)?;
                self.apply("timezone", vec![zone, stamp], position)
            }
            Expr::Collate { expr, collation } => {
                let operand = self.expr(expr)?;
                let name = collation.to_string().replace('"', "");
                match name.as_str() {
                    // The bytes decide: what SQLite does by itself, once the type no longer asks for more.
                    "C" | "POSIX" | "pg_catalog.C" => Ok(Bound {
                        ty: Type::of(Base::Name),
                        ..operand
                    }),
                    "en_US.utf8" | "en_US" | "default" | "en_US.UTF-8" | "en-US-x-icu" => Ok(operand),
                    _ => Err(Report::beyond(format!("the collation {name}"))),
                }
            }
            Expr::Array(array) => self.array(&array.elem, position),
            Expr::CompoundFieldAccess { root, access_chain } => {
                let mut value = self.expr(root)?;
                for access in access_chain {
                    let AccessExpr::Subscript(Subscript::Index { index }) = access else {
                        return Err(Report::beyond("slices of arrays and fields of rows"));
                    };
                    value = self.item(value, index, position)?;
                }
                Ok(value)
            }
            Expr::Tuple(_) => Err(Report::beyond("row values")),
            Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) => Err(Report::beyond("grouping sets")),
            other => Err(Report::beyond(format!("the expression {other}"))),
        }
    }

    /// Casts as `::` does.
    pub(super) fn cast_to(
        &mut self,
        operand: Bound,
        target: crate::programs::sql::values::ColumnType,
    ) -> Result<Bound, Report> {
        let position = operand.position;
        if target.ty == Type::of(Base::Regclass) {
            return self.regclass(operand);
        }
        let shown = format!("({})::{target}", operand.shown);
        let literal = operand.literal.is_some();
        let from = operand.ty;
        let cast = match operand.cast(target.ty, Way::Explicit, self.around.place)? {
            Some(cast) => cast,
            None => {
                let message = format!("cannot cast type {from} to {}", target.ty);
                return Err(Report::error("42846", message).at(position));
            }
        };
        let shown = if literal { cast.shown.clone() } else { shown };
        Ok(cast.fitted(target, true).shown(shown))
    }

    fn type_place(&self, report: Report, data_type: &sqlparser::ast::DataType) -> Report {
        match data_type {
            sqlparser::ast::DataType::Custom(name, _) if !report.is_beyond() => {
                let start = super::names::first_ident(name).map(|name| name.span.start);
                start.map_or(report.clone(), |start| report.clone().at(self.source.position(start)))
            }
            _ => report,
        }
    }

    fn source_error(&self, position: usize) -> Report {
        Report::error("42601", "syntax error").at(position)
    }
}
