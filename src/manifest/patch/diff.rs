//! The strategic merge patch that makes one value of another (k8s.io/apimachinery, strategicpatch, diffMaps).

use super::PatchError;
use super::order::{Identity, are_maps, sort_by};
use super::strategy::{Merge, Strategy, item, lookup};
use crate::manifest::schema::Type;
use serde_json::{Map, Value, json};

/// Which differences are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What is new or other.
    pub changes: bool,
    /// What is gone.
    pub deletions: bool,
}

/// Returns the patch that makes `modified` of `original`.
pub fn maps(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    of: Type,
    wanted: Wanted,
) -> Result<Map<String, Value>, PatchError> {
    diff(original, modified, of, wanted, false)
}

fn diff(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    of: Type,
    wanted: Wanted,
    retains_keys: bool,
) -> Result<Map<String, Value>, PatchError> {
    let mut patch = Map::new();
    for (key, new) in modified {
        let (of, strategy) = lookup(of, key);
        match (original.get(key), new) {
            (Some(Value::Object(old)), Value::Object(new_map)) if !strategy.replaces => {
                let inner = diff(old, new_map, of, wanted, strategy.retains_keys)?;
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) if strategy.list != Merge::Replace => {
                lists(key, old, new, (of, strategy), wanted, &mut patch)?;
            }
            // A map that is replaced as a whole is always sent.
            (Some(Value::Object(_)), Value::Object(_)) if wanted.changes => {
                patch.insert(key.clone(), new.clone());
            }
            (old, new) if wanted.changes && old != Some(new) => {
                patch.insert(key.clone(), new.clone());
            }
            _ => (),
        }
    }
    let gone = |key: &&String| !modified.contains_key(*key);
    if wanted.deletions {
        patch.extend(original.keys().filter(gone).map(|key| (key.clone(), Value::Null)));
    }
    let loses = original
        .iter()
        .any(|(key, value)| !value.is_null() && !modified.contains_key(key));
    if retains_keys && !modified.is_empty() && (!patch.is_empty() || loses) {
        let mut keys: Vec<&String> = modified
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, _)| key)
            .collect();
        keys.sort();
        patch.insert("$retainKeys".to_owned(), json!(keys));
    }
    Ok(patch)
}

/// Adds what changes a list to the patch of the map that holds it.
fn lists(
    key: &str,
    old: &[Value],
    new: &[Value],
    (of, strategy): (Type, Strategy),
    wanted: Wanted,
    patch: &mut Map<String, Value>,
) -> Result<(), PatchError> {
    if old.is_empty() {
        if !new.is_empty() && wanted.changes {
            patch.insert(key.to_owned(), json!(new));
        }
        return Ok(());
    }
    match strategy.list {
        Merge::By(field) if are_maps(&[old, new])? => {
            let identity = Identity::Field(field);
            identity.check(old)?;
            identity.check(new)?;
            let (changed, deleted) = items(old, new, field, item(of), wanted, strategy.retains_keys)?;
            let mut changed = sort_by(changed, new, identity);
            changed.extend(deleted);
            let same_order = old.len() == new.len() && old.iter().zip(new).all(|(old, new)| old[field] == new[field]);
            if !changed.is_empty() || wanted.changes && !same_order {
                let order: Vec<Value> = new.iter().map(|item| json!({field: item[field]})).collect();
                insert_list(patch, format!("$setElementOrder/{key}"), order);
            }
            insert_list(patch, key.to_owned(), changed);
        }
        _ => {
            let (added, deleted) = scalars(old, new, wanted);
            if !deleted.is_empty() || wanted.changes && old != new {
                insert_list(patch, format!("$setElementOrder/{key}"), new.to_vec());
            }
            insert_list(patch, key.to_owned(), sort_by(added, new, Identity::Itself));
            insert_list(patch, format!("$deleteFromPrimitiveList/{key}"), deleted);
        }
    }
    Ok(())
}

fn insert_list(patch: &mut Map<String, Value>, key: String, list: Vec<Value>) {
    if !list.is_empty() {
        patch.insert(key, Value::Array(list));
    }
}

/// Compares maps that have the same merge key.
fn items(
    old: &[Value],
    new: &[Value],
    field: &'static str,
    of: Type,
    wanted: Wanted,
    retains_keys: bool,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let (mut changed, mut deleted) = (Vec::new(), Vec::new());
    for (old, new) in paired(old, new, Identity::Field(field)) {
        match (old, new) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                let mut inner = diff(old, new, of, wanted, retains_keys)?;
                if !inner.is_empty() {
                    inner.insert(field.to_owned(), new[field].clone());
                    changed.push(Value::Object(inner));
                }
            }
            (None, Some(new)) if wanted.changes => changed.push(new.clone()),
            (Some(old), None) if wanted.deletions => deleted.push(json!({field: old[field], "$patch": "delete"})),
            _ => (),
        }
    }
    Ok((changed, deleted))
}

fn scalars(old: &[Value], new: &[Value], wanted: Wanted) -> (Vec<Value>, Vec<Value>) {
    let (mut added, mut deleted) = (Vec::new(), Vec::new());
    for pair in paired(old, new, Identity::Itself) {
        match pair {
            (None, Some(new)) if wanted.changes => added.push(new.clone()),
            (Some(old), None) if wanted.deletions && !deleted.contains(old) => deleted.push(old.clone()),
            _ => (),
        }
    }
    (added, deleted)
}

/// Goes through two lists in the order of what tells their items apart.
fn paired<'a>(old: &'a [Value], new: &'a [Value], identity: Identity) -> Vec<(Option<&'a Value>, Option<&'a Value>)> {
    let sorted = |list: &'a [Value]| {
        let mut keyed: Vec<(String, &Value)> = list.iter().map(|item| (identity.sort_key(item), item)).collect();
        keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
        keyed.into_iter().peekable()
    };
    let (mut old, mut new) = (sorted(old), sorted(new));
    let mut pairs = Vec::new();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return pairs,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        let old = if order.is_le() { old.next() } else { None };
        let new = if order.is_ge() { new.next() } else { None };
        pairs.push((old.map(|(_, item)| item), new.map(|(_, item)| item)));
    }
}
