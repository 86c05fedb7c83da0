//! A place in an object's value: what is there, and the way to it, which is only written out for an error.

use crate::manifest::path::{Path, Trail};
use serde_json::Value;

/// A value, perhaps missing, and where it is.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    trail: Trail<'a>,
    value: Option<&'a Value>,
}

impl<'a> At<'a> {
    /// Begins at the object itself.
    pub fn top(value: &'a Value) -> At<'a> {
        At {
            trail: Trail::top(),
            value: Some(value),
        }
    }

    /// Goes to a field; nulls count as missing.
    pub fn field<'b>(&'b self, name: &'b str) -> At<'b> {
        let value = self.value.and_then(|value| value.get(name));
        At {
            trail: self.trail.key(name),
            value: value.filter(|value| !value.is_null()),
        }
    }

    /// Goes through the items of a list.
    pub fn items<'b>(&'b self) -> impl Iterator<Item = At<'b>> {
        let items = self.value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        items.iter().enumerate().map(move |(index, item)| At {
            trail: self.trail.index(index),
            value: Some(item),
        })
    }

    /// Goes through the values of a map.
    pub fn entries<'b>(&'b self) -> impl Iterator<Item = (&'b str, At<'b>)> {
        let map = self.value.and_then(Value::as_object);
        map.into_iter().flatten().map(move |(key, value)| {
            let trail = self.trail.key(key);
            let value = Some(value);
            (key.as_str(), At { trail, value })
        })
    }

    /// Writes out the way.
    pub fn path(&self) -> Path {
        self.trail.path()
    }

    /// Returns the value, if there is one.
    pub fn value(&self) -> Option<&'a Value> {
        self.value
    }

    /// Tells whether something is there.
    pub fn is_set(&self) -> bool {
        self.value.is_some()
    }

    /// Returns the text; a missing one is empty, as in Go.
    pub fn text(&self) -> &'a str {
        self.value.and_then(Value::as_str).unwrap_or("")
    }

    /// Returns the whole number, if there is one.
    pub fn int(&self) -> Option<i64> {
        self.value.and_then(Value::as_i64)
    }

    /// Returns how many items or entries there are.
    pub fn count(&self) -> usize {
        match self.value {
            Some(Value::Array(items)) => items.len(),
            Some(Value::Object(map)) => map.len(),
            _ => 0,
        }
    }

    /// Returns a copy of the value for an error.
    pub fn shown(&self) -> Value {
        self.value.cloned().unwrap_or(Value::Null)
    }
}
