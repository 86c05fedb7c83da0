//! Which pods are meant: namespaces and selectors, resolved once, with a text by which equal ones are told.

use crate::api::{LabelSelector, Labels};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Pods of some namespaces that all the selectors match.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Selection {
    namespaces: Vec<Arc<str>>,
    selectors: Vec<LabelSelector>,
    text: Arc<str>,
}

impl Selection {
    /// Makes a selection; an absent selector (Kubernetes' nil) matches nothing.
    pub fn new(mut namespaces: Vec<Arc<str>>, selectors: Vec<Option<LabelSelector>>) -> Self {
        namespaces.sort();
        namespaces.dedup();
        if selectors.iter().any(Option::is_none) {
            namespaces.clear();
        }
        let selectors: Vec<LabelSelector> = selectors.into_iter().flatten().collect();
        let json = serde_json::to_string(&selectors).expect("selectors are always JSON");
        let text = format!("{} {json}", namespaces.join(",")).into();
        Self {
            namespaces,
            selectors,
            text,
        }
    }

    /// Says whether a pod with these labels is meant.
    pub fn matches(&self, namespace: &str, labels: &Labels) -> bool {
        self.namespaces.iter().any(|have| **have == *namespace) && self.selectors.iter().all(|s| s.matches(labels))
    }

    /// Returns the labels, each with its value, that all pods meant here bear.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.selectors.iter().flat_map(|selector| selector.match_labels.iter());
        labels.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns the pods that are meant by both.
    pub fn and(&self, other: &Self) -> Self {
        let namespaces = self.namespaces.iter().filter(|n| other.namespaces.contains(n));
        let selectors = self.selectors.iter().chain(&other.selectors);
        Self::new(namespaces.cloned().collect(), selectors.cloned().map(Some).collect())
    }

    /// Returns the text that equal selections share.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(value: &str) -> LabelSelector {
        LabelSelector {
            match_labels: [("app", value)].into_iter().collect(),
            ..LabelSelector::default()
        }
    }

    #[test]
    fn namespace_and_all_selectors_must_match() {
        let labels: Labels = [("app", "db"), ("tier", "x")].into_iter().collect();
        let selection = Selection::new(vec!["a".into(), "b".into()], vec![Some(app("db"))]);
        assert!(selection.matches("b", &labels));
        assert!(!selection.matches("c", &labels));
        let both = Selection::new(vec!["a".into()], vec![Some(app("db")), Some(app("web"))]);
        assert!(!both.matches("a", &labels));
        let nobody = Selection::new(vec!["a".into()], vec![None]);
        assert!(!nobody.matches("a", &labels));
    }
}
