//! NodeAffinity: a node that the pod would like is better.

use crate::actors::scheduler::node_match::term_matches;
use crate::api::{Node, PodSpec, PreferredSchedulingTerm};

/// Returns what a pod would like of nodes.
pub fn preferences(spec: &PodSpec) -> &[PreferredSchedulingTerm] {
    let affinity = spec
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref());
    affinity.map_or(&[], |affinity| {
        &affinity.preferred_during_scheduling_ignored_during_execution
    })
}

/// Adds up the weights of the wishes that a node meets (plugins/nodeaffinity, `Score`).
pub fn raw(spec: &PodSpec, node: &Node) -> i64 {
    let met = preferences(spec)
        .iter()
        .filter(|wish| term_matches(&wish.preference, &node.metadata.name, &node.metadata.labels));
    met.map(|wish| wish.weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::{node, pod};
    use serde_json::json;

    #[test]
    fn the_weights_of_the_wishes_that_are_met_add_up() {
        let wish = |weight: i64, zone: &str| {
            json!({"weight": weight, "preference": {"matchExpressions": [
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}})
        };
        let spec = json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution":
            [wish(3, "zone-a"), wish(5, "zone-a"), wish(9, "zone-b")]}}});
        let pod = pod("p", spec);
        assert_eq!(raw(&pod.spec, &node("n", "zone-a")), 8);
        assert_eq!(raw(&pod.spec, &node("n", "zone-c")), 0);
    }
}
