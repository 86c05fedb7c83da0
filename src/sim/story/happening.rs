//! What a revision means to a person who watches.

use crate::api::{
    Condition, ConditionStatus, EndpointSlice, Key, Node, Object, PersistentVolume, PersistentVolumeClaim, Phase, Pod,
    Resource, TaintEffect, VolumeAttachment, condition, storage::ClaimPhase, storage::VolumePhase,
};
use crate::sim::Who;
use crate::store::Revision;
use std::sync::Arc;

/// Something worth a line.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are what the variants' words speak of")]
pub enum Happening {
    /// A person gave a command.
    Command(Arc<str>),
    /// Misfortune struck, or was mended.
    Fault(Arc<str>),
    /// A component created an object; None: a person did.
    Created { by: Option<&'static str>, what: Key },
    /// A pod was asked to end.
    AskedToEnd {
        by: Option<&'static str>,
        what: Key,
        grace_s: i64,
    },
    /// An object other than a pod was asked to go, and something holds it.
    Held { what: Key, by: String },
    /// An object is gone.
    Gone { what: Key },
    /// The scheduler gave a pod to a node.
    Scheduled { pod: Key, node: Arc<str> },
    /// A pod's containers run.
    Running { pod: Key, node: Arc<str> },
    /// A pod is ready, or no longer.
    Ready { pod: Key, ready: bool },
    /// A container ended.
    Exited {
        pod: Key,
        container: String,
        code: i64,
        reason: String,
    },
    /// A container was started anew in the same pod.
    Restarted { pod: Key, container: String, times: i64 },
    /// A container waits for a reason that will not pass by itself.
    Stuck {
        pod: Key,
        container: String,
        reason: String,
    },
    /// A number of replicas was changed by a controller.
    Scaled {
        by: &'static str,
        what: Key,
        from: i64,
        to: i64,
    },
    /// The scheduler chose a node for a claim that waited for its first consumer.
    NodeChosen { claim: Key, node: String },
    /// A claim is bound.
    Bound { claim: Key, volume: Arc<str> },
    /// A claim lost its volume.
    Lost { claim: Key },
    /// A volume was released by its claim.
    Released { volume: Key },
    /// A volume is to be attached to a node.
    Attaching { volume: Arc<str>, node: Arc<str> },
    /// A volume is attached to a node.
    Attached { volume: Arc<str>, node: Arc<str> },
    /// A volume is to be detached from a node.
    Detaching { volume: Arc<str>, node: Arc<str> },
    /// A volume is detached from a node.
    Detached { volume: Arc<str>, node: Arc<str> },
    /// A node is ready, or no longer.
    NodeReady {
        node: Key,
        status: ConditionStatus,
        message: String,
    },
    /// A node got a taint that drives pods away, or lost it.
    Tainted { node: Key, taint: String, on: bool },
    /// A pod began to get traffic through a service, or stopped.
    Traffic { service: String, pod: Arc<str>, on: bool },
    /// A component warned of something.
    Warning { by: String, about: Key, message: String },
}

/// Returns what a revision means, which `who` wrote.
pub(super) fn of(revision: &Revision, who: &Who) -> Vec<Happening> {
    let key = revision.key();
    let actor = match who {
        Who::Actor(id) => Some(id.name()),
        _ => None,
    };
    match (&revision.before, &revision.after) {
        (None, Some(after)) => created(key, after, who),
        (Some(_), None) if matches!(revision.object(), Object::Event(_)) => vec![],
        (Some(before), None) => match VolumeAttachment::of(before) {
            Some(attachment) => vec![detached(attachment)],
            None => vec![Happening::Gone { what: key }],
        },
        (Some(before), Some(after)) => changed(key, before, after, actor),
        (None, None) => vec![],
    }
}

fn created(key: Key, after: &Object, who: &Who) -> Vec<Happening> {
    let by = match who {
        Who::Actor(id) => Some(id.name()),
        // Without a command, the step's own words have said it.
        Who::Person(words) if **words == format!("create {key}") => return vec![],
        Who::Person(_) => None,
        // What every cluster begins with is no story.
        _ => return vec![],
    };
    match after {
        Object::Event(event) if event.kind == "Warning" => {
            let about = crate::api::Kind::of(&event.involved_object.api_version, &event.involved_object.kind);
            let about = about.map(|kind| Key {
                kind,
                namespace: event.involved_object.namespace.clone(),
                name: event.involved_object.name.clone(),
            });
            let message = event.message.trim_end().to_owned();
            let by = event.reporting_component.to_string();
            about
                .map(|about| Happening::Warning { by, about, message })
                .into_iter()
                .collect()
        }
        // What these say is said by the objects that they belong to.
        Object::Event(_) | Object::EndpointSlice(_) | Object::ControllerRevision(_) | Object::CsiNode(_) => vec![],
        Object::VolumeAttachment(attachment) => {
            let (volume, node) = parts(attachment);
            vec![Happening::Attaching { volume, node }]
        }
        _ => vec![Happening::Created { by, what: key }],
    }
}

fn changed(key: Key, before: &Object, after: &Object, actor: Option<&'static str>) -> Vec<Happening> {
    let mut told = Vec::new();
    let newly_going = !before.meta().is_terminating() && after.meta().is_terminating();
    if newly_going && Pod::of(after).is_none() && VolumeAttachment::of(after).is_none() {
        told.push(Happening::Held {
            what: key.clone(),
            by: after.meta().finalizers.join(", "),
        });
    }
    match (before, after) {
        (Object::Pod(before), Object::Pod(after)) => pod_changed(key, before, after, actor, &mut told),
        (Object::Node(before), Object::Node(after)) => node_changed(key, before, after, &mut told),
        (Object::PersistentVolumeClaim(before), Object::PersistentVolumeClaim(after)) => {
            claim_changed(key, before, after, &mut told);
        }
        (Object::PersistentVolume(before), Object::PersistentVolume(after)) => {
            told.extend(volume_changed(key, before, after));
        }
        (Object::VolumeAttachment(before), Object::VolumeAttachment(after)) => {
            let (volume, node) = parts(after);
            if !before.status.attached && after.status.attached {
                told.push(Happening::Attached {
                    volume: volume.clone(),
                    node: node.clone(),
                });
            }
            if newly_going {
                told.push(Happening::Detaching { volume, node });
            }
        }
        (Object::EndpointSlice(before), Object::EndpointSlice(after)) => traffic_changed(before, after, &mut told),
        (Object::Deployment(before), Object::Deployment(after)) => {
            told.extend(scaled(key, before.spec.replicas, after.spec.replicas, actor));
        }
        (Object::ReplicaSet(before), Object::ReplicaSet(after)) => {
            told.extend(scaled(key, before.spec.replicas, after.spec.replicas, actor));
        }
        _ => (),
    }
    told
}

fn scaled(what: Key, from: i64, to: i64, actor: Option<&'static str>) -> Option<Happening> {
    let by = actor.filter(|_| from != to)?;
    Some(Happening::Scaled { by, what, from, to })
}

fn pod_changed(key: Key, before: &Pod, after: &Pod, actor: Option<&'static str>, told: &mut Vec<Happening>) {
    let pod = || key.clone();
    if !before.metadata.is_terminating() && after.metadata.is_terminating() {
        let grace_s = after.metadata.deletion_grace_period_seconds.unwrap_or_default();
        told.push(Happening::AskedToEnd {
            by: actor,
            what: pod(),
            grace_s,
        });
    }
    if !before.is_scheduled() && after.is_scheduled() {
        told.push(Happening::Scheduled {
            pod: pod(),
            node: after.spec.node_name.clone(),
        });
    }
    if before.status.phase != Phase::Running && after.status.phase == Phase::Running {
        told.push(Happening::Running {
            pod: pod(),
            node: after.spec.node_name.clone(),
        });
    }
    for status in after
        .status
        .init_container_statuses
        .iter()
        .chain(&after.status.container_statuses)
    {
        let all_before = before
            .status
            .init_container_statuses
            .iter()
            .chain(&before.status.container_statuses);
        let old = all_before.into_iter().find(|old| old.name == status.name);
        let container = status.name.to_string();
        let ended =
            |s: &crate::api::ContainerStatus| s.state.terminated.clone().or_else(|| s.last_state.terminated.clone());
        let (was, is) = (old.and_then(ended), ended(status));
        if let Some(end) = is.filter(|end| was.as_ref().is_none_or(|was| was.container_id != end.container_id)) {
            let (code, reason) = (end.exit_code, end.reason.to_string());
            told.push(Happening::Exited {
                pod: pod(),
                container: container.clone(),
                code,
                reason,
            });
        }
        let times = status.restart_count;
        if old.is_some_and(|old| old.restart_count < times) && status.state.running.is_some() {
            told.push(Happening::Restarted {
                pod: pod(),
                container: container.clone(),
                times,
            });
        }
        let waits = |s: &crate::api::ContainerStatus| s.state.waiting.as_ref().map(|w| w.reason.to_string());
        let why = waits(status).filter(|why| !matches!(why.as_str(), "ContainerCreating" | "PodInitializing"));
        if let Some(reason) = why.filter(|why| old.and_then(waits).as_ref() != Some(why)) {
            told.push(Happening::Stuck {
                pod: pod(),
                container,
                reason,
            });
        }
    }
    if before.is_ready() != after.is_ready() {
        told.push(Happening::Ready {
            pod: pod(),
            ready: after.is_ready(),
        });
    }
}

fn node_changed(key: Key, before: &Node, after: &Node, told: &mut Vec<Happening>) {
    let ready = |node: &Node| condition::find(&node.status.conditions, "Ready").cloned();
    let (old, new): (Option<Condition>, Option<Condition>) = (ready(before), ready(after));
    if let Some(new) = new.filter(|new| old.as_ref().is_some_and(|old| old.status != new.status)) {
        let (status, message) = (new.status, new.message.to_string());
        told.push(Happening::NodeReady {
            node: key.clone(),
            status,
            message,
        });
    }
    let drives = |node: &Node| -> Vec<String> {
        let taints = node.spec.taints.iter().filter(|t| t.effect == TaintEffect::NoExecute);
        taints.map(|t| format!("{}:NoExecute", t.key)).collect()
    };
    let (old, new) = (drives(before), drives(after));
    for taint in new.iter().filter(|t| !old.contains(t)) {
        told.push(Happening::Tainted {
            node: key.clone(),
            taint: taint.clone(),
            on: true,
        });
    }
    for taint in old.iter().filter(|t| !new.contains(t)) {
        told.push(Happening::Tainted {
            node: key.clone(),
            taint: taint.clone(),
            on: false,
        });
    }
}

fn claim_changed(key: Key, before: &PersistentVolumeClaim, after: &PersistentVolumeClaim, told: &mut Vec<Happening>) {
    const SELECTED: &str = "volume.kubernetes.io/selected-node";
    let chosen = after.metadata.annotations.get(SELECTED);
    if let Some(node) = chosen.filter(|node| before.metadata.annotations.get(SELECTED) != Some(node)) {
        told.push(Happening::NodeChosen {
            claim: key.clone(),
            node: node.clone(),
        });
    }
    if before.status.phase == after.status.phase {
        return;
    }
    match after.status.phase {
        ClaimPhase::Bound => told.push(Happening::Bound {
            claim: key,
            volume: after.spec.volume_name.clone(),
        }),
        ClaimPhase::Lost => told.push(Happening::Lost { claim: key }),
        ClaimPhase::Pending => (),
    }
}

fn volume_changed(key: Key, before: &PersistentVolume, after: &PersistentVolume) -> Option<Happening> {
    let released = before.status.phase != VolumePhase::Released && after.status.phase == VolumePhase::Released;
    released.then_some(Happening::Released { volume: key })
}

fn traffic_changed(before: &EndpointSlice, after: &EndpointSlice, told: &mut Vec<Happening>) {
    let service = after.metadata.labels.value("kubernetes.io/service-name").to_owned();
    let serving = |slice: &EndpointSlice| -> Vec<Arc<str>> {
        let ready = slice.endpoints.iter().filter(|e| e.conditions.ready);
        ready
            .filter_map(|e| e.target_ref.as_ref().map(|r| r.name.clone()))
            .collect()
    };
    let (old, new) = (serving(before), serving(after));
    for pod in new.iter().filter(|p| !old.contains(p)) {
        told.push(Happening::Traffic {
            service: service.clone(),
            pod: pod.clone(),
            on: true,
        });
    }
    for pod in old.iter().filter(|p| !new.contains(p)) {
        told.push(Happening::Traffic {
            service: service.clone(),
            pod: pod.clone(),
            on: false,
        });
    }
}

fn detached(attachment: &VolumeAttachment) -> Happening {
    let (volume, node) = parts(attachment);
    Happening::Detached { volume, node }
}

fn parts(attachment: &VolumeAttachment) -> (Arc<str>, Arc<str>) {
    let volume = attachment.spec.source.persistent_volume_name.clone();
    (volume.unwrap_or_else(|| "".into()), attachment.spec.node_name.clone())
}
