//! The changes that `key=value` and `key-` ask for.

use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Map, Value};

/// Marks that are set, and marks that go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// What is set; of equal keys the last.
    pub set: Vec<(String, String)>,
    /// What goes.
    pub removed: Vec<String>,
}

impl Changes {
    /// Says whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }

    /// Sets a mark.
    pub fn put(&mut self, key: &str, value: &str) {
        self.set.retain(|(held, _)| held != key);
        self.set.push((key.to_owned(), value.to_owned()));
    }

    /// Returns the keys that are both set and removed.
    pub fn contradictions(&self) -> Vec<&str> {
        let set = |key: &&String| self.set.iter().any(|(held, _)| held == *key);
        self.removed.iter().filter(set).map(String::as_str).collect()
    }

    /// Returns the keys that are to go and are not there.
    pub fn missing(&self, held: &Value) -> Vec<String> {
        let gone = |key: &&String| held.get(key.as_str()).is_none();
        self.removed.iter().filter(gone).cloned().collect()
    }

    /// Returns the marks that are held with another value, and that value.
    pub fn overwritten<'a>(&'a self, held: &'a Value) -> Vec<(&'a str, &'a str)> {
        let each = self.set.iter().filter_map(|(key, value)| {
            let old = held.get(key)?.as_str()?;
            (old != value).then_some((key.as_str(), old))
        });
        each.collect()
    }

    /// Makes the changes in an object's tree.
    pub fn make(&self, tree: &mut Value, field: &str) {
        let Some(meta) = tree.get_mut("metadata").and_then(Value::as_object_mut) else {
            return;
        };
        let held = meta.entry(field).or_insert_with(|| Value::Object(Map::new()));
        let Some(held) = held.as_object_mut() else {
            return;
        };
        for (key, value) in &self.set {
            held.insert(key.clone(), value.as_str().into());
        }
        for key in &self.removed {
            held.remove(key);
        }
        if held.is_empty() {
            meta.remove(field);
        }
    }
}

/// Parts the words before the first change from the changes (`cmdutil.GetResourcesAndPairs`).
pub(super) fn split(words: &[String], noun: &str) -> Verdict<(Vec<String>, Vec<String>)> {
    let is_change =
        |word: &String| (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word != "-");
    let at = words.iter().position(is_change).unwrap_or(words.len());
    let (names, pairs) = words.split_at(at);
    if let Some(late) = pairs.iter().find(|word| !is_change(word)) {
        return Err(Trouble::error(format!(
            "all resources must be specified before {noun} changes: {late}"
        )));
    }
    Ok((names.to_vec(), pairs.to_vec()))
}
