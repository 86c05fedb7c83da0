//! How many pods of a selection are on each node, kept up to date pod by pod.

use super::Core;
use super::node::Placed;
use super::sets::SetId;
use super::tree::Slot;
use crate::actors::scheduler::selection::Selection;
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
        let mut meant: Vec<Option<bool>> = Vec::new();
        for (slot, pod) in core.placed() {
            let place = pod.set as usize;
            meant.resize(meant.len().max(place + 1), None);
            let counts = *meant[place].get_or_insert_with(|| selection.matches(&pod.key.namespace, &pod.labels));
            if counts {
                self.counters[id].add(slot, pod, 1);
            }
        }
        for (set, meant) in meant.into_iter().enumerate() {
            if let (Some(true), Some(Some(known))) = (meant, self.by_set.get_mut(set)) {
                known.push(id);
            }
        }
        // Sets that were looked up and have no pod just now may be met again.
        for (set, known) in self.by_set.iter_mut().enumerate() {
            let labels = core.sets().get(set as SetId);
            if known.as_ref().is_some_and(|known| !known.contains(&id))
                && selection.matches(&labels.namespace, &labels.labels)
            {
                *known = None;
            }
        }
        id
    }

    /// Returns how many pods there are on a node.
    pub fn count(&self, id: CounterId, slot: Slot) -> Count {
        self.counters[id]
            .by_slot
            .get(slot as usize)
            .copied()
            .unwrap_or_default()
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
        let Self { counters, by_set, .. } = self;
        let ids = by_set[place].get_or_insert_with(|| {
            let numbered = counters.iter().enumerate();
            let meant = numbered.filter(|(_, c)| c.selection.matches(&pod.key.namespace, &pod.labels));
            meant.map(|(id, _)| id).collect()
        });
        for id in ids {
            counters[*id].add(slot, pod, sign);
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
