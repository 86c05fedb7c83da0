//! Jobs and CronJobs.

use super::page::{Page, capital, date, selector};
use super::workload::template;
use crate::api::{CronJob, Job};
use crate::kubectl::age;

pub(super) fn job(page: &mut Page, job: &Job) {
    let (spec, status) = (&job.spec, &job.status);
    page.name(&job.metadata);
    page.field(0, "Selector", spec.selector.as_ref().map_or(String::new(), selector));
    page.marks(&job.metadata);
    page.controlled_by(&job.metadata);
    if let Some(parallelism) = spec.parallelism {
        page.field(0, "Parallelism", parallelism);
    }
    let completions = spec.completions.map_or("<unset>".to_owned(), |n| n.to_string());
    page.field(0, "Completions", completions);
    page.field(0, "Completion Mode", &spec.completion_mode);
    page.field(0, "Suspend", spec.suspend);
    page.field(0, "Backoff Limit", spec.backoff_limit);
    if let Some(ttl) = spec.ttl_seconds_after_finished {
        page.field(0, "TTL Seconds After Finished", ttl);
    }
    if status.start_time.is_some() {
        page.field(0, "Start Time", date(status.start_time));
    }
    if status.completion_time.is_some() {
        page.field(0, "Completed At", date(status.completion_time));
    }
    if let (Some(start), Some(end)) = (status.start_time, status.completion_time) {
        page.field(0, "Duration", age::human(end - start));
    }
    if let Some(seconds) = spec.active_deadline_seconds {
        page.field(0, "Active Deadline Seconds", format!("{seconds}s"));
    }
    let ready = status.ready.map_or(String::new(), |ready| format!(" ({ready} Ready)"));
    let (active, succeeded, failed) = (status.active, status.succeeded, status.failed);
    let text = format!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed");
    page.field(0, "Pods Statuses", text);
    if spec.completion_mode == "Indexed" {
        let indexes = if status.completed_indexes.is_empty() {
            "<none>"
        } else {
            &status.completed_indexes
        };
        page.field(0, "Completed Indexes", indexes);
    }
    template(page, &spec.template);
}

pub(super) fn cron_job(page: &mut Page, cron: &CronJob) {
    let spec = &cron.spec;
    page.name(&cron.metadata);
    page.marks(&cron.metadata);
    page.field(0, "Schedule", &spec.schedule);
    page.field(0, "Concurrency Policy", &spec.concurrency_policy);
    page.field(0, "Suspend", capital(spec.suspend));
    page.field(0, "Successful Job History Limit", spec.successful_jobs_history_limit);
    page.field(0, "Failed Job History Limit", spec.failed_jobs_history_limit);
    let deadline = spec.starting_deadline_seconds;
    let deadline = deadline.map_or("<unset>".to_owned(), |seconds| format!("{seconds}s"));
    page.field(0, "Starting Deadline Seconds", deadline);
    let job = &spec.job_template.spec;
    let or_unset = |n: Option<i64>| n.map_or("<unset>".to_owned(), |n| n.to_string());
    page.field(
        0,
        "Selector",
        job.selector.as_ref().map_or("<unset>".to_owned(), selector),
    );
    // The API server fills in the parallelism of a Job, but not of a template of Jobs.
    page.field(0, "Parallelism", or_unset(job.parallelism.filter(|n| *n != 1)));
    page.field(0, "Completions", or_unset(job.completions));
    if let Some(seconds) = job.active_deadline_seconds {
        page.field(0, "Active Deadline Seconds", format!("{seconds}s"));
    }
    template(page, &job.template);
    let last = cron.status.last_schedule_time;
    page.field(
        0,
        "Last Schedule Time",
        last.map_or("<unset>".to_owned(), |_| date(last)),
    );
    let names: Vec<&str> = cron.status.active.iter().map(|job| &*job.name).collect();
    let active = if names.is_empty() {
        "<none>".to_owned()
    } else {
        names.join(", ")
    };
    page.field(0, "Active Jobs", active);
}
