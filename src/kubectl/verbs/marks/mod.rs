//! `kubectl label` and `kubectl annotate`: marks on objects.

mod annotate;
mod change;
mod label;

use super::{DryRun, Verb};
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{manifests, names, targets};
use change::Changes;
use serde_json::Value;

pub(super) const LABEL: Verb = Verb {
    name: "label",
    aliases: &[],
    flags: FLAGS,
    run: |call| run(call, &label::LABELS),
};

pub(super) const ANNOTATE: Verb = Verb {
    name: "annotate",
    aliases: &[],
    flags: FLAGS,
    run: |call| run(call, &annotate::ANNOTATIONS),
};

const FLAGS: &[Flag] = &[
    flag("overwrite", Takes::Bool),
    flag("all", Takes::Bool),
    flag("all-namespaces", Takes::Bool).short('A'),
    flag("selector", Takes::Text).short('l'),
    flag("field-selector", Takes::Text),
    flag("list", Takes::Bool),
    flag("resource-version", Takes::Text),
    flag("local", Takes::Bool),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

/// What is marked, and how kubectl speaks of it.
struct Marks {
    /// Where the marks stand in the metadata.
    field: &'static str,
    /// `label`.
    noun: &'static str,
    /// kubectl has one printer for all objects, or a new one each.
    teller: fn(&Call<'_>) -> Verdict<Teller>,
    /// Reads the changes; the error is kubectl's.
    read: fn(&[String]) -> Verdict<Changes>,
    /// Complains of changes that contradict each other; said after the complaints about objects.
    check: fn(&Changes) -> Verdict,
    /// Complains of marks that would be overwritten.
    refuse_overwrite: fn(&Changes, &Value) -> Verdict,
    /// Whether marks that are to go and are not there are told of.
    tells_missing: bool,
    /// Returns what was done.
    done: fn(&Changes, bool) -> &'static str,
}

fn run(call: &mut Call<'_>, marks: &Marks) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    if call.flags.is_set("list") && call.flags.text("output").is_some_and(|output| !output.is_empty()) {
        return Err(Trouble::error("--list and --output may not be specified together"));
    }
    let (words, pairs) = change::split(&call.flags.words, marks.noun)?;
    let changes = (marks.read)(&pairs)?;
    refuse_nonsense(call, marks, &words, &changes, dry)?;
    let mut teller = (marks.teller)(call)?;
    if call.flags.is_set("local") {
        return local(call, marks, &changes, &mut teller, dry);
    }
    let single = targets::is_single(call, &words);
    if !single && call.flags.text("resource-version").is_some() {
        return Err(Trouble::error(
            "--resource-version may only be used with a single resource",
        ));
    }
    let (keys, mut troubles) = targets::wanted(call, &words)?;
    let several = !single;
    for key in keys {
        let marked = mark(call, marks, &changes, &key, several, &mut teller, dry);
        troubles.extend(marked.err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Refuses flags and words that do not go together (kubectl's `Validate`).
fn refuse_nonsense(call: &Call<'_>, marks: &Marks, words: &[String], changes: &Changes, dry: DryRun) -> Verdict {
    let flags = &call.flags;
    for other in ["selector", "field-selector"] {
        if flags.is_set("all") && flags.text(other).is_some_and(|text| !text.is_empty()) {
            return Err(Trouble::error(format!(
                "cannot set --all and --{other} at the same time"
            )));
        }
    }
    let no_files = flags.texts("filename").is_empty();
    if flags.is_set("local") {
        super::refuse_local_on_server(dry)?;
        if !words.is_empty() {
            return Err(Trouble::error(
                "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set",
            ));
        }
        if no_files {
            return Err(Trouble::error(
                "one or more files must be specified as -f pod.yaml or --filename=pod.json",
            ));
        }
    } else if words.is_empty() && no_files {
        return Err(Trouble::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if changes.is_empty() && !flags.is_set("list") {
        return Err(Trouble::error(format!(
            "at least one {} update is required",
            marks.noun
        )));
    }
    (marks.check)(changes)
}

/// Marks the objects of files, and asks no server.
fn local(call: &mut Call<'_>, marks: &Marks, changes: &Changes, teller: &mut Teller, dry: DryRun) -> Verdict {
    let manifests = manifests::read(call)?;
    let several = manifests.len() > 1;
    for manifest in manifests {
        let key = manifest.key(call)?;
        let mut tree = manifest.document.value.clone();
        let before = tree.clone();
        change(call, marks, changes, &mut tree)?;
        if call.flags.is_set("list") {
            list(call, marks, &key, &tree, several);
            continue;
        }
        let done = (marks.done)(changes, tree != before);
        teller.tell_tree(call, &names::of_key(&key), &tree, &format!("{done}{}", dry.suffix()))?;
    }
    Ok(())
}

fn change(call: &Call<'_>, marks: &Marks, changes: &Changes, tree: &mut Value) -> Verdict {
    if !call.flags.is_set("overwrite") {
        (marks.refuse_overwrite)(changes, &tree["metadata"][marks.field])?;
    }
    changes.make(tree, marks.field);
    Ok(())
}

fn mark(
    call: &mut Call<'_>,
    marks: &Marks,
    changes: &Changes,
    key: &Key,
    several: bool,
    teller: &mut Teller,
    dry: DryRun,
) -> Verdict {
    let old = call.find(key)?;
    check_version(call, &old)?;
    let mut new = old.to_value();
    if marks.tells_missing && dry != DryRun::Client && !call.flags.is_set("list") {
        for name in changes.missing(&new["metadata"][marks.field]) {
            call.line(format!("{} \"{name}\" not found.", marks.noun));
        }
    }
    change(call, marks, changes, &mut new)?;
    if call.flags.is_set("list") {
        list(call, marks, key, &new, several);
        return Ok(());
    }
    let (object, changed) = super::put(call, &old, new, dry)?;
    let done = (marks.done)(changes, changed);
    teller.tell(call, &object, &format!("{done}{}", dry.suffix()))
}

/// A revision that was named must be the one that the server holds (`GuaranteedUpdate`).
fn check_version(call: &Call<'_>, old: &Object) -> Verdict {
    let Some(wanted) = call.flags.text("resource-version").filter(|wanted| !wanted.is_empty()) else {
        return Ok(());
    };
    if old.meta().resource_version.to_string() == wanted {
        return Ok(());
    }
    Err(Trouble::refused(&crate::store::Refusal::Conflict(old.key())))
}

/// Lists the marks of an object; where several are listed, each has a heading.
fn list(call: &mut Call<'_>, marks: &Marks, key: &Key, tree: &Value, several: bool) {
    let mut indent = "";
    if several {
        let info = key.kind.info();
        let (kind, group) = (info.kind.to_string(), info.group.to_string());
        call.line(format!("Listing {}s for {kind}.{group}/{}:", marks.noun, key.name));
        indent = " ";
    }
    let held = tree["metadata"][marks.field].as_object().cloned().unwrap_or_default();
    for (key, value) in held {
        call.line(format!("{indent}{key}={}", value.as_str().unwrap_or("")));
    }
}
