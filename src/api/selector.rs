//! Selectors: which labels are meant.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::Labels;
use std::collections::BTreeMap;

words! {
    /// `matchLabels` and `matchExpressions`, all of which must hold. An empty one matches everything.
    pub struct LabelSelector {
        match_labels: Labels,
        match_expressions: Vec<Requirement>,
    }

    /// One expression: a key, an operator (`In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`) and values.
    pub struct Requirement {
        key: String = String::new(),
        operator: String = String::new(),
        values: Vec<String>,
    }
}

impl Requirement {
    /// Says whether `labels` meet the requirement (apimachinery `labels.Requirement.Matches`).
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        let number = |text: Option<&String>| text.and_then(|t| t.parse::<i64>().ok());
        match self.operator.as_str() {
            "In" => value.is_some_and(|v| self.values.contains(v)),
            "NotIn" => value.is_none_or(|v| !self.values.contains(v)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => matches!((number(value), number(self.values.first())), (Some(have), Some(want)) if have > want),
            "Lt" => matches!((number(value), number(self.values.first())), (Some(have), Some(want)) if have < want),
            _ => false,
        }
    }
}

impl LabelSelector {
    /// Says whether `labels` are selected.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels.iter().all(|(k, v)| labels.get(k) == Some(v))
            && self.match_expressions.iter().all(|r| r.matches(labels))
    }

    /// Says whether the selector is empty.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }
}
