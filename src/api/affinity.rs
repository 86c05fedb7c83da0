//! Where a pod may run, and where it would rather.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{LabelSelector, Requirement, Taint, TaintEffect, Text};

words! {
    /// The three kinds of affinity.
    pub struct Affinity {
        node_affinity: Option<NodeAffinity>,
        pod_affinity: Option<PodAffinity>,
        pod_anti_affinity: Option<PodAffinity>,
    }

    /// Affinity to nodes by their labels.
    pub struct NodeAffinity {
        required_during_scheduling_ignored_during_execution: Option<NodeSelector>,
        preferred_during_scheduling_ignored_during_execution: Vec<PreferredSchedulingTerm>,
    }

    /// Terms of which one must match.
    pub struct NodeSelector {
        node_selector_terms: Vec<NodeSelectorTerm> = Vec::new(),
    }

    /// Requirements all of which must hold; an empty term matches nothing.
    pub struct NodeSelectorTerm {
        match_expressions: Vec<Requirement>,
        match_fields: Vec<Requirement>,
    }

    /// A term with the weight of its wish.
    pub struct PreferredSchedulingTerm {
        weight: i64 = 0,
        preference: NodeSelectorTerm = NodeSelectorTerm::default(),
    }

    /// Affinity to, or from, other pods.
    pub struct PodAffinity {
        required_during_scheduling_ignored_during_execution: Vec<PodAffinityTerm>,
        preferred_during_scheduling_ignored_during_execution: Vec<WeightedPodAffinityTerm>,
    }

    /// Which pods, and in what sense "near".
    pub struct PodAffinityTerm {
        label_selector: Option<LabelSelector>,
        namespace_selector: Option<LabelSelector>,
        namespaces: Vec<String>,
        topology_key: String = String::new(),
        match_label_keys: Vec<String>,
        mismatch_label_keys: Vec<String>,
    }

    /// A term with the weight of its wish.
    pub struct WeightedPodAffinityTerm {
        weight: i64 = 0,
        pod_affinity_term: PodAffinityTerm = PodAffinityTerm::default(),
    }

    /// How evenly pods are spread.
    pub struct TopologySpreadConstraint {
        max_skew: i64 = 1,
        topology_key: String = String::new(),
        when_unsatisfiable: Text = "DoNotSchedule".into(),
        label_selector: Option<LabelSelector>,
        min_domains: Option<i64>,
        node_affinity_policy: Text,
        node_taints_policy: Text,
        match_label_keys: Vec<String>,
    }

    /// A taint that the pod bears.
    pub struct Toleration {
        key: String,
        operator: Text,
        value: String,
        effect: Option<TaintEffect>,
        toleration_seconds: Option<i64>,
    }
}

impl Toleration {
    /// Says whether `taint` is borne (`v1.Toleration.ToleratesTaint`).
    pub fn tolerates(&self, taint: &Taint) -> bool {
        if self.effect.is_some_and(|effect| effect != taint.effect) {
            return false;
        }
        if !self.key.is_empty() && self.key != taint.key {
            return false;
        }
        match &*self.operator {
            "Exists" => true,
            "" | "Equal" => self.value == taint.value,
            _ => false,
        }
    }
}
