//! What the server finds wrong in an object that is applied, before it looks at managers; and how it prints paths
//! (structured-merge-diff, `ValidationErrors`).

use super::topology::Place;
use crate::manifest::path::{Path, Step};
use serde_json::Value;
use std::collections::BTreeSet;

/// Returns the items that stand twice in a list whose items are told apart, each as the server complains of it.
pub fn duplicates(object: &Value, api_version: &str, kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    look(object, Place::root(api_version, kind), "", &mut found);
    found
}

fn look(value: &Value, place: Place, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                look(value, place.field(key), &format!("{path}.{key}"), found);
            }
        }
        Value::Array(items) if place.has_items() => {
            let mut seen = BTreeSet::new();
            for item in items {
                let element = place.element(item).unwrap_or_default();
                let printed = part(&element);
                look(item, place.item(), &format!("{path}{printed}"), found);
                if !element.is_empty() && !seen.insert(element) {
                    found.push(format!("{path}: duplicate entries for key {printed}"));
                }
            }
        }
        _ => (),
    }
}

/// Prints the path of a field in an object, written `spec.containers[0].image`, as the server prints those that it compares:
/// `.spec.containers[name="web"].image`.
pub fn typed_path(object: &Value, api_version: &str, kind: &str, path: &str) -> String {
    let mut place = Place::root(api_version, kind);
    let (mut at, mut printed) = (Some(object), String::new());
    for step in Path::parse(path).steps() {
        match step {
            Step::Key(key) => {
                printed.push_str(&format!(".{key}"));
                at = at.and_then(|value| value.get(key));
                place = place.field(key);
            }
            Step::Index(index) => {
                at = at.and_then(|value| value.get(*index));
                let element = at.and_then(|item| place.element(item));
                printed.push_str(&element.map_or_else(|| format!("[{index}]"), |element| part(&element)));
                place = place.item();
            }
        }
    }
    printed
}

/// Prints a path: `.spec.template.spec.containers[name="web"].image`.
pub fn print(path: &[String]) -> String {
    path.iter().map(|element| part(element)).collect()
}

fn part(element: &str) -> String {
    let (kind, rest) = element.split_at_checked(2).unwrap_or(("", element));
    match kind {
        "f:" => format!(".{rest}"),
        "k:" => match serde_json::from_str(rest) {
            Ok(Value::Object(keys)) => {
                let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                format!("[{}]", keys.join(","))
            }
            _ => format!("[{rest}]"),
        },
        "v:" => format!("[={rest}]"),
        _ => format!("[{rest}]"),
    }
}
