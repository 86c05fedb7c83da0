//! What to do with a claim.

use super::VolumeBinder;
use super::binding::{bind, set_claim_phase};
use super::next_resync;
use crate::actors::{Effect, View};
use crate::api::annotations::{BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE};
use crate::api::storage::{BindingMode, ClaimPhase};
use crate::api::{PersistentVolume, PersistentVolumeClaim, Resource, StorageClass};
use std::sync::Arc;

/// How many writes a request of kubectl takes the time of: it reads first, and then writes.
const A_REQUEST: i64 = 10;

impl VolumeBinder {
    /// Decides what becomes of a claim (`syncClaim`).
    pub(super) fn sync_claim(&mut self, view: &View<'_>, claim: &Arc<PersistentVolumeClaim>) -> Vec<Effect> {
        if claim.metadata.annotations.contains_key(BIND_COMPLETED) {
            return sync_bound_claim(view, claim);
        }
        let mut effects = self.sync_unbound_claim(view, claim);
        effects.push(Effect::WakeAt(claim.key(), next_resync(view)));
        effects
    }

    fn sync_unbound_claim(&mut self, view: &View<'_>, claim: &Arc<PersistentVolumeClaim>) -> Vec<Effect> {
        let wanted = &claim.spec.volume_name;
        if wanted.is_empty() {
            return self.find_volume(view, claim);
        }
        let Some(volume) = view.get::<PersistentVolume>("", wanted) else {
            return stay_pending(claim, None);
        };
        if volume.spec.claim_ref.is_none() {
            return match mismatch(volume, claim) {
                None => bind(view, volume, claim),
                Some(why) => {
                    let message = format!("Cannot bind to requested volume \"{wanted}\": {why}");
                    let event = Effect::warning(claim.reference(), "VolumeMismatch", message);
                    stay_pending(claim, Some(event))
                }
            };
        }
        if volume.is_claimed_by(claim) {
            return bind(view, volume, claim);
        }
        if claim.metadata.annotations.contains_key(BOUND_BY_CONTROLLER) {
            // Only somebody who took the annotations off a bound claim comes here; Kubernetes logs it and waits.
            return vec![];
        }
        let message = format!("volume \"{wanted}\" already bound to a different claim.");
        let event = Effect::warning(claim.reference(), "FailedBinding", message);
        stay_pending(claim, Some(event))
    }

    /// Finds a volume for a claim that does not care which one it gets; or has one made, or says why it waits.
    fn find_volume(&mut self, view: &View<'_>, claim: &Arc<PersistentVolumeClaim>) -> Vec<Effect> {
        let class = claim.class();
        let delayed = view
            .get::<StorageClass>("", class)
            .is_some_and(|class| class.volume_binding_mode == BindingMode::WaitForFirstConsumer);
        if let Some(volume) = self.volumes.best_match(view, claim, delayed) {
            self.volumes.assume(&volume.metadata.name, claim.key());
            return bind(view, volume, claim);
        }
        if self.volumes.is_one_about(view, claim, delayed) {
            // Of the objects of one `kubectl apply`, which here are written at one instant, a cluster gets each a request
            // later than the one before: the volume that a file has before its claim is Available by then.
            return vec![Effect::WakeAt(
                claim.key(),
                view.now + A_REQUEST * view.settings.api_write,
            )];
        }
        if let Some(effect) = super::provision::assign_default_class(view, claim) {
            return vec![effect];
        }
        if delayed && !claim.metadata.annotations.contains_key(SELECTED_NODE) {
            return stay_pending(claim, Some(self.waits_for_consumer(view, claim)));
        }
        if !class.is_empty() {
            return super::provision::provision(view, claim);
        }
        let message = "no persistent volumes available for this claim and no storage class is set";
        let event = Effect::normal(claim.reference(), "FailedBinding", message);
        stay_pending(claim, Some(event))
    }

    /// Says for whom a claim of a delayed class waits (`emitEventForUnboundDelayBindingClaim`).
    fn waits_for_consumer(&self, view: &View<'_>, claim: &PersistentVolumeClaim) -> Effect {
        let pods: Vec<&str> = self
            .users
            .of(claim, view)
            .filter(|pod| !pod.is_scheduled() && !pod.status.phase.is_terminal())
            .map(|pod| &*pod.metadata.name)
            .collect();
        let (reason, message) = match pods.as_slice() {
            [] => (
                "WaitForFirstConsumer",
                "waiting for first consumer to be created before binding".to_owned(),
            ),
            [pod] => ("WaitForPodScheduled", format!("waiting for pod {pod} to be scheduled")),
            pods => (
                "WaitForPodScheduled",
                format!("waiting for pods {} to be scheduled", pods.join(",")),
            ),
        };
        Effect::normal(claim.reference(), reason, message)
    }
}

/// Decides what becomes of a claim that was bound before (`syncBoundClaim`).
fn sync_bound_claim(view: &View<'_>, claim: &Arc<PersistentVolumeClaim>) -> Vec<Effect> {
    let name = &claim.spec.volume_name;
    if name.is_empty() {
        let message = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!";
        return lose(claim, "ClaimLost", message);
    }
    let Some(volume) = view.get::<PersistentVolume>("", name) else {
        let message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
        return lose(claim, "ClaimLost", message);
    };
    match &volume.spec.claim_ref {
        Some(reference) if reference.uid != claim.metadata.uid => {
            let message = "Two claims are bound to the same volume, this one is bound incorrectly";
            lose(claim, "ClaimMisbound", message)
        }
        _ => bind(view, volume, claim),
    }
}

/// Marks a claim as lost, and says so once.
fn lose(claim: &PersistentVolumeClaim, reason: &'static str, message: &str) -> Vec<Effect> {
    if claim.status.phase == ClaimPhase::Lost {
        return vec![];
    }
    let mut effects: Vec<Effect> = set_claim_phase(claim, ClaimPhase::Lost, None).into_iter().collect();
    effects.push(Effect::warning(claim.reference(), reason, message));
    effects
}

/// Leaves a claim pending, with or without a word; it is looked at again at the next resync.
fn stay_pending(claim: &PersistentVolumeClaim, event: Option<Effect>) -> Vec<Effect> {
    event
        .into_iter()
        .chain(set_claim_phase(claim, ClaimPhase::Pending, None))
        .collect()
}

/// Returns why a volume that a claim names does not satisfy it (`checkVolumeSatisfyClaim`).
fn mismatch(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> Option<&'static str> {
    if volume.capacity().as_milli() < claim.request().as_milli() {
        Some("requested PV is too small")
    } else if volume.class() != claim.class() {
        Some("storageClassName does not match")
    } else if volume.spec.volume_mode != claim.spec.volume_mode {
        Some("incompatible volumeMode")
    } else if !super::index::has_modes(volume, claim) {
        Some("incompatible accessMode")
    } else {
        None
    }
}
