//! Values as Go has them while a template runs: JSON's, and what constants and functions add.

use serde_json::{Map, Value};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    /// No value at all: a key that is not there.
    Missing,
    /// `nil`.
    Nil,
    /// A truth.
    Bool(bool),
    /// A whole number of the template (`int`).
    Int(i64),
    /// A whole number of the object (`int64`).
    Long(i64),
    /// A number with a fraction (`float64`).
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Map<String, Value>),
}

impl From<&Value> for Val {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nil,
            Value::Bool(yes) => Self::Bool(*yes),
            Value::Number(n) => match n.as_i64() {
                Some(n) => Self::Long(n),
                None => Self::Float(n.as_f64().unwrap_or(0.0)),
            },
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.clone()),
            Value::Object(map) => Self::Map(map.clone()),
        }
    }
}

impl Val {
    /// Returns the name of the value's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Missing | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Long(_) => "int64",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }

    /// Says whether the value is true in an `if` (`template.IsTrue`).
    pub fn is_true(&self) -> bool {
        match self {
            Self::Missing | Self::Nil => false,
            Self::Bool(yes) => *yes,
            Self::Int(n) | Self::Long(n) => *n != 0,
            Self::Float(n) => *n != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(map) => !map.is_empty(),
        }
    }

    /// Returns a whole number.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) | Self::Long(n) => Some(*n),
            _ => None,
        }
    }
}

/// Returns a value as Go's `%v` prints it.
pub fn plain(value: &Val) -> String {
    match value {
        Val::Missing | Val::Nil => "<nil>".to_owned(),
        Val::Bool(yes) => yes.to_string(),
        Val::Int(n) | Val::Long(n) => n.to_string(),
        Val::Float(n) => float(*n),
        Val::Text(text) => text.clone(),
        Val::List(items) => {
            let items: Vec<String> = items.iter().map(|item| plain(&item.into())).collect();
            format!("[{}]", items.join(" "))
        }
        Val::Map(map) => {
            let entries: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", plain(&v.into()))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// Returns a tree as Go's `%#v` prints it.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => super::printf::quote(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{}:{}", super::printf::quote(k), go_syntax(v)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        other => plain(&other.into()),
    }
}

/// Returns a number as Go's `%v` prints it: the shortest digits, an exponent from 1e21 on and below 1e-4.
pub fn float(n: f64) -> String {
    if n == 0.0 || !n.is_finite() {
        return match n {
            n if n.is_nan() => "NaN".to_owned(),
            n if n.is_infinite() => if n > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
            n if n.is_sign_negative() => "-0".to_owned(),
            _ => "0".to_owned(),
        };
    }
    let shortest = format!("{n:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..21).contains(&exponent) {
        return format!("{n}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
