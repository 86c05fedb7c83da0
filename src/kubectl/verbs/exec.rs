//! `kubectl exec`: a command inside a container.

use super::Verb;
use crate::api::{Kind, Object, Phase, Pod, Resource};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::keyboard;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::programs::runtime::{Typed, listens};
use crate::store::Refusal;
use std::sync::Arc;

pub(super) const EXEC: Verb = Verb {
    name: "exec",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("container", Takes::Text).short('c'),
    flag("stdin", Takes::Bool).short('i'),
    flag("tty", Takes::Bool).short('t').moot(),
    flag("quiet", Takes::Bool).short('q'),
    flag("filename", Takes::Text).short('f'),
    flag("pod-running-timeout", Takes::Duration).moot(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let (target, command) = target_and_command(call)?;
    let pod = match target {
        Some(word) => pod_of(call, &word)?,
        None => pod_of_file(call)?,
    };
    if pod.status.phase.is_terminal() {
        let phase = if pod.status.phase == Phase::Failed {
            "Failed"
        } else {
            "Succeeded"
        };
        return Err(Trouble::error(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = container_of(call, &pod)?;
    if !pod.is_scheduled() {
        let text = format!("pod {} does not have a host assigned", pod.metadata.name);
        return Err(Trouble::refused(&Refusal::BadRequest(text)));
    }
    if call.flags.is_set("stdin") && call.cluster.has_keyboard() && listens(&command) {
        let code = keyboard::converse(call, &pod.key(), &container, Typed::Start(command))?;
        return ended(code);
    }
    let stdin = if call.flags.is_set("stdin") { call.stdin } else { "" };
    match call.cluster.exec(&pod.key(), &container, &command, stdin) {
        Ok(outcome) => {
            let code = outcome.code;
            call.out.then(outcome);
            ended(code)
        }
        Err(why) => Err(Trouble::verbatim(why)),
    }
}

/// Passes the exit code of a command on.
fn ended(code: i32) -> Verdict {
    match code {
        0 => Ok(()),
        code => Err(Trouble {
            code,
            ..Trouble::verbatim(format!("command terminated with exit code {code}"))
        }),
    }
}

/// Parts the pod's word from the command; None: a file names the pod.
fn target_and_command(call: &Call<'_>) -> Verdict<(Option<String>, Vec<String>)> {
    let (words, has_file) = (&call.flags.words, !call.flags.texts("filename").is_empty());
    let before = call.flags.dash.unwrap_or(words.len());
    if before == 0 && !has_file {
        return Err(Trouble::error("pod, type/name or --filename must be specified"));
    }
    if call.flags.dash.is_none() && words.len() > 1 {
        return Err(Trouble::error(
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
        ));
    }
    let command = words[before..].to_vec();
    if command.is_empty() {
        return Err(Trouble::error(
            "you must specify at least one command for the container",
        ));
    }
    Ok(((!has_file).then(|| words[0].clone()), command))
}

/// Returns the pod of a file, or the first of the workload that it holds.
fn pod_of_file(call: &Call<'_>) -> Verdict<Arc<Pod>> {
    let keys = crate::kubectl::manifests::keys(call)?;
    let [key] = keys.as_slice() else {
        return Err(Trouble::error("cannot exec into multiple objects at a time"));
    };
    pod_of(call, &format!("{}/{}", key.kind.info().plural, key.name))
}

/// Returns the pod that a word names: itself, or the first of a workload's.
pub(super) fn pod_of(call: &Call<'_>, word: &str) -> Verdict<Arc<Pod>> {
    let pods = pods_of(call, word)?;
    pods.into_iter().next().ok_or_else(|| {
        let (kind, name) = word.split_once('/').unwrap_or(("pods", word));
        let plural = call
            .kind(kind)
            .map_or(kind.to_owned(), |kind| kind.info().plural.to_string());
        Trouble::error(format!(
            "timed out waiting for the condition on pods of {plural}/{name}"
        ))
    })
}

/// Returns the pods that a word names: one, or all of a workload's, those first that kubectl would choose.
pub(super) fn pods_of(call: &Call<'_>, word: &str) -> Verdict<Vec<Arc<Pod>>> {
    let (kind, name) = match word.split_once('/') {
        Some((kind, name)) => (call.kind(kind)?, name),
        None => (Kind::Pod, word),
    };
    let object = call.find(&call.key(&kind, name))?;
    let selector = match &object {
        Object::Pod(pod) => return Ok(vec![Arc::clone(pod)]),
        Object::Deployment(o) => o.spec.selector.clone(),
        Object::ReplicaSet(o) => o.spec.selector.clone(),
        Object::StatefulSet(o) => o.spec.selector.clone(),
        Object::DaemonSet(o) => o.spec.selector.clone(),
        Object::Job(o) => o.spec.selector.clone().unwrap_or_default(),
        Object::Service(o) => crate::api::LabelSelector {
            match_labels: o.spec.selector.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            ..Default::default()
        },
        other => {
            let kind = other.kind();
            let does = if call.verb == "logs" {
                format!("cannot get the logs from *v1.{0}: selector for *v1.{0}", kind.name())
            } else {
                format!("cannot attach to {}: selector for it", kind.name())
            };
            return Err(Trouble::error(format!("{does} not implemented")));
        }
    };
    let namespace = &object.meta().namespace;
    let mut pods: Vec<Arc<Pod>> = call
        .store()
        .list::<Pod>(namespace)
        .filter(|pod| selector.matches(&pod.metadata.labels))
        .map(Arc::clone)
        .collect();
    // client-go's `ActivePods`: assigned before unassigned, running before pending, ready before not, older first.
    pods.sort_by_key(|pod| {
        let phase = match pod.status.phase {
            Phase::Running => 0,
            Phase::Unknown => 1,
            _ => 2,
        };
        (
            !pod.is_scheduled(),
            phase,
            !pod.is_ready(),
            pod.metadata.creation_timestamp,
        )
    });
    Ok(pods)
}

/// Returns a container's name; refused when the pod has no such container.
pub(super) fn valid_container(pod: &Pod, name: &str) -> Verdict<String> {
    let mut all = pod.spec.init_containers.iter().chain(pod.spec.containers.iter());
    if all.any(|container| container.name == name) {
        return Ok(name.to_owned());
    }
    let text = format!("container {name} is not valid for pod {}", pod.metadata.name);
    Err(Trouble::refused(&Refusal::BadRequest(text)))
}

/// Returns the container that is meant: the one that `-c` names, the annotated one, or the first.
pub(super) fn container_of(call: &mut Call<'_>, pod: &Pod) -> Verdict<String> {
    if let Some(name) = call.flags.text("container") {
        return valid_container(pod, name);
    }
    let marked = pod
        .metadata
        .annotations
        .value("kubectl.kubernetes.io/default-container");
    if pod.spec.containers.iter().any(|container| container.name == marked) {
        return Ok(marked.to_owned());
    }
    let first = pod
        .spec
        .containers
        .first()
        .map_or(String::new(), |container| container.name.to_string());
    if pod.spec.init_containers.len() + pod.spec.containers.len() > 1 && !call.flags.is_set("quiet") {
        let names = pod.spec.containers.iter().map(|c| c.name.to_string());
        let inits = pod.spec.init_containers.iter().map(|c| format!("{} (init)", c.name));
        let names: Vec<String> = names.chain(inits).collect();
        call.warn(format!("Defaulted container \"{first}\" out of: {}", names.join(", ")));
    }
    Ok(first)
}
