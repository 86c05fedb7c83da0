//! JSON, read from text; what is wrong is told where it stands.

use super::{Json, Value};

/// Why a text is no JSON: the token, or the end of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// The DETAIL line.
    pub detail: String,
    /// How far the text was read, for the CONTEXT line.
    pub read: usize,
}

/// Parses a text.
pub fn parse(text: &str) -> Result<Json, Bad> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.space();
    if parser.at == text.len() {
        return Err(parser.end());
    }
    let json = parser.value()?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.unexpected("Expected end of input, but found"));
    }
    Ok(json)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    pub(super) fn value(&mut self) -> Result<Json, Bad> {
        self.space();
        let start = self.at;
        let value = match self.peek() {
            None => return Err(self.end()),
            Some('{') => self.object()?,
            Some('[') => self.array()?,
            Some('"') => Value::String(self.string()?),
            Some(c) if c == '-' || c.is_ascii_digit() => self.number()?,
            Some(_) => self.word()?,
        };
        Ok(Json {
            value,
            start,
            end: self.at,
        })
    }

    fn object(&mut self) -> Result<Value, Bad> {
        self.deeper()?;
        self.at += 1;
        let mut pairs = Vec::new();
        self.space();
        if self.peek() == Some('}') {
            self.at += 1;
            self.depth -= 1;
            return Ok(Value::Object(pairs));
        }
        loop {
            self.space();
            match self.peek() {
                None => return Err(self.end()),
                Some('"') => (),
                Some(_) if pairs.is_empty() => return Err(self.unexpected("Expected string or \"}\", but found")),
                Some(_) => return Err(self.unexpected("Expected string, but found")),
            }
            let key = self.string()?;
            self.space();
            match self.peek() {
                None => return Err(self.end()),
                Some(':') => self.at += 1,
                Some(_) => return Err(self.unexpected("Expected \":\", but found")),
            }
            pairs.push((key, self.value()?));
            self.space();
            match self.peek() {
                None => return Err(self.end()),
                Some(',') => self.at += 1,
                Some('}') => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(Value::Object(pairs));
                }
                Some(_) => return Err(self.unexpected("Expected \",\" or \"}\", but found")),
            }
        }
    }

    fn array(&mut self) -> Result<Value, Bad> {
        self.deeper()?;
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.at += 1;
            self.depth -= 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            match self.peek() {
                None => return Err(self.end()),
                Some(',') => self.at += 1,
                Some(']') => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(Value::Array(items));
                }
                Some(_) => return Err(self.unexpected("Expected \",\" or \"]\", but found")),
            }
        }
    }

    /// Nesting ends where a stack would: a stranger's text must not overflow ours.
    fn deeper(&mut self) -> Result<(), Bad> {
        self.depth += 1;
        if self.depth > 500 {
            return Err(Bad {
                detail: "pglab does not simulate JSON nested this deep.".into(),
                read: self.at,
            });
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, Bad> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else { return Err(self.end()) };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => {
                    let Some(escape) = self.peek() else {
                        return Err(self.end());
                    };
                    self.at += escape.len_utf8();
                    match escape {
                        '"' | '\\' | '/' => out.push(escape),
                        'b' => out.push('\u{8}'),
                        'f' => out.push('\u{c}'),
                        'n' => out.push('\n'),
                        'r' => out.push('\r'),
                        't' => out.push('\t'),
                        'u' => out.push(self.unicode()?),
                        other => return Err(self.bad(format!("Escape sequence \"\\{other}\" is invalid."))),
                    }
                }
                c if (c as u32) < 0x20 => {
                    return Err(self.bad(format!("Character with value 0x{:02x} must be escaped.", c as u32)));
                }
                c => out.push(c),
            }
        }
    }

    fn unicode(&mut self) -> Result<char, Bad> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let second = self.hex4()?;
            0x10000 + ((first - 0xd800) << 10) + second.wrapping_sub(0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.bad("Unicode surrogate pairs must be complete.".into()))
    }

    fn hex4(&mut self) -> Result<u32, Bad> {
        let hex = self.text.get(self.at..self.at + 4);
        match hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.bad("\"\\u\" must be followed by four hexadecimal digits.".into())),
        }
    }

    fn number(&mut self) -> Result<Value, Bad> {
        let rest = &self.text[self.at..];
        let len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
            .unwrap_or(rest.len());
        let token = &rest[..len];
        let body = token.strip_prefix('-').unwrap_or(token);
        let (mantissa, exponent) = match body.find(['e', 'E']) {
            Some(at) => (&body[..at], Some(body[at + 1..].trim_start_matches(['+', '-']))),
            None => (body, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let good = digits(whole)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(digits)
            && exponent.is_none_or(digits);
        if !good {
            return Err(self.bad(format!("Token \"{token}\" is invalid.")));
        }
        self.at += len;
        Ok(Value::Number(token.to_owned()))
    }

    fn word(&mut self) -> Result<Value, Bad> {
        let rest = &self.text[self.at..];
        for (word, value) in [
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
        ] {
            let ends = |c: char| !c.is_alphanumeric() && c != '_';
            if rest.starts_with(word) && rest[word.len()..].chars().next().is_none_or(ends) {
                self.at += word.len();
                return Ok(value);
            }
        }
        if rest.starts_with([']', '}', ',', ':']) {
            return Err(self.unexpected("Expected JSON value, but found"));
        }
        Err(self.bad(format!("Token \"{}\" is invalid.", self.token())))
    }

    fn token(&self) -> &str {
        let rest = &self.text[self.at..];
        let word = |c: char| c.is_alphanumeric() || c == '_';
        match rest.chars().next() {
            Some('"') => {
                let end = rest[1..].find('"').map_or(rest.len(), |at| at + 2);
                &rest[..end]
            }
            Some(c) if word(c) => &rest[..rest.find(|c| !word(c)).unwrap_or(rest.len())],
            Some(c) => &rest[..c.len_utf8()],
            None => "",
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn bad(&self, detail: String) -> Bad {
        Bad {
            detail,
            read: self.at + self.token().len(),
        }
    }

    fn unexpected(&self, words: &str) -> Bad {
        // A bare word is no JSON at all, wherever it stands.
        let word = self.peek().is_some_and(|c| c.is_alphabetic() || c == '_');
        if word && !["true", "false", "null"].contains(&self.token()) {
            return self.bad(format!("Token \"{}\" is invalid.", self.token()));
        }
        self.bad(format!("{words} \"{}\".", self.token()))
    }

    fn end(&self) -> Bad {
        Bad {
            detail: "The input string ended unexpectedly.".into(),
            read: self.text.len(),
        }
    }
}
