//! Runs a template over a tree (Go's `text/template/exec.go`), with its errors.

mod operand;

use super::funcs;
use super::node::{Arg, Command, Node, Pipe, Term};
use super::parse::{NAME, Trees};
use super::printf::quote;
use super::value::{Val, plain};
use operand::constant;

/// How deep lists and pipelines may stand in one another while a template runs, templates that call themselves
/// included; Go's bound is a hundred thousand, and its stack grows.
const DEEPEST: usize = 150;

/// A value, and whether Go knows no more of its type than `interface {}`, as of what comes out of a map or a list.
#[derive(Clone)]
struct Got {
    val: Val,
    boxed: bool,
}

impl Got {
    fn typed(val: Val) -> Self {
        Self { val, boxed: false }
    }

    fn boxed(val: Val) -> Self {
        Self { val, boxed: true }
    }
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

type Ran<T> = Result<T, String>;

/// A template on its way.
pub struct Run<'a> {
    text: &'a str,
    trees: &'a Trees,
    /// A key that a map lacks is an error.
    strict: bool,
    /// What has been written.
    pub out: String,
    name: String,
    /// The place and the words of what errors speak of.
    at: (usize, String),
    vars: Vec<(String, Got)>,
    depth: usize,
}

impl<'a> Run<'a> {
    /// Makes a run.
    pub fn new(text: &'a str, trees: &'a Trees, strict: bool) -> Self {
        Self {
            text,
            trees,
            strict,
            out: String::new(),
            name: NAME.to_owned(),
            at: (0, String::new()),
            vars: vec![],
            depth: 0,
        }
    }

    /// Runs the template; what was written before an error stays.
    pub fn run(&mut self, dot: &Val) -> Ran<()> {
        let dot = Got::typed(dot.clone());
        self.vars.push(("$".to_owned(), dot.clone()));
        let trees = self.trees;
        match trees.get(NAME) {
            Some(list) => self.walk(&dot, list).map(drop),
            None => Ok(()),
        }
    }

    fn error<T>(&self, why: impl AsRef<str>) -> Ran<T> {
        let (pos, context) = &self.at;
        let before = &self.text[..*pos];
        let line = 1 + before.matches('\n').count();
        let column = before.rfind('\n').map_or(*pos, |newline| pos - newline - 1);
        Err(format!(
            "template: {NAME}:{line}:{column}: executing {} at <{context}>: {}",
            quote(&self.name),
            why.as_ref()
        ))
    }

    fn stand(&mut self, pos: usize, context: String) {
        self.at = (pos, context);
    }

    fn deeper(&mut self) -> Ran<()> {
        self.depth += 1;
        match self.depth > DEEPEST {
            true => self.error(format!("exceeded maximum template depth ({DEEPEST})")),
            false => Ok(()),
        }
    }

    fn walk(&mut self, dot: &Got, list: &[Node]) -> Ran<Flow> {
        self.deeper()?;
        let mut flow = Flow::On;
        for node in list {
            flow = self.step(dot, node)?;
            if flow != Flow::On {
                break;
            }
        }
        self.depth -= 1;
        Ok(flow)
    }

    fn step(&mut self, dot: &Got, node: &Node) -> Ran<Flow> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
            Node::Action(pipe) => {
                let got = self.pipeline(dot, pipe)?;
                if pipe.decl.is_empty() {
                    let text = match got.val {
                        Val::Missing | Val::Nil => "<no value>".to_owned(),
                        val => plain(&val),
                    };
                    self.out.push_str(&text);
                }
            }
            Node::Branch {
                with,
                pipe,
                list,
                other,
            } => {
                let mark = self.vars.len();
                let got = self.pipeline(dot, pipe)?;
                let flow = match (got.val.is_true(), with) {
                    (true, true) => self.walk(&got, list)?,
                    (true, false) => self.walk(dot, list)?,
                    (false, _) => self.walk(dot, other)?,
                };
                self.vars.truncate(mark);
                return Ok(flow);
            }
            Node::Range { pipe, list, other } => return self.range(dot, pipe, list, other),
            Node::Template { pos, name, pipe } => self.template(dot, *pos, name, pipe.as_ref())?,
        }
        Ok(Flow::On)
    }

    fn range(&mut self, dot: &Got, pipe: &Pipe, list: &[Node], other: &[Node]) -> Ran<Flow> {
        let outer = self.vars.len();
        let got = self.pipeline(dot, pipe)?;
        let Some(elements) = funcs::elements(&got.val) else {
            return self.error(format!("range can't iterate over {}", plain(&got.val)));
        };
        let mark = self.vars.len();
        if elements.is_empty() {
            let flow = self.walk(dot, other)?;
            self.vars.truncate(outer);
            return Ok(flow);
        }
        for (key, element) in elements {
            let element = Got::boxed(element);
            let names: &[String] = &pipe.decl;
            let values = match names.len() {
                0 => vec![],
                1 => vec![element.clone()],
                _ => vec![Got::typed(key), element.clone()],
            };
            for (name, value) in names.iter().zip(values) {
                self.set(name, value);
            }
            let flow = self.walk(&element, list)?;
            self.vars.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        self.vars.truncate(outer);
        Ok(Flow::On)
    }

    fn template(&mut self, dot: &Got, pos: usize, name: &str, pipe: Option<&Pipe>) -> Ran<()> {
        let inside = pipe.map_or(String::new(), |pipe| format!(" {}", pipe.shown()));
        self.stand(pos, format!("{{{{template {}{inside}}}}}", quote(name)));
        let trees = self.trees;
        let Some(list) = trees.get(name) else {
            return self.error(format!("template {} not defined", quote(name)));
        };
        let dot = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Got::typed(Val::Missing),
        };
        let vars = std::mem::replace(&mut self.vars, vec![("$".to_owned(), dot.clone())]);
        let own = std::mem::replace(&mut self.name, name.to_owned());
        self.walk(&dot, list)?;
        self.name = own;
        self.vars = vars;
        Ok(())
    }

    fn set(&mut self, name: &str, value: Got) {
        if let Some((_, held)) = self.vars.iter_mut().rev().find(|(held, _)| held == name) {
            *held = value;
        }
    }

    /// Returns the value of a pipeline; what is inside an `interface {}` comes out of it.
    fn pipeline(&mut self, dot: &Got, pipe: &Pipe) -> Ran<Got> {
        self.stand(pipe.pos, pipe.shown());
        self.deeper()?;
        let mut value: Option<Got> = None;
        for command in &pipe.commands {
            let got = self.command(dot, command, value.take())?;
            value = Some(Got::typed(got.val));
        }
        self.depth -= 1;
        let value = value.unwrap_or(Got::typed(Val::Missing));
        // A `range` gives its variables each element itself; here they only come to be.
        for name in &pipe.decl {
            if pipe.is_assign {
                self.set(name, value.clone());
            } else {
                self.vars.push((name.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Got, command: &Command, piped: Option<Got>) -> Ran<Got> {
        let first = &command.args[0];
        let has_args = command.args.len() > 1 || piped.is_some();
        match &first.term {
            Term::Field(names) => {
                self.stand(first.pos, first.shown());
                return self.chain(dot.clone(), names, first, has_args);
            }
            Term::Chain(inner, names) => {
                self.stand(first.pos, first.shown());
                let start = self.chain_start(dot, inner, first)?;
                return self.chain(start, names, first, has_args);
            }
            Term::Function(name) => {
                self.stand(first.pos, first.shown());
                return self.function(dot, name, command, piped);
            }
            Term::Pipe(pipe) => {
                self.refuse_args(first, has_args)?;
                return self.pipeline(dot, pipe);
            }
            Term::Variable(name, names) => {
                self.stand(first.pos, first.shown());
                let start = self.variable(name);
                if names.is_empty() {
                    self.refuse_args(first, has_args)?;
                    return Ok(start);
                }
                return self.chain(start, names, first, has_args);
            }
            _ => (),
        }
        self.stand(first.pos, first.shown());
        self.refuse_args(first, has_args)?;
        match &first.term {
            Term::Nil => self.error("nil is not a command"),
            Term::Dot => Ok(dot.clone()),
            _ => Ok(Got::typed(constant(&first.term))),
        }
    }

    fn refuse_args(&self, first: &Arg, has_args: bool) -> Ran<()> {
        match has_args {
            true => self.error(format!("can't give argument to non-function {}", first.shown())),
            false => Ok(()),
        }
    }

    fn variable(&self, name: &str) -> Got {
        let found = self.vars.iter().rev().find(|(held, _)| held == name);
        found.map_or(Got::typed(Val::Missing), |(_, value)| value.clone())
    }
}
