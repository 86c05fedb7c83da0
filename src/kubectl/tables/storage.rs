//! Claims, volumes, classes, attachments and CSI nodes.

use super::{Look, Row};
use crate::api::storage::AccessMode;
use crate::api::{Object, PersistentVolumeClaim};

pub(super) const CLAIM: &[(&str, bool)] = &[
    ("NAME", false),
    ("STATUS", false),
    ("VOLUME", false),
    ("CAPACITY", false),
    ("ACCESS MODES", false),
    ("STORAGECLASS", false),
    ("VOLUMEATTRIBUTESCLASS", false),
    ("AGE", false),
    ("VOLUMEMODE", true),
];

pub(super) fn claim(object: &Object, look: &Look<'_>) -> Row {
    let Object::PersistentVolumeClaim(claim) = object else {
        return vec![];
    };
    // Capacity and modes are shown once there is a volume, even if the claim is not bound to it yet.
    let has_volume = !claim.spec.volume_name.is_empty();
    let capacity = || {
        claim
            .status
            .capacity
            .get("storage")
            .map_or("0".to_owned(), ToString::to_string)
    };
    vec![
        claim.metadata.name.to_string(),
        claim_status(claim),
        claim.spec.volume_name.to_string(),
        if has_volume { capacity() } else { String::new() },
        if has_volume {
            modes(&claim.status.access_modes)
        } else {
            String::new()
        },
        claim_class(claim).to_owned(),
        attributes_class(&claim.spec.rest),
        look.age(object),
        claim.spec.volume_mode.to_string(),
    ]
}

/// Returns the word for where a claim stands: its phase, or `Terminating`.
pub fn claim_status(claim: &PersistentVolumeClaim) -> String {
    if claim.metadata.is_terminating() {
        "Terminating".to_owned()
    } else {
        format!("{:?}", claim.status.phase)
    }
}

/// Returns the name of a claim's class, "" where it has none.
pub fn claim_class(claim: &PersistentVolumeClaim) -> &str {
    let old = claim
        .metadata
        .annotations
        .get("volume.beta.kubernetes.io/storage-class");
    old.map(String::as_str)
        .or(claim.spec.storage_class_name.as_deref())
        .unwrap_or("")
}

/// Returns `RWO,ROX` in the order that kubectl has for them.
pub fn modes(modes: &[AccessMode]) -> String {
    let mut modes = modes.to_vec();
    modes.sort();
    modes.dedup();
    modes.iter().map(|mode| mode.short()).collect::<Vec<_>>().join(",")
}

fn attributes_class(rest: &crate::api::Rest) -> String {
    let name = rest.get("volumeAttributesClassName").and_then(|name| name.as_str());
    name.unwrap_or("<unset>").to_owned()
}

pub(super) const VOLUME: &[(&str, bool)] = &[
    ("NAME", false),
    ("CAPACITY", false),
    ("ACCESS MODES", false),
    ("RECLAIM POLICY", false),
    ("STATUS", false),
    ("CLAIM", false),
    ("STORAGECLASS", false),
    ("VOLUMEATTRIBUTESCLASS", false),
    ("REASON", false),
    ("AGE", false),
    ("VOLUMEMODE", true),
];

pub(super) fn volume(object: &Object, look: &Look<'_>) -> Row {
    let Object::PersistentVolume(volume) = object else {
        return vec![];
    };
    let spec = &volume.spec;
    let status = if volume.metadata.is_terminating() {
        "Terminating".to_owned()
    } else {
        format!("{:?}", volume.status.phase)
    };
    let claim = spec.claim_ref.as_ref();
    vec![
        volume.metadata.name.to_string(),
        spec.capacity.get("storage").map_or("0".to_owned(), ToString::to_string),
        modes(&spec.access_modes),
        format!("{:?}", spec.persistent_volume_reclaim_policy),
        status,
        claim.map_or(String::new(), |claim| format!("{}/{}", claim.namespace, claim.name)),
        spec.storage_class_name.to_string(),
        attributes_class(&spec.rest),
        volume.status.reason.to_string(),
        look.age(object),
        spec.volume_mode.to_string(),
    ]
}

pub(super) const CLASS: &[(&str, bool)] = &[
    ("NAME", false),
    ("PROVISIONER", false),
    ("RECLAIMPOLICY", false),
    ("VOLUMEBINDINGMODE", false),
    ("ALLOWVOLUMEEXPANSION", false),
    ("AGE", false),
];

pub(super) fn class(object: &Object, look: &Look<'_>) -> Row {
    let Object::StorageClass(class) = object else {
        return vec![];
    };
    let default = if class.is_default() { " (default)" } else { "" };
    vec![
        format!("{}{default}", class.metadata.name),
        class.provisioner.to_string(),
        format!("{:?}", class.reclaim_policy),
        format!("{:?}", class.volume_binding_mode),
        class.allow_volume_expansion.unwrap_or(false).to_string(),
        look.age(object),
    ]
}

pub(super) const ATTACHMENT: &[(&str, bool)] = &[
    ("NAME", false),
    ("ATTACHER", false),
    ("PV", false),
    ("NODE", false),
    ("ATTACHED", false),
    ("AGE", false),
];

pub(super) fn attachment(object: &Object, look: &Look<'_>) -> Row {
    let Object::VolumeAttachment(attachment) = object else {
        return vec![];
    };
    let volume = attachment.spec.source.persistent_volume_name.as_deref();
    vec![
        attachment.metadata.name.to_string(),
        attachment.spec.attacher.to_string(),
        volume.unwrap_or("").to_owned(),
        attachment.spec.node_name.to_string(),
        attachment.status.attached.to_string(),
        look.age(object),
    ]
}

pub(super) const CSI_NODE: &[(&str, bool)] = &[("NAME", false), ("DRIVERS", false), ("AGE", false)];

pub(super) fn csi_node(object: &Object, look: &Look<'_>) -> Row {
    let Object::CsiNode(node) = object else { return vec![] };
    vec![
        node.metadata.name.to_string(),
        node.spec.drivers.len().to_string(),
        look.age(object),
    ]
}
