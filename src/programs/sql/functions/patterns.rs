//! LIKE and regular expressions.
//!
//! PostgreSQL's own dialect of regular expressions differs from the one used here in back references and a few
//! escapes: those are refused by name.

use regex::{Regex, RegexBuilder};
use rusqlite::types::Value;

use super::{Function, Give, Take, boolean, function, int, text, text_of};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, array};

const T: Take = Take::Is(Base::Text);
const BOOL: Give = Give::Is(Base::Bool);

/// Pattern matching.
pub const FUNCTIONS: &[Function] = &[
    function("like", &[T, T], BOOL, |_, a| {
        boolean(like(text_of(&a[0]), text_of(&a[1]), Some('\\'))?)
    }),
    function("like escape", &[T, T, T], BOOL, |_, a| {
        boolean(like(text_of(&a[0]), text_of(&a[1]), escape(&a[2])?)?)
    }),
    function("ilike", &[T, T], BOOL, |_, a| {
        boolean(like(
            &text_of(&a[0]).to_lowercase(),
            &text_of(&a[1]).to_lowercase(),
            Some('\\'),
        )?)
    }),
    function("ilike escape", &[T, T, T], BOOL, |_, a| {
        boolean(like(
            &text_of(&a[0]).to_lowercase(),
            &text_of(&a[1]).to_lowercase(),
            escape(&a[2])?,
        )?)
    }),
    function("similar", &[T, T], BOOL, |_, a| {
        boolean(compile(&similar(text_of(&a[1])), "")?.is_match(text_of(&a[0])))
    }),
    function("~", &[T, T], BOOL, |_, a| {
        boolean(compile(text_of(&a[1]), "")?.is_match(text_of(&a[0])))
    }),
    function("~*", &[T, T], BOOL, |_, a| {
        boolean(compile(text_of(&a[1]), "i")?.is_match(text_of(&a[0])))
    }),
    function("regexp_like", &[T, T], BOOL, |_, a| {
        boolean(compile(text_of(&a[1]), "")?.is_match(text_of(&a[0])))
    }),
    function("regexp_count", &[T, T], Give::Is(Base::Int4), |_, a| {
        int(compile(text_of(&a[1]), "")?.find_iter(text_of(&a[0])).count() as i64)
    }),
    function("regexp_replace", &[T, T, T], Give::Is(Base::Text), |_, a| {
        replace(a, "")
    }),
    function("regexp_replace", &[T, T, T, T], Give::Is(Base::Text), |_, a| {
        replace(a, text_of(&a[3]))
    }),
    function("regexp_match", &[T, T], Give::ArrayOf(Base::Text), |_, a| {
        first_match(a, "")
    }),
    function("regexp_match", &[T, T, T], Give::ArrayOf(Base::Text), |_, a| {
        first_match(a, text_of(&a[2]))
    }),
    function("regexp_split_to_array", &[T, T], Give::ArrayOf(Base::Text), |_, a| {
        let parts = compile(text_of(&a[1]), "")?;
        let parts: Vec<_> = parts.split(text_of(&a[0])).map(|part| Some(part.to_owned())).collect();
        text(array::print(&parts))
    }),
    // substring(text from pattern)
    function("substring", &[T, T], Give::Is(Base::Text), |_, a| {
        let pattern = compile(text_of(&a[1]), "")?;
        match pattern.captures(text_of(&a[0])) {
            None => Ok(Value::Null),
            Some(found) => {
                let part = found
                    .get(1)
                    .or_else(|| if pattern.captures_len() > 1 { None } else { found.get(0) });
                part.map_or(Ok(Value::Null), |part| text(part.as_str()))
            }
        }
    }),
];

fn escape(value: &Value) -> Result<Option<char>, Report> {
    let mut letters = text_of(value).chars();
    match (letters.next(), letters.next()) {
        (letter, None) => Ok(letter),
        _ => Err(Report::error("22025", "invalid escape string").hint("Escape string must be empty or one character.")),
    }
}

/// Matches a LIKE pattern: walks both texts, and goes back to the last `%` when they differ.
fn like(subject: &str, pattern: &str, escape: Option<char>) -> Result<bool, Report> {
    /// A letter of a pattern.
    enum Letter {
        Is(char),
        One,
        Many,
    }
    let mut letters = Vec::new();
    let mut source = pattern.chars();
    while let Some(c) = source.next() {
        letters.push(if Some(c) == escape {
            match source.next() {
                Some(c) => Letter::Is(c),
                None => {
                    return Err(Report::error(
                        "22025",
                        "LIKE pattern must not end with escape character",
                    ));
                }
            }
        } else {
            match c {
                '%' => Letter::Many,
                '_' => Letter::One,
                c => Letter::Is(c),
            }
        });
    }
    let subject: Vec<char> = subject.chars().collect();
    let (mut at, mut p) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while at < subject.len() {
        match letters.get(p) {
            Some(Letter::Many) => {
                back = Some((p, at));
                p += 1;
            }
            Some(Letter::One) => {
                at += 1;
                p += 1;
            }
            Some(Letter::Is(c)) if *c == subject[at] => {
                at += 1;
                p += 1;
            }
            _ => match back {
                Some((many, start)) => {
                    back = Some((many, start + 1));
                    at = start + 1;
                    p = many + 1;
                }
                None => return Ok(false),
            },
        }
    }
    Ok(letters[p..].iter().all(|letter| matches!(letter, Letter::Many)))
}

/// Turns a SIMILAR TO pattern into a regular expression for the whole text.
fn similar(pattern: &str) -> String {
    let mut out = String::from("^(?:");
    for c in pattern.chars() {
        match c {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '.' | '^' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push_str(")$");
    out
}

fn compile(pattern: &str, flags: &str) -> Result<Regex, Report> {
    let mut builder = RegexBuilder::new(
        &pattern
            .replace("\\m", "\\b")
            .replace("\\M", "\\b")
            .replace("\\y", "\\b"),
    );
    builder.size_limit(1 << 20);
    // A dot matches line ends in PostgreSQL.
    builder.dot_matches_new_line(true);
    for flag in flags.chars() {
        match flag {
            'i' => drop(builder.case_insensitive(true)),
            'x' => drop(builder.ignore_whitespace(true)),
            'n' | 'm' => drop(builder.multi_line(true).dot_matches_new_line(false)),
            's' | 'g' | 'c' => (),
            other => {
                return Err(Report::error(
                    "22023",
                    format!("invalid regular expression option: \"{other}\""),
                ));
            }
        }
    }
    builder.build().map_err(|error| {
        let backward = pattern
            .bytes()
            .zip(pattern.bytes().skip(1))
            .any(|(a, b)| a == b'\\' && b.is_ascii_digit());
        let words = match error.to_string() {
            _ if backward => return Report::beyond("back references in regular expressions"),
            words if words.contains("unclosed group") || words.contains("unopened group") => {
                "parentheses () not balanced"
            }
            words if words.contains("unclosed character class") => "brackets [] not balanced",
            words if words.contains("repetition operator missing") => "quantifier operand invalid",
            words if words.contains("look-around") => return Report::beyond("look-around in regular expressions"),
            _ => return Report::beyond(format!("the regular expression \"{pattern}\"")),
        };
        Report::error("2201B", format!("invalid regular expression: {words}"))
    })
}

fn replace(a: &[Value], flags: &str) -> Result<Value, Report> {
    let pattern = compile(text_of(&a[1]), flags)?;
    let limit = if flags.contains('g') { 0 } else { 1 };
    let subject = text_of(&a[0]);
    let with = text_of(&a[2]);
    let replaced = pattern.replacen(subject, limit, |found: &regex::Captures| {
        let mut out = String::new();
        let mut letters = with.chars();
        while let Some(c) = letters.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            match letters.next() {
                Some('&') => out.push_str(found.get(0).map_or("", |part| part.as_str())),
                Some(digit) if digit.is_ascii_digit() => {
                    let group = digit.to_digit(10).unwrap_or(0) as usize;
                    out.push_str(found.get(group).map_or("", |part| part.as_str()));
                }
                Some(other) => out.push(other),
                None => out.push('\\'),
            }
        }
        out
    });
    text(replaced.into_owned())
}

fn first_match(a: &[Value], flags: &str) -> Result<Value, Report> {
    let pattern = compile(text_of(&a[1]), flags)?;
    let Some(found) = pattern.captures(text_of(&a[0])) else {
        return Ok(Value::Null);
    };
    let from = usize::from(pattern.captures_len() > 1);
    let parts: Vec<_> = found
        .iter()
        .skip(from)
        .map(|part| part.map(|part| part.as_str().to_owned()))
        .collect();
    text(array::print(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_knows_its_two_signs_and_the_escape() {
        for (subject, pattern, matches) in [
            ("hello", "h%o", true),
            ("hello", "h_llo", true),
            ("hello", "h_o", false),
            ("100%", "100\\%", true),
            ("1000", "100\\%", false),
            ("", "%", true),
            ("abcabc", "%bc", true),
            ("한글", "_글", true),
        ] {
            assert_eq!(
                like(subject, pattern, Some('\\')),
                Ok(matches),
                "{subject} like {pattern}"
            );
        }
        // A hostile pattern is not slow.
        assert_eq!(
            like(&"a".repeat(5000), &format!("{}b", "%a".repeat(50)), None),
            Ok(false)
        );
    }
}
