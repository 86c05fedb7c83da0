//! json and jsonb: the one keeps its text, the other its meaning.

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

/// Why a text is no JSON: the token, or the end of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// The DETAIL line.
    pub detail: String,
    /// How far the text was read, for the CONTEXT line.
    pub read: usize,
}

/// Parses a text.
pub fn parse(text: &str) -> Result<Json, Bad> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.space();
    if parser.at == text.len() {
        return Err(parser.end());
    }
    let json = parser.value()?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.unexpected("Expected end of input, but found"));
    }
    Ok(json)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn value(&mut self) -> Result<Json, Bad> {
        self.space();
        let start = self.at;
        let value = match self.peek() {
            None => return Err(self.end()),
            Some('{') => self.object()?,
            Some('[') => self.array()?,
            Some('"') => Value::String(self.string()?),
            Some(c) if c == '-' || c.is_ascii_digit() => self.number()?,
            Some(_) => self.word()?,
        };
        Ok(Json {
            value,
            start,
            end: self.at,
        })
    }

    fn object(&mut self) -> Result<Value, Bad> {
        self.deeper()?;
        self.at += 1;
        let mut pairs = Vec::new();
        self.space();
        if self.peek() == Some('}') {
            self.at += 1;
            self.depth -= 1;
            return Ok(Value::Object(pairs));
        }
        loop {
            self.space();
            match self.peek() {
                None => return Err(self.end()),
                Some('"') => (),
                Some(_) if pairs.is_empty() => return Err(self.unexpected("Expected string or \"}\", but found")),
                Some(_) => return Err(self.unexpected("Expected string, but found")),
            }
            let key = self.string()?;
            self.space();
            match self.peek() {
                None => return Err(self.end()),
                Some(':') => self.at += 1,
                Some(_) => return Err(self.unexpected("Expected \":\", but found")),
            }
            pairs.push((key, self.value()?));
            self.space();
            match self.peek() {
                None => return Err(self.end()),
                Some(',') => self.at += 1,
                Some('}') => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(Value::Object(pairs));
                }
                Some(_) => return Err(self.unexpected("Expected \",\" or \"}\", but found")),
            }
        }
    }

    fn array(&mut self) -> Result<Value, Bad> {
        self.deeper()?;
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.at += 1;
            self.depth -= 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            match self.peek() {
                None => return Err(self.end()),
                Some(',') => self.at += 1,
                Some(']') => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(Value::Array(items));
                }
                Some(_) => return Err(self.unexpected("Expected \",\" or \"]\", but found")),
            }
        }
    }

    /// Nesting ends where a stack would: a stranger's text must not overflow ours.
    fn deeper(&mut self) -> Result<(), Bad> {
        self.depth += 1;
        if self.depth > 500 {
            return Err(Bad {
                detail: "pglab does not simulate JSON nested this deep.".into(),
                read: self.at,
            });
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, Bad> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else { return Err(self.end()) };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => {
                    let Some(escape) = self.peek() else {
                        return Err(self.end());
                    };
                    self.at += escape.len_utf8();
                    match escape {
                        '"' | '\\' | '/' => out.push(escape),
                        'b' => out.push('\u{8}'),
                        'f' => out.push('\u{c}'),
                        'n' => out.push('\n'),
                        'r' => out.push('\r'),
                        't' => out.push('\t'),
                        'u' => out.push(self.unicode()?),
                        other => return Err(self.bad(format!("Escape sequence \"\\{other}\" is invalid."))),
                    }
                }
                c if (c as u32) < 0x20 => {
                    return Err(self.bad(format!("Character with value 0x{:02x} must be escaped.", c as u32)));
                }
                c => out.push(c),
            }
        }
    }

    fn unicode(&mut self) -> Result<char, Bad> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let second = self.hex4()?;
            0x10000 + ((first - 0xd800) << 10) + second.wrapping_sub(0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.bad("Unicode surrogate pairs must be complete.".into()))
    }

    fn hex4(&mut self) -> Result<u32, Bad> {
        let hex = self.text.get(self.at..self.at + 4);
        match hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.bad("\"\\u\" must be followed by four hexadecimal digits.".into())),
        }
    }

    fn number(&mut self) -> Result<Value, Bad> {
        let rest = &self.text[self.at..];
        let len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
            .unwrap_or(rest.len());
        let token = &rest[..len];
        let body = token.strip_prefix('-').unwrap_or(token);
        let (mantissa, exponent) = match body.find(['e', 'E']) {
            Some(at) => (&body[..at], Some(body[at + 1..].trim_start_matches(['+', '-']))),
            None => (body, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let good = digits(whole)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(digits)
            && exponent.is_none_or(digits);
        if !good {
            return Err(self.bad(format!("Token \"{token}\" is invalid.")));
        }
        self.at += len;
        Ok(Value::Number(token.to_owned()))
    }

    fn word(&mut self) -> Result<Value, Bad> {
        let rest = &self.text[self.at..];
        for (word, value) in [
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
        ] {
            let ends = |c: char| !c.is_alphanumeric() && c != '_';
            if rest.starts_with(word) && rest[word.len()..].chars().next().is_none_or(ends) {
                self.at += word.len();
                return Ok(value);
            }
        }
        if rest.starts_with([']', '}', ',', ':']) {
            return Err(self.unexpected("Expected JSON value, but found"));
        }
        Err(self.bad(format!("Token \"{}\" is invalid.", self.token())))
    }

    fn token(&self) -> &str {
        let rest = &self.text[self.at..];
        let word = |c: char| c.is_alphanumeric() || c == '_';
        match rest.chars().next() {
            Some('"') => {
                let end = rest[1..].find('"').map_or(rest.len(), |at| at + 2);
                &rest[..end]
            }
            Some(c) if word(c) => &rest[..rest.find(|c| !word(c)).unwrap_or(rest.len())],
            Some(c) => &rest[..c.len_utf8()],
            None => "",
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn bad(&self, detail: String) -> Bad {
        Bad {
            detail,
            read: self.at + self.token().len(),
        }
    }

    fn unexpected(&self, words: &str) -> Bad {
        // A bare word is no JSON at all, wherever it stands.
        let word = self.peek().is_some_and(|c| c.is_alphabetic() || c == '_');
        if word && !["true", "false", "null"].contains(&self.token()) {
            return self.bad(format!("Token \"{}\" is invalid.", self.token()));
        }
        self.bad(format!("{words} \"{}\".", self.token()))
    }

    fn end(&self) -> Bad {
        Bad {
            detail: "The input string ended unexpectedly.".into(),
            read: self.text.len(),
        }
    }
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
