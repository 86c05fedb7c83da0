//! Which pods go first when there are too many (pkg/controller/controller_utils.go, `ActivePodsWithRanks`).

use crate::actors::View;
use crate::api::{Phase, Pod, ReplicaSet, Time, condition};
use std::cmp::Reverse;
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
    pods.sort_by_cached_key(|pod| dearness(pod, &crowds, view.now));
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

/// Returns how dear a pod is; the cheapest goes first.
fn dearness(pod: &Pod, crowds: &BTreeMap<Arc<str>, i64>, now: Time) -> impl Ord + use<> {
    let phase = match pod.status.phase {
        Phase::Pending => 0,
        Phase::Unknown => 1,
        _ => 2,
    };
    let cost: i32 = pod.metadata.annotations.value(DELETION_COST).parse().unwrap_or(0);
    let crowd = crowds.get(&pod.spec.node_name).copied().unwrap_or_default();
    let ready = pod.is_ready();
    let ready_age = condition::find(&pod.status.conditions, "Ready")
        .filter(|_| ready)
        .and_then(|ready| ready.last_transition_time)
        .map(|since| age_class(since, now));
    let restarts = pod.status.container_statuses.iter().map(|c| c.restart_count).max();
    let created_age = pod.metadata.creation_timestamp.map(|since| age_class(since, now));
    (
        (pod.is_scheduled(), phase, ready, cost),
        (Reverse(crowd), ready_age, Reverse(restarts), created_age),
        pod.metadata.uid,
    )
}

/// Returns the age by powers of two: pods of nearly one age are alike, and their uids, which are random, decide
/// (`logarithmicRankDiff`; times in the API are whole seconds).
fn age_class(since: Time, now: Time) -> i64 {
    let since = since.0.div_euclid(1000) * 1000;
    let nanoseconds = (now.0 - since).saturating_mul(1_000_000);
    if nanoseconds > 0 {
        i64::from(nanoseconds.ilog2())
    } else {
        -1
    }
}
