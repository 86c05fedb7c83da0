//! `kubectl exec`: a command inside a container.

use super::Verb;
use crate::api::{Kind, Object, Phase, Pod, Resource};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
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
    flag("filename", Takes::Text).short('f').refused(),
    flag("pod-running-timeout", Takes::Duration).moot(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let (target, command) = match call.flags.dash {
        Some(0) => return Err(Trouble::error("pod, type/name or --filename must be specified")),
        Some(at) => (words[0].clone(), words[at..].to_vec()),
        None if words.is_empty() => {
            return Err(Trouble::error("pod, type/name or --filename must be specified"));
        }
        None if words.len() > 1 => {
            return Err(Trouble::error(
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
            ));
        }
        None => return Err(call.usage("you must specify at least one command for the container")),
    };
    if command.is_empty() {
        return Err(call.usage("you must specify at least one command for the container"));
    }
    let pod = pod_of(call, &target)?;
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
    let stdin = if call.flags.is_set("stdin") { call.stdin } else { "" };
    match call.cluster.exec(&pod.key(), &container, &command, stdin) {
        Ok(outcome) => {
            let code = outcome.code;
            call.out.then(outcome);
            match code {
                0 => Ok(()),
                code => Err(Trouble {
                    code,
                    ..Trouble::verbatim(format!("command terminated with exit code {code}"))
                }),
            }
        }
        Err(why) => Err(Trouble::verbatim(why)),
    }
}

/// Returns the pod that a word names: itself, or the first of a workload's.
pub(super) fn pod_of(call: &Call<'_>, word: &str) -> Verdict<Arc<Pod>> {
    let (kind, name) = match word.split_once('/') {
        Some((kind, name)) => (call.kind(kind)?, name),
        None => (Kind::Pod, word),
    };
    let object = call.find(&call.key(&kind, name))?;
    let selector = match &object {
        Object::Pod(pod) => return Ok(Arc::clone(pod)),
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
            return Err(Trouble::error(format!(
                "cannot attach to {}: selector for it not implemented",
                other.kind().name()
            )));
        }
    };
    let namespace = &object.meta().namespace;
    let mut pods: Vec<&Arc<Pod>> = call
        .store()
        .list::<Pod>(namespace)
        .filter(|pod| selector.matches(&pod.metadata.labels))
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
    pods.first().map(|pod| Arc::clone(pod)).ok_or_else(|| {
        Trouble::error(format!(
            "timed out waiting for the condition on pods of {}/{name}",
            kind.info().plural
        ))
    })
}

/// Returns the container that is meant: the one that `-c` names, the annotated one, or the first.
pub(super) fn container_of(call: &mut Call<'_>, pod: &Pod) -> Verdict<String> {
    let all = || pod.spec.init_containers.iter().chain(pod.spec.containers.iter());
    if let Some(name) = call.flags.text("container") {
        if all().any(|container| container.name == name) {
            return Ok(name.to_owned());
        }
        let text = format!("container {name} is not valid for pod {}", pod.metadata.name);
        return Err(Trouble::refused(&Refusal::BadRequest(text)));
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
    if all().count() > 1 && !call.flags.is_set("quiet") {
        let names = pod.spec.containers.iter().map(|c| c.name.to_string());
        let inits = pod.spec.init_containers.iter().map(|c| format!("{} (init)", c.name));
        let names: Vec<String> = names.chain(inits).collect();
        call.warn(format!("Defaulted container \"{first}\" out of: {}", names.join(", ")));
    }
    Ok(first)
}
