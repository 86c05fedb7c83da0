//! A node with the pods that are on it or on their way to it, and what they take of it.

use super::amounts::Amounts;
use super::images::Image;
use super::ports::HostPort;
use super::sets::SetId;
use crate::actors::scheduler::shape::Shape;
use crate::api::{Key, Labels, Node, Uid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A claim, by namespace and name.
pub type ClaimName = (Arc<str>, Arc<str>);

/// A pod on a node, or on its way to one.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The pod.
    pub key: Key,
    /// Its uid.
    pub uid: Uid,
    /// Its labels; binding adds some.
    pub labels: Labels,
    /// The number of its labels.
    pub set: SetId,
    /// What it asks for.
    pub shape: Arc<Shape>,
    /// The claims that it mounts.
    pub claims: Vec<ClaimName>,
    /// Whether nobody has asked for its deletion.
    pub is_live: bool,
}

/// A node and what is taken of it (`framework.NodeInfo`).
#[derive(Clone, Debug, Default)]
pub struct NodeInfo {
    /// The node's name.
    pub name: Arc<str>,
    /// The node; None when only pods speak of it.
    pub node: Option<Arc<Node>>,
    /// What it can give.
    pub allocatable: Amounts,
    /// How many pods it takes.
    pub pods_allowed: i64,
    /// What its pods ask for.
    pub requested: Amounts,
    /// Cpu and memory that its pods ask for, as scoring sees them.
    pub nonzero: (i64, i64),
    /// Its pods.
    pub pods: Vec<Arc<Placed>>,
    /// The ports that its pods take.
    pub ports: Vec<HostPort>,
    /// The claims that its pods mount, with the number of pods.
    pub claims: BTreeMap<ClaimName, u32>,
    /// The images that it has.
    pub images: Vec<Image>,
}

impl NodeInfo {
    /// Adds a pod.
    pub fn add(&mut self, pod: Arc<Placed>) {
        self.requested.add(&pod.shape.request, 1);
        self.nonzero.0 += pod.shape.nonzero.0;
        self.nonzero.1 += pod.shape.nonzero.1;
        self.ports.extend(pod.shape.ports.iter().cloned());
        for claim in &pod.claims {
            *self.claims.entry(claim.clone()).or_default() += 1;
        }
        self.pods.push(pod);
    }

    /// Removes a pod, and returns it if it was there.
    pub fn remove(&mut self, uid: Uid) -> Option<Arc<Placed>> {
        let place = self.pods.iter().position(|pod| pod.uid == uid)?;
        let pod = self.pods.swap_remove(place);
        self.requested.add(&pod.shape.request, -1);
        self.nonzero.0 -= pod.shape.nonzero.0;
        self.nonzero.1 -= pod.shape.nonzero.1;
        for port in &pod.shape.ports {
            if let Some(place) = self.ports.iter().position(|have| have == port) {
                self.ports.swap_remove(place);
            }
        }
        for claim in &pod.claims {
            if let Some(count) = self.claims.get_mut(claim) {
                *count -= 1;
                if *count == 0 {
                    self.claims.remove(claim);
                }
            }
        }
        Some(pod)
    }

    /// Takes over what is said of the node.
    pub fn set_node(&mut self, node: &Arc<Node>) {
        self.allocatable = Amounts::of_node(&node.status.allocatable);
        let pods = node.status.allocatable.get("pods");
        self.pods_allowed = pods.map_or(0, |quantity| quantity.value());
        self.images = super::images::images_of(node);
        self.node = Some(node.clone());
    }
}
