//! What a StatefulSet says of itself (pkg/controller/statefulset/stateful_set_control.go, `computeReplicaStatus`).

use super::pods;
use super::run::Run;
use crate::actors::Effect;
use crate::api::workload::StatefulSetStatus;
use crate::api::{Resource, StatefulSet, condition};

impl Run<'_> {
    /// Counts the pods as they stand: those that a run makes or deletes show only in the next run's status.
    pub fn count(&self) -> StatefulSetStatus {
        let (set, revisions) = (&self.set, self.revisions());
        let mut status = StatefulSetStatus {
            observed_generation: set.metadata.generation,
            current_revision: revisions.current.to_string().into(),
            update_revision: revisions.update.to_string().into(),
            collision_count: Some(set.status.collision_count.unwrap_or_default()),
            conditions: set.status.conditions.clone(),
            rest: set.status.rest.clone(),
            ..StatefulSetStatus::default()
        };
        for pod in self.members.iter().filter(|pod| pods::ordinal(pod) >= 0) {
            status.replicas += 1;
            if pods::is_ready(pod) {
                status.ready_replicas += 1;
                status.available_replicas += i64::from(pod.is_available(set.spec.min_ready_seconds, self.view.now));
            }
            // One that is asked to go is of no revision any more, though it may be ready to its end.
            if !pod.metadata.is_terminating() {
                let revision = pods::revision(pod);
                status.current_replicas += i64::from(revision == &*revisions.current);
                status.updated_replicas += i64::from(revision == &*revisions.update);
            }
        }
        status
    }

    /// Writes the status, if it says anything new; a rollout that has come to its end is closed
    /// (`completeRollingUpdate`).
    pub fn write_status(&mut self, mut status: StatefulSetStatus) {
        let set = &self.set;
        let wanted = set.spec.replicas;
        let is_complete = [status.updated_replicas, status.ready_replicas, status.replicas] == [wanted; 3];
        if set.spec.update_strategy.kind == "RollingUpdate" && is_complete {
            status.current_replicas = status.updated_replicas;
            status.current_revision = status.update_revision.clone();
        }
        if status == set.status {
            return;
        }
        let mut set = StatefulSet::clone(set);
        set.status = status;
        // Nobody else writes it.
        set.metadata.resource_version = 0;
        self.effects.push(Effect::update_status(set));
    }

    /// Comes back when the next ready pod has been ready for long enough.
    pub fn wake_when_available(&mut self) {
        let wait = self.set.spec.min_ready_seconds * 1000;
        if wait == 0 {
            return;
        }
        let ready = self.members.iter().filter(|pod| pods::is_ready(pod));
        let since = ready.filter_map(|pod| condition::find(&pod.status.conditions, "Ready")?.last_transition_time);
        let next = since.map(|since| since + wait).filter(|at| *at > self.view.now).min();
        if let Some(at) = next {
            self.effects.push(Effect::WakeAt(self.set.key(), at));
        }
    }
}
