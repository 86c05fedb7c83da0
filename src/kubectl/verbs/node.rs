//! `kubectl cordon`, `uncordon` and `taint`: which nodes take pods.

use super::Verb;
use crate::api::{Key, Kind, TaintEffect};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::targets::{self, Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};

pub(super) const CORDON: Verb = Verb {
    name: "cordon",
    aliases: &[],
    flags: CORDON_FLAGS,
    run: |call| run_cordon(call, true),
};

pub(super) const UNCORDON: Verb = Verb {
    name: "uncordon",
    aliases: &[],
    flags: CORDON_FLAGS,
    run: |call| run_cordon(call, false),
};

const CORDON_FLAGS: &[Flag] = &[
    flag("selector", Takes::Text).short('l'),
    flag("dry-run", Takes::Optional("unchanged")),
];

fn run_cordon(call: &mut Call<'_>, wanted: bool) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let nodes = nodes(call)?;
    for key in nodes {
        cordon(call, &key, wanted, dry)?;
    }
    Ok(())
}

/// Returns the nodes that the words or the selector name.
pub(super) fn nodes(call: &Call<'_>) -> Verdict<Vec<Key>> {
    let words = &call.flags.words;
    if words.is_empty() && call.flags.text("selector").is_none() {
        let text = format!("USAGE: {} NODE [flags]", call.verb);
        return Err(call.usage(text));
    }
    if words.is_empty() {
        let selection = Selection::of(call, Some(&Kind::Node))?;
        let found = selection.objects(call, &Target::All(Kind::Node))?;
        return Ok(found.iter().map(|node| node.key()).collect());
    }
    let mut keys = Vec::new();
    for word in words {
        let name = word.strip_prefix("node/").or_else(|| word.strip_prefix("nodes/"));
        let key = Key::cluster(Kind::Node, name.unwrap_or(word));
        call.find(&key)?;
        keys.push(key);
    }
    Ok(keys)
}

/// Marks a node, and says what was done.
pub(super) fn cordon(call: &mut Call<'_>, key: &Key, wanted: bool, dry: super::DryRun) -> Verdict {
    let set = |tree: &mut Value| {
        let spec = tree["spec"].as_object_mut().expect("a node has a spec");
        if wanted {
            spec.insert("unschedulable".to_owned(), true.into());
        } else {
            spec.remove("unschedulable");
        }
        Ok(())
    };
    let changed = if dry.is_dry() {
        let now = call.find(key)?.to_value()["spec"]["unschedulable"] == true;
        now != wanted
    } else {
        call.edit(key, set)?
    };
    let word = if wanted { "cordoned" } else { "uncordoned" };
    let already = if changed { "" } else { "already " };
    call.line(format!("node/{} {already}{word}{}", key.name, dry.suffix()));
    Ok(())
}

pub(super) const TAINT: Verb = Verb {
    name: "taint",
    aliases: &[],
    flags: TAINT_FLAGS,
    run: run_taint,
};

const TAINT_FLAGS: &[Flag] = &[
    flag("all", Takes::Bool),
    flag("overwrite", Takes::Bool),
    flag("selector", Takes::Text).short('l'),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text).moot(),
    flag("output", Takes::Text).short('o').refused(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

/// One change of a taint: `key=value:Effect`, or without `add` its removal.
struct Change {
    add: bool,
    key: String,
    value: String,
    effect: Option<TaintEffect>,
}

fn run_taint(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let is_change = |word: &&String| word.contains('=') || word.contains(':') || word.ends_with('-');
    let mut words = call.flags.words.clone();
    let at = words.iter().position(|word| is_change(&word)).unwrap_or(words.len());
    let changes = words.split_off(at);
    if changes.is_empty() {
        return Err(call.usage("at least one taint update is required"));
    }
    let changes: Vec<Change> = changes
        .iter()
        .map(|word| read_change(call, word))
        .collect::<Verdict<_>>()?;
    let kind = words
        .first()
        .map(|word| call.kind(word.split('/').next().unwrap_or(word)))
        .transpose()?;
    if kind.is_some_and(|kind| kind != Kind::Node) {
        let text = format!("invalid resource type {}, only node(s) is supported", words[0]);
        return Err(call.usage(text));
    }
    if words.len() == 1 && !words[0].contains('/') && !call.flags.is_set("all") && call.flags.text("selector").is_none()
    {
        return Err(call.usage("at least one resource name must be specified since 'all' parameter is not set"));
    }
    let (keys, troubles) = targets::named(call, &words)?;
    for key in keys {
        let overwrite = call.flags.is_set("overwrite");
        let tree = call.find(&key)?.to_value();
        let taints = changed_taints(&tree, &key, &changes, overwrite)?;
        if !dry.is_dry() {
            call.edit(&key, |tree| {
                tree["spec"]["taints"] = taints;
                Ok(())
            })?;
        }
        let (adds, removes) = (changes.iter().any(|c| c.add), changes.iter().any(|c| !c.add));
        let word = match (adds, removes) {
            (true, true) => "modified",
            (true, false) => "tainted",
            _ => "untainted",
        };
        call.line(format!("node/{} {word}{}", key.name, dry.suffix()));
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn read_change(call: &Call<'_>, word: &str) -> Verdict<Change> {
    let (body, add) = word.strip_suffix('-').map_or((word, true), |body| (body, false));
    let (pair, effect) = body
        .split_once(':')
        .map_or((body, None), |(pair, effect)| (pair, Some(effect)));
    let effect = match effect {
        None | Some("") => None,
        Some("NoSchedule") => Some(TaintEffect::NoSchedule),
        Some("PreferNoSchedule") => Some(TaintEffect::PreferNoSchedule),
        Some("NoExecute") => Some(TaintEffect::NoExecute),
        Some(other) => {
            let text = format!("invalid taint effect: {other}, unsupported taint effect");
            return Err(call.usage(text));
        }
    };
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if add && effect.is_none() {
        return Err(call.usage(format!("invalid taint spec: {word}")));
    }
    Ok(Change {
        add,
        key: key.to_owned(),
        value: value.to_owned(),
        effect,
    })
}

/// Returns the taints of a node after the changes; new ones come first, as kubectl puts them.
fn changed_taints(tree: &Value, node: &Key, changes: &[Change], overwrite: bool) -> Verdict<Value> {
    let mut taints: Vec<Value> = tree["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let same = |taint: &Value, change: &Change| {
        let effect = change.effect.map(|effect| format!("{effect:?}"));
        taint["key"] == change.key.as_str() && effect.is_none_or(|effect| taint["effect"] == effect.as_str())
    };
    let mut added = Vec::new();
    for change in changes {
        let held = taints.iter().any(|taint| same(taint, change));
        match (change.add, held) {
            (false, false) => return Err(Trouble::error(not_found(change))),
            (true, true) if !overwrite => {
                return Err(Trouble::error(format!(
                    "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                    node.name, change.key
                )));
            }
            _ => taints.retain(|taint| !same(taint, change)),
        }
        if change.add {
            let effect = change.effect.map_or(String::new(), |effect| format!("{effect:?}"));
            let mut taint = json!({"key": change.key, "effect": effect});
            if !change.value.is_empty() {
                taint["value"] = change.value.as_str().into();
            }
            added.push(taint);
        }
    }
    added.extend(taints);
    Ok(Value::Array(added))
}

fn not_found(change: &Change) -> String {
    match change.effect {
        Some(effect) => format!("taint \"{}:{effect:?}\" not found", change.key),
        None => format!("taint \"{}\" not found", change.key),
    }
}
