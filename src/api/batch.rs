//! Work that ends: Job and CronJob.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Condition, LabelSelector, Meta, ObjectReference, PodTemplate, Text, Time, Uid, condition};

words! {
    /// A Job.
    pub struct Job {
        metadata: Meta = Meta::default(),
        spec: JobSpec = JobSpec::default(),
        status: JobStatus = JobStatus::default(),
    }

    /// What is asked of a Job.
    pub struct JobSpec {
        parallelism: Option<i64> = Some(1),
        completions: Option<i64>,
        active_deadline_seconds: Option<i64>,
        backoff_limit: i64 = 6,
        selector: Option<LabelSelector>,
        manual_selector: bool,
        template: PodTemplate = PodTemplate::default(),
        ttl_seconds_after_finished: Option<i64>,
        completion_mode: Text = "NonIndexed".into(),
        suspend: bool = false,
        pod_replacement_policy: Text = "TerminatingOrFailed".into(),
    }

    /// What became of a Job.
    pub struct JobStatus {
        conditions: Vec<Condition>,
        start_time: Option<Time>,
        completion_time: Option<Time>,
        active: i64,
        succeeded: i64,
        failed: i64,
        terminating: Option<i64>,
        ready: Option<i64>,
        uncounted_terminated_pods: Option<UncountedPods>,
        completed_indexes: Text,
    }

    /// The pods that have ended and are about to be counted; each is counted once, whatever crashes in between.
    pub struct UncountedPods {
        succeeded: Vec<Uid>,
        failed: Vec<Uid>,
    }

    /// A CronJob.
    pub struct CronJob {
        metadata: Meta = Meta::default(),
        spec: CronJobSpec = CronJobSpec::default(),
        status: CronJobStatus = CronJobStatus::default(),
    }

    /// What is asked of a CronJob.
    pub struct CronJobSpec {
        schedule: String = String::new(),
        time_zone: Option<String>,
        starting_deadline_seconds: Option<i64>,
        concurrency_policy: Text = "Allow".into(),
        suspend: bool = false,
        job_template: JobTemplate = JobTemplate::default(),
        successful_jobs_history_limit: i64 = 3,
        failed_jobs_history_limit: i64 = 1,
    }

    /// The template that a CronJob makes Jobs of.
    pub struct JobTemplate {
        metadata: Meta = Meta::default(),
        spec: JobSpec = JobSpec::default(),
    }

    /// What became of a CronJob.
    pub struct CronJobStatus {
        active: Vec<ObjectReference>,
        last_schedule_time: Option<Time>,
        last_successful_time: Option<Time>,
    }
}

impl Job {
    /// Returns the condition that says that the Job is over: `Complete` or `Failed` (`jobutil.FinishedCondition`).
    pub fn finished(&self) -> Option<&Condition> {
        ["Complete", "Failed"]
            .into_iter()
            .filter_map(|kind| condition::find(&self.status.conditions, kind))
            .find(|condition| condition.status == super::ConditionStatus::True)
    }
}
