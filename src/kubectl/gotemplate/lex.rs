//! From the text of a template to its tokens (Go's `text/template/parse/lex.go`).

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something that is no template; the token's text says why.
    Error,
    /// The end of the template.
    Eof,
    /// Text between actions.
    Text,
    /// `{{`.
    LeftDelim,
    /// `}}`.
    RightDelim,
    /// Blanks inside an action; they part operands.
    Space,
    /// `=`.
    Assign,
    /// `:=`.
    Declare,
    /// `|`.
    Pipe,
    /// `(`.
    LeftParen,
    /// `)`.
    RightParen,
    /// Another printable character, such as a comma.
    Char,
    /// `'x'`.
    CharConstant,
    /// `12`, `1.5`, `0x10`.
    Number,
    /// `"x"`.
    Str,
    /// A text in backquotes.
    RawStr,
    /// `true`, `false`.
    Bool,
    /// `.name`.
    Field,
    /// `$`, `$x`.
    Variable,
    /// A function's name.
    Identifier,
    /// `.`, or a word that has a meaning: `if`, `end`.
    Keyword,
}

/// A token, where it begins (in bytes), and on which line (from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it begins.
    pub pos: usize,
    /// Its text.
    pub text: String,
    /// Its line.
    pub line: usize,
}

impl Token {
    /// Returns the token as Go's errors show it.
    pub fn shown(&self) -> String {
        match self.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Error => self.text.clone(),
            Kind::Keyword => format!("<{}>", self.text),
            _ if self.text.chars().count() > 10 => {
                let head: String = self.text.chars().take(10).collect();
                format!("{}...", super::printf::quote(&head))
            }
            _ => super::printf::quote(&self.text),
        }
    }
}

const KEYWORDS: [&str; 12] = [
    ".", "block", "break", "continue", "define", "else", "end", "if", "range", "nil", "template", "with",
];

/// Returns the tokens of a template; the last is an error or the end.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        at: 0,
        found: Vec::new(),
        parens: 0,
    };
    lexer.run();
    lexer.found
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    found: Vec<Token>,
    parens: usize,
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, kind: Kind, from: usize, to: usize) {
        self.put(kind, from, self.text[from..to].to_owned());
        self.at = to;
    }

    fn put(&mut self, kind: Kind, pos: usize, text: String) {
        let line = 1 + self.text[..pos].matches('\n').count();
        self.found.push(Token { kind, pos, text, line });
    }

    /// Puts an error; the line is where the lexer has got to, as Go counts it.
    fn fail(&mut self, why: impl Into<String>) -> bool {
        let line = 1 + self.text[..self.at].matches('\n').count();
        self.found.push(Token {
            kind: Kind::Error,
            pos: self.at,
            text: why.into(),
            line,
        });
        false
    }

    fn run(&mut self) {
        loop {
            let Some(open) = self.rest().find("{{") else {
                if !self.rest().is_empty() {
                    self.push(Kind::Text, self.at, self.text.len());
                }
                self.put(Kind::Eof, self.text.len(), String::new());
                return;
            };
            let (from, open) = (self.at, self.at + open);
            let after = &self.text[open + 2..];
            let trims = after.starts_with('-') && after[1..].starts_with(is_space);
            let end = if trims {
                from + self.text[from..open].trim_end_matches(is_space).len()
            } else {
                open
            };
            if end > from {
                self.push(Kind::Text, from, end);
            }
            self.at = open + 2 + if trims { 1 } else { 0 };
            let inner = self.rest().trim_start_matches(is_space);
            let is_comment = inner.starts_with("/*") && (trims || inner.len() == self.rest().len());
            let goes_on = if is_comment {
                self.comment()
            } else {
                self.put(Kind::LeftDelim, open, "{{".to_owned());
                self.parens = 0;
                self.action()
            };
            if !goes_on {
                return;
            }
        }
    }

    fn comment(&mut self) -> bool {
        let Some(end) = self.rest().find("*/") else {
            return self.fail("unclosed comment");
        };
        self.at += end + 2;
        match self.right_delim() {
            Some((length, trims)) => {
                self.at += length;
                self.trim_left(trims);
                true
            }
            None => self.fail("comment ends before closing delimiter"),
        }
    }

    /// Returns the length of a closing delimiter that stands here, and whether it trims what follows.
    fn right_delim(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        if rest.starts_with(is_space) && rest[1..].starts_with("-}}") {
            return Some((4, true));
        }
        rest.starts_with("}}").then_some((2, false))
    }

    fn trim_left(&mut self, trims: bool) {
        if trims {
            self.at = self.text.len() - self.rest().trim_start_matches(is_space).len();
        }
    }

    /// Reads the inside of an action; says whether it was closed.
    fn action(&mut self) -> bool {
        loop {
            if let Some((length, trims)) = self.right_delim() {
                if self.parens > 0 {
                    return self.fail("unclosed left paren");
                }
                let from = self.at + length - 2;
                self.put(Kind::RightDelim, from, "}}".to_owned());
                self.at += length;
                self.trim_left(trims);
                return true;
            }
            let from = self.at;
            let Some(c) = self.peek() else {
                return self.fail("unclosed action");
            };
            let one = from + c.len_utf8();
            let next = self.text[one..].chars().next();
            let goes_on = match c {
                c if is_space(c) => {
                    self.spaces();
                    true
                }
                '=' => self.single(Kind::Assign, one),
                ':' if next == Some('=') => self.single(Kind::Declare, one + 1),
                ':' => {
                    self.at = one;
                    self.fail("expected :=")
                }
                '|' => self.single(Kind::Pipe, one),
                '"' => self.quoted(Kind::Str, '"', "unterminated quoted string"),
                '\'' => self.quoted(Kind::CharConstant, '\'', "unterminated character constant"),
                '`' => match self.text[one..].find('`') {
                    Some(end) => self.single(Kind::RawStr, one + end + 1),
                    None => {
                        self.at = self.text.len();
                        self.fail("unterminated raw quoted string")
                    }
                },
                '$' => self.name(Kind::Variable, one),
                '.' if !next.is_some_and(|c| c.is_ascii_digit()) => self.name(Kind::Field, one),
                '.' | '+' | '-' | '0'..='9' => self.number(),
                c if is_alphanumeric(c) => self.identifier(),
                '(' => {
                    self.parens += 1;
                    self.single(Kind::LeftParen, one)
                }
                ')' if self.parens == 0 => {
                    self.at = one;
                    self.fail("unexpected right paren")
                }
                ')' => {
                    self.parens -= 1;
                    self.single(Kind::RightParen, one)
                }
                c if c.is_ascii_graphic() => self.single(Kind::Char, one),
                c => {
                    self.at = one;
                    self.fail(format!("unrecognized character in action: {}", code_point(c)))
                }
            };
            if !goes_on {
                return false;
            }
        }
    }

    fn single(&mut self, kind: Kind, to: usize) -> bool {
        self.push(kind, self.at, to);
        true
    }

    /// Blanks up to the next token; the last belongs to a closing ` -}}`.
    fn spaces(&mut self) {
        let from = self.at;
        let length = self.rest().len() - self.rest().trim_start_matches(is_space).len();
        let closes = self.text[from + length..].starts_with("-}}");
        let to = from + length - usize::from(closes);
        if to > from {
            self.push(Kind::Space, from, to);
        }
    }

    fn quoted(&mut self, kind: Kind, quote: char, why: &str) -> bool {
        let mut escaped = false;
        for (i, c) in self.text[self.at + 1..].char_indices() {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == quote => return self.single(kind, self.at + 1 + i + 1),
                _ => (),
            }
        }
        self.fail(why)
    }

    fn is_terminated(&self, at: usize) -> bool {
        let rest = &self.text[at..];
        rest.is_empty()
            || rest.starts_with("}}")
            || rest.starts_with(|c| is_space(c) || matches!(c, '.' | ',' | '|' | ':' | ')' | '('))
    }

    fn after_word(&self, from: usize) -> usize {
        self.text.len() - self.text[from..].trim_start_matches(is_alphanumeric).len()
    }

    fn bad_character(&mut self, at: usize) -> bool {
        let c = self.text[at..].chars().next().unwrap_or(' ');
        self.at = at;
        self.fail(format!("bad character {}", code_point(c)))
    }

    fn name(&mut self, kind: Kind, from: usize) -> bool {
        if self.is_terminated(from) {
            let kind = if kind == Kind::Field { Kind::Keyword } else { kind };
            return self.single(kind, from);
        }
        let to = self.after_word(from);
        match self.is_terminated(to) {
            true => self.single(kind, to),
            false => self.bad_character(to),
        }
    }

    fn identifier(&mut self) -> bool {
        let to = self.after_word(self.at);
        if !self.is_terminated(to) {
            return self.bad_character(to);
        }
        let kind = match &self.text[self.at..to] {
            word if KEYWORDS.contains(&word) => Kind::Keyword,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.single(kind, to)
    }

    fn number(&mut self) -> bool {
        let is_part = |c: char| is_alphanumeric(c) || c == '.';
        let mut to = self.at + usize::from(self.rest().starts_with(['+', '-']));
        loop {
            to = self.text.len() - self.text[to..].trim_start_matches(is_part).len();
            let exponent = self.text[..to].ends_with(['e', 'E']) && !self.text[self.at..to].contains(['x', 'X']);
            if exponent && self.text[to..].starts_with(['+', '-']) {
                to += 1;
            } else {
                break;
            }
        }
        let text = &self.text[self.at..to];
        if super::node::Number::parse(text).is_err()
            && !text.trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit())
            || text.len() == usize::from(text.starts_with(['+', '-']))
        {
            let why = format!("bad number syntax: {}", super::printf::quote(text));
            return self.fail(why);
        }
        self.single(Kind::Number, to)
    }
}

/// Returns `U+002D '-'` (Go's `%#U`).
fn code_point(c: char) -> String {
    format!("U+{:04X} '{c}'", u32::from(c))
}
