//! A text that is no YAML or JSON: where it stops making sense, in words for a person.

use crate::manifest::place::Place;

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
    /// What kubectl would say after `error converting YAML to JSON: `, or for JSON after the file's name.
    pub kubectl: String,
}
