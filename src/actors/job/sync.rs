//! What a Job needs now: pods more or fewer, or its end (pkg/controller/job/job_controller.go, `syncJob`).

use super::backoff::Record;
use super::count::Ended;
use super::{TRACKED, finish_time, indexes};
use crate::actors::owners::{self, Bond};
use crate::actors::{Effect, View, WRITTEN, sparing};
use crate::api::{Condition, Job, Object, ObjectReference, Phase, Pod, Resource, Time, condition};
use std::sync::Arc;

/// How many pods a run makes or deletes at most (`MaxPodCreateDeletePerSync`).
const BURST: i64 = 500;

/// One run for a Job.
struct Run<'a> {
    now: Time,
    /// The Job with its status as the run has written it so far.
    job: Job,
    active: Vec<&'a Arc<Pod>>,
    ready: i64,
    terminating: i64,
    effects: Vec<Effect>,
    reference: ObjectReference,
}

/// How a Job ends: the condition that announces it, its reason and its message.
#[derive(Clone)]
struct End {
    well: bool,
    reason: String,
    message: String,
}

/// Returns what is to be done for a Job that is not over.
pub(super) fn sync(view: &View<'_>, stored: &Arc<Job>, record: &mut Record) -> Vec<Effect> {
    let mut effects = vec![];
    let pods = claim(view, stored, &mut effects);
    let mut job = Job::clone(stored);
    // Nobody else writes the status.
    job.metadata.resource_version = 0;
    let active: Vec<_> = pods.iter().filter(|pod| pod.is_active()).copied().collect();
    let mut run = Run {
        now: view.now,
        ready: active.iter().filter(|pod| pod.is_ready()).count() as i64,
        terminating: pods
            .iter()
            .filter(|pod| pod.metadata.is_terminating() && !pod.status.phase.is_terminal())
            .count() as i64,
        active,
        job,
        effects,
        reference: Object::Job(Arc::clone(stored)).reference(),
    };
    if run.job.status.start_time.is_none() && !run.job.spec.suspend {
        run.job.status.start_time = Some(view.now);
    }
    let ended = Ended::find(&run.job, &pods, false);
    let (succeeded, failed) = ended.totals(&run.job);
    record.note(ended.new.iter().map(|(pod, well)| (finish_time(pod), *well)).collect());
    let mut end = run.announced_end().or_else(|| run.failure(&pods, failed));
    let mut active = run.active.len() as i64;
    if end.is_some() {
        active -= run.delete_active(BURST);
    } else {
        let mut managed = false;
        if !run.job.metadata.is_terminating() {
            active = run.manage(active, succeeded, record, &ended);
            managed = true;
        }
        let is_complete = match run.job.spec.completions {
            None => succeeded > 0 && active == 0,
            Some(completions) => succeeded >= completions && active == 0,
        };
        if is_complete {
            let message = "Reached expected number of succeeded pods";
            end = Some(End {
                well: true,
                reason: "CompletionsReached".to_owned(),
                message: message.to_owned(),
            });
        } else if managed {
            run.note_suspension();
        }
    }
    run.job.status.active = active;
    run.job.status.ready = Some(run.ready);
    run.job.status.terminating = Some(run.terminating);
    let all = end.as_ref().is_some_and(|end| !end.well);
    let ended = Ended::find(&run.job, &pods, all);
    run.write(stored, &ended, end);
    run.effects
}

/// Returns the Job's pods; releases those whose labels are not its own any more.
fn claim<'a>(view: &View<'a>, job: &Job, effects: &mut Vec<Effect>) -> Vec<&'a Arc<Pod>> {
    let selector = job.spec.selector.clone().unwrap_or_default();
    let mut pods = vec![];
    for pod in view.owned::<Pod>(job.metadata.uid) {
        match owners::bond(&pod.metadata, &job.metadata, owners::selects(&selector, &pod.metadata)) {
            Bond::Own => pods.push(pod),
            Bond::Release => effects.push(Effect::release(&**pod, job.metadata.uid)),
            Bond::Adopt | Bond::Stranger => (),
        }
    }
    pods
}

impl Run<'_> {
    fn say(&mut self, reason: &'static str, message: String) {
        self.effects
            .push(Effect::normal(self.reference.clone(), reason, message));
    }

    /// Returns the end that an earlier run has announced.
    fn announced_end(&self) -> Option<End> {
        let announced = |kind: &str| condition::find(&self.job.status.conditions, kind);
        let (condition, well) = match announced("SuccessCriteriaMet") {
            Some(condition) => (condition, true),
            None => (announced("FailureTarget")?, false),
        };
        Some(End {
            well,
            reason: condition.reason.to_string(),
            message: condition.message.to_string(),
        })
    }

    /// Returns why the Job has failed, if it has; else sees to it that it is looked at when its time is up.
    fn failure(&mut self, pods: &[&Arc<Pod>], failed: i64) -> Option<End> {
        let end = |reason: &str, message: &str| {
            Some(End {
                well: false,
                reason: reason.to_owned(),
                message: message.to_owned(),
            })
        };
        if failed > self.job.spec.backoff_limit || self.has_restarted_too_often(pods) {
            return end("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        let (limit, since) = (self.job.spec.active_deadline_seconds?, self.job.status.start_time?);
        let deadline = since + limit.saturating_mul(1000);
        if self.job.spec.suspend {
            return None;
        }
        if self.now >= deadline {
            return end("DeadlineExceeded", "Job was active longer than specified deadline");
        }
        self.effects.push(Effect::WakeAt(self.job.key(), deadline));
        None
    }

    /// Says whether containers that are restarted in place have failed too often (`pastBackoffLimitOnFailure`).
    fn has_restarted_too_often(&self, pods: &[&Arc<Pod>]) -> bool {
        if self.job.spec.template.spec.restart_policy != "OnFailure" {
            return false;
        }
        let alive = pods
            .iter()
            .filter(|pod| matches!(pod.status.phase, Phase::Running | Phase::Pending));
        let restarts: i64 = alive
            .flat_map(|pod| {
                pod.status
                    .init_container_statuses
                    .iter()
                    .chain(&pod.status.container_statuses)
            })
            .map(|container| container.restart_count)
            .sum();
        restarts > 0 && restarts >= self.job.spec.backoff_limit
    }

    /// Deletes at most `count` active pods, the cheapest first; returns how many (`deleteJobPods`).
    fn delete_active(&mut self, count: i64) -> i64 {
        let now = self.now;
        self.active.sort_by_cached_key(|pod| sparing::dearness(pod, 0, 0, now));
        let count = usize::try_from(count).unwrap_or_default().min(self.active.len());
        let doomed = self.active.drain(..count).collect();
        self.delete_these(doomed)
    }

    /// Deletes pods that were active; returns how many.
    fn delete_these(&mut self, doomed: Vec<&Arc<Pod>>) -> i64 {
        let count = doomed.len() as i64;
        for pod in doomed {
            self.effects.push(Effect::delete(&**pod));
            self.say("SuccessfulDelete", format!("Deleted pod: {}", pod.metadata.name));
            self.ready -= i64::from(pod.is_ready());
            self.terminating += 1;
        }
        count
    }

    /// Makes or deletes pods; returns how many are active then (`manageJob`).
    fn manage(&mut self, active: i64, succeeded: i64, record: &Record, ended: &Ended<'_>) -> i64 {
        if self.job.spec.suspend {
            return active - self.delete_active(BURST);
        }
        let parallelism = self.job.spec.parallelism.unwrap_or(1);
        let wanted = match self.job.spec.completions {
            // Once one has succeeded, the others only finish.
            None if succeeded > 0 => active,
            None => parallelism,
            Some(completions) => (completions - succeeded).clamp(0, parallelism),
        };
        if indexes::is_indexed(&self.job) {
            let many = indexes::superfluous(&self.job, &self.active);
            if !many.is_empty() {
                return active - self.delete_these(many);
            }
        }
        if active > wanted {
            return active - self.delete_active((active - wanted).min(BURST));
        }
        let replaces_only_failed = self.job.spec.pod_replacement_policy == "Failed";
        let terminating = if replaces_only_failed { self.terminating } else { 0 };
        let missing = (wanted - terminating - active).clamp(0, BURST);
        if missing == 0 {
            return active;
        }
        if let Some(at) = record.next_try().filter(|at| *at > self.now) {
            self.effects.push(Effect::WakeAt(self.job.key(), at));
            return 0;
        }
        let mut next = vec![None; missing as usize];
        if indexes::is_indexed(&self.job) {
            let pending = indexes::pending(&self.job, &ended.done, &self.active, next.len());
            next = pending.into_iter().map(Some).collect();
        }
        let missing = next.len() as i64;
        for index in next {
            let mut pod = owners::pod_of(&self.job.spec.template, &self.job);
            if let Some(index) = index {
                indexes::give(&mut pod, &self.job, index);
            }
            if !pod.metadata.finalizers.iter().any(|finalizer| finalizer == TRACKED) {
                pod.metadata.finalizers.push(TRACKED.into());
            }
            self.effects.push(Effect::create(pod));
            self.say("SuccessfulCreate", format!("Created pod: {WRITTEN}"));
        }
        active + missing
    }

    /// Notes that the Job was suspended or resumed.
    fn note_suspension(&mut self) {
        let was = condition::find(&self.job.status.conditions, "Suspended");
        let was_suspended = was.map(|c| c.status == crate::api::ConditionStatus::True);
        let (reason, message) = match (self.job.spec.suspend, was_suspended) {
            (true, None | Some(false)) => ("JobSuspended", "Job suspended"),
            (false, Some(true)) => ("JobResumed", "Job resumed"),
            _ => return,
        };
        let suspended = self.job.spec.suspend;
        self.set_condition("Suspended", suspended, reason, message);
        if suspended {
            self.say("Suspended", message.to_owned());
        } else {
            self.say("Resumed", message.to_owned());
            // The clock of the deadline starts anew.
            self.job.status.start_time = Some(self.now);
        }
    }

    fn set_condition(&mut self, kind: &'static str, holds: bool, reason: &str, message: &str) {
        let mut condition = Condition::new(kind, holds, reason.to_owned(), message.to_owned(), self.now);
        condition.last_probe_time = Some(self.now);
        condition::set(&mut self.job.status.conditions, condition);
    }

    /// Writes the status: what has ended and how the Job will end, then the finalizers, then the numbers and the end.
    fn write(&mut self, stored: &Job, ended: &Ended<'_>, end: Option<End>) {
        let mut written = stored.status.clone();
        if let Some(end) = &end {
            let kind = if end.well {
                "SuccessCriteriaMet"
            } else {
                "FailureTarget"
            };
            if condition::find(&self.job.status.conditions, kind).is_none() {
                self.set_condition(kind, true, &end.reason, &end.message);
            }
        }
        ended.announce(&mut self.job);
        if !ended.is_empty() {
            self.write_status(&mut written);
            self.effects.extend(ended.release());
        } else if end.is_some() {
            self.write_status(&mut written);
        }
        ended.settle(&mut self.job);
        // The end is not told before the last pod has come to its own.
        let finish = end.filter(|_| self.terminating == 0 && self.job.status.active == 0);
        if let Some(end) = &finish {
            let kind = if end.well { "Complete" } else { "Failed" };
            self.set_condition(kind, true, &end.reason, &end.message);
            if end.well {
                self.job.status.completion_time = Some(self.now);
            }
        }
        self.write_status(&mut written);
        match finish {
            Some(end) if end.well => self.say("Completed", "Job completed".to_owned()),
            Some(end) => {
                let event = Effect::warning(self.reference.clone(), end.reason, end.message);
                self.effects.push(event);
            }
            None => (),
        }
    }

    fn write_status(&mut self, written: &mut crate::api::batch::JobStatus) {
        if self.job.status != *written {
            *written = self.job.status.clone();
            self.effects.push(Effect::update_status(self.job.clone()));
        }
    }
}
