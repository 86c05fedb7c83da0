//! The words behind a meta command (src/bin/psql/psqlscanslash.l).

use super::variables::Variables;

/// Takes the next word of a line; none when another command or the end comes first.
///
/// Single quotes and variables mean something; double quotes stay, with what they hold.
pub(super) fn word(line: &str, at: &mut usize, variables: &Variables) -> Result<Option<String>, String> {
    let skip = |at: &mut usize| {
        *at += line[*at..].len() - line[*at..].trim_start().len();
    };
    skip(at);
    if line[*at..].is_empty() || line[*at..].starts_with('\\') {
        return Ok(None);
    }
    let mut out = String::new();
    while let Some(letter) = line[*at..].chars().next() {
        let rest = &line[*at..];
        match letter {
            c if c.is_whitespace() => break,
            '\\' => break,
            '\'' => {
                let (text, length) = quoted(rest)?;
                out.push_str(&text);
                *at += length;
                continue;
            }
            '"' => {
                let Some(end) = rest[1..].find('"') else {
                    return Err("unterminated quoted string".to_owned());
                };
                out.push_str(&rest[..end + 2]);
                *at += end + 2;
                continue;
            }
            '`' => return Err("pglab does not simulate backquotes of psql".to_owned()),
            ':' => {
                if let Some((text, length)) = variables.reference(rest) {
                    out.push_str(text.trim_start());
                    *at += length;
                    continue;
                }
            }
            _ => (),
        }
        out.push(letter);
        *at += letter.len_utf8();
    }
    Ok(Some(out))
}

/// Returns what stands between single quotes, with its escapes read, and how many bytes it takes.
fn quoted(text: &str) -> Result<(String, usize), String> {
    let mut out = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' => match letters.peek() {
                Some((_, '\'')) => {
                    out.push('\'');
                    letters.next();
                }
                _ => return Ok((out, at + 1)),
            },
            '\\' => match letters.next() {
                Some((_, 'n')) => out.push('\n'),
                Some((_, 't')) => out.push('\t'),
                Some((_, 'r')) => out.push('\r'),
                Some((_, 'b')) => out.push('\u{8}'),
                Some((_, 'f')) => out.push('\u{c}'),
                Some((_, other)) => out.push(other),
                None => break,
            },
            other => out.push(other),
        }
    }
    Err("unterminated quoted string".to_owned())
}

/// Takes all words that are left before the next command.
pub(super) fn all(line: &str, at: &mut usize, variables: &Variables) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    while let Some(word) = word(line, at, variables)? {
        words.push(word);
    }
    Ok(words)
}
