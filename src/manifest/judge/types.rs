//! Values of the wrong type: in words for a person, and in those of Go's decoder.

use crate::api::Quantity;
use crate::manifest::path::Trail;
use crate::manifest::schema::{Type, schema};
use crate::manifest::source::Source;
use crate::manifest::tree::{Node, Tree};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A value that cannot be decoded.
pub struct Wrong {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
    /// What Go's decoder says.
    pub go: String,
}

/// A field of a Go struct, as decoding errors name it: not the index or the key in it.
#[derive(Clone, Copy)]
pub struct GoField<'a> {
    /// The struct.
    pub owner: &'a str,
    /// The way to the field.
    pub trail: &'a Trail<'a>,
}

/// Judges whether a value can be what its field wants.
pub fn wrong(source: &Source, tree: &Tree, of: Type, field: GoField<'_>, trail: &Trail<'_>) -> Option<Wrong> {
    let decoder = || {
        let (owner, field) = (field.owner, field.trail.path().without_indexes());
        format!(
            "json: cannot unmarshal {} into Go struct field {owner}.{field} of type {}",
            json_noun(tree, of),
            go_type(of)
        )
    };
    let told = |what: &str, hint: Option<String>| Wrong {
        what: format!("`{}` must be {what}", trail.path()),
        hint,
        go: decoder(),
    };
    let written = || source_text(source, tree);
    match (of, &tree.node) {
        (Type::Text, Node::Text(_)) | (Type::Bool, Node::Bool(_)) | (Type::IntOrString, Node::Text(_)) => None,
        (Type::Quantity, Node::Text(text)) => quantity(trail, text),
        (Type::Quantity, Node::Number(number)) => quantity(trail, &number.to_string()),
        (Type::Time, Node::Text(text)) => time(trail, text),
        (Type::Bytes, Node::Text(text)) => bytes(trail, text),
        (Type::Int32 | Type::Int64 | Type::IntOrString | Type::Number, Node::Number(number)) => {
            let fits = match of {
                Type::Number => true,
                Type::Int64 => number.as_i64().is_some(),
                _ => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            };
            let what = if number.is_f64() {
                "a whole number"
            } else {
                "a smaller number"
            };
            (!fits).then(|| told(&format!("{what}, not {number}"), None))
        }
        (Type::Text, Node::Number(_) | Node::Bool(_)) => Some(told(
            &format!("a text, not {}", tree.noun()),
            Some(format!("put it in quotes: \"{}\"", written())),
        )),
        (Type::Int32 | Type::Int64 | Type::Number, Node::Text(text)) => {
            let hint = text
                .parse::<f64>()
                .is_ok()
                .then(|| format!("take the quotes away: {text}"));
            Some(told("a number, not a text", hint))
        }
        (Type::Bool, Node::Text(text)) => {
            let hint = match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => "write true, without quotes",
                "false" | "no" | "off" => "write false, without quotes",
                _ => "write true or false",
            };
            Some(told("true or false, not a text", Some(hint.to_owned())))
        }
        (Type::List(_), Node::Map(_)) => Some(told("a list, not a map", Some("begin each item with `- `".to_owned()))),
        (Type::List(_), _) => Some(told(
            &format!("a list, not {}", tree.noun()),
            Some(format!("write it as a list: [{}]", written())),
        )),
        (Type::Object(_) | Type::Map(_), Node::List(_)) => {
            Some(told("a map, not a list", Some("take the `- ` away".to_owned())))
        }
        (Type::Object(_) | Type::Map(_), Node::Text(text)) if text.contains(':') => Some(told(
            "a map, not a text",
            Some("write `key: value`, with a blank after the colon".to_owned()),
        )),
        _ => Some(told(&format!("{}, not {}", noun(of), tree.noun()), None)),
    }
}

fn json_noun(tree: &Tree, of: Type) -> String {
    match &tree.node {
        Node::Null => "null".to_owned(),
        Node::Bool(_) => "bool".to_owned(),
        // A number is shown when its type fits and its value does not.
        Node::Number(number) if matches!(of, Type::Int32 | Type::Int64) => format!("number {number}"),
        Node::Number(_) => "number".to_owned(),
        Node::Text(_) => "string".to_owned(),
        Node::List(_) => "array".to_owned(),
        Node::Map(_) => "object".to_owned(),
    }
}

fn go_type(of: Type) -> String {
    match of {
        Type::Text | Type::Time | Type::Quantity => "string".to_owned(),
        Type::Int32 | Type::IntOrString => "int32".to_owned(),
        Type::Int64 => "int64".to_owned(),
        Type::Number => "float64".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Bytes => "[]uint8".to_owned(),
        Type::Any => "runtime.RawExtension".to_owned(),
        Type::List(inner) => format!("[]{}", go_type(schema().inner(inner))),
        Type::Map(inner) => format!("map[string]{}", go_type(schema().inner(inner))),
        Type::Object(def) => format!("v1.{}", schema().name(def)),
    }
}

fn noun(of: Type) -> &'static str {
    match of {
        Type::Text => "a text",
        Type::Int32 | Type::Int64 => "a whole number",
        Type::Number => "a number",
        Type::Bool => "true or false",
        Type::Quantity => "an amount, such as 500m or 1Gi",
        Type::IntOrString => "a number or a text",
        Type::Time => "a time, such as 2026-01-31T12:00:00Z",
        Type::Bytes => "a text in base64",
        Type::Any => "anything",
        Type::List(_) => "a list",
        Type::Map(_) | Type::Object(_) => "a map",
    }
}

/// Returns a plain value as it was written, for "put it in quotes".
fn source_text(source: &Source, tree: &Tree) -> String {
    let place = tree.place;
    let line = source.line(place.line);
    let text: String = line
        .chars()
        .skip(place.column as usize - 1)
        .take(place.width as usize)
        .collect();
    text.trim_matches(['"', '\'']).to_owned()
}

fn quantity(trail: &Trail<'_>, text: &str) -> Option<Wrong> {
    let go = text.parse::<Quantity>().err()?;
    Some(Wrong {
        what: format!("`{}`: `{text}` is no amount", trail.path()),
        hint: Some(amount_hint(text)),
        go,
    })
}

fn amount_hint(text: &str) -> String {
    let compact: String = text.split_whitespace().collect();
    let digits = compact
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(compact.len());
    let (number, unit) = compact.split_at(digits);
    let first = unit.chars().next().map(|c| c.to_ascii_uppercase());
    match (number.is_empty(), first) {
        (false, Some(letter @ ('K' | 'M' | 'G' | 'T' | 'P' | 'E'))) if compact.len() - digits <= 3 => {
            let decimal = if letter == 'K' { 'k' } else { letter };
            let binary = format!("{number}{letter}i");
            if unit.len() == 2 && unit.ends_with(['i', 'I'])
                || text.contains(char::is_whitespace) && unit.ends_with('i')
            {
                format!("did you mean `{binary}`?")
            } else {
                format!("did you mean `{binary}` (1024-based) or `{number}{decimal}` (1000-based)?")
            }
        }
        _ => "write a number with a unit: 500m, 0.5, 2, 64Mi, 1Gi".to_owned(),
    }
}

fn time(trail: &Trail<'_>, text: &str) -> Option<Wrong> {
    // Go's RFC 3339 wants seconds and a zone.
    if text.len() >= "2006-01-02T15:04:05Z".len() && text.parse::<jiff::Timestamp>().is_ok() {
        return None;
    }
    let layout = "2006-01-02T15:04:05Z07:00";
    Some(Wrong {
        what: format!("`{}`: `{text}` is no time", trail.path()),
        hint: Some("write it as 2026-01-31T12:00:00Z".to_owned()),
        go: format!("parsing time {text:?} as {layout:?}: cannot parse {text:?} as \"2006\""),
    })
}

fn bytes(trail: &Trail<'_>, text: &str) -> Option<Wrong> {
    // Go's decoder passes over line breaks.
    let compact: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    if STANDARD.decode(&compact).is_ok() {
        return None;
    }
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let bad = compact.bytes().position(|byte| !alphabet(byte));
    // Without a strange letter it is the last group of four that is short.
    let position = bad.unwrap_or(compact.len() / 4 * 4);
    Some(Wrong {
        what: format!("`{}` must be base64", trail.path()),
        hint: Some(format!("write it under `stringData`, or as {}", STANDARD.encode(text))),
        go: format!("illegal base64 data at input byte {position}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_guessed() {
        for (text, hint) in [
            ("1GB", "did you mean `1Gi` (1024-based) or `1G` (1000-based)?"),
            ("512mb", "did you mean `512Mi` (1024-based) or `512M` (1000-based)?"),
            ("10gi", "did you mean `10Gi`?"),
            ("10 Gi", "did you mean `10Gi`?"),
            ("half", "write a number with a unit: 500m, 0.5, 2, 64Mi, 1Gi"),
            ("", "write a number with a unit: 500m, 0.5, 2, 64Mi, 1Gi"),
        ] {
            assert_eq!(amount_hint(text), hint, "{text}");
        }
    }
}
