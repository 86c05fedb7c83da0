//! A constraint on how evenly pods are spread, and the constraints that pods have who say nothing.

use super::selection::Selection;
use crate::actors::View;
use crate::api::{
    LabelSelector, Labels, Pod, ReplicaSet, Requirement, Resource, Service, StatefulSet, TopologySpreadConstraint,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The label of a node that is its own domain.
pub const HOSTNAME: &str = "kubernetes.io/hostname";

/// The label of a node's zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";

/// A constraint as the scheduler works with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Constraint {
    /// By how many pods a domain may exceed the emptiest.
    pub max_skew: i64,
    /// The label of nodes whose values are the domains.
    pub topology_key: Arc<str>,
    /// The pods that are counted.
    pub selection: Arc<Selection>,
    /// With fewer domains than this the emptiest counts as having no pod.
    pub min_domains: i64,
    /// Whether only nodes count that the pod's node affinity and selector match.
    pub honours_affinity: bool,
    /// Whether only nodes count whose taints the pod bears.
    pub honours_taints: bool,
    /// Whether the pod is among those it counts.
    pub counts_itself: bool,
}

/// The constraints of a pod: those that must hold, and those that it would like.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Spreading {
    /// `DoNotSchedule`.
    pub hard: Vec<Constraint>,
    /// `ScheduleAnyway`.
    pub soft: Vec<Constraint>,
    /// Whether nodes without all the labels are left out when `soft` is scored: so it is unless the constraints are the
    /// system's own.
    pub requires_all_labels: bool,
}

impl Spreading {
    /// Reads the constraints of a pod, or takes the system's own (pkg/scheduler/framework/plugins/podtopologyspread).
    pub fn of(pod: &Pod, default: Option<&LabelSelector>) -> Self {
        let explicit = &pod.spec.topology_spread_constraints;
        if explicit.is_empty() {
            return Self {
                soft: default
                    .map(|selector| system_constraints(pod, selector))
                    .unwrap_or_default(),
                ..Self::default()
            };
        }
        let (hard, soft): (Vec<_>, Vec<_>) = explicit.iter().partition(|c| c.when_unsatisfiable == "DoNotSchedule");
        Self {
            hard: hard.into_iter().map(|c| Constraint::new(c, pod)).collect(),
            soft: soft.into_iter().map(|c| Constraint::new(c, pod)).collect(),
            requires_all_labels: true,
        }
    }
}

impl Constraint {
    fn new(constraint: &TopologySpreadConstraint, pod: &Pod) -> Self {
        let labels = &pod.metadata.labels;
        let selector = constraint
            .label_selector
            .clone()
            .map(|selector| with_label_keys(selector, &constraint.match_label_keys, labels));
        Self {
            max_skew: constraint.max_skew,
            topology_key: constraint.topology_key.as_str().into(),
            min_domains: constraint.min_domains.unwrap_or(1),
            honours_affinity: constraint.node_affinity_policy != "Ignore",
            honours_taints: constraint.node_taints_policy == "Honor",
            counts_itself: selector.as_ref().is_some_and(|s| s.matches(labels)),
            selection: Arc::new(Selection::new(vec![pod.metadata.namespace.clone()], vec![selector])),
        }
    }
}

fn with_label_keys(mut selector: LabelSelector, keys: &[String], labels: &Labels) -> LabelSelector {
    for key in keys {
        if let Some(value) = labels.get(key) {
            selector.match_expressions.push(Requirement {
                key: key.clone(),
                operator: "In".to_owned(),
                values: vec![value.clone()],
                ..Requirement::default()
            });
        }
    }
    selector
}

/// The constraints that pods have who say nothing (podtopologyspread/plugin.go, `systemDefaultConstraints`).
fn system_constraints(pod: &Pod, selector: &LabelSelector) -> Vec<Constraint> {
    let namespaces = vec![pod.metadata.namespace.clone()];
    let selection = Arc::new(Selection::new(namespaces, vec![Some(selector.clone())]));
    [(HOSTNAME, 3), (ZONE, 5)]
        .map(|(key, max_skew)| Constraint {
            max_skew,
            topology_key: key.into(),
            selection: selection.clone(),
            min_domains: 1,
            honours_affinity: true,
            honours_taints: false,
            counts_itself: selector.matches(&pod.metadata.labels),
        })
        .into()
}

/// Returns the selector by which a pod is counted who says nothing: those of the Services that select it and of the set
/// that owns it, all together (plugins/helper/spread.go, `DefaultSelector`). None: it is not counted.
pub fn default_selector(pod: &Pod, view: &View<'_>) -> Option<LabelSelector> {
    let mut merged = LabelSelector::default();
    let namespace = &pod.metadata.namespace;
    for service in view.list::<Service>(namespace) {
        if service.selects(pod) {
            for (key, value) in &service.spec.selector {
                merged.match_labels.set(key, value);
            }
        }
    }
    if let Some(selector) = owner_selector(pod, view) {
        for (key, value) in selector.match_labels.iter() {
            merged.match_labels.set(key, value);
        }
        merged.match_expressions.extend_from_slice(&selector.match_expressions);
    }
    (!merged.is_empty()).then_some(merged)
}

/// Returns the selector of the ReplicaSet or StatefulSet that manages a pod.
/// Left out: ReplicationControllers, which are only carried.
pub fn owner_selector<'a>(pod: &Pod, view: &View<'a>) -> Option<&'a LabelSelector> {
    let owner = pod.metadata.controller()?;
    let namespace = &pod.metadata.namespace;
    match &*owner.kind {
        "ReplicaSet" if *owner.api_version == ReplicaSet::KIND.api_version() => {
            Some(&view.get::<ReplicaSet>(namespace, &owner.name)?.spec.selector)
        }
        "StatefulSet" if *owner.api_version == StatefulSet::KIND.api_version() => {
            Some(&view.get::<StatefulSet>(namespace, &owner.name)?.spec.selector)
        }
        _ => None,
    }
}
