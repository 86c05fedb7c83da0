//! What the API server fills in for workloads (pkg/apis/apps/v1/defaults.go, pkg/registry/batch/job/strategy.go).

use super::container;
use crate::api::annotations::TEMPLATE_GENERATION;
use crate::api::workload::{RollingUpdateDaemonSet, RollingUpdateDeployment, RollingUpdateStatefulSet};
use crate::api::{Job, LabelSelector, Labels, Object};
use std::sync::Arc;

/// Fills in the strategy and the template of a workload, and folds what a Secret says in plain.
pub(super) fn fill_in(object: &mut Object) {
    match object {
        Object::Deployment(deployment) => {
            let spec = &mut Arc::make_mut(deployment).spec;
            if spec.strategy.kind == "RollingUpdate" {
                spec.strategy
                    .rolling_update
                    .get_or_insert_with(RollingUpdateDeployment::default);
            }
            container::fill_in(&mut spec.template.spec);
        }
        Object::StatefulSet(set) => {
            let spec = &mut Arc::make_mut(set).spec;
            if spec.update_strategy.kind == "RollingUpdate" {
                let update = &mut spec.update_strategy.rolling_update;
                let update = update.get_or_insert_with(RollingUpdateStatefulSet::default);
                // Its feature, `MaxUnavailableStatefulSet`, is off in 1.36, so the field is dropped without a word
                // (pkg/registry/apps/statefulset/strategy.go, `dropStatefulSetDisabledFields`).
                update.rest.remove("maxUnavailable");
            }
            for template in &mut spec.volume_claim_templates {
                for (field, word) in [("apiVersion", "v1"), ("kind", "PersistentVolumeClaim")] {
                    if template.rest.get(field).is_none() {
                        template.rest.set(field, word.into());
                    }
                }
            }
            container::fill_in(&mut spec.template.spec);
        }
        Object::DaemonSet(set) => {
            let spec = &mut Arc::make_mut(set).spec;
            if spec.update_strategy.kind == "RollingUpdate" {
                spec.update_strategy
                    .rolling_update
                    .get_or_insert_with(RollingUpdateDaemonSet::default);
            }
            container::fill_in(&mut spec.template.spec);
        }
        Object::ReplicaSet(set) => container::fill_in(&mut Arc::make_mut(set).spec.template.spec),
        Object::CronJob(cron) => {
            let job = &mut Arc::make_mut(cron).spec.job_template.spec;
            container::fill_in(&mut job.template.spec);
        }
        Object::Job(job) => container::fill_in(&mut Arc::make_mut(job).spec.template.spec),
        Object::Secret(secret) if !secret.string_data.is_empty() => Arc::make_mut(secret).fold_string_data(),
        _ => (),
    }
}

/// Counts the changes of a DaemonSet's template (pkg/registry/apps/daemonset/strategy.go). What a person writes there is
/// not taken.
pub(super) fn count_templates(old: Option<&Object>, new: &mut Object) {
    let Object::DaemonSet(new) = new else { return };
    let count = match old {
        Some(Object::DaemonSet(old)) => {
            let before = old.metadata.annotations.get(TEMPLATE_GENERATION);
            let before: i64 = before.and_then(|count| count.parse().ok()).unwrap_or(1);
            before.saturating_add(i64::from(old.spec.template != new.spec.template))
        }
        _ => 1,
    };
    if new.metadata.annotations.value(TEMPLATE_GENERATION) != count.to_string() {
        Arc::make_mut(new)
            .metadata
            .annotations
            .set(TEMPLATE_GENERATION, count.to_string());
    }
}

/// Fills in what a Job says of its pods and of how many there are to be (pkg/apis/batch/v1/defaults.go).
pub(super) fn complete(job: &mut Job) {
    container::fill_in(&mut job.spec.template.spec);
    if job.spec.completions.is_none() && job.spec.parallelism == Some(1) {
        job.spec.completions = Some(1);
    }
}

/// Fills in a new Job: its pods are told from others by the Job's own uid. A Job without labels has its pods' (pkg/apis/
/// batch/v1/defaults.go, `SetDefaults_Job`, which runs when it comes, and again whenever it is read).
pub(super) fn admit_job(job: &mut Job) {
    complete(job);
    labels_of_pods(job);
    if job.spec.manual_selector {
        return;
    }
    let (uid, name) = (job.metadata.uid.to_string(), job.metadata.name.to_string());
    let labels = &mut job.spec.template.metadata.labels;
    for prefix in ["", "batch.kubernetes.io/"] {
        labels.set(format!("{prefix}controller-uid"), uid.clone());
        labels.set(format!("{prefix}job-name"), name.clone());
    }
    job.spec.selector = Some(LabelSelector {
        match_labels: Labels::from_iter([("batch.kubernetes.io/controller-uid", uid)]),
        ..LabelSelector::default()
    });
    labels_of_pods(job);
}

fn labels_of_pods(job: &mut Job) {
    if job.metadata.labels.is_empty() {
        job.metadata.labels = job.spec.template.metadata.labels.clone();
    }
}
