//! Whether a node is one that a pod, or a volume, names: by labels, by name, by taints.

use crate::api::{Labels, Node, NodeSelector, NodeSelectorTerm, Pod, Requirement, Taint, TaintEffect, Toleration};
use std::collections::BTreeMap;

/// Says whether a node meets what a pod requires of nodes (component-helpers, `nodeaffinity.RequiredNodeAffinity`).
pub fn meets_requirements(pod: &Pod, node: &Node) -> bool {
    let labels = &node.metadata.labels;
    if !pod.spec.node_selector.iter().all(|(k, v)| labels.get(k) == Some(v)) {
        return false;
    }
    let required = pod.spec.affinity.as_ref().and_then(|a| a.node_affinity.as_ref());
    required
        .and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref())
        .is_none_or(|selector| selects(selector, &node.metadata.name, labels))
}

/// Says whether one of the terms matches.
pub fn selects(selector: &NodeSelector, name: &str, labels: &Labels) -> bool {
    selector
        .node_selector_terms
        .iter()
        .any(|term| term_matches(term, name, labels))
}

/// Says whether all of a term matches; an empty term matches nothing.
pub fn term_matches(term: &NodeSelectorTerm, name: &str, labels: &Labels) -> bool {
    if term.match_expressions.is_empty() && term.match_fields.is_empty() {
        return false;
    }
    let field = |r: &Requirement| {
        r.key == "metadata.name"
            && match r.operator.as_str() {
                "In" => r.values.iter().any(|v| v == name),
                "NotIn" => r.values.iter().all(|v| v != name),
                _ => false,
            }
    };
    term.match_expressions.iter().all(|r| r.matches(labels)) && term.match_fields.iter().all(field)
}

/// Returns the node names to which a pod's required affinity confines it, when every term names nodes
/// (nodeaffinity/node_affinity.go, `PreFilter`; a DaemonSet's pods are confined so).
pub fn named_nodes(pod: &Pod) -> Option<Vec<String>> {
    let affinity = pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = affinity.required_during_scheduling_ignored_during_execution.as_ref()?;
    if required.node_selector_terms.is_empty() {
        return None;
    }
    let mut names: BTreeMap<String, ()> = BTreeMap::new();
    for term in &required.node_selector_terms {
        let mut named: Option<Vec<String>> = None;
        for field in &term.match_fields {
            if field.key == "metadata.name" && field.operator == "In" {
                let both = |have: Vec<String>| have.into_iter().filter(|n| field.values.contains(n)).collect();
                named = Some(named.map_or_else(|| field.values.clone(), both));
            }
        }
        names.extend(named?.into_iter().map(|name| (name, ())));
    }
    Some(names.into_keys().collect())
}

/// Returns the first taint that keeps a pod away and that it does not bear (`FindMatchingUntoleratedTaint`).
pub fn untolerated<'a>(taints: &'a [Taint], tolerations: &[Toleration]) -> Option<&'a Taint> {
    let keeps_away = |taint: &&Taint| taint.effect != TaintEffect::PreferNoSchedule;
    taints
        .iter()
        .filter(keeps_away)
        .find(|taint| !tolerations.iter().any(|t| t.tolerates(taint)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(spec: serde_json::Value) -> Pod {
        serde_json::from_value(json!({"metadata": {"name": "p"}, "spec": spec})).unwrap()
    }

    fn node(name: &str, labels: &[(&str, &str)]) -> Node {
        let mut node = Node::default();
        node.metadata.name = name.into();
        node.metadata.labels = labels.iter().copied().collect();
        node
    }

    fn required(terms: serde_json::Value) -> serde_json::Value {
        json!({"affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}})
    }

    #[test]
    fn one_term_is_enough_and_an_empty_one_matches_nothing() {
        let ssd = json!({"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]});
        let either = pod(required(json!([ssd, {"matchFields": [
            {"key": "metadata.name", "operator": "In", "values": ["n2"]}]}])));
        assert!(meets_requirements(&either, &node("n1", &[("disk", "ssd")])));
        assert!(meets_requirements(&either, &node("n2", &[])));
        assert!(!meets_requirements(&either, &node("n3", &[("disk", "hdd")])));
        assert!(!meets_requirements(&pod(required(json!([{}]))), &node("n1", &[])));
        assert!(!meets_requirements(&pod(required(json!([]))), &node("n1", &[])));
    }

    #[test]
    fn the_selector_and_the_affinity_must_both_hold() {
        let mut spec = required(json!([{"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]));
        spec["nodeSelector"] = json!({"zone": "a"});
        assert!(meets_requirements(
            &pod(spec.clone()),
            &node("n", &[("disk", "x"), ("zone", "a")])
        ));
        assert!(!meets_requirements(
            &pod(spec),
            &node("n", &[("disk", "x"), ("zone", "b")])
        ));
    }

    #[test]
    fn a_pod_is_confined_only_when_every_term_names_nodes() {
        let named = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1", "n2"]}]});
        let free = json!({"matchExpressions": [{"key": "disk", "operator": "Exists"}]});
        assert_eq!(
            named_nodes(&pod(required(json!([named])))),
            Some(vec!["n1".into(), "n2".into()])
        );
        assert_eq!(named_nodes(&pod(required(json!([named, free])))), None);
        assert_eq!(named_nodes(&pod(json!({}))), None);
    }

    #[test]
    fn a_taint_that_only_prefers_keeps_nobody_away() {
        let taint = |effect| Taint {
            key: "k".into(),
            effect,
            ..Taint::default()
        };
        let soft = [taint(TaintEffect::PreferNoSchedule)];
        assert_eq!(untolerated(&soft, &[]), None);
        let hard = [taint(TaintEffect::NoExecute)];
        assert_eq!(untolerated(&hard, &[]), Some(&hard[0]));
        let all = Toleration {
            operator: "Exists".into(),
            ..Toleration::default()
        };
        assert_eq!(untolerated(&hard, &[all]), None);
    }
}
