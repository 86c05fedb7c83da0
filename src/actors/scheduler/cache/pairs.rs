//! Things by the labels that they bear or ask for, so that the few that may fit are found among thousands.

use std::collections::{BTreeMap, BTreeSet};

/// Things of one kind, each under one or more labels with their values.
#[derive(Clone, Debug)]
pub struct Pairs<T> {
    by_key: BTreeMap<String, BTreeMap<String, BTreeSet<T>>>,
}

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self {
            by_key: BTreeMap::new(),
        }
    }
}

impl<T: Ord> Pairs<T> {
    /// Puts a thing under a label with a value.
    pub fn insert(&mut self, key: &str, value: &str, thing: T) {
        if !self.by_key.contains_key(key) {
            self.by_key.insert(key.to_owned(), BTreeMap::new());
        }
        let Some(by_value) = self.by_key.get_mut(key) else {
            return;
        };
        by_value.entry(value.to_owned()).or_default().insert(thing);
    }

    /// Takes a thing away.
    pub fn remove(&mut self, key: &str, value: &str, thing: &T) {
        let Some(by_value) = self.by_key.get_mut(key) else {
            return;
        };
        let Some(things) = by_value.get_mut(value) else { return };
        things.remove(thing);
        if things.is_empty() {
            by_value.remove(value);
        }
        if by_value.is_empty() {
            self.by_key.remove(key);
        }
    }

    /// Returns the things under a label with a value, in their order.
    pub fn get(&self, key: &str, value: &str) -> impl Iterator<Item = &T> {
        self.things(key, value).into_iter().flatten()
    }

    /// Returns the pair under which there are fewest things; None when there are no pairs.
    pub fn rarest<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<(&'a str, &'a str)> {
        pairs.min_by_key(|(key, value)| self.things(key, value).map_or(0, BTreeSet::len))
    }

    fn things(&self, key: &str, value: &str) -> Option<&BTreeSet<T>> {
        self.by_key.get(key)?.get(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_found_by_their_rarest_label() {
        let mut pairs = Pairs::default();
        for thing in 0..3 {
            pairs.insert("tier", "db", thing);
        }
        pairs.insert("app", "pg", 2);
        let asked = [("tier", "db"), ("app", "pg")];
        assert_eq!(pairs.rarest(asked.into_iter()), Some(("app", "pg")));
        assert!(pairs.get("app", "pg").eq(&[2]));
        assert!(pairs.get("tier", "db").eq(&[0, 1, 2]));
        pairs.remove("app", "pg", &2);
        pairs.remove("tier", "db", &0);
        assert_eq!(pairs.get("app", "pg").count(), 0);
        assert!(pairs.get("tier", "db").eq(&[1, 2]));
        assert_eq!(pairs.rarest(std::iter::empty()), None);
    }
}
