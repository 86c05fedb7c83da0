//! The pod garbage collector: pods that no kubelet will ever bury (pkg/controller/podgc/gc_controller.go).
//!
//! Kubernetes looks every twenty seconds; here the same ticks are kept, but only those at which there is something to
//! see. Left out: pods that are asked to go and were never scheduled, as the API server removes those at once.

use super::{Actor, Change, Effect, View};
use crate::api::{Condition, Key, Kind, Node, Object, Phase, Pod, Resource, Time, condition};
use crate::store::DeleteOptions;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often it looks (`gcCheckPeriod`).
const TICK_MS: i64 = 20_000;

/// How long a node must be missing before its pods are taken for lost (`quarantineTime`).
const QUARANTINE_MS: i64 = 40_000;

/// How many ended pods are kept (`--terminated-pod-gc-threshold`).
const ENDED_KEPT: i64 = 12_500;

const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// The controller and its memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PodGarbageCollector {
    /// The next tick at which there is something to see.
    due: Option<Time>,
    /// The missing nodes that pods name, and since when they are known to be missing.
    missing: BTreeMap<Arc<str>, Time>,
    /// How many ended pods there are.
    ended: i64,
}

/// Returns the key under which it works: it looks at all pods at once.
fn all_pods() -> Key {
    Key::cluster(Kind::Pod, "")
}

/// Returns the first tick after an instant.
fn tick_after(at: Time) -> Time {
    Time((at.0.div_euclid(TICK_MS) + 1) * TICK_MS)
}

impl Actor for PodGarbageCollector {
    const NAME: &'static str = "pod-garbage-collector";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Node, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let is_suspect = match change.object() {
            Object::Node(node) => change.after.is_none() || is_out_of_service(node),
            Object::Pod(_) => {
                let ended = |object: Option<&Object>| {
                    let pod = object.and_then(Pod::of);
                    i64::from(pod.is_some_and(|pod| pod.status.phase.is_terminal()))
                };
                self.ended += ended(change.after) - ended(change.before);
                let pod = change.after.and_then(Pod::of);
                pod.is_some_and(|pod| is_lost(pod, view)) || self.ended > ENDED_KEPT
            }
            _ => false,
        };
        if is_suspect && self.due.is_none() {
            self.due = Some(tick_after(view.now));
            wake.push(all_pods());
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(due) = self.due else { return vec![] };
        if view.now < due {
            return vec![Effect::WakeAt(key.clone(), due)];
        }
        self.due = None;
        let mut effects = vec![];
        if self.ended > ENDED_KEPT {
            effects.extend(self.drop_ended(view));
        }
        effects.extend(
            view.list::<Pod>("")
                .filter(|pod| is_out(pod, view))
                .flat_map(|pod| bury(pod, None)),
        );
        effects.extend(self.bury_lost(view));
        if !self.missing.is_empty() {
            let next = tick_after(view.now);
            self.due = Some(next);
            effects.push(Effect::WakeAt(key.clone(), next));
        }
        effects
    }
}

impl PodGarbageCollector {
    /// Deletes the oldest of the ended pods beyond the limit (`gcTerminated`).
    fn drop_ended(&self, view: &View<'_>) -> Vec<Effect> {
        let mut ended: Vec<_> = view
            .list::<Pod>("")
            .filter(|pod| pod.status.phase.is_terminal())
            .collect();
        ended.sort_by_key(|pod| (pod.metadata.creation_timestamp, pod.metadata.name.clone()));
        let excess = usize::try_from(self.ended - ENDED_KEPT).unwrap_or_default();
        ended.into_iter().take(excess).flat_map(|pod| bury(pod, None)).collect()
    }

    /// Buries the pods of nodes that have been missing for long enough (`gcOrphaned`).
    fn bury_lost(&mut self, view: &View<'_>) -> Vec<Effect> {
        let is_missing = |pod: &&Arc<Pod>| pod.is_scheduled() && view.get::<Node>("", &pod.spec.node_name).is_none();
        let lost: Vec<_> = view.list::<Pod>("").filter(is_missing).collect();
        let names: BTreeSet<Arc<str>> = lost.iter().map(|pod| pod.spec.node_name.clone()).collect();
        self.missing.retain(|node, _| names.contains(node));
        for name in names {
            self.missing.entry(name).or_insert(view.now);
        }
        let is_over = |pod: &Pod| view.now - self.missing[&pod.spec.node_name] >= QUARANTINE_MS;
        lost.into_iter()
            .filter(|pod| is_over(pod))
            .flat_map(|pod| {
                let why = ("DeletionByPodGC", "PodGC: node no longer exists");
                bury(
                    pod,
                    Some(Condition::new("DisruptionTarget", true, why.0, why.1, view.now)),
                )
            })
            .collect()
    }
}

/// Says whether a node is marked as one that will not come back soon.
fn is_out_of_service(node: &Node) -> bool {
    !node.is_ready() && node.spec.taints.iter().any(|taint| taint.key == OUT_OF_SERVICE)
}

/// Says whether a pod is asked to go on a node that is out of service (`gcTerminating`).
fn is_out(pod: &Pod, view: &View<'_>) -> bool {
    pod.metadata.is_terminating()
        && view
            .get::<Node>("", &pod.spec.node_name)
            .is_some_and(|node| is_out_of_service(node))
}

/// Says whether a pod may be one to bury: its node is missing, or out of service.
fn is_lost(pod: &Pod, view: &View<'_>) -> bool {
    let is_homeless = pod.is_scheduled() && view.get::<Node>("", &pod.spec.node_name).is_none();
    is_homeless || is_out(pod, view)
}

/// Marks a pod as failed, unless it has ended, and deletes it without grace (`markFailedAndDeletePodWithCondition`).
fn bury(pod: &Arc<Pod>, why: Option<Condition>) -> Vec<Effect> {
    let mut effects = vec![];
    if !pod.status.phase.is_terminal() {
        let mut failed = Pod::clone(pod);
        failed.status.phase = Phase::Failed;
        if let Some(why) = why {
            condition::set(&mut failed.status.conditions, why);
        }
        // No kubelet is there to write against.
        failed.metadata.resource_version = 0;
        effects.push(Effect::update_status(failed));
    }
    let options = DeleteOptions {
        grace_seconds: Some(0),
        uid: Some(pod.metadata.uid),
        ..DeleteOptions::default()
    };
    effects.push(Effect::Delete(pod.key(), options));
    effects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::ActorId;
    use crate::actors::stage::Stage;
    use crate::api::Taint;

    fn pod(stage: &mut Stage, name: &str, node: &str) {
        let mut pod = Pod::default();
        (pod.metadata.name, pod.metadata.namespace) = (name.into(), "default".into());
        stage.put(pod);
        stage.run_pod(name, node, true);
    }

    fn node(stage: &mut Stage, name: &str, ready: bool) {
        let mut node = Node::default();
        node.metadata.name = name.into();
        node.status.conditions = vec![Condition::new("Ready", ready, "", "", stage.now)];
        stage.put(node);
    }

    #[test]
    fn pods_of_a_missing_node_are_buried_after_the_quarantine() {
        // fidelity s11: 47 s after the pod was made; two ticks after the first that saw it.
        let mut stage = Stage::new(&[ActorId::podgc]);
        stage.pass(13_000);
        pod(&mut stage, "lost", "nowhere");
        stage.pass(46_999);
        assert_eq!(stage.names::<Pod>(), ["lost"]);
        stage.pass(1);
        assert!(stage.names::<Pod>().is_empty());
        assert!(stage.take_events().is_empty(), "without a word");
    }

    #[test]
    fn a_node_that_comes_back_in_time_saves_its_pods() {
        let mut stage = Stage::new(&[ActorId::podgc]);
        node(&mut stage, "a", true);
        pod(&mut stage, "db", "a");
        stage.delete::<Node>("a", DeleteOptions::default());
        stage.pass(45_000);
        node(&mut stage, "a", true);
        stage.pass(100_000);
        assert_eq!(stage.names::<Pod>(), ["db"]);
    }

    #[test]
    fn on_a_node_out_of_service_the_terminating_are_failed_and_removed() {
        // fidelity s07.
        let mut stage = Stage::new(&[ActorId::podgc]);
        node(&mut stage, "a", false);
        pod(&mut stage, "going", "a");
        pod(&mut stage, "staying", "a");
        stage.delete::<Pod>("going", DeleteOptions::default());
        stage.pass(100_000);
        assert_eq!(
            stage.names::<Pod>().len(),
            2,
            "an unreachable node alone proves nothing"
        );
        stage.edit::<Node>("a", |node| {
            node.spec.taints.push(Taint {
                key: OUT_OF_SERVICE.to_owned(),
                ..Taint::default()
            });
        });
        stage.pass(20_000);
        assert_eq!(stage.names::<Pod>(), ["staying"]);
    }

    #[test]
    fn a_pod_without_trouble_wakes_nobody() {
        let mut stage = Stage::new(&[ActorId::podgc]);
        node(&mut stage, "a", true);
        pod(&mut stage, "db", "a");
        stage.pass(1_000_000);
        assert_eq!(stage.runs, 0);
    }
}
