//! The writes of a binding, in their order: the volume's claimRef, the volume's phase, the claim's volumeName, the
//! claim's phase. Each is left out where it would change nothing, so that an interrupted binding can be finished.

use crate::actors::{Effect, View};
use crate::api::annotations::{BIND_COMPLETED, BOUND_BY_CONTROLLER};
use crate::api::storage::{ClaimPhase, VolumePhase};
use crate::api::{PersistentVolume, PersistentVolumeClaim, Resource, Time};

/// Binds a volume and a claim to one another (`bind`).
pub(super) fn bind(view: &View<'_>, volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> Vec<Effect> {
    let given = give_volume(volume, claim);
    let bound = set_volume_phase(given.as_ref().unwrap_or(volume), VolumePhase::Bound, "", view.now);
    let taken = take_volume(claim, volume);
    let mut phase = set_claim_phase(taken.as_ref().unwrap_or(claim), ClaimPhase::Bound, Some(volume));
    let mut effects = vec![];
    let mut bound = bound;
    if let Some(given) = given {
        // The write before changed the revision; only the first of the two asks whether somebody else wrote.
        bound = bound.map(whatever_revision);
        effects.push(Effect::update(given));
    }
    effects.extend(bound);
    if let Some(taken) = taken {
        phase = phase.map(whatever_revision);
        effects.push(Effect::update(taken));
    }
    effects.extend(phase);
    effects
}

/// Rolls a binding back (`unbindVolume`): a volume that the controller gave away is free again, one that a person
/// reserved stays reserved.
pub(super) fn unbind(volume: &PersistentVolume, now: Time) -> Vec<Effect> {
    let mut free = volume.clone();
    if free.metadata.annotations.contains_key(BOUND_BY_CONTROLLER) {
        free.spec.claim_ref = None;
        free.metadata.annotations.remove(BOUND_BY_CONTROLLER);
    } else if let Some(reference) = &mut free.spec.claim_ref {
        reference.uid = Default::default();
    }
    let phase = set_volume_phase(&free, VolumePhase::Available, "", now).map(whatever_revision);
    [Effect::update(free)].into_iter().chain(phase).collect()
}

/// Returns the write that sets a volume's phase, unless it is set already (`updateVolumePhase`).
pub(super) fn set_volume_phase(
    volume: &PersistentVolume,
    phase: VolumePhase,
    message: &str,
    now: Time,
) -> Option<Effect> {
    if volume.status.phase == phase {
        return None;
    }
    let mut marked = volume.clone();
    marked.status.phase = phase;
    marked.status.message = message.to_owned();
    marked.status.last_phase_transition_time = Some(now);
    Some(Effect::update_status(marked))
}

/// Returns the write that sets a claim's phase, modes and capacity, unless all is so already (`updateClaimStatus`).
pub(super) fn set_claim_phase(
    claim: &PersistentVolumeClaim,
    phase: ClaimPhase,
    volume: Option<&PersistentVolume>,
) -> Option<Effect> {
    let mut status = claim.status.clone();
    match volume {
        None => {
            status.access_modes.clear();
            status.capacity.clear();
        }
        Some(volume) => {
            status.access_modes.clone_from(&volume.spec.access_modes);
            // A bound claim's capacity lags behind its volume's while the file system is grown.
            if status.phase != phase || !status.capacity.contains_key("storage") {
                status.capacity.clone_from(&volume.spec.capacity);
            }
        }
    }
    status.phase = phase;
    if status == claim.status {
        return None;
    }
    let mut marked = claim.clone();
    marked.status = status;
    Some(Effect::update_status(marked))
}

/// Returns the volume with its claimRef written, unless it is complete (`bindVolumeToClaim`).
fn give_volume(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> Option<PersistentVolume> {
    let reserved = volume.is_claimed_by(claim);
    let complete = volume
        .spec
        .claim_ref
        .as_ref()
        .is_some_and(|r| reserved && r.uid == claim.metadata.uid);
    if complete {
        return None;
    }
    let mut given = volume.clone();
    given.spec.claim_ref = Some(claim.reference());
    if !reserved {
        given.metadata.annotations.set(BOUND_BY_CONTROLLER, "yes");
    }
    Some(given)
}

/// Returns the claim with its volumeName and annotations written, unless they are (`bindClaimToVolume`).
fn take_volume(claim: &PersistentVolumeClaim, volume: &PersistentVolume) -> Option<PersistentVolumeClaim> {
    let named = claim.spec.volume_name == volume.metadata.name;
    if named && claim.metadata.annotations.contains_key(BIND_COMPLETED) {
        return None;
    }
    let mut taken = claim.clone();
    if !named {
        taken.spec.volume_name = volume.metadata.name.clone();
        taken.metadata.annotations.set(BOUND_BY_CONTROLLER, "yes");
    }
    taken.metadata.annotations.set(BIND_COMPLETED, "yes");
    Some(taken)
}

/// Lets a write of a status follow the writer's own write before it.
fn whatever_revision(effect: Effect) -> Effect {
    match effect {
        Effect::UpdateStatus(mut object) => {
            object.meta_mut().resource_version = 0;
            Effect::UpdateStatus(object)
        }
        other => other,
    }
}
