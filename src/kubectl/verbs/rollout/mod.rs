//! `kubectl rollout`: how a change of a template goes on, and how it is taken back.

mod history;
mod status;

use super::Verb;
use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{manifests, names, targets};
use crate::store::resource_name;
use serde_json::{Map, Value};

pub(super) const STATUS: Verb = Verb {
    name: "rollout status",
    aliases: &[],
    flags: STATUS_FLAGS,
    run: status::run,
};

const STATUS_FLAGS: &[Flag] = &[
    flag("timeout", Takes::Duration),
    flag("watch", Takes::Bool).short('w'),
    flag("revision", Takes::Int).refused(),
    flag("selector", Takes::Text).short('l'),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
];

pub(super) const HISTORY: Verb = Verb {
    name: "rollout history",
    aliases: &[],
    flags: HISTORY_FLAGS,
    run: history::run,
};

const HISTORY_FLAGS: &[Flag] = &[
    flag("revision", Takes::Int),
    flag("selector", Takes::Text).short('l'),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("output", Takes::Text).short('o').refused(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

const CHANGE_FLAGS: &[Flag] = &[
    flag("to-revision", Takes::Int),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text).moot(),
    flag("selector", Takes::Text).short('l'),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("output", Takes::Text).short('o').refused(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

pub(super) const UNDO: Verb = Verb {
    name: "rollout undo",
    aliases: &[],
    flags: CHANGE_FLAGS,
    run: history::undo,
};

pub(super) const RESTART: Verb = Verb {
    name: "rollout restart",
    aliases: &[],
    flags: CHANGE_FLAGS,
    run: |call| change(call, "restarted", restart),
};

pub(super) const PAUSE: Verb = Verb {
    name: "rollout pause",
    aliases: &[],
    flags: CHANGE_FLAGS,
    run: |call| change(call, "paused", |call, key, object| pause(call, key, object, true)),
};

pub(super) const RESUME: Verb = Verb {
    name: "rollout resume",
    aliases: &[],
    flags: CHANGE_FLAGS,
    run: |call| change(call, "resumed", |call, key, object| pause(call, key, object, false)),
};

/// Returns the objects that the words or files name; the first that is missing ends it.
fn wanted(call: &Call<'_>) -> Verdict<Vec<Key>> {
    if !call.flags.texts("filename").is_empty() {
        return manifests::keys(call);
    }
    if call.flags.words.is_empty() {
        return Err(Trouble::error("required resource not specified"));
    }
    let (keys, troubles) = targets::named(call, &call.flags.words)?;
    Trouble::many(troubles).map_or(Ok(keys), Err)
}

/// Does one change to each object, and says what was done.
fn change(call: &mut Call<'_>, done: &str, act: fn(&mut Call<'_>, &Key, &Object) -> Verdict<Value>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    for key in wanted(call)? {
        let object = call.find(&key)?;
        let tree = act(call, &key, &object)?;
        if !dry.is_dry() {
            call.replace(&object, tree)?;
        }
        call.line(format!("{} {done}{}", names::of_key(&key), dry.suffix()));
    }
    Ok(())
}

/// Returns `deployments.apps "web"`.
fn named(key: &Key) -> String {
    format!("{} \"{}\"", resource_name(&key.kind), key.name)
}

fn restart(call: &mut Call<'_>, key: &Key, object: &Object) -> Verdict<Value> {
    match object {
        Object::Deployment(deployment) if deployment.spec.paused => {
            return Err(Trouble::error(format!(
                "{} can't restart paused deployment (run rollout resume first)",
                named(key)
            )));
        }
        Object::Deployment(_) | Object::StatefulSet(_) | Object::DaemonSet(_) => (),
        _ => return Err(Trouble::error(format!("{} restarting is not supported", named(key)))),
    }
    let mut tree = object.to_value();
    let at = call.now().to_string();
    let before = tree.clone();
    let meta = &mut tree["spec"]["template"]["metadata"];
    if !meta.is_object() {
        *meta = Value::Object(Map::new());
    }
    meta["annotations"]["kubectl.kubernetes.io/restartedAt"] = at.into();
    if tree == before {
        return Err(Trouble::error(format!(
            "failed to create patch for {}: if restart has already been triggered within the past second, please wait before attempting to trigger another",
            key.name
        )));
    }
    Ok(tree)
}

fn pause(_call: &mut Call<'_>, key: &Key, object: &Object, wanted: bool) -> Verdict<Value> {
    let Object::Deployment(deployment) = object else {
        let verb = if wanted { "pausing" } else { "resuming" };
        return Err(Trouble::error(format!("{} {verb} is not supported", named(key))));
    };
    if deployment.spec.paused == wanted {
        let already = if wanted { "is already paused" } else { "is not paused" };
        return Err(Trouble::error(format!("{} {already}", named(key))));
    }
    let mut tree = object.to_value();
    if wanted {
        tree["spec"]["paused"] = true.into();
    } else if let Some(spec) = tree["spec"].as_object_mut() {
        spec.remove("paused");
    }
    Ok(tree)
}

/// Says whether a kind has a history.
fn has_history(kind: &Kind) -> bool {
    matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)
}
