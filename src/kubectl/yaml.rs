//! Trees as YAML, byte for byte as kubectl prints them: sorted keys, lists not indented, folded at 80 columns.
//!
//! The rules are those of the emitter that kubectl uses (`sigs.k8s.io/yaml` over go-yaml v2, libyaml's emitter in Go).

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

/// Says whether a plain text would be read as something else than text (go-yaml v2's `resolve`).
fn resolves(text: &str) -> bool {
    const WORDS: [&str; 36] = [
        "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n",
        "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "<<", ".nan", ".NaN", ".NAN", ".inf",
        ".Inf", ".INF", "+.inf", "-.inf",
    ];
    if WORDS.contains(&text) {
        return true;
    }
    let first = text.chars().next().unwrap_or(' ');
    if !(first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return false;
    }
    is_integer(text) || is_float(text) || is_date(text) || is_base_60(text)
}

fn is_integer(text: &str) -> bool {
    let text = text.replace('_', "");
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let all = |rest: &str, is_digit: fn(char) -> bool| !rest.is_empty() && rest.chars().all(is_digit);
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return all(hex, |c| c.is_ascii_hexdigit());
    }
    if let Some(binary) = digits.strip_prefix("0b").or_else(|| digits.strip_prefix("0B")) {
        return all(binary, |c| matches!(c, '0' | '1'));
    }
    if let Some(octal) = digits.strip_prefix("0o").or_else(|| digits.strip_prefix("0O")) {
        return all(octal, |c| matches!(c, '0'..='7'));
    }
    if digits.len() > 1 && digits.starts_with('0') {
        // An octal number; with an 8 or a 9 in it, it is a float.
        return all(digits, |c| c.is_ascii_digit());
    }
    all(digits, |c| c.is_ascii_digit())
}

fn is_float(text: &str) -> bool {
    let text = text.replace('_', "");
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let (mantissa, exponent) = digits
        .split_once(['e', 'E'])
        .map_or((digits, None), |(m, e)| (m, Some(e)));
    let whole = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((left, right)) => whole(left) && whole(right) && !(left.is_empty() && right.is_empty()),
        None => !mantissa.is_empty() && whole(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && whole(e)
    });
    mantissa_fits && exponent_fits
}

/// Says whether a text is a date or an instant, which YAML would read as one.
fn is_date(text: &str) -> bool {
    let date = text.get(..10).unwrap_or(text);
    let parts: Vec<&str> = date.split('-').collect();
    let numbers = parts
        .iter()
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    let looks = parts.len() == 3 && parts[0].len() == 4 && numbers;
    let tail = text.get(10..).unwrap_or("");
    looks
        && (tail.is_empty()
            || (tail.starts_with(['T', 't', ' '])
                && text.replacen([' ', 't'], "T", 1).parse::<jiff::Timestamp>().is_ok()))
}

/// Says whether a text is a number to the base of 60 (`1:20`), as YAML 1.1 has them.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = digits.split(':');
    let first = parts.next().unwrap_or("");
    let rest: Vec<&str> = parts.collect();
    let two = |part: &&str| {
        let whole = part.split_once('.').map_or(*part, |(w, _)| w);
        (1..=2).contains(&whole.len())
            && whole.chars().all(|c| c.is_ascii_digit())
            && whole.parse::<u32>().is_ok_and(|n| n < 60)
    };
    !rest.is_empty()
        && first.starts_with(|c: char| c.is_ascii_digit())
        && first.chars().all(|c| c.is_ascii_digit() || c == '_')
        && rest.iter().all(two)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_stand_under_their_key_and_empty_ones_are_written_out() {
        let tree = json!({"b": [{"x": 1, "a": [1, [2, 3]]}], "a": {}, "c": [], "z": null});
        assert_eq!(
            print(&tree),
            "a: {}\nb:\n- a:\n  - 1\n  - - 2\n    - 3\n  x: 1\nc: []\nz: null\n"
        );
    }

    #[test]
    fn what_would_be_read_as_something_else_is_quoted() {
        for text in [
            "yes",
            "True",
            "0",
            "1.5",
            "0777",
            "1e3",
            "",
            "2026-11-22T08:00:32Z",
            "2026-01-05",
            "1:20",
            "null",
            "0x1f",
        ] {
            assert_eq!(print(&json!({"k": text})), format!("k: \"{text}\"\n"));
        }
        for text in [
            "postgres:16.4",
            "10.244.1.2",
            "512Mi",
            "-U",
            "a b",
            "yes please",
            "2026-11",
            "10Gi",
            "v1",
        ] {
            assert_eq!(print(&json!({"k": text})), format!("k: {text}\n"));
        }
        for text in ["{bad", "*", "a: b", "a #b", "- a", "@x", " lead", "it's \"x\"", "key:"] {
            let quoted = text.replace('\'', "''");
            let expected = if text.starts_with("it") {
                format!("k: {text}\n")
            } else {
                format!("k: '{quoted}'\n")
            };
            assert_eq!(print(&json!({"k": text})), expected);
        }
        assert_eq!(print(&json!({"a": "tab\there"})), "a: \"tab\\there\"\n");
        assert_eq!(print(&json!({"yes": 1, "a b": 2})), "a b: 2\n\"yes\": 1\n");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(print(&json!({"k": "a\nb\n"})), "k: |\n  a\n  b\n");
        assert_eq!(print(&json!({"k": "a\n\nb"})), "k: |-\n  a\n\n  b\n");
        assert_eq!(print(&json!(["x\n"])), "- |\n  x\n");
    }

    #[test]
    fn long_sentences_fold_past_eighty_columns() {
        let text = "0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 2 Insufficient cpu.";
        let folded = "  - message: '0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master:\n      }, that the pod didn''t tolerate, 2 Insufficient cpu.'\n";
        assert_eq!(
            print(&json!({"a": {"c": [{"message": text}]}})),
            format!("a:\n  c:\n{folded}")
        );
    }

    #[test]
    fn keys_are_ordered_as_go_yaml_does() {
        let tree = json!({"a10": 1, "a2": 1, "ab": 1, "a-b": 1, "a": 1, "B": 1});
        assert_eq!(print(&tree), "B: 1\na: 1\na-b: 1\na2: 1\na10: 1\nab: 1\n");
    }
}
