//! What a namespace's quota refuses, and how far it would have to be raised.

use super::answer::{Finding, Said, Stuck, Way};
use super::look::Look;
use super::remedy::merge;
use crate::api::{Event, Key, Kind, Object, Quantity};
use serde_json::{Map, Value, json};

/// Tells of pods or claims of an object that the API server refuses; `missing` is how many are still to be made.
pub(super) fn refused(object: &Object, why: &str, missing: i64) -> Finding {
    let text = Said::new(
        format!("its pods are refused: {why}"),
        format!("Pod 생성이 거부됨: {why}"),
    );
    let way = raised(&object.key(), why, missing);
    Finding::new(Stuck::CannotCreate, object.key(), text).ways(way)
}

/// Returns what was said last of an object's creations, if they were refused.
pub(super) fn last_refusal(look: &Look<'_>, object: &Object) -> Option<String> {
    let about = look.store.list::<Event>(&object.meta().namespace);
    let about = about.filter(|event| event.involved_object.uid == object.meta().uid);
    let last = about.max_by_key(|event| (event.last_timestamp, event.metadata.resource_version))?;
    (last.reason == "FailedCreate").then(|| last.message.to_string())
}

/// Returns the way out of an exceeded quota: it is raised by what is missing.
fn raised(key: &Key, why: &str, missing: i64) -> Option<Way> {
    let (_, rest) = why.split_once("exceeded quota: ")?;
    let (name, rest) = rest.split_once(", requested: ")?;
    let (requested, rest) = rest.split_once(", used: ")?;
    let (used, _) = rest.split_once(", limited: ")?;
    let amounts = |list: &str| -> Vec<(String, Quantity)> {
        let pairs = list.split(',').filter_map(|pair| pair.split_once('='));
        pairs
            .filter_map(|(resource, amount)| Some((resource.to_owned(), amount.parse().ok()?)))
            .collect()
    };
    let used = amounts(used);
    let mut hard = Map::new();
    for (resource, each) in amounts(requested) {
        let (_, mut enough) = used.iter().find(|(known, _)| *known == resource)?.clone();
        for _ in 0..missing.clamp(1, 1_000) {
            enough = enough.plus(each);
        }
        hard.insert(resource, Value::String(enough.to_string()));
    }
    let quota = Key::new(Kind::of("v1", "ResourceQuota")?, key.namespace.clone(), name);
    let words = Said::new(
        format!("raise the quota {name}, or ask for less"),
        format!("쿼터 {name}을(를) 올리거나 더 적게 요청"),
    );
    Some(Way::command(words, merge(&quota, &json!({"spec": {"hard": hard}}))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_raised_by_what_is_missing() {
        let key = Key::new(Kind::ReplicaSet, "default", "web-1");
        let why = "pods \"web-1-x\" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=200m, used: pods=2,requests.cpu=400m, limited: pods=2,requests.cpu=500m";
        let way = raised(&key, why, 2).expect("the quota can be raised");
        assert_eq!(
            way.acts[0].to_string(),
            r#"kubectl patch resourcequota q --type=merge -p '{"spec":{"hard":{"pods":"4","requests.cpu":"800m"}}}'"#
        );
        assert_eq!(raised(&key, "etcdserver: mvcc: database space exceeded", 2), None);
    }
}
