//! What became of an object.

use super::reasons::Warnings;
use crate::api::storage::ClaimPhase;
use crate::api::{Key, Kind, Object, Pod, Resource, Service};
use crate::sim::World;
use serde::Serialize;

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
pub(super) fn became(world: &World, warnings: &Warnings<'_>, key: &Key) -> Option<Became> {
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
        let nobody = nobody_behind(world, service).map(|why| ("no endpoint", why));
        let vain = nobody.or_else(|| Some(("refused", refusing(world, service)?)));
        return vain.map(|(state, why)| described(false, state.to_owned(), vec![why]));
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
            let mut reasons = warnings.reasons(object);
            if reasons.is_empty() {
                reasons.push(why);
            }
            Some(described(false, state, reasons))
        }
    }
}

/// Finds out which things that are as they ask to be are in danger none the less: two databases on one set of files are
/// ready both, and spoil what they write. They then are not healthy.
pub(super) fn endangered(world: &World, became: Vec<Became>) -> Vec<Became> {
    let check = crate::checks::find("one-writer").expect("the check is one of ours");
    // It looks at all that runs: whoever it does not concern is not asked about one by one.
    if (check.holds)(world, None).is_ok() {
        return became;
    }
    let broken = |key: &Key| {
        let pods = match world.store().find(key)? {
            Object::Pod(pod) => vec![pod],
            object => world.store().pods_of(object.meta().uid),
        };
        pods.iter().find_map(|pod| (check.holds)(world, Some(&pod.key())).err())
    };
    let judged = |became: Became| match became.healthy.then(|| broken(&became.key)).flatten() {
        Some(why) => Became {
            healthy: false,
            reasons: vec![why, ONE_WRITER.to_owned()],
            ..became
        },
        None => became,
    };
    became.into_iter().map(judged).collect()
}

const ONE_WRITER: &str = "each spoils what the other writes: run one replica with strategy Recreate, or a StatefulSet, whose volumeClaimTemplates give each pod a volume of its own";

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

/// A Service that sends connections to a port at which a ready pod refuses them.
fn refusing(world: &World, service: &Service) -> Option<String> {
    if service.is_headless() {
        return None;
    }
    let refusing = world.refusing(service)?;
    let (port, target) = (service.spec.ports[refusing.at].port, refusing.target);
    let ears: Vec<String> = refusing.ears.iter().map(u16::to_string).collect();
    let there = match &*ears {
        [] => "which listens to no other pod".to_owned(),
        ears => format!("which listens at {}", ears.join(", ")),
    };
    Some(format!(
        "connections to port {port} are refused: they are sent to port {target} of pod/{}, {there}",
        refusing.pod.metadata.name
    ))
}

/// A Service that selects pods and reaches none.
fn nobody_behind(world: &World, service: &Service) -> Option<String> {
    let selector = &service.spec.selector;
    if selector.is_empty() {
        return None;
    }
    let mut pods = world.store().list::<Pod>(&service.metadata.namespace);
    let selected = pods.any(|pod| service.selects(pod));
    let labels: Vec<String> = selector.iter().map(|(k, v)| format!("{k}={v}")).collect();
    (!selected).then(|| format!("no pod is labelled {}", labels.join(",")))
}
