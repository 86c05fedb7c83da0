//! Subresources, as `--subresource` names them: `status` of most kinds, `scale` of those that have replicas.

use super::tables::format_selector;
use crate::api::{Kind, Object};
use serde_json::{Value, json};

/// A subresource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subresource {
    /// The object itself; a write changes its status alone.
    Status,
    /// The number of replicas alone (`autoscaling/v1` Scale).
    Scale,
}

impl Subresource {
    /// Returns the subresource of a kind that a word names, if the kind has it.
    pub fn of(kind: &Kind, word: &str) -> Option<Self> {
        match word {
            "status"
                if !matches!(
                    kind,
                    Kind::ConfigMap | Kind::Secret | Kind::Event | Kind::ControllerRevision
                ) =>
            {
                Some(Self::Status)
            }
            "scale" if matches!(kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet) => Some(Self::Scale),
            _ => None,
        }
    }
}

/// Returns the `Scale` of a workload.
pub fn scale(object: &Object) -> Value {
    let meta = object.meta();
    let tree = object.to_value();
    let selector = match object {
        Object::Deployment(o) => format_selector(&o.spec.selector),
        Object::ReplicaSet(o) => format_selector(&o.spec.selector),
        Object::StatefulSet(o) => format_selector(&o.spec.selector),
        _ => String::new(),
    };
    let number = |path: &str| tree.pointer(path).and_then(Value::as_i64).unwrap_or(0);
    json!({
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {
            "name": *meta.name,
            "namespace": *meta.namespace,
            "uid": tree["metadata"]["uid"],
            "resourceVersion": tree["metadata"]["resourceVersion"],
            "creationTimestamp": tree["metadata"]["creationTimestamp"],
        },
        "spec": {"replicas": number("/spec/replicas")},
        "status": {"replicas": number("/status/replicas"), "selector": selector},
    })
}
