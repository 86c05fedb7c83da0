//! Functions on text.

use rusqlite::types::Value;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::encoding::{decode, encode, md5};
use super::{Function, Give, Take, boolean, function, int, int_of, text, text_of};
use crate::programs::sql::catalog::quote_ident;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Base;

const T: Take = Take::Is(Base::Text);

const I: Take = Take::Is(Base::Int4);

const I8: Take = Take::Is(Base::Int8);

const B: Take = Take::Is(Base::Bytea);

const TEXT: Give = Give::Is(Base::Text);

const INT: Give = Give::Is(Base::Int4);

/// The longest text that a function makes.
const LENGTH_MAX: i64 = 10_000_000;

/// Functions on text.
pub const FUNCTIONS: &[Function] = &[
    function("length", &[T], INT, |_, a| int(text_of(&a[0]).chars().count() as i64)),
    function("length", &[B], INT, |_, a| int(bytes_of(&a[0]).len() as i64)),
    function("char_length", &[T], INT, |_, a| {
        int(text_of(&a[0]).chars().count() as i64)
    }),
    function("character_length", &[T], INT, |_, a| {
        int(text_of(&a[0]).chars().count() as i64)
    }),
    function("octet_length", &[T], INT, |_, a| int(text_of(&a[0]).len() as i64)),
    function("octet_length", &[B], INT, |_, a| int(bytes_of(&a[0]).len() as i64)),
    function("bit_length", &[T], INT, |_, a| int(text_of(&a[0]).len() as i64 * 8)),
    function("lower", &[T], TEXT, |_, a| text(text_of(&a[0]).to_lowercase())),
    function("upper", &[T], TEXT, |_, a| text(text_of(&a[0]).to_uppercase())),
    function("initcap", &[T], TEXT, |_, a| text(initcap(text_of(&a[0])))),
    function("btrim", &[T], TEXT, |_, a| text(text_of(&a[0]).trim_matches(' '))),
    function("btrim", &[T, T], TEXT, |_, a| {
        text(text_of(&a[0]).trim_matches(|c| text_of(&a[1]).contains(c)))
    }),
    function("ltrim", &[T], TEXT, |_, a| text(text_of(&a[0]).trim_start_matches(' '))),
    function("ltrim", &[T, T], TEXT, |_, a| {
        text(text_of(&a[0]).trim_start_matches(|c| text_of(&a[1]).contains(c)))
    }),
    function("rtrim", &[T], TEXT, |_, a| text(text_of(&a[0]).trim_end_matches(' '))),
    function("rtrim", &[T, T], TEXT, |_, a| {
        text(text_of(&a[0]).trim_end_matches(|c| text_of(&a[1]).contains(c)))
    }),
    function("substr", &[T, I], TEXT, |_, a| substring(a, None)),
    function("substr", &[T, I, I], TEXT, |_, a| substring(a, Some(int_of(&a[2])))),
    function("substring", &[T, I], TEXT, |_, a| substring(a, None)),
    function("substring", &[T, I, I], TEXT, |_, a| substring(a, Some(int_of(&a[2])))),
    function("left", &[T, I], TEXT, |_, a| {
        let (letters, n) = (letters(&a[0]), int_of(&a[1]));
        let keep = if n < 0 { letters.len() as i64 + n } else { n };
        text(
            letters
                .into_iter()
                .take(usize::try_from(keep).unwrap_or(0))
                .collect::<String>(),
        )
    }),
    function("right", &[T, I], TEXT, |_, a| {
        let (letters, n) = (letters(&a[0]), int_of(&a[1]));
        let keep = if n < 0 { letters.len() as i64 + n } else { n };
        let skip = letters.len().saturating_sub(usize::try_from(keep).unwrap_or(0));
        text(letters.into_iter().skip(skip).collect::<String>())
    }),
    function("lpad", &[T, I], TEXT, |_, a| pad(a, " ", true)),
    function("lpad", &[T, I, T], TEXT, |_, a| pad(a, text_of(&a[2]), true)),
    function("rpad", &[T, I], TEXT, |_, a| pad(a, " ", false)),
    function("rpad", &[T, I, T], TEXT, |_, a| pad(a, text_of(&a[2]), false)),
    function("repeat", &[T, I], TEXT, |_, a| {
        let (part, times) = (text_of(&a[0]), int_of(&a[1]).max(0));
        if part.len() as i64 * times > LENGTH_MAX {
            return Err(Report::error("54000", "requested length too large"));
        }
        text(part.repeat(times as usize))
    }),
    function("replace", &[T, T, T], TEXT, |_, a| {
        let (whole, from) = (text_of(&a[0]), text_of(&a[1]));
        text(if from.is_empty() {
            whole.to_owned()
        } else {
            whole.replace(from, text_of(&a[2]))
        })
    }),
    function("reverse", &[T], TEXT, |_, a| {
        text(text_of(&a[0]).chars().rev().collect::<String>())
    }),
    function("strpos", &[T, T], INT, |_, a| {
        int(position(text_of(&a[0]), text_of(&a[1])))
    }),
    function("position", &[T, T], INT, |_, a| {
        int(position(text_of(&a[0]), text_of(&a[1])))
    }),
    function("starts_with", &[T, T], Give::Is(Base::Bool), |_, a| {
        boolean(text_of(&a[0]).starts_with(text_of(&a[1])))
    }),
    function("split_part", &[T, T, I], TEXT, |_, a| {
        split_part(text_of(&a[0]), text_of(&a[1]), int_of(&a[2]))
    }),
    function("translate", &[T, T, T], TEXT, |_, a| {
        let (from, to) = (letters(&a[1]), letters(&a[2]));
        let change = |c: char| match from.iter().position(|letter| *letter == c) {
            None => Some(c),
            Some(at) => to.get(at).copied(),
        };
        text(text_of(&a[0]).chars().filter_map(change).collect::<String>())
    }),
    function("overlay", &[T, T, I], TEXT, |_, a| {
        overlay(&a[0], &a[1], int_of(&a[2]), text_of(&a[1]).chars().count() as i64)
    }),
    function("overlay", &[T, T, I, I], TEXT, |_, a| {
        overlay(&a[0], &a[1], int_of(&a[2]), int_of(&a[3]))
    }),
    function("concat", &[Take::RestAsText], TEXT, |_, a| {
        text(a.iter().map(text_of).collect::<String>())
    })
    .lax(),
    function("concat_ws", &[T, Take::RestAsText], TEXT, |_, a| {
        if a[0] == Value::Null {
            return Ok(Value::Null);
        }
        let parts: Vec<&str> = a[1..]
            .iter()
            .filter(|part| **part != Value::Null)
            .map(text_of)
            .collect();
        text(parts.join(text_of(&a[0])))
    })
    .lax(),
    function("format", &[T, Take::RestAsText], TEXT, |_, a| format_text(a)).lax(),
    function("ascii", &[T], INT, |_, a| {
        int(text_of(&a[0]).chars().next().map_or(0, |c| i64::from(c as u32)))
    }),
    function("chr", &[I], TEXT, |_, a| {
        let code = int_of(&a[0]);
        match u32::try_from(code).ok().and_then(char::from_u32) {
            Some('\0') => Err(Report::error("54000", "null character not permitted")),
            Some(c) => text(c.to_string()),
            None => Err(Report::error(
                "54000",
                format!("requested character too large for encoding: {code}"),
            )),
        }
    }),
    function("md5", &[T], TEXT, |_, a| text(md5(text_of(&a[0]).as_bytes()))),
    function("md5", &[B], TEXT, |_, a| text(md5(bytes_of(&a[0])))),
    function("sha224", &[B], Give::Is(Base::Bytea), |_, a| {
        Ok(Value::Blob(Sha224::digest(bytes_of(&a[0])).to_vec()))
    }),
    function("sha256", &[B], Give::Is(Base::Bytea), |_, a| {
        Ok(Value::Blob(Sha256::digest(bytes_of(&a[0])).to_vec()))
    }),
    function("sha384", &[B], Give::Is(Base::Bytea), |_, a| {
        Ok(Value::Blob(Sha384::digest(bytes_of(&a[0])).to_vec()))
    }),
    function("sha512", &[B], Give::Is(Base::Bytea), |_, a| {
        Ok(Value::Blob(Sha512::digest(bytes_of(&a[0])).to_vec()))
    }),
    function("encode", &[B, T], TEXT, |_, a| encode(bytes_of(&a[0]), text_of(&a[1]))),
    function("decode", &[T, T], Give::Is(Base::Bytea), |_, a| {
        decode(text_of(&a[0]), text_of(&a[1]))
    }),
    function("convert_to", &[T, T], Give::Is(Base::Bytea), |_, a| {
        Ok(Value::Blob(text_of(&a[0]).as_bytes().to_vec()))
    }),
    function("convert_from", &[B, T], TEXT, |_, a| {
        match std::str::from_utf8(bytes_of(&a[0])) {
            Ok(words) => text(words),
            Err(_) => Err(Report::error("22021", "invalid byte sequence for encoding \"UTF8\"")),
        }
    }),
    function("to_hex", &[I], TEXT, |_, a| text(format!("{:x}", int_of(&a[0]) as i32))),
    function("to_hex", &[I8], TEXT, |_, a| text(format!("{:x}", int_of(&a[0])))),
    function("quote_ident", &[T], TEXT, |_, a| text(quote_ident(text_of(&a[0])))),
    function("quote_literal", &[T], TEXT, |_, a| text(quote_literal(text_of(&a[0])))),
    function("quote_nullable", &[T], TEXT, |_, a| match &a[0] {
        Value::Null => text("NULL"),
        value => text(quote_literal(text_of(value))),
    })
    .lax(),
];

fn letters(value: &Value) -> Vec<char> {
    text_of(value).chars().collect()
}

fn bytes_of(value: &Value) -> &[u8] {
    match value {
        Value::Blob(bytes) => bytes,
        Value::Text(text) => text.as_bytes(),
        _ => &[],
    }
}

fn initcap(words: &str) -> String {
    let mut inside = false;
    words
        .chars()
        .flat_map(|c| {
            let first = c.is_alphanumeric() && !inside;
            inside = c.is_alphanumeric();
            if first {
                c.to_uppercase().collect::<Vec<_>>()
            } else {
                c.to_lowercase().collect()
            }
        })
        .collect()
}

/// Positions before the first letter count, as SQL wants it.
fn substring(a: &[Value], length: Option<i64>) -> Result<Value, Report> {
    let start = int_of(&a[1]);
    let end = match length {
        Some(length) if length < 0 => return Err(Report::error("22011", "negative substring length not allowed")),
        Some(length) => start.saturating_add(length),
        None => i64::MAX,
    };
    let inside = |at: usize| (start..end).contains(&(at as i64 + 1));
    text(
        text_of(&a[0])
            .chars()
            .enumerate()
            .filter(|(at, _)| inside(*at))
            .map(|(_, c)| c)
            .collect::<String>(),
    )
}

fn pad(a: &[Value], fill: &str, left: bool) -> Result<Value, Report> {
    let letters = letters(&a[0]);
    let wanted = int_of(&a[1]).max(0);
    if wanted > LENGTH_MAX {
        return Err(Report::error("54000", "requested length too large"));
    }
    let wanted = wanted as usize;
    let missing = if fill.is_empty() {
        0
    } else {
        wanted.saturating_sub(letters.len())
    };
    let padding = fill.chars().cycle().take(missing);
    let body = letters.into_iter().take(wanted);
    text(if left {
        padding.chain(body).collect::<String>()
    } else {
        body.chain(padding).collect()
    })
}

fn position(whole: &str, part: &str) -> i64 {
    whole.find(part).map_or(0, |at| whole[..at].chars().count() as i64 + 1)
}

fn split_part(whole: &str, separator: &str, field: i64) -> Result<Value, Report> {
    if field == 0 {
        return Err(Report::error("22023", "field position must not be zero"));
    }
    let parts: Vec<&str> = if separator.is_empty() {
        vec![whole]
    } else {
        whole.split(separator).collect()
    };
    let at = if field > 0 {
        field - 1
    } else {
        parts.len() as i64 + field
    };
    text(
        usize::try_from(at)
            .ok()
            .and_then(|at| parts.get(at))
            .copied()
            .unwrap_or_default(),
    )
}

fn overlay(whole: &Value, part: &Value, from: i64, length: i64) -> Result<Value, Report> {
    if from < 1 {
        return Err(Report::error("22011", "negative substring length not allowed"));
    }
    let letters = letters(whole);
    let start = (from as usize - 1).min(letters.len());
    let end = usize::try_from(from - 1 + length)
        .unwrap_or(0)
        .clamp(start, letters.len());
    let head: String = letters[..start].iter().collect();
    let tail: String = letters[end..].iter().collect();
    text(format!("{head}{}{tail}", text_of(part)))
}

/// Puts a text in quotes as a literal.
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') {
        format!(" E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

fn format_text(a: &[Value]) -> Result<Value, Report> {
    if a[0] == Value::Null {
        return Ok(Value::Null);
    }
    let mut out = String::new();
    let mut next = 1;
    let mut letters = text_of(&a[0]).chars().peekable();
    while let Some(c) = letters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if letters.peek() == Some(&'%') {
            letters.next();
            out.push('%');
            continue;
        }
        let mut number = String::new();
        while let Some(digit) = letters.peek().copied().filter(char::is_ascii_digit) {
            number.push(digit);
            letters.next();
        }
        let at = if letters.peek() == Some(&'$') {
            letters.next();
            number.parse().unwrap_or(0)
        } else if number.is_empty() {
            next
        } else {
            return Err(Report::beyond("widths in format()"));
        };
        next = at + 1;
        let kind = letters.next().ok_or_else(|| {
            Report::error("22023", "unterminated format() type specifier").hint("For a single \"%\" use \"%%\".")
        })?;
        let value = a.get(at).filter(|_| at > 0);
        let value = value.ok_or_else(|| Report::error("22023", "too few arguments for format()"))?;
        match (kind, value) {
            ('s', value) => out.push_str(text_of(value)),
            ('I', Value::Null) => {
                return Err(Report::error(
                    "22004",
                    "null values cannot be formatted as an SQL identifier",
                ));
            }
            ('I', value) => out.push_str(&quote_ident(text_of(value))),
            ('L', Value::Null) => out.push_str("NULL"),
            ('L', value) => out.push_str(&quote_literal(text_of(value))),
            (other, _) => {
                return Err(
                    Report::error("22023", format!("unrecognized format() type specifier \"{other}\""))
                        .hint("For a single \"%\" use \"%%\"."),
                );
            }
        }
    }
    text(out)
}
