//! `kubectl rollout history`: the templates that were.

use super::{refuse_negative, refuse_without_history, wanted};
use crate::api::{ControllerRevision, Key, Object, ReplicaSet, Uid};
use crate::kubectl::call::Call;
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{describe, names, tabwriter};
use crate::store::Store;
use serde_json::Value;
use std::sync::Arc;

const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
const REVISION: &str = "deployment.kubernetes.io/revision";

/// One revision of a template.
pub(super) struct Revision {
    /// Its number, from 1.
    pub number: i64,
    /// Why it came to be, if somebody said so.
    pub cause: String,
    /// The template as a tree.
    pub template: Value,
    /// The object that holds it: a ReplicaSet, or the set as it was then.
    held: Object,
}

pub(super) fn run(call: &mut Call<'_>) -> Verdict {
    let asked = call.flags.int("revision");
    refuse_negative(asked)?;
    let (keys, mut troubles) = wanted(call)?;
    let mut teller = Teller::of(call)?;
    for key in keys {
        let shown = one(call, &key, asked.unwrap_or(0), &mut teller);
        troubles.extend(shown.err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn one(call: &mut Call<'_>, key: &Key, asked: i64, teller: &mut Teller) -> Verdict {
    refuse_without_history(&key.kind, "history", "history viewer")?;
    let object = call.find(key)?;
    let revisions = revisions(call.store(), &object);
    let found = revisions.iter().find(|revision| revision.number == asked);
    if asked > 0 && found.is_none() {
        return Err(Trouble::error("unable to find the specified revision"));
    }
    if !teller.tells_lines() {
        // kubectl prints what holds each revision: the ReplicaSets, or the set as it was.
        for revision in revisions
            .iter()
            .filter(|revision| asked == 0 || revision.number == asked)
        {
            teller.tell(call, &revision.held, "")?;
        }
        return Ok(());
    }
    let name = names::of_key(key);
    if let Some(found) = found {
        call.line(format!("{name} with revision #{asked}"));
        call.say(describe::template_of_history(&found.template, &found.cause));
        call.say("\n");
        return Ok(());
    }
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
    Ok(())
}

/// Returns the revisions of an object, oldest first: ReplicaSets of a Deployment, ControllerRevisions of the others.
pub(super) fn revisions(store: &Store, object: &Object) -> Vec<Revision> {
    let (uid, namespace) = (object.meta().uid, &object.meta().namespace);
    let mut found: Vec<Revision> = match object {
        Object::Deployment(_) => store
            .list::<ReplicaSet>(namespace)
            .filter_map(|set| of_replica_set(&Arc::clone(set), uid))
            .collect(),
        _ => {
            let owned = store.list::<ControllerRevision>(namespace);
            owned
                .filter(|revision| revision.metadata.is_controlled_by(uid))
                .map(|revision| of_revision(revision, object))
                .collect()
        }
    };
    found.sort_by_key(|revision| revision.number);
    found
}

fn of_replica_set(set: &Arc<ReplicaSet>, owner: Uid) -> Option<Revision> {
    if !set.metadata.is_controlled_by(owner) {
        return None;
    }
    let annotations = &set.metadata.annotations;
    Some(Revision {
        number: annotations.value(REVISION).parse().ok()?,
        cause: annotations.value(CHANGE_CAUSE).to_owned(),
        template: serde_json::to_value(&set.spec.template).expect("a template is always JSON"),
        held: Object::ReplicaSet(Arc::clone(set)),
    })
}

fn of_revision(revision: &ControllerRevision, set: &Object) -> Revision {
    let mut template = revision.data.pointer("/spec/template").cloned().unwrap_or_default();
    if let Some(template) = template.as_object_mut() {
        template.remove("$patch");
    }
    let mut tree = set.to_value();
    tree["spec"]["template"] = template.clone();
    Revision {
        number: revision.revision,
        cause: revision.metadata.annotations.value(CHANGE_CAUSE).to_owned(),
        template,
        held: Object::from_value(&set.kind(), tree).unwrap_or_else(|_| set.clone()),
    }
}
