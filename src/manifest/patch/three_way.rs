//! The patch of `kubectl apply`: what the manifest says anew, and what it said before and says no more.

use super::PatchError;
use super::diff::{self, Wanted};
use super::strategic::{self, Mode};
use crate::manifest::document::type_of;
use serde_json::{Map, Value};

/// Returns the strategic merge patch that `kubectl apply` sends: `original` is what was applied last, `modified` the
/// manifest, `current` the object as it is. An empty map means that nothing changes.
///
/// What others have set, and the manifest never said, stays. What the manifest says goes before what others have changed
/// (`--overwrite`, the default).
pub fn three_way(
    api_version: &str,
    kind: &str,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<Value, PatchError> {
    let of = type_of(api_version, kind);
    let modified = object(modified)?;
    let changes = diff::maps(
        &object(current)?,
        &modified,
        of,
        Wanted {
            changes: true,
            deletions: false,
        },
    )?;
    let deletions = diff::maps(
        &object(original)?,
        &modified,
        of,
        Wanted {
            changes: false,
            deletions: true,
        },
    )?;
    strategic::maps(deletions, changes, of, Mode::Combine).map(Value::Object)
}

/// Returns the strategic merge patch that makes `modified` of `original`, as `kubectl edit` and `kubectl scale` do.
pub fn two_way(api_version: &str, kind: &str, original: &Value, modified: &Value) -> Result<Value, PatchError> {
    let wanted = Wanted {
        changes: true,
        deletions: true,
    };
    diff::maps(
        &object(original)?,
        &object(modified)?,
        type_of(api_version, kind),
        wanted,
    )
    .map(Value::Object)
}

/// An object that was never applied is an empty one.
fn object(value: &Value) -> Result<Map<String, Value>, PatchError> {
    match value {
        Value::Object(map) => Ok(map.clone()),
        Value::Null => Ok(Map::new()),
        _ => Err(PatchError::NotAnObject),
    }
}
