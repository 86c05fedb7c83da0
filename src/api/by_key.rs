//! A map whose keys are asked for and never walked: found by hash, whatever its size, and written down in order.
//!
//! In a tree of thirty thousand keys that are text, a key is found by reading some twenty others, each somewhere else in
//! memory. Here the hash is the same in each run, and nobody can see the order: there is no way to walk it.

use foldhash::fast::FixedState;
use serde::de::SeqAccess;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};
#[expect(
    clippy::disallowed_types,
    reason = "its order is seen by nobody, and its hash is fixed"
)]
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

/// A map without an order.
#[derive(Clone)]
#[expect(
    clippy::disallowed_types,
    reason = "its order is seen by nobody, and its hash is fixed"
)]
pub struct ByKey<K, V>(HashMap<K, V, FixedState>);

impl<K, V> Default for ByKey<K, V> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<K: Ord, V> ByKey<K, V> {
    /// Returns the pairs in the order of their keys.
    fn in_order(&self) -> Vec<(&K, &V)> {
        let mut pairs: Vec<(&K, &V)> = self.0.iter().collect();
        pairs.sort_by_key(|(key, _)| *key);
        pairs
    }
}

impl<K: Eq + Hash, V> ByKey<K, V> {
    /// Returns the value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    /// Returns the value of a key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// Says whether a key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Gives a key a value, and returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    /// Gives a key a value unless it has one; returns whether it had none.
    pub fn insert_new(&mut self, key: K, value: V) -> bool {
        let mut is_new = false;
        self.0.entry(key).or_insert_with(|| {
            is_new = true;
            value
        });
        is_new
    }

    /// Returns the value of a key, to change it; where there is none, the default is put there first.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.0.entry(key).or_default()
    }

    /// Returns the value of a key, to change it; where there is none, `value` is put there first.
    pub fn or_insert(&mut self, key: K, value: V) -> &mut V {
        self.0.entry(key).or_insert(value)
    }

    /// Takes a key out, and returns its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.0.remove(key)
    }

    /// Keeps the pairs of which `keep` says so; it sees them in no order, so that it can only judge each by itself.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|key, value| keep(key, value));
    }

    /// Says whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for ByKey<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.in_order()).finish()
    }
}

impl<K: Ord + Serialize, V: Serialize> Serialize for ByKey<K, V> {
    /// Writes a list of pairs: JSON knows no other keys than text.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.in_order())
    }
}

impl<'de, K: Deserialize<'de> + Eq + Hash, V: Deserialize<'de>> Deserialize<'de> for ByKey<K, V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Pairs(PhantomData))
    }
}

/// Reads a list of pairs.
struct Pairs<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de> + Eq + Hash, V: Deserialize<'de>> Visitor<'de> for Pairs<K, V> {
    type Value = ByKey<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of pairs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Self::Value, A::Error> {
        let mut map = ByKey::default();
        while let Some((key, value)) = pairs.next_element()? {
            map.insert(key, value);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_is_in_order_however_it_came() {
        let mut map = ByKey::default();
        for (n, key) in ["db-2", "web-0", "db-0", "db-1"].into_iter().enumerate() {
            assert!(map.insert_new(key.to_owned(), n));
        }
        assert!(!map.insert_new("db-0".to_owned(), 9), "it keeps what it has");
        let text = serde_json::to_string(&map).unwrap();
        assert_eq!(text, r#"[["db-0",2],["db-1",3],["db-2",0],["web-0",1]]"#);
        assert_eq!(format!("{map:?}"), r#"{"db-0": 2, "db-1": 3, "db-2": 0, "web-0": 1}"#);
        let mut again: ByKey<String, usize> = serde_json::from_str(&text).unwrap();
        assert_eq!(again.remove(&"db-2".to_owned()), Some(0));
        *again.or_default("new".to_owned()) += 7;
        assert_eq!(again.get(&"new".to_owned()), Some(&7));
        assert!(!again.contains_key(&"db-2".to_owned()));
    }
}
