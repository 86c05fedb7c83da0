//! Clears away pods that nobody else can: those of nodes that do not exist, those that were deleted before they were
//! scheduled, and those that hang on a node which a person has declared dead.
//!
//! Source: pkg/controller/podgc. Left out: the bound of 12,500 ended pods.

use super::node_pods::NodePods;
use super::{Actor, Change, Effect, View};
use crate::api::{Condition, Key, Kind, Node, Phase, Pod, Resource, Time, condition};
use crate::store::DeleteOptions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The controller and what it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PodGc {
    pods: NodePods,
    /// Since when a node is missed that has pods.
    missed: BTreeMap<Arc<str>, Time>,
}

impl Actor for PodGc {
    const NAME: &'static str = "pod-garbage-collector";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Pod, Kind::Node]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let key = change.object().key();
        if let Some(pod) = Pod::of(change.object()) {
            self.pods.heed(change);
            if change.after.is_none() {
                return;
            }
            if pod.metadata.is_terminating() {
                wake.push(key);
            }
            let stayed = change
                .before
                .and_then(Pod::of)
                .is_some_and(|old| old.spec.node_name == pod.spec.node_name);
            let node = Key::cluster(Kind::Node, pod.spec.node_name.clone());
            if !stayed && pod.is_scheduled() && view.find(&node).is_none() {
                wake.push(node);
            }
            return;
        }
        let (before, after) = (change.before.and_then(Node::of), change.after.and_then(Node::of));
        let is_dead = |node: Option<&Arc<Node>>| node.is_some_and(|node| is_dead(node));
        if after.is_none() || is_dead(before) != is_dead(after) {
            wake.push(key);
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::Pod {
            let pod = view.get::<Pod>(&key.namespace, &key.name);
            return pod.map_or(vec![], |pod| clear_terminating(view, key, pod));
        }
        match view.get::<Node>("", &key.name) {
            Some(node) => {
                self.missed.remove(&key.name);
                let pods = self
                    .pods
                    .on(&key.name, view)
                    .filter(|pod| is_dead(node) && pod.metadata.is_terminating());
                pods.map(|pod| Effect::WakeAt(pod.key(), view.now)).collect()
            }
            None => self.clear_orphans(view, key),
        }
    }
}

impl PodGc {
    /// Clears the pods of a node that does not exist, once it has been missed for long enough (`gcOrphaned`).
    fn clear_orphans(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if self.pods.on(&key.name, view).next().is_none() {
            self.missed.remove(&key.name);
            return vec![];
        }
        let tick = tick(view);
        if view.now < tick {
            return vec![Effect::WakeAt(key.clone(), tick)];
        }
        let since = *self.missed.entry(key.name.clone()).or_insert(view.now);
        if view.now - since < view.settings.pod_gc_quarantine {
            return vec![Effect::WakeAt(key.clone(), since + view.settings.pod_gc_quarantine)];
        }
        self.missed.remove(&key.name);
        let message = "PodGC: node no longer exists";
        let why = Condition::new("DisruptionTarget", true, "DeletionByPodGC", message, view.now);
        self.pods
            .on(&key.name, view)
            .flat_map(|pod| clear(pod, Some(why.clone())))
            .collect()
    }
}

/// Clears a pod that was deleted and that no kubelet will ever let go (`gcTerminating`, `gcUnscheduledTerminating`).
fn clear_terminating(view: &View<'_>, key: &Key, pod: &Arc<Pod>) -> Vec<Effect> {
    let hangs = !pod.is_scheduled()
        || view
            .get::<Node>("", &pod.spec.node_name)
            .is_some_and(|node| is_dead(node));
    if !hangs || !pod.metadata.is_terminating() {
        return vec![];
    }
    let tick = tick(view);
    if view.now < tick {
        return vec![Effect::WakeAt(key.clone(), tick)];
    }
    clear(pod, None)
}

/// Marks a pod as failed, if it has not ended by itself, and deletes it by force.
fn clear(pod: &Arc<Pod>, why: Option<Condition>) -> Vec<Effect> {
    let mut effects = vec![];
    if !pod.status.phase.is_terminal() {
        let mut failed = Pod::clone(pod);
        failed.status.phase = Phase::Failed;
        if let Some(why) = why {
            condition::set(&mut failed.status.conditions, why);
        }
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

/// Says whether a node is not well and a person has declared it out of service.
fn is_dead(node: &Node) -> bool {
    let declared = node
        .spec
        .taints
        .iter()
        .any(|taint| taint.key == "node.kubernetes.io/out-of-service");
    declared && !node.is_ready()
}

/// Returns this instant if the controller looks now, or the next at which it does.
fn tick(view: &View<'_>) -> Time {
    let period = view.settings.pod_gc_period.max(1);
    let passed = (view.now - Time::EPOCH).rem_euclid(period);
    if passed == 0 {
        view.now
    } else {
        view.now + (period - passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::bench::Bench;
    use serde_json::json;

    type Story = Bench<PodGc>;

    fn stage(node: &str) -> Story {
        let mut story = Story::new();
        let conditions = json!([{"type": "Ready", "status": "Unknown"}]);
        story.put(
            Kind::Node,
            json!({"metadata": {"name": "node-a1"}, "status": {"conditions": conditions}}),
        );
        let spec = json!({"nodeName": node, "containers": []});
        story.put(
            Kind::Pod,
            json!({"metadata": {"name": "db-0"}, "spec": spec, "status": {"phase": "Running"}}),
        );
        story.run();
        story
    }

    fn is_there(story: &Story) -> bool {
        story.find::<Pod>("db-0").is_some()
    }

    #[test]
    fn a_pod_that_hangs_on_a_dead_node_is_cleared_when_a_person_says_that_it_is_dead() {
        let mut story = stage("node-a1");
        story.delete(Kind::Pod, "db-0");
        story.pass(3_605_000);
        assert!(is_there(&story));
        let taint = json!({"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"});
        story.change::<Node>("node-a1", |n| {
            n.spec.taints.push(serde_json::from_value(taint).unwrap())
        });
        story.pass(14_000);
        assert!(is_there(&story), "it looks every twenty seconds");
        story.pass(1_000);
        assert!(!is_there(&story));
        assert_eq!(story.wrote(), ["status pod/db-0", "delete pod/db-0"]);
    }

    #[test]
    fn a_pod_that_was_not_deleted_stays_on_a_dead_node() {
        let mut story = stage("node-a1");
        let taint = json!({"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"});
        story.change::<Node>("node-a1", |n| {
            n.spec.taints.push(serde_json::from_value(taint).unwrap())
        });
        story.pass(60_000);
        assert!(is_there(&story));
    }

    #[test]
    fn a_pod_on_a_node_that_does_not_exist_is_cleared_after_forty_seconds() {
        let mut story = stage("node-z9");
        story.pass(39_000);
        assert!(is_there(&story));
        story.pass(21_000);
        assert!(!is_there(&story));
    }

    #[test]
    fn a_pod_on_a_living_node_is_left_to_its_kubelet() {
        let mut story = stage("node-a1");
        story.delete(Kind::Pod, "db-0");
        story.pass(3_600_000);
        assert!(is_there(&story));
    }
}
