//! Jobs and CronJobs (pkg/apis/batch/validation).

use super::{At, FieldError, cron, numbers, one_of, pod};

/// Judges the spec of a Job.
pub fn job(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    for name in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
    ] {
        numbers::nonnegative(spec.field(name), errors);
    }
    let mode = spec.field("completionMode");
    if mode.text() == "Indexed" && !spec.field("completions").is_set() {
        let path = spec.field("completions").path();
        errors.push(FieldError::required(path, "when completion mode is Indexed"));
    }
    one_of(mode, &["NonIndexed", "Indexed"], errors);
    let template = spec.field("template");
    pod::template(&template, &[], errors);
    let pods = template.field("spec");
    let restart = pods.field("restartPolicy");
    match restart.text() {
        "OnFailure" | "Never" => (),
        "" | "Always" => {
            errors.push(FieldError::required(
                restart.path(),
                "valid values: \"OnFailure\", \"Never\"",
            ));
        }
        other => errors.push(FieldError::not_supported(
            restart.path(),
            other,
            &["OnFailure", "Never"],
        )),
    }
}

/// Judges the spec of a CronJob.
pub fn cron_job(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    let schedule = spec.field("schedule");
    if schedule.text().is_empty() {
        errors.push(FieldError::required(schedule.path(), ""));
    } else if let Err(wrong) = cron::check(schedule.text()) {
        errors.push(FieldError::invalid(schedule.path(), schedule.text(), wrong));
    }
    numbers::nonnegative(spec.field("startingDeadlineSeconds"), errors);
    one_of(spec.field("concurrencyPolicy"), &["Allow", "Forbid", "Replace"], errors);
    job(&spec.field("jobTemplate").field("spec"), errors);
    numbers::nonnegative(spec.field("successfulJobsHistoryLimit"), errors);
    numbers::nonnegative(spec.field("failedJobsHistoryLimit"), errors);
}
