//! Deployments, ReplicaSets, StatefulSets, DaemonSets (pkg/apis/apps/validation).

use super::{At, FieldError, numbers, one_of, pod, selector, storage};

/// Judges the spec of a Deployment.
pub fn deployment(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    numbers::nonnegative(spec.field("replicas"), errors);
    replicated(spec, "deployment", errors);
    let strategy = spec.field("strategy");
    let rolling = strategy.field("rollingUpdate");
    one_of(strategy.field("type"), &["Recreate", "RollingUpdate"], errors);
    match strategy.field("type").text() {
        "Recreate" if rolling.is_set() => {
            let detail = "may not be specified when strategy `type` is 'Recreate'";
            errors.push(FieldError::forbidden(rolling.path(), detail));
        }
        "" | "RollingUpdate" => {
            let (surge, unavailable) = (rolling.field("maxSurge"), rolling.field("maxUnavailable"));
            numbers::count_or_percent(unavailable, errors);
            numbers::count_or_percent(surge, errors);
            if numbers::is_zero(surge) && numbers::is_zero(unavailable) {
                let detail = "may not be 0 when `maxSurge` is 0";
                errors.push(FieldError::invalid(unavailable.path(), unavailable.shown(), detail));
            }
            numbers::at_most_all(unavailable, errors);
        }
        _ => (),
    }
    let (ready, progress) = (spec.field("minReadySeconds"), spec.field("progressDeadlineSeconds"));
    numbers::nonnegative(ready, errors);
    numbers::nonnegative(spec.field("revisionHistoryLimit"), errors);
    numbers::nonnegative(progress, errors);
    // The default deadline is 600 s.
    let deadline = progress.int().unwrap_or(600);
    if deadline <= ready.int().unwrap_or(0) {
        errors.push(FieldError::invalid(
            progress.path(),
            deadline,
            "must be greater than minReadySeconds",
        ));
    }
}

/// Judges the spec of a ReplicaSet.
pub fn replica_set(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    numbers::nonnegative(spec.field("replicas"), errors);
    numbers::nonnegative(spec.field("minReadySeconds"), errors);
    // Kubernetes says "deployment" here too.
    replicated(spec, "deployment", errors);
}

fn replicated(spec: &At<'_>, workload: &str, errors: &mut Vec<FieldError>) {
    selector::of_workload(spec, workload, errors);
    let template = spec.field("template");
    pod::template(&template, &[], errors);
    pod::runs_for_ever(&template.field("spec"), "ReplicaSet", errors);
}

/// Judges the spec of a DaemonSet.
pub fn daemon_set(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    selector::of_workload(spec, "daemonset", errors);
    let template = spec.field("template");
    pod::template(&template, &[], errors);
    pod::runs_for_ever(&template.field("spec"), "DaemonSet", errors);
    numbers::nonnegative(spec.field("minReadySeconds"), errors);
    one_of(
        spec.field("updateStrategy").field("type"),
        &["RollingUpdate", "OnDelete"],
        errors,
    );
}

/// Judges the spec of a StatefulSet.
///
/// The server does not look into its template or its claims: what is wrong there only shows when pods and claims are to be
/// made of them, and is a doubt here.
pub fn stateful_set(spec: &At<'_>, errors: &mut Vec<FieldError>, doubts: &mut Vec<FieldError>) {
    let policy = spec.field("podManagementPolicy");
    if !["", "OrderedReady", "Parallel"].contains(&policy.text()) {
        errors.push(FieldError::invalid(
            policy.path(),
            policy.text(),
            "must be 'OrderedReady' or 'Parallel'",
        ));
    }
    update_strategy(&spec.field("updateStrategy"), errors);
    let retention = spec.field("persistentVolumeClaimRetentionPolicy");
    one_of(retention.field("whenDeleted"), &["Retain", "Delete"], errors);
    one_of(retention.field("whenScaled"), &["Retain", "Delete"], errors);
    numbers::nonnegative(spec.field("replicas"), errors);
    numbers::nonnegative(spec.field("minReadySeconds"), errors);
    numbers::nonnegative(spec.field("ordinals").field("start"), errors);
    selector::of_workload(spec, "statefulset", errors);
    let template = spec.field("template");
    pod::template_metadata(&template, errors);
    pod::runs_for_ever(&template.field("spec"), "StatefulSet", errors);

    let claims = spec.field("volumeClaimTemplates");
    let names: Vec<String> = claims
        .items()
        .map(|claim| claim.field("metadata").field("name").text().to_owned())
        .collect();
    pod::check_spec(&template.field("spec"), &names, doubts);
    for claim in claims.items() {
        let metadata = claim.field("metadata");
        super::required(metadata.field("name"), doubts);
        storage::claim(&claim.field("spec"), doubts);
    }
}

fn update_strategy(strategy: &At<'_>, errors: &mut Vec<FieldError>) {
    let rolling = strategy.field("rollingUpdate");
    match strategy.field("type").text() {
        "" | "RollingUpdate" => {
            numbers::nonnegative(rolling.field("partition"), errors);
            numbers::count_or_percent(rolling.field("maxUnavailable"), errors);
        }
        "OnDelete" if rolling.is_set() => {
            let detail = "only allowed for updateStrategy 'RollingUpdate'";
            errors.push(FieldError::invalid(rolling.path(), rolling.shown(), detail));
        }
        "OnDelete" => (),
        _ => {
            let detail = "must be 'RollingUpdate' or 'OnDelete'";
            errors.push(FieldError::invalid(strategy.path(), strategy.shown(), detail));
        }
    }
}
