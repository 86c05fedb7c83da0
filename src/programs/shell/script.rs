//! The parts of a shell script: what the parser finds and the interpreter walks. Plain data, shared and cheap to clone.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A command, simple or compound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// Assignments, words and redirections.
    Simple(Simple),
    /// Commands whose output is the next one's input.
    Pipe(Vec<Arc<Node>>),
    /// The second runs when the first succeeds.
    And(Arc<Node>, Arc<Node>),
    /// The second runs when the first fails.
    Or(Arc<Node>, Arc<Node>),
    /// Its success is failure, and the other way round.
    Not(Arc<Node>),
    /// One after the other.
    Seq(Vec<Arc<Node>>),
    /// The first branch whose condition succeeds; the last one may have none.
    If(Vec<(Arc<Node>, Arc<Node>)>, Option<Arc<Node>>),
    /// As long as the condition succeeds; or, with `until`, fails.
    While {
        /// The condition.
        condition: Arc<Node>,
        /// What is repeated.
        body: Arc<Node>,
        /// Whether the condition must fail.
        until: bool,
    },
    /// Once for each word; without words, for each argument.
    For {
        /// The variable.
        name: String,
        /// The words.
        words: Option<Vec<Word>>,
        /// What is repeated.
        body: Arc<Node>,
    },
    /// The first arm one of whose patterns matches.
    Case(Word, Vec<(Vec<Word>, Arc<Node>)>),
    /// Commands with redirections of their own: `{ …; } > file`, `while …; done < file`.
    Redirected(Arc<Node>, Vec<Redirection>),
    /// `( … )`: what is set inside is forgotten outside.
    Subshell(Arc<Node>),
    /// `name() { …; }`.
    Function(String, Arc<Node>),
    /// `… &`.
    Background(Arc<Node>),
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simple {
    /// `NAME=value` before the words.
    pub assignments: Vec<(String, Word)>,
    /// The words: the command and its arguments.
    pub words: Vec<Word>,
    /// Where its streams lead.
    pub redirections: Vec<Redirection>,
    /// The line of the script, from 1, as dash names it.
    pub line: usize,
}

/// A word before it is expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word(pub Vec<Part>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Letters as they stand; `*` and `?` among them match file names.
    Plain(String),
    /// Letters in quotes: nothing in them means anything.
    Quoted(String),
    /// `$NAME`, `${NAME:-word}` …
    Variable {
        /// The name, or one of `?#@*$!0123456789`.
        name: String,
        /// What is done with it.
        change: Change,
        /// Whether it stands in double quotes, so that it is not split.
        quoted: bool,
    },
    /// `$(…)`.
    Command(Arc<Node>, bool),
    /// `$((…))`.
    Arithmetic(Word, bool),
}

/// What is done with the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Nothing.
    None,
    /// `${#NAME}`.
    Length,
    /// `${NAME:-word}` and its kin: the operator (`-`, `=`, `+`, `?`), whether an empty value counts as none, the word.
    Default(char, bool, Word),
    /// `${NAME#pattern}` and its kin: whether the end is meant (`%`), whether the longest (`##`), the pattern.
    Trim(bool, bool, Word),
    /// `${NAME/pattern/word}`: bash's; whether all places are meant.
    Replace(Word, Word, bool),
}

/// Where a stream leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Redirection {
    /// `< file`.
    In(Word),
    /// A here-document's text.
    Here(Word),
    /// `> file`, `2> file`: the stream, the file, whether it is added to.
    Out(u8, Word, bool),
    /// `2>&1`: the first stream leads where the second does.
    Same(u8, u8),
    /// `&> file`: both streams.
    Both(Word),
}

impl Word {
    /// Makes a word of letters that mean nothing but themselves.
    pub fn literal(text: &str) -> Self {
        Self(vec![Part::Quoted(text.to_owned())])
    }

    /// Returns the word's letters, if nothing in it has to be expanded or was quoted.
    pub fn as_plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Plain(text)] => Some(text),
            _ => None,
        }
    }
}
