//! On which nodes a set's pods belong, and how a pod is confined to one (pkg/controller/daemon/util/daemonset_util.go).

use crate::actors::node_match;
use crate::actors::owners;
use crate::api::{
    Affinity, DaemonSet, Node, NodeAffinity, NodeSelector, NodeSelectorTerm, Pod, Requirement, Taint, TaintEffect,
    Toleration,
};
use std::sync::Arc;

/// The taints that a set's pods bear on every node (`AddOrUpdateDaemonPodTolerations`).
const BORNE: [(&str, TaintEffect); 6] = [
    ("node.kubernetes.io/not-ready", TaintEffect::NoExecute),
    ("node.kubernetes.io/unreachable", TaintEffect::NoExecute),
    ("node.kubernetes.io/disk-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/memory-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/pid-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/unschedulable", TaintEffect::NoSchedule),
];

/// Whether a pod of the set belongs on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// One belongs there.
    Belongs,
    /// None is made there, but one that runs may stay.
    MayStay,
    /// None belongs there.
    Stranger,
}

/// Returns a new pod of the set, not yet confined to a node.
pub(super) fn pod_of(set: &DaemonSet) -> Pod {
    let mut pod = owners::pod_of(&set.spec.template, set);
    let host_network = pod.spec.host_network;
    let tolerations = Arc::make_mut(&mut pod.spec_mut().tolerations);
    let network = ("node.kubernetes.io/network-unavailable", TaintEffect::NoSchedule);
    for (key, effect) in BORNE.into_iter().chain(host_network.then_some(network)) {
        let bears = |t: &Toleration| t.key == key && t.operator == "Exists" && t.effect == Some(effect);
        if !tolerations.iter().any(bears) {
            tolerations.push(Toleration {
                key: key.to_owned(),
                operator: "Exists".into(),
                effect: Some(effect),
                ..Toleration::default()
            });
        }
    }
    pod
}

/// Says whether a pod belongs on a node (`NodeShouldRunDaemonPod`).
pub(super) fn fit(pod: &Pod, node: &Node) -> Fit {
    let is_named = pod.spec.node_name.is_empty() || pod.spec.node_name == node.metadata.name;
    if !is_named || !node_match::meets_requirements(pod, node) {
        return Fit::Stranger;
    }
    let mut taints = node.spec.taints.clone();
    if node_match::untolerated(&taints, &pod.spec.tolerations).is_none() {
        return Fit::Belongs;
    }
    taints.retain(|taint: &Taint| taint.effect == TaintEffect::NoExecute);
    if node_match::untolerated(&taints, &pod.spec.tolerations).is_none() {
        Fit::MayStay
    } else {
        Fit::Stranger
    }
}

/// Confines a pod to a node: what the template required of nodes was heeded already, and is replaced
/// (`ReplaceDaemonSetPodNodeNameNodeAffinity`).
pub(super) fn confine(pod: &mut Pod, node: &str) {
    let term = NodeSelectorTerm {
        match_fields: vec![Requirement {
            key: "metadata.name".to_owned(),
            operator: "In".to_owned(),
            values: vec![node.to_owned()],
            ..Requirement::default()
        }],
        ..NodeSelectorTerm::default()
    };
    let selector = NodeSelector {
        node_selector_terms: vec![term],
        ..NodeSelector::default()
    };
    let mut affinity = pod.spec.affinity.as_deref().cloned().unwrap_or_else(Affinity::default);
    affinity
        .node_affinity
        .get_or_insert_with(NodeAffinity::default)
        .required_during_scheduling_ignored_during_execution = Some(selector);
    pod.spec_mut().affinity = Some(Arc::new(affinity));
}

/// Returns the node that a pod is on, or is confined to.
pub(super) fn node_of(pod: &Pod) -> Option<Arc<str>> {
    if pod.is_scheduled() {
        return Some(pod.spec.node_name.clone());
    }
    match node_match::named_nodes(pod)?.as_slice() {
        [one] => Some(one.as_str().into()),
        _ => None,
    }
}
