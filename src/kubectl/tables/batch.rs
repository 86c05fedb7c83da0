//! Jobs and CronJobs.

use super::{Look, Row, capital, containers, format_selector};
use crate::api::{Job, Object, condition};
use crate::kubectl::age;

pub(super) const JOB: &[(&str, bool)] = &[
    ("NAME", false),
    ("STATUS", false),
    ("COMPLETIONS", false),
    ("DURATION", false),
    ("AGE", false),
    ("CONTAINERS", true),
    ("IMAGES", true),
    ("SELECTOR", true),
];

pub(super) fn job(object: &Object, look: &Look<'_>) -> Row {
    let Object::Job(job) = object else { return vec![] };
    let done = job.status.succeeded;
    let completions = match (job.spec.completions, job.spec.parallelism.unwrap_or(0)) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{done}/1 of {parallel}"),
        (None, _) => format!("{done}/1"),
    };
    let duration = match (job.status.start_time, job.status.completion_time) {
        (None, _) => String::new(),
        (start, None) => look.since(start),
        (Some(start), Some(end)) => age::human(end - start),
    };
    let [names, images] = containers(&job.spec.template.spec.containers);
    vec![
        job.metadata.name.to_string(),
        status(job).to_owned(),
        completions,
        duration,
        look.age(object),
        names,
        images,
        job.spec.selector.as_ref().map_or("<none>".to_owned(), format_selector),
    ]
}

/// Returns the word under STATUS (`printJob`).
fn status(job: &Job) -> &'static str {
    let has = |kind| condition::is_true(&job.status.conditions, kind);
    if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if job.metadata.is_terminating() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

pub(super) const CRON_JOB: &[(&str, bool)] = &[
    ("NAME", false),
    ("SCHEDULE", false),
    ("TIMEZONE", false),
    ("SUSPEND", false),
    ("ACTIVE", false),
    ("LAST SCHEDULE", false),
    ("AGE", false),
    ("CONTAINERS", true),
    ("IMAGES", true),
    ("SELECTOR", true),
];

pub(super) fn cron_job(object: &Object, look: &Look<'_>) -> Row {
    let Object::CronJob(cron) = object else { return vec![] };
    let template = &cron.spec.job_template.spec;
    let last = cron.status.last_schedule_time;
    let [names, images] = containers(&template.template.spec.containers);
    vec![
        cron.metadata.name.to_string(),
        cron.spec.schedule.clone(),
        cron.spec.time_zone.clone().unwrap_or_else(|| "<none>".to_owned()),
        capital(cron.spec.suspend),
        cron.status.active.len().to_string(),
        last.map_or("<none>".to_owned(), |_| look.since(last)),
        look.age(object),
        names,
        images,
        template.selector.as_ref().map_or("<none>".to_owned(), format_selector),
    ]
}
