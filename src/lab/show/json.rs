//! A play as JSON, one object a line.

use crate::lab::Shown;
use std::io::Write;

/// Writes each piece as one line of JSON; [`Shown`] documents the fields.
pub struct Json<W: Write> {
    out: W,
    /// The first failure to write; nothing is written after it.
    pub failed: Option<std::io::Error>,
}

impl<W: Write> Json<W> {
    /// Makes a writer of lines to `out`.
    pub fn new(out: W) -> Self {
        Self { out, failed: None }
    }

    /// Writes a piece.
    pub fn show(&mut self, shown: &Shown) {
        if self.failed.is_some() {
            return;
        }
        let line = serde_json::to_string(shown).expect("what is shown is always JSON");
        self.failed = writeln!(self.out, "{line}").err();
    }
}
