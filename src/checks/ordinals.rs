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
    meets: |world| made(world).filter(|made| made.ordinal > made.first).count(),
    holds,
};

/// A pod that an ordered set made.
struct Made<'w> {
    /// The revision that made it.
    number: u64,
    pod: &'w Pod,
    set: Key,
    ordinal: i64,
    /// The set's lowest ordinal.
    first: i64,
}

/// Returns the pods that OrderedReady sets have made, in order.
fn made(world: &World) -> impl Iterator<Item = Made<'_>> {
    let store = world.store();
    let revisions = (store.forgotten() + 1..).zip(store.between(0, store.head()));
    revisions.filter_map(move |(number, revision)| {
        let pod = created(revision)?;
        let owner = pod.metadata.controller().filter(|owner| owner.kind == "StatefulSet")?;
        let key = Key::new(Kind::StatefulSet, pod.metadata.namespace.clone(), owner.name.clone());
        let set = store.find_at(&key, number).and_then(StatefulSet::of)?;
        let first = set.spec.ordinals.as_ref().map_or(0, |ordinals| ordinals.start);
        let last = pod.metadata.name.rsplit('-').next();
        let ordinal = last.and_then(|n| n.parse().ok()).unwrap_or(first);
        let made = Made {
            number,
            pod,
            set: key,
            ordinal,
            first,
        };
        (set.spec.pod_management_policy == "OrderedReady").then_some(made)
    })
}

fn holds(world: &World, about: Option<&Key>) -> Result<String, String> {
    let mut count = 0;
    for made in made(world).filter(|made| about.is_none_or(|key| *key == made.set)) {
        count += 1;
        for lower in made.first..made.ordinal {
            let key = made.set.beside(Kind::Pod, format!("{}-{lower}", made.set.name));
            if !was_ready(world, &key, made.number) {
                return Err(format!(
                    "pod/{} was made before {key} was there and ready",
                    made.pod.metadata.name
                ));
            }
        }
    }
    Ok(format!("{count} pods were made, each after those of lower ordinals"))
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
