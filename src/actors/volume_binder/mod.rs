//! The persistent-volume controller: brings claims and volumes together, and keeps them together.
//! Spared from knowing how a volume is made or attached: it names the provisioner in an annotation, and waits.
//!
//! Source: pkg/controller/volume/persistentvolume. Left out: `Recycle` (it acts as `Retain`), VolumeAttributesClass,
//! and the deletion of volumes by in-tree plugins other than `hostPath`, of which Kubernetes has none any more.

mod claim;
mod volume;
mod binding;
mod provision;
mod index;
#[cfg(test)]
mod tests;

pub use index::satisfies;

use super::claim_users::ClaimUsers;
use super::{Actor, Change, Effect, View};
use crate::api::annotations::{SELECTED_NODE, STORAGE_PROVISIONER};
use crate::api::{Key, Kind, Object, PersistentVolume, PersistentVolumeClaim, Resource, Time};
use crate::store::Refusal;
use index::VolumeIndex;
use serde::{Deserialize, Serialize};

/// The controller and what it remembers: indexes over what its watches brought.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct VolumeBinder {
    volumes: VolumeIndex,
    users: ClaimUsers,
}

impl Actor for VolumeBinder {
    const NAME: &'static str = "persistentvolume-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::PersistentVolumeClaim, Kind::PersistentVolume, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, _view: &View<'_>, wake: &mut Vec<Key>) {
        let object = change.object();
        match object.kind() {
            // Pods wake nothing: a claim that waits for one is looked at when the scheduler has chosen a node.
            Kind::Pod => self.users.heed(change),
            Kind::PersistentVolumeClaim => {
                if change.after.is_some() {
                    if !is_named_by_us(change) {
                        wake.push(object.key());
                    }
                } else if let Some(claim) = PersistentVolumeClaim::of(object)
                    && !claim.spec.volume_name.is_empty()
                {
                    wake.push(Key::cluster(Kind::PersistentVolume, claim.spec.volume_name.clone()));
                }
            }
            _ => {
                self.volumes.heed(change);
                if change.after.is_some() {
                    wake.push(object.key());
                } else if let Some(reference) = PersistentVolume::of(object).and_then(|v| v.spec.claim_ref.as_ref()) {
                    let (namespace, name) = (reference.namespace.clone(), reference.name.clone());
                    wake.push(Key::new(Kind::PersistentVolumeClaim, namespace, name));
                }
            }
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::PersistentVolume {
            return view
                .get(&key.namespace, &key.name)
                .map_or(vec![], |volume| self.sync_volume(view, volume));
        }
        view.get(&key.namespace, &key.name)
            .map_or(vec![], |claim| self.sync_claim(view, claim))
    }

    fn refused(&mut self, _view: &View<'_>, key: &Key, _effect: &Effect, _refusal: &Refusal) -> Vec<Effect> {
        self.volumes.forget_assumed(key);
        vec![]
    }
}

/// Says whether a claim changed only in that its provisioner was named. The controller puts its own writes into its
/// cache, so that their news is no news (pkg/controller/volume/persistentvolume/pv_controller_base.go,
/// `storeObjectUpdate`).
fn is_named_by_us(change: &Change<'_>) -> bool {
    let of = |object: Option<&Object>| object.and_then(PersistentVolumeClaim::of).cloned();
    let (Some(before), Some(after)) = (of(change.before), of(change.after)) else {
        return false;
    };
    let is_named = |claim: &PersistentVolumeClaim| !claim.metadata.annotations.value(STORAGE_PROVISIONER).is_empty();
    !is_named(&before)
        && is_named(&after)
        && before.spec == after.spec
        && before.status == after.status
        && before.metadata.annotations.value(SELECTED_NODE) == after.metadata.annotations.value(SELECTED_NODE)
        && before.metadata.deletion_timestamp == after.metadata.deletion_timestamp
}

/// Returns the next instant at which the controller looks at all claims again, whatever has changed.
fn next_resync(view: &View<'_>) -> Time {
    let period = view.settings.claim_resync.max(1);
    let passed = (view.now - Time::EPOCH).rem_euclid(period);
    view.now + (period - passed)
}
