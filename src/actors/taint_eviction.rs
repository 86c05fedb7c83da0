//! Drives pods off nodes with `NoExecute` taints: at once those that do not bear them, later those that bear them for a
//! time, and never those that bear them for good.
//!
//! Source: pkg/controller/tainteviction.

use super::node_pods::NodePods;
use super::{Actor, Change, Effect, View};
use crate::api::{
    Condition, Key, Kind, Node, ObjectReference, Pod, Resource, Taint, TaintEffect, Time, Toleration, condition,
};
use crate::store::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The controller and what it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TaintEviction {
    pods: NodePods,
    works: BTreeMap<Key, Work>,
}

/// What is planned for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Work {
    /// It is deleted at `due`, if nothing changes.
    Planned { since: Time, due: Time },
    /// It was told that it is deleted, and the deletion was refused.
    Told,
    /// It was deleted.
    Done,
}

impl Actor for TaintEviction {
    const NAME: &'static str = "taint-eviction-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Node, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let key = change.object().key();
        if let Some(pod) = Pod::of(change.object()) {
            self.pods.heed(change);
            if change.after.is_none() {
                self.works.remove(&key);
                return;
            }
            let before = change.before.and_then(Pod::of);
            let same = before.is_some_and(|old| {
                old.spec.node_name == pod.spec.node_name && old.spec.tolerations == pod.spec.tolerations
            });
            if !same && pod.is_scheduled() {
                let node = view.get::<Node>("", &pod.spec.node_name);
                wake.extend(node.filter(|node| evicting(node).next().is_some()).map(|_| key));
            }
            return;
        }
        let (before, after) = (change.before.and_then(Node::of), change.after.and_then(Node::of));
        let taints =
            |node: Option<&Arc<Node>>| -> Vec<Taint> { node.map_or(vec![], |n| evicting(n).cloned().collect()) };
        if after.is_some() && taints(before) != taints(after) {
            wake.push(key);
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::Node {
            let Some(node) = view.get::<Node>("", &key.name) else {
                return vec![];
            };
            let pods: Vec<_> = self.pods.on(&key.name, view).collect();
            return pods.into_iter().flat_map(|pod| self.plan(view, node, pod)).collect();
        }
        let Some(pod) = view.get::<Pod>(&key.namespace, &key.name) else {
            self.works.remove(key);
            return vec![];
        };
        match self.works.get(key) {
            Some(Work::Planned { due, .. }) if *due <= view.now => self.evict(view, key, pod, false),
            Some(Work::Told) => self.evict(view, key, pod, true),
            _ => view
                .get::<Node>("", &pod.spec.node_name)
                .map_or(vec![], |node| self.plan(view, node, pod)),
        }
    }

    fn refused(&mut self, _: &View<'_>, key: &Key, _: &Effect, refusal: &Refusal) -> Vec<Effect> {
        if let (Some(work @ Work::Done), false) = (self.works.get_mut(key), matches!(refusal, Refusal::NotFound(_))) {
            *work = Work::Told;
        }
        vec![]
    }
}

impl TaintEviction {
    /// Returns when a pod is deleted if its node stays tainted; None when nothing is planned for it.
    pub fn evicts_at(&self, pod: &Key) -> Option<Time> {
        match self.works.get(pod)? {
            Work::Planned { due, .. } => Some(*due),
            Work::Told | Work::Done => None,
        }
    }

    /// Plans the end of a pod as the taints of its node demand (`processPodOnNode`).
    fn plan(&mut self, view: &View<'_>, node: &Node, pod: &Arc<Pod>) -> Vec<Effect> {
        let (key, now) = (pod.key(), view.now);
        let due = match bears(pod, node) {
            Patience::Endless => return self.cancel(&key, pod),
            Patience::None => {
                let mut effects = self.cancel(&key, pod);
                self.works.insert(key.clone(), Work::Planned { since: now, due: now });
                effects.push(Effect::WakeAt(key, now));
                return effects;
            }
            Patience::Until(ms) => ms,
        };
        let mut effects = vec![];
        let mut since = now;
        match self.works.get(&key) {
            Some(Work::Planned { since: before, .. }) => {
                since = *before;
                if since + due < now + due {
                    return vec![];
                }
                effects = self.cancel(&key, pod);
            }
            Some(Work::Told | Work::Done) => return vec![],
            None => (),
        }
        let due = since + due;
        self.works.insert(key.clone(), Work::Planned { since, due });
        effects.push(Effect::WakeAt(key, due));
        effects
    }

    /// Gives up a plan, and says so if there was one.
    fn cancel(&mut self, key: &Key, pod: &Pod) -> Vec<Effect> {
        match self.works.remove(key) {
            Some(Work::Planned { .. }) => vec![said(pod, "Cancelling deletion of Pod")],
            _ => vec![],
        }
    }

    /// Marks a pod as disrupted and deletes it (`addConditionAndDeletePod`).
    fn evict(&mut self, view: &View<'_>, key: &Key, pod: &Arc<Pod>, told: bool) -> Vec<Effect> {
        self.works.insert(key.clone(), Work::Done);
        let mut effects = vec![];
        if !told {
            effects.push(said(pod, "Marking for deletion Pod"));
        }
        let mut marked = Pod::clone(pod);
        let disrupted = Condition::new(
            "DisruptionTarget",
            true,
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
            view.now,
        );
        if condition::set(&mut marked.status.conditions, disrupted) {
            effects.push(Effect::update_status(marked));
        }
        effects.push(Effect::delete(&**pod));
        effects
    }
}

/// How long a pod bears the taints of its node.
enum Patience {
    None,
    Until(i64),
    Endless,
}

/// Returns how long a pod bears the taints of its node: the shortest of the tolerations that it needs counts
/// (`GetMatchingTolerations`, `getMinTolerationTime`).
fn bears(pod: &Pod, node: &Node) -> Patience {
    let mut shortest: Option<i64> = None;
    let mut used: Vec<&Toleration> = vec![];
    for taint in evicting(node) {
        match pod
            .spec
            .tolerations
            .iter()
            .find(|toleration| toleration.tolerates(taint))
        {
            Some(toleration) => used.push(toleration),
            None => return Patience::None,
        }
    }
    for seconds in used.iter().filter_map(|toleration| toleration.toleration_seconds) {
        let ms = seconds.max(0).saturating_mul(1000);
        shortest = Some(shortest.map_or(ms, |least| least.min(ms)));
    }
    shortest.map_or(Patience::Endless, Patience::Until)
}

/// Returns the taints of a node that drive pods out.
fn evicting(node: &Node) -> impl Iterator<Item = &Taint> {
    node.spec
        .taints
        .iter()
        .filter(|taint| taint.effect == TaintEffect::NoExecute)
}

/// Says something of a pod by its name alone: without a uid, `kubectl describe pod` does not find it.
fn said(pod: &Pod, what: &str) -> Effect {
    let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
    let about = ObjectReference {
        api_version: "v1".into(),
        kind: "Pod".into(),
        namespace: namespace.clone(),
        name: name.clone(),
        ..ObjectReference::default()
    };
    Effect::normal(about, "TaintManagerEviction", format!("{what} {namespace}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::bench::Bench;
    use serde_json::{Value, json};

    type Story = Bench<TaintEviction>;

    const MARKED: &str = "Normal TaintManagerEviction Marking for deletion Pod default/db-0";
    const CANCELLED: &str = "Normal TaintManagerEviction Cancelling deletion of Pod default/db-0";

    fn stage(tolerations: Value) -> Story {
        let mut story = Story::new();
        story.put(Kind::Node, json!({"metadata": {"name": "node-a1"}}));
        let spec = json!({"nodeName": "node-a1", "containers": [], "tolerations": tolerations});
        story.put(Kind::Pod, json!({"metadata": {"name": "db-0"}, "spec": spec}));
        story.run();
        story
    }

    fn taint(story: &mut Story, keys: &[&str]) {
        let taints = keys
            .iter()
            .map(|key| json!({"key": key, "effect": "NoExecute"}))
            .collect();
        story.change::<Node>("node-a1", |n| n.spec.taints = serde_json::from_value(taints).unwrap());
        story.run();
    }

    /// The tolerations that admission gives to every pod are 300 seconds for these two.
    const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

    #[test]
    fn a_pod_is_driven_out_when_its_patience_ends() {
        let mut story = stage(json!([]));
        taint(&mut story, &[UNREACHABLE]);
        story.pass(299_999);
        assert!(story.heard().is_empty());
        story.pass(1);
        assert_eq!(story.heard(), [MARKED]);
        assert_eq!(story.wrote(), ["status pod/db-0", "delete pod/db-0"]);
        let pod = story.get::<Pod>("db-0");
        assert!(pod.metadata.is_terminating());
        let disrupted = condition::find(&pod.status.conditions, "DisruptionTarget").unwrap();
        assert_eq!(disrupted.reason, "DeletionByTaintManager");
        story.pass(3_600_000);
        assert!(story.heard().is_empty(), "once is enough");
    }

    #[test]
    fn a_taint_that_goes_in_time_spares_the_pod_and_the_next_one_counts_from_the_start() {
        let mut story = stage(json!([]));
        taint(&mut story, &[UNREACHABLE]);
        story.pass(200_000);
        taint(&mut story, &[]);
        assert_eq!(story.heard(), [CANCELLED]);
        taint(&mut story, &[UNREACHABLE]);
        story.pass(299_000);
        assert!(story.heard().is_empty());
        story.pass(1_000);
        assert_eq!(story.heard(), [MARKED]);
    }

    #[test]
    fn the_shortest_patience_counts_and_a_change_of_taints_does_not_lengthen_it() {
        let mut story = stage(json!([
            {"key": "one", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 20},
            {"key": "two", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 100},
        ]));
        taint(&mut story, &["two"]);
        story.pass(10_000);
        taint(&mut story, &["one", "two"]);
        story.pass(89_000);
        assert!(story.heard().is_empty(), "the plan that stands began earlier");
        story.pass(1_000);
        assert_eq!(story.heard(), [MARKED]);
    }

    #[test]
    fn a_pod_that_bears_a_taint_for_good_stays_and_one_that_does_not_bear_it_goes_at_once() {
        let mut story = stage(json!([{"operator": "Exists"}]));
        taint(&mut story, &["anything"]);
        story.pass(3_600_000);
        assert!(story.heard().is_empty());
        let mut story = stage(json!([]));
        taint(&mut story, &["anything"]);
        assert_eq!(story.heard(), [MARKED]);
    }

    #[test]
    fn a_pod_that_comes_to_a_tainted_node_is_driven_out_too() {
        let mut story = stage(json!([]));
        taint(&mut story, &["anything"]);
        story.heard();
        let spec = json!({"nodeName": "node-a1", "containers": []});
        story.put(Kind::Pod, json!({"metadata": {"name": "late"}, "spec": spec}));
        story.run();
        assert_eq!(
            story.heard(),
            ["Normal TaintManagerEviction Marking for deletion Pod default/late"]
        );
    }

    #[test]
    fn a_second_taint_that_is_not_borne_deletes_again() {
        let mut story = stage(json!([]));
        taint(&mut story, &[UNREACHABLE]);
        story.pass(300_000);
        assert_eq!(story.heard(), [MARKED]);
        taint(&mut story, &[UNREACHABLE, "node.kubernetes.io/out-of-service"]);
        assert_eq!(story.heard(), [MARKED]);
    }
}
