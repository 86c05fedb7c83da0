//! A cordoned node takes no pods but those that bear its taint.

use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::api::{Node, Pod, Taint, TaintEffect};

/// Judges a node (plugins/nodeunschedulable).
pub fn check(pod: &Pod, node: &Node) -> Verdict {
    if !node.spec.unschedulable || bears_cordon(pod) {
        return Ok(());
    }
    Plugin::NodeUnschedulable.rejects_for_good("node(s) were unschedulable")
}

/// Says whether a pod may run on cordoned nodes, as a DaemonSet's may.
pub fn bears_cordon(pod: &Pod) -> bool {
    let cordon = Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        effect: TaintEffect::NoSchedule,
        ..Taint::default()
    };
    pod.spec.tolerations.iter().any(|t| t.tolerates(&cordon))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::{node, pod};
    use serde_json::json;

    #[test]
    fn a_cordoned_node_takes_only_pods_that_bear_it() {
        let mut cordoned = node("n", "zone-a");
        assert_eq!(check(&pod("p", json!({})), &cordoned), Ok(()));
        cordoned.spec.unschedulable = true;
        let rejection = check(&pod("p", json!({})), &cordoned).unwrap_err();
        assert_eq!(
            (rejection.resolvable, &*rejection.reasons[0]),
            (false, "node(s) were unschedulable")
        );
        let daemon = json!({"tolerations": [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]});
        assert_eq!(check(&pod("p", daemon), &cordoned), Ok(()));
    }
}
