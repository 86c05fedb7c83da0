//! Which of a controller's pods can best be spared (pkg/controller/controller_utils.go, `ActivePodsWithRanks`).

use crate::api::{Phase, Pod, Time, condition};
use std::cmp::Reverse;

/// Returns how dear a pod is; the cheapest goes first. `cost` is what its owner says, `crowd` how many of its kind stand
/// on its node.
pub(super) fn dearness(pod: &Pod, cost: i32, crowd: i64, now: Time) -> impl Ord + use<> {
    let phase = match pod.status.phase {
        Phase::Pending => 0,
        Phase::Unknown => 1,
        _ => 2,
    };
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
