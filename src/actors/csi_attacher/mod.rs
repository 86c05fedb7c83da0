//! The sidecar of the EBS driver that attaches volumes to machines as VolumeAttachments ask, and detaches them when the
//! attachments go. Spared from knowing why: that is the attach-detach controller's business.
//!
//! Source: kubernetes-csi/external-attacher, pkg/controller/csi_handler.go. Other drivers have no attacher here: their
//! attachments wait for ever, as in a cluster without the driver; EFS needs none.

#[cfg(test)]
mod tests;

use super::attachments::Attachments;
use super::csi::attacher_finalizer;
use super::{Actor, Change, Effect, View};
use crate::api::migration::EBS_DRIVER;
use crate::api::storage::VolumeError;
use crate::api::{Key, Kind, PersistentVolume, Resource, VolumeAttachment};
use crate::cloud::{CloudRequest, VolumeId, VolumeState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The shortest and the longest pause after a failure, in milliseconds (`--retry-interval-start`, `-max`).
const RETRY_MS: (i64, i64) = (1_000, 300_000);

/// The sidecar and what it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CsiAttacher {
    attachments: Attachments,
    /// How often in a row an attachment failed.
    failures: BTreeMap<Arc<str>, u32>,
}

impl Actor for CsiAttacher {
    const NAME: &'static str = "csi-attacher";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::VolumeAttachment, Kind::PersistentVolume]
    }

    fn heed(&mut self, change: &Change<'_>, _view: &View<'_>, wake: &mut Vec<Key>) {
        if let Some(attachment) = VolumeAttachment::of(change.object()) {
            let pair = self.attachments.heed(change);
            if change.after.is_some() {
                wake.extend((attachment.spec.attacher == EBS_DRIVER).then(|| attachment.key()));
            } else {
                self.failures.remove(&attachment.metadata.name);
                wake.extend(pair.map(|(volume, _)| Key::cluster(Kind::PersistentVolume, volume)));
            }
        } else if change.after.is_some_and(|object| object.meta().is_terminating()) {
            wake.push(change.object().key());
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::PersistentVolume {
            let volume = view.get::<PersistentVolume>("", &key.name);
            return volume.map_or(vec![], |volume| self.let_go(view, volume));
        }
        let Some(attachment) = view.get::<VolumeAttachment>("", &key.name) else {
            return vec![];
        };
        if attachment.metadata.is_terminating() {
            return self.detach(view, attachment);
        }
        if attachment.status.attached {
            return vec![];
        }
        self.attach(view, attachment)
    }
}

impl CsiAttacher {
    /// Attaches (`syncAttach`): finalizers first, so that nothing vanishes that is attached.
    fn attach(&mut self, view: &View<'_>, attachment: &Arc<VolumeAttachment>) -> Vec<Effect> {
        let name = attachment
            .spec
            .source
            .persistent_volume_name
            .clone()
            .unwrap_or_default();
        let Some(volume) = view.get::<PersistentVolume>("", &name) else {
            return self.fail(view, attachment, format!("persistentvolume \"{name}\" not found"));
        };
        let Some(id) = device(volume) else {
            return self.fail(
                view,
                attachment,
                format!("PersistentVolume \"{name}\" is not served by {EBS_DRIVER}"),
            );
        };
        if volume.metadata.is_terminating() {
            return self.fail(
                view,
                attachment,
                format!("PersistentVolume \"{name}\" is marked for deletion"),
            );
        }
        let machine = &attachment.spec.node_name;
        let mut effects: Vec<Effect> = hold(&**attachment).into_iter().chain(hold(&**volume)).collect();
        let state = view.cloud.volumes.get(&id);
        let has = state.is_some_and(|volume| volume.attached_to(view.now) == Some(machine));
        match state
            .filter(|_| has)
            .map(|volume| (volume.state(view.now), volume.settled_at()))
        {
            Some((VolumeState::InUse, _)) => {
                let mut done = VolumeAttachment::clone(attachment);
                done.status.attached = true;
                done.status.attach_error = None;
                if !effects.is_empty() {
                    done.metadata.resource_version = 0;
                }
                self.failures.remove(&attachment.metadata.name);
                effects.push(Effect::update_status(done));
            }
            Some((VolumeState::Attaching, ready)) => effects.push(Effect::WakeAt(attachment.key(), ready)),
            _ => {
                let request = CloudRequest::Attach(id.clone(), machine.clone());
                match view.cloud.refusal(&request, view.now) {
                    None => effects.push(Effect::Cloud(request)),
                    Some(why) => {
                        let why = format!(
                            "rpc error: code = Internal desc = Could not attach volume \"{id}\" to node \"{machine}\": {why}"
                        );
                        effects.extend(self.fail(view, attachment, why));
                    }
                }
            }
        }
        effects
    }

    /// Detaches (`syncDetach`), and lets the attachment go when that is done.
    fn detach(&mut self, view: &View<'_>, attachment: &Arc<VolumeAttachment>) -> Vec<Effect> {
        let finalizer = attacher_finalizer(EBS_DRIVER);
        if !attachment.metadata.finalizers.contains(&finalizer.clone().into()) {
            return vec![];
        }
        let machine = &attachment.spec.node_name;
        let name = attachment
            .spec
            .source
            .persistent_volume_name
            .clone()
            .unwrap_or_default();
        let volume = view
            .get::<PersistentVolume>("", &name)
            .and_then(|volume| device(volume));
        let held = volume.as_ref().and_then(|id| view.cloud.volumes.get(id));
        if let Some(held) = held.filter(|held| held.attached_to(view.now) == Some(machine)) {
            if held.state(view.now) == VolumeState::Detaching {
                return vec![Effect::WakeAt(attachment.key(), held.settled_at())];
            }
            let id = volume.expect("what is held has an id");
            return vec![Effect::Cloud(CloudRequest::Detach(id, machine.clone()))];
        }
        let mut free = VolumeAttachment::clone(attachment);
        let mut effects = vec![];
        if free.status.attached {
            free.status.attached = false;
            effects.push(Effect::update_status(free.clone()));
            free.metadata.resource_version = 0;
        }
        free.metadata.finalizers.retain(|f| *f != finalizer);
        effects.push(Effect::update(free));
        effects
    }

    /// Takes the finalizer off a volume that is deleted, once nothing attaches it (`SyncNewOrUpdatedPersistentVolume`).
    fn let_go(&self, view: &View<'_>, volume: &PersistentVolume) -> Vec<Effect> {
        let finalizer = attacher_finalizer(EBS_DRIVER);
        let attached = self.attachments.of_volume(&volume.metadata.name, view).next().is_some();
        let held = volume.metadata.finalizers.iter().any(|f| *f == finalizer);
        if !volume.metadata.is_terminating() || attached || !held {
            return vec![];
        }
        let mut free = volume.clone();
        free.metadata.finalizers.retain(|f| *f != finalizer);
        vec![Effect::update(free)]
    }

    /// Writes down why an attachment failed, and tries again after a pause that doubles.
    fn fail(&mut self, view: &View<'_>, attachment: &VolumeAttachment, why: String) -> Vec<Effect> {
        let failures = self.failures.entry(attachment.metadata.name.clone()).or_default();
        let pause = RETRY_MS.0.saturating_mul(1 << (*failures).min(20)).min(RETRY_MS.1);
        *failures += 1;
        let again = Effect::WakeAt(attachment.key(), view.now + pause);
        let told = attachment
            .status
            .attach_error
            .as_ref()
            .is_some_and(|error| error.message == why);
        if told {
            return vec![again];
        }
        let mut failed = attachment.clone();
        failed.metadata.resource_version = 0;
        failed.status.attach_error = Some(VolumeError {
            time: Some(view.now),
            message: why,
            ..VolumeError::default()
        });
        vec![Effect::update_status(failed), again]
    }
}

/// Returns the id of a volume's device, if it is an EBS volume.
fn device(volume: &PersistentVolume) -> Option<VolumeId> {
    volume
        .csi()
        .filter(|(driver, _)| *driver == EBS_DRIVER)
        .map(|(_, handle)| handle.into())
}

/// Returns the write that puts the driver's finalizer on an object, unless it is there.
fn hold(object: &impl Resource) -> Option<Effect> {
    let finalizer = attacher_finalizer(EBS_DRIVER);
    if object.meta().finalizers.iter().any(|f| *f == finalizer) {
        return None;
    }
    let mut held = object.clone();
    held.meta_mut().finalizers.push(finalizer.into());
    Some(Effect::update(held))
}
