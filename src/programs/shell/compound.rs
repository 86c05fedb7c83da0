//! Compound commands: `if`, loops, `case`, functions.

use std::sync::Arc;

use super::lex::Token;
use super::parse::{Parser, Trouble, is_name};
use super::script::{Node, Word};

impl Parser {
    pub(super) fn if_command(&mut self) -> Result<Node, Trouble> {
        let mut branches = Vec::new();
        loop {
            let condition = self.list(&["then"])?;
            self.expect_word("then")?;
            let body = self.list(&["elif", "else", "fi"])?;
            branches.push((condition, body));
            if self.eat_word("elif") {
                continue;
            }
            let otherwise = if self.eat_word("else") {
                Some(self.list(&["fi"])?)
            } else {
                None
            };
            self.expect_word("fi")?;
            return Ok(Node::If(branches, otherwise));
        }
    }

    pub(super) fn do_group(&mut self) -> Result<Arc<Node>, Trouble> {
        self.expect_word("do")?;
        let body = self.list(&["done"])?;
        self.expect_word("done")?;
        Ok(body)
    }

    pub(super) fn for_command(&mut self) -> Result<Node, Trouble> {
        let Some(Token::Word(name)) = self.peek().cloned() else {
            return Err(self.unexpected());
        };
        let Some(name) = name.as_plain().filter(|name| is_name(name)).map(str::to_owned) else {
            return Err(Trouble::new(self.line(), "Syntax error: Bad for loop variable"));
        };
        self.at += 1;
        self.newlines();
        let mut words = None;
        if self.eat_word("in") {
            let mut list = Vec::new();
            while let Some(Token::Word(word)) = self.peek() {
                list.push(word.clone());
                self.at += 1;
            }
            words = Some(list);
        }
        while self.eat_op(";") || self.eat_op("\n") {}
        Ok(Node::For {
            name,
            words,
            body: self.do_group()?,
        })
    }

    pub(super) fn case_command(&mut self) -> Result<Node, Trouble> {
        let Some(Token::Word(subject)) = self.peek().cloned() else {
            return Err(self.unexpected());
        };
        self.at += 1;
        self.newlines();
        self.expect_word("in")?;
        let mut arms = Vec::new();
        loop {
            while self.eat_op("\n") {}
            if self.eat_word("esac") {
                return Ok(Node::Case(subject, arms));
            }
            self.eat_op("(");
            let mut patterns = Vec::new();
            loop {
                let Some(Token::Word(pattern)) = self.peek().cloned() else {
                    return Err(self.unexpected());
                };
                self.at += 1;
                patterns.push(pattern);
                if !self.eat_op("|") {
                    break;
                }
            }
            if !self.eat_op(")") {
                return Err(self.unexpected());
            }
            let body = self.list(&["esac"])?;
            arms.push((patterns, body));
            self.eat_op(";;");
        }
    }

    pub(super) fn function(&mut self, word: &Word) -> Result<Arc<Node>, Trouble> {
        let Some(name) = word.as_plain() else {
            return Err(self.unexpected());
        };
        self.at += 1;
        if !self.eat_op(")") {
            return Err(self.unexpected());
        }
        self.newlines();
        Ok(Arc::new(Node::Function(name.to_owned(), self.command()?)))
    }
}
