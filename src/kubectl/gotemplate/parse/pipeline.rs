//! Pipelines: variables, commands, operands.

use super::{DEEPEST, Parsed, Parser};
use crate::kubectl::gotemplate::funcs;
use crate::kubectl::gotemplate::lex::Kind;
use crate::kubectl::gotemplate::node::{Arg, Command, Number, Pipe, Term};
use crate::kubectl::gotemplate::printf::{quote, unquote};

impl Parser {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
        let mut pipe = Pipe {
            pos: self.peek_word().pos,
            decl: vec![],
            is_assign: false,
            commands: vec![],
        };
        self.declarations(context, &mut pipe)?;
        loop {
            let token = self.next_word();
            let begins = matches!(
                token.kind,
                Kind::Bool | Kind::CharConstant | Kind::Field | Kind::Identifier | Kind::Number
            ) || matches!(token.kind, Kind::Str | Kind::RawStr | Kind::Variable | Kind::LeftParen)
                || (token.kind == Kind::Keyword && matches!(token.text.as_str(), "." | "nil"));
            if token.kind == end {
                break;
            }
            if !begins {
                return Err(self.unexpected(&token, context));
            }
            self.back();
            let command = self.command()?;
            pipe.commands.push(command);
        }
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        // Only the first command of a pipeline can start with something that is no function.
        for (i, command) in pipe.commands.iter().enumerate().skip(1) {
            if matches!(
                command.args[0].term,
                Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(..) | Term::Text(..)
            ) {
                return Err(self.error(format!("non executable command in pipeline stage {}", i + 1)));
            }
        }
        Ok(pipe)
    }

    /// Reads `$x := ` and `$i, $x := `, if the pipeline begins so.
    pub(super) fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Parsed<()> {
        loop {
            let start = self.at;
            let variable = self.peek_word();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            self.next();
            let next = self.peek_word();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.is_assign = next.kind == Kind::Assign;
                    self.next();
                    self.vars.push(variable.text.clone());
                    pipe.decl.push(variable.text);
                    return Ok(());
                }
                Kind::Char if next.text == "," => {
                    self.next();
                    self.vars.push(variable.text.clone());
                    pipe.decl.push(variable.text);
                    if context != "range" || pipe.decl.len() >= 2 {
                        return Err(self.error(format!("too many declarations in {context}")));
                    }
                    if !matches!(
                        self.peek_word().kind,
                        Kind::Variable | Kind::RightDelim | Kind::RightParen
                    ) {
                        return Err(self.error("range can only initialize variables"));
                    }
                }
                _ => {
                    self.at = start;
                    return Ok(());
                }
            }
        }
    }

    pub(super) fn command(&mut self) -> Parsed<Command> {
        let mut command = Command {
            pos: self.peek_word().pos,
            args: vec![],
        };
        loop {
            self.skip_space();
            command.args.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.back(),
                Kind::Pipe => (),
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        match command.args.is_empty() {
            true => Err(self.error("empty command")),
            false => Ok(command),
        }
    }

    /// Reads a term and the fields behind it.
    pub(super) fn operand(&mut self) -> Parsed<Option<Arg>> {
        let Some(mut arg) = self.term()? else {
            return Ok(None);
        };
        let next = self.peek();
        if next.kind != Kind::Field {
            return Ok(Some(arg));
        }
        let mut names = Vec::new();
        while self.peek().kind == Kind::Field {
            names.push(self.next().text[1..].to_owned());
        }
        match &mut arg.term {
            // The place of a chain is that of its second field.
            Term::Field(own) | Term::Variable(_, own) => {
                own.extend(names);
                arg.pos = next.pos;
            }
            Term::Bool(_) | Term::Text(..) | Term::Number(..) | Term::Nil | Term::Dot => {
                return Err(self.error(format!("unexpected . after term {}", quote(&arg.shown()))));
            }
            _ => {
                arg = Arg {
                    pos: next.pos,
                    term: Term::Chain(Box::new(arg), names),
                };
            }
        }
        Ok(Some(arg))
    }

    pub(super) fn term(&mut self) -> Parsed<Option<Arg>> {
        let token = self.next_word();
        let term = match token.kind {
            Kind::Identifier if !funcs::is_known(&token.text) => {
                let name = quote(&token.text);
                return Err(self.error(format!("function {name} not defined")));
            }
            Kind::Identifier => Term::Function(token.text.clone()),
            Kind::Keyword if token.text == "." => Term::Dot,
            Kind::Keyword if token.text == "nil" => Term::Nil,
            Kind::Variable => {
                if !self.vars.contains(&token.text) {
                    let name = quote(&token.text);
                    return Err(self.error(format!("undefined variable {name}")));
                }
                Term::Variable(token.text.clone(), vec![])
            }
            Kind::Field => Term::Field(vec![token.text[1..].to_owned()]),
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::Number => {
                let number = Number::parse(&token.text).map_err(|why| self.error(why))?;
                Term::Number(number, token.text.clone())
            }
            Kind::CharConstant => {
                let inner = unquote(&token.text).filter(|inner| inner.chars().count() == 1);
                let c = inner.and_then(|inner| inner.chars().next());
                let c = c.ok_or_else(|| self.error(format!("malformed character constant: {}", token.text)))?;
                Term::Number(Number::Int(i64::from(u32::from(c))), token.text.clone())
            }
            Kind::Str | Kind::RawStr => {
                let inner = unquote(&token.text).ok_or_else(|| self.error("invalid syntax"))?;
                Term::Text(inner, token.text.clone())
            }
            Kind::LeftParen => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(self.error("nested too deeply"));
                }
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.depth -= 1;
                Term::Pipe(pipe)
            }
            _ => {
                self.back();
                return Ok(None);
            }
        };
        Ok(Some(Arg { pos: token.pos, term }))
    }
}
