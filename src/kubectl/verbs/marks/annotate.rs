//! What is particular of annotations: any value will do, and an object is always told of as annotated.

use super::Marks;
use super::change::Changes;
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::Value;

/// The annotation that `rollout history` shows.
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

pub(super) const ANNOTATIONS: Marks = Marks {
    field: "annotations",
    noun: "annotation",
    teller: |call| Teller::of(call),
    read,
    check,
    refuse_overwrite,
    tells_missing: false,
    done: |_, _| "annotated",
};

fn read(pairs: &[String]) -> Verdict<Changes> {
    let mut changes = Changes::default();
    for pair in pairs {
        match pair.split_once('=') {
            Some((key, value)) => changes.put(key, value),
            None => changes.removed.push(pair.trim_end_matches('-').to_owned()),
        }
    }
    Ok(changes)
}

fn check(changes: &Changes) -> Verdict {
    let both = changes.contradictions();
    match both.is_empty() {
        true => Ok(()),
        false => Err(Trouble::error(format!(
            "can not both modify and remove the following annotation(s) in the same command: {}",
            both.join(", ")
        ))),
    }
}

fn refuse_overwrite(changes: &Changes, held: &Value) -> Verdict {
    let declared: Vec<String> = changes
        .overwritten(held)
        .iter()
        // The cause of a change can always be written anew (kubectl's annotate.go).
        .filter(|(key, _)| *key != CHANGE_CAUSE)
        .map(|(key, old)| format!("'{key}' already has a value ({old})"))
        .collect();
    match declared.is_empty() {
        true => Ok(()),
        false => Err(Trouble::error(format!(
            "--overwrite is false but found the following declared annotation(s): {}",
            declared.join("; ")
        ))),
    }
}
