//! The status of a pod, as its kubelet sees it: states of containers, phase, conditions.
//!
//! A pure function of the spec, of what the machine has, and of what the kubelet remembers (pkg/kubelet/kubelet_pods.go,
//! `generateAPIPodStatus`). Left out: `resources`, `volumeMounts` and `user` of a container's status, readiness gates.

use super::worker::Worker;
use crate::api::pod::{Ip, Running, Terminated, Waiting};
use crate::api::{
    Condition, ConditionStatus, ContainerState, ContainerStatus, Phase, Pod, PodStatus, Text, Time, condition, hash,
};
use crate::programs::runtime::{Cell, Container, Exit, ProbeKind, READY, full_name};
use std::collections::BTreeMap;

/// Why containers wait, by name: a reason and a message.
pub type Waits = BTreeMap<String, (Text, String)>;

/// What the status is made of, beside the pod itself.
pub struct Facts<'a> {
    /// What the machine has of the pod.
    pub cell: Option<&'a Cell>,
    /// What the kubelet remembers.
    pub worker: &'a Worker,
    /// Why containers wait.
    pub waits: &'a Waits,
    /// The node's own address.
    pub host_ip: &'a str,
    /// Whether nothing will run in the pod any more, whatever its restart policy.
    pub over: bool,
    /// The time.
    pub now: Time,
}

/// Returns the pod's status; what others wrote into it stays.
pub fn status(pod: &Pod, facts: &Facts<'_>) -> PodStatus {
    let old = &pod.status;
    let mut new = PodStatus {
        observed_generation: pod.metadata.generation,
        message: old.message.clone(),
        reason: old.reason.clone(),
        qos_class: old.qos_class.clone(),
        start_time: old.start_time.or(Some(facts.now)),
        host_ip: facts.host_ip.to_owned().into(),
        host_ips: ips(facts.host_ip),
        rest: old.rest.clone(),
        ..PodStatus::default()
    };
    let has_inits = !pod.spec.init_containers.is_empty();
    new.init_container_statuses = pod
        .spec
        .init_containers
        .iter()
        .map(|spec| {
            container_status(
                pod,
                &spec.name,
                &spec.image,
                spec.restart_policy == "Always",
                has_inits,
                facts,
            )
        })
        .collect();
    new.container_statuses = pod
        .spec
        .containers
        .iter()
        .map(|spec| container_status(pod, &spec.name, &spec.image, true, has_inits, facts))
        .collect();
    if let Some(cell) = facts.cell
        && (cell.ready_at <= facts.now)
    {
        new.pod_ip = cell.sandbox.ip.clone();
        new.pod_ips = ips(&cell.sandbox.ip);
    } else {
        (new.pod_ip, new.pod_ips) = (old.pod_ip.clone(), old.pod_ips.clone());
    }
    new.phase = phase(pod, &new, facts);
    if facts.over {
        finish(&mut new);
    }
    if let Some((reason, message)) = facts.worker.stop.as_ref().and_then(|stop| stop.why.clone()) {
        (new.reason, new.message) = (reason, message);
        new.phase = Phase::Failed;
    }
    new.conditions = conditions(pod, &new, facts);
    new
}

fn ips(ip: &str) -> Vec<Ip> {
    vec![Ip {
        ip: ip.to_owned().into(),
        ..Ip::default()
    }]
}

fn container_status(
    pod: &Pod,
    name: &str,
    image: &Text,
    stays: bool,
    has_inits: bool,
    facts: &Facts<'_>,
) -> ContainerStatus {
    let container = facts.cell.and_then(|cell| cell.container(name));
    let wait = facts.waits.get(name);
    let mut status = ContainerStatus {
        name: name.to_owned().into(),
        image: image.clone(),
        started: Some(false),
        ..ContainerStatus::default()
    };
    let Some(container) = container else {
        let default = if has_inits {
            "PodInitializing"
        } else {
            "ContainerCreating"
        };
        status.state.waiting = Some(waiting(wait, default));
        return status;
    };
    status.restart_count = i64::from(container.attempt);
    status.image_id = full_name(image).into();
    status.container_id = container_id(facts.worker, name, container.attempt);
    if let Some(past) = &container.past {
        status.last_state.terminated = Some(terminated(
            &past.exit,
            past.started_at,
            container_id(facts.worker, name, past.attempt),
        ));
    }
    match &container.ended {
        None => {
            status.state.running = Some(Running {
                started_at: Some(container.started_at),
                ..Running::default()
            });
            let started = is_started(facts.worker, container);
            status.started = Some(started);
            status.ready = started && is_ready(pod, facts.worker, container);
        }
        Some(exit) => {
            let end = terminated(exit, container.started_at, status.container_id.clone());
            match wait {
                // It will be tried again: the end becomes the last state.
                Some(_) => {
                    status.state.waiting = Some(waiting(wait, ""));
                    status.last_state = ContainerState {
                        terminated: Some(end),
                        ..ContainerState::default()
                    };
                }
                None => status.state.terminated = Some(end),
            }
            // An init container that has done its work is ready; one that stays is not when it has ended.
            status.ready = !stays && exit.code == 0;
        }
    }
    status
}

fn waiting(wait: Option<&(Text, String)>, default: &'static str) -> Waiting {
    let (reason, message) = wait.cloned().unwrap_or((default.into(), String::new()));
    Waiting {
        reason,
        message: message.into(),
        ..Waiting::default()
    }
}

fn terminated(exit: &Exit, started_at: Time, id: Text) -> Terminated {
    Terminated {
        exit_code: i64::from(exit.code),
        reason: exit.reason.clone(),
        message: exit.message.clone(),
        started_at: Some(started_at),
        finished_at: Some(exit.at),
        container_id: id,
        ..Terminated::default()
    }
}

/// Returns the id of a container: containerd's is a random number; ours is a hash, the same in every run.
fn container_id(worker: &Worker, name: &str, attempt: u32) -> Text {
    format!(
        "containerd://{}",
        hash::sha256_hex(format!("{}/{name}/{attempt}", worker.uid))
    )
    .into()
}

/// Says whether a container has started: it has no startup probe, or that one has succeeded.
pub fn is_started(worker: &Worker, container: &Container) -> bool {
    container.spec().startup_probe.is_none()
        || worker.result(container.name(), ProbeKind::Startup, container.attempt) == Some(true)
}

/// Says whether a running container is ready: it has no readiness probe, or that one has succeeded.
pub fn is_ready(pod: &Pod, worker: &Worker, container: &Container) -> bool {
    if pod.metadata.annotations.value(READY) == "false" {
        return false;
    }
    container.spec().readiness_probe.is_none()
        || worker.result(container.name(), ProbeKind::Readiness, container.attempt) == Some(true)
}

/// Returns the phase (`getPhase`).
fn phase(pod: &Pod, status: &PodStatus, facts: &Facts<'_>) -> Phase {
    if pod.status.phase.is_terminal() {
        return pod.status.phase;
    }
    let ended = |s: &ContainerStatus| s.state.terminated.as_ref().map(|t| t.exit_code);
    let spec_of = pod.spec.init_containers.iter().zip(&status.init_container_statuses);
    for (spec, init) in spec_of {
        if spec.restart_policy == "Always" {
            if init.started != Some(true) && ended(init).is_none() {
                return Phase::Pending;
            }
            continue;
        }
        match ended(init) {
            Some(0) => (),
            Some(_) if pod.spec.restart_policy == "Never" => return Phase::Failed,
            _ => return Phase::Pending,
        }
    }
    let (mut waiting, mut running, mut stopped, mut succeeded) = (0, 0, 0, 0);
    for container in &status.container_statuses {
        if container.state.running.is_some() {
            running += 1;
        } else if let Some(code) = ended(container) {
            stopped += 1;
            succeeded += usize::from(code == 0);
        } else if container.last_state.terminated.is_some() {
            stopped += 1;
        } else {
            waiting += 1;
        }
    }
    if waiting > 0 && !facts.over {
        Phase::Pending
    } else if running > 0 {
        Phase::Running
    } else if stopped > 0 {
        match &*pod.spec.restart_policy {
            _ if facts.over && stopped == succeeded => Phase::Succeeded,
            _ if facts.over => Phase::Failed,
            "Always" => Phase::Running,
            _ if stopped == succeeded => Phase::Succeeded,
            "Never" => Phase::Failed,
            _ => Phase::Running,
        }
    } else {
        Phase::Pending
    }
}

/// Makes a status final (pkg/kubelet/status, `TerminatePod`): what never ran counts as lost, and the pod as failed.
fn finish(status: &mut PodStatus) {
    for container in &mut status.container_statuses {
        container.started = Some(false);
        container.ready = false;
        if container.state.terminated.is_none() {
            container.state = ContainerState {
                terminated: Some(Terminated {
                    exit_code: 137,
                    reason: "ContainerStatusUnknown".into(),
                    message: "The container could not be located when the pod was terminated".into(),
                    ..Terminated::default()
                }),
                ..ContainerState::default()
            };
        }
    }
    for container in &mut status.init_container_statuses {
        container.started = Some(false);
    }
    if !status.phase.is_terminal() {
        status.phase = Phase::Failed;
    }
}

/// Returns the conditions in the order in which a kubelet writes them.
fn conditions(pod: &Pod, status: &PodStatus, facts: &Facts<'_>) -> Vec<Condition> {
    let (now, generation) = (facts.now, pod.metadata.generation);
    let old = &pod.status.conditions;
    let mut new = Vec::with_capacity(5);
    let mut add = |kind: &'static str, holds: bool, reason: Text, message: String| {
        let mut made = Condition::new(kind, holds, reason, message, now);
        made.observed_generation = generation;
        if let Some(before) = condition::find(old, kind).filter(|before| before.status == made.status) {
            made.last_transition_time = before.last_transition_time;
        }
        new.push(made);
    };
    let sandboxed = facts.cell.is_some_and(|cell| cell.alive && cell.ready_at <= now) && !facts.over;
    let done = status.phase == Phase::Succeeded;
    // A sandbox is taken down once its pod is over.
    add(
        "PodReadyToStartContainers",
        sandboxed && !status.phase.is_terminal(),
        "".into(),
        String::new(),
    );
    let incomplete: Vec<&str> = status
        .init_container_statuses
        .iter()
        .filter(|init| !init.ready && init.started != Some(true))
        .map(|init| &*init.name)
        .collect();
    match (incomplete.is_empty(), done) {
        (_, true) => add("Initialized", true, "PodCompleted".into(), String::new()),
        (true, false) => add("Initialized", true, "".into(), String::new()),
        (false, false) => add(
            "Initialized",
            false,
            "ContainersNotInitialized".into(),
            format!("containers with incomplete status: [{}]", incomplete.join(" ")),
        ),
    }
    let sidecars = pod.spec.init_containers.iter().zip(&status.init_container_statuses);
    let sidecars = sidecars
        .filter(|(spec, _)| spec.restart_policy == "Always")
        .map(|(_, status)| status);
    let unready: Vec<&str> = sidecars
        .chain(&status.container_statuses)
        .filter(|container| !container.ready)
        .map(|container| &*container.name)
        .collect();
    let (ready, reason, message) = match status.phase {
        Phase::Succeeded => (false, "PodCompleted", String::new()),
        Phase::Failed => (false, "PodFailed", String::new()),
        _ if unready.is_empty() => (true, "", String::new()),
        _ => (
            false,
            "ContainersNotReady",
            format!("containers with unready status: [{}]", unready.join(" ")),
        ),
    };
    add("Ready", ready, reason.into(), message.clone());
    add("ContainersReady", ready, reason.into(), message);
    match condition::find(old, "PodScheduled") {
        Some(scheduled) => new.push(scheduled.clone()),
        // A pod that was given its node by hand: the kubelet says it itself.
        None => {
            let mut scheduled = Condition::new("PodScheduled", ConditionStatus::True, "", "", now);
            scheduled.observed_generation = generation;
            new.push(scheduled);
        }
    }
    let known = |kind: &str| new.iter().any(|c: &Condition| c.kind == kind);
    let foreign: Vec<Condition> = old.iter().filter(|c| !known(&c.kind)).cloned().collect();
    new.extend(foreign);
    new
}
