//! From the text of a template to its pieces.

use super::{Operand, Piece, Step};
use serde_json::Value;

/// What is left to read.
pub(super) struct Reader<'a> {
    pub(super) rest: &'a str,
}

impl Reader<'_> {
    /// Reads pieces up to `{end}` or the end; says which.
    pub(super) fn pieces(&mut self) -> Result<(Vec<Piece>, bool), String> {
        let mut pieces = Vec::new();
        while !self.rest.is_empty() {
            let Some(open) = self.rest.find('{') else {
                pieces.push(Piece::Text(std::mem::take(&mut self.rest).to_owned()));
                break;
            };
            if open > 0 {
                pieces.push(Piece::Text(self.rest[..open].to_owned()));
            }
            self.rest = &self.rest[open + 1..];
            let close = closing(self.rest).ok_or("unclosed action")?;
            let inside = self.rest[..close].trim();
            self.rest = &self.rest[close + 1..];
            match inside {
                "end" => return Ok((pieces, true)),
                "" => (),
                inside if inside.starts_with("range") => {
                    let steps = steps(inside["range".len()..].trim())?;
                    let (body, ended) = self.pieces()?;
                    if !ended {
                        return Err("unterminated range, missing end".to_owned());
                    }
                    pieces.push(Piece::Range(steps, body));
                }
                inside => inside_braces(inside, &mut pieces)?,
            }
        }
        Ok((pieces, false))
    }
}

/// Returns where the brace that opened closes, quoted text passed over.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some(i),
            _ => (),
        }
    }
    None
}

/// Reads what stands in braces: quoted text, or paths side by side.
fn inside_braces(inside: &str, pieces: &mut Vec<Piece>) -> Result<(), String> {
    let first = inside.chars().next().unwrap_or('.');
    if matches!(first, '"' | '\'') {
        let text = inside[1..].strip_suffix(first).ok_or("unterminated quoted string")?;
        pieces.push(Piece::Text(unescape(text)));
    } else {
        pieces.push(Piece::Path(steps(inside)?));
    }
    Ok(())
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => (),
            },
            c => out.push(c),
        }
    }
    out
}

/// Reads one path.
fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text.trim();
    if let Some(after) = rest.strip_prefix('$') {
        steps.push(Step::Root);
        rest = after;
    } else if let Some(after) = rest.strip_prefix('@') {
        rest = after;
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            let (name, after) = name(after);
            steps.push(Step::Deep(name));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = name(after);
            match name.as_str() {
                "*" => steps.push(Step::All),
                "" => (),
                _ => steps.push(Step::Field(name)),
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let close = bracket(after).ok_or("unterminated array")?;
            steps.push(index(after[..close].trim())?);
            rest = &after[close + 1..];
        } else if steps.is_empty() {
            let word = rest.split(['.', '[', ' ']).next().unwrap_or(rest);
            return Err(format!("unrecognized identifier {word}"));
        } else {
            return Err(format!(
                "unrecognized character in action: U+{:04X}",
                rest.chars().next().map_or(0, u32::from)
            ));
        }
    }
    Ok(steps)
}

/// Reads a name up to the next step; a backslash keeps a dot inside it.
fn name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => {
                if let Some((_, escaped)) = chars.next() {
                    name.push(escaped);
                }
            }
            '.' | '[' | ' ' | ')' => return (name, &text[i..]),
            c => name.push(c),
        }
    }
    (name, "")
}

fn bracket(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => (),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(i),
            (None, ']') => depth -= 1,
            _ => (),
        }
    }
    None
}

fn index(inside: &str) -> Result<Step, String> {
    if inside == "*" {
        return Ok(Step::All);
    }
    if let Some(filter) = inside.strip_prefix("?(").and_then(|f| f.strip_suffix(')')) {
        return filter_step(filter.trim());
    }
    if let Some(quoted) = quoted(inside) {
        return Ok(Step::Field(unescape(quoted)));
    }
    if inside.contains(',') {
        let parts: Result<Vec<Step>, String> = inside.split(',').map(|part| index(part.trim())).collect();
        return Ok(Step::Union(parts?));
    }
    let number = |text: &str| -> Result<Option<i64>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| format!("invalid array index {inside}"))
    };
    let parts: Vec<&str> = inside.split(':').collect();
    match parts.as_slice() {
        [one] => {
            let i = number(one)?.ok_or_else(|| format!("invalid array index {inside}"))?;
            // The last place needs an open end: after -1 comes no 0.
            Ok(Step::Slice(Some(i), (i != -1).then_some(i + 1), None))
        }
        [from, to] => Ok(Step::Slice(number(from)?, number(to)?, None)),
        [from, to, by] => Ok(Step::Slice(number(from)?, number(to)?, number(by)?)),
        _ => Err(format!("invalid array index {inside}")),
    }
}

fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].strip_suffix(quote).filter(|inner| !inner.contains(quote))
}

fn filter_step(text: &str) -> Result<Step, String> {
    for sign in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some((left, right)) = text.split_once(sign) {
            return Ok(Step::Filter(operand(left)?, sign.to_owned(), Some(operand(right)?)));
        }
    }
    Ok(Step::Filter(operand(text)?, String::new(), None))
}

fn operand(text: &str) -> Result<Operand, String> {
    let text = text.trim();
    if let Some(quoted) = quoted(text) {
        return Ok(Operand::Literal(Value::String(unescape(quoted))));
    }
    if text.starts_with(['@', '$', '.']) {
        return Ok(Operand::Path(steps(text)?));
    }
    let literal = serde_json::from_str(text).map_err(|_| format!("unrecognized identifier {text}"))?;
    Ok(Operand::Literal(literal))
}
