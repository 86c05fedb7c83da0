//! json and jsonb: the one keeps its text, the other its meaning.

mod reading;

pub use reading::{Bad, parse};

use std::fmt::Write;

/// A JSON value with the place of its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Json {
    /// The value.
    pub value: Value,
    /// Where its text begins in the source, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// What a JSON value is.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "JSON's own words")]
pub enum Value {
    Null,
    Bool(bool),
    /// The digits as they were written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    /// All keys in order of writing, doubled ones too.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Returns a value that has no text yet.
    pub fn new(value: Value) -> Self {
        Self {
            value,
            start: 0,
            end: 0,
        }
    }

    /// Prints it so that equal values print alike: numbers without the zeros at their end.
    pub fn key(&self) -> String {
        let mut copy = self.clone();
        copy.trim_numbers();
        copy.print()
    }

    fn trim_numbers(&mut self) {
        match &mut self.value {
            Value::Number(digits) => {
                let plain = plain_number(digits);
                *digits = match plain.contains('.') {
                    true => plain.trim_end_matches('0').trim_end_matches('.').to_owned(),
                    false => plain,
                };
            }
            Value::Array(items) => items.iter_mut().for_each(Self::trim_numbers),
            Value::Object(pairs) => pairs.iter_mut().for_each(|(_, value)| value.trim_numbers()),
            Value::Null | Value::Bool(_) | Value::String(_) => (),
        }
    }

    /// Prints it as jsonb does: sorted keys, the last of doubled ones, a blank after colons and commas.
    pub fn print(&self) -> String {
        let mut out = String::new();
        self.print_to(&mut out);
        out
    }

    fn print_to(&self, out: &mut String) {
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(digits) => out.push_str(&plain_number(digits)),
            Value::String(text) => quote_to(text, out),
            Value::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    item.print_to(out);
                }
                out.push(']');
            }
            Value::Object(pairs) => {
                out.push('{');
                for (at, (key, value)) in sorted(pairs).into_iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    quote_to(key, out);
                    out.push_str(": ");
                    value.print_to(out);
                }
                out.push('}');
            }
        }
    }

    /// Returns the member of an object; the last one of that name.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(pairs) => pairs.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns the item of an array; negative numbers count from its end.
    pub fn at(&self, index: i64) -> Option<&Self> {
        match &self.value {
            Value::Array(items) => {
                let index = if index < 0 { items.len() as i64 + index } else { index };
                usize::try_from(index).ok().and_then(|index| items.get(index))
            }
            _ => None,
        }
    }

    /// Follows a path of keys and indexes.
    pub fn path(&self, steps: &[String]) -> Option<&Self> {
        steps.iter().try_fold(self, |value, step| match &value.value {
            Value::Object(_) => value.get(step),
            Value::Array(_) => value.at(step.parse().ok()?),
            _ => None,
        })
    }

    /// Tells whether this value contains the other, as `@>` means it.
    pub fn contains(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Object(_), Value::Object(wanted)) => wanted
                .iter()
                .all(|(key, value)| self.get(key).is_some_and(|mine| mine.contains(value))),
            (Value::Array(mine), Value::Array(wanted)) => {
                wanted.iter().all(|value| mine.iter().any(|item| item.contains(value)))
            }
            // An array contains a bare scalar among its items.
            (Value::Array(mine), Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_)) => {
                mine.iter().any(|item| item.contains(other))
            }
            (Value::Number(a), Value::Number(b)) => plain_number(a) == plain_number(b),
            (a, b) => a == b,
        }
    }

    /// Returns the name of its type, as `jsonb_typeof` says it.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }
}

/// Returns the pairs as jsonb keeps them: by length of key, then by bytes; of doubled keys the last.
pub fn sorted(pairs: &[(String, Json)]) -> Vec<(&String, &Json)> {
    let mut kept: Vec<(&String, &Json)> = Vec::new();
    for (key, value) in pairs {
        match kept.iter_mut().find(|(other, _)| *other == key) {
            Some(slot) => slot.1 = value,
            None => kept.push((key, value)),
        }
    }
    kept.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    kept
}

/// Adds a string with quotes and escapes.
pub fn quote_to(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Writes out exponents, as jsonb keeps numbers as numeric.
fn plain_number(digits: &str) -> String {
    match super::decimal::Decimal::parse(digits) {
        Some(Ok(number)) => number.to_string(),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jsonb_keeps_the_meaning() {
        let print = |text: &str| parse(text).unwrap().print();
        assert_eq!(
            print(r#"{"bb":1,"a":[1, 2.50,1e2],"a":{"x":null}}"#),
            r#"{"a": {"x": null}, "bb": 1}"#
        );
        assert_eq!(print(r#" [true, "a\u00e9\n\"q\""] "#), "[true, \"aé\\n\\\"q\\\"\"]");
        assert!(
            parse(r#"{"a":{"b":[1,2]}}"#)
                .unwrap()
                .contains(&parse(r#"{"a":{"b":[2]}}"#).unwrap())
        );
    }

    #[test]
    fn what_is_no_json_is_told_where() {
        let detail = |text: &str| parse(text).unwrap_err().detail;
        assert_eq!(detail("{a}"), "Token \"a\" is invalid.");
        assert_eq!(detail("hello"), "Token \"hello\" is invalid.");
        assert_eq!(detail("[1,"), "The input string ended unexpectedly.");
        assert_eq!(detail("{\"a\" 1}"), "Expected \":\", but found \"1\".");
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
