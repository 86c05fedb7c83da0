//! What a pod asks of the scheduler, worked out once for all the pods of one template.

use super::cache::amounts::{Amounts, nonzero_request};
use super::cache::ports::{HostPort, host_ports};
use super::spread::{Spreading, default_selector, owner_selector};
use super::term::{Term, terms_of};
use crate::actors::View;
use crate::api::{Container, LabelSelector, Labels, Pod, PodSpec, Uid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What all pods of one template ask for. Claims are not part of it: a StatefulSet's pods have each their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shape {
    /// Its number among the shapes that were met lately; nobody asks a shape for it that was saved.
    #[serde(skip)]
    pub id: u64,
    /// The number of what its pods ask of a node, which many shapes may have in common; likewise.
    #[serde(skip)]
    pub profile: u64,
    /// The namespace of its pods.
    pub namespace: Arc<str>,
    /// The labels of its pods.
    pub labels: Labels,
    /// The spec of one of them.
    #[serde(with = "crate::pack::shared")]
    pub spec: Arc<PodSpec>,
    /// What they ask for.
    pub request: Amounts,
    /// Cpu in thousandths, and bytes of memory, as scoring sees them.
    pub nonzero: (i64, i64),
    /// The ports of the node that they take.
    pub ports: Vec<HostPort>,
    /// Near which pods they would be, and away from which.
    pub terms: Vec<Arc<Term>>,
    /// How they are spread.
    pub spreading: Spreading,
    /// The selector of the set that owns them, as it was.
    owner_selector: Option<LabelSelector>,
    /// The count of changes to Services at which the shape was made.
    services: u64,
}

impl Shape {
    /// Works out the shape of a pod.
    pub fn new(id: u64, pod: &Pod, view: &View<'_>, services: u64) -> Self {
        let default = if pod.spec.topology_spread_constraints.is_empty() {
            default_selector(pod, view)
        } else {
            None
        };
        Self {
            id,
            profile: 0,
            namespace: pod.metadata.namespace.clone(),
            labels: pod.metadata.labels.clone(),
            spec: pod.spec.clone(),
            request: Amounts::of_pod(&pod.spec),
            nonzero: nonzero_request(&pod.spec),
            ports: host_ports(&pod.spec),
            terms: terms_of(pod, view),
            spreading: Spreading::of(pod, default.as_ref()),
            owner_selector: owner_selector(pod, view).cloned(),
            services,
        }
    }

    /// Says whether a pod has this shape.
    fn fits(&self, pod: &Pod, view: &View<'_>, services: u64) -> bool {
        let same_template = || {
            let (a, b) = (&*self.spec, &*pod.spec);
            ask_alike(&a.containers, &b.containers)
                && ask_alike(&a.init_containers, &b.init_containers)
                && a.tolerations == b.tolerations
                && a.node_selector == b.node_selector
                && a.affinity == b.affinity
                && a.topology_spread_constraints == b.topology_spread_constraints
                && a.priority == b.priority
                && a.preemption_policy == b.preemption_policy
                && a.host_network == b.host_network
                && a.overhead == b.overhead
        };
        self.services == services
            && self.namespace == pod.metadata.namespace
            && self.labels == pod.metadata.labels
            && (Arc::ptr_eq(&self.spec, &pod.spec) || same_template())
            && self.owner_selector.as_ref() == owner_selector(pod, view)
    }

    /// Says whether pods of both shapes ask the same of a node, whatever else is on it.
    fn has_profile_of<'a>(&'a self, other: &'a Self) -> bool {
        let (a, b) = (&*self.spec, &*other.spec);
        let images = |spec: &'a PodSpec| spec.containers.iter().map(|container| &container.image);
        self.request == other.request
            && self.nonzero == other.nonzero
            && self.ports == other.ports
            && a.tolerations == b.tolerations
            && a.node_selector == b.node_selector
            && a.affinity == b.affinity
            && images(a).eq(images(b))
            && a.init_containers.len() == b.init_containers.len()
    }

    /// Returns the shape without what its pods need not have in common: of whichever of them it was made, it is the same.
    pub fn bare(&self) -> Self {
        let container = |c: &Container| Container {
            image: c.image.clone(),
            resources: c.resources.clone(),
            ports: c.ports.clone(),
            restart_policy: c.restart_policy.clone(),
            ..Container::default()
        };
        let bare = |containers: &[Container]| Arc::new(containers.iter().map(container).collect::<Vec<_>>());
        let spec = PodSpec {
            containers: bare(&self.spec.containers),
            init_containers: bare(&self.spec.init_containers),
            tolerations: self.spec.tolerations.clone(),
            node_selector: self.spec.node_selector.clone(),
            affinity: self.spec.affinity.clone(),
            topology_spread_constraints: self.spec.topology_spread_constraints.clone(),
            priority: self.spec.priority,
            preemption_policy: self.spec.preemption_policy.clone(),
            host_network: self.spec.host_network,
            overhead: self.spec.overhead.clone(),
            ..PodSpec::default()
        };
        Self {
            id: 0,
            profile: 0,
            spec: Arc::new(spec),
            ..self.clone()
        }
    }

    /// Returns the priority of its pods.
    pub fn priority(&self) -> i64 {
        self.spec.priority.unwrap_or(0)
    }
}

/// Says whether containers ask the scheduler for the same. Each pod may mount other volumes, and still be like the others.
pub fn ask_alike(some: &Arc<Vec<Container>>, others: &Arc<Vec<Container>>) -> bool {
    let alike = |(a, b): (&Container, &Container)| {
        a.image == b.image && a.resources == b.resources && a.ports == b.ports && a.restart_policy == b.restart_policy
    };
    Arc::ptr_eq(some, others) || (some.len() == others.len() && some.iter().zip(&**others).all(alike))
}

/// How many shapes are remembered for one owner, for how many owners, and how many profiles.
const REMEMBERED: (usize, usize, usize) = (16, 2048, 64);

/// The shapes met lately, by the owner of their pods. A cache: forgetting it changes nothing but the time it takes.
#[derive(Debug, Default)]
pub struct Shapes {
    by_owner: BTreeMap<Uid, Vec<Arc<Shape>>>,
    /// A shape of each profile met lately, the latest last.
    profiles: Vec<Arc<Shape>>,
    made: u64,
}

impl Shapes {
    /// Returns the shape of a pod.
    pub fn of(&mut self, pod: &Pod, view: &View<'_>, services: u64) -> Arc<Shape> {
        let owner = pod.metadata.controller().map_or(Uid::default(), |owner| owner.uid);
        if self.by_owner.len() > REMEMBERED.1 {
            self.by_owner.clear();
        }
        let known = self.by_owner.entry(owner).or_default();
        if let Some(shape) = known.iter().find(|shape| shape.fits(pod, view, services)) {
            return shape.clone();
        }
        if known.len() >= REMEMBERED.0 {
            known.remove(0);
        }
        self.made += 1;
        let mut shape = Shape::new(self.made, pod, view, services);
        let alike = self.profiles.iter().rev().find(|other| other.has_profile_of(&shape));
        shape.profile = alike.map_or(shape.id, |other| other.profile);
        let is_first = alike.is_none();
        let shape = Arc::new(shape);
        if is_first {
            if self.profiles.len() >= REMEMBERED.2 {
                self.profiles.remove(0);
            }
            self.profiles.push(shape.clone());
        }
        known.push(shape.clone());
        shape
    }
}
