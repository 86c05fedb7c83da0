//! What an unquoted word means, as kubectl's YAML reader decides it.
//!
//! kubectl reads YAML 1.1 through sigs.k8s.io/yaml, which stands on go-yaml v2 (resolve.go): `yes` and `on` are
//! booleans, `0400` is octal, and a date stays a text.

use crate::manifest::tree::Node;
use serde_json::Number;

/// Decides what an unquoted word is; `None` for what JSON cannot say (`.nan`, `.inf`).
pub fn resolve(word: &str) -> Option<Node> {
    let Some(first) = word.chars().next() else {
        return Some(Node::Null);
    };
    let node = match word {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Node::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Node::Bool(false),
        "~" | "null" | "Null" | "NULL" => Node::Null,
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf"
        | "-.INF" => return None,
        _ => match first {
            '.' => word.parse().ok().and_then(float),
            '+' | '-' | '0'..='9' => number(word),
            _ => None,
        }
        .map_or_else(|| Node::Text(word.to_owned()), Node::Number),
    };
    Some(node)
}

/// Reads a number: decimal, `0x1f`, `0b11`, `0o17`, `017`, `1_000`, or a decimal fraction.
pub fn number(word: &str) -> Option<Number> {
    let plain = word.replace('_', "");
    integer(&plain).or_else(|| decimal(&plain).and_then(float))
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        0i64.checked_sub_unsigned(magnitude).map(Number::from)
    } else {
        Some(Number::from(magnitude))
    }
}

/// go-yaml's pattern: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fits = match whole {
        "" => digits(fraction),
        _ => digits(whole) && (fraction.is_empty() || digits(fraction)),
    };
    if !fits || !exponent.is_none_or(digits) {
        return None;
    }
    text.parse().ok()
}

/// A whole float is written as an integer by Go's JSON encoder, and read back as one.
fn float(value: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(word: &str) -> Value {
        match resolve(word) {
            Some(Node::Null) => Value::Null,
            Some(Node::Bool(flag)) => json!(flag),
            Some(Node::Number(number)) => Value::Number(number),
            Some(Node::Text(text)) => json!(text),
            _ => json!("nothing JSON can say"),
        }
    }

    #[test]
    fn words_mean_what_kubectl_takes_them_for() {
        for (word, meaning) in [
            ("yes", json!(true)),
            ("On", json!(true)),
            ("n", json!(false)),
            ("off", json!(false)),
            ("oN", json!("oN")),
            ("~", Value::Null),
            ("", Value::Null),
            ("0400", json!(256)),
            ("0o400", json!(256)),
            ("-0x1F", json!(-31)),
            ("0b11", json!(3)),
            ("08", json!(8)),
            ("1_000", json!(1000)),
            ("+5", json!(5)),
            ("-", json!("-")),
            ("1e3", json!(1000)),
            ("0.5", json!(0.5)),
            (".5", json!(0.5)),
            ("5.", json!(5)),
            ("1.2.3", json!("1.2.3")),
            ("16.4", json!(16.4)),
            ("1Gi", json!("1Gi")),
            ("100m", json!("100m")),
            ("2024-08-29", json!("2024-08-29")),
            ("12:30", json!("12:30")),
            ("9223372036854775808", json!(9_223_372_036_854_775_808u64)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1e999", json!("1e999")),
            ("0x", json!("0x")),
            ("Infinity", json!("Infinity")),
        ] {
            assert_eq!(read(word), meaning, "{word}");
        }
        assert_eq!(resolve(".inf"), None);
    }
}
