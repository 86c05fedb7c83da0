//! Which pods go first when there are too many (pkg/controller/controller_utils.go, `ActivePodsWithRanks`).

use crate::actors::{View, sparing};
use crate::api::{Pod, ReplicaSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The annotation that makes a pod cheaper or dearer to delete.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Returns the `count` active pods of the set that can best be spared, in order.
pub(super) fn doomed<'a>(view: &View<'a>, set: &ReplicaSet, count: i64) -> Vec<&'a Arc<Pod>> {
    let mut pods: Vec<_> = view
        .owned::<Pod>(set.metadata.uid)
        .filter(|pod| pod.is_active() && pod.metadata.is_controlled_by(set.metadata.uid))
        .collect();
    let crowds = crowds(view, set);
    pods.sort_by_cached_key(|pod| {
        let cost = pod
            .metadata
            .annotations
            .value(DELETION_COST)
            .parse()
            .unwrap_or_default();
        let crowd = crowds.get(&pod.spec.node_name).copied().unwrap_or_default();
        sparing::dearness(pod, cost, crowd, view.now)
    });
    pods.truncate(usize::try_from(count).unwrap_or_default());
    pods
}

/// Counts the active pods on each node of this set and of all the sets of its owner: those that stand doubled up go
/// first (`getIndirectlyRelatedPods`).
fn crowds(view: &View<'_>, set: &ReplicaSet) -> BTreeMap<Arc<str>, i64> {
    let mut crowds = BTreeMap::new();
    let siblings: Vec<_> = match set.metadata.controller() {
        Some(owner) => view
            .owned::<ReplicaSet>(owner.uid)
            .map(|set| set.metadata.uid)
            .collect(),
        None => vec![set.metadata.uid],
    };
    for uid in siblings {
        for pod in view
            .owned::<Pod>(uid)
            .filter(|pod| pod.is_active() && pod.is_scheduled())
        {
            *crowds.entry(pod.spec.node_name.clone()).or_default() += 1;
        }
    }
    crowds
}
