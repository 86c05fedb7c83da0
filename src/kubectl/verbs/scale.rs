//! `kubectl scale`: another number of replicas.

use super::Verb;
use crate::api::{Key, Kind};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{manifests, names, targets};

pub(super) const SCALE: Verb = Verb {
    name: "scale",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("replicas", Takes::Int),
    flag("current-replicas", Takes::Int),
    flag("resource-version", Takes::Text),
    flag("timeout", Takes::Duration),
    flag("selector", Takes::Text).short('l'),
    flag("all", Takes::Bool),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let replicas = call.flags.int("replicas").filter(|n| *n >= 0).ok_or_else(|| {
        Trouble::error("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    })?;
    let words = call.flags.words.clone();
    let (keys, troubles) = if call.flags.texts("filename").is_empty() {
        targets::named(call, &words)?
    } else {
        (manifests::keys(call)?, vec![])
    };
    // kubectl visits nothing when one is missing, and says so in one breath.
    if let Some(first) = troubles.first() {
        let said = first
            .text
            .split_once("): ")
            .map_or(first.text.as_str(), |(_, said)| said);
        return Err(Trouble::error(format!("no objects passed to scale {said}")));
    }
    for key in keys {
        scale(call, &key, replicas, dry.is_dry())?;
        let done = format!("{} scaled{}", names::of_key(&key), dry.suffix());
        match call.flags.text("output") {
            Some("name") => call.line(names::of_key(&key)),
            _ => call.line(done),
        }
    }
    Ok(())
}

fn scale(call: &mut Call<'_>, key: &Key, replicas: i64, dry: bool) -> Verdict {
    if !matches!(key.kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet) {
        return Err(Trouble::verbatim(
            "Error from server (NotFound): the server could not find the requested resource",
        ));
    }
    let object = call.find(key)?;
    let tree = object.to_value();
    let now = tree.pointer("/spec/replicas").and_then(|n| n.as_i64()).unwrap_or(1);
    if let Some(expected) = call.flags.int("current-replicas").filter(|n| *n >= 0 && *n != now) {
        return Err(Trouble::error(format!("Expected replicas to be {expected}, was {now}")));
    }
    if dry {
        return Ok(());
    }
    call.edit(key, |tree| {
        tree["spec"]["replicas"] = replicas.into();
        Ok(())
    })?;
    Ok(())
}
