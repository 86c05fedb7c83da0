//! SET and SHOW, as they are written.

use sqlparser::tokenizer::Token;

use super::Command;
use super::cursor::Cursor;
use crate::programs::sql::reply::Report;

impl Cursor<'_> {
    pub(super) fn set(&mut self) -> Result<Command, Report> {
        let mut local = false;
        match (self.peek_word(0).as_deref(), self.peek_word(1).as_deref()) {
            (Some("session"), Some("characteristics")) => {
                self.at += 2;
                self.expect("as")?;
                self.expect("transaction")?;
                let (read_only, isolation) = self.modes()?;
                return Ok(Command::SetTransaction {
                    read_only,
                    isolation,
                    session: true,
                });
            }
            (Some("session"), Some("authorization")) => {
                self.at += 2;
                return Ok(if self.take("default") {
                    Command::SetRole(None)
                } else {
                    Command::SetRole(Some(self.value()?))
                });
            }
            (Some("session"), _) => self.at += 1,
            (Some("local"), _) => {
                local = true;
                self.at += 1;
            }
            (Some("transaction"), _) => {
                self.at += 1;
                let (read_only, isolation) = self.modes()?;
                return Ok(Command::SetTransaction {
                    read_only,
                    isolation,
                    session: false,
                });
            }
            (Some("constraints"), _) => return Ok(self.nothing("SET CONSTRAINTS", false, false)),
            _ => (),
        }
        if self.take("role") {
            return Ok(if self.take("none") {
                Command::SetRole(None)
            } else {
                Command::SetRole(Some(self.value()?))
            });
        }
        if self.peek_word(0).as_deref() == Some("time") && self.peek_word(1).as_deref() == Some("zone") {
            self.at += 2;
            let value = if self.take("default") || self.take("local") {
                None
            } else {
                Some(self.value()?)
            };
            return Ok(Command::Set {
                name: "TimeZone".into(),
                value,
                local,
            });
        }
        if self.take("names") {
            return Ok(Command::Set {
                name: "client_encoding".into(),
                value: Some(self.value()?),
                local,
            });
        }
        let name = self.parameter_name()?;
        let value = self.assigned_value()?;
        Ok(Command::Set { name, value, local })
    }

    pub(super) fn parameter_name(&mut self) -> Result<String, Report> {
        let mut name = self.name()?;
        while self.take_token(&Token::Period) {
            name.push('.');
            name.push_str(&self.name()?);
        }
        Ok(name)
    }

    pub(super) fn assigned_value(&mut self) -> Result<Option<String>, Report> {
        if !self.take("to") && !self.take_token(&Token::Eq) {
            return Err(self.syntax_error(self.at));
        }
        if self.take("default") {
            return Ok(None);
        }
        let mut parts = vec![self.value()?];
        while self.take_token(&Token::Comma) {
            parts.push(self.value()?);
        }
        Ok(Some(parts.join(", ")))
    }

    /// Reads a value of a parameter: a word, a text or a number.
    pub(super) fn value(&mut self) -> Result<String, Report> {
        let minus = self.take_token(&Token::Minus);
        let value = match self.tokens.get(self.at).map(|token| &token.token) {
            Some(Token::Word(word)) => {
                if word.quote_style.is_some() {
                    word.value.clone()
                } else {
                    word.value.to_lowercase()
                }
            }
            Some(Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text)) => text.clone(),
            Some(Token::Number(digits, _)) => digits.clone(),
            _ => return Err(self.syntax_error(self.at)),
        };
        self.at += 1;
        Ok(if minus { format!("-{value}") } else { value })
    }

    pub(super) fn show(&mut self) -> Result<Command, Report> {
        if self.take("all") {
            return Ok(Command::Show(None));
        }
        for (words, name) in [
            (&["time", "zone"][..], "TimeZone"),
            (&["transaction", "isolation", "level"], "transaction_isolation"),
            (&["session", "authorization"], "session_authorization"),
        ] {
            if words
                .iter()
                .enumerate()
                .all(|(at, word)| self.peek_word(at).as_deref() == Some(*word))
            {
                self.at += words.len();
                return Ok(Command::Show(Some(name.into())));
            }
        }
        Ok(Command::Show(Some(self.parameter_name()?)))
    }
}
