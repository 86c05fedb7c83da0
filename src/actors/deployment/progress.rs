//! What a Deployment says of itself: numbers, whether it is available, and whether it gets on
//! (pkg/controller/deployment/progress.go and sync.go, `calculateStatus`).

use super::numbers;
use super::run::Run;
use super::sets::NO_LIMIT;
use crate::actors::Effect;
use crate::api::workload::DeploymentStatus;
use crate::api::{Condition, ConditionStatus, ReplicaSet, Resource, Text, Time, condition};

/// The reasons of the condition Progressing.
const COMPLETE: &str = "NewReplicaSetAvailable";
const UPDATED: &str = "ReplicaSetUpdated";
const TIMED_OUT: &str = "ProgressDeadlineExceeded";
const PAUSED: &str = "DeploymentPaused";
const RESUMED: &str = "DeploymentResumed";
pub(super) const FAILED: &str = "ReplicaSetCreateError";

impl Run<'_> {
    /// Says whether the rollout must get on within a time.
    pub fn has_deadline(&self) -> bool {
        self.deployment.spec.progress_deadline_seconds != NO_LIMIT
    }

    /// Returns the condition Progressing.
    pub fn progressing(&self) -> Option<&Condition> {
        condition::find(&self.deployment.status.conditions, "Progressing")
    }

    /// Sets the condition Progressing; returns whether anything changed.
    pub fn set_progressing(
        &mut self,
        status: impl Into<ConditionStatus>,
        reason: &'static str,
        message: impl Into<Text>,
    ) -> bool {
        let conditions = &mut self.deployment.status.conditions;
        set_condition(conditions, "Progressing", status, reason, message, self.now)
    }

    /// Notes that the rollout was paused or goes on: a paused one cannot be late (`checkPausedConditions`).
    pub fn check_paused(&mut self) {
        let reason = self.progressing().map(|c| c.reason.clone()).unwrap_or_default();
        if !self.has_deadline() || reason == TIMED_OUT {
            return;
        }
        let unknown = ConditionStatus::Unknown;
        let changed = match (self.deployment.spec.paused, reason == PAUSED) {
            (true, false) => self.set_progressing(unknown, PAUSED, "Deployment is paused"),
            (false, true) => self.set_progressing(unknown, RESUMED, "Deployment is resumed"),
            _ => false,
        };
        if changed {
            self.write_status();
        }
    }

    /// Writes the status outside of a rollout (`syncDeploymentStatus`).
    pub fn sync_status(&mut self) {
        let status = self.count();
        if status != self.deployment.status {
            self.deployment.status = status;
            self.write_status();
        }
    }

    /// Writes the status of a rollout: how far it is, and whether it gets on (`syncRolloutStatus`).
    pub fn sync_rollout_status(&mut self) {
        let mut status = self.count();
        let before = self.progressing().cloned();
        if !self.has_deadline() {
            status.conditions.retain(|c| c.kind != "Progressing");
        } else {
            let is_over = status.replicas == status.updated_replicas
                && before.as_ref().is_some_and(|before| before.reason == COMPLETE);
            if !is_over {
                self.judge(&mut status, before.as_ref());
            }
        }
        match self.replica_failure() {
            Some(failure) => put_condition(&mut status.conditions, failure),
            None => status.conditions.retain(|c| c.kind != "ReplicaFailure"),
        }
        if status != self.deployment.status {
            self.deployment.status = status;
            self.write_status();
            return;
        }
        // Nothing moves: come back when it is too late (`requeueStuckDeployment`).
        let since = before
            .as_ref()
            .filter(|c| c.reason != TIMED_OUT)
            .and_then(|c| c.last_update_time);
        if let Some(since) = since.filter(|_| self.has_deadline() && !self.is_complete(&status)) {
            let deadline = since + self.deployment.spec.progress_deadline_seconds * 1000 + 1000;
            if deadline > self.now {
                self.effects.push(Effect::WakeAt(self.deployment.key(), deadline));
            }
        }
    }

    /// Says whether all is as asked for (`DeploymentComplete`).
    pub fn is_complete(&self, status: &DeploymentStatus) -> bool {
        let wanted = self.deployment.spec.replicas;
        status.updated_replicas == wanted
            && status.replicas == wanted
            && status.available_replicas == wanted
            && status.observed_generation >= self.deployment.metadata.generation
    }

    /// Judges how the rollout gets on.
    fn judge(&self, status: &mut DeploymentStatus, before: Option<&Condition>) {
        let subject = match self.new {
            Some(new) => format!("ReplicaSet \"{}\"", self.sets[new].metadata.name),
            None => format!("Deployment \"{}\"", self.deployment.metadata.name),
        };
        let conditions = |status: &mut DeploymentStatus, holds: bool, reason, does: &str| {
            let message = format!("{subject} {does}.");
            set_condition(&mut status.conditions, "Progressing", holds, reason, message, self.now);
        };
        if self.is_complete(status) {
            conditions(status, true, COMPLETE, "has successfully progressed");
        } else if has_progressed(&self.deployment.status, status) {
            // The same reason again, but the clock of the deadline starts anew.
            let since = before
                .filter(|before| before.status == ConditionStatus::True)
                .and_then(|before| before.last_transition_time);
            status.conditions.retain(|c| c.kind != "Progressing");
            conditions(status, true, UPDATED, "is progressing");
            if let (Some(since), Some(new)) = (since, status.conditions.last_mut()) {
                new.last_transition_time = Some(since);
            }
        } else if self.is_late(before) {
            conditions(status, false, TIMED_OUT, "has timed out progressing");
        }
    }

    /// Says whether nothing has moved for too long (`DeploymentTimedOut`).
    fn is_late(&self, progressing: Option<&Condition>) -> bool {
        let Some(progressing) = progressing else {
            return false;
        };
        let limit = self.deployment.spec.progress_deadline_seconds * 1000;
        match &*progressing.reason {
            COMPLETE => false,
            TIMED_OUT => true,
            _ => progressing
                .last_update_time
                .is_some_and(|since| since + limit < self.now),
        }
    }

    /// Returns the failure of a set, the new one's first (`getReplicaFailures`).
    fn replica_failure(&self) -> Option<Condition> {
        let new = self.new.map(|new| &self.sets[new]);
        let failure = |set: &ReplicaSet| condition::find(&set.status.conditions, "ReplicaFailure").cloned();
        let mut failure = new.and_then(failure).or_else(|| self.sets.iter().find_map(failure))?;
        failure.last_update_time = failure.last_transition_time;
        Some(failure)
    }

    /// Returns the status by the numbers.
    fn count(&self) -> DeploymentStatus {
        let sum = |of: fn(&ReplicaSet) -> i64| self.sets.iter().map(of).sum::<i64>();
        let available = sum(|set| set.status.available_replicas);
        let mut status = DeploymentStatus {
            observed_generation: self.deployment.metadata.generation,
            replicas: sum(|set| set.status.replicas),
            updated_replicas: self.new.map_or(0, |new| self.sets[new].status.replicas),
            ready_replicas: sum(|set| set.status.ready_replicas),
            available_replicas: available,
            unavailable_replicas: (self.total() - available).max(0),
            terminating_replicas: Some(sum(|set| set.status.terminating_replicas.unwrap_or_default())),
            collision_count: self.deployment.status.collision_count,
            conditions: self.deployment.status.conditions.clone(),
            rest: self.deployment.status.rest.clone(),
        };
        let enough = self.deployment.spec.replicas - numbers::max_unavailable(&self.deployment);
        let (holds, reason, message) = if available >= enough {
            (true, "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            let message = "Deployment does not have minimum availability.";
            (false, "MinimumReplicasUnavailable", message)
        };
        set_condition(&mut status.conditions, "Available", holds, reason, message, self.now);
        status
    }
}

/// Says whether a status shows more than the one before (`DeploymentProgressing`).
fn has_progressed(before: &DeploymentStatus, after: &DeploymentStatus) -> bool {
    after.updated_replicas > before.updated_replicas
        || after.replicas - after.updated_replicas < before.replicas - before.updated_replicas
        || after.ready_replicas > before.ready_replicas
        || after.available_replicas > before.available_replicas
}

/// Sets a condition unless status and reason are as before; it moves to the end. Returns whether anything changed
/// (`SetDeploymentCondition`).
pub(super) fn set_condition(
    conditions: &mut Vec<Condition>,
    kind: &'static str,
    status: impl Into<ConditionStatus>,
    reason: &'static str,
    message: impl Into<Text>,
    now: Time,
) -> bool {
    let before = conditions.clone();
    let mut new = Condition::new(kind, status, reason, message, now);
    new.last_update_time = Some(now);
    put_condition(conditions, new);
    *conditions != before
}

fn put_condition(conditions: &mut Vec<Condition>, mut new: Condition) {
    if let Some(old) = condition::find(conditions, &new.kind) {
        if old.status == new.status && old.reason == new.reason {
            return;
        }
        if old.status == new.status {
            new.last_transition_time = old.last_transition_time;
        }
    }
    conditions.retain(|c| c.kind != new.kind);
    conditions.push(new);
}
