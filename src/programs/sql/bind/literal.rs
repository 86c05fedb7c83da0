//! Literals: texts, numbers, and the arrays that are made of expressions.

use sqlparser::ast::{Expr, Value, ValueWithSpan};

use super::Binder;
use super::bound::{Bound, call, common_type, quote};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::decimal::Decimal;
use crate::programs::sql::values::{Base, Type};

impl Binder<'_> {
    pub(super) fn value(&mut self, value: &ValueWithSpan) -> Result<Bound, Report> {
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

    pub(super) fn array(&mut self, elements: &[Expr], position: usize) -> Result<Bound, Report> {
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

    pub(super) fn item(&mut self, value: Bound, index: &Expr, position: usize) -> Result<Bound, Report> {
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
pub(super) fn negative(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(ValueWithSpan {
            value: Value::Number(digits, _),
            ..
        }) => Some(format!("-{digits}")),
        _ => None,
    }
}
