//! Trees as YAML, byte for byte as kubectl prints them: sorted keys, lists not indented, folded at 80 columns.
//!
//! The rules are those of the emitter that kubectl uses (`sigs.k8s.io/yaml` over go-yaml v2, libyaml's emitter in Go).

mod plain;
#[cfg(test)]
mod tests;

use plain::resolves;
use serde_json::Value;
use std::fmt::Write;

const WIDTH: usize = 80;

/// Returns a tree as a YAML document.
pub fn print(value: &Value) -> String {
    let mut printer = Printer::default();
    match value {
        Value::Object(map) if !map.is_empty() => printer.mapping(value, 0, false),
        Value::Array(items) if !items.is_empty() => printer.sequence(items, 0, false),
        scalar => {
            printer.scalar(scalar, 0);
            printer.out.push('\n');
        }
    }
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
}

impl Printer {
    /// Writes the entries of a mapping at `indent`; `inline`: the first one goes on the line that was begun.
    fn mapping(&mut self, value: &Value, indent: usize, inline: bool) {
        let Value::Object(map) = value else { return };
        let mut keys: Vec<&String> = map.keys().collect();
        keys.sort_by(|a, b| natural(a, b));
        for (i, key) in keys.into_iter().enumerate() {
            if i > 0 || !inline {
                self.spaces(indent);
            }
            let plain = self.quoted_key(key);
            self.out.push_str(&plain);
            self.out.push(':');
            match &map[key] {
                inner @ Value::Object(entries) if !entries.is_empty() => {
                    self.out.push('\n');
                    self.mapping(inner, indent + 2, false);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.sequence(items, indent, false);
                }
                scalar => {
                    self.out.push(' ');
                    self.scalar(scalar, indent + 2);
                    self.out.push('\n');
                }
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, inline: bool) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 || !inline {
                self.spaces(indent);
            }
            self.out.push_str("- ");
            match item {
                Value::Object(entries) if !entries.is_empty() => self.mapping(item, indent + 2, true),
                Value::Array(inner) if !inner.is_empty() => self.sequence(inner, indent + 2, true),
                scalar => {
                    self.scalar(scalar, indent + 2);
                    self.out.push('\n');
                }
            }
        }
    }

    fn spaces(&mut self, n: usize) {
        self.out.extend(std::iter::repeat_n(' ', n));
    }

    /// Writes a scalar whose further lines, if it needs any, stand at `indent`.
    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => self.text(text, indent),
            Value::Object(_) => self.out.push_str("{}"),
            Value::Array(_) => self.out.push_str("[]"),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(self.out, "{other}");
            }
        }
    }

    fn text(&mut self, text: &str, indent: usize) {
        let scan = Scan::of(text);
        if text.contains('\n') {
            if scan.block {
                self.literal(text, indent);
            } else {
                self.double_quoted(text, indent);
            }
        } else if resolves(text) {
            self.double_quoted(text, indent);
        } else if scan.plain {
            self.folded(text, indent, None);
        } else if scan.single_quoted {
            self.folded(&text.replace('\'', "''"), indent, Some('\''));
        } else {
            self.double_quoted(text, indent);
        }
    }

    fn quoted_key(&self, key: &str) -> String {
        let scan = Scan::of(key);
        if !resolves(key) && scan.plain && !key.contains('\n') {
            return key.to_owned();
        }
        if !resolves(key) && scan.single_quoted && !key.contains('\n') {
            return format!("'{}'", key.replace('\'', "''"));
        }
        let mut quoted = Printer::default();
        quoted.double_quoted(key, usize::MAX);
        quoted.out
    }

    /// Returns the column of the next character, from 0.
    fn column(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out[line..].chars().count()
    }

    /// Writes words that may go on to a further line at a single space, once past the width.
    fn folded(&mut self, text: &str, indent: usize, quote: Option<char>) {
        self.out.extend(quote);
        let start = self.out.len();
        let chars: Vec<char> = text.chars().collect();
        let mut column = self.column();
        let mut spaces = false;
        for (i, c) in chars.iter().enumerate() {
            let alone = *c == ' ' && !spaces && chars.get(i + 1).is_some_and(|next| *next != ' ');
            let inside = self.out.len() > start && i + 1 < chars.len();
            if alone && column > WIDTH && (inside || quote.is_none()) {
                self.out.push('\n');
                self.spaces(indent);
                column = indent;
            } else {
                self.out.push(*c);
                column += 1;
            }
            spaces = *c == ' ';
        }
        self.out.extend(quote);
    }

    fn double_quoted(&mut self, text: &str, indent: usize) {
        self.out.push('"');
        let chars: Vec<char> = text.chars().collect();
        let mut column = if indent == usize::MAX { 0 } else { self.column() };
        let mut spaces = false;
        for (i, c) in chars.iter().enumerate() {
            let before = self.out.len();
            match c {
                ' ' if indent != usize::MAX && !spaces && column > WIDTH && i > 0 && i + 1 < chars.len() => {
                    self.out.push('\n');
                    self.spaces(indent);
                    if chars.get(i + 1) == Some(&' ') {
                        self.out.push('\\');
                    }
                    column = indent;
                    spaces = true;
                    continue;
                }
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\t' => self.out.push_str("\\t"),
                '\r' => self.out.push_str("\\r"),
                '\0' => self.out.push_str("\\0"),
                '\u{7}' => self.out.push_str("\\a"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{b}' => self.out.push_str("\\v"),
                '\u{c}' => self.out.push_str("\\f"),
                '\u{1b}' => self.out.push_str("\\e"),
                '\u{feff}' => self.out.push_str("\\uFEFF"),
                c if !printable(*c) => {
                    let n = u32::from(*c);
                    let _ = if n <= 0xff {
                        write!(self.out, "\\x{n:02X}")
                    } else {
                        write!(self.out, "\\u{n:04X}")
                    };
                }
                c => self.out.push(*c),
            }
            column += self.out[before..].chars().count();
            spaces = *c == ' ';
        }
        self.out.push('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        let newlines = text.len() - text.trim_end_matches('\n').len();
        match newlines {
            0 => self.out.push('-'),
            1 => (),
            _ => self.out.push('+'),
        }
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.spaces(indent);
                self.out.push_str(line);
            }
        }
    }
}

/// What a text allows (libyaml's `yaml_emitter_analyze_scalar`).
struct Scan {
    plain: bool,
    single_quoted: bool,
    block: bool,
}

impl Scan {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        if chars.is_empty() {
            return Self {
                plain: false,
                single_quoted: true,
                block: false,
            };
        }
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut break_space, mut space_break) = (false, false, false);
        let (mut after_space, mut after_break) = (false, false);
        let mut before_is_blank = true;
        for (i, c) in chars.iter().enumerate() {
            let blank_follows = chars.get(i + 1).is_none_or(|next| is_blank(*next));
            match c {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                    if i == 0 =>
                {
                    indicator = true;
                }
                '?' | ':' | '-' if i == 0 && blank_follows => indicator = true,
                ':' if i > 0 && blank_follows => indicator = true,
                '#' if i > 0 && before_is_blank => indicator = true,
                _ => (),
            }
            special |= !printable(*c) && *c != '\n';
            match c {
                ' ' => {
                    break_space |= after_break;
                    (after_space, after_break) = (true, false);
                }
                '\n' => {
                    space_break |= after_space;
                    (after_space, after_break) = (false, true);
                }
                _ => (after_space, after_break) = (false, false),
            }
            before_is_blank = is_blank(*c);
        }
        let edge = |c: Option<&char>| c.is_some_and(|c| matches!(c, ' ' | '\n'));
        let multiline = text.contains('\n');
        let ragged = edge(chars.first()) || edge(chars.last());
        let broken = space_break || special;
        Self {
            plain: !ragged && !break_space && !broken && !multiline && !indicator,
            single_quoted: !break_space && !broken,
            block: chars.last() != Some(&' ') && !broken,
        }
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Says whether a character can stand as it is (libyaml's `is_printable`; a tab cannot).
fn printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..) && c != '\u{feff}'
        || c == '\u{85}'
}

/// Orders keys as go-yaml does: other characters before letters, runs of digits by their value.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    use std::cmp::Ordering::Equal;
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let at = left.iter().zip(&right).take_while(|(x, y)| x == y).count();
    let (Some(x), Some(y)) = (left.get(at), right.get(at)) else {
        return left.len().cmp(&right.len());
    };
    if x.is_alphabetic() || y.is_alphabetic() {
        return (x.is_alphabetic(), x).cmp(&(y.is_alphabetic(), y));
    }
    let number = |chars: &[char]| {
        let run = chars[at..].iter().take_while(|c| c.is_ascii_digit());
        run.fold(0_u64, |n, c| {
            n.saturating_mul(10) + u64::from(c.to_digit(10).unwrap_or(0))
        })
    };
    match number(&left).cmp(&number(&right)) {
        Equal => x.cmp(y),
        order => order,
    }
}
