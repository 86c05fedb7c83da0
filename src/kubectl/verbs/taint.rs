//! `kubectl taint`: which pods a node keeps away, and which it sends away.

use super::Verb;
use crate::api::{Key, Kind, Object, TaintEffect};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Teller;
use crate::kubectl::targets;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::manifest::validate::names;
use serde_json::{Value, json};

pub(super) const TAINT: Verb = Verb {
    name: "taint",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("all", Takes::Bool),
    flag("overwrite", Takes::Bool),
    flag("selector", Takes::Text).short('l'),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

/// A taint that comes (`key=value:Effect`), or one that goes (`key-`, `key:Effect-`).
struct Change {
    add: bool,
    key: String,
    value: String,
    effect: Option<TaintEffect>,
}

impl Change {
    fn effect(&self) -> String {
        self.effect.map_or(String::new(), |effect| format!("{effect:?}"))
    }

    fn is_of(&self, taint: &Value) -> bool {
        taint["key"] == self.key.as_str() && (self.effect.is_none() || taint["effect"] == self.effect().as_str())
    }
}

fn run(call: &mut Call<'_>) -> Verdict {
    super::read_validate(&call.flags)?;
    let dry = super::dry_run(&call.flags)?;
    let is_change = |word: &String| word.contains('=') || word.contains(':') || word.ends_with('-');
    let words = call.flags.words.clone();
    let (words, changes) = words.split_at(words.iter().position(is_change).unwrap_or(words.len()));
    if let Some(late) = changes.iter().find(|word| !is_change(word)) {
        return Err(Trouble::error(format!(
            "all resources must be specified before taint changes: {late}"
        )));
    }
    if words.is_empty() {
        return Err(Trouble::error(
            "one or more resources must be specified as <resource> <name>",
        ));
    }
    if changes.is_empty() {
        return Err(Trouble::error("at least one taint update is required"));
    }
    let changes = read_changes(call, changes)?;
    refuse_nonsense(call, words, &changes)?;
    let mut teller = Teller::unparted(call)?;
    let (keys, mut troubles) = targets::named(call, words)?;
    for key in keys {
        troubles.extend(taint(call, &key, &changes, &mut teller, dry).err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn refuse_nonsense(call: &Call<'_>, words: &[String], changes: &[Change]) -> Verdict {
    let Ok(kind) = call.kind(&words[0]) else {
        let text = format!("the server doesn't have a resource type \"{}\"", words[0]);
        return Err(Trouble::verbatim(text));
    };
    if kind != Kind::Node {
        return Err(Trouble::error(format!(
            "invalid resource type {}, only node types are supported",
            words[0]
        )));
    }
    let goes = |add: &Change| {
        let mut going = changes.iter().filter(|change| !change.add);
        let same = going.find(|gone| gone.key == add.key && (gone.effect.is_none() || gone.effect == add.effect));
        same.map(|gone| format!("{}={}", gone.key, gone.effect()))
    };
    let both: Vec<String> = changes.iter().filter(|change| change.add).filter_map(goes).collect();
    if !both.is_empty() {
        return Err(Trouble::error(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            both.join(", ")
        )));
    }
    let (all, selects) = (call.flags.is_set("all"), call.flags.text("selector").is_some());
    if all && selects {
        return Err(Trouble::error(
            "setting 'all' parameter with a non empty selector is prohibited",
        ));
    }
    if !all && !selects && words.len() < 2 {
        return Err(Trouble::error(
            "at least one resource name must be specified since 'all' parameter is not set",
        ));
    }
    Ok(())
}

fn taint(call: &mut Call<'_>, key: &Key, changes: &[Change], teller: &mut Teller, dry: super::DryRun) -> Verdict {
    let old = call.find(key)?;
    let mut tree = old.to_value();
    let (taints, done) = changed_taints(&old, key, changes, call.flags.is_set("overwrite"))?;
    tree["spec"]["taints"] = taints;
    let (node, _) = super::put(call, &old, tree, dry)?;
    teller.tell(call, &node, &format!("{done}{}", dry.suffix()))
}

fn read_changes(call: &Call<'_>, words: &[String]) -> Verdict<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    for word in words {
        let change = read_change(word).map_err(|why| call.usage(why))?;
        let is_twice = |held: &Change| held.add && held.key == change.key && held.effect == change.effect;
        if change.add && changes.iter().any(is_twice) {
            return Err(call.usage(format!(
                "duplicated taints with the same key and effect: {{{} {} {} <nil>}}",
                change.key,
                change.value,
                change.effect()
            )));
        }
        changes.push(change);
    }
    Ok(changes)
}

/// Reads one change; the error is kubectl's (`parseTaint`).
fn read_change(word: &str) -> Result<Change, String> {
    let (body, add) = word.strip_suffix('-').map_or((word, true), |body| (body, false));
    let spec = |wrong: Vec<String>| format!("invalid taint spec: {body}, {}", wrong.join("; "));
    let parts: Vec<&str> = body.split(':').collect();
    let (key, value, effect) = match parts.as_slice() {
        [key] => (*key, "", None),
        [pair, effect] => {
            let effect = match *effect {
                "NoSchedule" => TaintEffect::NoSchedule,
                "PreferNoSchedule" => TaintEffect::PreferNoSchedule,
                "NoExecute" => TaintEffect::NoExecute,
                other => return Err(format!("invalid taint effect: {other}, unsupported taint effect")),
            };
            let halves: Vec<&str> = pair.split('=').collect();
            match halves.as_slice() {
                [key] => (*key, "", Some(effect)),
                [key, value] => {
                    let wrong = names::label_value(value);
                    if !wrong.is_empty() {
                        return Err(spec(wrong));
                    }
                    (*key, *value, Some(effect))
                }
                _ => return Err(format!("invalid taint spec: {body}")),
            }
        }
        _ => return Err(format!("invalid taint spec: {body}")),
    };
    let wrong = names::qualified(key);
    if !wrong.is_empty() {
        return Err(spec(wrong));
    }
    if add && effect.is_none() {
        return Err(format!("invalid taint spec: {word}"));
    }
    Ok(Change {
        add,
        key: key.to_owned(),
        value: value.to_owned(),
        effect,
    })
}

/// Returns the taints of a node after the changes, and what was done; new ones come first, as kubectl puts them
/// (`reorganizeTaints`).
fn changed_taints(old: &Object, node: &Key, changes: &[Change], overwrite: bool) -> Verdict<(Value, &'static str)> {
    let held: Vec<Value> = old.to_value()["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let (adds, removes): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.add);
    let twice: Vec<&str> = adds
        .iter()
        .filter(|add| !overwrite && held.iter().any(|taint| add.is_of(taint)))
        .map(|add| add.key.as_str())
        .collect();
    if !twice.is_empty() {
        return Err(Trouble::error(format!(
            "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
            node.name,
            twice.join(",")
        )));
    }
    let mut taints: Vec<Value> = adds
        .iter()
        .map(|add| {
            let mut taint = json!({"key": add.key, "effect": add.effect()});
            if !add.value.is_empty() {
                taint["value"] = add.value.as_str().into();
            }
            taint
        })
        .collect();
    let kept = held.iter().filter(|taint| !adds.iter().any(|add| add.is_of(taint)));
    taints.extend(kept.cloned());
    let added = taints.len() != held.len();
    let mut missing = Vec::new();
    for change in &removes {
        let before = taints.len();
        taints.retain(|taint| !change.is_of(taint));
        if taints.len() == before {
            missing.push(Trouble::error(not_found(change)));
        }
    }
    if let Some(trouble) = Trouble::many(missing) {
        return Err(trouble);
    }
    let done = match (added, !removes.is_empty()) {
        (true, true) => "modified",
        _ if overwrite => "modified",
        (true, false) => "tainted",
        (false, _) => "untainted",
    };
    Ok((Value::Array(taints), done))
}

fn not_found(change: &Change) -> String {
    match change.effect {
        Some(effect) => format!("taint \"{}:{effect:?}\" not found", change.key),
        None => format!("taint \"{}\" not found", change.key),
    }
}
