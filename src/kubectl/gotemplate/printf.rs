//! `printf` as Go's `fmt` does it, for the verbs that templates use; `%p` and `%w` are left out.

use super::value::{Val, float, plain};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// The widest field; Go's own bound is a million.
const WIDEST: usize = 10_000;

/// Returns the text of a format with its arguments.
pub fn sprintf(format: &str, args: &[Val]) -> String {
    let mut out = String::new();
    let mut args_left = args.iter();
    let mut chars = format.chars().peekable();
    let mut reordered = false;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.peek().copied().filter(|c| "-+# 0".contains(*c)) {
            chars.next();
            match flag {
                '-' => spec.minus = true,
                '+' => spec.plus = true,
                '#' => spec.sharp = true,
                ' ' => spec.space = true,
                _ => spec.zero = true,
            }
        }
        let mut number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            if chars.peek() == Some(&'*') {
                chars.next();
                return args_left
                    .next()
                    .and_then(Val::as_int)
                    .and_then(|n| usize::try_from(n).ok());
            }
            let mut found = None;
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                chars.next();
                found = Some(
                    found
                        .unwrap_or(0_usize)
                        .saturating_mul(10)
                        .saturating_add(digit as usize),
                );
            }
            found
        };
        spec.width = number(&mut chars).map(|n| n.min(WIDEST));
        if chars.peek() == Some(&'.') {
            chars.next();
            spec.precision = Some(number(&mut chars).unwrap_or(0).min(WIDEST));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some('[') => {
                // Indexed arguments are left out; Go calls a broken index this.
                reordered = true;
                out.push_str("%!(BADINDEX)");
            }
            Some(verb) => match args_left.next() {
                Some(arg) => out.push_str(&one(arg, verb, spec)),
                None => out.push_str(&format!("%!{verb}(MISSING)")),
            },
        }
    }
    let extra: Vec<String> = args_left
        .map(|arg| match arg {
            Val::Nil | Val::Missing => "<nil>".to_owned(),
            arg => format!("{}={}", arg.type_name(), plain(arg)),
        })
        .collect();
    if !extra.is_empty() && !reordered {
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

/// Returns one argument under a verb.
fn one(arg: &Val, verb: char, spec: Spec) -> String {
    match (verb, arg) {
        ('T', arg) => pad(arg.type_name(), spec),
        ('v', Val::Nil | Val::Missing) => pad("<nil>", spec),
        (verb, Val::Nil | Val::Missing) => format!("%!{verb}(<nil>)"),
        ('v', Val::List(_) | Val::Map(_)) if spec.sharp => super::value::go_syntax(&tree(arg)),
        (verb, Val::List(items)) => {
            let items: Vec<String> = items.iter().map(|item| one(&item.into(), verb, spec)).collect();
            format!("[{}]", items.join(" "))
        }
        (verb, Val::Map(map)) => {
            let entries = map.iter().map(|(key, value)| {
                let key = one(&Val::Text(key.clone()), verb, spec);
                format!("{key}:{}", one(&value.into(), verb, spec))
            });
            format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
        }
        ('t' | 'v', Val::Bool(yes)) => pad(&yes.to_string(), spec),
        ('v' | 's', Val::Text(text)) if !(spec.sharp && verb == 'v') => {
            let cut = spec.precision.unwrap_or(usize::MAX);
            pad(&text.chars().take(cut).collect::<String>(), spec)
        }
        ('q' | 'v', Val::Text(text)) => pad(&quote(text), spec),
        ('x', Val::Text(text)) => pad(&text.bytes().map(|b| format!("{b:02x}")).collect::<String>(), spec),
        ('X', Val::Text(text)) => pad(&text.bytes().map(|b| format!("{b:02X}")).collect::<String>(), spec),
        (verb, Val::Int(n) | Val::Long(n)) => match whole(*n, verb, spec) {
            Some(text) => text,
            None => bad(arg, verb),
        },
        (verb, Val::Float(n)) => match fraction(*n, verb, spec) {
            Some(text) => signed(&text, spec),
            None => bad(arg, verb),
        },
        _ => bad(arg, verb),
    }
}

fn tree(arg: &Val) -> serde_json::Value {
    match arg {
        Val::List(items) => serde_json::Value::Array(items.clone()),
        Val::Map(map) => serde_json::Value::Object(map.clone()),
        _ => serde_json::Value::Null,
    }
}

fn bad(arg: &Val, verb: char) -> String {
    format!("%!{verb}({}={})", arg.type_name(), plain(arg))
}

fn whole(n: i64, verb: char, spec: Spec) -> Option<String> {
    let minus = if n < 0 { "-" } else { "" };
    let n_abs = n.unsigned_abs();
    let prefix = |text: &str| if spec.sharp { text.to_owned() } else { String::new() };
    let text = match verb {
        'd' | 'v' => n_abs.to_string(),
        'b' => format!("{}{n_abs:b}", prefix("0b")),
        'o' => format!("{}{n_abs:o}", prefix("0")),
        'O' => format!("0o{n_abs:o}"),
        'x' => format!("{}{n_abs:x}", prefix("0x")),
        'X' => format!("{}{n_abs:X}", prefix("0X")),
        'c' => return Some(pad(&character(n).to_string(), spec)),
        'q' => return Some(pad(&format!("'{}'", character(n)), spec)),
        'U' => return Some(pad(&format!("U+{n_abs:04X}"), spec)),
        _ => return None,
    };
    let digits = spec.precision.unwrap_or(0);
    Some(signed(&format!("{minus}{text:0>digits$}"), spec))
}

fn character(n: i64) -> char {
    u32::try_from(n).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}

fn fraction(n: f64, verb: char, spec: Spec) -> Option<String> {
    let digits = spec.precision.unwrap_or(6);
    Some(match verb {
        'f' | 'F' => format!("{n:.digits$}"),
        'e' | 'E' => {
            let text = format!("{n:.digits$e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |e| ('-', e));
            let text = format!("{mantissa}e{sign}{exponent:0>2}");
            if verb == 'E' { text.to_uppercase() } else { text }
        }
        'g' | 'v' | 'G' => float(n),
        _ => return None,
    })
}

/// Gives a number its sign and fills its field.
fn signed(text: &str, spec: Spec) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None if spec.plus => ("+", text),
        None if spec.space => (" ", text),
        None => ("", text),
    };
    let width = spec.width.unwrap_or(0).saturating_sub(sign.len());
    if spec.zero && !spec.minus {
        return format!("{sign}{digits:0>width$}");
    }
    pad(&format!("{sign}{digits}"), spec)
}

fn pad(text: &str, spec: Spec) -> String {
    let width = spec.width.unwrap_or(0);
    match (spec.minus, spec.zero) {
        (true, _) => format!("{text:<width$}"),
        (false, true) => format!("{text:0>width$}"),
        (false, false) => format!("{text:>width$}"),
    }
}

/// Returns a text in quotes, as Go writes it (`strconv.Quote`).
pub fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_control() && u32::from(c) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What stands behind a backslash, and what it means.
const ESCAPES: [(char, char); 10] = [
    ('a', '\u{7}'),
    ('b', '\u{8}'),
    ('f', '\u{c}'),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
    ('v', '\u{b}'),
    ('\\', '\\'),
    ('"', '"'),
    ('\'', '\''),
];

/// Returns what stands in quotes of any of Go's kinds; None where it is malformed (`strconv.Unquote`).
pub fn unquote(text: &str) -> Option<String> {
    let mark = text.chars().next()?;
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    if mark == '`' {
        return Some(inner.replace('\r', ""));
    }
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let count = match chars.next()? {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            letter => {
                let (_, c) = ESCAPES.iter().find(|(from, _)| *from == letter)?;
                out.push(*c);
                continue;
            }
        };
        let digits: String = chars.by_ref().take(count).collect();
        let n = u32::from_str_radix(&digits, 16)
            .ok()
            .filter(|_| digits.len() == count)?;
        out.push(char::from_u32(n)?);
    }
    Some(out)
}
