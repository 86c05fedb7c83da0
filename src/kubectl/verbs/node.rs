//! `kubectl cordon` and `uncordon`: which nodes take pods.

use super::Verb;
use crate::api::{Key, Kind};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::targets::{Selection, Target};
use crate::kubectl::trouble::Verdict;
use serde_json::Value;

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
    if !words.is_empty() && call.flags.text("selector").is_some() {
        return Err(call.usage("cannot specify both a node name and a --selector option"));
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
