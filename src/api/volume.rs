//! The volumes of a pod: where the bytes under a mount come from.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Quantity, Text};

words! {
    /// A volume by name; exactly one source is set, or one that is only carried.
    pub struct Volume {
        name: String = String::new(),
        persistent_volume_claim: Option<ClaimSource>,
        empty_dir: Option<EmptyDir>,
        host_path: Option<HostPath>,
        config_map: Option<ConfigMapSource>,
        secret: Option<SecretSource>,
        /// A claim of its own, made and deleted with the pod.
        ephemeral: Option<EphemeralSource>,
        nfs: Option<NfsSource>,
    }

    /// A claim in the pod's namespace.
    pub struct ClaimSource {
        claim_name: String = String::new(),
        read_only: bool,
    }

    /// A directory that lives as long as the pod does.
    pub struct EmptyDir {
        medium: Text,
        size_limit: Option<Quantity>,
    }

    /// A directory of the node.
    pub struct HostPath {
        path: String = String::new(),
        #[serde(rename = "type")]
        kind: Option<Text>,
    }

    /// Files of a ConfigMap.
    pub struct ConfigMapSource {
        name: String,
        items: Vec<KeyToPath>,
        default_mode: i64 = 420,
        optional: Option<bool>,
    }

    /// Files of a Secret.
    pub struct SecretSource {
        secret_name: String,
        items: Vec<KeyToPath>,
        default_mode: i64 = 420,
        optional: Option<bool>,
    }

    /// Which key becomes which file.
    pub struct KeyToPath {
        key: String = String::new(),
        path: String = String::new(),
        mode: Option<i64>,
    }

    /// The template of an ephemeral claim.
    pub struct EphemeralSource {
        volume_claim_template: Option<super::storage::ClaimTemplate>,
    }

    /// A directory of a file server, shared by whoever mounts it.
    pub struct NfsSource {
        server: String = String::new(),
        path: String = String::new(),
        read_only: bool,
    }
}

/// The source of a volume, as one choice.
#[derive(Clone, Copy, Debug)]
pub enum VolumeSource<'a> {
    /// A claim.
    Claim(&'a ClaimSource),
    /// A directory of the pod.
    EmptyDir(&'a EmptyDir),
    /// A directory of the node.
    HostPath(&'a HostPath),
    /// Files of a ConfigMap.
    ConfigMap(&'a ConfigMapSource),
    /// Files of a Secret.
    Secret(&'a SecretSource),
    /// A claim of the pod's own.
    Ephemeral(&'a EphemeralSource),
    /// A directory of a file server.
    Nfs(&'a NfsSource),
    /// One that is only carried: `projected` and `downwardAPI`, which the kubelet reads all the same, and `csi` and others,
    /// which are mounted as empty directories.
    Other,
}

impl Volume {
    /// Returns the source.
    pub fn source(&self) -> VolumeSource<'_> {
        None.or(self.persistent_volume_claim.as_ref().map(VolumeSource::Claim))
            .or(self.empty_dir.as_ref().map(VolumeSource::EmptyDir))
            .or(self.host_path.as_ref().map(VolumeSource::HostPath))
            .or(self.config_map.as_ref().map(VolumeSource::ConfigMap))
            .or(self.secret.as_ref().map(VolumeSource::Secret))
            .or(self.ephemeral.as_ref().map(VolumeSource::Ephemeral))
            .or(self.nfs.as_ref().map(VolumeSource::Nfs))
            .unwrap_or(VolumeSource::Other)
    }
}
