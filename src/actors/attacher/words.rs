//! What the controller says on pods. The trailing blank of a success is Kubernetes' own.

use crate::actors::Effect;
use crate::api::{Pod, Resource, VolumeAttachment};
use std::sync::Arc;

/// The volume is attached.
pub(super) fn attached(pod: &Pod, volume: &str) -> Effect {
    let message = format!("AttachVolume.Attach succeeded for volume \"{volume}\" ");
    Effect::normal(pod.reference(), "SuccessfulAttachVolume", message)
}

/// The driver could not attach the volume.
pub(super) fn failed(pod: &Pod, volume: &str, why: &str) -> Effect {
    let message = format!("AttachVolume.Attach failed for volume \"{volume}\" : {why}");
    Effect::warning(pod.reference(), "FailedAttachVolume", message)
}

/// Nobody answered for the driver.
pub(super) fn timed_out(attachment: &VolumeAttachment, handle: &str) -> String {
    let driver = &attachment.spec.attacher;
    format!("timed out waiting for external-attacher of {driver} CSI driver to attach volume {handle}")
}

/// Another node has the volume. A pod is told the names of the pods there that are its neighbours by namespace, and
/// the number of others (`reportMultiAttachError`).
pub(super) fn multi_attach(pod: &Pod, volume: &str, others: &[&Arc<Pod>]) -> Effect {
    let namespace = &pod.metadata.namespace;
    let (near, far): (Vec<&&Arc<Pod>>, _) = others.iter().partition(|p| p.metadata.namespace == *namespace);
    let names: Vec<&str> = near.iter().map(|pod| &*pod.metadata.name).collect();
    let far: Vec<_> = far;
    let why = match (names.as_slice(), far.len()) {
        ([], 0) => "Volume is already exclusively attached to one node and can't be attached to another".to_owned(),
        ([], n) => format!("Volume is already used by {n} pod(s) in different namespaces"),
        (names, 0) => format!("Volume is already used by pod(s) {}", names.join(", ")),
        (names, n) => format!(
            "Volume is already used by pod(s) {} and {n} pod(s) in different namespaces",
            names.join(", ")
        ),
    };
    let message = format!("Multi-Attach error for volume \"{volume}\" {why}");
    Effect::warning(pod.reference(), "FailedAttachVolume", message)
}
