//! Changes to objects, as data: what `kubectl apply` sends, and what the API server makes of it.
//!
//! All on values; a kind's type only says which lists are merged and by what. Left out: fields that the type does not
//! know are merged like plain JSON, where Go refuses them.

mod strategy;
mod order;
mod diff;
mod strategic;
mod three_way;
mod merge;
mod json;

#[cfg(test)]
mod tests;

pub use json::{Operation, json_patch};
pub use merge::{merge, merge_patch, three_way_merge};
pub use strategic::strategic;
pub use three_way::{three_way, two_way};

use serde_json::Value;
use std::fmt;

/// Why a patch cannot be made or applied.
#[derive(Clone, Debug, PartialEq)]
pub enum PatchError {
    /// An item of a merged list lacks the field that tells items apart.
    NoMergeKey {
        /// The item.
        item: Value,
        /// The field.
        key: String,
    },
    /// Items of a list are of different types, or lists themselves.
    MixedList,
    /// A `$patch` that is neither `replace` nor `delete`.
    UnknownDirective(Value),
    /// A `$retainKeys` that misses a key of its own patch, or is no list.
    BadRetainKeys,
    /// A `$setElementOrder` that does not fit its list.
    BadElementOrder,
    /// An object was expected.
    NotAnObject,
    /// A JSON patch whose operation is none.
    BadOperation(String),
    /// A JSON patch whose operation does not apply.
    DoesNotApply(String),
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // k8s.io/apimachinery, pkg/util/mergepatch/errors.go
            PatchError::NoMergeKey { item, key } => {
                write!(f, "map: {} does not contain declared merge key: {key}", in_go(item))
            }
            PatchError::MixedList => f.write_str("list element types are not identical"),
            PatchError::UnknownDirective(directive) => write!(f, "unknown patch type: {}", in_go(directive)),
            PatchError::BadRetainKeys => f.write_str("invalid patch format of retainKeys"),
            PatchError::BadElementOrder => f.write_str("invalid patch format of setElementOrder list"),
            PatchError::NotAnObject => f.write_str("invalid JSON document"),
            PatchError::BadOperation(what) | PatchError::DoesNotApply(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for PatchError {}

/// Writes a value as Go's `%v` does: `map[image:nginx name:web]`.
fn in_go(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(in_go).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}:{}", in_go(value)))
                .collect();
            format!("map[{}]", pairs.join(" "))
        }
        other => other.to_string(),
    }
}
