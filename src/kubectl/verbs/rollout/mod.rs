//! `kubectl rollout`: how a change of a template goes on, and how it is taken back.

mod history;
mod status;
mod undo;

use super::{DryRun, Verb};
use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Teller;
use crate::kubectl::targets::{self, Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
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
    flag("revision", Takes::Int),
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
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

const CHANGE_FLAGS: &[Flag] = &[
    flag("field-manager", Takes::Text),
    flag("selector", Takes::Text).short('l'),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

const UNDO_FLAGS: &[Flag] = &[
    flag("to-revision", Takes::Int),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("selector", Takes::Text).short('l'),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

pub(super) const UNDO: Verb = Verb {
    name: "rollout undo",
    aliases: &[],
    flags: UNDO_FLAGS,
    run: undo::run,
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

/// Returns the objects that the words or files name; a kind alone names all of its objects.
fn wanted(call: &Call<'_>) -> Verdict<(Vec<Key>, Vec<Trouble>)> {
    let words = &call.flags.words;
    if !call.flags.texts("filename").is_empty() {
        return targets::wanted(call, words);
    }
    if words.is_empty() {
        return Err(Trouble::error("required resource not specified"));
    }
    let targets = targets::read(call, words)?;
    let selection = Selection::of(call, targets.first().map(Target::kind))?;
    let (mut keys, mut troubles) = (Vec::new(), Vec::new());
    for target in &targets {
        match selection.objects(call, target) {
            Ok(objects) => keys.extend(objects.iter().map(Object::key)),
            Err(trouble) => troubles.push(trouble),
        }
    }
    Ok((keys, troubles))
}

/// Does one change to each object, and says what was done.
fn change(call: &mut Call<'_>, done: &str, act: fn(&mut Call<'_>, &Key, &Object) -> Verdict<Value>) -> Verdict {
    let (keys, mut troubles) = wanted(call)?;
    let mut teller = Teller::unparted(call)?;
    if keys.is_empty() && troubles.is_empty() {
        call.warn(format!("No resources found in {} namespace.", call.namespace));
    }
    for key in keys {
        let old = call.find(&key)?;
        match act(call, &key, &old) {
            Ok(tree) => {
                let (object, _) = super::put(call, &old, tree, DryRun::No)?;
                troubles.extend(teller.tell(call, &object, done).err());
            }
            Err(trouble) => troubles.push(trouble),
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Refuses a revision below zero.
fn refuse_negative(revision: Option<i64>) -> Verdict {
    match revision.filter(|revision| *revision < 0) {
        Some(revision) => Err(Trouble::error(format!(
            "revision must be a positive integer: {revision}"
        ))),
        None => Ok(()),
    }
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

/// Complains of a kind without a history; `what` is what kubectl looked for, `noun` what it calls that.
fn refuse_without_history(kind: &Kind, what: &str, noun: &str) -> Verdict {
    let (group, name) = (&kind.info().group, kind.name());
    match kind {
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => Ok(()),
        // The kinds that kubectl's visitors know (polymorphichelpers), and have nothing for.
        Kind::Pod | Kind::ReplicaSet | Kind::Job | Kind::CronJob => {
            Err(Trouble::error(format!("no {noun} has been implemented for \"{name}\"")))
        }
        _ => Err(Trouble::error(format!(
            "error retrieving {what} for \"{name}\", no visitor method exists for {{{group} {name}}}"
        ))),
    }
}
