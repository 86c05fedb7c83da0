//! The taints that follow from a node's conditions: those that keep new pods away follow at once, those that drive the
//! old ones out come one node at a time.

use crate::api::{ConditionStatus, Node, Taint, TaintEffect, Time};

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Conditions, the status that matters, and the taint that follows (`nodeConditionToTaintKeyStatusMap`).
const FOLLOWS: [(&str, ConditionStatus, &str); 6] = [
    ("Ready", ConditionStatus::False, NOT_READY),
    ("Ready", ConditionStatus::Unknown, UNREACHABLE),
    (
        "MemoryPressure",
        ConditionStatus::True,
        "node.kubernetes.io/memory-pressure",
    ),
    (
        "DiskPressure",
        ConditionStatus::True,
        "node.kubernetes.io/disk-pressure",
    ),
    ("PIDPressure", ConditionStatus::True, "node.kubernetes.io/pid-pressure"),
    (
        "NetworkUnavailable",
        ConditionStatus::True,
        "node.kubernetes.io/network-unavailable",
    ),
];

/// Returns the node with the taints against new pods that its conditions ask for, unless it has just those
/// (`doNoScheduleTaintingPass`).
pub(super) fn against_new_pods(node: &Node, now: Time) -> Option<Node> {
    let mut wanted: Vec<&str> = node
        .status
        .conditions
        .iter()
        .filter_map(|c| {
            FOLLOWS
                .iter()
                .find(|(kind, status, _)| c.kind == *kind && c.status == *status)
        })
        .map(|(.., key)| *key)
        .collect();
    if node.spec.unschedulable {
        wanted.push(UNSCHEDULABLE);
    }
    let ours = |taint: &Taint| {
        let known = taint.key == UNSCHEDULABLE || FOLLOWS.iter().any(|(.., key)| taint.key == *key);
        taint.effect == TaintEffect::NoSchedule && known
    };
    let stands = |key: &str| node.spec.taints.iter().any(|t| ours(t) && t.key == key);
    let outdated = node
        .spec
        .taints
        .iter()
        .any(|t| ours(t) && !wanted.contains(&t.key.as_str()));
    if !outdated && wanted.iter().all(|key| stands(key)) {
        return None;
    }
    let mut tainted = node.clone();
    let taints = &mut tainted.spec.taints;
    taints.retain(|t| !ours(t) || wanted.contains(&t.key.as_str()));
    for key in wanted {
        if !stands(key) {
            taints.push(new(key, TaintEffect::NoSchedule, now));
        }
    }
    Some(tainted)
}

/// What has to be done so that pods are driven out of a node that is not well.
pub(super) enum Eviction {
    /// Nothing: the taint stands.
    Stands,
    /// The other of the two taints stands; it is replaced at once.
    Swap(Node),
    /// Neither stands: it is added when the zone's turn comes.
    Add(Node),
}

/// Returns what has to be done so that pods are driven out (`processTaintBaseEviction`).
pub(super) fn eviction(node: &Node, status: ConditionStatus, now: Time) -> Eviction {
    let (wanted, other) = match status {
        ConditionStatus::False => (NOT_READY, UNREACHABLE),
        _ => (UNREACHABLE, NOT_READY),
    };
    let stands = |key: &str| node.spec.taints.iter().any(|t| is_eviction(t) && t.key == key);
    if stands(wanted) {
        return Eviction::Stands;
    }
    let swapped = stands(other);
    let mut tainted = node.clone();
    tainted.spec.taints.retain(|t| !(is_eviction(t) && t.key == other));
    tainted.spec.taints.push(new(wanted, TaintEffect::NoExecute, now));
    if swapped {
        Eviction::Swap(tainted)
    } else {
        Eviction::Add(tainted)
    }
}

/// Returns the node without the taints that drive pods out, if there is one (`markNodeAsReachable`). What a person put
/// there, such as `out-of-service`, stays.
pub(super) fn without_eviction(node: &Node) -> Option<Node> {
    if !node.spec.taints.iter().any(is_eviction) {
        return None;
    }
    let mut clean = node.clone();
    clean.spec.taints.retain(|t| !is_eviction(t));
    Some(clean)
}

fn is_eviction(taint: &Taint) -> bool {
    taint.effect == TaintEffect::NoExecute && (taint.key == NOT_READY || taint.key == UNREACHABLE)
}

fn new(key: &str, effect: TaintEffect, now: Time) -> Taint {
    Taint {
        key: key.to_owned(),
        effect,
        time_added: Some(now),
        ..Taint::default()
    }
}
