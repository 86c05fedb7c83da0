//! What became of an object, and why it is not well.

use crate::api::storage::ClaimPhase;
use crate::api::{Condition, ConditionStatus, Event, Key, Kind, Object, PersistentVolumeClaim, Pod, Service, Uid};
use crate::sim::World;
use serde::Serialize;
use std::sync::Arc;

/// What became of one thing that was asked for. With `--format json` each is one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Became {
    /// Its key.
    #[serde(skip)]
    pub key: Key,
    /// `statefulset/web`.
    pub object: String,
    /// Its namespace, "" for objects of the whole cluster.
    pub namespace: String,
    /// Whether it is as it asks to be.
    pub healthy: bool,
    /// In a few words.
    pub state: String,
    /// Why not; nothing where it is healthy.
    pub reasons: Vec<String>,
}

/// Returns what became of an object; None for kinds that ask for nothing.
pub(super) fn became(world: &World, key: &Key) -> Option<Became> {
    let object = world.store().find(key);
    let described = |healthy, state: String, reasons| Became {
        key: key.clone(),
        object: key.to_string(),
        namespace: key.namespace.to_string(),
        healthy,
        state,
        reasons,
    };
    let Some(object) = object else {
        return Some(described(false, "gone".to_owned(), vec![]));
    };
    let asks = matches!(
        key.kind,
        Kind::Deployment
            | Kind::StatefulSet
            | Kind::ReplicaSet
            | Kind::DaemonSet
            | Kind::Job
            | Kind::Pod
            | Kind::PersistentVolumeClaim
    );
    if let Object::Service(service) = object {
        return nobody_behind(world, service).map(|why| described(false, "no endpoint".to_owned(), vec![why]));
    }
    if !asks {
        return None;
    }
    let check = crate::checks::find("reaches-what-was-asked").expect("the check is one of ours");
    let state = state_of(object);
    match (check.holds)(world, Some(key)) {
        Ok(_) => Some(described(true, state, vec![])),
        Err(why) if is_waiting_for_a_consumer(world, object, &why) => {
            Some(described(true, "Pending until a pod uses it".to_owned(), vec![]))
        }
        Err(why) => {
            let mut reasons = reasons_of(world, object);
            if reasons.is_empty() {
                reasons.push(why);
            }
            Some(described(false, state, reasons))
        }
    }
}

fn state_of(object: &Object) -> String {
    match object {
        Object::Deployment(d) => format!("{}/{} ready", d.status.ready_replicas, d.spec.replicas),
        Object::StatefulSet(s) => format!("{}/{} ready", s.status.ready_replicas, s.spec.replicas),
        Object::ReplicaSet(s) => format!("{}/{} ready", s.status.ready_replicas, s.spec.replicas),
        Object::DaemonSet(s) => format!("{}/{} ready", s.status.number_ready, s.status.desired_number_scheduled),
        Object::Job(job) if job.status.completion_time.is_some() => "complete".to_owned(),
        Object::Job(job) => format!(
            "{} active, {} succeeded, {} failed",
            job.status.active, job.status.succeeded, job.status.failed
        ),
        Object::Pod(pod) => format!("{:?}", pod.status.phase),
        Object::PersistentVolumeClaim(claim) => format!("{:?}", claim.status.phase),
        _ => String::new(),
    }
}

/// A claim of a class that waits for its first consumer is well without one.
fn is_waiting_for_a_consumer(world: &World, object: &Object, why: &str) -> bool {
    let Object::PersistentVolumeClaim(claim) = object else {
        return false;
    };
    let used = world
        .store()
        .list::<Pod>(&claim.metadata.namespace)
        .any(|pod| pod.claims().any(|c| *c == *claim.metadata.name));
    claim.status.phase == ClaimPhase::Pending && !used && why.starts_with("there is no")
}

/// A Service that selects pods and reaches none.
fn nobody_behind(world: &World, service: &Service) -> Option<String> {
    let selector = &service.spec.selector;
    if selector.is_empty() {
        return None;
    }
    let mut pods = world.store().list::<Pod>(&service.metadata.namespace);
    let selected = pods.any(|pod| selector.iter().all(|(k, v)| pod.metadata.labels.get(k) == Some(v)));
    let labels: Vec<String> = selector.iter().map(|(k, v)| format!("{k}={v}")).collect();
    (!selected).then(|| format!("no pod is labelled {}", labels.join(",")))
}

/// Returns why an object is not as it asks to be: of itself, of what it made, of what that waits for.
fn reasons_of(world: &World, object: &Object) -> Vec<String> {
    let mut reasons = Vec::new();
    add(&mut reasons, own_reasons(world, object));
    let mut owners: Vec<Uid> = vec![object.meta().uid];
    while let Some(owner) = owners.pop() {
        let owned: Vec<&Object> = world
            .store()
            .owned_by(owner)
            .filter_map(|key| world.store().find(key))
            .collect();
        for object in owned {
            if matches!(object.kind(), Kind::ReplicaSet | Kind::Job) {
                owners.push(object.meta().uid);
            }
            let well = matches!(object, Object::Pod(pod) if pod.is_ready() && !pod.metadata.is_terminating());
            if !well {
                add(&mut reasons, own_reasons(world, object));
            }
        }
    }
    reasons
}

fn add(reasons: &mut Vec<String>, more: Vec<String>) {
    for reason in more {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
}

fn own_reasons(world: &World, object: &Object) -> Vec<String> {
    let key = object.key();
    let mut reasons = Vec::new();
    match object {
        Object::Pod(pod) => {
            reasons.extend(pod_reasons(pod).into_iter().map(|why| format!("{key}: {why}")));
            for name in pod.claims() {
                let claim = world
                    .store()
                    .get::<PersistentVolumeClaim>(&pod.metadata.namespace, &name);
                if let Some(claim) = claim.filter(|claim| claim.status.phase != ClaimPhase::Bound) {
                    add(
                        &mut reasons,
                        own_reasons(world, &Object::PersistentVolumeClaim(Arc::clone(claim))),
                    );
                }
            }
        }
        Object::Deployment(d) => reasons.extend(failing(&d.status.conditions).map(|why| format!("{key}: {why}"))),
        Object::ReplicaSet(s) => reasons.extend(failing(&s.status.conditions).map(|why| format!("{key}: {why}"))),
        Object::Job(job) => reasons.extend(failing(&job.status.conditions).map(|why| format!("{key}: {why}"))),
        _ => (),
    }
    let warning = last_event(world, object);
    if let Some(event) = warning {
        let why = format!("{key}: {}", event.message.trim_end());
        add(&mut reasons, vec![why]);
    }
    reasons
}

/// The conditions that say that something failed.
fn failing(conditions: &[Condition]) -> impl Iterator<Item = String> {
    conditions.iter().filter_map(|c| {
        let bad = match &*c.kind {
            "ReplicaFailure" | "Failed" => c.status == ConditionStatus::True,
            "Progressing" => c.status == ConditionStatus::False,
            _ => false,
        };
        bad.then(|| c.message.to_string())
    })
}

fn pod_reasons(pod: &Pod) -> Vec<String> {
    let unscheduled = pod
        .status
        .conditions
        .iter()
        .find(|c| c.kind == "PodScheduled" && c.status == ConditionStatus::False);
    if let Some(unscheduled) = unscheduled {
        return vec![unscheduled.message.to_string()];
    }
    let statuses = pod
        .status
        .init_container_statuses
        .iter()
        .chain(&pod.status.container_statuses);
    let mut reasons: Vec<String> = statuses
        .filter_map(|s| {
            let waiting = s.state.waiting.as_ref()?;
            let ended = s
                .last_state
                .terminated
                .as_ref()
                .map(|t| format!(", last exit code {}", t.exit_code));
            let message = if waiting.message.is_empty() {
                String::new()
            } else {
                format!(": {}", waiting.message)
            };
            Some(format!(
                "container {} waits: {}{message}{}",
                s.name,
                waiting.reason,
                ended.unwrap_or_default()
            ))
        })
        .collect();
    if pod.metadata.is_terminating() {
        reasons.push("asked to end, and still there".to_owned());
    }
    if reasons.is_empty() && !pod.is_ready() {
        reasons.push(format!("{:?}, not ready", pod.status.phase));
    }
    reasons
}

/// Returns the newest warning about an object; of a claim that is not bound, the newest event of any type.
fn last_event<'a>(world: &'a World, object: &'a Object) -> Option<&'a Arc<Event>> {
    let meta = object.meta();
    let claim = object.kind() == Kind::PersistentVolumeClaim;
    let namespace = if meta.namespace.is_empty() {
        "default"
    } else {
        &meta.namespace
    };
    let about = world
        .store()
        .list::<Event>(namespace)
        .filter(|e| e.involved_object.uid == meta.uid);
    about
        .filter(|e| e.kind == "Warning" || claim)
        .max_by_key(|e| (e.last_timestamp.max(e.event_time), e.metadata.resource_version))
}
