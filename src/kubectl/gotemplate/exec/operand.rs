//! The values of operands: fields, functions and their arguments, constants.

use super::{Got, Ran, Run};
use crate::kubectl::gotemplate::funcs;
use crate::kubectl::gotemplate::node::{Arg, Command, Number, Term};
use crate::kubectl::gotemplate::printf::quote;
use crate::kubectl::gotemplate::value::Val;

impl Run<'_> {
    pub(super) fn chain_start(&mut self, dot: &Got, inner: &Arg, whole: &Arg) -> Ran<Got> {
        match inner.term {
            Term::Nil => self.error(format!("indirection through explicit nil in {}", whole.shown())),
            _ => self.argument(dot, inner),
        }
    }

    /// Goes from a value into its fields.
    pub(super) fn chain(&mut self, start: Got, names: &[String], node: &Arg, has_args: bool) -> Ran<Got> {
        let mut at = start;
        for (i, name) in names.iter().enumerate() {
            let last = i + 1 == names.len();
            at = self.field(&at, name, node, last && has_args)?;
        }
        Ok(at)
    }

    pub(super) fn field(&mut self, from: &Got, name: &str, node: &Arg, has_args: bool) -> Ran<Got> {
        self.stand(node.pos, node.shown());
        let type_name = if from.boxed {
            "interface {}"
        } else {
            from.val.type_name()
        };
        match &from.val {
            Val::Missing if self.strict => self.error(format!("nil data; no entry for key {}", quote(name))),
            Val::Missing => Ok(Got::typed(Val::Missing)),
            Val::Nil => self.error(format!("nil pointer evaluating {type_name}.{name}")),
            Val::Map(_) if has_args => self.error(format!("{name} is not a method but has arguments")),
            Val::Map(_) => match funcs::field(&from.val, name) {
                Some(found) => Ok(Got::boxed(found)),
                None if self.strict => self.error(format!("map has no entry for key {}", quote(name))),
                None => Ok(Got::typed(Val::Missing)),
            },
            _ => self.error(format!("can't evaluate field {name} in type {type_name}")),
        }
    }

    pub(super) fn function(&mut self, dot: &Got, name: &str, command: &Command, piped: Option<Got>) -> Ran<Got> {
        let args = &command.args[1..];
        if let Err(why) = funcs::check_count(name, args.len(), piped.is_some()) {
            return self.error(why);
        }
        if name == "and" || name == "or" {
            // They stop at the first argument that decides.
            let mut value = Got::typed(Val::Missing);
            for arg in args {
                value = self.argument(dot, arg)?;
                if value.val.is_true() == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(piped.unwrap_or(value));
        }
        let mut values = Vec::new();
        for arg in args {
            let value = self.argument(dot, arg)?;
            if values.is_empty() && funcs::wants_text(name) {
                self.want_text(&value, arg)?;
            }
            values.push(value.val);
        }
        if let Some(piped) = piped {
            if values.is_empty() && funcs::wants_text(name) && !matches!(piped.val, Val::Text(_)) {
                let found = piped.val.type_name();
                return self.error(format!("wrong type for value; expected string; got {found}"));
            }
            values.push(piped.val);
        }
        let called = match (name, args.first()) {
            ("call", Some(first)) => match &values[0] {
                Val::Missing | Val::Nil => Err("call of nil".to_owned()),
                other => Err(format!("non-function {} of type {}", first.shown(), other.type_name())),
            },
            _ => funcs::call(name, &values),
        };
        called.map(Got::typed).or_else(|why| {
            self.stand(command.pos, command.shown());
            self.error(format!("error calling {name}: {why}"))
        })
    }

    pub(super) fn want_text(&mut self, value: &Got, arg: &Arg) -> Ran<()> {
        if matches!(value.val, Val::Text(_)) {
            return Ok(());
        }
        self.stand(arg.pos, arg.shown());
        match (&arg.term, &value.val) {
            (Term::Number(..) | Term::Bool(_), _) => self.error(format!("expected string; found {}", arg.shown())),
            (Term::Nil, _) => self.error("cannot assign nil to string"),
            (_, Val::Missing) => self.error("invalid value; expected string"),
            (_, other) => {
                let found = if *other == Val::Nil {
                    "interface {}"
                } else {
                    other.type_name()
                };
                self.error(format!("wrong type for value; expected string; got {found}"))
            }
        }
    }

    /// Returns the value of an argument.
    pub(super) fn argument(&mut self, dot: &Got, arg: &Arg) -> Ran<Got> {
        self.stand(arg.pos, arg.shown());
        match &arg.term {
            Term::Dot => Ok(dot.clone()),
            Term::Nil => Ok(Got::typed(Val::Nil)),
            Term::Field(names) => self.chain(dot.clone(), names, arg, false),
            Term::Variable(name, names) => {
                let start = self.variable(name);
                self.chain(start, names, arg, false)
            }
            Term::Pipe(pipe) => self.pipeline(dot, pipe),
            Term::Chain(inner, names) => {
                let start = self.chain_start(dot, inner, arg)?;
                self.chain(start, names, arg, false)
            }
            Term::Function(name) => {
                let command = Command {
                    pos: arg.pos,
                    args: vec![arg.clone()],
                };
                self.function(dot, name, &command, None)
            }
            term => Ok(Got::typed(constant(term))),
        }
    }
}

/// Returns the value of a constant.
pub(super) fn constant(term: &Term) -> Val {
    match term {
        Term::Bool(yes) => Val::Bool(*yes),
        Term::Number(Number::Int(n), _) => Val::Int(*n),
        Term::Number(Number::Float(n), _) => Val::Float(*n),
        Term::Text(text, _) => Val::Text(text.clone()),
        _ => Val::Missing,
    }
}
