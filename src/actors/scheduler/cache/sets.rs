//! The different sets of labels that placed pods bear, each with a number: thousands of pods share a few.

use super::pairs::Pairs;
use crate::actors::scheduler::selection::Selection;
use crate::api::{ByKey, Labels};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The number of a set.
pub type SetId = u32;

/// One set: a namespace and labels.
#[derive(Clone, Debug)]
pub struct LabelSet {
    /// The namespace of its pods.
    pub namespace: Arc<str>,
    /// Their labels.
    pub labels: Labels,
    /// How many pods bear it; at 0 the number is free.
    pods: u32,
}

/// All the sets.
#[derive(Clone, Debug, Default)]
pub struct LabelSets {
    ids: ByKey<(Arc<str>, Labels), SetId>,
    sets: Vec<LabelSet>,
    free: Vec<SetId>,
    /// The sets by each of their labels: a selection is not held against thousands of them.
    by_label: Pairs<SetId>,
}

impl LabelSets {
    /// Counts one more pod with these labels, and returns the number of the set and whether it is new.
    pub fn enter(&mut self, namespace: &Arc<str>, labels: &Labels) -> (SetId, bool) {
        let key = (namespace.clone(), labels.clone());
        if let Some(id) = self.ids.get(&key).copied() {
            self.sets[id as usize].pods += 1;
            return (id, false);
        }
        let set = LabelSet {
            namespace: namespace.clone(),
            labels: labels.clone(),
            pods: 1,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.sets[id as usize] = set;
                id
            }
            None => {
                self.sets.push(set);
                (self.sets.len() - 1) as SetId
            }
        };
        self.ids.insert(key, id);
        for (key, value) in labels.iter() {
            self.by_label.insert(key, value, id);
        }
        (id, true)
    }

    /// Counts one pod less.
    pub fn leave(&mut self, id: SetId) {
        let set = &mut self.sets[id as usize];
        set.pods -= 1;
        if set.pods == 0 {
            self.ids.remove(&(set.namespace.clone(), set.labels.clone()));
            for (key, value) in set.labels.iter() {
                self.by_label.remove(key, value, &id);
            }
            self.free.push(id);
        }
    }

    /// Returns the sets whose pods a selection means.
    pub fn meant_by(&self, selection: &Selection) -> BTreeSet<SetId> {
        let is_meant = |id: &SetId| {
            let set = &self.sets[*id as usize];
            selection.matches(&set.namespace, &set.labels)
        };
        match self.by_label.rarest(selection.pairs()) {
            Some((key, value)) => self.by_label.get(key, value).copied().filter(is_meant).collect(),
            None => {
                let ids = 0..self.sets.len() as SetId;
                ids.filter(|id| self.sets[*id as usize].pods > 0)
                    .filter(is_meant)
                    .collect()
            }
        }
    }

    /// Returns a set by its number.
    #[cfg(test)]
    pub fn get(&self, id: SetId) -> &LabelSet {
        &self.sets[id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_of_one_template_share_a_number_which_is_free_when_they_are_gone() {
        let mut sets = LabelSets::default();
        let (namespace, web): (Arc<str>, Labels) = ("default".into(), [("app", "web")].into_iter().collect());
        let (first, new) = sets.enter(&namespace, &web);
        assert!(new);
        assert_eq!(sets.enter(&namespace, &web), (first, false));
        sets.leave(first);
        sets.leave(first);
        let db: Labels = [("app", "db")].into_iter().collect();
        assert_eq!(sets.enter(&namespace, &db), (first, true));
        assert_eq!(sets.get(first).labels, db);
    }
}
