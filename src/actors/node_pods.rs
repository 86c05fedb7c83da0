//! Which pods are on a node: an index that several controllers keep, as Kubernetes' shared informers do for them.

use super::{Change, View};
use crate::api::{Key, Pod, Resource};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The pods that were given to each node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct NodePods(BTreeMap<Arc<str>, BTreeSet<Key>>);

impl NodePods {
    /// Takes notice of a pod's change.
    pub fn heed(&mut self, change: &Change<'_>) {
        let (before, after) = (change.before.and_then(Pod::of), change.after.and_then(Pod::of));
        let node = |pod: Option<&Arc<Pod>>| pod.map(|p| p.spec.node_name.clone()).filter(|n| !n.is_empty());
        let (left, joined) = (node(before), node(after));
        if left == joined {
            return;
        }
        let key = change.object().key();
        if let Some(node) = left
            && let Some(pods) = self.0.get_mut(&node)
        {
            pods.remove(&key);
            if pods.is_empty() {
                self.0.remove(&node);
            }
        }
        if let Some(node) = joined {
            self.0.entry(node).or_default().insert(key);
        }
    }

    /// Returns the pods of a node, by name.
    pub fn on<'s, 'v>(&'s self, node: &str, view: &View<'v>) -> impl Iterator<Item = &'v Arc<Pod>> + use<'s, 'v> {
        let view = *view;
        self.0
            .get(node)
            .into_iter()
            .flatten()
            .filter_map(move |key| view.get::<Pod>(&key.namespace, &key.name))
    }
}
