//! JSON merge patch (RFC 7386), and its three-way form for custom resources, whose lists have no known keys.

use serde_json::{Map, Value};

/// Applies a JSON merge patch: nulls delete, maps are merged, all else replaces.
pub fn merge(target: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut merged = target.as_object().cloned().unwrap_or_default();
    for (key, new) in patch {
        if new.is_null() {
            merged.remove(key);
        } else {
            let old = merged.get(key).unwrap_or(&Value::Null);
            merged.insert(key.clone(), merge(old, new));
        }
    }
    Value::Object(merged)
}

/// Returns the JSON merge patch that makes `modified` of `original`.
pub fn merge_patch(original: &Value, modified: &Value) -> Value {
    let (Value::Object(original), Value::Object(modified)) = (original, modified) else {
        return modified.clone();
    };
    let mut patch = Map::new();
    for (key, new) in modified {
        match (original.get(key), new) {
            (Some(old), new) if old == new => (),
            (Some(old @ Value::Object(_)), Value::Object(_)) => {
                patch.insert(key.clone(), merge_patch(old, new));
            }
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    let gone = original.keys().filter(|key| !modified.contains_key(*key));
    patch.extend(gone.map(|key| (key.clone(), Value::Null)));
    Value::Object(patch)
}

/// Returns the patch that `kubectl apply` sends for a custom resource (apimachinery, jsonmergepatch).
pub fn three_way_merge(original: &Value, modified: &Value, current: &Value) -> Value {
    let empty = Value::Object(Map::new());
    let original = if original.is_null() { &empty } else { original };
    let changes = only(&merge_patch(current, modified), false);
    let deletions = only(&merge_patch(original, modified), true);
    combine(deletions, changes)
}

/// Keeps the deletions of a patch, or all but the deletions.
fn only(patch: &Value, deletions: bool) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut kept = Map::new();
    for (key, value) in patch {
        match value {
            Value::Object(map) => {
                let inner = only(value, deletions);
                // `{}` was meant, if it was written so.
                if inner
                    .as_object()
                    .is_some_and(|inner| !inner.is_empty() || map.is_empty() && !deletions)
                {
                    kept.insert(key.clone(), inner);
                }
            }
            value if value.is_null() == deletions => {
                kept.insert(key.clone(), value.clone());
            }
            _ => (),
        }
    }
    Value::Object(kept)
}

/// Merges two patches; the second has the last word.
fn combine(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            for (key, new) in second {
                let merged = match first.remove(&key) {
                    Some(old @ Value::Object(_)) if new.is_object() => combine(old, new),
                    _ => new,
                };
                first.insert(key, merged);
            }
            Value::Object(first)
        }
        (_, second) => second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (target, patch, merged) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(merge(&target, &patch), merged, "{target} {patch}");
        }
    }

    #[test]
    fn applying_a_custom_resource_deletes_only_what_was_applied() {
        let original = json!({"spec": {"size": 3, "gone": 1, "list": [1]}});
        let modified = json!({"spec": {"size": 5, "list": [1, 2]}});
        let current = json!({"spec": {"size": 4, "gone": 1, "list": [1], "theirs": true}, "status": {}});
        let patch = three_way_merge(&original, &modified, &current);
        assert_eq!(patch, json!({"spec": {"size": 5, "gone": null, "list": [1, 2]}}));
        assert_eq!(
            merge(&current, &patch),
            json!({"spec": {"size": 5, "list": [1, 2], "theirs": true}, "status": {}})
        );
        assert_eq!(three_way_merge(&Value::Null, &current, &current), json!({}));
    }
}
