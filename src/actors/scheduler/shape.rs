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

/// How many shapes are remembered for one owner, and for how many owners.
const REMEMBERED: (usize, usize) = (16, 2048);

/// The shapes met lately, by the owner of their pods. A cache: forgetting it changes nothing but the time it takes.
#[derive(Debug, Default)]
pub struct Shapes {
    by_owner: BTreeMap<Uid, Vec<(Arc<Shape>, u32)>>,
    made: u64,
}

impl Shapes {
    /// Returns the shape of a pod, and how often it was met before.
    pub fn of(&mut self, pod: &Pod, view: &View<'_>, services: u64) -> (Arc<Shape>, u32) {
        let owner = pod.metadata.controller().map_or(Uid::default(), |owner| owner.uid);
        if self.by_owner.len() > REMEMBERED.1 {
            self.by_owner.clear();
        }
        let known = self.by_owner.entry(owner).or_default();
        if let Some((shape, met)) = known.iter_mut().find(|(shape, _)| shape.fits(pod, view, services)) {
            *met += 1;
            return (shape.clone(), *met - 1);
        }
        if known.len() >= REMEMBERED.0 {
            known.remove(0);
        }
        self.made += 1;
        let shape = Arc::new(Shape::new(self.made, pod, view, services));
        known.push((shape.clone(), 1));
        (shape, 0)
    }
}
