//! What a person can mend: what is wrong, and a hint.

use std::fmt;

/// Something about a lab that does not work, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong, and where.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Error {
    /// Makes an error with its hint.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  hint: {}", self.what, self.hint)
    }
}

impl std::error::Error for Error {}
