//! One object laid over another, and fields taken away.

use super::set::Set;
use super::topology::Place;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Lays what is applied over what there is (`typed.Merge`): what is not said stays.
pub fn merge(live: &Value, applied: &Value, place: Place) -> Value {
    if !place.is_parted(Some(live), Some(applied)) {
        return applied.clone();
    }
    match (live, applied) {
        (Value::Object(live), Value::Object(applied)) => {
            let mut merged = live.clone();
            for (key, value) in applied {
                let laid = live
                    .get(key)
                    .filter(|old| !old.is_null())
                    .map_or_else(|| value.clone(), |old| merge(old, value, place.field(key)));
                merged.insert(key.clone(), laid);
            }
            Value::Object(merged)
        }
        (Value::Array(live), Value::Array(applied)) => Value::Array(lists(live, applied, place)),
        _ => applied.clone(),
    }
}

/// Merges lists that are maps or sets. The order of what is applied wins; the other items keep their places among their
/// neighbours (`mergingWalker.visitListItems`).
fn lists(live: &[Value], applied: &[Value], place: Place) -> Vec<Value> {
    // What stands twice in what there is stays so, unless it is applied.
    let (old, new) = (place.all_items(live), place.items(applied));
    let find = |items: &[(String, &Value)], wanted: &str| items.iter().position(|(element, _)| element == wanted);
    let mut shared = new
        .iter()
        .map(|(element, _)| element)
        .filter(|e| find(&old, e).is_some());
    let mut next_shared = shared.next();
    let (mut merged, mut taken) = (Vec::new(), BTreeSet::new());
    let (mut at_old, mut at_new) = (0, 0);
    loop {
        match (old.get(at_old), new.get(at_new)) {
            (None, None) => return merged,
            // Only there: it stays where it is.
            (Some((element, item)), _) if find(&new, element).is_none() => {
                merged.push((*item).clone());
                at_old += 1;
            }
            // Merged before, or later where what is applied has it.
            (Some((element, _)), fresh)
                if taken.contains(element)
                    || fresh.is_none()
                    || fresh.is_some_and(|(e, _)| e != element)
                        && next_shared.is_some_and(|shared| shared != element) =>
            {
                at_old += 1;
            }
            (_, Some((element, item))) => {
                let before = find(&old, element).and_then(|at| old.get(at));
                merged.push(before.map_or_else(|| (*item).clone(), |(_, old)| merge(old, item, place.item())));
                taken.insert(element.clone());
                if next_shared == Some(element) {
                    next_shared = shared.next();
                }
                at_new += 1;
            }
            (Some(_), None) => at_old += 1,
        }
    }
}

/// Takes the fields of a set away (`typed.RemoveItems`); what has nothing left in it is null.
pub fn remove(value: &Value, set: &Set, place: Place) -> Value {
    if !place.is_parted(Some(value), None) {
        let is_plain = !value.is_object() && !value.is_array();
        return if is_plain { value.clone() } else { Value::Null };
    }
    let without = |value: &Value, below: Option<&Set>, place: Place| match below {
        Some(below) if below.owned => None,
        Some(below) if below.goes_on() => Some(remove(value, below, place)),
        _ => Some(value.clone()),
    };
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter_map(|(key, value)| {
                let left = without(value, set.below(&format!("f:{key}")), place.field(key))?;
                Some((key.clone(), left))
            });
            let kept: Map<String, Value> = kept.collect();
            if kept.is_empty() {
                Value::Null
            } else {
                Value::Object(kept)
            }
        }
        Value::Array(items) => {
            let kept = items.iter().filter_map(|item| {
                let below = place.element(item).and_then(|element| set.below(&element));
                without(item, below, place.item())
            });
            let kept: Vec<Value> = kept.collect();
            if kept.is_empty() {
                Value::Null
            } else {
                Value::Array(kept)
            }
        }
        other => other.clone(),
    }
}

/// Removes what is null, as the server reads it.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
