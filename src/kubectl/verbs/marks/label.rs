//! What is particular of labels: their values are checked, and each object is told of as labeled, unlabeled or not.

use super::Marks;
use super::change::Changes;
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::manifest::validate::names;
use serde_json::Value;

pub(super) const LABELS: Marks = Marks {
    field: "labels",
    noun: "label",
    teller: |call| Teller::unparted(call),
    read,
    check: |_| Ok(()),
    refuse_overwrite,
    tells_missing: true,
    done: |changes, changed| match (changed, changes.set.is_empty()) {
        (false, _) => "not labeled",
        (true, true) => "unlabeled",
        (true, false) => "labeled",
    },
};

fn read(pairs: &[String]) -> Verdict<Changes> {
    let mut changes = Changes::default();
    for pair in pairs {
        match pair.split_once('=') {
            Some((_, value)) if value.contains('=') => {
                return Err(Trouble::error(format!("invalid label spec: {pair}")));
            }
            Some((key, value)) => {
                let wrong = names::label_value(value);
                if !wrong.is_empty() {
                    return Err(Trouble::error(format!(
                        "invalid label value: \"{pair}\": {}",
                        wrong.join(";")
                    )));
                }
                changes.put(key, value);
            }
            None => changes.removed.push(pair.trim_end_matches('-').to_owned()),
        }
    }
    if !changes.contradictions().is_empty() {
        return Err(Trouble::error(
            "can not both modify and remove a label in the same command",
        ));
    }
    Ok(changes)
}

fn refuse_overwrite(changes: &Changes, held: &Value) -> Verdict {
    match changes.overwritten(held).first() {
        Some((key, old)) => Err(Trouble::error(format!(
            "'{key}' already has a value ({old}), and --overwrite is false"
        ))),
        None => Ok(()),
    }
}
