//! Expressions.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, CastKind, Expr, Spanned, Subscript, TrimWhereField, TypedString, UnaryOperator, Value,
    ValueWithSpan,
};

use super::bound::{Bound, call, common_type, quote};
use super::names::ident;
use super::scope::{Found, Loose, find_bare, find_qualified};
use super::{Binder, column_type};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::decimal::Decimal;
use crate::programs::sql::values::interval::Interval;
use crate::programs::sql::values::{Base, Category, Type};

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

    fn column(&mut self, name: &str, quoted: bool, position: usize) -> Result<Bound, Report> {
        match find_bare(&self.levels, name).map_err(|report| report.at(position))? {
            Some(found) => Ok(self.found(found, position)),
            None => {
                // The name of a relation alone means its whole row.
                if find_qualified(&self.levels, name, "").is_some() {
                    return Err(Report::beyond("whole rows as values").at(position));
                }
                if name == "current_schema" && !quoted {
                    let schema = self.creation_schema().ok();
                    let sql = schema.map_or("NULL".to_owned(), |schema| quote(&schema));
                    return Ok(Bound::new(sql, Type::of(Base::Name), position).shown("CURRENT_SCHEMA"));
                }
                if self.reads_system() {
                    return Err(Report::beyond(format!("the column \"{name}\" of a system view")).at(position));
                }
                let mut report = Report::error("42703", format!("column \"{name}\" does not exist")).at(position);
                if let Some(hint) = self.similar_column(name) {
                    report = report.hint(hint);
                }
                Err(report)
            }
        }
    }

    fn qualified_column(&mut self, range: &str, name: &str, position: usize) -> Result<Bound, Report> {
        match find_qualified(&self.levels, range, name) {
            Some(Some(found)) => Ok(self.found(found, position)),
            Some(None) if self.reads_system() => {
                Err(Report::beyond(format!("the column \"{name}\" of a system view")).at(position))
            }
            Some(None) => {
                let mut report = Report::error("42703", format!("column {range}.{name} does not exist")).at(position);
                if let Some(hint) = self.similar_column(name) {
                    report = report.hint(hint);
                }
                Err(report)
            }
            None => {
                Err(Report::error("42P01", format!("missing FROM-clause entry for table \"{range}\"")).at(position))
            }
        }
    }

    /// Tells whether a system view is read: its columns may be fewer than PostgreSQL's.
    fn reads_system(&self) -> bool {
        let mut ranges = self.levels.iter().flat_map(|level| &level.ranges);
        ranges.any(|range| range.table.is_none() && range.name.starts_with("pg_"))
    }

    /// PostgreSQL offers a column whose name is close: parser/parse_relation.c, errorMissingColumn.
    fn similar_column(&self, name: &str) -> Option<String> {
        let limit = |close: usize| close <= name.len() / 2 && close <= 3;
        let columns = self
            .levels
            .iter()
            .rev()
            .flat_map(|level| &level.ranges)
            .flat_map(|range| {
                range
                    .columns
                    .iter()
                    .filter(|column| !column.name.is_empty())
                    .map(move |column| (range, column))
            });
        let near = columns
            .map(|(range, column)| (strsim::levenshtein(&column.name, name), range, column))
            .filter(|(distance, ..)| limit(*distance))
            .min_by_key(|(distance, ..)| *distance)?;
        Some(format!(
            "Perhaps you meant to reference the column \"{}.{}\".",
            near.1.name, near.2.name
        ))
    }

    fn found(&mut self, found: Found, position: usize) -> Bound {
        let column = &found.column;
        let level = &mut self.levels[found.level];
        if !level.in_aggregate {
            level.loose.push(Loose {
                sql: column.sql.clone(),
                name: format!("{}.{}", found.range, column.name),
                position,
                table: found.table,
            });
        }
        let one = self.levels.len() == 1 && self.levels[0].ranges.len() == 1;
        let name = crate::programs::sql::catalog::quote_ident(&column.name);
        let shown = if one { name } else { format!("{}.{name}", found.range) };
        Bound {
            modifier: column.ty.modifier,
            ..Bound::new(&column.sql, column.ty.ty, position)
        }
        .shown(shown)
    }

    /// What GROUP BY names as a whole may use its columns freely.
    fn forget_loose_if_grouped(&mut self, bound: &Bound) {
        if let Some(level) = self.levels.last_mut()
            && level.groups.contains(&bound.sql)
        {
            let groups = &level.groups;
            level
                .loose
                .retain(|loose| !bound.sql.contains(&loose.sql) || groups.contains(&loose.sql));
        }
    }

    fn value(&mut self, value: &ValueWithSpan) -> Result<Bound, Report> {
        let position = self.source.position(value.span.start);
        match &value.value {
            Value::Number(digits, _) => self.number(digits, position),
            Value::SingleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::NationalStringLiteral(text) => Ok(Bound::literal(Some(text.clone()), position)),
            Value::UnicodeStringLiteral(text) => Ok(Bound::literal(Some(text.clone()), position)),
            Value::DollarQuotedString(text) => Ok(Bound::literal(Some(text.value.clone()), position)),
            Value::Boolean(truth) => {
                let sql = if *truth { "1" } else { "0" };
                Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(truth.to_string()))
            }
            Value::Null => Ok(Bound::literal(None, position)),
            Value::Placeholder(name) => {
                Err(Report::error("42P02", format!("there is no parameter {name}")).at(position))
            }
            other => Err(Report::beyond(format!("the literal {other}")).at(position)),
        }
    }

    pub(super) fn number(&mut self, digits: &str, position: usize) -> Result<Bound, Report> {
        let plain = digits.replace('_', "");
        if let Ok(number) = plain.parse::<i64>() {
            let base = if i32::try_from(number).is_ok() {
                Base::Int4
            } else {
                Base::Int8
            };
            let sql = super::bound::value_sql(&rusqlite::types::Value::Integer(number));
            let shown = if number < 0 {
                format!("'{number}'::{}", Type::of(base))
            } else {
                plain
            };
            return Ok(Bound::new(sql, Type::of(base), position).shown(shown));
        }
        match Decimal::parse(&plain) {
            Some(number) => {
                let number = number?.to_string();
                Ok(Bound::new(quote(&number), Type::of(Base::Numeric), position).shown(number))
            }
            None => {
                let message = format!("trailing junk after numeric literal at or near \"{digits}\"");
                Err(Report::error("42601", message).at(position))
            }
        }
    }

    fn binary_expr(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Bound, Report> {
        let position = self.position(left);
        let (BinaryOperator::And | BinaryOperator::Or) = op else {
            let sign = match op {
                BinaryOperator::PGCustomBinaryOperator(parts) => parts.last().cloned().unwrap_or_default(),
                BinaryOperator::Custom(sign) => sign.clone(),
                op => op.to_string(),
            };
            let at = self.operator_position(left, right);
            if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
                return self.rows(&sign, left, right, at);
            }
            let (left, right) = (self.expr(left)?, self.expr(right)?);
            let position = left.position;
            let bound = self.binary(&sign, left, right, at)?;
            // An expression stands where its operator stands; what encloses it wants its beginning.
            return Ok(Bound {
                position: if at == 0 { position } else { at },
                ..bound
            });
        };
        let word = if *op == BinaryOperator::And { "AND" } else { "OR" };
        let chained = |mut expr: &Expr| {
            while let Expr::Nested(inner) = expr {
                expr = inner;
            }
            matches!(expr, Expr::BinaryOp { op: inner, .. } if inner == op)
        };
        let flat = chained(left);
        let (left, right) = (self.condition(left, word)?, self.condition(right, word)?);
        // A chain is one list: parser/gram.y, makeAndExpr.
        let first = match left.shown.strip_prefix('(').and_then(|shown| shown.strip_suffix(')')) {
            Some(inner) if flat => inner,
            _ => &left.shown,
        };
        let shown = format!("({first} {word} {})", right.shown);
        Ok(Bound::new(
            format!("({} {word} {})", left.sql, right.sql),
            Type::of(Base::Bool),
            position,
        )
        .shown(shown))
    }

    /// `(a, b) = (c, d)`: as many comparisons.
    fn rows(&mut self, sign: &str, left: &[Expr], right: &[Expr], at: usize) -> Result<Bound, Report> {
        let word = match sign {
            "=" => " AND ",
            "<>" => " OR ",
            _ => return Err(Report::beyond("the order of rows")),
        };
        if left.len() != right.len() {
            return Err(Report::error("42601", "unequal number of entries in row expressions").at(at));
        }
        let mut parts = Vec::new();
        for (left, right) in left.iter().zip(right) {
            let (left, right) = (self.expr(left)?, self.expr(right)?);
            parts.push(self.binary(sign, left, right, at)?.sql);
        }
        Ok(Bound::new(format!("({})", parts.join(word)), Type::of(Base::Bool), at))
    }

    /// The operator stands between its operands, behind blanks and closing parentheses.
    fn operator_position(&self, left: &Expr, right: &Expr) -> usize {
        let (end, start) = (
            self.source.position(left.span().end),
            self.source.position(right.span().start),
        );
        if end == 0 || start == 0 || end >= start {
            return 0;
        }
        let between: Vec<char> = self.source.text().chars().skip(end - 1).take(start - end).collect();
        let skip = between
            .iter()
            .take_while(|c| c.is_whitespace() || **c == ')' || **c == '(')
            .count();
        if skip == between.len() { 0 } else { end + skip }
    }

    fn test(&mut self, operand: &Expr, words: &str, sql: impl Fn(&str) -> String) -> Result<Bound, Report> {
        let operand = self.expr(operand)?;
        let shown = format!("({} {words})", operand.shown);
        Ok(Bound::new(sql(&operand.sql), Type::of(Base::Bool), operand.position).shown(shown))
    }

    fn truth(&mut self, operand: &Expr, words: &str, sql: impl Fn(&str) -> String) -> Result<Bound, Report> {
        let operand = self.condition(operand, words)?;
        let shown = format!("({} {words})", operand.shown);
        Ok(Bound::new(sql(&operand.sql), Type::of(Base::Bool), operand.position).shown(shown))
    }

    fn distinct(&mut self, left: &Expr, right: &Expr, sign: &str, words: &str) -> Result<Bound, Report> {
        let at = self.operator_position(left, right);
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let position = left.position;
        let (left, right) = self.same_type("=", left, right, at)?;
        let shown = format!("({} {words} {})", left.shown, right.shown);
        let sql = format!("({} {sign} {})", left.equated(), right.equated());
        Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(shown))
    }

    fn in_list(&mut self, subject: &Expr, list: &[Expr], negated: bool) -> Result<Bound, Report> {
        if let Expr::Tuple(subject) = subject {
            return self.in_rows(subject, list, negated);
        }
        let bound = self.expr(subject)?;
        let position = bound.position;
        let at = list.first().map_or(0, |first| self.in_position(subject, first));
        let place = self.around.place;
        let items: Result<Vec<Bound>, Report> = list.iter().map(|item| self.expr(item)).collect();
        let items = items?;
        let mut all: Vec<&Bound> = vec![&bound];
        all.extend(&items);
        let ty = common_type(&all).map_err(|(a, b, _)| self.no_operator("=", a, b, at))?;
        let from = bound.ty;
        let bound = bound.must(ty, Way::Implicit, place)?;
        let mut sqls = Vec::new();
        let mut showns = Vec::new();
        for item in items {
            let b = item.ty;
            let item = item
                .cast(ty, Way::Implicit, place)?
                .ok_or_else(|| self.no_operator("=", from, b, at))?;
            showns.push(item.shown.clone());
            sqls.push(match item.ty.base {
                Base::Bpchar | Base::Interval => item.equated(),
                _ => item.sql,
            });
        }
        let (not, quantor) = if negated { ("NOT ", "<> ALL") } else { ("", "= ANY") };
        let shown = format!("({} {quantor} (ARRAY[{}]))", bound.shown, showns.join(", "));
        let sql = format!("({} {not}IN ({}))", bound.equated(), sqls.join(", "));
        Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(shown))
    }

    fn in_position(&self, subject: &Expr, first: &Expr) -> usize {
        self.operator_position(subject, first)
    }

    fn in_rows(&mut self, subject: &[Expr], list: &[Expr], negated: bool) -> Result<Bound, Report> {
        let mut choices = Vec::new();
        for item in list {
            let Expr::Tuple(item) = item else {
                return Err(Report::beyond("row values here"));
            };
            choices.push(self.rows("=", subject, item, 0)?.sql);
        }
        let not = if negated { "NOT " } else { "" };
        Ok(Bound::new(
            format!("({not}({}))", choices.join(" OR ")),
            Type::of(Base::Bool),
            0,
        ))
    }

    fn any_all(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, any: bool) -> Result<Bound, Report> {
        let position = self.position(left);
        let right = match right {
            Expr::Nested(inner) => inner.as_ref(),
            other => other,
        };
        if let Expr::Subquery(query) = right {
            return match (op, any) {
                (BinaryOperator::Eq, true) => self.in_subquery(left, query, false, position),
                (BinaryOperator::NotEq, false) => self.in_subquery(left, query, true, position),
                _ => Err(Report::beyond("ANY and ALL with this operator over a subquery")),
            };
        }
        let negated = match (op, any) {
            (BinaryOperator::Eq, true) => false,
            (BinaryOperator::NotEq, false) => true,
            _ => return Err(Report::beyond("ANY and ALL with this operator over an array")),
        };
        let place = self.around.place;
        let (element, array) = (self.expr(left)?, self.expr(right)?);
        let ty = match (array.ty.array, array.ty.category(), element.ty.category()) {
            (true, _, Category::Unknown) => array.ty,
            (true, ..) if array.ty.element().category() == element.ty.category() => array.ty,
            (false, Category::Unknown, _) => Type {
                array: true,
                ..element.ty
            },
            (true, ..) => {
                return Err(self.no_operator("=", element.ty, array.ty.element(), array.position));
            }
            _ => {
                return Err(
                    Report::error("42809", "op ANY/ALL (array) requires array on right side").at(array.position),
                );
            }
        };
        let shown = format!(
            "({} {} ({}))",
            element.shown,
            if any { "= ANY" } else { "<> ALL" },
            array.shown
        );
        let array = array.must(ty, Way::Implicit, place)?;
        let element = element.must(ty.element(), Way::Assignment, place)?;
        let sql = call("in array", &[&element.as_text(), &array.sql]);
        let sql = if negated { format!("(NOT {sql})") } else { sql };
        Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(shown))
    }

    fn like(
        &mut self,
        subject: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        negated: bool,
        fold: bool,
    ) -> Result<Bound, Report> {
        let at = self.operator_position(subject, pattern);
        let (subject, pattern) = (self.expr(subject)?, self.expr(pattern)?);
        let Some(escape) = escape else {
            let sign = match (negated, fold) {
                (false, false) => "~~",
                (false, true) => "~~*",
                (true, false) => "!~~",
                (true, true) => "!~~*",
            };
            return self.binary(sign, subject, pattern, at);
        };
        let (text, place) = (Type::of(Base::Text), self.around.place);
        let escape = self.expr(escape)?.must(text, Way::Implicit, place)?;
        let (subject, pattern) = (
            subject.must(text, Way::Implicit, place)?,
            pattern.must(text, Way::Implicit, place)?,
        );
        let name = if fold { "ilike escape" } else { "like escape" };
        let sql = call(name, &[&subject.sql, &pattern.sql, &escape.sql]);
        Ok(Bound::new(
            if negated { format!("(NOT {sql})") } else { sql },
            Type::of(Base::Bool),
            at,
        ))
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[sqlparser::ast::CaseWhen],
        otherwise: Option<&Expr>,
        position: usize,
    ) -> Result<Bound, Report> {
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        for branch in branches {
            conditions.push(match operand {
                None => self.condition(&branch.condition, "CASE/WHEN")?,
                Some(operand) => {
                    let (operand, value) = (self.expr(operand)?, self.expr(&branch.condition)?);
                    let at = value.position;
                    self.binary("=", operand, value, at)?
                }
            });
            results.push(self.expr(&branch.result)?);
        }
        if let Some(otherwise) = otherwise {
            results.push(self.expr(otherwise)?);
        }
        // The branch behind ELSE is looked at first.
        let mut order: Vec<&Bound> = results.iter().collect();
        if otherwise.is_some() {
            order.rotate_right(1);
        }
        let ty = common_type(&order)
            .map_err(|(a, b, at)| Report::error("42804", format!("CASE types {a} and {b} cannot be matched")).at(at))?;
        let results = self.all_to(results, ty)?;
        let mut sql = String::from("CASE");
        let mut shown = String::from("\nCASE");
        for (condition, result) in conditions.iter().zip(&results) {
            sql.push_str(&format!(" WHEN {} THEN {}", condition.sql, result.sql));
            shown.push_str(&format!("\n    WHEN {} THEN {}", condition.shown, result.shown));
        }
        match otherwise.and(results.last()) {
            Some(result) => {
                sql.push_str(&format!(" ELSE {}", result.sql));
                shown.push_str(&format!("\n    ELSE {}", result.shown));
            }
            None => shown.push_str(&format!("\n    ELSE NULL::{ty}")),
        }
        Ok(Bound::new(format!("({sql} END)"), ty, position).shown(format!("{shown}\nEND")))
    }

    /// Turns all of these into one type.
    pub(super) fn all_to(&self, items: Vec<Bound>, ty: Type) -> Result<Vec<Bound>, Report> {
        items
            .into_iter()
            .map(|item| item.must(ty, Way::Implicit, self.around.place))
            .collect()
    }

    fn array(&mut self, elements: &[Expr], position: usize) -> Result<Bound, Report> {
        if elements.iter().any(|element| matches!(element, Expr::Array(_))) {
            return Err(Report::beyond("arrays of more than one dimension").at(position));
        }
        let items: Result<Vec<Bound>, Report> = elements.iter().map(|element| self.expr(element)).collect();
        let items = items?;
        if items.is_empty() {
            return Ok(Bound {
                literal: Some(Some("{}".into())),
                ..Bound::literal(Some("{}".into()), position)
            });
        }
        let ty = common_type(&items.iter().collect::<Vec<_>>()).map_err(|(a, b, at)| {
            Report::error("42804", format!("ARRAY types {a} and {b} cannot be matched")).at(at)
        })?;
        let items = self.all_to(items, ty)?;
        let shown: Vec<&str> = items.iter().map(|item| item.shown.as_str()).collect();
        let shown = format!("ARRAY[{}]", shown.join(", "));
        let texts: Vec<String> = items.iter().map(Bound::as_text).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Ok(Bound::new(call("array of", &texts), Type { array: true, ..ty }, position).shown(shown))
    }

    fn item(&mut self, value: Bound, index: &Expr, position: usize) -> Result<Bound, Report> {
        let index = self
            .expr(index)?
            .must(Type::of(Base::Int4), Way::Assignment, self.around.place)?;
        if value.ty.base == Base::Jsonb && !value.ty.array {
            return self.binary("->", value, index, position);
        }
        if !value.ty.array {
            let message = format!(
                "cannot subscript type {} because it does not support subscripting",
                value.ty
            );
            return Err(Report::error("42804", message).at(position));
        }
        let text = call("array item", &[&value.sql, &index.sql]);
        let item = Bound::new(text, Type::of(Base::Text), position);
        item.must(value.ty.element(), Way::Explicit, self.around.place)
    }
}

/// A minus before digits belongs to the number, so that the smallest one can be written.
fn negative(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(ValueWithSpan {
            value: Value::Number(digits, _),
            ..
        }) => Some(format!("-{digits}")),
        _ => None,
    }
}
