//! A term of pod affinity: which pods, and in what sense "near".

use super::selection::Selection;
use crate::actors::View;
use crate::api::{LabelSelector, Labels, Namespace, Pod, PodAffinityTerm, Requirement};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a term asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Wish {
    /// The pod must be near such pods.
    MustBeNear,
    /// The pod must not be near such pods.
    MustBeAway,
    /// The pod would be near such pods (or away from them, where the weight is negative).
    Prefers(i64),
}

/// A term as the scheduler works with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Term {
    /// What it asks for.
    pub wish: Wish,
    /// The label of nodes that says what is near.
    pub topology_key: Arc<str>,
    /// The pods it means, namespaces resolved when the term was first met.
    pub selection: Arc<Selection>,
    /// The selector of namespaces; when it is there, a pod's namespace is asked again each time.
    namespace_selector: Option<LabelSelector>,
    selector: Option<LabelSelector>,
    /// The text that equal terms share.
    pub text: Arc<str>,
}

impl Term {
    /// Says whether the term means a pod with these labels in a namespace with those.
    pub fn means(&self, namespace: &str, namespace_labels: Option<&Labels>, labels: &Labels) -> bool {
        if self.selection.matches(namespace, labels) {
            return true;
        }
        let (Some(selector), Some(of_namespaces)) = (&self.selector, &self.namespace_selector) else {
            return false;
        };
        namespace_labels.is_some_and(|labels| of_namespaces.matches(labels)) && selector.matches(labels)
    }

    fn new(wish: Wish, term: &PodAffinityTerm, pod: &Pod, view: &View<'_>) -> Self {
        let selector = with_label_keys(term, &pod.metadata.labels);
        let mut namespaces: Vec<Arc<str>> = term.namespaces.iter().map(|n| n.as_str().into()).collect();
        match &term.namespace_selector {
            None if namespaces.is_empty() => namespaces.push(pod.metadata.namespace.clone()),
            None => (),
            Some(wanted) => {
                let matching = view
                    .list::<Namespace>("")
                    .filter(|n| wanted.matches(&n.metadata.labels))
                    .map(|n| n.metadata.name.clone());
                namespaces.extend(matching);
            }
        }
        let selection = Arc::new(Selection::new(namespaces, vec![selector.clone()]));
        let of_namespaces = serde_json::to_string(&term.namespace_selector).expect("selectors are always JSON");
        let text = format!("{wish:?} {} {of_namespaces} {}", term.topology_key, selection.text()).into();
        Self {
            wish,
            topology_key: term.topology_key.as_str().into(),
            selection,
            namespace_selector: term.namespace_selector.clone(),
            selector,
            text,
        }
    }
}

/// Returns all the terms of a pod.
pub fn terms_of(pod: &Pod, view: &View<'_>) -> Vec<Arc<Term>> {
    let Some(affinity) = &pod.spec.affinity else {
        return vec![];
    };
    let mut terms = Vec::new();
    for (side, must, sign) in [
        (&affinity.pod_affinity, Wish::MustBeNear, 1),
        (&affinity.pod_anti_affinity, Wish::MustBeAway, -1),
    ] {
        let Some(side) = side else { continue };
        for term in &side.required_during_scheduling_ignored_during_execution {
            terms.push(Arc::new(Term::new(must, term, pod, view)));
        }
        for preferred in &side.preferred_during_scheduling_ignored_during_execution {
            let wish = Wish::Prefers(sign * preferred.weight);
            terms.push(Arc::new(Term::new(wish, &preferred.pod_affinity_term, pod, view)));
        }
    }
    terms
}

/// Returns the selector of a term with what `matchLabelKeys` and `mismatchLabelKeys` add to it (the API server's pod
/// strategy, `applyMatchLabelKeysAndMismatchLabelKeys`).
fn with_label_keys(term: &PodAffinityTerm, labels: &Labels) -> Option<LabelSelector> {
    let mut selector = term.label_selector.clone()?;
    for (keys, operator) in [(&term.match_label_keys, "In"), (&term.mismatch_label_keys, "NotIn")] {
        for key in keys {
            if let Some(value) = labels.get(key) {
                selector.match_expressions.push(Requirement {
                    key: key.clone(),
                    operator: operator.to_owned(),
                    values: vec![value.clone()],
                    ..Requirement::default()
                });
            }
        }
    }
    Some(selector)
}
