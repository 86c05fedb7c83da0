//! Scratch paper: what was worked out of the core and is kept up to date. It can be thrown away at any time.

use super::Core;
use super::counters::Counters;
use super::existing::ExistingTerms;
use super::node::Placed;
use super::topology::Topologies;
use super::tree::Slot;
use crate::actors::scheduler::ranking::Rankings;
use crate::actors::scheduler::shape::Shapes;
use std::fmt;

/// The most numbers that are kept before all is thrown away, so that a long life does not fill the memory.
const MOST_NUMBERS: usize = 4 << 20;

/// What was worked out of the core.
#[derive(Default)]
pub struct Scratch {
    /// The shapes met lately.
    pub shapes: Shapes,
    /// The pods of selections, by node.
    pub counters: Counters,
    /// The domains of labels.
    pub topologies: Topologies,
    /// The terms of placed pods; None: not counted yet.
    existing: Option<ExistingTerms>,
    /// Nodes ranked for the shapes met often.
    pub rankings: Rankings,
}

/// A copied world works its scratch paper out again.
impl Clone for Scratch {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}

impl Scratch {
    /// Returns the terms of placed pods.
    pub fn existing(&mut self, core: &Core) -> &ExistingTerms {
        self.existing.get_or_insert_with(|| ExistingTerms::new(core))
    }

    /// Takes notice of a pod that came (1) to a node or went (-1).
    pub fn pod_changed(&mut self, core: &Core, slot: Slot, pod: &Placed, sign: i32, new_set: bool) {
        self.counters.pod_changed(slot, pod, sign, new_set);
        if let Some(existing) = &mut self.existing {
            existing.pod_changed(slot, pod, sign);
        }
        self.rankings.changed(slot, core.slots());
        if self.counters.size() > MOST_NUMBERS {
            *self = Self::default();
        }
    }

    /// Takes notice of a node that came, changed or went; `all` when that matters to every ranking.
    pub fn node_changed(&mut self, core: &Core, slot: Slot, all: bool) {
        self.topologies.node_changed(core, slot);
        if all {
            self.rankings.clear();
        } else {
            self.rankings.changed(slot, core.slots());
        }
    }
}
