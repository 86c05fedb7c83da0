//! What stands behind a dollar or inside of quotes: parameters, and the words that they change.

use super::lex::Lexer;
use super::parse::Trouble;
use super::script::{Change, Part, Word};

/// Reads the inside of `${…}`.
pub(super) fn parameter(text: &str, quoted: bool, line: usize) -> Result<Part, Trouble> {
    let bad = || Trouble::new(line, "Bad substitution");
    if let Some(name) = text.strip_prefix('#').filter(|name| !name.is_empty()) {
        return Ok(variable(name.to_owned(), Change::Length, quoted));
    }
    let end = match text.chars().next() {
        Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => {
            let name = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let name = name.unwrap_or(text.len());
            // An element of an array has a name of its own: `BASH_REMATCH[1]`.
            match text[name..].strip_prefix('[').and_then(|rest| rest.find(']')) {
                Some(close) => name + close + 2,
                None => name,
            }
        }
        Some(letter) if letter.is_ascii_digit() || "?#@*$!".contains(letter) => 1,
        _ => return Err(bad()),
    };
    let (name, rest) = text.split_at(end);
    let name = name.to_owned();
    if rest.is_empty() {
        return Ok(variable(name, Change::None, quoted));
    }
    for trim in ["##", "#", "%%", "%"] {
        if let Some(pattern) = rest.strip_prefix(trim) {
            let (end, longest) = (trim.starts_with('%'), trim.len() == 2);
            return Ok(variable(name, Change::Trim(end, longest, inner(pattern)?), quoted));
        }
    }
    if let Some(rest) = rest.strip_prefix('/') {
        let (all, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
        let (pattern, with) = rest.split_once('/').unwrap_or((rest, ""));
        return Ok(variable(
            name,
            Change::Replace(inner(pattern)?, inner(with)?, all),
            quoted,
        ));
    }
    let (empty_too, rest) = rest.strip_prefix(':').map_or((false, rest), |rest| (true, rest));
    let operator = rest
        .chars()
        .next()
        .filter(|letter| "-=+?".contains(*letter))
        .ok_or_else(bad)?;
    let default = inner(&rest[1..])?;
    Ok(variable(name, Change::Default(operator, empty_too, default), quoted))
}

/// Reads a word inside a word: blanks are letters there.
fn inner(text: &str) -> Result<Word, Trouble> {
    let mut lexer = Lexer::new(text);
    let mut word = Word::default();
    while let Some(letter) = lexer.peek(0) {
        match letter {
            '\'' | '"' | '\\' | '$' | '`' => {
                let more = lexer.word()?;
                word.0.extend(more.0);
            }
            _ => {
                push_plain(&mut word, letter);
                lexer.at += 1;
            }
        }
    }
    Ok(word)
}

/// Reads a text as if it stood in double quotes: the body of a here-document, an arithmetic expression.
pub(super) fn quoted_text(text: &str) -> Result<Word, Trouble> {
    let mut lexer = Lexer::new(text);
    let mut word = Word::default();
    while lexer.peek(0).is_some() {
        lexer.quoted_letter(&mut word)?;
    }
    Ok(word)
}

pub(super) fn variable(name: String, change: Change, quoted: bool) -> Part {
    Part::Variable { name, change, quoted }
}

pub(super) fn push_plain(word: &mut Word, letter: char) {
    match word.0.last_mut() {
        Some(Part::Plain(text)) => text.push(letter),
        _ => word.0.push(Part::Plain(letter.to_string())),
    }
}

pub(super) fn push_quoted(word: &mut Word, letter: char) {
    match word.0.last_mut() {
        Some(Part::Quoted(text)) => text.push(letter),
        _ => word.0.push(Part::Quoted(letter.to_string())),
    }
}
