//! What `set env` is told: words of the command line, and `--from` a ConfigMap or Secret.

use crate::api::{ConfigMap, Resource, Secret};
use crate::kubectl::call::Call;
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};

/// The variables to set and to remove.
#[derive(Debug, Default)]
pub struct Change {
    /// As a container holds them: with `value` or `valueFrom`.
    pub set: Vec<Value>,
    /// The names of those that go.
    pub remove: Vec<String>,
}

/// Parts the words that name objects from those that change variables.
pub fn split(words: &[String]) -> Verdict<(Vec<String>, Vec<String>)> {
    let is_env = |word: &String| word.find('=').is_some_and(|at| at > 0) || word.ends_with('-');
    let first = words.iter().position(is_env).unwrap_or(words.len());
    let (objects, changes) = words.split_at(first);
    if !changes.iter().all(is_env) {
        return Err(Trouble::error(format!(
            "all resources must be specified before environment changes: {}",
            words.join(" ")
        )));
    }
    Ok((objects.to_vec(), changes.to_vec()))
}

/// Reads the changes, those of `-e` after the others.
pub fn read(call: &mut Call<'_>, changes: &[String]) -> Verdict<Change> {
    let mut change = Change::default();
    let given = call.flags.texts("env").to_vec();
    let mut words: Vec<String> = Vec::new();
    for word in changes.iter().chain(&given) {
        if word == "-" {
            words.extend(
                call.stdin
                    .lines()
                    .filter(|line| !line.is_empty())
                    .map(ToOwned::to_owned),
            );
        } else {
            words.push(word.clone());
        }
    }
    for word in &words {
        if let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.is_empty()) {
            change.set.push(json!({"name": name, "value": value}));
        } else if let Some(name) = word.strip_suffix('-') {
            change.remove.push(name.to_owned());
        } else {
            return Err(Trouble::error(format!("unknown environment variable: {word}")));
        }
    }
    if change
        .remove
        .iter()
        .any(|name| change.set.iter().any(|set| set["name"] == name.as_str()))
    {
        return Err(Trouble::error(
            "can not both modify and remove the same environment variable in the same command",
        ));
    }
    if let Some(from) = call
        .flags
        .text("from")
        .map(ToOwned::to_owned)
        .filter(|from| !from.is_empty())
    {
        change.set.extend(of_object(call, &from)?);
    }
    Ok(change)
}

/// Returns a variable for each key of a ConfigMap or Secret; kubectl takes them in an order of chance, pglab in order.
fn of_object(call: &mut Call<'_>, from: &str) -> Verdict<Vec<Value>> {
    let (kind, name) = match from.split_once('/') {
        Some((kind, name)) => (call.kind(kind)?, name),
        None => return Err(Trouble::error("unsupported resource specified in --from")),
    };
    let object = call.find(&call.key(&kind, name))?;
    let (reference, keys): (&str, Vec<String>) = if let Some(map) = ConfigMap::of(&object) {
        ("configMapKeyRef", map.data.keys().cloned().collect())
    } else if let Some(secret) = Secret::of(&object) {
        ("secretKeyRef", secret.data.keys().cloned().collect())
    } else {
        return Err(Trouble::error("unsupported resource specified in --from"));
    };
    let wanted = call.flags.list("keys");
    let prefix = call.flags.text("prefix").unwrap_or("").to_owned();
    let mut set = Vec::new();
    for key in keys.iter().filter(|key| wanted.is_empty() || wanted.contains(key)) {
        let odd = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
        let named = key.replace(odd, "_").to_uppercase();
        if named != *key {
            call.warn(format!("Warning: key {key} transferred to {named}"));
        }
        set.push(json!({"name": format!("{prefix}{named}"), "valueFrom": {reference: {"name": name, "key": key}}}));
    }
    Ok(set)
}
