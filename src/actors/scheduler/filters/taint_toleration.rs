//! A tainted node takes only pods that bear all its taints.

use crate::actors::scheduler::node_match::untolerated;
use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::api::{Node, Pod};

/// Judges a node (plugins/tainttoleration). Since 1.34 the message does not name the taint any more.
pub fn check(pod: &Pod, node: &Node) -> Verdict {
    match untolerated(&node.spec.taints, &pod.spec.tolerations) {
        None => Ok(()),
        Some(_) => Plugin::TaintToleration.rejects_for_good("node(s) had untolerated taint(s)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::{node, pod};
    use crate::api::Taint;
    use serde_json::json;

    #[test]
    fn each_taint_must_be_borne() {
        let mut tainted = node("n", "zone-a");
        for (key, value) in [("dedicated", "db"), ("gpu", "")] {
            let (key, value) = (key.to_owned(), value.to_owned());
            tainted.spec.taints.push(Taint {
                key,
                value,
                ..Taint::default()
            });
        }
        let one = json!({"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"});
        let other = json!({"key": "gpu", "operator": "Exists"});
        assert!(check(&pod("p", json!({"tolerations": [one]})), &tainted).is_err());
        assert_eq!(check(&pod("p", json!({"tolerations": [one, other]})), &tainted), Ok(()));
    }
}
