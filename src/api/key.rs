//! The name of an object in the cluster: its kind, its namespace and its own name.

use super::Kind;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Where an object stands: kind, namespace ("" for objects of the whole cluster), name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The namespace, or "" where the kind belongs to the whole cluster.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl Key {
    /// Makes the key of a namespaced object.
    pub fn new(kind: Kind, namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// Makes the key of an object of the whole cluster.
    pub fn cluster(kind: Kind, name: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            namespace: "".into(),
            name: name.into(),
        }
    }

    /// Returns the key of another kind's object beside this one.
    pub fn beside(&self, kind: Kind, name: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            namespace: self.namespace.clone(),
            name: name.into(),
        }
    }
}

/// By kind, namespace and name; text that is one and the same in memory, as a namespace mostly is, is not read.
impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let text = |a: &Arc<str>, b: &Arc<str>| if Arc::ptr_eq(a, b) { Ordering::Equal } else { a.cmp(b) };
        self.kind
            .cmp(&other.kind)
            .then_with(|| text(&self.namespace, &other.namespace))
            .then_with(|| text(&self.name, &other.name))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Key {
    /// Writes `pod/db-0`, as a line of a story names an object.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.singular(), self.name)
    }
}
