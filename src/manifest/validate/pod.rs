//! Pods and pod templates (core/validation, ValidatePodSpec).

use super::{At, FieldError, Verdict, container, meta, names, one_of, scheduling, volume};

/// Judges a pod.
pub fn check(pod: &At<'_>, errors: &mut Vec<FieldError>) {
    let spec = pod.field("spec");
    check_spec(&spec, &[], errors);
    container::images(spec.field("containers"), errors);
    container::images(spec.field("initContainers"), errors);
}

/// Judges the template of a workload; `more_volumes` are names that mounts may use beside `spec.volumes`.
pub fn template(template: &At<'_>, more_volumes: &[String], errors: &mut Vec<FieldError>) {
    template_metadata(template, errors);
    check_spec(&template.field("spec"), more_volumes, errors);
}

/// Judges the metadata of a template.
pub fn template_metadata(template: &At<'_>, errors: &mut Vec<FieldError>) {
    let metadata = template.field("metadata");
    let labels = metadata.field("labels");
    let from = errors.len();
    names::labels(&labels, errors);
    // The server forgets `metadata` here; a test of kubectl's words would notice.
    for error in &mut errors[from..] {
        error.shown = Some(template.field("labels").path().to_string());
    }
    meta::annotations(&metadata.field("annotations"), errors);
}

/// Judges the spec of a pod; `more_volumes` are names that mounts may use beside `spec.volumes`.
pub fn check_spec(spec: &At<'_>, more_volumes: &[String], errors: &mut Vec<FieldError>) {
    let volumes = spec.field("volumes");
    volume::check(&volumes, errors);
    let declared: Vec<String> = volumes
        .items()
        .map(|volume| volume.field("name").text().to_owned())
        .collect();
    let names: Vec<&str> = declared.iter().chain(more_volumes).map(String::as_str).collect();
    let containers = spec.field("containers");
    container::check(&containers, &names, errors);
    container::check_init(&spec.field("initContainers"), &containers, &names, errors);

    one_of(spec.field("restartPolicy"), &["Always", "OnFailure", "Never"], errors);
    one_of(
        spec.field("dnsPolicy"),
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
        errors,
    );
    super::names::labels(&spec.field("nodeSelector"), errors);
    scheduling::affinity(&spec.field("affinity"), errors);
    scheduling::spread(&spec.field("topologySpreadConstraints"), errors);
    name(spec.field("serviceAccountName"), names::dns_subdomain, errors);
    name(spec.field("nodeName"), names::dns_subdomain, errors);
    let deadline = spec.field("activeDeadlineSeconds");
    if deadline
        .int()
        .is_some_and(|seconds| !(1..=i64::from(i32::MAX)).contains(&seconds))
    {
        let detail = format!("must be between 1 and {}, inclusive", i32::MAX);
        errors.push(FieldError::invalid(deadline.path(), deadline.shown(), detail));
    }
    name(spec.field("hostname"), names::dns_label, errors);
    name(spec.field("subdomain"), names::dns_label, errors);
    scheduling::tolerations(&spec.field("tolerations"), errors);
    name(spec.field("priorityClassName"), names::dns_subdomain, errors);
    name(spec.field("runtimeClassName"), names::dns_subdomain, errors);
    one_of(
        spec.field("preemptionPolicy"),
        &["Never", "PreemptLowerPriority"],
        errors,
    );
}

fn name(at: At<'_>, grammar: fn(&str) -> Vec<String>, errors: &mut Vec<FieldError>) {
    if !at.text().is_empty() {
        names::check(&at, grammar(at.text()), errors);
    }
}

/// Judges what a workload's template must keep to beyond a pod: it runs for ever.
pub fn runs_for_ever(spec: &At<'_>, workload: &str, errors: &mut Vec<FieldError>) {
    let restart = spec.field("restartPolicy");
    // An unknown policy has been refused above; the server says both.
    one_of(restart, &["Always"], errors);
    let deadline = spec.field("activeDeadlineSeconds");
    if deadline.is_set() {
        let detail = format!("activeDeadlineSeconds in {workload} is not Supported");
        errors.push(FieldError::forbidden(deadline.path(), detail));
    }
}

/// Adds the server's warnings about a pod or a template (pkg/api/pod, warnings.go; only those about env).
pub fn warnings(kind: &str, top: &At<'_>, verdict: &mut Verdict) {
    let spec = top.field("spec");
    let template = spec.field("template");
    let job = spec.field("jobTemplate");
    let (job_spec, pod) = (job.field("spec"), template.field("spec"));
    let job_template = job_spec.field("template");
    let of_job = job_template.field("spec");
    let spec = match kind {
        "Pod" => &spec,
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => &pod,
        "CronJob" => &of_job,
        _ => return,
    };
    for list in ["initContainers", "containers"] {
        for container in spec.field(list).items() {
            let mut names: Vec<String> = Vec::new();
            for variable in container.field("env").items() {
                let name = variable.field("name").text().to_owned();
                // A value that refers to the one before, `$(PATH):/more`, hides nothing.
                let refers = variable.field("value").text().contains(&format!("$({name})"));
                if names.contains(&name) && !refers {
                    let path = variable.path();
                    let words =
                        format!("{path}: hides previous definition of {name:?}, which may be dropped when using apply");
                    verdict.warnings.push((path, words));
                }
                names.push(name);
            }
        }
    }
}
