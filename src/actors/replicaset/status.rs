//! What a ReplicaSet says of itself (pkg/controller/replicaset/replica_set_utils.go, `calculateStatus`).

use super::tally::Census;
use crate::actors::{Effect, View};
use crate::api::{Condition, Pod, ReplicaSet, Time, condition};
use crate::store::Refusal;
use std::sync::Arc;

/// Returns the write of the status, if it is not what it should be.
pub(super) fn update(
    set: &Arc<ReplicaSet>,
    census: &Census,
    failure: Option<(&'static str, &Refusal)>,
    now: Time,
) -> Option<Effect> {
    let mut status = set.status.clone();
    status.replicas = census.active;
    status.fully_labeled_replicas = census.labelled;
    status.ready_replicas = census.ready;
    status.available_replicas = census.available;
    status.terminating_replicas = Some(census.terminating);
    status.observed_generation = set.metadata.generation;
    match failure {
        None => status.conditions.retain(|c| c.kind != "ReplicaFailure"),
        // The first failure stays until a run goes well.
        Some(_) if condition::find(&status.conditions, "ReplicaFailure").is_some() => (),
        Some((reason, refusal)) => {
            let failure = Condition::new("ReplicaFailure", true, reason, refusal.to_string(), now);
            status.conditions.push(failure);
        }
    }
    if status == set.status {
        return None;
    }
    let mut set = ReplicaSet::clone(set);
    set.status = status;
    // Nobody else writes it, and this run may have changed the rest.
    set.metadata.resource_version = 0;
    Some(Effect::update_status(set))
}

/// Counts the pods that have been ready for long enough, and finds out when the next will be.
pub(super) fn count_available(view: &View<'_>, set: &ReplicaSet, census: &mut Census) {
    let wait = set.spec.min_ready_seconds;
    census.available = 0;
    for pod in view
        .owned::<Pod>(set.metadata.uid)
        .filter(|pod| pod.is_active() && pod.is_ready())
    {
        if pod.is_available(wait, view.now) {
            census.available += 1;
        } else if let Some(since) =
            condition::find(&pod.status.conditions, "Ready").and_then(|ready| ready.last_transition_time)
        {
            let at = since + wait * 1000;
            census.next_available = Some(census.next_available.map_or(at, |next| next.min(at)));
        }
    }
}
