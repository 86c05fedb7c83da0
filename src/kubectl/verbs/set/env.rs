//! `kubectl set env`: the environment of containers.

use super::super::{Verb, flags};
use super::COMMON;
use super::live::{chosen, containers, each, spec_of};
use super::source::{self, Change};
use crate::api::{ConfigMap, Key, Secret};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::Value;

pub(in crate::kubectl::verbs) const SET_ENV: Verb = Verb {
    name: "set env",
    aliases: &[],
    flags: flags![COMMON;
        flag("containers", Takes::Text).short('c'),
        flag("env", Takes::Text).short('e'),
        flag("from", Takes::Text),
        flag("keys", Takes::Text),
        flag("list", Takes::Bool),
        flag("overwrite", Takes::Bool),
        flag("prefix", Takes::Text),
        flag("resolve", Takes::Bool),
        flag("selector", Takes::Text).short('l'),
    ],
    run,
};

fn run(call: &mut Call<'_>) -> Verdict {
    let (objects, changes) = source::split(&call.flags.words)?;
    if objects.is_empty() && call.flags.texts("filename").is_empty() {
        return Err(Trouble::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    let list = call.flags.is_set("list");
    if list && call.flags.text("output").is_some() {
        return Err(Trouble::error("--list and --output may not be specified together"));
    }
    if call.flags.text("keys").is_some() && call.flags.text("from").is_none() {
        return Err(Trouble::error(
            "when specifying --keys, a configmap or secret must be provided with --from",
        ));
    }
    let change = source::read(call, &changes)?;
    if list {
        return show(call, &objects, &change);
    }
    each(call, &objects, "env updated", false, |call, key, tree| {
        apply(call, key, tree, &change)
    })
}

/// Changes the environment of the containers that `-c` means.
fn apply(call: &mut Call<'_>, key: &Key, tree: &mut Value, change: &Change) -> Verdict {
    let pattern = call.flags.text("containers").unwrap_or("*").to_owned();
    let overwrite = call.flags.bool("overwrite").unwrap_or(true);
    let found = containers(spec_of(key, tree)?, &pattern);
    if found.is_empty() {
        let (kind, name) = (key.kind.name(), &key.name);
        call.warn(format!(
            "Warning: {kind}/{name} does not have any containers matching \"{pattern}\""
        ));
    }
    for container in found {
        let existing = container["env"].as_array().cloned().unwrap_or_default();
        if !overwrite
            && let Some(old) = existing.iter().find(|old| {
                let newer = change.set.iter().find(|new| new["name"] == old["name"]);
                newer.is_some_and(|new| new["value"] != old["value"])
            })
        {
            let text = |field: &str| old[field].as_str().unwrap_or_default().to_owned();
            return Err(Trouble::error(format!(
                "'{}' already has a value ({}), and --overwrite is false",
                text("name"),
                text("value")
            )));
        }
        let env = merged(&existing, change);
        if env.is_empty() {
            container.as_object_mut().map(|container| container.remove("env"));
        } else {
            container["env"] = env.into();
        }
    }
    Ok(())
}

/// Returns the variables after a change, in the order of kubectl's `updateEnv`: a changed one keeps its place.
fn merged(existing: &[Value], change: &Change) -> Vec<Value> {
    let gone = |old: &&Value| !change.remove.iter().any(|name| old["name"] == name.as_str());
    // Of two that are set under one name the last counts.
    let newest = |name: &Value| change.set.iter().rfind(|new| new["name"] == *name);
    let mut env: Vec<Value> = existing
        .iter()
        .filter(gone)
        .map(|old| newest(&old["name"]).unwrap_or(old).clone())
        .collect();
    for new in &change.set {
        if !env.iter().any(|known| known["name"] == new["name"]) {
            env.push(newest(&new["name"]).unwrap_or(new).clone());
        }
    }
    env
}

/// `--list`: the variables as they are, or would be.
fn show(call: &mut Call<'_>, objects: &[String], change: &Change) -> Verdict {
    let pattern = call.flags.text("containers").unwrap_or("*").to_owned();
    let (keys, troubles) = chosen(call, objects)?;
    for key in keys {
        let mut tree = call.find(&key)?.to_value();
        apply(call, &key, &mut tree, change)?;
        for container in containers(spec_of(&key, &mut tree)?, &pattern) {
            let name = container["name"].as_str().unwrap_or_default();
            let kind = key.kind.name();
            let mut text = format!("# {kind} {}, container {name}\n", key.name);
            for variable in container["env"].as_array().into_iter().flatten() {
                text.push_str(&line(call, &key, variable));
            }
            call.say(text);
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn line(call: &Call<'_>, key: &Key, variable: &Value) -> String {
    let word = |tree: &Value, field: &str| tree[field].as_str().unwrap_or_default().to_owned();
    let name = word(variable, "name");
    let Some(from) = variable.get("valueFrom") else {
        return format!("{name}={}\n", word(variable, "value"));
    };
    for (reference, kind) in [("secretKeyRef", "secret"), ("configMapKeyRef", "configmap")] {
        let Some(reference) = from.get(reference) else { continue };
        let (object, part) = (word(reference, "name"), word(reference, "key"));
        if !call.flags.is_set("resolve") {
            return format!("# {name} from {kind} {object}, key {part}\n");
        }
        return match value_of(call, &key.namespace, kind, &object, &part) {
            Some(value) => format!("{name}={value}\n"),
            None => {
                format!("error retrieving reference for {name}: {kind} \"{object}\" or its key \"{part}\" not found\n")
            }
        };
    }
    match from.get("fieldRef") {
        Some(field) => format!("# {name} from field path {}\n", word(field, "fieldPath")),
        None => format!("# {name} from {from}\n"),
    }
}

fn value_of(call: &Call<'_>, namespace: &str, kind: &str, name: &str, key: &str) -> Option<String> {
    if kind == "secret" {
        let bytes = call.store().get::<Secret>(namespace, name)?.decoded(key)?;
        return Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    call.store().get::<ConfigMap>(namespace, name)?.data.get(key).cloned()
}
