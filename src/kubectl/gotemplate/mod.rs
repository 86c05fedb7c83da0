//! Go templates, as `-o go-template` and `--template` take them: actions, pipelines, variables, `if`, `with`, `range`,
//! `define`, the functions of Go's `text/template`, and the two that kubectl adds.
//!
//! The errors are Go's, with their places. Left out: indexed verbs of `printf`, and everything about methods, channels
//! and functions as values, which no object of Kubernetes has.

mod compare;
mod exec;
mod funcs;
mod lex;
mod node;
mod parse;
mod printf;
mod value;

pub use printf::quote;
pub use value::{Val, go_syntax, plain};

use serde_json::Value;

/// A template that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    text: String,
    trees: parse::Trees,
}

impl Template {
    /// Reads a template; the error is Go's.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self {
            text: text.to_owned(),
            trees: parse::parse(text)?,
        })
    }

    /// Returns the template as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Runs the template over a tree: what it wrote, and Go's error where it came to one.
    ///
    /// `strict`: a key that is not there is an error.
    pub fn run(&self, tree: &Value, strict: bool) -> (String, Option<String>) {
        let mut run = exec::Run::new(&self.text, &self.trees, strict);
        let error = run.run(&Val::from(tree)).err();
        (run.out, error)
    }
}

#[cfg(test)]
mod tests;
