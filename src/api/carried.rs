//! Which fields of an object are kept but not simulated: asked of the structs themselves, so it cannot go stale.

use super::{
    ConditionStatus, IntOrString, Labels, ManagedFields, Object, Phase, Quantity, Rest, TaintEffect, Text, Time, Uid,
    storage::{AccessMode, BindingMode, ClaimPhase, ReclaimPolicy, VolumePhase},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that may carry fields which are not simulated.
pub trait Carries {
    /// Tells of the carried fields in it.
    fn carried(&self, found: &mut Finder);
}

/// Collects the paths of carried fields.
#[derive(Debug, Default)]
pub struct Finder {
    path: Vec<String>,
    found: Vec<String>,
}

impl Finder {
    /// Looks into a field, which is named as in Rust.
    pub fn look(&mut self, field: &str, value: &impl Carries) {
        let mut words = field.split('_');
        let mut name = words.next().unwrap_or_default().to_owned();
        for word in words {
            let (first, others) = word.split_at(word.len().min(1));
            name.push_str(&first.to_uppercase());
            name.push_str(others);
        }
        self.within(name, value);
    }

    /// Tells of the fields that a struct carries.
    pub fn rest(&mut self, rest: &Rest) {
        // An empty map says nothing; the API server puts some where it expects one.
        let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
        for (field, _) in rest.iter().filter(|(_, value)| !is_empty(value)) {
            let mut path = self.path.join(".");
            if !path.is_empty() {
                path.push('.');
            }
            self.found.push((path + field).replace(".[", "["));
        }
    }

    fn within(&mut self, name: String, value: &impl Carries) {
        self.path.push(name);
        value.carried(self);
        self.path.pop();
    }
}

impl Object {
    /// Returns the paths of the fields that are kept but not simulated, as `spec.template.spec.securityContext`. What the
    /// API server itself writes (the status) is not among them, and of a kind that is only carried
    /// nothing is, as all of it is.
    pub fn carried_fields(&self) -> Vec<String> {
        let mut finder = Finder::default();
        self.look_for_carried(&mut finder);
        let bookkeeping = |path: &String| {
            path.starts_with("status")
                || ["metadata.selfLink", "spec.serviceAccount"].contains(&path.as_str())
                || path.ends_with("].apiVersion")
                || path.ends_with("].kind")
                // The kubelet reads these, though they are carried: see its `downward` and `projected`.
                || [".resourceFieldRef", "].projected", "].downwardAPI"].iter().any(|end| path.ends_with(end))
        };
        finder.found.retain(|path| !bookkeeping(path));
        finder.found
    }
}

macro_rules! leaves {
    ($($leaf:ty),* $(,)?) => {
        $(impl Carries for $leaf {
            fn carried(&self, _: &mut Finder) {}
        })*
    };
}

leaves!(
    bool,
    i64,
    u64,
    String,
    Text,
    Arc<str>,
    Time,
    Uid,
    Quantity,
    Labels,
    IntOrString,
    Phase,
    ConditionStatus,
    TaintEffect,
    AccessMode,
    BindingMode,
    ClaimPhase,
    ReclaimPolicy,
    VolumePhase,
    serde_json::Value,
    ManagedFields,
);

impl<T: Carries> Carries for Option<T> {
    fn carried(&self, found: &mut Finder) {
        self.iter().for_each(|value| value.carried(found));
    }
}

impl<T: Carries> Carries for Arc<T> {
    fn carried(&self, found: &mut Finder) {
        (**self).carried(found);
    }
}

impl<T: Carries> Carries for Vec<T> {
    fn carried(&self, found: &mut Finder) {
        for (index, value) in self.iter().enumerate() {
            found.within(format!("[{index}]"), value);
        }
    }
}

impl<T: Carries> Carries for BTreeMap<String, T> {
    fn carried(&self, found: &mut Finder) {
        for (key, value) in self {
            found.within(key.clone(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_simulated_is_named_by_its_path() {
        let set = json!({
            "metadata": {"name": "db", "managedFields": []},
            "spec": {"template": {"spec": {
                "securityContext": {"fsGroup": 1},
                "containers": [{"name": "c", "image": "i", "stdin": true}],
            }}},
            "status": {"unheardOf": 1},
        });
        let object = Object::from_value(&Kind::StatefulSet, set).unwrap();
        let expected = [
            "spec.template.spec.containers[0].stdin",
            "spec.template.spec.securityContext",
        ];
        assert_eq!(object.carried_fields(), expected);
    }
}
