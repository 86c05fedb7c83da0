//! Functions and operators of json and jsonb.

use rusqlite::types::Value;

use super::json_changes::{joined, set, stripped, without};
use super::{Function, Give, Take, boolean, function, int, int_of, text, text_of};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::{self, Place};
use crate::programs::sql::values::json::{self, Json, quote_to};
use crate::programs::sql::values::{Base, Type, array};

const T: Take = Take::Is(Base::Text);

const I: Take = Take::Is(Base::Int4);

const J: Take = Take::Is(Base::Json);

const B: Take = Take::Is(Base::Jsonb);

const PATH: Take = Take::ArrayOf(Base::Text);

const JSON: Give = Give::Is(Base::Json);

const JSONB: Give = Give::Is(Base::Jsonb);

const TEXT: Give = Give::Is(Base::Text);

const BOOL: Give = Give::Is(Base::Bool);

/// Functions on JSON.
pub const FUNCTIONS: &[Function] = &[
    function("->", &[J, T], JSON, |_, a| raw(a, |json| json.get(text_of(&a[1])))),
    function("->", &[J, I], JSON, |_, a| raw(a, |json| json.at(int_of(&a[1])))),
    function("->", &[B, T], JSONB, |_, a| printed(a, |json| json.get(text_of(&a[1])))),
    function("->", &[B, I], JSONB, |_, a| printed(a, |json| json.at(int_of(&a[1])))),
    function("->>", &[J, T], TEXT, |_, a| {
        as_text(a, false, |json| json.get(text_of(&a[1])))
    }),
    function("->>", &[J, I], TEXT, |_, a| {
        as_text(a, false, |json| json.at(int_of(&a[1])))
    }),
    function("->>", &[B, T], TEXT, |_, a| {
        as_text(a, true, |json| json.get(text_of(&a[1])))
    }),
    function("->>", &[B, I], TEXT, |_, a| {
        as_text(a, true, |json| json.at(int_of(&a[1])))
    }),
    function("#>", &[J, PATH], JSON, |_, a| raw(a, |json| json.path(&steps(&a[1])))),
    function("#>", &[B, PATH], JSONB, |_, a| {
        printed(a, |json| json.path(&steps(&a[1])))
    }),
    function("#>>", &[J, PATH], TEXT, |_, a| {
        as_text(a, false, |json| json.path(&steps(&a[1])))
    }),
    function("#>>", &[B, PATH], TEXT, |_, a| {
        as_text(a, true, |json| json.path(&steps(&a[1])))
    }),
    function("@>", &[B, B], BOOL, |_, a| {
        boolean(read(&a[0])?.contains(&read(&a[1])?))
    }),
    function("<@", &[B, B], BOOL, |_, a| {
        boolean(read(&a[1])?.contains(&read(&a[0])?))
    }),
    function("?", &[B, T], BOOL, |_, a| {
        boolean(has_key(&read(&a[0])?, text_of(&a[1])))
    }),
    function("jsonb key", &[B], TEXT, |_, a| text(read(&a[0])?.key())),
    function("?|", &[B, PATH], BOOL, |_, a| {
        let json = read(&a[0])?;
        boolean(steps(&a[1]).iter().any(|key| has_key(&json, key)))
    }),
    function("?&", &[B, PATH], BOOL, |_, a| {
        let json = read(&a[0])?;
        boolean(steps(&a[1]).iter().all(|key| has_key(&json, key)))
    }),
    function("||", &[B, B], JSONB, |_, a| {
        text(joined(read(&a[0])?, read(&a[1])?).print())
    }),
    function("-", &[B, T], JSONB, |_, a| {
        let key = text_of(&a[1]);
        text(
            without(
                read(&a[0])?,
                |name| name == key,
                |item| item == &json::Value::String(key.to_owned()),
            )?
            .print(),
        )
    }),
    function("-", &[B, I], JSONB, |_, a| {
        let mut json = read(&a[0])?;
        let index = int_of(&a[1]);
        if let json::Value::Array(items) = &mut json.value {
            let index = if index < 0 { items.len() as i64 + index } else { index };
            if let Some(index) = usize::try_from(index).ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        text(json.print())
    }),
    // json of(value, type): any value as JSON text.
    function("json of", &[T, T], JSON, |runtime, a| {
        text(json_of(
            &a[0],
            Type::from_name(text_of(&a[1])).unwrap_or(Type::of(Base::Text)),
            runtime.place,
        ))
    }),
    // The items of a JSON array and the members of an object, for functions in FROM.
    function("json items", &[J, T], TEXT, |_, a| match read(&a[0])?.value {
        json::Value::Array(items) => {
            let binary = text_of(&a[1]).starts_with("jsonb");
            let words = text_of(&a[1]).ends_with("text");
            let rows = items
                .iter()
                .map(|item| serde_json::json!([member(item, text_of(&a[0]), binary, words)]));
            text(serde_json::Value::from(rows.collect::<Vec<_>>()).to_string())
        }
        json::Value::Object(_) => Err(Report::error("22023", "cannot extract elements from an object")),
        _ => Err(Report::error("22023", "cannot extract elements from a scalar")),
    }),
    function("json pairs", &[J, T], TEXT, |_, a| match read(&a[0])?.value {
        json::Value::Object(pairs) => {
            let binary = text_of(&a[1]).starts_with("jsonb");
            let words = text_of(&a[1]).ends_with("text");
            let pairs: Vec<(&String, &Json)> = if binary {
                json::sorted(&pairs)
            } else {
                pairs.iter().map(|(key, value)| (key, value)).collect()
            };
            let rows = pairs
                .into_iter()
                .map(|(key, value)| serde_json::json!([key, member(value, text_of(&a[0]), binary, words)]));
            text(serde_json::Value::from(rows.collect::<Vec<_>>()).to_string())
        }
        json::Value::Array(_) => Err(Report::error("22023", "cannot deconstruct an array as an object")),
        _ => Err(Report::error("22023", "cannot deconstruct a scalar")),
    }),
    function("json_typeof", &[J], TEXT, |_, a| text(read(&a[0])?.type_name())),
    function("jsonb_typeof", &[B], TEXT, |_, a| text(read(&a[0])?.type_name())),
    function("json_array_length", &[J], Give::Is(Base::Int4), |_, a| length(a)),
    function("jsonb_array_length", &[B], Give::Is(Base::Int4), |_, a| length(a)),
    function("jsonb_pretty", &[B], TEXT, |_, a| {
        let mut out = String::new();
        pretty(&read(&a[0])?, 0, &mut out);
        text(out)
    }),
    function("jsonb_set", &[B, PATH, B], JSONB, |_, a| set(a, true)),
    function("jsonb_set", &[B, PATH, B, Take::Is(Base::Bool)], JSONB, |_, a| {
        set(a, int_of(&a[3]) != 0)
    }),
    function("json_extract_path_text", &[J, Take::RestAsText], TEXT, |_, a| {
        let path: Vec<String> = a[1..].iter().map(|step| text_of(step).to_owned()).collect();
        as_text(a, false, |json| json.path(&path))
    }),
    function("jsonb_extract_path_text", &[B, Take::RestAsText], TEXT, |_, a| {
        let path: Vec<String> = a[1..].iter().map(|step| text_of(step).to_owned()).collect();
        as_text(a, true, |json| json.path(&path))
    }),
    function("jsonb_strip_nulls", &[B], JSONB, |_, a| {
        text(stripped(read(&a[0])?).print())
    }),
    function("to_json", &[Take::AsJson], JSON, |_, a| Ok(a[0].clone())),
    function("to_jsonb", &[Take::AsJson], JSONB, |_, a| text(read(&a[0])?.print())),
    function("json_build_array", &[Take::RestAsJson], JSON, |_, a| {
        let items: Vec<&str> = a.iter().map(json_or_null).collect();
        text(format!("[{}]", items.join(", ")))
    })
    .lax(),
    function("jsonb_build_array", &[Take::RestAsJson], JSONB, |_, a| {
        let items: Vec<&str> = a.iter().map(json_or_null).collect();
        text(read_text(&format!("[{}]", items.join(", ")))?.print())
    })
    .lax(),
    function("json_build_object", &[Take::RestAsJson], JSON, |_, a| {
        text(object(a, " : ")?)
    })
    .lax(),
    function("jsonb_build_object", &[Take::RestAsJson], JSONB, |_, a| {
        text(read_text(&object(a, ": ")?)?.print())
    })
    .lax(),
];

pub(super) fn read(value: &Value) -> Result<Json, Report> {
    read_text(text_of(value))
}

fn read_text(words: &str) -> Result<Json, Report> {
    json::parse(words).map_err(|bad| Report::error("22P02", "invalid input syntax for type json").detail(bad.detail))
}

pub(super) fn steps(value: &Value) -> Vec<String> {
    array::parse(text_of(value))
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .collect()
}

/// A part of json is the text that it was.
fn raw(a: &[Value], pick: impl Fn(&Json) -> Option<&Json>) -> Result<Value, Report> {
    let json = read(&a[0])?;
    pick(&json).map_or(Ok(Value::Null), |part| text(&text_of(&a[0])[part.start..part.end]))
}

fn printed(a: &[Value], pick: impl Fn(&Json) -> Option<&Json>) -> Result<Value, Report> {
    let json = read(&a[0])?;
    pick(&json).map_or(Ok(Value::Null), |part| text(part.print()))
}

fn as_text(a: &[Value], binary: bool, pick: impl Fn(&Json) -> Option<&Json>) -> Result<Value, Report> {
    let json = read(&a[0])?;
    match pick(&json) {
        None => Ok(Value::Null),
        Some(part) => match &part.value {
            json::Value::Null => Ok(Value::Null),
            json::Value::String(words) => text(words.clone()),
            _ if binary => text(part.print()),
            _ => text(&text_of(&a[0])[part.start..part.end]),
        },
    }
}

/// Returns a part of a JSON text as text: its words, or its own notation.
fn member(json: &Json, source: &str, binary: bool, words: bool) -> Option<String> {
    match &json.value {
        json::Value::Null if words => None,
        json::Value::String(text) if words => Some(text.clone()),
        _ if binary => Some(json.print()),
        _ => Some(source[json.start..json.end].to_owned()),
    }
}

fn json_of(value: &Value, ty: Type, place: Place) -> String {
    let words = convert::output(value, ty, place).unwrap_or_default();
    let quoted = |words: &str| {
        let mut out = String::new();
        quote_to(words, &mut out);
        out
    };
    if ty.array {
        let element = |item: Option<String>| match item {
            None => "null".to_owned(),
            Some(item) => match convert::input(&item, ty.element(), place) {
                Ok(value) => json_of(&value, ty.element(), place),
                Err(_) => quoted(&item),
            },
        };
        let items: Vec<String> = array::parse(&words)
            .unwrap_or_default()
            .into_iter()
            .map(element)
            .collect();
        return format!("[{}]", items.join(","));
    }
    match ty.base {
        Base::Bool => if words == "t" { "true" } else { "false" }.into(),
        Base::Json | Base::Jsonb => words,
        Base::Int2 | Base::Int4 | Base::Int8 | Base::Numeric | Base::Float4 | Base::Float8
            if words.parse::<f64>().is_ok_and(f64::is_finite) =>
        {
            words
        }
        Base::Timestamp => quoted(&words.replacen(' ', "T", 1)),
        Base::Timestamptz => {
            let (stamp, zone) = words.split_at(words.rfind(['+', '-']).unwrap_or(words.len()));
            let minutes = if zone.len() == 3 { ":00" } else { "" };
            quoted(&format!("{}{zone}{minutes}", stamp.replacen(' ', "T", 1)))
        }
        _ => quoted(&words),
    }
}

fn has_key(json: &Json, key: &str) -> bool {
    match &json.value {
        json::Value::Object(_) => json.get(key).is_some(),
        json::Value::Array(items) => items
            .iter()
            .any(|item| item.value == json::Value::String(key.to_owned())),
        json::Value::String(words) => words == key,
        _ => false,
    }
}

fn length(a: &[Value]) -> Result<Value, Report> {
    match read(&a[0])?.value {
        json::Value::Array(items) => int(items.len() as i64),
        json::Value::Object(_) => Err(Report::error("22023", "cannot get array length of a non-array")),
        _ => Err(Report::error("22023", "cannot get array length of a scalar")),
    }
}

fn pretty(json: &Json, depth: usize, out: &mut String) {
    let indent = |depth: usize| "    ".repeat(depth);
    match &json.value {
        json::Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ",\n" } else { "\n" });
                out.push_str(&indent(depth + 1));
                pretty(item, depth + 1, out);
            }
            out.push('\n');
            out.push_str(&indent(depth));
            out.push(']');
        }
        json::Value::Object(pairs) if !pairs.is_empty() => {
            out.push('{');
            for (at, (key, value)) in json::sorted(pairs).into_iter().enumerate() {
                out.push_str(if at > 0 { ",\n" } else { "\n" });
                out.push_str(&indent(depth + 1));
                quote_to(key, out);
                out.push_str(": ");
                pretty(value, depth + 1, out);
            }
            out.push('\n');
            out.push_str(&indent(depth));
            out.push('}');
        }
        // Empty ones are opened and closed on two lines.
        json::Value::Array(_) => out.push_str(&format!("[\n{}]", indent(depth))),
        json::Value::Object(_) => out.push_str(&format!("{{\n{}}}", indent(depth))),
        _ => out.push_str(&json.print()),
    }
}

fn json_or_null(value: &Value) -> &str {
    if let Value::Text(text) = value { text } else { "null" }
}

fn object(a: &[Value], colon: &str) -> Result<String, Report> {
    if a.len() % 2 == 1 {
        return Err(
            Report::error("22023", "argument list must have even number of elements")
                .hint("The arguments of json_build_object() must consist of alternating keys and values."),
        );
    }
    let mut parts = Vec::new();
    for (at, pair) in a.chunks(2).enumerate() {
        let key = json_or_null(&pair[0]);
        if key == "null" {
            return Err(
                Report::error("22023", format!("argument {} cannot be null", at * 2 + 1))
                    .hint("Object keys should be text."),
            );
        }
        let key = if key.starts_with('"') {
            key.to_owned()
        } else {
            let mut quoted = String::new();
            quote_to(key, &mut quoted);
            quoted
        };
        parts.push(format!("{key}{colon}{}", json_or_null(&pair[1])));
    }
    Ok(format!("{{{}}}", parts.join(", ")))
}
