//! From tokens to the tree of a template (Go's `text/template/parse/parse.go`), with its errors.

mod pipeline;

use super::lex::{Kind, Token, tokens};
use super::node::Node;
use super::printf::unquote;
use std::collections::BTreeMap;

/// How deep templates may nest; Go has no such bound, but then it has no small stack either.
const DEEPEST: usize = 32;

/// The trees of a template: its own, and those of its `define`s.
pub type Trees = BTreeMap<String, Vec<Node>>;

/// The name under which kubectl parses a template.
pub const NAME: &str = "output";

/// Reads a template; the error is Go's.
pub fn parse(text: &str) -> Result<Trees, String> {
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
        read: 0,
        action_line: 0,
        vars: vec!["$".to_owned()],
        ranges: 0,
        depth: 0,
        trees: Trees::new(),
    };
    let (list, end) = parser.list(true)?;
    match end {
        Stop::Eof => (),
        Stop::End => return Err(parser.error("unexpected {{end}}")),
        Stop::Else => return Err(parser.error("unexpected {{else}}")),
    }
    parser.trees.insert(NAME.to_owned(), list);
    Ok(parser.trees)
}

/// What ended a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Eof,
    End,
    Else,
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// The place of the token that was read last, for the line of errors.
    read: usize,
    action_line: usize,
    vars: Vec<String>,
    ranges: usize,
    depth: usize,
    trees: Trees,
}

type Parsed<T> = Result<T, String>;

impl Parser {
    fn next(&mut self) -> Token {
        let at = self.at.min(self.tokens.len() - 1);
        self.read = at;
        self.at = at + 1;
        self.tokens[at].clone()
    }

    fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    fn peek(&mut self) -> Token {
        let token = self.next();
        self.back();
        token
    }

    fn skip_space(&mut self) {
        while self.peek().kind == Kind::Space {
            self.next();
        }
    }

    fn next_word(&mut self) -> Token {
        self.skip_space();
        self.next()
    }

    fn peek_word(&mut self) -> Token {
        self.skip_space();
        self.peek()
    }

    fn error(&self, why: impl AsRef<str>) -> String {
        let line = self.tokens[self.read].line;
        format!("template: {NAME}:{line}: {}", why.as_ref())
    }

    fn unexpected(&self, token: &Token, context: &str) -> String {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {} in {context}", token.shown()));
        }
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != token.line {
            extra = format!(" in action started at {NAME}:{}", self.action_line);
            if token.text.ends_with(" action") {
                extra = extra[" in action".len()..].to_owned();
            }
        }
        self.error(format!("{}{extra}", token.text))
    }

    fn expect_close(&mut self, context: &str) -> Parsed<()> {
        let token = self.next_word();
        match token.kind {
            Kind::RightDelim => Ok(()),
            _ => Err(self.unexpected(&token, context)),
        }
    }

    /// Reads nodes up to an `end`, an `else`, or, at the top, the end of the text.
    fn list(&mut self, top: bool) -> Parsed<(Vec<Node>, Stop)> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("nested too deeply"));
        }
        let mut nodes = Vec::new();
        loop {
            let token = self.next_word();
            match token.kind {
                Kind::Eof if top => return Ok((nodes, Stop::Eof)),
                Kind::Eof => return Err(self.error("unexpected EOF")),
                Kind::Text => nodes.push(Node::Text(token.text)),
                Kind::LeftDelim => {
                    self.action_line = token.line;
                    let ended = self.action(top, &mut nodes)?;
                    self.action_line = 0;
                    if let Some(end) = ended {
                        self.depth -= 1;
                        return Ok((nodes, end));
                    }
                }
                _ => return Err(self.unexpected(&token, "input")),
            }
        }
    }

    fn action(&mut self, top: bool, nodes: &mut Vec<Node>) -> Parsed<Option<Stop>> {
        let word = self.next_word();
        let name = match word.kind {
            Kind::Keyword => word.text.as_str(),
            _ => "",
        };
        match name {
            "if" | "with" => nodes.push(self.branch(name)?),
            "range" => nodes.push(self.branch("range")?),
            "end" => {
                self.expect_close("end")?;
                return Ok(Some(Stop::End));
            }
            "else" => {
                let next = self.peek_word();
                if !(next.kind == Kind::Keyword && matches!(next.text.as_str(), "if" | "with")) {
                    self.expect_close("else")?;
                }
                return Ok(Some(Stop::Else));
            }
            "break" | "continue" => {
                let token = self.next_word();
                if token.kind != Kind::RightDelim {
                    return Err(self.unexpected(&token, &format!("{{{{{name}}}}}")));
                }
                if self.ranges == 0 {
                    return Err(self.error(format!("{{{{{name}}}}} outside {{{{range}}}}")));
                }
                nodes.push(if name == "break" { Node::Break } else { Node::Continue });
            }
            "template" => nodes.push(self.template()?),
            "block" => nodes.push(self.block()?),
            "define" if top && self.depth == 1 => self.define()?,
            _ => {
                self.back();
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                nodes.push(Node::Action(pipe));
            }
        }
        Ok(None)
    }

    /// Reads `if`, `with` or `range` with its lists.
    fn branch(&mut self, word: &str) -> Parsed<Node> {
        let vars = self.vars.len();
        let pipe = self.pipeline(word, Kind::RightDelim)?;
        self.ranges += usize::from(word == "range");
        let (list, end) = self.list(false)?;
        self.ranges -= usize::from(word == "range");
        let mut other = Vec::new();
        if end == Stop::Else {
            let next = self.peek();
            let chained = next.kind == Kind::Keyword && next.text == word && word != "range";
            if chained {
                self.next();
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(self.error("nested too deeply"));
                }
                other.push(self.branch(word)?);
                self.depth -= 1;
            } else if next.kind == Kind::Keyword && matches!(next.text.as_str(), "if" | "with") {
                self.next();
                return Err(self.unexpected(&next, "else"));
            } else {
                let (nodes, end) = self.list(false)?;
                if end == Stop::Else {
                    return Err(self.error("expected end; found {{else}}"));
                }
                other = nodes;
            }
        }
        self.vars.truncate(vars);
        Ok(match word {
            "range" => Node::Range { pipe, list, other },
            word => Node::Branch {
                with: word == "with",
                pipe,
                list,
                other,
            },
        })
    }

    fn name(&mut self, context: &str) -> Parsed<(usize, String)> {
        let token = self.next_word();
        match token.kind {
            Kind::Str | Kind::RawStr => match unquote(&token.text) {
                Some(name) => Ok((token.pos, name)),
                None => Err(self.error("invalid syntax")),
            },
            _ => Err(self.unexpected(&token, context)),
        }
    }

    fn template(&mut self) -> Parsed<Node> {
        let (pos, name) = self.name("template clause")?;
        let pipe = if self.next_word().kind == Kind::RightDelim {
            None
        } else {
            self.back();
            Some(self.pipeline("template clause", Kind::RightDelim)?)
        };
        Ok(Node::Template { pos, name, pipe })
    }

    fn block(&mut self) -> Parsed<Node> {
        let (pos, name) = self.name("block clause")?;
        let pipe = self.pipeline("block clause", Kind::RightDelim)?;
        self.body(&name, "unexpected {{else}} in block clause")?;
        Ok(Node::Template {
            pos,
            name,
            pipe: Some(pipe),
        })
    }

    fn define(&mut self) -> Parsed<()> {
        let (_, name) = self.name("define clause")?;
        let token = self.next_word();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(&token, "define clause"));
        }
        self.body(&name, "unexpected {{else}} in define clause")
    }

    /// Reads the body of a template with its own variables.
    fn body(&mut self, name: &str, on_else: &str) -> Parsed<()> {
        let vars = std::mem::replace(&mut self.vars, vec!["$".to_owned()]);
        let (list, end) = self.list(false)?;
        if end == Stop::Else {
            return Err(self.error(on_else));
        }
        self.vars = vars;
        self.trees.insert(name.to_owned(), list);
        Ok(())
    }
}
