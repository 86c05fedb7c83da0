//! The node controller: notices that a node has fallen silent, says so of the node and of its pods, and taints it.
//! Spared from knowing what becomes of the pods: that is the taints' business.
//!
//! Source: pkg/controller/nodelifecycle. A real one looks at all Leases every five seconds; here the instant at which it
//! would notice is computed from the machine's pulse, so that nothing happens while all is well. Left out: a pod that is
//! given to a node after that is not marked (it is not ready anyway), labels of nodes, and what a restart of the
//! controller does to the taints that are there.

mod health;
mod taints;
mod zones;
#[cfg(test)]
mod tests;

use super::node_pods::NodePods;
use super::{Actor, Change, Effect, View};
use crate::api::{Condition, ConditionStatus, Key, Kind, Node, Pod, Resource, Time, condition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use zones::Zones;

/// The controller and what it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeLifecycle {
    pods: NodePods,
    zones: Zones,
    /// The nodes that it has greeted.
    known: BTreeSet<Arc<str>>,
    /// When it began to look: what happened before counts from then on.
    began: Option<Time>,
    /// The pods that are still to be marked as not ready, as their node is not.
    unready: BTreeSet<Key>,
}

impl Actor for NodeLifecycle {
    const NAME: &'static str = "node-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Node, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        self.began.get_or_insert(view.now);
        if change.object().kind() == Kind::Pod {
            self.pods.heed(change);
            return;
        }
        let woken = self.zones.heed(
            change.before.and_then(Node::of),
            change.after.and_then(Node::of),
            view.now,
        );
        wake.extend(woken.into_iter().map(|name| Key::cluster(Kind::Node, name)));
        wake.push(change.object().key());
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::Pod {
            let pod = view.get::<Pod>(&key.namespace, &key.name);
            return pod.map_or(vec![], |pod| self.mark_unready(view, key, pod));
        }
        let Some(node) = view.get::<Node>("", &key.name) else {
            self.known.remove(&key.name);
            return vec![];
        };
        let mut effects = vec![];
        if self.known.insert(key.name.clone()) {
            let message = format!("Node {0} event: Registered Node {0} in Controller", key.name);
            effects.push(Effect::normal(node.reference(), "RegisteredNode", message));
        }
        effects.extend(self.look_after(view, key, node));
        effects
    }
}

impl NodeLifecycle {
    /// Returns when the controller stops believing in a node if nothing is heard of it until then; None while it is heard,
    /// and where nothing is left to doubt.
    pub fn doubts_at(&self, view: &View<'_>, node: &Node) -> Option<Time> {
        health::doubted_at(view, node, self.began.unwrap_or(view.now))
    }

    /// Does the next thing that a node needs: its conditions, then its taints against new pods, then those against old.
    fn look_after(&mut self, view: &View<'_>, key: &Key, node: &Arc<Node>) -> Vec<Effect> {
        let doubt = health::doubted_at(view, node, self.began.unwrap_or(view.now));
        if let Some(at) = doubt
            && view.now >= at
        {
            return self.declare_unknown(view, node);
        }
        let alarm = doubt.map(|at| Effect::WakeAt(key.clone(), at));
        if let Some(tainted) = taints::against_new_pods(node, view.now) {
            return alarm.into_iter().chain([Effect::update(tainted)]).collect();
        }
        let rest = match ready(node) {
            None => vec![],
            Some(ConditionStatus::True) => self.welcome_back(view, key, node),
            Some(status) => self.drive_out(view, key, node, status),
        };
        alarm.into_iter().chain(rest).collect()
    }

    /// Writes that nobody knows how a node is, and has its pods marked.
    fn declare_unknown(&mut self, view: &View<'_>, node: &Arc<Node>) -> Vec<Effect> {
        let was_ready = node.is_ready();
        let name = &node.metadata.name;
        let mut effects = vec![Effect::update_status(health::unknown(node, view.now))];
        if was_ready {
            let message = format!("Node {name} status is now: NodeNotReady");
            effects.push(Effect::normal(node.reference(), "NodeNotReady", message));
            for pod in self.pods.on(name, view) {
                self.unready.insert(pod.key());
                effects.push(Effect::WakeAt(pod.key(), view.now));
            }
        }
        effects
    }

    /// Marks a pod of a silent node as not ready (`MarkPodsNotReady`); its containers may run on, nobody knows.
    fn mark_unready(&mut self, view: &View<'_>, key: &Key, pod: &Arc<Pod>) -> Vec<Effect> {
        if !self.unready.remove(key) {
            return vec![];
        }
        let Some(old) = condition::find(&pod.status.conditions, "Ready") else {
            return vec![];
        };
        if old.status == ConditionStatus::False {
            return vec![];
        }
        let mut marked = Pod::clone(pod);
        let new = Condition {
            status: ConditionStatus::False,
            last_transition_time: Some(view.now),
            ..old.clone()
        };
        condition::set(&mut marked.status.conditions, new);
        // A kubelet that comes back at this very moment writes the status too: only this condition is meant.
        marked.metadata.resource_version = pod.metadata.resource_version;
        vec![
            Effect::update_status(marked),
            Effect::warning(pod.reference(), "NodeNotReady", "Node is not ready"),
        ]
    }

    /// Takes the taints that drive pods out off a node that is well again, at the controller's next look.
    fn welcome_back(&mut self, view: &View<'_>, key: &Key, node: &Node) -> Vec<Effect> {
        self.zones.remove_from_line(node);
        let Some(clean) = taints::without_eviction(node) else {
            return vec![];
        };
        let at = health::tick(view, view.now);
        if view.now < at {
            return vec![Effect::WakeAt(key.clone(), at)];
        }
        vec![Effect::update(clean)]
    }

    /// Taints a node that is not well, so that its pods are driven out; one node of a zone at a time.
    fn drive_out(&mut self, view: &View<'_>, key: &Key, node: &Node, status: ConditionStatus) -> Vec<Effect> {
        if self.zones.all_are_dead() {
            // No node is well: then the fault is likely to be here, and nobody is driven out.
            let clean = taints::without_eviction(node).map(Effect::update);
            return clean.into_iter().collect();
        }
        match taints::eviction(node, status, view.now) {
            taints::Eviction::Stands => vec![],
            taints::Eviction::Swap(node) => vec![Effect::update(node)],
            taints::Eviction::Add(tainted) => match self.zones.turn_of(view, node) {
                Some(at) if view.now >= at => {
                    self.zones.take_turn(node, view.now);
                    vec![Effect::update(tainted)]
                }
                Some(at) => vec![Effect::WakeAt(key.clone(), at)],
                None => vec![],
            },
        }
    }
}

/// Returns the status of a node's condition Ready.
fn ready(node: &Node) -> Option<ConditionStatus> {
    condition::find(&node.status.conditions, "Ready").map(|ready| ready.status)
}
