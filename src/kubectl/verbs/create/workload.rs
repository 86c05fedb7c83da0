//! `kubectl create deployment`, `job` and `cronjob`.

use super::super::{Verb, flags};
use super::COMMON;
use super::finish::{Made, command_words, made, name, required};
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};

pub(in crate::kubectl::verbs) const DEPLOYMENT: Verb = Verb {
    name: "create deployment",
    aliases: &["create deploy"],
    flags: flags![COMMON;
        flag("image", Takes::Text),
        flag("port", Takes::Int),
        flag("replicas", Takes::Int).short('r'),
    ],
    run: deployment,
};

pub(in crate::kubectl::verbs) const JOB: Verb = Verb {
    name: "create job",
    aliases: &[],
    flags: flags![COMMON; flag("image", Takes::Text), flag("from", Takes::Text)],
    run: job,
};

pub(in crate::kubectl::verbs) const CRON_JOB: Verb = Verb {
    name: "create cronjob",
    aliases: &["create cj"],
    flags: flags![COMMON;
        flag("image", Takes::Text),
        flag("schedule", Takes::Text),
        flag("restart", Takes::Text),
    ],
    run: cron_job,
};

/// Returns the name that kubectl gives a container: the image's own, without registry, tag and odd letters.
///
/// Left out: where letters had to be replaced, kubectl adds five letters of chance.
fn container_name(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    name.replace(['_', '.'], "-")
}

fn deployment(call: &mut Call<'_>) -> Verdict {
    required(call, "image")?;
    let images = call.flags.list("image");
    let name = name(call)?;
    let command = command_words(call).to_vec();
    if images.len() > 1 && !command.is_empty() {
        return Err(Trouble::error("cannot specify multiple --image options and command"));
    }
    let mut containers = Vec::new();
    for image in &images {
        let mut container = json!({"name": container_name(image), "image": image, "resources": {}});
        if !command.is_empty() {
            container["command"] = json!(command);
        }
        containers.push(container);
    }
    // The port goes to the first container alone (kubectl's create_deployment.go).
    if let (Some(port), Some(first)) = (call.flags.int("port").filter(|port| *port >= 0), containers.first_mut()) {
        first["ports"] = json!([{"containerPort": port}]);
    }
    let labels = json!({"app": name});
    let deployment = Made::new(
        Kind::Deployment,
        &name,
        json!({"spec": {
            "replicas": call.flags.int("replicas").unwrap_or(1),
            "selector": {"matchLabels": labels},
            "strategy": {},
            "template": {
                "metadata": {"creationTimestamp": null, "labels": labels},
                "spec": {"containers": containers},
            },
        }, "status": {}}),
    );
    made(call, deployment.labelled(labels), "failed to create deployment: ")
}

/// Returns the pod template of a job that runs one container.
fn template(image: &str, name: &str, command: &[String], restart: &str) -> Value {
    let mut container = json!({"name": name, "image": image, "resources": {}});
    if !command.is_empty() {
        container["command"] = json!(command);
    }
    json!({"metadata": {"creationTimestamp": null},
        "spec": {"containers": [container], "restartPolicy": restart}})
}

fn job(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let command = command_words(call).to_vec();
    let (image, from) = (call.flags.text("image"), call.flags.text("from"));
    let job = match (image.filter(|image| !image.is_empty()), from) {
        (Some(image), None) => {
            let template = template(image, &name, &command, "Never");
            Made::new(Kind::Job, &name, json!({"spec": {"template": template}, "status": {}}))
        }
        (None, Some(_)) if !command.is_empty() => {
            return Err(Trouble::error("cannot specify --from and command"));
        }
        (None, Some(from)) => job_from(call, &name, from)?,
        _ => return Err(Trouble::error("either --image or --from must be specified")),
    };
    made(call, job, "failed to create job: ")
}

/// Makes the job that a cron job would make, right now.
fn job_from(call: &Call<'_>, name: &str, from: &str) -> Verdict<Made> {
    let Some(("cronjob" | "cronjobs" | "cj" | "cronjob.batch" | "cronjobs.batch", cron)) = from.split_once('/') else {
        return Err(Trouble::error("from must be an existing cronjob"));
    };
    let found = call.find(&call.key(&Kind::CronJob, cron))?;
    let tree = found.to_value();
    let template = &tree["spec"]["jobTemplate"];
    let mut annotations = template["metadata"]["annotations"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    annotations.insert("cronjob.kubernetes.io/instantiate".to_owned(), "manual".into());
    let mut job = Made::new(Kind::Job, name, json!({"spec": template["spec"], "status": {}}));
    let meta = &mut job.tree["metadata"];
    meta["annotations"] = annotations.into();
    if let Some(labels) = template["metadata"]["labels"].as_object() {
        meta["labels"] = labels.clone().into();
    }
    meta["ownerReferences"] = json!([{"apiVersion": "batch/v1", "kind": "CronJob", "name": cron,
        "uid": found.meta().uid.to_string(), "controller": true}]);
    Ok(job)
}

fn cron_job(call: &mut Call<'_>) -> Verdict {
    let image = required(call, "image")?;
    let schedule = required(call, "schedule")?;
    let name = name(call)?;
    let restart = call
        .flags
        .text("restart")
        .filter(|restart| !restart.is_empty())
        .unwrap_or("OnFailure");
    let template = template(&image, &name, command_words(call), restart);
    let cron = Made::new(
        Kind::CronJob,
        &name,
        json!({"spec": {
            "schedule": schedule,
            "jobTemplate": {
                "metadata": {"name": name, "creationTimestamp": null},
                "spec": {"template": template},
            },
        }, "status": {}}),
    );
    made(call, cron, "failed to create cronjob: ")
}
