//! Waiting for an object to be as ready as it asks to be.

use crate::api::storage::ClaimPhase;
use crate::api::{Key, Kind, Object};
use crate::sim::World;

/// Returns the key that `deploy/db` means in the namespace `default`.
pub(super) fn key_of(word: &str) -> Result<Key, String> {
    let (kind, name) = word
        .split_once('/')
        .ok_or_else(|| format!("`{word}` is not KIND/NAME"))?;
    let kind = Kind::from_word(kind).ok_or_else(|| format!("`{kind}` is no kind of object"))?;
    Ok(if kind.is_namespaced() {
        Key::new(kind, "default", name)
    } else {
        Key::cluster(kind, name)
    })
}

/// Says whether the object is as ready as it asks to be.
pub(super) fn is_ready(world: &World, key: &Key) -> bool {
    match world.store().find(key) {
        Some(Object::Deployment(d)) => {
            let (spec, status) = (&d.spec, &d.status);
            status.observed_generation >= d.metadata.generation
                && [status.ready_replicas, status.updated_replicas, status.replicas]
                    .iter()
                    .all(|n| *n == spec.replicas)
        }
        Some(Object::StatefulSet(s)) => {
            s.status.observed_generation >= s.metadata.generation
                && s.status.ready_replicas == s.spec.replicas
                && s.status.replicas == s.spec.replicas
        }
        Some(Object::ReplicaSet(s)) => s.status.ready_replicas == s.spec.replicas,
        Some(Object::DaemonSet(s)) => s.status.number_ready == s.status.desired_number_scheduled,
        Some(Object::Pod(pod)) => pod.is_ready() && !pod.metadata.is_terminating(),
        Some(Object::PersistentVolumeClaim(claim)) => claim.status.phase == ClaimPhase::Bound,
        Some(Object::Job(job)) => job.status.completion_time.is_some(),
        Some(_) => true,
        None => false,
    }
}
