//! reaches-what-was-asked: the desired state stays, so the cluster reaches it.

use super::{Check, When};
use crate::api::storage::ClaimPhase;
use crate::api::{
    ConditionStatus, Deployment, Key, Object, PersistentVolumeClaim, Phase, Pod, StatefulSet, StorageClass,
    storage::BindingMode,
};
use crate::sim::World;

/// As many pods are ready as were asked for, and every claim that a pod waits for is bound.
pub const CHECK: Check = Check {
    name: "reaches-what-was-asked",
    claim: "As many pods are ready as were asked for, and every claim is bound.",
    premise: "There is room, every image exists, and nothing has failed for good.",
    when: When::Settled,
    meets,
    holds,
};

/// Counts the objects that ask for something.
fn meets(world: &World) -> usize {
    let store = world.store();
    let objects = store.kinds().flat_map(|kind| store.objects(kind, ""));
    objects
        .filter(|object| object.meta().controller().is_none() && look(world, object).is_some())
        .count()
}

fn holds(world: &World, about: Option<&Key>) -> Result<String, String> {
    let store = world.store();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for kind in store.kinds() {
        for object in store.objects(kind, "") {
            if about.is_some_and(|key| object.key() != *key) {
                continue;
            }
            // A pod that somebody manages is its manager's business, and so is a set that a Deployment manages.
            if about.is_none() && object.meta().controller().is_some() {
                continue;
            }
            match look(world, object) {
                Some(Ok(())) => seen += 1,
                Some(Err(why)) => wrong.push(why),
                None => (),
            }
        }
    }
    if let Some(key) = about.filter(|_| seen == 0 && wrong.is_empty()) {
        return Err(format!("there is no {key}"));
    }
    if wrong.is_empty() {
        Ok(format!("{seen} asked for, {seen} as asked"))
    } else {
        Err(wrong.join("; "))
    }
}

/// Says whether one object has become what it asks to be; None when it asks for nothing.
fn look(world: &World, object: &Object) -> Option<Result<(), String>> {
    let key = object.key();
    let count = |want: i64, have: i64, what: &str| {
        if want == have {
            Ok(())
        } else {
            Err(format!("{key} asks for {want} {what} and has {have}"))
        }
    };
    match object {
        Object::Deployment(d) => Some(deployment(d, &count)),
        Object::ReplicaSet(set) => Some(count(set.spec.replicas, set.status.ready_replicas, "ready pods")),
        Object::StatefulSet(set) => Some(stateful_set(set, &count)),
        Object::DaemonSet(set) => Some(count(
            set.status.desired_number_scheduled,
            set.status.number_ready,
            "ready pods",
        )),
        Object::Job(job) => Some(match job.status.conditions.iter().find(|c| c.kind == "Failed") {
            Some(c) if c.status == ConditionStatus::True => Err(format!("{key} has failed: {}", c.message)),
            _ if job.status.completion_time.is_some() => Ok(()),
            _ => Err(format!("{key} is not complete")),
        }),
        Object::Pod(pod) => Some(match pod.status.phase {
            Phase::Succeeded => Ok(()),
            Phase::Running if pod.is_ready() && !pod.metadata.is_terminating() => Ok(()),
            phase => Err(format!("{key} is {}", told(pod, phase))),
        }),
        Object::PersistentVolumeClaim(claim) => claim_is_bound(world, claim),
        _ => None,
    }
}

fn told(pod: &Pod, phase: Phase) -> String {
    let waiting = pod
        .status
        .container_statuses
        .iter()
        .find_map(|s| s.state.waiting.as_ref());
    match waiting {
        _ if pod.metadata.is_terminating() => "asked to end and still there".to_owned(),
        Some(waiting) => format!("{phase:?} ({})", waiting.reason),
        None if phase == Phase::Running => "running and not ready".to_owned(),
        None => format!("{phase:?}"),
    }
}

fn deployment(d: &Deployment, count: &dyn Fn(i64, i64, &str) -> Result<(), String>) -> Result<(), String> {
    count(d.spec.replicas, d.status.ready_replicas, "ready pods")?;
    count(
        d.spec.replicas,
        d.status.updated_replicas,
        "pods of its newest template",
    )?;
    count(d.spec.replicas, d.status.replicas, "pods")
}

fn stateful_set(set: &StatefulSet, count: &dyn Fn(i64, i64, &str) -> Result<(), String>) -> Result<(), String> {
    count(set.spec.replicas, set.status.ready_replicas, "ready pods")?;
    count(set.spec.replicas, set.status.replicas, "pods")?;
    let partition = set
        .spec
        .update_strategy
        .rolling_update
        .as_ref()
        .map_or(0, |r| r.partition);
    if set.spec.update_strategy.kind == "RollingUpdate" && partition == 0 {
        count(
            set.spec.replicas,
            set.status.updated_replicas,
            "pods of its newest template",
        )?;
    }
    Ok(())
}

/// A claim that waits for its first consumer, and has none, is as it should be.
fn claim_is_bound(world: &World, claim: &PersistentVolumeClaim) -> Option<Result<(), String>> {
    let name = &claim.metadata.name;
    match claim.status.phase {
        ClaimPhase::Bound => Some(Ok(())),
        ClaimPhase::Lost => Some(Err(format!("pvc/{name} has lost its volume"))),
        ClaimPhase::Pending => {
            let class = claim.spec.storage_class_name.as_deref().unwrap_or_default();
            let waits = world.store().get::<StorageClass>("", class);
            let waits = waits.is_some_and(|class| class.volume_binding_mode == BindingMode::WaitForFirstConsumer);
            let mut pods = world.store().list::<Pod>(&claim.metadata.namespace);
            let wanted = pods.any(|pod| pod.claims().any(|used| *used == **name));
            (!waits || wanted).then(|| Err(format!("pvc/{name} is Pending")))
        }
    }
}
