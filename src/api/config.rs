//! Small objects that others refer to: Namespace, Secret, ConfigMap, PriorityClass, PodDisruptionBudget.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Condition, IntOrString, LabelSelector, Meta, Text, Time};
use base64::Engine;
use std::collections::BTreeMap;

words! {
    /// A Namespace.
    pub struct Namespace {
        metadata: Meta = Meta::default(),
        spec: NamespaceSpec = NamespaceSpec::default(),
        status: NamespaceStatus = NamespaceStatus::default(),
    }

    /// Who must finish before the namespace is gone.
    pub struct NamespaceSpec {
        finalizers: Vec<Text>,
    }

    /// `Active` or `Terminating`.
    pub struct NamespaceStatus {
        phase: Text = "Active".into(),
        conditions: Vec<Condition>,
    }

    /// A Secret; `stringData` is folded into `data` on the way in.
    pub struct Secret {
        metadata: Meta = Meta::default(),
        data: BTreeMap<String, String>,
        string_data: BTreeMap<String, String>,
        #[serde(rename = "type")]
        kind: Text = "Opaque".into(),
        immutable: Option<bool>,
    }

    /// A ConfigMap.
    pub struct ConfigMap {
        metadata: Meta = Meta::default(),
        data: BTreeMap<String, String>,
        binary_data: BTreeMap<String, String>,
        immutable: Option<bool>,
    }

    /// A PriorityClass.
    pub struct PriorityClass {
        metadata: Meta = Meta::default(),
        value: i64 = 0,
        global_default: bool,
        description: String,
        preemption_policy: Text = "PreemptLowerPriority".into(),
    }

    /// A PodDisruptionBudget.
    pub struct PodDisruptionBudget {
        metadata: Meta = Meta::default(),
        spec: BudgetSpec = BudgetSpec::default(),
        status: BudgetStatus = BudgetStatus::default(),
    }

    /// How many pods must stay, or may be missing.
    pub struct BudgetSpec {
        min_available: Option<IntOrString>,
        max_unavailable: Option<IntOrString>,
        selector: Option<LabelSelector>,
    }

    /// How many may be disrupted now.
    pub struct BudgetStatus {
        conditions: Vec<Condition>,
        observed_generation: i64,
        disrupted_pods: BTreeMap<String, Time>,
        disruptions_allowed: i64 = 0,
        current_healthy: i64 = 0,
        desired_healthy: i64 = 0,
        expected_pods: i64 = 0,
    }
}

impl Secret {
    /// Returns the decoded bytes of `key`, if it is there and is base64.
    pub fn decoded(&self, key: &str) -> Option<Vec<u8>> {
        base64::engine::general_purpose::STANDARD
            .decode(self.data.get(key)?)
            .ok()
    }

    /// Moves `stringData` into `data`, as the API server does.
    pub fn fold_string_data(&mut self) {
        for (key, value) in std::mem::take(&mut self.string_data) {
            self.data
                .insert(key, base64::engine::general_purpose::STANDARD.encode(value));
        }
    }
}
