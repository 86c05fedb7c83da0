//! Where something stands in a text.

use serde::{Deserialize, Serialize};

/// A stretch of one line: line and column count from 1, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column of the first character, from 1; a tab counts as one.
    pub column: u32,
    /// How many characters a caret line underlines; at least 1.
    pub width: u32,
}

impl Place {
    /// Makes a place of one line.
    pub fn new(line: u32, column: u32, width: u32) -> Place {
        Place {
            line,
            column,
            width: width.max(1),
        }
    }
}
