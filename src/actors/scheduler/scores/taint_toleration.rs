//! TaintToleration: a node whose taints would rather have the pod elsewhere is worse.

use crate::api::{Node, Pod, TaintEffect};

/// Counts the taints of effect PreferNoSchedule that the pod does not bear (plugins/tainttoleration).
pub fn raw(pod: &Pod, node: &Node) -> i64 {
    let soft = node
        .spec
        .taints
        .iter()
        .filter(|taint| taint.effect == TaintEffect::PreferNoSchedule);
    let bears = |taint| {
        let mut tolerations = pod.spec.tolerations.iter();
        tolerations.any(|t| t.effect.is_none_or(|e| e == TaintEffect::PreferNoSchedule) && t.tolerates(taint))
    };
    soft.filter(|taint| !bears(taint)).count() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::{node, pod};
    use crate::api::Taint;
    use serde_json::json;

    #[test]
    fn each_soft_taint_that_is_not_borne_counts() {
        let mut tainted = node("n", "zone-a");
        for (key, effect) in [
            ("a", TaintEffect::PreferNoSchedule),
            ("b", TaintEffect::PreferNoSchedule),
            ("c", TaintEffect::NoSchedule),
        ] {
            tainted.spec.taints.push(Taint {
                key: key.to_owned(),
                effect,
                ..Taint::default()
            });
        }
        assert_eq!(raw(&pod("p", json!({})), &tainted), 2);
        let bears = pod("p", json!({"tolerations": [{"key": "a", "operator": "Exists"}]}));
        assert_eq!(raw(&bears, &tainted), 1);
    }
}
