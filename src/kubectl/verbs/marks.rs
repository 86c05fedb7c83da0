//! `kubectl label` and `kubectl annotate`: marks on objects.

use super::Verb;
use crate::api::Key;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{names, targets};
use serde_json::{Map, Value};

/// The annotation that `rollout history` shows.
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

pub(super) const LABEL: Verb = Verb {
    name: "label",
    aliases: &[],
    flags: FLAGS,
    run: |call| run(call, &LABELS),
};

pub(super) const ANNOTATE: Verb = Verb {
    name: "annotate",
    aliases: &[],
    flags: FLAGS,
    run: |call| run(call, &ANNOTATIONS),
};

const FLAGS: &[Flag] = &[
    flag("overwrite", Takes::Bool),
    flag("all", Takes::Bool),
    flag("all-namespaces", Takes::Bool).short('A'),
    flag("selector", Takes::Text).short('l'),
    flag("field-selector", Takes::Text),
    flag("list", Takes::Bool),
    flag("resource-version", Takes::Text).refused(),
    flag("local", Takes::Bool).refused(),
    flag("filename", Takes::Text).short('f').refused(),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text).moot(),
    flag("output", Takes::Text).short('o').refused(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

/// What is marked, and how kubectl speaks of it.
struct Marks {
    field: &'static str,
    noun: &'static str,
    done: &'static str,
    undone: &'static str,
}

const LABELS: Marks = Marks {
    field: "labels",
    noun: "label",
    done: "labeled",
    undone: "unlabeled",
};

const ANNOTATIONS: Marks = Marks {
    field: "annotations",
    noun: "annotation",
    done: "annotated",
    undone: "annotated",
};

fn run(call: &mut Call<'_>, marks: &Marks) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let (changes, words): (Vec<String>, Vec<String>) =
        call.flags.words.iter().cloned().partition(|word| is_change(word));
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for change in &changes {
        match change.split_once('=') {
            Some((key, value)) => set.push((key.to_owned(), value.to_owned())),
            None => removed.push(change.trim_end_matches('-').to_owned()),
        }
    }
    // A word that is no change is a name; a name too many is a change that lacks its sign.
    if words.is_empty() {
        return Err(Trouble::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if changes.is_empty() && !call.flags.is_set("list") {
        return Err(Trouble::error(format!(
            "at least one {} update is required",
            marks.noun
        )));
    }
    let (keys, troubles) = targets::named(call, &words)?;
    for key in keys {
        if call.flags.is_set("list") {
            list(call, &key, marks)?;
            continue;
        }
        let overwrite = call.flags.is_set("overwrite");
        let mut missing = Vec::new();
        let mut change = |tree: &mut Value| change_marks(tree, marks, &set, &removed, overwrite, &mut missing);
        let changed = if dry.is_dry() {
            let mut tree = call.find(&key)?.to_value();
            change(&mut tree)?;
            true
        } else {
            call.edit(&key, change)?
        };
        for key in missing {
            call.line(format!("{} \"{key}\" not found.", marks.noun));
        }
        let done = match (changed, set.is_empty()) {
            (true, true) => marks.undone.to_owned(),
            (false, _) if marks.noun == "label" => format!("not {}", marks.done),
            _ => marks.done.to_owned(),
        };
        call.line(format!("{} {done}{}", names::of_key(&key), dry.suffix()));
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Says whether a word is `key=value` or `key-`.
fn is_change(word: &str) -> bool {
    word.contains('=') || (word.ends_with('-') && word.len() > 1)
}

fn change_marks(
    tree: &mut Value,
    marks: &Marks,
    set: &[(String, String)],
    removed: &[String],
    overwrite: bool,
    missing: &mut Vec<String>,
) -> Verdict {
    let meta = tree["metadata"].as_object_mut().expect("every object has metadata");
    let held = meta.entry(marks.field).or_insert_with(|| Value::Object(Map::new()));
    let held = held.as_object_mut().expect("marks are a map");
    for (key, value) in set {
        if let Some(old) = held
            .get(key)
            .and_then(Value::as_str)
            .filter(|old| old != value && !overwrite)
            // The cause of a change can always be written anew (kubectl's annotate.go).
            .filter(|_| key != CHANGE_CAUSE)
        {
            let why = format!("'{key}' already has a value ({old})");
            return Err(Trouble::error(if marks.field == "annotations" {
                format!("--overwrite is false but found the following declared annotation(s): {why}")
            } else {
                format!("{why}, and --overwrite is false")
            }));
        }
        held.insert(key.clone(), value.as_str().into());
    }
    for key in removed {
        if held.remove(key).is_none() {
            missing.push(key.clone());
        }
    }
    Ok(())
}

fn list(call: &mut Call<'_>, key: &Key, marks: &Marks) -> Verdict {
    let tree = call.find(key)?.to_value();
    let held = tree["metadata"][marks.field].as_object().cloned().unwrap_or_default();
    for (key, value) in held {
        call.line(format!("{key}={}", value.as_str().unwrap_or("")));
    }
    Ok(())
}
