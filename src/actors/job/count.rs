//! How a Job counts its ended pods: each once, whatever crashes in between
//! (pkg/controller/job/job_controller.go, `trackJobStatusAndRemoveFinalizers`).
//!
//! A pod bears a finalizer until it is counted. Its uid is first written into the status as uncounted, then the finalizer
//! is taken off, then the number rises and the uid is dropped.

use super::indexes::{self, Indexes};
use super::{is_tracked, untracked};
use crate::actors::Effect;
use crate::api::batch::UncountedPods;
use crate::api::{Job, Phase, Pod, Uid};
use std::sync::Arc;

/// How many uids are written at once (`MaxUncountedPods`).
const MAX_UNCOUNTED: usize = 500;

/// The ended pods that are not in the numbers of the status yet.
pub(super) struct Ended<'a> {
    /// Those that no status speaks of: they ended well, or not.
    pub new: Vec<(&'a Arc<Pod>, bool)>,
    uncounted: UncountedPods,
    /// The indexes that have succeeded, those of new pods among them; a pod that has an index is told by it, not by its uid.
    pub done: Indexes,
    /// Pods that are still tracked, though the status holds their uids or they are new.
    tracked: Vec<&'a Arc<Pod>>,
}

/// Says whether a pod counts as failed: it has, or it was asked to go before it could succeed (`isPodFailed`; with
/// `podReplacementPolicy: Failed` only the former).
fn is_failed(job: &Job, pod: &Pod) -> bool {
    let is_going = pod.metadata.is_terminating() && pod.status.phase != Phase::Succeeded;
    pod.status.phase == Phase::Failed || is_going && job.spec.pod_replacement_policy != "Failed"
}

impl<'a> Ended<'a> {
    /// Finds the ended pods among the Job's. `all`: those that still run count as failed too, as the Job has failed and
    /// they have just been deleted.
    pub fn find(job: &Job, pods: &[&'a Arc<Pod>], all: bool) -> Self {
        let uncounted = job.status.uncounted_terminated_pods.clone().unwrap_or_default();
        let (mut new, mut tracked) = (vec![], vec![]);
        let is_indexed = indexes::is_indexed(job);
        let completions = job.spec.completions.unwrap_or(0);
        let mut done = Indexes::read(&job.status.completed_indexes, completions);
        for pod in pods.iter().filter(|pod| is_tracked(&pod.metadata)) {
            let well = pod.status.phase == Phase::Succeeded;
            if !well && !all && !is_failed(job, pod) {
                continue;
            }
            tracked.push(*pod);
            let index = indexes::index_of(job, &pod.metadata);
            if is_indexed && index.is_none() {
                continue;
            }
            let uid = &pod.metadata.uid;
            let is_known = uncounted.succeeded.contains(uid) || uncounted.failed.contains(uid);
            if !is_known && new.len() < MAX_UNCOUNTED {
                new.push((*pod, well));
            }
        }
        if is_indexed {
            let well = new.iter().filter(|(_, well)| *well);
            done = done.with(well.filter_map(|(pod, _)| indexes::index_of(job, &pod.metadata)));
        }
        Self {
            new,
            uncounted,
            done,
            tracked,
        }
    }

    /// Returns how many pods have succeeded and failed, counted or not.
    pub fn totals(&self, job: &Job) -> (i64, i64) {
        let new = |well: bool| self.new.iter().filter(|(_, w)| *w == well).count();
        let succeeded = if indexes::is_indexed(job) {
            self.done.count()
        } else {
            job.status.succeeded + (self.uncounted.succeeded.len() + new(true)) as i64
        };
        (
            succeeded,
            job.status.failed + (self.uncounted.failed.len() + new(false)) as i64,
        )
    }

    /// Says whether anything is still to be counted.
    pub fn is_empty(&self) -> bool {
        self.tracked.is_empty() && self.uncounted.succeeded.is_empty() && self.uncounted.failed.is_empty()
    }

    /// Writes the new uids into the status as uncounted; returns whether there are any.
    pub fn announce(&self, job: &mut Job) -> bool {
        let mut uncounted = self.uncounted.clone();
        if indexes::is_indexed(job) {
            job.status.completed_indexes = self.done.text().into();
            job.status.succeeded = self.done.count();
        }
        for (pod, well) in &self.new {
            if *well && indexes::is_indexed(job) {
                continue;
            }
            let list: &mut Vec<Uid> = if *well {
                &mut uncounted.succeeded
            } else {
                &mut uncounted.failed
            };
            list.push(pod.metadata.uid);
        }
        job.status.uncounted_terminated_pods = Some(uncounted);
        !self.new.is_empty()
    }

    /// Returns the writes that take the finalizers off.
    pub fn release(&self) -> impl Iterator<Item = Effect> {
        self.tracked.iter().map(|pod| untracked(pod))
    }

    /// Moves the announced uids into the numbers.
    pub fn settle(&self, job: &mut Job) {
        let uncounted = job.status.uncounted_terminated_pods.take().unwrap_or_default();
        job.status.succeeded += uncounted.succeeded.len() as i64;
        job.status.failed += uncounted.failed.len() as i64;
        job.status.uncounted_terminated_pods = Some(UncountedPods::default());
    }
}
