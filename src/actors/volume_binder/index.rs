//! Which volumes a claim may get, found without looking at the volumes of others.

use crate::actors::{Change, View};
use crate::api::storage::VolumePhase;
use crate::api::{Key, PersistentVolume, PersistentVolumeClaim};
use crate::api::{ObjectReference, Resource};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The name of a volume.
type Name = Arc<str>;

/// The volumes that are free, by class; those that are kept for a claim, by the claim; and those that were just given
/// away, though the watch has not brought it yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct VolumeIndex {
    free: BTreeMap<String, BTreeSet<Name>>,
    reserved: BTreeMap<Name, BTreeMap<Name, BTreeSet<Name>>>,
    assumed: BTreeMap<Name, Key>,
}

impl VolumeIndex {
    /// Takes notice of a volume's change.
    pub fn heed(&mut self, change: &Change<'_>) {
        if let Some(volume) = change.before.and_then(PersistentVolume::of) {
            self.assumed.remove(&volume.metadata.name);
            match &volume.spec.claim_ref {
                None => remove(&mut self.free, volume.class(), &volume.metadata.name),
                Some(reference) => self.unreserve(reference, &volume.metadata.name),
            }
        }
        if let Some(volume) = change.after.and_then(PersistentVolume::of) {
            let name = volume.metadata.name.clone();
            match &volume.spec.claim_ref {
                None => self.free.entry(volume.class().to_owned()).or_default().insert(name),
                Some(reference) => self
                    .reserved
                    .entry(reference.namespace.clone())
                    .or_default()
                    .entry(reference.name.clone())
                    .or_default()
                    .insert(name),
            };
        }
    }

    fn unreserve(&mut self, reference: &ObjectReference, name: &Name) {
        if let Some(claims) = self.reserved.get_mut(&reference.namespace) {
            remove(claims, &reference.name, name);
        }
    }

    /// Remembers that a free volume was given to a claim.
    pub fn assume(&mut self, volume: &Name, claim: Key) {
        self.assumed.insert(volume.clone(), claim);
    }

    /// Forgets what was given to a claim: the write was refused.
    pub fn forget_assumed(&mut self, claim: &Key) {
        self.assumed.retain(|_, holder| holder != claim);
    }

    /// Says whether a free volume, made before a claim that it fits, is not marked as Available yet.
    pub fn is_one_about(&self, view: &View<'_>, claim: &PersistentVolumeClaim, delayed: bool) -> bool {
        let is_older = |volume: &PersistentVolume| volume.metadata.resource_version < claim.metadata.resource_version;
        self.candidates(view, claim, delayed).any(|volume| {
            volume.spec.claim_ref.is_none() && volume.status.phase == VolumePhase::Pending && is_older(volume)
        })
    }

    /// Returns the volumes that are kept for a claim or free, and satisfy it.
    fn candidates<'a>(
        &self,
        view: &View<'a>,
        claim: &PersistentVolumeClaim,
        delayed: bool,
    ) -> impl Iterator<Item = &'a Arc<PersistentVolume>> {
        let meta = &claim.metadata;
        let kept = self
            .reserved
            .get(&meta.namespace)
            .and_then(|claims| claims.get(&meta.name));
        let free = self.free.get(claim.class()).filter(|_| !delayed);
        kept.into_iter()
            .chain(free)
            .flatten()
            .filter(|name| self.assumed.get(*name).is_none_or(|holder| *holder == claim.key()))
            .filter_map(|name| view.get::<PersistentVolume>("", name))
            .filter(|volume| satisfies(volume, claim))
    }

    /// Returns the volume that fits a claim best: one that is kept for it, else the smallest free one with the fewest
    /// access modes (`findBestMatchForClaim`). With `delayed` binding only the scheduler gives free ones away.
    pub fn best_match<'a>(
        &self,
        view: &View<'a>,
        claim: &PersistentVolumeClaim,
        delayed: bool,
    ) -> Option<&'a Arc<PersistentVolume>> {
        self.candidates(view, claim, delayed)
            // One that is not Available yet will be, and giving it away before would only meet that write.
            .filter(|volume| volume.spec.claim_ref.is_some() || volume.status.phase == VolumePhase::Available)
            .min_by_key(|volume| {
                let is_kept = volume.spec.claim_ref.is_some();
                let size = if is_kept { 0 } else { volume.capacity().as_milli() };
                // Volumes are searched by their sets of modes, the smallest set first.
                (
                    volume.spec.access_modes.len(),
                    modes(volume),
                    !is_kept,
                    size,
                    &volume.metadata.name,
                )
            })
    }
}

/// Returns the access modes as the index of Kubernetes spells them.
fn modes(volume: &PersistentVolume) -> Vec<&'static str> {
    volume.spec.access_modes.iter().map(|mode| mode.short()).collect()
}

/// Says whether a volume, kept for the claim or free, satisfies it whatever its phase (`volume.FindMatchingVolume`).
pub fn satisfies(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    let big_enough = volume.capacity().as_milli() >= claim.request().as_milli();
    let usable = !volume.metadata.is_terminating() && volume.spec.volume_mode == claim.spec.volume_mode;
    if !big_enough || !usable || !has_modes(volume, claim) {
        return false;
    }
    if volume.spec.claim_ref.is_some() {
        return volume.is_claimed_by(claim);
    }
    let selected = claim
        .spec
        .selector
        .as_ref()
        .is_none_or(|s| s.matches(&volume.metadata.labels));
    selected && volume.class() == claim.class()
}

/// Says whether a volume offers all the access modes that a claim asks for.
pub(super) fn has_modes(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    claim
        .spec
        .access_modes
        .iter()
        .all(|mode| volume.spec.access_modes.contains(mode))
}

/// Takes a name out of a set of sets, and the set with it when it is empty.
fn remove<K: Ord + std::borrow::Borrow<Q>, Q: Ord + ?Sized>(
    sets: &mut BTreeMap<K, BTreeSet<Name>>,
    key: &Q,
    name: &Name,
) {
    if let Some(names) = sets.get_mut(key) {
        names.remove(name);
        if names.is_empty() {
            sets.remove(key);
        }
    }
}
