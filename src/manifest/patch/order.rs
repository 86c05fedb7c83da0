//! Lists that are merged: what tells their items apart, and in which order they come out.

use super::{PatchError, in_go};
use serde_json::Value;

/// Says what tells the items of a list apart: a field of maps, or the plain value itself.
#[derive(Clone, Copy, Debug)]
pub enum Identity {
    /// The value of this field.
    Field(&'static str),
    /// The item itself.
    Itself,
}

impl Identity {
    /// Returns what tells an item apart.
    pub fn of<'a>(&self, item: &'a Value) -> Option<&'a Value> {
        match self {
            Identity::Field(key) => item.get(key),
            Identity::Itself => Some(item),
        }
    }

    /// Checks that each item can be told apart.
    pub fn check(&self, items: &[Value]) -> Result<(), PatchError> {
        match items.iter().find(|item| self.of(item).is_none()) {
            None => Ok(()),
            Some(item) => Err(PatchError::NoMergeKey {
                item: item.clone(),
                key: match self {
                    Identity::Field(key) => (*key).to_owned(),
                    Identity::Itself => String::new(),
                },
            }),
        }
    }

    /// Returns where an item stands in a list.
    pub fn position(&self, list: &[Value], item: &Value) -> Option<usize> {
        let wanted = self.of(item);
        list.iter().position(|known| self.of(known) == wanted)
    }

    /// Returns what Go sorts an item by.
    pub fn sort_key(&self, item: &Value) -> String {
        self.of(item).map(in_go).unwrap_or_default()
    }
}

/// Tells whether the items of lists are maps; plain values and maps must not be mixed.
pub fn are_maps(lists: &[&[Value]]) -> Result<bool, PatchError> {
    let mut items = lists.iter().flat_map(|list| list.iter());
    let maps = items.clone().next().is_some_and(Value::is_object);
    if items.all(|item| item.is_object() == maps && !item.is_array()) {
        Ok(maps)
    } else {
        Err(PatchError::MixedList)
    }
}

/// Tells whether an item only deletes: `$patch: delete`.
pub fn deletes(item: &Value) -> bool {
    item.get("$patch").is_some_and(|directive| directive == "delete")
}

/// Sorts items by their place in `order`; those that delete come last.
pub fn sort_by(items: Vec<Value>, order: &[Value], identity: Identity) -> Vec<Value> {
    let (mut kept, deleting): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| !deletes(item));
    kept.sort_by_key(|item| identity.position(order, item).unwrap_or(usize::MAX));
    kept.extend(deleting);
    kept
}

/// Puts a merged list in order: what the patch knows as the patch orders it, and the rest of the server's items between
/// them, where they stood before.
pub fn arrange(merged: Vec<Value>, patch_order: &[Value], server_order: &[Value], identity: Identity) -> Vec<Value> {
    let (of_patch, of_server): (Vec<_>, Vec<_>) = merged
        .into_iter()
        .partition(|item| identity.position(patch_order, item).is_some());
    let mut right = sort_by(of_patch, patch_order, identity).into_iter().peekable();
    let mut left = sort_by(of_server, server_order, identity).into_iter().peekable();
    let mut arranged = Vec::new();
    loop {
        let left_first = match (left.peek(), right.peek()) {
            (None, None) => return arranged,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(left), Some(right)) => {
                let place = |item| identity.position(server_order, item);
                matches!((place(left), place(right)), (Some(left), Some(right)) if left < right)
            }
        };
        arranged.extend(if left_first { left.next() } else { right.next() });
    }
}
