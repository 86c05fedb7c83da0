//! Storage: StorageClass, PersistentVolume, PersistentVolumeClaim and VolumeAttachment.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Condition, LabelSelector, Meta, NodeSelector, ObjectReference, Quantity, Resources, Text, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

words! {
    /// A StorageClass.
    pub struct StorageClass {
        metadata: Meta = Meta::default(),
        provisioner: Text = "".into(),
        parameters: BTreeMap<String, String>,
        reclaim_policy: ReclaimPolicy = ReclaimPolicy::Delete,
        mount_options: Vec<String>,
        allow_volume_expansion: Option<bool>,
        volume_binding_mode: BindingMode = BindingMode::Immediate,
        /// Where volumes may be made; one term must hold, and in it all expressions.
        allowed_topologies: Vec<TopologyTerm>,
    }

    /// A term of allowed topologies.
    pub struct TopologyTerm {
        match_label_expressions: Vec<TopologyRequirement>,
    }

    /// A label that a volume's place must have, and its values.
    pub struct TopologyRequirement {
        key: String = String::new(),
        values: Vec<String> = Vec::new(),
    }

    /// A PersistentVolume.
    pub struct PersistentVolume {
        metadata: Meta = Meta::default(),
        spec: PersistentVolumeSpec = PersistentVolumeSpec::default(),
        status: PersistentVolumeStatus = PersistentVolumeStatus::default(),
    }

    /// What a volume is.
    pub struct PersistentVolumeSpec {
        access_modes: Vec<AccessMode>,
        capacity: Resources,
        claim_ref: Option<ObjectReference>,
        csi: Option<CsiSource>,
        aws_elastic_block_store: Option<AwsSource>,
        nfs: Option<super::volume::NfsSource>,
        host_path: Option<super::volume::HostPath>,
        local: Option<LocalSource>,
        mount_options: Vec<String>,
        node_affinity: Option<VolumeNodeAffinity>,
        persistent_volume_reclaim_policy: ReclaimPolicy = ReclaimPolicy::Retain,
        storage_class_name: Text,
        volume_mode: Text = "Filesystem".into(),
    }

    /// A volume that a CSI driver serves.
    pub struct CsiSource {
        driver: Text = "".into(),
        volume_handle: Text = "".into(),
        fs_type: Text,
        read_only: bool,
        volume_attributes: BTreeMap<String, String>,
    }

    /// An EBS volume as the old in-tree plugin named it.
    pub struct AwsSource {
        #[serde(rename = "volumeID")]
        volume_id: Text = "".into(),
        fs_type: Text,
    }

    /// A directory or disk of one node.
    pub struct LocalSource {
        path: String = String::new(),
    }

    /// The nodes that can reach a volume.
    pub struct VolumeNodeAffinity {
        required: Option<NodeSelector>,
    }

    /// What became of a volume.
    pub struct PersistentVolumeStatus {
        phase: VolumePhase = VolumePhase::Pending,
        message: String,
        reason: Text,
        last_phase_transition_time: Option<Time>,
    }

    /// A PersistentVolumeClaim.
    pub struct PersistentVolumeClaim {
        metadata: Meta = Meta::default(),
        spec: ClaimSpec = ClaimSpec::default(),
        status: ClaimStatus = ClaimStatus::default(),
    }

    /// The claim that an ephemeral volume makes.
    pub struct ClaimTemplate {
        metadata: Meta,
        spec: ClaimSpec = ClaimSpec::default(),
    }

    /// What a claim asks for.
    pub struct ClaimSpec {
        access_modes: Vec<AccessMode>,
        selector: Option<LabelSelector>,
        resources: super::ResourceRequirements = super::ResourceRequirements::default(),
        /// None: the default class, now or later; `Some("")`: no class at all.
        storage_class_name: Option<Text>,
        volume_mode: Text = "Filesystem".into(),
        volume_name: Arc<str>,
    }

    /// What a claim got.
    pub struct ClaimStatus {
        access_modes: Vec<AccessMode>,
        capacity: Resources,
        conditions: Vec<Condition>,
        phase: ClaimPhase = ClaimPhase::Pending,
    }

    /// The wish that a volume be attached to a node, and whether it is.
    pub struct VolumeAttachment {
        metadata: Meta = Meta::default(),
        spec: VolumeAttachmentSpec = VolumeAttachmentSpec::default(),
        status: VolumeAttachmentStatus = VolumeAttachmentStatus::default(),
    }

    /// Which volume, which node, which driver.
    pub struct VolumeAttachmentSpec {
        attacher: Text = "".into(),
        node_name: Arc<str> = "".into(),
        source: VolumeAttachmentSource = VolumeAttachmentSource::default(),
    }

    /// The volume of an attachment.
    pub struct VolumeAttachmentSource {
        persistent_volume_name: Option<Arc<str>>,
    }

    /// Whether it is attached, and what went wrong.
    pub struct VolumeAttachmentStatus {
        attached: bool = false,
        attach_error: Option<VolumeError>,
        detach_error: Option<VolumeError>,
    }

    /// What went wrong, and when.
    pub struct VolumeError {
        time: Option<Time>,
        message: String,
    }
}

/// Who may mount a volume, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AccessMode {
    #[default]
    ReadWriteOnce,
    ReadOnlyMany,
    ReadWriteMany,
    ReadWriteOncePod,
}

impl AccessMode {
    /// Returns the four letters of kubectl's tables.
    pub fn short(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "RWO",
            Self::ReadOnlyMany => "ROX",
            Self::ReadWriteMany => "RWX",
            Self::ReadWriteOncePod => "RWOP",
        }
    }
}

/// What happens to a volume when its claim is gone. `Recycle` is read and acts as `Retain`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReclaimPolicy {
    #[default]
    Delete,
    Retain,
    Recycle,
}

/// When a claim of a class is bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BindingMode {
    #[default]
    Immediate,
    WaitForFirstConsumer,
}

/// Where a volume stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VolumePhase {
    #[default]
    Pending,
    Available,
    Bound,
    Released,
    Failed,
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClaimPhase {
    #[default]
    Pending,
    Bound,
    Lost,
}

/// The annotation that marks the default class (`storageutil.IsDefaultStorageClassAnnotation`).
pub const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

impl StorageClass {
    /// Says whether claims without a class get this one.
    pub fn is_default(&self) -> bool {
        let marked = |key| self.metadata.annotations.value(key) == "true";
        marked(DEFAULT_CLASS) || marked("storageclass.beta.kubernetes.io/is-default-class")
    }
}

/// The annotation by which claims named their class before 1.6; it still wins over the field.
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

impl PersistentVolume {
    /// Returns the size.
    pub fn capacity(&self) -> Quantity {
        self.spec.capacity.get("storage").copied().unwrap_or_default()
    }

    /// Returns the name of the class, or "" (`storagehelpers.GetPersistentVolumeClass`).
    pub fn class(&self) -> &str {
        let annotated = self.metadata.annotations.get(BETA_CLASS);
        annotated.map_or(&*self.spec.storage_class_name, String::as_str)
    }

    /// Says whether the volume is claimed by, or reserved for, `claim` (`storagehelpers.IsVolumeBoundToClaim`).
    pub fn is_claimed_by(&self, claim: &PersistentVolumeClaim) -> bool {
        self.spec.claim_ref.as_ref().is_some_and(|reference| {
            (&reference.name, &reference.namespace) == (&claim.metadata.name, &claim.metadata.namespace)
                && (reference.uid == super::Uid::default() || reference.uid == claim.metadata.uid)
        })
    }
}

impl PersistentVolumeClaim {
    /// Returns the name of the class, or "" (`storagehelpers.GetPersistentVolumeClaimClass`).
    pub fn class(&self) -> &str {
        let annotated = self.metadata.annotations.get(BETA_CLASS);
        annotated.map_or_else(|| self.spec.storage_class_name.as_deref().unwrap_or(""), String::as_str)
    }

    /// Says whether the claim names a class, be it the empty one (`storagehelpers.PersistentVolumeClaimHasClass`).
    pub fn has_class(&self) -> bool {
        self.spec.storage_class_name.is_some() || self.metadata.annotations.contains_key(BETA_CLASS)
    }

    /// Returns the amount of storage that is asked for.
    pub fn request(&self) -> Quantity {
        self.spec.resources.requests.get("storage").copied().unwrap_or_default()
    }

    /// Says whether the claim is bound to its volume, both sides done.
    pub fn is_bound(&self) -> bool {
        !self.spec.volume_name.is_empty()
            && self
                .metadata
                .annotations
                .contains_key(super::annotations::BIND_COMPLETED)
    }
}
