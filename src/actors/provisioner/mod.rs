//! The sidecars of the storage drivers that make volumes for claims and unmake them when they are released.
//! Spared from knowing how a claim is bound: a volume that names its claim is enough.
//!
//! Two drivers are installed, EBS and EFS; for the provisioners of others nobody answers, as in a cluster without them.
//! Source: sigs.k8s.io/sig-storage-lib-external-provisioner and kubernetes-csi/external-provisioner. Left out:
//! snapshots and clones as sources, secrets, capacity tracking.

mod driver;
mod ebs;
mod efs;
mod zone;
#[cfg(test)]
mod tests;

use super::{Actor, Change, Effect, EventNote, View};
use crate::api::annotations::{BETA_STORAGE_PROVISIONER, PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER};
use crate::api::storage::{BindingMode, ReclaimPolicy, VolumePhase};
use crate::api::{Key, Kind, Node, PersistentVolume, PersistentVolumeClaim, Resource, StorageClass, VolumeAttachment};
use driver::{Driver, Progress};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The finalizer by which a volume waits until what it stands for is unmade.
const FINALIZER: &str = "external-provisioner.volume.kubernetes.io/finalizer";

/// The shortest and the longest pause after a failure, in milliseconds (`--retry-interval-start`, `-max`).
const RETRY_MS: (i64, i64) = (1_000, 300_000);

/// The sidecars and what they remember.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Provisioner {
    /// Claims whose volumes are being made: they are finished even when the claim is gone meanwhile.
    in_progress: BTreeMap<Key, Arc<PersistentVolumeClaim>>,
    /// How often in a row something failed.
    failures: BTreeMap<Key, u32>,
}

impl Actor for Provisioner {
    const NAME: &'static str = "csi-provisioner";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::PersistentVolumeClaim, Kind::PersistentVolume]
    }

    fn heed(&mut self, change: &Change<'_>, _view: &View<'_>, wake: &mut Vec<Key>) {
        let Some(object) = change.after else {
            self.failures.remove(&change.object().key());
            return;
        };
        let concerned = match PersistentVolumeClaim::of(object) {
            Some(claim) => driver_for(claim).is_some(),
            None => PersistentVolume::of(object).is_some_and(|volume| doomed(volume).is_some() || spared(volume)),
        };
        if concerned {
            wake.push(object.key());
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::PersistentVolume {
            let volume = view.get::<PersistentVolume>("", &key.name);
            return volume.map_or(vec![], |volume| self.delete(view, key, volume));
        }
        let claim = view
            .get::<PersistentVolumeClaim>(&key.namespace, &key.name)
            .filter(|claim| driver_for(claim).is_some())
            .or_else(|| self.in_progress.get(key))
            .cloned();
        claim.map_or(vec![], |claim| self.provision(view, key, &claim))
    }
}

impl Provisioner {
    /// Makes a volume for a claim, one step at a time (`provisionClaimOperation`).
    fn provision(&mut self, view: &View<'_>, key: &Key, claim: &Arc<PersistentVolumeClaim>) -> Vec<Effect> {
        let name = format!("pvc-{}", claim.metadata.uid);
        let class = view.get::<StorageClass>("", claim.class());
        let (Some(driver), Some(class)) = (driver_for(claim), class) else {
            return vec![];
        };
        let selected = claim.metadata.annotations.value(SELECTED_NODE);
        let delayed = class.volume_binding_mode == BindingMode::WaitForFirstConsumer;
        if delayed && selected.is_empty() || view.get::<PersistentVolume>("", &name).is_some() {
            self.forget(key);
            return vec![];
        }
        let say = |effect: Effect| by(driver, effect);
        let beginning = say(Effect::normal(
            claim.reference(),
            "Provisioning",
            format!(
                "External provisioner is provisioning volume for claim \"{}/{}\"",
                claim.metadata.namespace, claim.metadata.name
            ),
        ));
        let failed = |why: String| say(Effect::warning(claim.reference(), "ProvisioningFailed", why));
        if !selected.is_empty() && view.get::<Node>("", selected).is_none() {
            // The scheduler has to choose again.
            let mut unselected = PersistentVolumeClaim::clone(claim);
            unselected.metadata.annotations.remove(SELECTED_NODE);
            let why = failed(format!("node \"{selected}\" not found"));
            return vec![beginning, why, Effect::update(unselected)];
        }
        match driver.provision(view, claim, class) {
            Err(why) => {
                let class = &class.metadata.name;
                let why = format!("failed to provision volume with StorageClass \"{class}\": {why}");
                vec![beginning, failed(why), self.try_again(view, key)]
            }
            Ok(Progress::Ask(request)) => {
                self.in_progress.insert(key.clone(), claim.clone());
                vec![beginning, Effect::Cloud(request)]
            }
            Ok(Progress::Wait(until)) => vec![Effect::WakeAt(key.clone(), until)],
            Ok(Progress::Made(made)) => {
                self.forget(key);
                let volume = driver::volume_of(view, &name, claim, class, driver, *made);
                let message = format!("Successfully provisioned volume {name}");
                let end = say(Effect::normal(claim.reference(), "ProvisioningSucceeded", message));
                vec![Effect::create(volume), end]
            }
        }
    }

    /// Unmakes a released volume, then the object, then the finalizer (`deleteVolumeOperation`).
    fn delete(&mut self, view: &View<'_>, key: &Key, volume: &Arc<PersistentVolume>) -> Vec<Effect> {
        let freed = || {
            let mut free = PersistentVolume::clone(volume);
            free.metadata.finalizers.retain(|f| f != FINALIZER);
            Effect::update(free)
        };
        if spared(volume) {
            return vec![freed()];
        }
        let Some(driver) = doomed(volume) else {
            return vec![];
        };
        let name = &volume.metadata.name;
        let holder = view
            .list::<VolumeAttachment>("")
            .find(|a| a.spec.source.persistent_volume_name.as_ref() == Some(name));
        let trouble = match holder {
            Some(holder) => Err(format!(
                "persistentvolume {name} is still attached to node {}",
                holder.spec.node_name
            )),
            None => driver.delete(view, volume),
        };
        match trouble {
            Err(why) => {
                let event = Effect::warning(volume.reference(), "VolumeFailedDelete", why);
                vec![by(driver, event), self.try_again(view, key)]
            }
            Ok(request) => {
                self.failures.remove(key);
                let unmade = request.map(Effect::Cloud).into_iter();
                if volume.metadata.is_terminating() {
                    return unmade.chain([freed()]).collect();
                }
                // The finalizer goes once the watch shows that the object is marked.
                unmade.chain([Effect::delete(&**volume)]).collect()
            }
        }
    }

    /// Counts a failure, and comes back after a pause that doubles.
    fn try_again(&mut self, view: &View<'_>, key: &Key) -> Effect {
        let failures = self.failures.entry(key.clone()).or_default();
        let pause = RETRY_MS.0.saturating_mul(1 << (*failures).min(20)).min(RETRY_MS.1);
        *failures += 1;
        Effect::WakeAt(key.clone(), view.now + pause)
    }

    fn forget(&mut self, key: &Key) {
        self.in_progress.remove(key);
        self.failures.remove(key);
    }
}

/// Returns the driver that is to make a volume for a claim, if one of ours is (`shouldProvision`).
fn driver_for(claim: &PersistentVolumeClaim) -> Option<Driver> {
    let annotations = &claim.metadata.annotations;
    let named = annotations
        .get(STORAGE_PROVISIONER)
        .or_else(|| annotations.get(BETA_STORAGE_PROVISIONER))?;
    Driver::named(named).filter(|_| claim.spec.volume_name.is_empty())
}

/// Returns the driver that is to unmake a volume, if it is time and one of ours is (`shouldDelete`).
fn doomed(volume: &PersistentVolume) -> Option<Driver> {
    let released = volume.status.phase == VolumePhase::Released
        && volume.spec.persistent_volume_reclaim_policy == ReclaimPolicy::Delete;
    let waits = !volume.metadata.is_terminating() || volume.metadata.finalizers.iter().any(|f| f == FINALIZER);
    let driver = Driver::named(volume.metadata.annotations.get(PROVISIONED_BY)?)?;
    (released && waits).then_some(driver)
}

/// Says whether somebody deletes a volume object whose disk is to stay: the finalizer, which makes sure that a disk goes
/// with its object, has no business there (`handleProtectionFinalizer`). The real sidecar takes it off as soon as it sees a
/// volume with another policy than Delete; here it stays until the object is to go and no claim has it any more.
fn spared(volume: &PersistentVolume) -> bool {
    let is_ours = || Driver::named(volume.metadata.annotations.get(PROVISIONED_BY)?);
    volume.metadata.is_terminating()
        && volume.status.phase != VolumePhase::Bound
        && volume.spec.persistent_volume_reclaim_policy != ReclaimPolicy::Delete
        && volume.metadata.finalizers.iter().any(|f| f == FINALIZER)
        && is_ours().is_some()
}

/// Lets a driver say an event under its own name.
fn by(driver: Driver, effect: Effect) -> Effect {
    match effect {
        Effect::Event(note) => Effect::Event(EventNote {
            component: Some(driver.component().into()),
            ..note
        }),
        other => other,
    }
}
