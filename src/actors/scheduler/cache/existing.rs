//! The wishes that placed pods have about other pods, counted by term: one entry for all the pods of a template.

use super::Core;
use super::node::Placed;
use super::tree::Slot;
use crate::actors::scheduler::term::Term;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A term and how many pods on which nodes have it.
#[derive(Debug)]
pub struct Existing {
    /// The term.
    pub term: Arc<Term>,
    /// The pods that have it, by node.
    pub by_slot: BTreeMap<Slot, i32>,
}

/// The terms of placed pods. A term stays when the last pod that had it is gone.
#[derive(Debug, Default)]
pub struct ExistingTerms {
    ids: BTreeMap<Arc<str>, usize>,
    terms: Vec<Existing>,
}

impl ExistingTerms {
    /// Counts the terms of all pods.
    pub fn new(core: &Core) -> Self {
        let mut terms = Self::default();
        for (slot, pod) in core.placed() {
            terms.pod_changed(slot, pod, 1);
        }
        terms
    }

    /// Returns the terms.
    pub fn iter(&self) -> impl Iterator<Item = &Existing> {
        self.terms.iter()
    }

    /// Returns how many terms were ever met.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Counts a pod that came (1) or went (-1).
    pub fn pod_changed(&mut self, slot: Slot, pod: &Placed, sign: i32) {
        for term in &pod.shape.terms {
            let new = self.terms.len();
            let id = *self.ids.entry(term.text.clone()).or_insert(new);
            if id == new {
                self.terms.push(Existing {
                    term: term.clone(),
                    by_slot: BTreeMap::new(),
                });
            }
            let by_slot = &mut self.terms[id].by_slot;
            let count = by_slot.entry(slot).or_default();
            *count += sign;
            if *count == 0 {
                by_slot.remove(&slot);
            }
        }
    }
}
