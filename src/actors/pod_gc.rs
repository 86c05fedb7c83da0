//! Clears away pods that nobody else can: those of nodes that do not exist, those that hang on a node which a person has
//! declared dead, those that were deleted before they were scheduled, and the oldest of too many that have ended.
//!
//! Source: pkg/controller/podgc/gc_controller.go. It looks at all pods at once, at the ticks of a period; here only at
//! those ticks at which there is something to see. The ticks are multiples of the period since the epoch, as nobody can
//! tell when the real controller was started. Left out: that pods evicted by a node under pressure go first among the
//! ended, as no node is under pressure here.

use super::{Actor, Change, Effect, View};
use crate::api::{Condition, Key, Kind, Node, Object, Phase, Pod, Resource, Time, Uid, condition};
use crate::store::DeleteOptions;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The controller and what it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PodGc {
    /// The next tick at which there is something to see.
    due: Option<Time>,
    /// The nodes in quarantine: pods name them, and at this tick they were found missing (`nodeQueue`).
    missing: BTreeMap<Arc<str>, Time>,
    /// How many ended pods there are.
    ended: i64,
    /// The pods to be cleared, each in a run of its own: a refusal keeps no other from being cleared.
    doomed: BTreeMap<Uid, Why>,
}

/// Why a pod is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Why {
    /// There are too many ended pods (`gcTerminated`).
    Ended,
    /// It was deleted, and no kubelet will let it go (`gcTerminating`, `gcUnscheduledTerminating`).
    Hangs,
    /// Its node does not exist (`gcOrphaned`).
    Orphaned,
}

impl Actor for PodGc {
    const NAME: &'static str = "pod-garbage-collector";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Pod, Kind::Node]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let is_suspect = match change.object() {
            Object::Node(node) => change.after.is_none() || is_out_of_service(node),
            Object::Pod(pod) => {
                let ended = |object: Option<&Object>| {
                    let pod = object.and_then(Pod::of);
                    i64::from(pod.is_some_and(|pod| pod.status.phase.is_terminal()))
                };
                self.ended += ended(change.after) - ended(change.before);
                if change.after.is_none() {
                    self.doomed.remove(&pod.metadata.uid);
                    return;
                }
                is_homeless(pod, view) || hangs(pod, view) || self.excess(view) > 0
            }
            _ => false,
        };
        if is_suspect && self.due.is_none() {
            self.due = Some(tick_after(view));
            wake.push(all_pods());
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if *key == all_pods() {
            return self.round(view, key);
        }
        let Some(pod) = view.get::<Pod>(&key.namespace, &key.name) else {
            return vec![];
        };
        let why = self.doomed.get(&pod.metadata.uid);
        why.map_or(vec![], |why| clear(pod, *why, view.now))
    }
}

impl PodGc {
    /// Looks at all pods, if it is time to, and wakes those that are to be cleared.
    fn round(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(due) = self.due else { return vec![] };
        if view.now < due {
            return vec![Effect::WakeAt(key.clone(), due)];
        }
        self.due = None;
        let too_many = self.too_many(view).into_iter().map(|pod| (pod, Why::Ended));
        let hanging = view.list::<Pod>("").filter(|pod| hangs(pod, view));
        let hanging = hanging.map(|pod| (pod, Why::Hangs));
        let found: Vec<(&Arc<Pod>, Why)> = too_many.chain(hanging).collect();
        let orphans = self.orphans(view).into_iter().map(|pod| (pod, Why::Orphaned));
        let mut effects = Vec::new();
        for (pod, why) in found.into_iter().chain(orphans) {
            self.doomed.insert(pod.metadata.uid, why);
            effects.push(Effect::WakeAt(pod.key(), view.now));
        }
        if !self.missing.is_empty() {
            let next = tick_after(view);
            self.due = Some(next);
            effects.push(Effect::WakeAt(key.clone(), next));
        }
        effects
    }

    /// Returns how many ended pods there are beyond those that are kept.
    fn excess(&self, view: &View<'_>) -> i64 {
        match view.settings.terminated_pod_gc_threshold {
            threshold if threshold > 0 => (self.ended - threshold).max(0),
            _ => 0,
        }
    }

    /// Returns the ended pods beyond those that are kept, the oldest of all (`byEvictionAndCreationTimestamp`).
    fn too_many<'v>(&self, view: &View<'v>) -> Vec<&'v Arc<Pod>> {
        let excess = usize::try_from(self.excess(view)).unwrap_or_default();
        if excess == 0 {
            return vec![];
        }
        let mut ended: Vec<_> = view
            .list::<Pod>("")
            .filter(|pod| pod.status.phase.is_terminal())
            .collect();
        ended.sort_by_key(|pod| {
            let meta = &pod.metadata;
            (meta.creation_timestamp, meta.name.clone(), meta.namespace.clone())
        });
        ended.truncate(excess);
        ended
    }

    /// Returns the pods of nodes whose quarantine is over, and puts nodes that are newly missing into quarantine.
    fn orphans<'v>(&mut self, view: &View<'v>) -> Vec<&'v Arc<Pod>> {
        let mut homeless: Vec<_> = view.list::<Pod>("").filter(|pod| is_homeless(pod, view)).collect();
        for pod in &homeless {
            self.missing.entry(pod.spec.node_name.clone()).or_insert(view.now);
        }
        // A node that came back leaves the quarantine like any other, only that nothing is done then.
        let is_over = |since: &Time| view.now - *since >= view.settings.pod_gc_quarantine;
        let gone = self.missing.extract_if(.., |_, since| is_over(since));
        let gone: BTreeSet<Arc<str>> = gone.map(|(node, _)| node).collect();
        homeless.retain(|pod| gone.contains(&pod.spec.node_name));
        homeless
    }
}

/// Returns the key under which it looks at all pods.
fn all_pods() -> Key {
    Key::cluster(Kind::Pod, "")
}

/// Returns the first tick after this instant.
fn tick_after(view: &View<'_>) -> Time {
    let period = view.settings.pod_gc_period.max(1);
    view.now + (period - (view.now - Time::EPOCH).rem_euclid(period))
}

/// Says whether a pod was given to a node that does not exist.
fn is_homeless(pod: &Pod, view: &View<'_>) -> bool {
    pod.is_scheduled() && view.get::<Node>("", &pod.spec.node_name).is_none()
}

/// Says whether a pod was deleted and no kubelet will ever let it go.
fn hangs(pod: &Pod, view: &View<'_>) -> bool {
    let node = || view.get::<Node>("", &pod.spec.node_name);
    pod.metadata.is_terminating() && (!pod.is_scheduled() || node().is_some_and(|node| is_out_of_service(node)))
}

/// Says whether a node is not well and a person has declared it out of service.
fn is_out_of_service(node: &Node) -> bool {
    let declared = |key: &str| node.spec.taints.iter().any(|taint| taint.key == key);
    !node.is_ready() && declared("node.kubernetes.io/out-of-service")
}

/// Marks a pod as failed, if it has not ended by itself, and deletes it by force (`markFailedAndDeletePodWithCondition`).
fn clear(pod: &Arc<Pod>, why: Why, now: Time) -> Vec<Effect> {
    let mut effects = vec![];
    if !pod.status.phase.is_terminal() {
        let mut failed = Pod::clone(pod);
        failed.status.phase = Phase::Failed;
        if why == Why::Orphaned {
            let message = "PodGC: node no longer exists";
            let disrupted = Condition::new("DisruptionTarget", true, "DeletionByPodGC", message, now);
            condition::set(&mut failed.status.conditions, disrupted);
        }
        // The real one patches: whatever else was written meanwhile stays no reason to refuse.
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
    use crate::actors::bench::Bench;
    use serde_json::{Value, json};

    type Story = Bench<PodGc>;

    fn pod(story: &mut Story, name: &str, node: &str, phase: &str) {
        let spec = json!({"nodeName": node, "containers": []});
        story.put(
            Kind::Pod,
            json!({"metadata": {"name": name}, "spec": spec, "status": {"phase": phase}}),
        );
    }

    fn node(story: &mut Story, name: &str, ready: &str) {
        let conditions = json!([{"type": "Ready", "status": ready}]);
        story.put(
            Kind::Node,
            json!({"metadata": {"name": name}, "status": {"conditions": conditions}}),
        );
    }

    /// A node that is not heard of, and a pod that is given to `on`.
    fn stage(on: &str) -> Story {
        let mut story = Story::new();
        node(&mut story, "node-a1", "Unknown");
        pod(&mut story, "db-0", on, "Running");
        story.run();
        story
    }

    fn declare_dead(story: &mut Story) {
        let taint: Value = json!({"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"});
        story.change::<Node>("node-a1", |n| {
            n.spec.taints.push(serde_json::from_value(taint).expect("a taint"))
        });
    }

    fn is_there(story: &Story) -> bool {
        story.find::<Pod>("db-0").is_some()
    }

    #[test]
    fn a_pod_that_hangs_on_a_dead_node_is_cleared_when_a_person_says_that_it_is_dead() {
        // Recorded (s07): the terminating pods are marked Failed and removed within a period; the others stay.
        let mut story = stage("node-a1");
        pod(&mut story, "db-1", "node-a1", "Running");
        story.delete(Kind::Pod, "db-0");
        story.pass(3_605_000);
        assert!(is_there(&story), "an unreachable node alone proves nothing");
        declare_dead(&mut story);
        story.pass(14_000);
        assert!(is_there(&story), "it looks every twenty seconds");
        story.pass(1_000);
        assert!(!is_there(&story));
        assert_eq!(story.wrote(), ["status pod/db-0", "delete pod/db-0"]);
        story.pass(60_000);
        assert!(story.find::<Pod>("db-1").is_some(), "nobody deleted this one");
    }

    #[test]
    fn a_pod_of_a_node_that_does_not_exist_is_cleared_after_the_quarantine() {
        // Recorded (s11): 47 s after the pod was made, failed and gone without a word.
        let mut story = Story::new();
        story.pass(13_000);
        pod(&mut story, "db-0", "node-z9", "Running");
        story.pass(46_999);
        assert!(is_there(&story));
        story.pass(1);
        assert!(!is_there(&story));
        assert_eq!(story.wrote(), ["status pod/db-0", "delete pod/db-0"]);
        assert!(story.heard().is_empty());
    }

    #[test]
    fn period_and_quarantine_are_settings() {
        let mut story = Story::new();
        (story.settings.pod_gc_period, story.settings.pod_gc_quarantine) = (1_000, 2_000);
        pod(&mut story, "db-0", "node-z9", "Running");
        story.pass(2_999);
        assert!(is_there(&story));
        story.pass(1);
        assert!(!is_there(&story));
    }

    #[test]
    fn a_node_that_comes_back_in_time_saves_its_pods() {
        let mut story = stage("node-a1");
        story.delete(Kind::Node, "node-a1");
        story.pass(45_000);
        node(&mut story, "node-a1", "True");
        story.pass(100_000);
        assert!(is_there(&story));
    }

    #[test]
    fn of_too_many_ended_pods_the_oldest_go() {
        let mut story = stage("node-a1");
        story.settings.terminated_pod_gc_threshold = 2;
        for name in ["a", "b", "c", "d"] {
            pod(&mut story, name, "node-a1", "Succeeded");
            story.pass(1_000);
        }
        story.pass(20_000);
        assert_eq!(story.wrote(), ["delete pod/a", "delete pod/b"]);
    }

    #[test]
    fn a_pod_that_was_deleted_before_it_was_scheduled_is_failed_so_that_its_owner_lets_go() {
        // A Job's finalizer holds its pod until the pod has ended; without a node, nobody else ends it.
        let mut story = Story::new();
        let meta = json!({"name": "db-0", "finalizers": ["batch.kubernetes.io/job-tracking"]});
        story.put(Kind::Pod, json!({"metadata": meta, "spec": {"containers": []}}));
        story.delete(Kind::Pod, "db-0");
        story.pass(20_000);
        assert_eq!(story.get::<Pod>("db-0").status.phase, Phase::Failed);
    }

    #[test]
    fn a_pod_without_trouble_wakes_nobody() {
        let mut story = stage("node-a1");
        story.delete(Kind::Pod, "db-0");
        story.pass(3_600_000);
        assert!(is_there(&story), "a living node's kubelet lets its pods go");
        assert_eq!((story.actor.due, story.wrote()), (None, vec![]));
    }
}
