//! Why: how an object came to be as it is, what it waits for, who must act, when it changes by itself, and what would
//! help.
//!
//! [`explain`] looks at a world and changes nothing. How things came about is read from the records: the step that wrote
//! each revision, and the step that caused each step (`causes`). What is to come is read from the memories of the
//! components and from the queue, and is never guessed. What would help is data ([`Remedy`]): whoever asks may do it.
//!
//! Left out: admission webhooks, for which nothing ever waits here. A timetable of retries that another component's cache lag shifts by milliseconds is told to the second.

mod answer;
mod causes;
mod words;
mod look;
mod remedy;
mod pod;
mod pending;
mod places;
mod room;
mod probing;
mod listening;
mod quota;
mod mounting;
mod containers;
mod images;
mod crashing;
mod disk;
mod leaving;
mod workload;
mod batch;
mod storage;
mod service;
mod cluster;

pub use answer::{Cause, Coming, Finding, Health, Mover, Remedy, Said, Stuck, Verdicts, Way, Why};
pub use words::span;

use crate::api::storage::VolumePhase;
use crate::api::{Key, Object, Phase};
use crate::sim::World;
use causes::{Causes, Turns};
use look::{Look, Plight};

/// Explains why the object at a key is as it is now, or how it went.
pub fn explain(world: &World, key: &Key) -> Why {
    let look = Look::new(world);
    let causes = Causes::of(look);
    let turns = causes.turns(key);
    let of = |revision: Option<u64>| {
        revision
            .map(|revision| causes.of_revision(revision))
            .unwrap_or_default()
    };
    let Some(object) = look.store.find(key) else {
        return gone(&look, key, &causes, turns);
    };
    let (findings, nodes) = find(&look, object);
    let health = judge(&findings);
    let mut as_it_is = of(turns.changed);
    // What befell a machine is told while nobody has noticed, and is all that there is to tell of a node. What befell a
    // disk nobody ever notices.
    let machine = unnoticed(&look, object).or(match object {
        Object::Node(node) => Some(&*node.metadata.name),
        _ => None,
    });
    let befell: Vec<_> = machine.map(|node| causes.befell(node)).unwrap_or_default();
    if matches!(object, Object::Node(_))
        && befell
            .last()
            .is_some_and(|last| as_it_is.iter().all(|c| c.at < last.at))
    {
        as_it_is.clear();
    }
    let disks = disk::faulty(&look, object);
    as_it_is.extend(befell);
    as_it_is.extend(disks.iter().flat_map(|id| causes.befell(id)));
    if findings.iter().any(|finding| finding.stuck.is_of_an_image()) {
        let images = containers::images(&look, object).into_iter();
        as_it_is.extend(images.flat_map(|image| causes.told_of_image(&image)));
    }
    as_it_is.sort_by_key(|cause| (cause.at, cause.step));
    as_it_is.dedup_by_key(|cause| cause.step);
    Why {
        object: key.clone(),
        now: look.now,
        health,
        state: state(object),
        findings,
        nodes,
        as_it_is,
        exists: of(turns.made),
    }
}

/// Returns the node of an object whose machine is not well while the API server still believes that it is.
fn unnoticed<'o>(look: &Look<'_>, object: &'o Object) -> Option<&'o str> {
    let node: &str = match object {
        Object::Node(node) => &node.metadata.name,
        Object::Pod(pod) => &pod.spec.node_name,
        _ => return None,
    };
    let believed = look.node(node).is_some_and(|node| node.is_ready());
    (believed && look.plight(node) != Plight::Fine).then_some(node)
}

/// Explains an object that is not there: who asked it to go, or that there never was one.
fn gone(look: &Look<'_>, key: &Key, causes: &Causes<'_>, turns: Turns) -> Why {
    let mut as_it_is = Vec::new();
    // The wish first, then the end: between the two, something held it.
    for revision in [turns.doomed, turns.gone].into_iter().flatten() {
        let more = causes.of_revision(revision);
        as_it_is.extend(
            more.into_iter()
                .filter(|cause| !as_it_is.contains(cause))
                .collect::<Vec<_>>(),
        );
    }
    let (health, state) = match turns.gone {
        Some(_) => (Health::Gone, Said::new("gone", "사라짐")),
        None => (
            Health::Unknown,
            Said::new("there never was such an object", "그런 오브젝트가 있었던 적이 없음"),
        ),
    };
    Why {
        object: key.clone(),
        now: look.now,
        health,
        state,
        findings: vec![],
        nodes: vec![],
        as_it_is,
        exists: turns.made.map(|made| causes.of_revision(made)).unwrap_or_default(),
    }
}

/// Finds what keeps an object from being as it was asked to be.
fn find(look: &Look<'_>, object: &Object) -> (Vec<Finding>, Vec<Verdicts>) {
    let mut found = match object {
        Object::Pod(pod) => return pod::find(look, pod),
        Object::Deployment(deployment) => workload::of_deployment(look, deployment),
        Object::ReplicaSet(set) => workload::of_replica_set(look, set),
        Object::StatefulSet(set) => workload::of_stateful_set(look, set),
        Object::DaemonSet(set) => workload::of_daemon_set(look, set),
        Object::Job(job) => batch::of_job(look, job),
        Object::CronJob(cron) => batch::of_cron_job(look, cron),
        Object::PersistentVolumeClaim(claim) => return (storage::of_claim(look, claim), vec![]),
        Object::PersistentVolume(volume) => return (storage::of_volume(look, volume), vec![]),
        Object::VolumeAttachment(attachment) => return (cluster::of_attachment(look, attachment), vec![]),
        Object::Service(service) => service::find(look, service),
        Object::Node(node) => cluster::of_node(look, node),
        Object::PodDisruptionBudget(budget) => cluster::of_budget(look, budget),
        Object::Namespace(namespace) if namespace.metadata.is_terminating() => leaving::of_namespace(look, namespace),
        _ => vec![],
    };
    if found.is_empty() {
        // What its pods stand on may fail them at any time.
        found = disk::of_pods(look, object);
    }
    let held = leaving::finalizers(look, object);
    if !held.is_empty() {
        found.splice(..0, held);
    }
    (found, vec![])
}

/// Judges by what was found.
fn judge(findings: &[Finding]) -> Health {
    if findings.is_empty() {
        return Health::Well;
    }
    let counts = |finding: &&Finding| finding.stuck != Stuck::FirstConsumer || !finding.ways.is_empty();
    let mut counting = findings.iter().filter(counts).peekable();
    if counting.peek().is_none() {
        return Health::Well;
    }
    match counting.any(|finding| matches!(finding.mover, Mover::Person | Mover::Machine(_))) {
        true => Health::Stuck,
        false => Health::Moving,
    }
}

/// Says in a few words how an object is.
fn state(object: &Object) -> Said {
    let word = match object {
        _ if object.meta().is_terminating() => "Terminating".to_owned(),
        Object::Pod(pod) => {
            let waiting = pod
                .status
                .init_container_statuses
                .iter()
                .chain(&pod.status.container_statuses);
            let mut waiting = waiting.filter_map(|status| status.state.waiting.as_ref());
            let wait = waiting
                .find(|wait| !wait.reason.is_empty())
                .map(|wait| format!(" ({})", wait.reason));
            let ready = match (pod.status.phase, pod.is_ready()) {
                (Phase::Running, true) => ", ready",
                (Phase::Running, false) if wait.is_none() => ", not ready",
                _ => "",
            };
            let node = match pod.spec.node_name.is_empty() {
                true => String::new(),
                false => format!(", {}", pod.spec.node_name),
            };
            format!("{:?}{}{ready}{node}", pod.status.phase, wait.unwrap_or_default())
        }
        Object::Deployment(d) => format!("{}/{} ready", d.status.ready_replicas, d.spec.replicas),
        Object::ReplicaSet(r) => format!("{}/{} ready", r.status.ready_replicas, r.spec.replicas),
        Object::StatefulSet(s) => format!("{}/{} ready", s.status.ready_replicas, s.spec.replicas),
        Object::DaemonSet(d) => format!("{}/{} ready", d.status.number_ready, d.status.desired_number_scheduled),
        Object::Job(job) => match job.finished() {
            Some(end) => end.kind.to_string(),
            None if job.spec.suspend => "Suspended".to_owned(),
            None => format!(
                "Running, {} ended well, {} failed",
                job.status.succeeded, job.status.failed
            ),
        },
        Object::PersistentVolumeClaim(claim) => format!("{:?}", claim.status.phase),
        Object::PersistentVolume(volume) => match volume.status.phase {
            VolumePhase::Bound => "Bound".to_owned(),
            phase => format!("{phase:?}"),
        },
        Object::Node(node) => match (node.is_ready(), node.spec.unschedulable) {
            (true, false) => "Ready".to_owned(),
            (true, true) => "Ready, cordoned".to_owned(),
            (false, false) => "NotReady".to_owned(),
            (false, true) => "NotReady, cordoned".to_owned(),
        },
        Object::VolumeAttachment(attachment) => match attachment.status.attached {
            true => "attached".to_owned(),
            false => "not attached".to_owned(),
        },
        Object::PodDisruptionBudget(budget) => format!("{} disruptions allowed", budget.status.disruptions_allowed),
        Object::Namespace(namespace) => namespace.status.phase.to_string(),
        _ => return Said::new("there", "있음"),
    };
    Said::plain(word)
}
