//! The domains of a topology: which nodes share the value of a label.

use super::Core;
use super::tree::Slot;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The number of a domain within its topology.
pub type Domain = u32;

/// The number of a topology.
pub type TopologyId = usize;

#[derive(Debug, Default)]
struct Topology {
    key: Arc<str>,
    domains: BTreeMap<String, Domain>,
    by_slot: Vec<Option<Domain>>,
    /// How many nodes have the label.
    with_label: usize,
}

/// The topologies that somebody asked for.
#[derive(Debug, Default)]
pub struct Topologies {
    ids: BTreeMap<Arc<str>, TopologyId>,
    topologies: Vec<Topology>,
}

impl Topologies {
    /// Returns the topology of a label.
    pub fn of(&mut self, key: &Arc<str>, core: &Core) -> TopologyId {
        if let Some(id) = self.ids.get(key) {
            return *id;
        }
        let id = self.topologies.len();
        self.ids.insert(key.clone(), id);
        let mut topology = Topology {
            key: key.clone(),
            ..Topology::default()
        };
        for &slot in core.order() {
            topology.look(core, slot);
        }
        self.topologies.push(topology);
        id
    }

    /// Returns the domain of a node; None where the node lacks the label.
    pub fn domain(&self, id: TopologyId, slot: Slot) -> Option<Domain> {
        self.topologies[id].by_slot.get(slot as usize).copied().flatten()
    }

    /// Returns the domains of the nodes by their places; a place beyond the end has none.
    pub fn domains(&self, id: TopologyId) -> &[Option<Domain>] {
        &self.topologies[id].by_slot
    }

    /// Returns how many nodes have the label.
    pub fn with_label(&self, id: TopologyId) -> usize {
        self.topologies[id].with_label
    }

    /// Returns how many domains were ever seen.
    pub fn size(&self, id: TopologyId) -> usize {
        self.topologies[id].domains.len()
    }

    /// Looks at a node again.
    pub fn node_changed(&mut self, core: &Core, slot: Slot) {
        for topology in &mut self.topologies {
            topology.look(core, slot);
        }
    }
}

impl Topology {
    fn look(&mut self, core: &Core, slot: Slot) {
        let place = slot as usize;
        if self.by_slot.len() <= place {
            self.by_slot.resize(place + 1, None);
        }
        let node = core.info(slot).node.as_ref();
        let value = node.and_then(|node| node.metadata.labels.get(&*self.key));
        let new = self.domains.len() as Domain;
        let domain = value.map(|value| *self.domains.entry(value.clone()).or_insert(new));
        let before = std::mem::replace(&mut self.by_slot[place], domain);
        self.with_label = self.with_label + usize::from(domain.is_some()) - usize::from(before.is_some());
    }
}
