//! Pods for which others are being removed from a node: their room must not be given away meanwhile
//! (pkg/scheduler/backend/queue/nominator.go).

use super::cache::node::{ClaimName, Placed};
use super::shape::Shape;
use crate::api::{Key, Labels, Pod, Resource, Uid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The nominated pods, by node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Saved>", into = "Vec<Saved>")]
pub struct Nominated {
    nodes: BTreeMap<Uid, Arc<str>>,
    pods: BTreeMap<Arc<str>, Vec<Arc<Placed>>>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    node: Arc<str>,
    key: Key,
    uid: Uid,
    labels: Labels,
    shape: Shape,
    claims: Vec<ClaimName>,
}

impl Nominated {
    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Nominates a node for a pod; any other nomination of it is forgotten.
    pub fn add(&mut self, pod: &Pod, shape: &Arc<Shape>, node: &Arc<str>) {
        self.remove(pod.metadata.uid);
        let placed = Placed {
            key: pod.key(),
            uid: pod.metadata.uid,
            labels: pod.metadata.labels.clone(),
            set: 0,
            shape: shape.clone(),
            claims: pod
                .claims()
                .map(|name| (pod.metadata.namespace.clone(), name.into()))
                .collect(),
            is_live: true,
        };
        self.put(node.clone(), placed);
    }

    fn put(&mut self, node: Arc<str>, placed: Placed) {
        self.nodes.insert(placed.uid, node.clone());
        self.pods.entry(node).or_default().push(Arc::new(placed));
    }

    /// Forgets a pod's nomination; returns whether there was one.
    pub fn remove(&mut self, uid: Uid) -> bool {
        let Some(node) = self.nodes.remove(&uid) else {
            return false;
        };
        if let Some(pods) = self.pods.get_mut(&node) {
            pods.retain(|pod| pod.uid != uid);
            if pods.is_empty() {
                self.pods.remove(&node);
            }
        }
        true
    }

    /// Returns the node that is nominated for a pod.
    pub fn node_of(&self, uid: Uid) -> Option<&Arc<str>> {
        self.nodes.get(&uid)
    }

    /// Returns the pods nominated for a node that are at least so important, without one of them.
    pub fn on(&self, node: &str, priority: i64, but: Uid) -> Vec<Arc<Placed>> {
        let pods = self.pods.get(node).into_iter().flatten();
        pods.filter(|pod| pod.uid != but && pod.shape.priority() >= priority)
            .cloned()
            .collect()
    }

    /// Returns the pods nominated for a node that are less important.
    pub fn below(&self, node: &str, priority: i64) -> impl Iterator<Item = &Arc<Placed>> {
        let pods = self.pods.get(node).into_iter().flatten();
        pods.filter(move |pod| pod.shape.priority() < priority)
    }
}

impl From<Nominated> for Vec<Saved> {
    fn from(nominated: Nominated) -> Self {
        let saved = |node: &Arc<str>, placed: &Placed| Saved {
            node: node.clone(),
            key: placed.key.clone(),
            uid: placed.uid,
            labels: placed.labels.clone(),
            shape: placed.shape.bare(),
            claims: placed.claims.clone(),
        };
        let pods = nominated.pods.iter();
        pods.flat_map(|(node, pods)| pods.iter().map(move |pod| saved(node, pod)))
            .collect()
    }
}

impl From<Vec<Saved>> for Nominated {
    fn from(saved: Vec<Saved>) -> Self {
        let mut nominated = Self::default();
        for pod in saved {
            let placed = Placed {
                key: pod.key,
                uid: pod.uid,
                labels: pod.labels,
                set: 0,
                shape: Arc::new(pod.shape),
                claims: pod.claims,
                is_live: true,
            };
            nominated.put(pod.node, placed);
        }
        nominated
    }
}
