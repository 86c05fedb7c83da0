//! A pod runs only on nodes that its node selector and its required node affinity match.

use crate::actors::scheduler::node_match::{meets_requirements, named_nodes};
use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::api::{Node, Pod};

/// Turns a pod away whose terms contradict themselves (plugins/nodeaffinity, `PreFilter`).
pub fn before(pod: &Pod) -> Result<(), String> {
    match named_nodes(pod) {
        Some(names) if names.is_empty() => Err("pod affinity terms conflict".to_owned()),
        _ => Ok(()),
    }
}

/// Judges a node (plugins/nodeaffinity).
pub fn check(pod: &Pod, node: &Node) -> Verdict {
    if meets_requirements(pod, node) {
        return Ok(());
    }
    Plugin::NodeAffinity.rejects_for_good("node(s) didn't match Pod's node affinity/selector")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::{node, pod};
    use serde_json::json;

    #[test]
    fn a_selector_for_no_node_turns_all_away() {
        let ssd = pod("p", json!({"nodeSelector": {"disktype": "ssd"}}));
        let rejection = check(&ssd, &node("n", "zone-a")).unwrap_err();
        assert_eq!(rejection.reasons, ["node(s) didn't match Pod's node affinity/selector"]);
        let zone = pod("p", json!({"nodeSelector": {"topology.kubernetes.io/zone": "zone-a"}}));
        assert_eq!(check(&zone, &node("n", "zone-a")), Ok(()));
    }
}
