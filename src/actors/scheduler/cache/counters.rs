//! How many pods of a selection are on each node, kept up to date pod by pod.

use super::Core;
use super::node::Placed;
use super::pairs::Pairs;
use super::tree::Slot;
use crate::actors::scheduler::selection::Selection;
use crate::api::Labels;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The number of a counter.
pub type CounterId = usize;

/// How many pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that nobody has asked to go: spreading sees only them (`countPodsMatchSelector`).
    pub live: i32,
    /// All of them: affinity sees them until they are gone.
    pub all: i32,
}

#[derive(Debug)]
struct Counter {
    selection: Arc<Selection>,
    by_slot: Vec<Count>,
}

/// All the counters.
#[derive(Debug, Default)]
pub struct Counters {
    ids: BTreeMap<Arc<str>, CounterId>,
    counters: Vec<Counter>,
    /// The counters by one label that all their pods bear, and those whose pods need not bear any.
    by_label: Pairs<CounterId>,
    unlabelled: Vec<CounterId>,
    /// Which counters count pods with a set of labels; None: not looked up yet.
    by_set: Vec<Option<Vec<CounterId>>>,
}

impl Counters {
    /// Returns the counter of a selection; a new one counts all pods once.
    pub fn of(&mut self, selection: &Arc<Selection>, core: &Core) -> CounterId {
        if let Some(id) = self.ids.get(selection.text()) {
            return *id;
        }
        let id = self.counters.len();
        self.ids.insert(selection.text().clone(), id);
        self.counters.push(Counter {
            selection: selection.clone(),
            by_slot: vec![Count::default(); core.slots()],
        });
        match self.by_label.rarest(selection.pairs()) {
            Some((key, value)) => self.by_label.insert(key, value, id),
            None => self.unlabelled.push(id),
        }
        // Sets without a pod just now are looked up again when they are met again.
        let meant = core.sets().meant_by(selection);
        if !meant.is_empty() {
            for (slot, pod) in core.placed().filter(|(_, pod)| meant.contains(&pod.set)) {
                self.counters[id].add(slot, pod, 1);
            }
        }
        for set in meant {
            if let Some(Some(known)) = self.by_set.get_mut(set as usize) {
                known.push(id);
            }
        }
        id
    }

    /// Returns the counters that count pods with these labels.
    fn meant(&self, namespace: &str, labels: &Labels) -> Vec<CounterId> {
        let labelled = labels.iter().flat_map(|(key, value)| self.by_label.get(key, value));
        let likely = labelled.chain(&self.unlabelled).copied();
        likely
            .filter(|id| self.counters[*id].selection.matches(namespace, labels))
            .collect()
    }

    /// Returns how many pods there are on a node.
    pub fn count(&self, id: CounterId, slot: Slot) -> Count {
        self.counters[id]
            .by_slot
            .get(slot as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Returns how many pods there are on the nodes by their places; on a place beyond the end there are none.
    pub fn on_nodes(&self, id: CounterId) -> &[Count] {
        &self.counters[id].by_slot
    }

    /// Counts a pod that came (1) or went (-1).
    pub fn pod_changed(&mut self, slot: Slot, pod: &Placed, sign: i32, new_set: bool) {
        let place = pod.set as usize;
        if self.by_set.len() <= place {
            self.by_set.resize(place + 1, None);
        }
        if new_set {
            self.by_set[place] = None;
        }
        if self.by_set[place].is_none() {
            self.by_set[place] = Some(self.meant(&pod.key.namespace, &pod.labels));
        }
        for id in self.by_set[place].iter().flatten() {
            self.counters[*id].add(slot, pod, sign);
        }
    }

    /// Returns how many numbers are kept.
    pub fn size(&self) -> usize {
        self.counters.iter().map(|c| c.by_slot.len()).sum()
    }
}

impl Counter {
    fn add(&mut self, slot: Slot, pod: &Placed, sign: i32) {
        let place = slot as usize;
        if self.by_slot.len() <= place {
            self.by_slot.resize(place + 1, Count::default());
        }
        let count = &mut self.by_slot[place];
        count.all += sign;
        if pod.is_live {
            count.live += sign;
        }
    }
}
