//! The Job controller: pods that are to end well, so many of them, tried again with patience
//! (pkg/controller/job/job_controller.go), and the clean-up of finished Jobs (pkg/controller/ttlafterfinished).
//!
//! Left out: pod failure policies, success policies and limits per index are carried and not heeded; orphans are not
//! adopted, as a Job's pods are told by its uid.

mod backoff;
mod count;
mod indexes;
mod sync;

#[cfg(test)]
mod tests;

use super::owners;
use super::{Actor, Change, Effect, MetaPatch, View};
use crate::api::{Job, Key, Kind, Meta, Object, Pod, Resource, Time, Uid, condition};
use crate::store::{DeleteOptions, Propagation, Refusal};
use backoff::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The finalizer that keeps a pod until it is counted.
const TRACKED: &str = "batch.kubernetes.io/job-tracking";

/// How long changes of pods are gathered before a Job is looked at (`syncJobBatchPeriod`).
const GATHER_MS: i64 = 1_000;

/// The controller and its memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JobController {
    /// The failures of each Job since its last success.
    records: BTreeMap<Uid, Record>,
    /// When each Job that was woken is to be looked at.
    due: BTreeMap<Uid, Time>,
}

impl Actor for JobController {
    const NAME: &'static str = "job-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Job, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        match change.object() {
            Object::Job(job) => self.heed_job(change, job, view, wake),
            Object::Pod(pod) => self.heed_pod(change, pod, view, wake),
            _ => (),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::Pod {
            return let_go(view, key);
        }
        let Some(job) = view.get::<Job>(&key.namespace, &key.name) else {
            return vec![];
        };
        let uid = job.metadata.uid;
        if job.finished().is_some() {
            self.records.remove(&uid);
            self.due.remove(&uid);
            return expire(job, view.now);
        }
        if let Some(due) = self.due.get(&uid).filter(|due| **due > view.now) {
            return vec![Effect::WakeAt(key.clone(), *due)];
        }
        self.due.remove(&uid);
        sync::sync(view, job, self.records.entry(uid).or_default())
    }

    fn refused(&mut self, view: &View<'_>, key: &Key, effect: &Effect, refusal: &Refusal) -> Vec<Effect> {
        match (effect, view.get::<Job>(&key.namespace, &key.name)) {
            (Effect::Create(Object::Pod(_)), Some(job)) => {
                let about = Object::Job(Arc::clone(job)).reference();
                let message = format!("Error creating: {refusal}");
                vec![Effect::warning(about, "FailedCreate", message)]
            }
            _ => vec![],
        }
    }
}

impl JobController {
    /// Returns when the next pod of a Job may be made after the failures so far; None when nothing holds it back.
    pub fn tries_again_at(&self, job: Uid) -> Option<Time> {
        self.records.get(&job)?.next_try()
    }

    fn heed_job(&mut self, change: &Change<'_>, job: &Job, view: &View<'_>, wake: &mut Vec<Key>) {
        let uid = job.metadata.uid;
        if change.after.is_none() {
            self.records.remove(&uid);
            self.due.remove(&uid);
            let pods = view.owned::<Pod>(uid).filter(|pod| is_tracked(&pod.metadata));
            wake.extend(pods.map(|pod| pod.key()));
            return;
        }
        let same_spec = change
            .before
            .is_some_and(|before| before.meta().generation == job.metadata.generation);
        self.wake(job, if same_spec { view.now + GATHER_MS } else { view.now }, wake);
    }

    fn heed_pod(&mut self, change: &Change<'_>, pod: &Pod, view: &View<'_>, wake: &mut Vec<Key>) {
        let owner = owners::manager::<Job>(&pod.metadata);
        let job = owner.and_then(|owner| {
            let job = view.get::<Job>(&pod.metadata.namespace, &owner.name)?;
            (job.metadata.uid == owner.uid).then_some(job)
        });
        match job {
            Some(job) => self.wake(job, view.now + GATHER_MS, wake),
            None if change.after.is_some() && is_tracked(&pod.metadata) => wake.push(pod.key()),
            None => (),
        }
    }

    /// Wakes a Job at `at`, or sooner if it is to be looked at sooner already.
    fn wake(&mut self, job: &Job, at: Time, wake: &mut Vec<Key>) {
        let due = self.due.entry(job.metadata.uid).or_insert(at);
        *due = at.min(*due);
        wake.push(job.key());
    }
}

fn is_tracked(pod: &Meta) -> bool {
    pod.finalizers.iter().any(|finalizer| finalizer == TRACKED)
}

/// Returns the write that takes the finalizer off a pod.
fn untracked(pod: &Pod) -> Effect {
    let patch = MetaPatch {
        drop_finalizer: Some(TRACKED.into()),
        ..MetaPatch::default()
    };
    Effect::Patch(pod.key(), pod.metadata.uid, patch)
}

/// Takes the finalizer off a pod whose Job is gone or over (`syncOrphanPod`).
fn let_go(view: &View<'_>, key: &Key) -> Vec<Effect> {
    let Some(pod) = view.get::<Pod>(&key.namespace, &key.name) else {
        return vec![];
    };
    let owner = owners::manager::<Job>(&pod.metadata);
    let job = owner.and_then(|owner| {
        let job = view.get::<Job>(&key.namespace, &owner.name)?;
        (job.metadata.uid == owner.uid && job.finished().is_none()).then_some(job)
    });
    if job.is_some() || !is_tracked(&pod.metadata) {
        return vec![];
    }
    vec![untracked(pod)]
}

/// Deletes a finished Job when its time has come.
fn expire(job: &Arc<Job>, now: Time) -> Vec<Effect> {
    let since = job.finished().and_then(|finished| finished.last_transition_time);
    let (Some(ttl), Some(since)) = (job.spec.ttl_seconds_after_finished, since) else {
        return vec![];
    };
    if job.metadata.is_terminating() {
        return vec![];
    }
    let at = since + ttl.saturating_mul(1000);
    if now < at {
        return vec![Effect::WakeAt(job.key(), at)];
    }
    let options = DeleteOptions {
        uid: Some(job.metadata.uid),
        propagation: Propagation::Foreground,
        ..DeleteOptions::default()
    };
    vec![Effect::Delete(job.key(), options)]
}

/// Returns when a pod came to its end (`getFinishedTime`).
fn finish_time(pod: &Pod) -> Option<Time> {
    let ended = pod.status.container_statuses.iter();
    let ended = ended
        .filter_map(|status| status.state.terminated.as_ref()?.finished_at)
        .max();
    let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or_default() * 1000;
    let deleted = pod.metadata.deletion_timestamp.map(|at| at + -grace);
    let unready = condition::find(&pod.status.conditions, "Ready").and_then(|ready| ready.last_transition_time);
    ended.or(deleted).or(unready).or(pod.metadata.creation_timestamp)
}
