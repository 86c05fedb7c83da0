//! Nodes.

use super::{Look, Row, or_none};
use crate::api::{Node, Object, condition};

pub(super) const COLUMNS: &[(&str, bool)] = &[
    ("NAME", false),
    ("STATUS", false),
    ("ROLES", false),
    ("AGE", false),
    ("VERSION", false),
    ("INTERNAL-IP", true),
    ("EXTERNAL-IP", true),
    ("OS-IMAGE", true),
    ("KERNEL-VERSION", true),
    ("CONTAINER-RUNTIME", true),
];

pub(super) fn row(object: &Object, look: &Look<'_>) -> Row {
    let Object::Node(node) = object else { return vec![] };
    let address = |kind: &str| {
        let found = node.status.addresses.iter().find(|a| a.kind == kind);
        or_none(found.map_or("", |a| &a.address))
    };
    let info = &node.status.node_info;
    let or_unknown = |text: &str| if text.is_empty() { "<unknown>" } else { text }.to_owned();
    let kernel = match (&*info.kernel_version, &*info.architecture) {
        ("", _) => "<unknown>".to_owned(),
        (kernel, "") => kernel.to_owned(),
        (kernel, architecture) => format!("{kernel} ({architecture})"),
    };
    vec![
        node.metadata.name.to_string(),
        status(node),
        or_none(&roles(node)),
        look.age(object),
        info.kubelet_version.to_string(),
        address("InternalIP"),
        address("ExternalIP"),
        or_unknown(&info.os_image),
        kernel,
        or_unknown(&info.container_runtime_version),
    ]
}

/// Returns the words under STATUS (`printNode`).
pub fn status(node: &Node) -> String {
    let ready = match condition::find(&node.status.conditions, "Ready") {
        None => "Unknown",
        Some(_) if node.is_ready() => "Ready",
        Some(_) => "NotReady",
    };
    if node.spec.unschedulable {
        format!("{ready},SchedulingDisabled")
    } else {
        ready.to_owned()
    }
}

/// Returns the roles that a node's labels name (`findNodeRoles`), parted by commas.
pub fn roles(node: &Node) -> String {
    let mut roles: Vec<&str> = Vec::new();
    for (key, value) in node.metadata.labels.iter() {
        match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => roles.push(role),
            None if key == "kubernetes.io/role" && !value.is_empty() => roles.push(value),
            _ => (),
        }
    }
    roles.sort_unstable();
    roles.dedup();
    roles.join(",")
}
