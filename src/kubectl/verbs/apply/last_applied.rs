//! `kubectl apply view-last-applied`, `set-last-applied` and `edit-last-applied`: the annotation that remembers what was
//! written the last time.

use super::LAST_APPLIED;
use super::client::{last_applied, remembering};
use crate::api::Object;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::manifests::{self, Manifest};
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::{Verb, dry_run, put};
use crate::kubectl::{targets, yaml};
use serde_json::Value;

pub(in crate::kubectl::verbs) const VIEW_LAST: Verb = Verb {
    name: "apply view-last-applied",
    aliases: &[],
    flags: &[
        flag("all", Takes::Bool),
        flag("filename", Takes::Text).short('f'),
        flag("kustomize", Takes::Text).short('k').refused(),
        flag("output", Takes::Text).short('o'),
        flag("recursive", Takes::Bool).short('R').moot(),
        flag("selector", Takes::Text).short('l'),
    ],
    run: view,
};

pub(in crate::kubectl::verbs) const SET_LAST: Verb = Verb {
    name: "apply set-last-applied",
    aliases: &[],
    flags: &[
        flag("allow-missing-template-keys", Takes::Bool),
        flag("create-annotation", Takes::Bool),
        flag("dry-run", Takes::Optional("unchanged")),
        flag("filename", Takes::Text).short('f'),
        flag("output", Takes::Text).short('o'),
        flag("show-managed-fields", Takes::Bool),
        flag("template", Takes::Text),
    ],
    run: set,
};

/// Left out: `kubectl edit` opens an editor on the whole object, where the annotation stands too.
pub(in crate::kubectl::verbs) const EDIT_LAST: Verb = Verb {
    name: "apply edit-last-applied",
    aliases: &[],
    flags: EDIT_FLAGS,
    run: edit,
};

const EDIT_FLAGS: &[Flag] = &[
    flag("allow-missing-template-keys", Takes::Bool).refused(),
    flag("field-manager", Takes::Text).moot(),
    flag("filename", Takes::Text).short('f'),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("output", Takes::Text).short('o').refused(),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("windows-line-endings", Takes::Bool).moot(),
];

fn view(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let (keys, troubles) = targets::wanted(call, &words)?;
    let form = call.flags.text("output").unwrap_or("yaml").to_owned();
    let mut shown = Vec::new();
    for key in keys {
        // An object that was never applied has nothing to show, and kubectl says nothing of it.
        shown.extend(last_applied(&call.find(&key)?.to_value()));
    }
    if !matches!(form.as_str(), "yaml" | "json") {
        return Err(call.usage(format!(
            "Unexpected -o output mode: {form}, the flag 'output' must be one of yaml|json"
        )));
    }
    for tree in shown {
        let text = match form.as_str() {
            "yaml" => yaml::print(&tree),
            _ => indented(&tree),
        };
        call.say(text);
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Returns JSON with an indent of two.
fn indented(tree: &Value) -> String {
    // Writing JSON to a string cannot fail.
    serde_json::to_string_pretty(tree).unwrap_or_default() + "\n"
}

fn set(call: &mut Call<'_>) -> Verdict {
    let dry = dry_run(&call.flags)?;
    let words = call.flags.words.clone();
    if call.flags.texts("filename").is_empty() {
        return Err(targets::nothing_named());
    }
    let manifests = manifests::read(call)?;
    targets::refuse_words_with_files(&words)?;
    let mut teller = Teller::of(call)?;
    let mut changes: Vec<(Object, Value)> = Vec::new();
    for manifest in &manifests {
        let old = call.find(&manifest.key(call)?)?;
        let has_one = last_applied(&old.to_value()).is_some();
        if !has_one && !call.flags.is_set("create-annotation") {
            return Err(Trouble::error(format!(
                "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                old.meta().name
            )));
        }
        match annotated(manifest, &old) {
            Some(new) => changes.push((old, new)),
            None => call.line(format!("set-last-applied {}: no changes required.", old.meta().name)),
        }
    }
    for (old, new) in changes {
        let (object, _) = put(call, &old, new, dry)?;
        teller.tell(call, &object, &format!("configured{}", dry.suffix()))?;
    }
    Ok(())
}

/// Returns an object with the annotation that remembers a manifest; None where it has it already.
fn annotated(manifest: &Manifest, old: &Object) -> Option<Value> {
    let remembered = remembering(manifest.tree(&old.key()));
    let text = remembered["metadata"]["annotations"][LAST_APPLIED].clone();
    let mut new = old.to_value();
    let annotations = &mut new["metadata"]["annotations"];
    if annotations.is_null() {
        *annotations = Value::Object(serde_json::Map::new());
    }
    if annotations[LAST_APPLIED] == text {
        return None;
    }
    annotations[LAST_APPLIED] = text;
    Some(new)
}

fn edit(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    targets::wanted(call, &words)?;
    Err(Trouble::error("kubectl apply edit-last-applied is not simulated")
        .hint("write what it shall be to a file, and say kubectl apply set-last-applied -f FILE --create-annotation"))
}
