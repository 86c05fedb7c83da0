//! The storage drivers that are installed, and what all of them have in common.

use super::{FINALIZER, ebs, efs};
use crate::actors::View;
use crate::api::annotations::PROVISIONED_BY;
use crate::api::migration::{EBS_DRIVER, EFS_DRIVER, driver_of};
use crate::api::storage::{AccessMode, AwsSource, CsiSource, VolumeNodeAffinity};
use crate::api::{
    NodeSelector, NodeSelectorTerm, PersistentVolume, PersistentVolumeClaim, Quantity, Requirement, Resource,
    StorageClass, Time,
};
use crate::cloud::CloudRequest;
use std::sync::Arc;

/// The label of a node that names its zone.
pub(super) const ZONE: &str = "topology.kubernetes.io/zone";

/// A driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Driver {
    /// Block devices, each in one zone and for one node.
    Ebs,
    /// A shared file system, everywhere and for all.
    Efs,
}

/// How far the making of a volume has come.
#[derive(Clone, Debug)]
pub(super) enum Progress {
    /// The cloud has to be asked.
    Ask(CloudRequest),
    /// The cloud is at work until then.
    Wait(Time),
    /// It is made.
    Made(Box<Made>),
}

/// What a driver made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// By what the driver knows it.
    pub handle: String,
    /// The zone outside of which it cannot be used.
    pub zone: Option<Arc<str>>,
    /// Its size in bytes.
    pub bytes: i64,
}

impl Driver {
    /// Returns the driver that answers to the name of a provisioner, in-tree or CSI.
    pub fn named(provisioner: &str) -> Option<Self> {
        match driver_of(provisioner).unwrap_or(provisioner) {
            EBS_DRIVER => Some(Self::Ebs),
            EFS_DRIVER => Some(Self::Efs),
            _ => None,
        }
    }

    /// Returns the driver's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ebs => EBS_DRIVER,
            Self::Efs => EFS_DRIVER,
        }
    }

    /// Returns the name under which the driver's provisioner says its events: the driver's and its pod's.
    pub fn component(self) -> &'static str {
        match self {
            Self::Ebs => "ebs.csi.aws.com_ebs-csi-controller",
            Self::Efs => "efs.csi.aws.com_efs-csi-controller",
        }
    }

    /// Takes the next step in making a volume, or says why there will be none.
    pub fn provision(
        self,
        view: &View<'_>,
        claim: &PersistentVolumeClaim,
        class: &StorageClass,
    ) -> Result<Progress, String> {
        match self {
            Self::Ebs => ebs::provision(view, claim, class),
            Self::Efs => efs::provision(view, claim, class),
        }
    }

    /// Returns what the cloud has to be asked to unmake a volume, if anything, or why that cannot be.
    pub fn delete(self, view: &View<'_>, volume: &PersistentVolume) -> Result<Option<CloudRequest>, String> {
        let Some((_, handle)) = volume.csi() else {
            return Ok(None);
        };
        match self {
            Self::Ebs => ebs::delete(view, handle),
            Self::Efs => Ok(efs::delete(view, handle)),
        }
    }
}

/// Returns the object of a new volume, reserved for its claim. One of an in-tree class is translated back to the
/// in-tree form (csi-translation-lib, `TranslateCSIPVToInTree`).
pub(super) fn volume_of(
    view: &View<'_>,
    name: &str,
    claim: &PersistentVolumeClaim,
    class: &StorageClass,
    driver: Driver,
    made: Made,
) -> PersistentVolume {
    let mut volume = PersistentVolume::default();
    let meta = &mut volume.metadata;
    meta.name = name.into();
    meta.finalizers = vec![FINALIZER.into()];
    meta.annotations.set(PROVISIONED_BY, &*class.provisioner);
    meta.annotations
        .set("volume.kubernetes.io/provisioner-deletion-secret-name", "");
    meta.annotations
        .set("volume.kubernetes.io/provisioner-deletion-secret-namespace", "");
    let spec = &mut volume.spec;
    spec.access_modes.clone_from(&claim.spec.access_modes);
    spec.capacity.insert("storage".to_owned(), Quantity::bytes(made.bytes));
    spec.claim_ref = Some(claim.reference());
    spec.mount_options.clone_from(&class.mount_options);
    spec.persistent_volume_reclaim_policy = class.reclaim_policy;
    spec.storage_class_name = claim.class().to_owned().into();
    spec.volume_mode = claim.spec.volume_mode.clone();
    spec.node_affinity = made.zone.as_deref().map(only_in);
    let fs_type = fs_type(class, driver);
    if class.provisioner == driver.name() {
        let identity = format!("{}-1-{}", Time::EPOCH.0, driver.name());
        spec.csi = Some(CsiSource {
            driver: driver.name().into(),
            volume_handle: made.handle.into(),
            fs_type: fs_type.into(),
            volume_attributes: [("storage.kubernetes.io/csiProvisionerIdentity".to_owned(), identity)].into(),
            ..CsiSource::default()
        });
    } else {
        spec.aws_elastic_block_store = Some(AwsSource {
            volume_id: made.handle.into(),
            fs_type: fs_type.into(),
            ..AwsSource::default()
        });
        if let Some(zone) = &made.zone {
            volume.metadata.labels.set(ZONE, &**zone);
        }
    }
    volume.status.last_phase_transition_time = Some(view.now);
    volume
}

/// Returns the file system that a class asks for; EBS volumes get ext4 by default, EFS has its own.
fn fs_type(class: &StorageClass, driver: Driver) -> String {
    let asked = class.parameters.iter().find(|(key, _)| {
        let key = key.to_ascii_lowercase();
        key == "fstype" || key == "csi.storage.k8s.io/fstype"
    });
    match (asked, driver) {
        (Some((_, fs_type)), _) => fs_type.clone(),
        (None, Driver::Ebs) => "ext4".to_owned(),
        (None, Driver::Efs) => String::new(),
    }
}

/// Returns the affinity of a volume that lives in one zone.
fn only_in(zone: &str) -> VolumeNodeAffinity {
    let in_zone = Requirement {
        key: ZONE.to_owned(),
        operator: "In".to_owned(),
        values: vec![zone.to_owned()],
        ..Requirement::default()
    };
    let term = NodeSelectorTerm {
        match_expressions: vec![in_zone],
        ..NodeSelectorTerm::default()
    };
    VolumeNodeAffinity {
        required: Some(NodeSelector {
            node_selector_terms: vec![term],
            ..NodeSelector::default()
        }),
        ..VolumeNodeAffinity::default()
    }
}

/// Returns what CSI calls an access mode, to drivers without the capability `SINGLE_NODE_MULTI_WRITER`.
pub(super) fn csi_mode(mode: AccessMode) -> &'static str {
    match mode {
        AccessMode::ReadWriteOnce | AccessMode::ReadWriteOncePod => "SINGLE_NODE_WRITER",
        AccessMode::ReadOnlyMany => "MULTI_NODE_READER_ONLY",
        AccessMode::ReadWriteMany => "MULTI_NODE_MULTI_WRITER",
    }
}
