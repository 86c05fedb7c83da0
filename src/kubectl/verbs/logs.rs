//! `kubectl logs`: what a container has written.

use super::Verb;
use super::exec::{container_of, pod_of};
use crate::api::{ContainerStatus, Kind, Object, Pod, Resource, Time};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::targets::{Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::store::Refusal;
use std::sync::Arc;

pub(super) const LOGS: Verb = Verb {
    name: "logs",
    aliases: &["log"],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("container", Takes::Text).short('c'),
    flag("previous", Takes::Bool).short('p'),
    flag("tail", Takes::Int),
    flag("since", Takes::Duration),
    flag("timestamps", Takes::Bool),
    flag("all-containers", Takes::Bool),
    flag("prefix", Takes::Bool),
    flag("selector", Takes::Text).short('l'),
    flag("limit-bytes", Takes::Int),
    flag("since-time", Takes::Text).refused(),
    flag("all-pods", Takes::Bool).refused(),
    flag("follow", Takes::Bool).short('f').moot(),
    flag("ignore-errors", Takes::Bool).moot(),
    flag("insecure-skip-tls-verify-backend", Takes::Bool).moot(),
    flag("max-log-requests", Takes::Int).moot(),
    flag("pod-running-timeout", Takes::Duration).moot(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let by_selector = call.flags.text("selector").is_some();
    if words.is_empty() && !by_selector {
        return Err(Trouble::error(
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
        ));
    }
    let pods: Vec<Arc<Pod>> = if by_selector {
        let found = Selection::of(call, Some(&Kind::Pod))?.objects(call, &Target::All(Kind::Pod))?;
        found.iter().filter_map(|object| Pod::of(object).cloned()).collect()
    } else {
        vec![pod(call, &words[0])?]
    };
    if pods.is_empty() {
        call.warn(format!("No resources found in {} namespace.", call.namespace));
    }
    for pod in pods {
        let containers: Vec<String> = match (call.flags.is_set("all-containers"), words.get(1)) {
            (true, _) => {
                let all = pod.spec.init_containers.iter().chain(pod.spec.containers.iter());
                all.map(|container| container.name.to_string()).collect()
            }
            (false, Some(name)) => vec![name.clone()],
            (false, None) => vec![container_of(call, &pod)?],
        };
        for container in containers {
            show(call, &pod, &container)?;
        }
    }
    Ok(())
}

fn pod(call: &Call<'_>, word: &str) -> Verdict<Arc<Pod>> {
    if word.contains('/') {
        return pod_of(call, word);
    }
    match call.store().find(&call.key(&Kind::Pod, word)) {
        Some(Object::Pod(pod)) => Ok(Arc::clone(pod)),
        _ => Err(Trouble::error(format!(
            "error from server (NotFound): pods \"{word}\" not found in namespace \"{}\"",
            call.namespace
        ))),
    }
}

fn show(call: &mut Call<'_>, pod: &Pod, container: &str) -> Verdict {
    // The API server knows of no node to ask, and answers with nothing.
    if !pod.is_scheduled() {
        return Ok(());
    }
    let previous = call.flags.is_set("previous");
    let bad = |text: String| Trouble::refused(&Refusal::BadRequest(text));
    let name = &pod.metadata.name;
    let status = status_of(pod, container);
    let has_run = status.is_some_and(|s| {
        let past = s.last_state.terminated.is_some();
        past || (!previous && (s.state.running.is_some() || s.state.terminated.is_some()))
    });
    if previous && !has_run {
        return Err(bad(format!(
            "previous terminated container \"{container}\" in pod \"{name}\" not found"
        )));
    }
    if !has_run {
        return Err(bad(waiting(pod, container, status)));
    }
    let lines = call
        .cluster
        .logs(&pod.key(), container, previous)
        .map_err(Trouble::verbatim)?;
    let now = call.now();
    let since = call
        .flags
        .duration_ms("since")
        .filter(|ms| *ms > 0)
        .map(|ms| Time(now.0 - ms));
    let lines: Vec<(Time, String)> = lines
        .into_iter()
        .filter(|(at, _)| since.is_none_or(|since| *at >= since))
        .collect();
    // A selector shows the last ten lines of each pod unless told otherwise.
    let default = if call.flags.text("selector").is_some() { 10 } else { -1 };
    let tail = call.flags.int("tail").unwrap_or(default);
    let from = if tail < 0 {
        0
    } else {
        lines.len().saturating_sub(tail as usize)
    };
    let mut text = String::new();
    for (at, line) in &lines[from..] {
        if call.flags.is_set("prefix") {
            text.push_str(&format!("[pod/{name}/{container}] "));
        }
        if call.flags.is_set("timestamps") {
            text.push_str(&format!("{} ", at.micro()));
        }
        text.push_str(line);
        text.push('\n');
    }
    if let Some(limit) = call.flags.int("limit-bytes").filter(|limit| *limit > 0) {
        let end = (0..=(limit as usize).min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
    call.say(text);
    Ok(())
}

fn status_of<'a>(pod: &'a Pod, container: &str) -> Option<&'a ContainerStatus> {
    let status = &pod.status;
    let mut all = status.init_container_statuses.iter().chain(&status.container_statuses);
    all.find(|status| status.name == container)
}

/// Says why a container has no log yet (pkg/kubelet, `validateContainerLogStatus`).
fn waiting(pod: &Pod, container: &str, status: Option<&ContainerStatus>) -> String {
    let name = &pod.metadata.name;
    let Some(waiting) = status.and_then(|status| status.state.waiting.as_ref()) else {
        return format!("container \"{container}\" in pod \"{name}\" is not available");
    };
    let why = match &*waiting.reason {
        "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
        "ErrImagePull" => "image can't be pulled".to_owned(),
        reason => reason.to_owned(),
    };
    format!("container \"{container}\" in pod \"{name}\" is waiting to start: {why}")
}
