//! The refusal of an apply: fields that others own and that would get another value.

use super::faults::print;
use super::managers::{Entry, Operation};
use super::set::Set;
use serde_json::Value;
use std::fmt;

/// What is in the way of an apply: managers, and what they own of what would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflicts(Vec<(Who, Set)>);

/// A manager that is in the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Who {
    /// What the server orders managers by: its identifier (`BuildManagerIdentifier`).
    identifier: String,
    /// As a person is told of it.
    title: String,
}

impl Conflicts {
    /// Notes what an entry owns.
    pub fn note(&mut self, entry: &Entry, fields: Set) {
        if !fields.is_empty() {
            let (identifier, title) = (identifier(entry), title(entry));
            self.0.push((Who { identifier, title }, fields));
        }
    }

    /// Says whether nothing is in the way.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the conflicts that are not about these fields.
    pub fn but(&self, allowed: &Set) -> Self {
        let left = self
            .0
            .iter()
            .map(|(who, fields)| (who.clone(), fields.difference(allowed)));
        Self(left.filter(|(_, fields)| !fields.is_empty()).collect())
    }
}

/// Returns an entry's manager as JSON, in the order of the fields of Go's struct.
fn identifier(entry: &Entry) -> String {
    let version = match entry.operation {
        Operation::Apply => "",
        Operation::Update => &entry.api_version,
    };
    let operation = format!("{:?}", entry.operation);
    let fields = [
        ("manager", entry.manager.as_str()),
        ("operation", operation.as_str()),
        ("apiVersion", version),
        ("subresource", entry.subresource.as_str()),
    ];
    let said = fields.iter().filter(|(_, text)| !text.is_empty());
    let said: Vec<String> = said
        .map(|(field, text)| format!("\"{field}\":{}", Value::from(*text)))
        .collect();
    format!("{{{}}}", said.join(","))
}

/// Names an entry as a conflict names it (`printManager`).
fn title(entry: &Entry) -> String {
    let mut text = Value::from(entry.manager.as_str()).to_string();
    if !entry.subresource.is_empty() {
        text.push_str(&format!(" with subresource \"{}\"", entry.subresource));
    }
    if entry.operation == Operation::Update {
        text.push_str(&format!(" using {}", entry.api_version));
    }
    text
}

impl fmt::Display for Conflicts {
    /// In the server's words (`getConflictMessage`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printed = |fields: &Set| fields.paths().iter().map(|path| print(path)).collect();
        let mut found: Vec<(&Who, Vec<String>)> = self.0.iter().map(|(who, fields)| (who, printed(fields))).collect();
        found.sort();
        let count: usize = found.iter().map(|(_, paths)| paths.len()).sum();
        if let ([(who, paths)], 1) = (found.as_slice(), count) {
            return write!(
                f,
                "Apply failed with 1 conflict: conflict with {}: {}",
                who.title,
                paths.concat()
            );
        }
        let lines = found.iter().map(|(who, paths)| {
            let paths: String = paths.iter().map(|path| format!("\n- {path}")).collect();
            format!("conflicts with {}:{paths}", who.title)
        });
        let lines: Vec<String> = lines.collect();
        write!(f, "Apply failed with {count} conflicts: {}", lines.join("\n"))
    }
}

impl std::error::Error for Conflicts {}
