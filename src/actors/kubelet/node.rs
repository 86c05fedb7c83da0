//! The node: how a kubelet registers its machine, and what it says of it from time to time.
//!
//! Leases and reports of what has not changed are computed from the machine's pulse and are not written. Left out: pressure of memory, disk
//! and processes, images on the node, the kubelet's events about its own start (`NodeHasSufficientMemory` …).

use crate::api::node::{Address, CsiNodeDriver, CsiNodeSpec, NodeInfo, NodeStatus, VolumeNodeResources};
use crate::api::{Condition, CsiNode, Labels, Node, Quantity, Resources, Time, condition};
use crate::cloud::Machine;

/// The only driver whose volumes are attached to machines.
const DRIVER: &str = "ebs.csi.aws.com";

/// Returns the machine that a Node object among manifests describes: its zone, its size.
pub fn machine_of(node: &Node) -> Machine {
    let label = |key: &str| Some(node.metadata.labels.value(key)).filter(|value| !value.is_empty());
    let mut machine = Machine::new(label("topology.kubernetes.io/zone").unwrap_or("zone-a"));
    if let Some(region) = label("topology.kubernetes.io/region") {
        machine.region = region.into();
    }
    let amount = |name: &str| {
        let capacity = node.status.capacity.get(name).or(node.status.allocatable.get(name));
        capacity.copied().filter(|amount| !amount.is_zero())
    };
    machine.cpu = amount("cpu").unwrap_or(machine.cpu);
    machine.memory = amount("memory").unwrap_or(machine.memory);
    machine.pods = amount("pods").map_or(machine.pods, Quantity::value);
    if let Some(volumes) = amount("attachable-volumes-aws-ebs") {
        machine.attachable_volumes = volumes.value();
    }
    machine
}

/// Returns the Node object by which a kubelet registers its machine.
pub fn registered(name: &str, machine: &Machine, now: Time) -> Node {
    let mut node = Node::default();
    node.metadata.name = name.into();
    node.metadata.labels = labels(name, machine);
    node.metadata.annotations = annotations();
    let network = format!("{}.0/24", machine.pod_network());
    node.spec.pod_cidr = network.clone().into();
    node.spec.pod_cidrs = vec![network.into()];
    node.status = filled(&node, machine, now);
    node
}

fn labels(name: &str, machine: &Machine) -> Labels {
    [
        ("beta.kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/hostname", name),
        ("kubernetes.io/os", "linux"),
        ("topology.kubernetes.io/region", &machine.region),
        ("topology.kubernetes.io/zone", &machine.zone),
    ]
    .into_iter()
    .collect()
}

fn annotations() -> Labels {
    [
        ("node.alpha.kubernetes.io/ttl", "0"),
        ("volumes.kubernetes.io/controller-managed-attach-detach", "true"),
    ]
    .into_iter()
    .collect()
}

/// Returns a node with the labels and addresses that its kubelet adds, or None when it has them all: a Node object that
/// somebody else made (`tryRegisterWithAPIServer`).
pub fn completed(node: &Node, machine: &Machine) -> Option<Node> {
    let mut new = node.clone();
    for (key, value) in labels(&node.metadata.name, machine).iter() {
        if !new.metadata.labels.contains_key(key) {
            new.metadata.labels.set(key.clone(), value.clone());
        }
    }
    for (key, value) in annotations().iter() {
        if !new.metadata.annotations.contains_key(key) {
            new.metadata.annotations.set(key.clone(), value.clone());
        }
    }
    if new.spec.pod_cidr.is_empty() {
        let network = format!("{}.0/24", machine.pod_network());
        new.spec.pod_cidr = network.clone().into();
        new.spec.pod_cidrs = vec![network.into()];
    }
    (new != *node).then_some(new)
}

/// Returns a node's status as its kubelet reports it: well, and with all that was missing.
pub fn filled(node: &Node, machine: &Machine, now: Time) -> NodeStatus {
    let mut status = node.status.clone();
    let size: Resources = [
        ("cpu", machine.cpu),
        ("ephemeral-storage", Quantity::bytes(100 << 30)),
        ("memory", machine.memory),
        ("pods", Quantity::whole(machine.pods)),
    ]
    .map(|(name, amount)| (name.to_owned(), amount))
    .into();
    for (name, amount) in &size {
        status.capacity.entry(name.clone()).or_insert(*amount);
    }
    for (name, amount) in status.capacity.clone() {
        status.allocatable.entry(name).or_insert(amount);
    }
    let address = |kind: &'static str, address: String| Address {
        kind: kind.into(),
        address: address.into(),
        ..Address::default()
    };
    if status.addresses.is_empty() {
        status.addresses = vec![
            address("InternalIP", machine.address()),
            address("Hostname", node.metadata.name.to_string()),
        ];
    }
    if status.node_info.kubelet_version.is_empty() {
        status.node_info = NodeInfo {
            architecture: "amd64".into(),
            container_runtime_version: "containerd://2.0.0".into(),
            kernel_version: "6.1.0".into(),
            kubelet_version: "v1.36.2".into(),
            operating_system: "linux".into(),
            os_image: "pglab".into(),
            ..NodeInfo::default()
        };
    }
    for (kind, holds, reason, message) in [
        (
            "MemoryPressure",
            false,
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        (
            "DiskPressure",
            false,
            "KubeletHasNoDiskPressure",
            "kubelet has no disk pressure",
        ),
        (
            "PIDPressure",
            false,
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        ("Ready", true, "KubeletReady", "kubelet is posting ready status"),
    ] {
        let mut new = Condition::new(kind, holds, reason, message, now);
        new.last_heartbeat_time = Some(now);
        let old = condition::find(&status.conditions, kind);
        // A heartbeat alone is no news.
        if let Some(old) = old.filter(|old| old.status == new.status && old.reason == new.reason) {
            new.last_heartbeat_time = old.last_heartbeat_time;
        }
        condition::set(&mut status.conditions, new);
    }
    status
}

/// Returns the CSINode object of a node: which drivers are there, and how many volumes each can attach.
pub fn csi_node(node: &Node, machine: &Machine) -> CsiNode {
    let mut csi = CsiNode::default();
    csi.metadata.name = node.metadata.name.clone();
    csi.metadata.owner_references = vec![node.as_owner()];
    csi.spec = CsiNodeSpec {
        drivers: vec![CsiNodeDriver {
            name: DRIVER.into(),
            node_id: node.metadata.name.to_string().into(),
            topology_keys: vec!["topology.kubernetes.io/zone".into()],
            allocatable: Some(VolumeNodeResources {
                count: Some(machine.attachable_volumes),
                ..VolumeNodeResources::default()
            }),
            ..CsiNodeDriver::default()
        }],
        ..CsiNodeSpec::default()
    };
    csi
}
