//! Applying a strategic merge patch (k8s.io/apimachinery, strategicpatch, mergeMap).

use super::PatchError;
use super::order::{Identity, are_maps, arrange, deletes};
use super::strategy::{Merge, item, lookup};
use crate::manifest::document::type_of;
use crate::manifest::schema::Type;
use serde_json::{Map, Value};

const ORDER: &str = "$setElementOrder/";
const DELETE: &str = "$deleteFromPrimitiveList/";

/// What becomes of directives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are carried out: the target is an object.
    Apply,
    /// They are kept: the target is another patch.
    Combine,
}

/// Applies a strategic merge patch to an object.
pub fn strategic(api_version: &str, kind: &str, object: &Value, patch: &Value) -> Result<Value, PatchError> {
    let (Value::Object(object), Value::Object(patch)) = (object, patch) else {
        return Err(PatchError::NotAnObject);
    };
    maps(object.clone(), patch.clone(), type_of(api_version, kind), Mode::Apply).map(Value::Object)
}

/// Merges a patch into a map.
pub fn maps(
    mut target: Map<String, Value>,
    mut patch: Map<String, Value>,
    of: Type,
    mode: Mode,
) -> Result<Map<String, Value>, PatchError> {
    if let Some(directive) = patch.remove("$patch") {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Map::new()),
            _ => Err(PatchError::UnknownDirective(directive)),
        };
    }
    retain_keys(&mut target, &mut patch, mode)?;
    set_order(&mut target, &mut patch, of, mode)?;

    for (key, new) in patch {
        if let Some(list) = key.strip_prefix(DELETE) {
            match (mode, target.get_mut(list), new) {
                (Mode::Apply, Some(Value::Array(items)), Value::Array(gone)) => {
                    items.retain(|item| !gone.contains(item))
                }
                (Mode::Apply, ..) => (),
                (Mode::Combine, _, new) => {
                    target.insert(key, new);
                }
            }
            continue;
        }
        let (of, strategy) = lookup(of, &key);
        let merged = match (target.remove(&key), new) {
            (_, Value::Null) if mode == Mode::Apply => continue,
            (Some(Value::Object(old)), Value::Object(new)) if !strategy.replaces => {
                Value::Object(maps(old, new, of, mode)?)
            }
            (Some(Value::Array(old)), Value::Array(new)) if strategy.list != Merge::Replace => {
                Value::Array(lists(old, new, item(of), strategy.list, mode)?)
            }
            (_, new) => without_directives(new, mode),
        };
        target.insert(key, merged);
    }
    Ok(target)
}

/// What is not in the target yet is taken from the patch as it is, but no directive may end up in an object.
///
/// The real server leaves them to its decoder, which drops or refuses them.
fn without_directives(value: Value, mode: Mode) -> Value {
    match value {
        _ if mode == Mode::Combine => value,
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(key, value)| !is_directive(key) && !value.is_null())
                .map(|(key, value)| (key, without_directives(value, mode)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(taken(items, mode)),
        other => other,
    }
}

/// Takes a list as it is, without what only deletes or replaces.
fn taken(items: Vec<Value>, mode: Mode) -> Vec<Value> {
    if mode == Mode::Combine {
        return items;
    }
    let bare = |item: &Value| {
        item.as_object()
            .is_some_and(|map| map.len() == 1 && map.contains_key("$patch"))
    };
    let kept = items.into_iter().filter(|item| !deletes(item) && !bare(item));
    kept.map(|item| without_directives(item, mode)).collect()
}

fn is_directive(key: &str) -> bool {
    key == "$patch" || key == "$retainKeys" || key.starts_with(ORDER) || key.starts_with(DELETE)
}

/// Clears the keys that the patch does not want to keep.
fn retain_keys(target: &mut Map<String, Value>, patch: &mut Map<String, Value>, mode: Mode) -> Result<(), PatchError> {
    let Some(retained) = patch.remove("$retainKeys") else {
        return Ok(());
    };
    if mode == Mode::Combine {
        return match target.get("$retainKeys") {
            Some(known) if *known != retained => Err(PatchError::BadRetainKeys),
            _ => {
                target.insert("$retainKeys".to_owned(), retained);
                Ok(())
            }
        };
    }
    let Value::Array(retained) = retained else {
        return Err(PatchError::BadRetainKeys);
    };
    let keeps = |key: &str| retained.iter().any(|kept| kept == key);
    if patch
        .iter()
        .any(|(key, value)| !value.is_null() && !key.starts_with('$') && !keeps(key))
    {
        return Err(PatchError::BadRetainKeys);
    }
    target.retain(|key, _| keeps(key));
    Ok(())
}

/// Merges the lists whose order the patch sets, and takes them out of the patch.
fn set_order(
    target: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    of: Type,
    mode: Mode,
) -> Result<(), PatchError> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(ORDER)).cloned().collect();
    for directive in directives {
        let Some(Value::Array(order)) = patch.remove(&directive) else {
            return Err(PatchError::BadElementOrder);
        };
        if mode == Mode::Combine {
            if target
                .get(&directive)
                .is_some_and(|known| known.as_array() != Some(&order))
            {
                return Err(PatchError::BadElementOrder);
            }
            target.insert(directive.clone(), Value::Array(order.clone()));
        }
        let key = &directive[ORDER.len()..];
        let (of, strategy) = lookup(of, key);
        let identity = match strategy.list {
            Merge::By(field) => Identity::Field(field),
            _ => Identity::Itself,
        };
        let new = match patch.remove(key) {
            None => None,
            Some(Value::Array(new)) => Some(new),
            Some(_) => return Err(PatchError::BadElementOrder),
        };
        check_order(new.as_deref().unwrap_or_default(), &order, identity)?;
        let old = match target.remove(key) {
            None => None,
            Some(Value::Array(old)) => Some(old),
            Some(_) => return Err(PatchError::BadElementOrder),
        };
        let server_order = old.clone().unwrap_or_default();
        let merged = match (old, new) {
            (None, None) => continue,
            (Some(old), None) => old,
            (None, Some(new)) => taken(new, mode),
            (Some(old), Some(new)) => lists(old, new, item(of), strategy.list, mode)?,
        };
        identity.check(&merged)?;
        target.insert(
            key.to_owned(),
            Value::Array(arrange(merged, &order, &server_order, identity)),
        );
    }
    Ok(())
}

/// The items of a patch must come in the order that it sets.
fn check_order(items: &[Value], order: &[Value], identity: Identity) -> Result<(), PatchError> {
    let mut places = items
        .iter()
        .filter(|item| item.get("$patch").is_none())
        .map(|item| identity.position(order, item));
    let mut last = None;
    if order.is_empty() || places.all(|place| place.is_some() && std::mem::replace(&mut last, place) < place) {
        Ok(())
    } else {
        Err(PatchError::BadElementOrder)
    }
}

/// Merges a patch's list into a list.
fn lists(old: Vec<Value>, new: Vec<Value>, of: Type, how: Merge, mode: Mode) -> Result<Vec<Value>, PatchError> {
    let server_order = old.clone();
    let maps_inside = are_maps(&[&old, &new])?;
    let (Merge::By(field), true) = (how, maps_inside) else {
        let mut merged = old;
        for item in &new {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(arrange(merged, &new, &server_order, Identity::Itself));
    };

    let identity = Identity::Field(field);
    let (directives, new): (Vec<Value>, Vec<Value>) = new.into_iter().partition(|item| item.get("$patch").is_some());
    let mut merged = old;
    for directive in &directives {
        match directive["$patch"].as_str() {
            Some("delete") => {
                identity.check(std::slice::from_ref(directive))?;
                merged.retain(|item| item.get(field) != directive.get(field));
            }
            Some("replace") => (),
            _ => return Err(PatchError::UnknownDirective(directive["$patch"].clone())),
        }
    }
    if directives.iter().any(|directive| directive["$patch"] == "replace") {
        return Ok(taken(new, mode));
    }
    identity.check(&new)?;
    for item in &new {
        match (identity.position(&merged, item), item) {
            (Some(place), Value::Object(item)) => {
                if let Value::Object(old) = merged[place].take() {
                    merged[place] = Value::Object(self::maps(old, item.clone(), of, mode)?);
                }
            }
            _ => merged.push(without_directives(item.clone(), mode)),
        }
    }
    identity.check(&merged)?;
    Ok(arrange(merged, &new, &server_order, identity))
}
