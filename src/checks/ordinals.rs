//! ordinal-order: a StatefulSet makes its pods one after the other.

use super::{Check, When};
use crate::api::{Key, Kind, Pod, Resource, StatefulSet};
use crate::sim::World;
use crate::store::Revision;

/// A pod of an OrderedReady set is created only when all below it are there and have been ready.
pub const CHECK: Check = Check {
    name: "ordinal-order",
    claim: "A StatefulSet that is OrderedReady makes a pod only when those of lower ordinals are there and were ready.",
    premise: "Only the StatefulSet makes its pods.",
    when: When::Settled,
    holds,
};

fn holds(world: &World, about: Option<&Key>) -> Result<String, String> {
    let store = world.store();
    let mut made = 0;
    for (number, revision) in (store.forgotten() + 1..).zip(store.between(0, store.head())) {
        let Some(pod) = created(revision) else { continue };
        let Some(owner) = pod.metadata.controller().filter(|owner| owner.kind == "StatefulSet") else {
            continue;
        };
        let set_key = Key::new(Kind::StatefulSet, pod.metadata.namespace.clone(), owner.name.clone());
        let Some(set) = store.find_at(&set_key, number).and_then(StatefulSet::of) else {
            continue;
        };
        let ordered = set.spec.pod_management_policy == "OrderedReady";
        if !ordered || about.is_some_and(|key| *key != set_key) {
            continue;
        }
        made += 1;
        let first = set.spec.ordinals.as_ref().map_or(0, |ordinals| ordinals.start);
        let ordinal = pod
            .metadata
            .name
            .rsplit('-')
            .next()
            .and_then(|n| n.parse::<i64>().ok())
            .unwrap_or(first);
        for lower in first..ordinal {
            let name = format!("{}-{lower}", set.metadata.name);
            let key = Key::new(Kind::Pod, pod.metadata.namespace.clone(), name);
            if !was_ready(world, &key, number) {
                return Err(format!(
                    "pod/{} was made before {key} was there and ready",
                    pod.metadata.name
                ));
            }
        }
    }
    Ok(format!("{made} pods were made, each after those of lower ordinals"))
}

fn created(revision: &Revision) -> Option<&Pod> {
    let new = revision.after.as_ref().filter(|_| revision.before.is_none());
    new.and_then(Pod::of).map(|pod| &**pod)
}

/// Says whether the pod that stood at `key` at a revision had been ready in its life.
fn was_ready(world: &World, key: &Key, at: u64) -> bool {
    let store = world.store();
    let mut object = store.find_at(key, at);
    while let Some(pod) = object.and_then(Pod::of) {
        if pod.is_ready() {
            return true;
        }
        let written = store.revision(pod.metadata.resource_version);
        object = written.and_then(|revision| revision.before.as_ref());
    }
    false
}
