//! One run of the controller: what became of the Jobs, whether one is due, and which are old.

use super::Started;
use super::schedule::Schedule;
use super::zone;
use crate::actors::{Effect, View};
use crate::api::{CronJob, Job, Namespace, Object, ObjectReference, Resource, Time, condition};
use crate::store::{DeleteOptions, Propagation};
use std::sync::Arc;

/// The annotation of a Job that holds the time at which it was due.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// How long after its time a Job is started (`nextScheduleDelta`).
const DELTA_MS: i64 = 100;

/// Beyond so many missed times it warns of a skewed clock.
const TOO_MANY: i64 = 100;

/// A run.
pub(super) struct Run<'a> {
    now: Time,
    /// The CronJob with its status as it will be.
    cron: CronJob,
    stored: &'a CronJob,
    jobs: Vec<&'a Arc<Job>>,
    is_barred: bool,
    wake: Option<Time>,
    effects: Vec<Effect>,
    reference: ObjectReference,
}

/// The times of a schedule around now (`mostRecentScheduleTime`).
struct Times {
    /// From when on times count.
    earliest: Time,
    /// The newest time that has come.
    newest: Option<Time>,
    missed: i64,
}

impl<'a> Run<'a> {
    /// Begins a run.
    pub fn new(view: &View<'a>, cron: &'a Arc<CronJob>) -> Self {
        let namespace = view.get::<Namespace>("", &cron.metadata.namespace);
        Run {
            now: view.now,
            cron: CronJob::clone(cron),
            stored: cron,
            jobs: view
                .owned::<Job>(cron.metadata.uid)
                .filter(|job| job.metadata.is_controlled_by(cron.metadata.uid))
                .collect(),
            is_barred: namespace.is_some_and(|namespace| namespace.metadata.is_terminating()),
            wake: None,
            effects: vec![],
            reference: Object::CronJob(Arc::clone(cron)).reference(),
        }
    }

    fn say(&mut self, reason: &'static str, message: String) {
        self.effects
            .push(Effect::normal(self.reference.clone(), reason, message));
    }

    fn warn(&mut self, reason: &'static str, message: String) {
        self.effects
            .push(Effect::warning(self.reference.clone(), reason, message));
    }

    /// Brings the list of running Jobs up to date; `started` is the Job that the last run made.
    pub fn review(&mut self, started: Option<Started>) {
        for job in self.jobs.clone() {
            let uid = job.metadata.uid;
            let is_listed = self.cron.status.active.iter().any(|active| active.uid == uid);
            let finished = job.finished();
            if let Some(started) = started.as_ref().filter(|started| started.job == job.metadata.name) {
                if !is_listed {
                    self.cron.status.active.push(Object::Job(Arc::clone(job)).reference());
                }
                self.cron.status.last_schedule_time = Some(started.due);
            } else if !is_listed && finished.is_none() {
                let message = format!(
                    "Saw a job that the controller did not create or forgot: {}",
                    job.metadata.name
                );
                self.warn("UnexpectedJob", message);
            } else if let Some(condition) = finished.filter(|_| is_listed) {
                self.forget(job);
                let (name, kind) = (&job.metadata.name, &condition.kind);
                self.say(
                    "SawCompletedJob",
                    format!("Saw completed job: {name}, condition: {kind}"),
                );
            }
            if condition::is_true(&job.status.conditions, "Complete") {
                let latest = self.cron.status.last_successful_time.max(job.status.completion_time);
                self.cron.status.last_successful_time = latest;
            }
        }
        for active in self.cron.status.active.clone() {
            if !self.jobs.iter().any(|job| job.metadata.uid == active.uid) {
                self.cron.status.active.retain(|other| other.uid != active.uid);
                self.say("MissingJob", format!("Active job went missing: {}", active.name));
            }
        }
    }

    fn forget(&mut self, job: &Job) {
        self.cron.status.active.retain(|active| active.uid != job.metadata.uid);
    }

    /// Starts a Job, if one is due and nothing forbids it; returns it (`syncCronJob`).
    pub fn start(&mut self) -> Option<Started> {
        if self.cron.metadata.is_terminating() || self.cron.spec.suspend {
            return None;
        }
        let zone = self.cron.spec.time_zone.clone().unwrap_or_default();
        let Some(offset) = zone::offset_ms(&zone) else {
            let message =
                format!("invalid timeZone: \"{zone}\": pglab knows only time zones whose clocks never change");
            self.warn("UnknownTimeZone", message);
            return None;
        };
        let schedule = match Schedule::parse(&self.cron.spec.schedule) {
            Ok(schedule) => schedule,
            Err(error) => {
                let message = format!("unparseable schedule: \"{}\" : {error}", self.cron.spec.schedule);
                self.warn("UnparseableSchedule", message);
                return None;
            }
        };
        let next = |after: Time| schedule.next(after + offset).map(|at| at + -offset);
        let Some(times) = self.times(&next, true) else {
            let schedule = &self.cron.spec.schedule;
            let message =
                format!("invalid schedule: {schedule} : time difference between two schedules is less than 1 second");
            self.warn("InvalidSchedule", message);
            return None;
        };
        if times.missed > TOO_MANY {
            let message =
                "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            self.warn("TooManyMissedTimes", message.to_owned());
        }
        self.wake = self.times(&next, false).and_then(|times| {
            let from = times
                .newest
                .unwrap_or(if times.missed == 0 { self.now } else { times.earliest });
            next(from).map(|at| at + DELTA_MS)
        });
        let due = times.newest?;
        let deadline = self.cron.spec.starting_deadline_seconds;
        if deadline.is_some_and(|seconds| due + seconds.saturating_mul(1000) < self.now) {
            let message = format!("Missed scheduled time to start a job: {}", rfc1123(due));
            self.warn("MissSchedule", message);
            return None;
        }
        let name: Arc<str> = format!("{}-{}", self.cron.metadata.name, due.0.div_euclid(60_000)).into();
        let is_listed = self.cron.status.active.iter().any(|active| active.name == name);
        if is_listed || self.cron.status.last_schedule_time == Some(due) || self.is_barred {
            return None;
        }
        match &*self.cron.spec.concurrency_policy {
            "Forbid" if !self.cron.status.active.is_empty() => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                self.say("JobAlreadyActive", message.to_owned());
                return None;
            }
            "Replace" => {
                for active in self.cron.status.active.clone() {
                    if let Some(job) = self.jobs.iter().find(|job| job.metadata.uid == active.uid).copied() {
                        self.delete(job);
                    }
                }
            }
            _ => (),
        }
        self.effects.push(Effect::create(self.job(&name, due, offset)));
        self.say("SuccessfulCreate", format!("Created job {name}"));
        Some(Started { job: name, due })
    }

    /// Returns the times around now; None for a schedule that is never due twice.
    fn times(&self, next: &dyn Fn(Time) -> Option<Time>, mind_deadline: bool) -> Option<Times> {
        let created = self.cron.metadata.creation_timestamp.unwrap_or(self.now);
        let mut earliest = self.cron.status.last_schedule_time.unwrap_or(created);
        if let Some(seconds) = self.cron.spec.starting_deadline_seconds.filter(|_| mind_deadline) {
            earliest = earliest.max(self.now + -seconds.saturating_mul(1000));
        }
        let times = |newest, missed| {
            Some(Times {
                earliest,
                newest,
                missed,
            })
        };
        let first = next(earliest)?;
        if self.now < first {
            return times(None, 0);
        }
        let second = next(first)?;
        if self.now < second {
            return times(Some(first), 0);
        }
        let between = (second - first).max(1000);
        let missed = (self.now - first) / between + 1;
        // Begin one interval early, as not all intervals need be alike.
        let mut at = first + (missed - 2) * between;
        let mut newest = None;
        while let Some(time) = next(at).filter(|time| *time <= self.now) {
            (newest, at) = (Some(time), time);
        }
        times(newest, missed)
    }

    /// Returns the Job for a time (`getJobFromTemplate2`).
    fn job(&self, name: &Arc<str>, due: Time, offset: i64) -> Job {
        let template = &self.cron.spec.job_template;
        let mut job = Job {
            spec: template.spec.clone(),
            ..Job::default()
        };
        job.metadata.name = Arc::clone(name);
        job.metadata.namespace = self.cron.metadata.namespace.clone();
        job.metadata.labels = template.metadata.labels.clone();
        job.metadata.annotations = template.metadata.annotations.clone();
        job.metadata.annotations.set(SCHEDULED, rfc3339(due, offset));
        job.metadata.owner_references = vec![self.cron.as_controller()];
        job
    }

    /// Deletes finished Jobs beyond the limits of history, the oldest first (`cleanupFinishedJobs`).
    pub fn clean_up(&mut self) {
        for (kind, limit) in [
            ("Complete", self.cron.spec.successful_jobs_history_limit),
            ("Failed", self.cron.spec.failed_jobs_history_limit),
        ] {
            let finished = self.jobs.iter().copied();
            let mut finished: Vec<_> = finished
                .filter(|job| condition::is_true(&job.status.conditions, kind))
                .collect();
            finished.sort_by_key(|job| (job.status.start_time, job.metadata.name.clone()));
            let excess = usize::try_from(finished.len() as i64 - limit.max(0)).unwrap_or_default();
            for job in finished.into_iter().take(excess) {
                if !job.metadata.is_terminating() {
                    self.delete(job);
                }
            }
        }
    }

    fn delete(&mut self, job: &Job) {
        let options = DeleteOptions {
            uid: Some(job.metadata.uid),
            propagation: Propagation::Background,
            ..DeleteOptions::default()
        };
        self.effects.push(Effect::Delete(job.key(), options));
        self.forget(job);
        self.say("SuccessfulDelete", format!("Deleted job {}", job.metadata.name));
    }

    /// Ends the run: writes the status, and sees to it that the next time is not missed.
    pub fn end(mut self) -> Vec<Effect> {
        if self.cron.status != self.stored.status {
            let mut cron = self.cron.clone();
            // Nobody else writes the status.
            cron.metadata.resource_version = 0;
            self.effects.push(Effect::update_status(cron));
        }
        self.effects
            .extend(self.wake.map(|at| Effect::WakeAt(self.cron.key(), at)));
        self.effects
    }
}

/// Returns a time as Go's `RFC1123Z` writes it: `Mon, 05 Jan 2026 09:01:00 +0000`.
fn rfc1123(at: Time) -> String {
    let at = jiff::tz::Offset::UTC.to_datetime(at.timestamp());
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Returns a time as RFC 3339 on the clocks of a zone.
fn rfc3339(at: Time, offset: i64) -> String {
    if offset == 0 {
        return at.to_string();
    }
    let local = (at + offset).to_string();
    let minutes = offset / 60_000;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    format!("{}{sign}{hours:02}:{minutes:02}", local.trim_end_matches('Z'))
}
