//! Makes volumes larger when their claims ask for more: first the volume, then, on the node that has it, the file
//! system. A volume is never made smaller.
//!
//! Three components of Kubernetes share this work: the expand controller (pkg/controller/volume/expand), the driver's
//! sidecar (kubernetes-csi/external-resizer), and the kubelet's reconstruction of the file system
//! (`MountVolume.NodeExpandVolume`); each says its part under its own name. Left out: `status.allocatedResources`.

#[cfg(test)]
mod tests;

use super::attachments::Attachments;
use super::{Actor, Change, Effect, EventNote, View};
use crate::api::migration::EBS_DRIVER;
use crate::api::storage::ClaimPhase;
use crate::api::{
    Condition, Key, Kind, Node, ObjectReference, PersistentVolume, PersistentVolumeClaim, Pod, Quantity, Resource,
    VolumeAttachment, condition,
};
use crate::cloud::{CloudRequest, VolumeId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The shortest and the longest pause after a failure, in milliseconds (`--retry-interval-start`, `-max`).
const RETRY_MS: (i64, i64) = (1_000, 300_000);

const RESIZING: &str = "Resizing";
const PENDING: &str = "FileSystemResizePending";
const GIB: i64 = 1 << 30;

/// The controllers and what they remember.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Resizer {
    attachments: Attachments,
    /// The claims whose file systems wait for a node.
    waiting: BTreeSet<Key>,
    /// How often in a row an expansion failed.
    failures: BTreeMap<Key, u32>,
}

impl Actor for Resizer {
    const NAME: &'static str = "external-resizer ebs.csi.aws.com";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::PersistentVolumeClaim, Kind::VolumeAttachment, Kind::Node]
    }

    fn heed(&mut self, change: &Change<'_>, _view: &View<'_>, wake: &mut Vec<Key>) {
        match change.object().kind() {
            Kind::PersistentVolumeClaim => {
                let claim = change.after.and_then(PersistentVolumeClaim::of);
                wake.extend(claim.filter(|claim| wants_more(claim)).map(|claim| claim.key()));
            }
            Kind::VolumeAttachment => {
                self.attachments.heed(change);
            }
            _ => {
                let in_use =
                    |o: Option<&crate::api::Object>| o.and_then(Node::of).map(|n| n.status.volumes_in_use.clone());
                if in_use(change.before) != in_use(change.after) {
                    wake.extend(self.waiting.iter().cloned());
                }
            }
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let claim = view
            .get::<PersistentVolumeClaim>(&key.namespace, &key.name)
            .filter(|claim| wants_more(claim));
        let volume = claim.and_then(|claim| view.get::<PersistentVolume>("", &claim.spec.volume_name));
        let (Some(claim), Some(volume)) = (claim, volume) else {
            self.waiting.remove(key);
            self.failures.remove(key);
            return vec![];
        };
        if volume.capacity().as_milli() < claim.request().as_milli() {
            return self.grow_volume(view, key, claim, volume);
        }
        self.grow_file_system(view, key, claim, volume)
    }
}

impl Resizer {
    /// Grows the volume itself (the expand controller's word, then the sidecar's work).
    fn grow_volume(
        &mut self,
        view: &View<'_>,
        key: &Key,
        claim: &PersistentVolumeClaim,
        volume: &PersistentVolume,
    ) -> Vec<Effect> {
        let begun = condition::is_true(&claim.status.conditions, RESIZING);
        let mut effects = vec![];
        if !begun && !self.failures.contains_key(key) {
            let word = "waiting for an external controller to expand this PVC";
            let event = Effect::normal(claim.reference(), "ExternalExpanding", word);
            effects.push(by("volume_expand", "", event));
        }
        let Some(id) = device(volume) else {
            // No resizer for this driver: the claim waits for ever.
            return effects;
        };
        let bytes = claim.request().value().saturating_add(GIB - 1) / GIB * GIB;
        let Some(state) = view.cloud.volumes.get(&id) else {
            return effects;
        };
        if state.bytes >= bytes {
            let ready = state.grown_at().unwrap_or(view.now);
            if view.now < ready {
                return vec![Effect::WakeAt(key.clone(), ready)];
            }
            return grown(view, claim, volume, state.bytes);
        }
        if !begun {
            let name = &volume.metadata.name;
            let word = format!("External resizer is resizing volume {name}");
            effects.push(Effect::normal(claim.reference(), "Resizing", word));
            let mut marked = claim.clone();
            condition::set(
                &mut marked.status.conditions,
                Condition::new(RESIZING, true, "", "", view.now),
            );
            effects.push(Effect::update_status(marked));
        }
        let request = CloudRequest::Grow { id: id.clone(), bytes };
        match view.cloud.refusal(&request, view.now) {
            None => {
                self.failures.remove(key);
                effects.push(Effect::Cloud(request));
            }
            Some(why) => effects.extend(self.fail(view, key, claim, volume, &id, &why)),
        }
        effects
    }

    /// Says why an expansion failed, and tries again after a pause that doubles.
    fn fail(
        &mut self,
        view: &View<'_>,
        key: &Key,
        claim: &PersistentVolumeClaim,
        volume: &PersistentVolume,
        id: &str,
        why: &str,
    ) -> [Effect; 2] {
        let failures = self.failures.entry(key.clone()).or_default();
        let pause = RETRY_MS.0.saturating_mul(1 << (*failures).min(20)).min(RETRY_MS.1);
        *failures += 1;
        let word = format!(
            "resize volume \"{}\" by resizer \"{EBS_DRIVER}\" failed: rpc error: code = Internal desc = Could not resize volume \"{id}\": {why}",
            volume.metadata.name
        );
        [
            Effect::warning(claim.reference(), "VolumeResizeFailed", word),
            Effect::WakeAt(key.clone(), view.now + pause),
        ]
    }

    /// Grows the file system on the node that has it mounted; without one, the claim waits for a pod.
    fn grow_file_system(
        &mut self,
        view: &View<'_>,
        key: &Key,
        claim: &Arc<PersistentVolumeClaim>,
        volume: &PersistentVolume,
    ) -> Vec<Effect> {
        let mounted_on = |attachment: &&Arc<VolumeAttachment>| {
            let name = volume.attach_name().unwrap_or_default();
            let node = &attachment.spec.node_name;
            view.cloud.reaches_api(node)
                && view
                    .get::<Node>("", node)
                    .is_some_and(|node| node.status.volumes_in_use.contains(&name))
        };
        let attachment = self
            .attachments
            .of_volume(&volume.metadata.name, view)
            .filter(|a| a.status.attached)
            .find(mounted_on);
        let (Some(attachment), Some(id)) = (attachment, device(volume)) else {
            self.waiting.insert(key.clone());
            return vec![];
        };
        let node = &attachment.spec.node_name;
        let size = u64::try_from(volume.capacity().value()).unwrap_or_default();
        let grown = view.cloud.volumes.get(&id).is_some_and(|v| v.disk.capacity() >= size);
        if !grown {
            let request = CloudRequest::GrowFileSystem(id, node.clone());
            return match view.cloud.refusal(&request, view.now) {
                None => vec![Effect::Cloud(request)],
                Some(_) => vec![Effect::WakeAt(key.clone(), view.now + RETRY_MS.0)],
            };
        }
        self.waiting.remove(key);
        let word = format!(
            "MountVolume.NodeExpandVolume succeeded for volume \"{}\" {node}",
            volume.metadata.name
        );
        let pods = view
            .list::<Pod>(&claim.metadata.namespace)
            .filter(|pod| pod.spec.node_name == *node && pod.claims().any(|name| *name == *claim.metadata.name));
        let about: Vec<ObjectReference> = pods.map(|pod| pod.reference()).chain([claim.reference()]).collect();
        let mut done = PersistentVolumeClaim::clone(claim);
        done.status.capacity.insert("storage".to_owned(), volume.capacity());
        done.status
            .conditions
            .retain(|c| c.kind != PENDING && c.kind != RESIZING);
        let said = about.into_iter().map(|about| {
            let event = Effect::normal(about, "FileSystemResizeSuccessful", word.clone());
            by("kubelet", node, event)
        });
        [Effect::update_status(done)].into_iter().chain(said).collect()
    }
}

/// Writes down that the volume is larger, and that its file system is not yet.
fn grown(view: &View<'_>, claim: &PersistentVolumeClaim, volume: &PersistentVolume, bytes: i64) -> Vec<Effect> {
    let mut larger = volume.clone();
    larger
        .spec
        .capacity
        .insert("storage".to_owned(), Quantity::bytes(bytes));
    let mut waits = claim.clone();
    waits.status.conditions.retain(|c| c.kind != RESIZING);
    let word = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";
    condition::set(
        &mut waits.status.conditions,
        Condition::new(PENDING, true, "", word, view.now),
    );
    vec![
        Effect::update(larger),
        Effect::update_status(waits),
        Effect::normal(
            claim.reference(),
            "FileSystemResizeRequired",
            "Require file system resize of volume on node",
        ),
    ]
}

/// Says whether a bound claim asks for more than it has.
fn wants_more(claim: &PersistentVolumeClaim) -> bool {
    let has = claim.status.capacity.get("storage").copied().unwrap_or_default();
    claim.status.phase == ClaimPhase::Bound && has.as_milli() < claim.request().as_milli()
}

/// Returns the id of a volume's device, if it is an EBS volume.
fn device(volume: &PersistentVolume) -> Option<VolumeId> {
    volume
        .csi()
        .filter(|(driver, _)| *driver == EBS_DRIVER)
        .map(|(_, handle)| handle.into())
}

/// Lets another component say an event.
fn by(component: &'static str, host: &str, effect: Effect) -> Effect {
    match effect {
        Effect::Event(note) => Effect::Event(EventNote {
            component: Some(component.into()),
            host: host.into(),
            ..note
        }),
        other => other,
    }
}
