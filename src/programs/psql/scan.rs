//! Where a script's statements end: at each semicolon that stands in no quotes, comment or parentheses
//! (psql's lexer, src/fe_utils/psqlscan.l). Variables are put in on the way.

use super::variables::Variables;
use serde::{Deserialize, Serialize};

/// Why the scanner has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The statement is whole.
    Semicolon,
    /// A meta command begins here.
    Backslash,
    /// The line is over, the statement perhaps not.
    End,
}

/// What a place in the text is inside of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Inside {
    #[default]
    Nothing,
    /// `'…'`; with E before it, a backslash hides what follows.
    Single(bool),
    /// `"…"`
    Double,
    /// `$tag$…$tag$`, with both dollars.
    Dollar(String),
    /// `/* … */`, so many deep.
    Comment(u32),
}

/// A statement in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scanner {
    buffer: String,
    inside: Inside,
    depth: u32,
    /// How long the buffer was when this line added its newline, if it did.
    newline_at: Option<usize>,
}

impl Scanner {
    /// Begins a line: what came before goes on behind a newline.
    pub fn begin_line(&mut self) {
        self.newline_at = (!self.buffer.is_empty()).then(|| {
            self.buffer.push('\n');
            self.buffer.len()
        });
    }

    /// Tells whether an empty line would belong to a value.
    pub fn is_in_quote(&self) -> bool {
        self.inside != Inside::Nothing
    }

    /// Returns how a prompt tells where the next line goes on; nothing where a statement begins.
    pub fn prompt(&self) -> &'static str {
        match &self.inside {
            Inside::Single(_) => "'",
            Inside::Double => "\"",
            Inside::Dollar(_) => "$",
            Inside::Comment(_) => "*",
            Inside::Nothing if self.depth > 0 => "(",
            Inside::Nothing if !self.buffer.trim().is_empty() => "-",
            Inside::Nothing => "",
        }
    }

    /// Returns the statement so far.
    pub fn buffer(&self) -> &str {
        &self.buffer
    }

    /// Takes the statement and is ready for the next.
    pub fn take(&mut self) -> String {
        self.depth = 0;
        self.inside = Inside::Nothing;
        self.newline_at = None;
        std::mem::take(&mut self.buffer)
    }

    /// Forgets the newline that this line has added, when nothing of the line came after it.
    pub fn forget_newline(&mut self) {
        if self.newline_at == Some(self.buffer.len()) {
            self.buffer.pop();
        }
    }

    /// Goes on from byte `at` of a line.
    ///
    /// A variable's value is put in as it stands; unlike in psql, a semicolon or a variable in it is not looked for.
    pub fn scan(&mut self, line: &str, at: &mut usize, variables: &Variables) -> Stop {
        while let Some(letter) = line.get(*at..).and_then(|rest| rest.chars().next()) {
            let rest = &line[*at..];
            match self.inside.clone() {
                Inside::Nothing => {
                    if let Some(stop) = self.bare(letter, rest, at, variables) {
                        return stop;
                    }
                    continue;
                }
                Inside::Single(true) if letter == '\\' => {
                    self.push(letter, at);
                    if let Some(hidden) = line[*at..].chars().next() {
                        self.push(hidden, at);
                    }
                    continue;
                }
                Inside::Single(_) if letter == '\'' => self.inside = Inside::Nothing,
                Inside::Double if letter == '"' => self.inside = Inside::Nothing,
                Inside::Dollar(tag) if rest.starts_with(tag.as_str()) => {
                    self.buffer.push_str(&tag);
                    *at += tag.len();
                    self.inside = Inside::Nothing;
                    continue;
                }
                Inside::Comment(depth) if rest.starts_with("*/") => {
                    self.buffer.push_str("*/");
                    *at += 2;
                    self.inside = if depth > 1 {
                        Inside::Comment(depth - 1)
                    } else {
                        Inside::Nothing
                    };
                    continue;
                }
                Inside::Comment(depth) if rest.starts_with("/*") => {
                    self.buffer.push_str("/*");
                    *at += 2;
                    self.inside = Inside::Comment(depth + 1);
                    continue;
                }
                _ => (),
            }
            self.push(letter, at);
        }
        Stop::End
    }

    fn push(&mut self, letter: char, at: &mut usize) {
        self.buffer.push(letter);
        *at += letter.len_utf8();
    }

    /// Takes a letter outside of all quotes.
    fn bare(&mut self, letter: char, rest: &str, at: &mut usize, variables: &Variables) -> Option<Stop> {
        // Blanks and comments before a statement are not sent.
        if self.buffer.is_empty() && letter.is_whitespace() {
            *at += letter.len_utf8();
            return None;
        }
        if rest.starts_with("--") {
            if !self.buffer.is_empty() {
                self.buffer.push_str(rest);
            }
            *at += rest.len();
            return None;
        }
        if rest.starts_with("/*") {
            self.buffer.push_str("/*");
            *at += 2;
            self.inside = Inside::Comment(1);
            return None;
        }
        let before = self.buffer.chars().next_back();
        let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$');
        match letter {
            '\'' => {
                let mut letters = self.buffer.chars().rev();
                let escape = matches!(letters.next(), Some('e' | 'E'))
                    && !letters.next().is_some_and(|c| c.is_alphanumeric() || c == '_');
                self.inside = Inside::Single(escape);
            }
            '"' => self.inside = Inside::Double,
            '$' if !in_word => {
                if let Some(tag) = dollar_tag(rest) {
                    self.buffer.push_str(tag);
                    *at += tag.len();
                    self.inside = Inside::Dollar(tag.to_owned());
                    return None;
                }
            }
            '(' => self.depth += 1,
            ')' => self.depth = self.depth.saturating_sub(1),
            ';' if self.depth == 0 => {
                self.push(letter, at);
                return Some(Stop::Semicolon);
            }
            '\\' if rest.starts_with("\\;") || rest.starts_with("\\:") => {
                *at += 1;
                let hidden = if rest.starts_with("\\;") { ';' } else { ':' };
                self.push(hidden, at);
                return None;
            }
            '\\' => {
                *at += 1;
                return Some(Stop::Backslash);
            }
            ':' if rest.starts_with("::") => {
                self.buffer.push_str("::");
                *at += 2;
                return None;
            }
            ':' => {
                if let Some((text, length)) = variables.reference(rest) {
                    self.buffer.push_str(&text);
                    *at += length;
                    return None;
                }
            }
            _ => (),
        }
        self.push(letter, at);
        None
    }
}

/// Returns the opening of a dollar quote: `$$` or `$tag$`.
fn dollar_tag(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('$')?;
    let end = inner.find('$')?;
    let tag = &inner[..end];
    let good = tag.chars().all(|c| c.is_alphanumeric() || c == '_') && !tag.starts_with(|c: char| c.is_ascii_digit());
    good.then(|| &rest[..end + 2])
}
