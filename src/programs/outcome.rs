//! What a short-lived program leaves behind: words on two streams, in order, and an exit code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A process's environment.
pub type Env = BTreeMap<String, String>;

/// A stream that a program writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Data.
    Stdout,
    /// Talk.
    Stderr,
}

/// The words, the exit code and the time of one run of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was written, in order of writing.
    pub said: Vec<(Stream, String)>,
    /// The exit code.
    pub code: i32,
    /// How long the program was busy, in simulated milliseconds: `pg_sleep`, time-outs of connections.
    pub busy_ms: u64,
}

impl Outcome {
    /// Writes to standard output.
    pub fn out(&mut self, text: &str) {
        self.say(Stream::Stdout, text);
    }

    /// Writes to standard error.
    pub fn err(&mut self, text: &str) {
        self.say(Stream::Stderr, text);
    }

    /// Returns all that went to standard output.
    pub fn stdout(&self) -> String {
        self.only(Stream::Stdout)
    }

    /// Returns all that went to standard error.
    pub fn stderr(&self) -> String {
        self.only(Stream::Stderr)
    }

    /// Returns both streams as a terminal shows them.
    pub fn terminal(&self) -> String {
        self.said.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Adds all of `other` at the end; its exit code becomes this one's.
    pub fn then(&mut self, other: Self) {
        for (stream, text) in &other.said {
            self.say(*stream, text);
        }
        self.code = other.code;
        self.busy_ms += other.busy_ms;
    }

    fn say(&mut self, stream: Stream, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.said.last_mut() {
            Some((last, words)) if *last == stream => words.push_str(text),
            _ => self.said.push((stream, text.to_owned())),
        }
    }

    fn only(&self, wanted: Stream) -> String {
        self.said
            .iter()
            .filter(|(stream, _)| *stream == wanted)
            .map(|(_, text)| text.as_str())
            .collect()
    }
}
