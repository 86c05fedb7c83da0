//! The order in which nodes are looked at: one of each zone in turn.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The place of a node in the cache; it stays the same as long as the node is there.
pub type Slot = u32;

/// The nodes by zone, in order of arrival (pkg/scheduler/backend/cache/node_tree.go).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeTree {
    zones: Vec<(Arc<str>, Vec<Slot>)>,
}

impl NodeTree {
    /// Adds a node to its zone; a new zone comes last.
    pub fn add(&mut self, zone: &str, slot: Slot) {
        match self.zones.iter_mut().find(|(name, _)| **name == *zone) {
            Some((_, slots)) => slots.push(slot),
            None => self.zones.push((zone.into(), vec![slot])),
        }
    }

    /// Removes a node; a zone without nodes goes too.
    pub fn remove(&mut self, slot: Slot) {
        for (_, slots) in &mut self.zones {
            slots.retain(|have| *have != slot);
        }
        self.zones.retain(|(_, slots)| !slots.is_empty());
    }

    /// Returns the nodes: the first of each zone, then the second of each zone, and so on.
    pub fn order(&self) -> Vec<Slot> {
        let longest = self.zones.iter().map(|(_, slots)| slots.len()).max().unwrap_or(0);
        let rounds = (0..longest).flat_map(|i| self.zones.iter().filter_map(move |(_, slots)| slots.get(i)));
        rounds.copied().collect()
    }

    /// Returns the nodes in an order of arrival that makes the same tree again.
    pub fn arrivals(&self) -> impl Iterator<Item = Slot> {
        self.zones.iter().flat_map(|(_, slots)| slots.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_take_turns() {
        let mut tree = NodeTree::default();
        for (slot, zone) in ["a", "a", "b", "c", "b", "a"].into_iter().enumerate() {
            tree.add(zone, slot as Slot);
        }
        assert_eq!(tree.order(), [0, 2, 3, 1, 4, 5]);
        tree.remove(3);
        assert_eq!(tree.order(), [0, 2, 1, 4, 5]);
        tree.add("c", 6);
        assert_eq!(tree.order(), [0, 2, 6, 1, 4, 5]);
    }
}
