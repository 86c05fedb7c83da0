//! What the scheduler keeps of the cluster (pkg/scheduler/backend/cache): the nodes, the pods on them, and the pods that
//! it has just placed and that the API server has not confirmed yet.
//!
//! The core is kept up to date pod by pod and node by node. Beside it lies scratch paper: counts and rankings that are
//! worked out of the core when they are first asked for and then kept up to date too. Scratch paper is not copied with
//! the world, and nothing but time depends on whether it is there.

pub mod amounts;
pub mod images;
pub mod ports;
mod pairs;
pub mod sets;
pub mod tree;
pub mod node;
pub mod counters;
pub mod topology;
pub mod existing;
pub mod scratch;
mod saved;

use super::shape::{Shape, ask_alike};
use crate::actors::View;
use crate::api::{ByKey, Node, Pod, Resource, Uid};
use node::{ClaimName, NodeInfo, Placed};
use scratch::Scratch;
use sets::LabelSets;
use std::collections::BTreeMap;
use std::sync::Arc;
use tree::{NodeTree, Slot};

/// Where a pod is.
#[derive(Clone, Copy, Debug)]
struct Whereabouts {
    slot: Slot,
    /// Whether the API server has not confirmed it yet.
    assumed: bool,
}

/// The nodes and the pods on them.
#[derive(Clone, Debug, Default)]
pub struct Core {
    nodes: Vec<Arc<NodeInfo>>,
    slots: BTreeMap<Arc<str>, Slot>,
    free: Vec<Slot>,
    tree: NodeTree,
    order: Vec<Slot>,
    pods: ByKey<Uid, Whereabouts>,
    sets: LabelSets,
    claims: BTreeMap<ClaimName, u32>,
    /// How often a Service that selects pods came, changed or went.
    pub services: u64,
}

/// The core and its scratch paper.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(from = "saved::Saved", into = "saved::Saved")]
pub struct Cache {
    /// What is known.
    pub core: Core,
    /// What was worked out of it.
    pub scratch: Scratch,
}

impl Core {
    /// Returns the nodes in the order in which they are looked at.
    pub fn order(&self) -> &[Slot] {
        &self.order
    }

    /// Returns a node by its place.
    pub fn info(&self, slot: Slot) -> &NodeInfo {
        &self.nodes[slot as usize]
    }

    /// Returns a node that is there by its place.
    pub fn node(&self, slot: Slot) -> &Arc<Node> {
        let node = self.nodes[slot as usize].node.as_ref();
        node.expect("only nodes that are there are in the order")
    }

    /// Returns the place of a node that is there.
    pub fn slot(&self, name: &str) -> Option<Slot> {
        let slot = self.slots.get(name).copied()?;
        self.info(slot).node.is_some().then_some(slot)
    }

    /// Returns how many places there are, free ones included.
    pub fn slots(&self) -> usize {
        self.nodes.len()
    }

    /// Returns all pods with the places of their nodes.
    pub fn placed(&self) -> impl Iterator<Item = (Slot, &Arc<Placed>)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.flat_map(|(slot, info)| info.pods.iter().map(move |pod| (slot as Slot, pod)))
    }

    /// Returns the sets of labels.
    pub fn sets(&self) -> &LabelSets {
        &self.sets
    }

    /// Returns how many pods mount a claim.
    pub fn users_of(&self, claim: &ClaimName) -> u32 {
        self.claims.get(claim).copied().unwrap_or(0)
    }

    /// Returns the place under a name, making one where there is none.
    fn place(&mut self, name: &Arc<str>) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let info = Arc::new(NodeInfo {
            name: name.clone(),
            ..NodeInfo::default()
        });
        let slot = match self.free.pop() {
            Some(slot) => {
                self.nodes[slot as usize] = info;
                slot
            }
            None => {
                self.nodes.push(info);
                (self.nodes.len() - 1) as Slot
            }
        };
        self.slots.insert(name.clone(), slot);
        slot
    }

    /// Gives a place back when neither a node nor a pod is there any more.
    fn tidy(&mut self, slot: Slot) {
        let info = self.info(slot);
        if info.node.is_none() && info.pods.is_empty() {
            let name = info.name.clone();
            self.slots.remove(&name);
            self.free.push(slot);
        }
    }
}

impl Cache {
    /// Takes notice of a node, new or changed. Returns whether anything changed that matters here.
    pub fn set_node(&mut self, node: &Arc<Node>) -> bool {
        let core = &mut self.core;
        let slot = core.place(&node.metadata.name);
        let before = core.nodes[slot as usize].node.clone();
        let same = before.as_ref().is_some_and(|before| {
            before.metadata.labels == node.metadata.labels
                && before.spec.taints == node.spec.taints
                && before.spec.unschedulable == node.spec.unschedulable
                && before.status.allocatable == node.status.allocatable
                && before.status.rest.get("images") == node.status.rest.get("images")
        });
        let moved = before.as_ref().is_none_or(|before| zone_key(before) != zone_key(node));
        let images = before
            .as_ref()
            .is_none_or(|before| before.status.rest != node.status.rest);
        Arc::make_mut(&mut core.nodes[slot as usize]).set_node(node);
        if same {
            return false;
        }
        if moved {
            core.tree.remove(slot);
            core.tree.add(&zone_key(node), slot);
            core.order = core.tree.order();
        }
        self.scratch.node_changed(&self.core, slot, moved || images);
        true
    }

    /// Takes notice that a node is gone; its pods stay until they are gone too.
    pub fn remove_node(&mut self, name: &str) {
        let core = &mut self.core;
        let Some(slot) = core.slots.get(name).copied() else {
            return;
        };
        let info = Arc::make_mut(&mut core.nodes[slot as usize]);
        (info.node, info.allocatable, info.pods_allowed) = (None, Default::default(), 0);
        core.tree.remove(slot);
        core.order = core.tree.order();
        core.tidy(slot);
        self.scratch.node_changed(&self.core, slot, true);
    }

    /// Puts a pod on a node before the API server has confirmed it.
    pub fn assume(&mut self, pod: &Pod, shape: &Arc<Shape>, node: &Arc<str>) {
        self.place(pod, shape.clone(), node, true);
    }

    fn place(&mut self, pod: &Pod, shape: Arc<Shape>, node: &Arc<str>, assumed: bool) {
        let namespace = &pod.metadata.namespace;
        let placed = Placed {
            key: pod.key(),
            uid: pod.metadata.uid,
            labels: pod.metadata.labels.clone(),
            set: 0,
            shape,
            claims: pod.claims().map(|name| (namespace.clone(), name.into())).collect(),
            is_live: !pod.metadata.is_terminating(),
        };
        self.put(placed, node, assumed);
    }

    /// Takes over what the API server says of a pod on a node. Returns what changed.
    pub fn confirm(&mut self, pod: &Pod, view: &View<'_>) -> Confirmed {
        let uid = pod.metadata.uid;
        let Some(have) = self.core.pods.get(&uid).copied() else {
            let shape = self.scratch.shapes.of(pod, view, self.core.services);
            self.place(pod, shape, &pod.spec.node_name, false);
            return Confirmed::New;
        };
        let info = self.core.info(have.slot);
        let placed = info
            .pods
            .iter()
            .find(|p| p.uid == uid)
            .expect("the index tells the node of each pod")
            .clone();
        let same_node = info.name == pod.spec.node_name;
        let same_spec = Arc::ptr_eq(&placed.shape.spec, &pod.spec)
            || (ask_alike(&placed.shape.spec.containers, &pod.spec.containers)
                && ask_alike(&placed.shape.spec.init_containers, &pod.spec.init_containers));
        let is_live = !pod.metadata.is_terminating();
        if same_node && same_spec && placed.labels == pod.metadata.labels && placed.is_live == is_live {
            let new = have.assumed;
            self.core.pods.insert(uid, Whereabouts { assumed: false, ..have });
            return if new { Confirmed::New } else { Confirmed::Same };
        }
        self.remove(uid);
        if same_spec {
            let labels = pod.metadata.labels.clone();
            let placed = Placed {
                labels,
                is_live,
                ..Placed::clone(&placed)
            };
            self.put(placed, &pod.spec.node_name, false);
        } else {
            let shape = self.scratch.shapes.of(pod, view, self.core.services);
            self.place(pod, shape, &pod.spec.node_name, false);
        }
        if have.assumed {
            Confirmed::New
        } else {
            Confirmed::Changed
        }
    }

    fn put(&mut self, mut placed: Placed, node: &Arc<str>, assumed: bool) {
        let core = &mut self.core;
        let slot = core.place(node);
        let (set, new) = core.sets.enter(&placed.key.namespace, &placed.labels);
        placed.set = set;
        for claim in &placed.claims {
            *core.claims.entry(claim.clone()).or_default() += 1;
        }
        core.pods.insert(placed.uid, Whereabouts { slot, assumed });
        let placed = Arc::new(placed);
        Arc::make_mut(&mut core.nodes[slot as usize]).add(placed.clone());
        self.scratch.pod_changed(&self.core, slot, &placed, 1, new);
    }

    /// Takes a pod off its node, and returns it if it was on one.
    pub fn remove(&mut self, uid: Uid) -> Option<Arc<Placed>> {
        let core = &mut self.core;
        let slot = core.pods.remove(&uid)?.slot;
        let placed = Arc::make_mut(&mut core.nodes[slot as usize]).remove(uid)?;
        for claim in &placed.claims {
            if let Some(users) = core.claims.get_mut(claim) {
                *users -= 1;
                if *users == 0 {
                    core.claims.remove(claim);
                }
            }
        }
        self.scratch.pod_changed(&self.core, slot, &placed, -1, false);
        self.core.sets.leave(placed.set);
        self.core.tidy(slot);
        Some(placed)
    }
}

/// What a confirmation changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// The pod was not known to be there, or only assumed.
    New,
    /// Its labels, its requests or its wish to live changed.
    Changed,
    /// Nothing that matters.
    Same,
}

/// Returns region and zone of a node (component-helpers, `GetZoneKey`).
fn zone_key(node: &Node) -> String {
    let region = node.metadata.labels.value("topology.kubernetes.io/region");
    format!("{region}/{}", node.zone())
}
