//! `kubectl rollout history` and `rollout undo`: the templates that were, and the way back to one.

use super::{has_history, wanted};
use crate::api::{ControllerRevision, Key, Object, ReplicaSet, Uid};
use crate::kubectl::call::Call;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{describe, names, tabwriter};
use crate::store::Store;
use serde_json::Value;

const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
const REVISION: &str = "deployment.kubernetes.io/revision";

/// One revision of a template.
struct Revision {
    number: i64,
    cause: String,
    /// The template as a tree.
    template: Value,
}

pub(super) fn run(call: &mut Call<'_>) -> Verdict {
    for key in wanted(call)? {
        if !has_history(&key.kind) {
            return Err(Trouble::error(format!(
                "no history viewer has been implemented for \"{}\"",
                key.kind.name()
            )));
        }
        let object = call.find(&key)?;
        let revisions = revisions(call.store(), &object);
        let name = names::of_key(&key);
        match call.flags.int("revision").filter(|n| *n > 0) {
            Some(number) => {
                let found = revisions.iter().find(|revision| revision.number == number);
                let found = found.ok_or_else(|| Trouble::error("unable to find the specified revision"))?;
                call.line(format!("{name} with revision #{number}"));
                call.say(describe::template_of_history(&found.template, &found.cause));
                call.say("\n");
            }
            None => {
                let mut text = format!("{name} \nREVISION\tCHANGE-CAUSE\n");
                for revision in &revisions {
                    let cause = if revision.cause.is_empty() {
                        "<none>"
                    } else {
                        &revision.cause
                    };
                    text.push_str(&format!("{}\t{cause}\n", revision.number));
                }
                call.say(tabwriter::align(&text, tabwriter::DESCRIPTION) + "\n");
            }
        }
    }
    Ok(())
}

/// Returns the revisions of an object, oldest first: ReplicaSets of a Deployment, ControllerRevisions of the others.
fn revisions(store: &Store, object: &Object) -> Vec<Revision> {
    let (uid, namespace) = (object.meta().uid, &object.meta().namespace);
    let mut found: Vec<Revision> = match object {
        Object::Deployment(_) => store
            .list::<ReplicaSet>(namespace)
            .filter_map(|set| of_replica_set(set, uid))
            .collect(),
        _ => {
            let owned = store.list::<ControllerRevision>(namespace);
            owned
                .filter(|revision| revision.metadata.is_controlled_by(uid))
                .map(|r| of_revision(r))
                .collect()
        }
    };
    found.sort_by_key(|revision| revision.number);
    found
}

fn of_replica_set(set: &ReplicaSet, owner: Uid) -> Option<Revision> {
    if !set.metadata.is_controlled_by(owner) {
        return None;
    }
    let annotations = &set.metadata.annotations;
    Some(Revision {
        number: annotations.value(REVISION).parse().ok()?,
        cause: annotations.value(CHANGE_CAUSE).to_owned(),
        template: serde_json::to_value(&set.spec.template).expect("a template is always JSON"),
    })
}

fn of_revision(revision: &ControllerRevision) -> Revision {
    let mut template = revision.data.pointer("/spec/template").cloned().unwrap_or_default();
    if let Some(template) = template.as_object_mut() {
        template.remove("$patch");
    }
    Revision {
        number: revision.revision,
        cause: revision.metadata.annotations.value(CHANGE_CAUSE).to_owned(),
        template,
    }
}

pub(super) fn undo(call: &mut Call<'_>) -> Verdict {
    let dry = super::super::dry_run(&call.flags)?;
    for key in wanted(call)? {
        let object = call.find(&key)?;
        if !has_history(&key.kind) {
            return Err(Trouble::error(format!(
                "no rollbacker has been implemented for \"{}\"",
                key.kind.name()
            )));
        }
        let word = roll_back(call, &key, &object, dry.is_dry())?;
        call.line(format!("{} {word}{}", names::of_key(&key), dry.suffix()));
    }
    Ok(())
}

fn roll_back(call: &mut Call<'_>, key: &Key, object: &Object, dry: bool) -> Verdict<String> {
    if let Object::Deployment(deployment) = object
        && deployment.spec.paused
    {
        return Err(Trouble::error(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    let to = call.flags.int("to-revision").unwrap_or(0);
    if to < 0 {
        return Err(Trouble::error(format!(
            "unable to find specified revision {to} in history"
        )));
    }
    let revisions = revisions(call.store(), object);
    let target = if to == 0 {
        revisions.iter().rev().nth(1).ok_or_else(|| {
            let kind = key.kind.singular();
            Trouble::error(match revisions.is_empty() {
                true => format!("no rollout history found for {kind} \"{}\"", key.name),
                false => "no last revision to roll back to".to_owned(),
            })
        })?
    } else {
        let found = revisions.iter().find(|revision| revision.number == to);
        found.ok_or_else(|| Trouble::error(format!("unable to find specified revision {to} in history")))?
    };
    let mut template = target.template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    let mut tree = object.to_value();
    tree["spec"]["template"] = template;
    if dry {
        return Ok("rolled back".to_owned());
    }
    let changed = call.replace(object, tree)?;
    Ok(match changed {
        true => "rolled back".to_owned(),
        false => format!(
            "skipped rollback (current template already matches revision {})",
            target.number
        ),
    })
}
