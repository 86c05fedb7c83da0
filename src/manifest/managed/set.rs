//! A set of fields, as a tree of path elements.
//!
//! An element is a text as FieldsV1 writes it: `f:replicas` is a field, `k:{"name":"web"}` an item of a list that is a
//! map, `v:"x"` an item of a list that is a set.

use super::topology::Place;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The mark of FieldsV1 for a field that is in the set beside some of what is below it.
const ITSELF: &str = ".";

/// A set of fields below one; whether that one itself is in it, is said by `owned`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// Whether the field itself is in the set.
    pub owned: bool,
    inner: BTreeMap<String, Set>,
}

impl Set {
    /// Returns the set of one field alone.
    pub fn one() -> Self {
        Self {
            owned: true,
            inner: BTreeMap::new(),
        }
    }

    /// Returns the set with the field itself in it, or without.
    pub fn with(self, owned: bool) -> Self {
        Self { owned, ..self }
    }

    /// Returns the set of one path; without elements it is empty.
    pub fn path(elements: &[&str]) -> Self {
        let Some((first, rest)) = elements.split_first() else {
            return Self::default();
        };
        let below = if rest.is_empty() { Self::one() } else { Self::path(rest) };
        let mut set = Self::default();
        set.put((*first).to_owned(), below);
        set
    }

    /// Reads `fieldsV1`; the error says what is none.
    pub fn read(fields: &Value) -> Result<Self, String> {
        let Value::Object(map) = fields else {
            return Err("fieldsV1 must be a map".to_owned());
        };
        let mut set = Self::default();
        for (element, below) in map {
            if element == ITSELF {
                set.owned = true;
                continue;
            }
            let known = ["f:", "k:", "v:", "i:"].iter().any(|kind| element.starts_with(kind));
            if !known {
                return Err(format!("{element} is no path element"));
            }
            let mut below = Self::read(below)?;
            below.owned |= below.inner.is_empty();
            set.inner.insert(element.clone(), below);
        }
        Ok(set)
    }

    /// Returns it as `fieldsV1`.
    pub fn to_value(&self) -> Value {
        let below = self.inner.iter().map(|(element, below)| {
            let mut value = below.to_value();
            if let Value::Object(map) = &mut value
                && below.owned
                && !map.is_empty()
            {
                map.insert(ITSELF.to_owned(), Value::Object(Map::new()));
            }
            (element.clone(), value)
        });
        Value::Object(below.collect())
    }

    /// Puts what is below an element into the set; nothing leaves no trace.
    pub fn put(&mut self, element: String, below: Set) {
        if !below.is_empty() {
            self.inner.insert(element, below);
        }
    }

    /// Returns what is below an element.
    pub fn below(&self, element: &str) -> Option<&Set> {
        self.inner.get(element)
    }

    /// Says whether there is nothing in the set.
    pub fn is_empty(&self) -> bool {
        !self.owned && self.inner.values().all(Set::is_empty)
    }

    /// Says whether there is something below the field itself.
    pub fn goes_on(&self) -> bool {
        !self.inner.values().all(Set::is_empty)
    }

    /// Says whether a path is in the set.
    pub fn has(&self, path: &[&str]) -> bool {
        match path.split_first() {
            None => self.owned,
            Some((first, rest)) => self.below(first).is_some_and(|below| below.has(rest)),
        }
    }

    /// Returns what is in either set.
    pub fn union(&self, other: &Set) -> Set {
        let mut all = self.clone();
        all.owned |= other.owned;
        for (element, below) in &other.inner {
            let merged = self
                .below(element)
                .map_or_else(|| below.clone(), |own| own.union(below));
            all.inner.insert(element.clone(), merged);
        }
        all
    }

    /// Returns what is in both sets.
    pub fn intersection(&self, other: &Set) -> Set {
        let mut both = Set {
            owned: self.owned && other.owned,
            ..Set::default()
        };
        for (element, below) in &self.inner {
            if let Some(theirs) = other.below(element) {
                both.put(element.clone(), below.intersection(theirs));
            }
        }
        both
    }

    /// Returns what is in this set and not in the other. A field that goes takes nothing below it along.
    pub fn difference(&self, other: &Set) -> Set {
        let mut left = Set {
            owned: self.owned && !other.owned,
            ..Set::default()
        };
        for (element, below) in &self.inner {
            let rest = other
                .below(element)
                .map_or_else(|| below.clone(), |theirs| below.difference(theirs));
            left.put(element.clone(), rest);
        }
        left
    }

    /// Returns the set with those fields of structs too that only have something below them in it
    /// (`EnsureNamedFieldsAreMembers`).
    pub fn with_named(&self, place: Place) -> Set {
        let mut named = Set {
            owned: self.owned,
            ..Set::default()
        };
        for (element, below) in &self.inner {
            let field = element.strip_prefix("f:");
            let mut inner = below.with_named(field.map_or_else(|| place.item(), |field| place.field(field)));
            inner.owned |= below.goes_on() && field.is_some_and(|field| place.names(field));
            named.put(element.clone(), inner);
        }
        named
    }

    /// Returns the paths in the set, each a list of elements: first those of one level, then what is below them.
    pub fn paths(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        self.collect(&mut Vec::new(), &mut found);
        found
    }

    fn collect(&self, above: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        for (element, _) in self.inner.iter().filter(|(_, below)| below.owned) {
            let path = above.iter().chain([element]);
            found.push(path.cloned().collect());
        }
        for (element, below) in &self.inner {
            above.push(element.clone());
            below.collect(above, found);
            above.pop();
        }
    }
}
