//! What a person can mend about a folder: what is wrong, and what to do.

use std::fmt;

/// Something about a folder that does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong, and where.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Trouble {
    /// Makes a trouble with its hint.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// Makes the trouble of a file that the system does not give or take.
    pub fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(
            format!("cannot {doing} {}: {error}", path.display()),
            "see whether the disk is full and whether the folder belongs to you",
        )
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  hint: {}", self.what, self.hint)
    }
}

impl std::error::Error for Trouble {}
