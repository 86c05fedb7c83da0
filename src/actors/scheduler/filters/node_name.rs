//! A pod that names its node runs nowhere else. Such pods never reach this scheduler: whoever named the node has placed
//! them already; the filter is kept because kubectl and `why` show it.

use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::api::{Node, Pod};

/// Judges a node (plugins/nodename).
pub fn check(pod: &Pod, node: &Node) -> Verdict {
    let wanted = &pod.spec.node_name;
    if wanted.is_empty() || *wanted == node.metadata.name {
        return Ok(());
    }
    Plugin::NodeName.rejects_for_good("node(s) didn't match the requested node name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::{node, pod};
    use serde_json::json;

    #[test]
    fn a_named_node_is_the_only_one() {
        let named = pod("p", json!({"nodeName": "n1"}));
        assert_eq!(check(&named, &node("n1", "zone-a")), Ok(()));
        assert!(check(&named, &node("n2", "zone-a")).is_err());
    }
}
