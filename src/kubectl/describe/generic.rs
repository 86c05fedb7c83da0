//! Kinds for which kubectl has no description of its own: every field, under a title made of its name.

use super::page::Page;
use crate::api::Object;
use crate::kubectl::jsonpath::as_text;
use crate::kubectl::output;
use serde_json::{Map, Value};

pub(super) fn generic(page: &mut Page, object: &Object) {
    page.name(object.meta());
    page.marks(object.meta());
    let mut tree = output::tree(object);
    if let Some(meta) = tree.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["name", "namespace", "labels", "annotations"] {
            meta.remove(field);
        }
    }
    if let Value::Object(map) = &tree {
        content(page, 0, map);
    }
}

/// Writes the fields of a map in order of their names (`printUnstructuredContent`).
fn content(page: &mut Page, level: usize, map: &Map<String, Value>) {
    let mut fields: Vec<&String> = map.keys().collect();
    fields.sort();
    for field in fields {
        let title = title(field);
        match &map[field] {
            Value::Object(inner) => {
                page.line(level, format!("{title}:"));
                content(page, level + 1, inner);
            }
            Value::Array(items) => {
                page.line(level, format!("{title}:"));
                for item in items {
                    match item {
                        Value::Object(inner) => content(page, level + 1, inner),
                        other => page.line(level + 1, as_text(other)),
                    }
                }
            }
            Value::Null => page.field(level, &title, "<nil>"),
            other => page.field(level, &title, as_text(other)),
        }
    }
}

/// Returns a title made of a field's name: `podManagementPolicy` is `Pod Management Policy` (`smartLabelFor`).
fn title(field: &str) -> String {
    const ACRONYMS: [&str; 5] = ["API", "URL", "UID", "OSB", "GUID"];
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let words = camel_words(field).into_iter().map(|word| {
        let upper = word.to_uppercase();
        if ACRONYMS.contains(&upper.as_str()) {
            return upper;
        }
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        first + &letters.as_str().to_lowercase()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Parts a name in camel case into its words; the last capital of a run belongs to what follows.
fn camel_words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let class = |c: char| (c.is_lowercase(), c.is_uppercase());
    let mut words: Vec<String> = Vec::new();
    for (i, c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| chars[i]);
        let next_is_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let begins = match before {
            None => true,
            Some(before) if c.is_uppercase() && before.is_uppercase() => next_is_lower,
            Some(before) if c.is_lowercase() && before.is_uppercase() => false,
            Some(before) => class(before) != class(*c),
        };
        match words.last_mut() {
            Some(word) if !begins => word.push(*c),
            _ => words.push(c.to_string()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_made_of_names() {
        for (field, made) in [
            ("apiVersion", "API Version"),
            ("dnsPolicy", "Dns Policy"),
            ("uid", "UID"),
            ("persistentVolumeName", "Persistent Volume Name"),
            ("podCIDR", "Pod Cidr"),
            ("$patch", "$patch"),
            ("app", "App"),
        ] {
            assert_eq!(title(field), made);
        }
    }
}
