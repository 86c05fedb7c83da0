//! The functions of templates: Go's own (`text/template/funcs.go`), and the two that kubectl adds.
//! `call` is known and always refused: no object holds a function.

use super::compare;
use super::printf::{quote, sprintf};
use super::value::{Val, plain};
use base64::Engine;
use serde_json::Value;

/// How many arguments a function takes: so many, or at least so many.
#[derive(Clone, Copy)]
enum Takes {
    Exactly(usize),
    AtLeast(usize),
}

/// One function: its name, its arguments, whether its first must be text, and what it does.
type Function = (&'static str, Takes, bool, fn(&[Val]) -> Result<Val, String>);

const FUNCTIONS: &[Function] = &[
    ("and", Takes::AtLeast(1), false, never),
    ("or", Takes::AtLeast(1), false, never),
    ("not", Takes::Exactly(1), false, |args| {
        Ok(Val::Bool(!args[0].is_true()))
    }),
    ("len", Takes::Exactly(1), false, len),
    ("index", Takes::AtLeast(1), false, index),
    ("slice", Takes::AtLeast(1), false, slice),
    ("print", Takes::AtLeast(0), false, |args| Ok(Val::Text(print(args)))),
    ("println", Takes::AtLeast(0), false, |args| {
        let args: Vec<String> = args.iter().map(plain).collect();
        Ok(Val::Text(args.join(" ") + "\n"))
    }),
    ("printf", Takes::AtLeast(1), true, |args| match args {
        [Val::Text(format), rest @ ..] => Ok(Val::Text(sprintf(format, rest))),
        _ => Ok(Val::Text(String::new())),
    }),
    ("html", Takes::AtLeast(0), false, |args| {
        Ok(Val::Text(html(&print(args))))
    }),
    ("js", Takes::AtLeast(0), false, |args| Ok(Val::Text(js(&print(args))))),
    ("urlquery", Takes::AtLeast(0), false, |args| {
        Ok(Val::Text(url(&print(args))))
    }),
    ("call", Takes::AtLeast(1), false, never),
    ("eq", Takes::AtLeast(1), false, compare::eq),
    ("ne", Takes::Exactly(2), false, |args| {
        compare::eq(args).map(|equal| Val::Bool(!equal.is_true()))
    }),
    ("lt", Takes::Exactly(2), false, |args| {
        compare::order(args, |order| order.is_lt())
    }),
    ("le", Takes::Exactly(2), false, |args| {
        compare::order(args, |order| order.is_le())
    }),
    ("gt", Takes::Exactly(2), false, |args| {
        compare::order(args, |order| order.is_gt())
    }),
    ("ge", Takes::Exactly(2), false, |args| {
        compare::order(args, |order| order.is_ge())
    }),
    ("exists", Takes::AtLeast(1), false, |args| {
        let found = index(args);
        Ok(Val::Bool(!matches!(found, Err(_) | Ok(Val::Missing | Val::Nil))))
    }),
    ("base64decode", Takes::Exactly(1), true, decode),
];

/// Says whether a function of this name exists.
pub fn is_known(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

/// Says whether the first argument of a function must be text.
pub fn wants_text(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _, text, _)| *known == name && *text)
}

/// Complains about a number of arguments that does not fit; `given` stand in the command, `piped` come before it.
pub fn check_count(name: &str, given: usize, piped: bool) -> Result<(), String> {
    let all = given + usize::from(piped);
    match FUNCTIONS.iter().find(|(known, ..)| *known == name) {
        Some((_, Takes::Exactly(n), ..)) if all != *n => {
            Err(format!("wrong number of args for {name}: want {n} got {all}"))
        }
        Some((_, Takes::AtLeast(n), ..)) if all < *n => Err(format!(
            "wrong number of args for {name}: want at least {n} got {given}"
        )),
        _ => Ok(()),
    }
}

/// Calls a function; the error is what it says, without its name.
pub fn call(name: &str, args: &[Val]) -> Result<Val, String> {
    match FUNCTIONS.iter().find(|(known, ..)| *known == name) {
        Some((.., run)) => run(args),
        None => Err(format!("{} is not a defined function", quote(name))),
    }
}

/// Stands for the functions that the template's own code runs: they need arguments that are not evaluated yet.
fn never(_: &[Val]) -> Result<Val, String> {
    Ok(Val::Missing)
}

fn len(args: &[Val]) -> Result<Val, String> {
    let length = match &args[0] {
        Val::Text(text) => text.len(),
        Val::List(items) => items.len(),
        Val::Map(map) => map.len(),
        Val::Missing => return Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        Val::Nil => return Err("len of nil pointer".to_owned()),
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(Val::Int(length as i64))
}

/// Reads an index; it may be the length itself, as Go's own check lets it.
fn place(index: &Val, length: usize) -> Result<usize, String> {
    match index {
        Val::Missing | Val::Nil => Err("cannot index slice/array with nil".to_owned()),
        other => {
            let Some(n) = other.as_int() else {
                return Err(format!("cannot index slice/array with type {}", other.type_name()));
            };
            let at = usize::try_from(n).ok().filter(|at| *at <= length);
            at.ok_or_else(|| format!("index out of range: {n}"))
        }
    }
}

fn index(args: &[Val]) -> Result<Val, String> {
    let (first, indexes) = args.split_first().ok_or("index of untyped nil")?;
    if matches!(first, Val::Missing | Val::Nil) {
        return Err("index of untyped nil".to_owned());
    }
    let mut item = first.clone();
    for index in indexes {
        item = match &item {
            Val::Nil | Val::Missing => return Err("index of nil pointer".to_owned()),
            Val::List(items) => {
                let at = place(index, items.len())?;
                let found = items.get(at).ok_or("reflect: slice index out of range")?;
                Val::from(found)
            }
            Val::Text(text) => {
                let at = place(index, text.len())?;
                let byte = text.as_bytes().get(at).ok_or("reflect: string index out of range")?;
                Val::Int(i64::from(*byte))
            }
            Val::Map(map) => match index {
                Val::Text(key) => map.get(key).map_or(Val::Nil, Val::from),
                Val::Missing | Val::Nil => return Err("value is nil; should be of type string".to_owned()),
                other => return Err(format!("value has type {}; should be string", other.type_name())),
            },
            other => return Err(format!("can't index item of type {}", other.type_name())),
        };
    }
    Ok(item)
}

fn slice(args: &[Val]) -> Result<Val, String> {
    let (item, indexes) = args.split_first().ok_or("slice of untyped nil")?;
    if matches!(item, Val::Missing | Val::Nil) {
        return Err("slice of untyped nil".to_owned());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let length = match item {
        Val::Text(_) if indexes.len() == 3 => return Err("cannot 3-index slice a string".to_owned()),
        Val::Text(text) => text.len(),
        Val::List(items) => items.len(),
        other => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    let mut bounds = [0, length, length];
    for (i, index) in indexes.iter().enumerate() {
        bounds[i] = place(index, length)?;
    }
    for (low, high) in [(bounds[0], bounds[1]), (bounds[1], bounds[2])] {
        if low > high {
            return Err(format!("invalid slice index: {low} > {high}"));
        }
    }
    let (from, to) = (bounds[0], bounds[1]);
    Ok(match item {
        Val::Text(text) => Val::Text(String::from_utf8_lossy(&text.as_bytes()[from..to]).into_owned()),
        Val::List(items) => Val::List(items[from..to].to_vec()),
        _ => Val::Nil,
    })
}

/// Returns arguments as `fmt.Sprint` does: blanks between two that are no text.
fn print(args: &[Val]) -> String {
    let mut out = String::new();
    let mut after_text = true;
    for arg in args {
        let is_text = matches!(arg, Val::Text(_));
        if !out.is_empty() && !is_text && !after_text {
            out.push(' ');
        }
        out.push_str(&plain(arg));
        after_text = is_text;
    }
    out
}

fn html(text: &str) -> String {
    let each = text.chars().map(|c| match c {
        '"' => "&#34;".to_owned(),
        '\'' => "&#39;".to_owned(),
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '\0' => "\u{fffd}".to_owned(),
        c => c.to_string(),
    });
    each.collect()
}

fn js(text: &str) -> String {
    let each = text.chars().map(|c| match c {
        '\\' | '\'' | '"' => format!("\\{c}"),
        '<' | '>' | '&' | '=' => format!("\\u{:04X}", u32::from(c)),
        c if u32::from(c) < 0x20 => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    each.collect()
}

fn url(text: &str) -> String {
    let each = text.bytes().map(|b| match b {
        b' ' => "+".to_owned(),
        b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    });
    each.collect()
}

fn decode(args: &[Val]) -> Result<Val, String> {
    let Val::Text(text) = &args[0] else {
        return Ok(Val::Missing);
    };
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
    let text: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    match base64::engine::general_purpose::STANDARD.decode(&text) {
        Ok(bytes) => Ok(Val::Text(String::from_utf8_lossy(&bytes).into_owned())),
        Err(_) => {
            let at = text.bytes().position(|b| !alphabet(b)).unwrap_or(text.len());
            Err(format!("base64 decode failed: illegal base64 data at input byte {at}"))
        }
    }
}

/// Returns the value of an object's field; None where it has none.
pub fn field(value: &Val, name: &str) -> Option<Val> {
    match value {
        Val::Map(map) => map.get(name).map(Val::from),
        _ => None,
    }
}

/// Returns the elements of a value that can be ranged over, each with its index; None where it cannot.
pub fn elements(value: &Val) -> Option<Vec<(Val, Val)>> {
    match value {
        Val::Missing | Val::Nil => Some(vec![]),
        Val::List(items) => {
            let items = items.iter().enumerate();
            Some(items.map(|(i, item)| (Val::Int(i as i64), item.into())).collect())
        }
        Val::Map(map) => {
            let pair = |(key, value): (&String, &Value)| (Val::Text(key.clone()), value.into());
            Some(map.iter().map(pair).collect())
        }
        _ => None,
    }
}
