//! Sets of fields, and the places that they speak of.

use super::super::compare::{compare, fields};
use super::super::merge::merge;
use super::super::topology::Place;
use super::*;

fn set(fields: Value) -> Set {
    Set::read(&fields).expect("good fields")
}

#[test]
fn a_set_is_read_and_written_as_fields_v1() {
    let fields = json!({"f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                        "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}}}, "f:replicas": {}}});
    let set = set(fields.clone());
    assert_eq!(set.to_value(), fields);
    assert!(set.has(&["f:metadata", "f:labels"]) && set.has(&["f:spec", "f:replicas"]));
    assert!(!set.has(&["f:spec"]) && !set.has(&["f:spec", "f:containers"]));
    for wrong in [json!([]), json!({"x": {}}), json!({"f:a": 1})] {
        assert!(Set::read(&wrong).is_err(), "{wrong}");
    }
    assert!(Set::read(&json!({})).expect("nothing").is_empty());
}

#[test]
fn the_algebra_of_sets_keeps_parents_and_children_apart() {
    let both = set(json!({"f:a": {".": {}, "f:b": {}}, "f:c": {}}));
    let parent = set(json!({"f:a": {}}));
    let child = set(json!({"f:a": {"f:b": {}}}));
    assert_eq!(both.difference(&parent), set(json!({"f:a": {"f:b": {}}, "f:c": {}})));
    assert_eq!(both.difference(&child), set(json!({"f:a": {}, "f:c": {}})));
    assert_eq!(parent.union(&child), set(json!({"f:a": {".": {}, "f:b": {}}})));
    assert_eq!(both.intersection(&child), child);
    assert!(parent.intersection(&child).is_empty());
    assert!(both.difference(&both).is_empty());
    let paths: Vec<String> = both.paths().iter().map(|path| path.join("/")).collect();
    assert_eq!(paths, ["f:a", "f:c", "f:a/f:b"]);
}

#[test]
fn items_keep_their_places_and_what_is_applied_sets_the_order() {
    let root = Place::root("v1", "Pod");
    let pod = |names: &str| {
        let containers: Vec<Value> = names.chars().map(|name| json!({"name": name.to_string()})).collect();
        json!({"spec": {"containers": containers}})
    };
    let merged = |live: &str, applied: &str| -> String {
        let merged = merge(&pod(live), &pod(applied), root);
        let items = merged["spec"]["containers"].as_array().expect("a list").iter();
        items.filter_map(|item| item["name"].as_str()).collect()
    };
    for (live, applied, wanted) in [
        ("ab", "c", "abc"),
        ("abc", "b", "abc"),
        ("abc", "ca", "bca"),
        ("axb", "ba", "xba"),
        ("", "ab", "ab"),
        ("ab", "bcad", "bcad"),
        ("aabcc", "cd", "aabcd"),
    ] {
        assert_eq!(merged(live, applied), wanted, "{live} {applied}");
    }
}

#[test]
fn foreign_objects_are_owned_by_what_they_say() {
    let root = Place::root("example.com/v1", "Database");
    let object = json!({"metadata": {"finalizers": ["a/b"]}, "spec": {"size": 3, "hosts": ["a", "b"], "more": {}}});
    assert_eq!(
        fields(&object, root).to_value(),
        json!({"f:metadata": {"f:finalizers": {"v:\"a/b\"": {}}},
               "f:spec": {"f:hosts": {}, "f:more": {}, "f:size": {}}})
    );
    let mut other = object.clone();
    other["spec"]["hosts"] = json!(["a"]);
    let found = compare(&object, &other, root);
    assert_eq!(found.modified.to_value(), json!({"f:spec": {"f:hosts": {}}}));
    assert!(
        found.added.is_empty() && found.removed.is_empty(),
        "a list that nobody declared is one value"
    );
}

#[test]
fn labels_and_annotations_are_the_same_without_a_table() {
    let root = Place::root("apps/v1", "Deployment");
    let marked = |metadata: Value| json!({"metadata": metadata, "spec": {"replicas": 1}});
    let all = [
        marked(json!({"name": "web"})),
        marked(json!({"name": "web", "labels": {"a": "b"}})),
        marked(json!({"name": "web", "labels": {"a": "c", "d": "e"}, "annotations": {"f": "g"}})),
        marked(json!({"name": "web", "labels": {}, "annotations": {"f": "h"}})),
    ];
    for one in &all {
        for other in &all {
            assert_eq!(
                compare(one, other, Place::marks()),
                compare(one, other, root),
                "{one} {other}"
            );
        }
    }
    let found = compare(&all[0], &all[2], Place::marks());
    assert_eq!(
        found.added.to_value(),
        json!({"f:metadata": {"f:annotations": {".": {}, "f:f": {}}, "f:labels": {".": {}, "f:a": {}, "f:d": {}}}})
    );
}
