//! A place in the tokens of a statement: words taken, names read, and what is said of those that do not fit.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::programs::sql::reply::Report;
use crate::programs::sql::source::{Piece, Source};

pub(super) struct Cursor<'a> {
    pub(super) source: &'a Source,
    pub(super) piece: &'a Piece,
    pub(super) tokens: &'a [TokenWithSpan],
    pub(super) at: usize,
}

impl Cursor<'_> {
    fn word_at(&self, at: usize) -> Option<String> {
        match &self.tokens.get(at)?.token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_lowercase()),
            _ => None,
        }
    }

    pub(super) fn peek_word(&self, ahead: usize) -> Option<String> {
        self.word_at(self.at + ahead)
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let here = self.peek_word(0).as_deref() == Some(word);
        self.at += usize::from(here);
        here
    }

    pub(super) fn take_token(&mut self, token: &Token) -> bool {
        let here = self.tokens.get(self.at).is_some_and(|it| it.token == *token);
        self.at += usize::from(here);
        here
    }

    pub(super) fn skip_any(&mut self, words: &[&str]) {
        for word in words {
            self.take(word);
        }
    }

    pub(super) fn expect(&mut self, word: &str) -> Result<(), Report> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.syntax_error(self.at))
        }
    }

    pub(super) fn syntax_error(&self, at: usize) -> Report {
        match self.tokens.get(at) {
            Some(token) => self.source.syntax_error_at(token),
            None => self.source.syntax_error_behind(self.piece),
        }
    }

    pub(super) fn no_chain(&mut self) -> Result<(), Report> {
        if self.peek_word(0).as_deref() == Some("and") {
            if self.peek_word(1).as_deref() == Some("no") {
                self.at += 3;
                return Ok(());
            }
            return Err(Report::beyond("AND CHAIN"));
        }
        Ok(())
    }

    pub(super) fn rest(&self) -> String {
        let words: Vec<String> = self.tokens[self.at.min(self.tokens.len())..]
            .iter()
            .map(|token| token.token.to_string().to_lowercase())
            .collect();
        words.join(" ")
    }

    /// Reads a name: folded, unless it is quoted.
    pub(super) fn name(&mut self) -> Result<String, Report> {
        match self.tokens.get(self.at).map(|token| &token.token) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(if word.quote_style.is_some() {
                    word.value.clone()
                } else {
                    word.value.to_lowercase()
                })
            }
            _ => Err(self.syntax_error(self.at)),
        }
    }

    /// Reads the name of a role; the words for oneself are left for the session.
    pub(super) fn role_name(&mut self) -> Result<String, Report> {
        let name = self.name()?;
        if self.at > 0 && self.word_at(self.at - 1).as_deref() == Some("public") {
            return Err(Report::error("42939", "role name \"public\" is reserved"));
        }
        Ok(name)
    }

    pub(super) fn qualified_name(&mut self) -> Result<(Option<String>, String), Report> {
        let first = self.name()?;
        if self.take_token(&Token::Period) {
            Ok((Some(first), self.name()?))
        } else {
            Ok((None, first))
        }
    }

    pub(super) fn name_list(&mut self) -> Result<Vec<String>, Report> {
        let mut names = vec![self.name()?];
        while self.take_token(&Token::Comma) {
            names.push(self.name()?);
        }
        Ok(names)
    }

    pub(super) fn if_exists(&mut self) -> bool {
        let here = self.peek_word(0).as_deref() == Some("if") && self.peek_word(1).as_deref() == Some("exists");
        self.at += if here { 2 } else { 0 };
        here
    }

    pub(super) fn modes(&mut self) -> Result<(Option<bool>, Option<String>), Report> {
        let (mut read_only, mut isolation) = (None, None);
        loop {
            if self.take("read") {
                read_only = Some(if self.take("only") {
                    true
                } else {
                    self.expect("write")?;
                    false
                });
            } else if self.take("isolation") {
                self.expect("level")?;
                let mut level = self.name()?;
                if level != "serializable" {
                    level = format!("{level} {}", self.name()?);
                }
                isolation = Some(level);
            } else if self.take("not") {
                self.expect("deferrable")?;
            } else if !self.take("deferrable") && !self.take_token(&Token::Comma) {
                return Ok((read_only, isolation));
            }
        }
    }

    pub(super) fn whole(&mut self) -> Result<i64, Report> {
        let at = self.at;
        self.value()?.parse().map_err(|_| self.syntax_error(at))
    }
}
