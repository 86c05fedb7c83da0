//! What kubectl calls things: `pod/pg-0`, `statefulset.apps "pg"`, and the kinds that its words mean.

use crate::api::kind::KindInfo;
use crate::api::{Key, Kind, Object};
use crate::store::Store;
use serde_json::Value;
use std::sync::Arc;

/// Returns `pod/pg-0` or `statefulset.apps/pg`.
pub fn resource(singular: &str, group: &str, name: &str) -> String {
    if group.is_empty() {
        format!("{singular}/{name}")
    } else {
        format!("{singular}.{group}/{name}")
    }
}

/// Returns `pod/pg-0` or `statefulset.apps/pg`, as a line of `apply` names an object.
pub fn of_key(key: &Key) -> String {
    resource(&lower_kind(&key.kind), &key.kind.info().group, &key.name)
}

/// Returns `pod "pg-0"` or `statefulset.apps "pg"`, as `delete` names an object.
pub fn quoted(key: &Key) -> String {
    format!("{} \"{}\"", singular(&key.kind), key.name)
}

/// Returns `pod` or `statefulset.apps`.
pub fn singular(kind: &Kind) -> String {
    let group = &kind.info().group;
    let kind = lower_kind(kind);
    if group.is_empty() {
        kind
    } else {
        format!("{kind}.{group}")
    }
}

fn lower_kind(kind: &Kind) -> String {
    kind.info().kind.to_lowercase()
}

/// Returns the kind that a word of the command line means: one of Kubernetes' own, or one that a CRD in the cluster
/// brought.
pub fn kind_of(store: &Store, word: &str) -> Option<Kind> {
    let lower = word.to_lowercase();
    Kind::from_word(&lower).or_else(|| {
        let brought = brought_kinds(store);
        let mut found = brought.iter().filter(|info| info.answers_to(&lower));
        found.next().map(|info| Kind::Carried(Arc::new(info.clone())))
    })
}

/// Returns the kinds that the cluster's CRDs define.
pub fn brought_kinds(store: &Store) -> Vec<KindInfo> {
    let Some(crd) = Kind::from_word("customresourcedefinitions") else {
        return vec![];
    };
    store.objects(&crd, "").filter_map(brought_kind).collect()
}

/// Reads the kind that a CRD defines; several versions are served as the one that is stored.
fn brought_kind(object: &Object) -> Option<KindInfo> {
    let Object::Carried(_, carried) = object else {
        return None;
    };
    let spec = carried.rest.get("spec")?;
    let names = spec.get("names")?;
    let word = |tree: &Value, field: &str| tree.get(field)?.as_str().map(ToOwned::to_owned);
    let kind = word(names, "kind")?;
    let versions = spec.get("versions").and_then(Value::as_array);
    let stored = versions
        .into_iter()
        .flatten()
        .find(|version| version.get("storage") == Some(&Value::Bool(true)));
    let short: Vec<&str> = names
        .get("shortNames")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    Some(KindInfo {
        group: word(spec, "group")?.into(),
        version: stored.and_then(|version| word(version, "name"))?.into(),
        plural: word(names, "plural")?.into(),
        singular: word(names, "singular").unwrap_or_else(|| kind.to_lowercase()).into(),
        kind: kind.into(),
        short: short.join(",").into(),
        namespaced: word(spec, "scope").as_deref() == Some("Namespaced"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;
    use crate::store::Hand;
    use serde_json::json;

    #[test]
    fn a_crd_brings_its_words() {
        let crd = json!({"metadata": {"name": "clusters.db.example.org"}, "spec": {
            "group": "db.example.org", "scope": "Namespaced",
            "names": {"kind": "Cluster", "plural": "clusters", "shortNames": ["clu"]},
            "versions": [{"name": "v1", "storage": true}]}});
        let kind = Kind::from_word("crd").unwrap();
        let crd = Object::from_value(&kind, crd).unwrap();
        let mut store = Store::default();
        Hand::with(Time::EPOCH, 1, |hand| store.create(crd, hand)).unwrap();
        for word in ["clusters", "cluster", "clu", "Clusters.db.example.org"] {
            let found = kind_of(&store, word).expect("the CRD brings it");
            assert_eq!(of_key(&Key::new(found, "default", "pg")), "cluster.db.example.org/pg");
        }
        assert_eq!(kind_of(&store, "cats"), None);
    }
}
