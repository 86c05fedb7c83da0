//! Nodes, as the API server hears of them.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Condition, Meta, OwnerReference, Resources, Text, Time, condition};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

words! {
    /// A node.
    pub struct Node {
        metadata: Meta = Meta::default(),
        spec: NodeSpec = NodeSpec::default(),
        status: NodeStatus = NodeStatus::default(),
    }

    /// What is asked of a node.
    pub struct NodeSpec {
        #[serde(rename = "podCIDR")]
        pod_cidr: Text,
        #[serde(rename = "podCIDRs")]
        pod_cidrs: Vec<Text>,
        #[serde(rename = "providerID")]
        provider_id: Text,
        taints: Vec<Taint>,
        unschedulable: bool,
    }

    /// What repels pods from a node.
    pub struct Taint {
        key: String = String::new(),
        value: String,
        effect: TaintEffect = TaintEffect::NoSchedule,
        time_added: Option<Time>,
    }

    /// What became of a node.
    pub struct NodeStatus {
        capacity: Resources,
        allocatable: Resources,
        conditions: Vec<Condition>,
        addresses: Vec<Address>,
        node_info: NodeInfo,
        volumes_in_use: Vec<String>,
        volumes_attached: Vec<AttachedVolume>,
    }

    /// An address of a node.
    pub struct Address {
        #[serde(rename = "type")]
        kind: Text = "".into(),
        address: Text = "".into(),
    }

    /// What a node says of itself.
    pub struct NodeInfo {
        architecture: Text = "".into(),
        #[serde(rename = "bootID")]
        boot_id: Text = "".into(),
        container_runtime_version: Text = "".into(),
        kernel_version: Text = "".into(),
        kube_proxy_version: Text = "".into(),
        kubelet_version: Text = "".into(),
        #[serde(rename = "machineID")]
        machine_id: Text = "".into(),
        operating_system: Text = "".into(),
        os_image: Text = "".into(),
        #[serde(rename = "systemUUID")]
        system_uuid: Text = "".into(),
    }

    /// A volume that the attach-detach controller believes attached.
    pub struct AttachedVolume {
        name: String = String::new(),
        device_path: String = String::new(),
    }

    /// The CSI drivers of a node.
    pub struct CsiNode {
        metadata: Meta = Meta::default(),
        spec: CsiNodeSpec = CsiNodeSpec::default(),
    }

    /// The drivers, and how many volumes each can attach there.
    pub struct CsiNodeSpec {
        drivers: Vec<CsiNodeDriver> = Vec::new(),
    }

    /// One driver on a node.
    pub struct CsiNodeDriver {
        name: Text = "".into(),
        #[serde(rename = "nodeID")]
        node_id: Text = "".into(),
        topology_keys: Vec<Text>,
        allocatable: Option<VolumeNodeResources>,
    }

    /// How many volumes.
    pub struct VolumeNodeResources {
        count: Option<i64>,
    }
}

/// What a taint does to pods that do not bear it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TaintEffect {
    #[default]
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
}

impl Node {
    /// Says whether the node's condition Ready is True.
    pub fn is_ready(&self) -> bool {
        condition::is_true(&self.status.conditions, "Ready")
    }

    /// Returns the node's zone, or "".
    pub fn zone(&self) -> &str {
        self.metadata.labels.value("topology.kubernetes.io/zone")
    }

    /// Returns the address of type `InternalIP`, or "".
    pub fn internal_ip(&self) -> &str {
        self.status
            .addresses
            .iter()
            .find(|a| a.kind == "InternalIP")
            .map_or("", |a| &a.address)
    }

    /// Returns an owner reference to the node, as CSINode objects have.
    pub fn as_owner(&self) -> OwnerReference {
        OwnerReference {
            api_version: "v1".into(),
            kind: "Node".into(),
            name: Arc::clone(&self.metadata.name),
            uid: self.metadata.uid,
            ..OwnerReference::default()
        }
    }
}
