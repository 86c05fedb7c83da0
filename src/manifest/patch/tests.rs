//! Stories of `kubectl apply`, `edit` and `patch`: a manifest, an object, and what becomes of it.

use super::{PatchError, strategic, three_way, two_way};
use proptest::prelude::*;
use serde_json::{Value, json};

fn pod(containers: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}})
}

fn deployment(spec: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
}

/// Applies a manifest as kubectl does: a patch, and then what the server makes of it.
fn apply(original: &Value, modified: &Value, current: &Value) -> (Value, Value) {
    let text = |key: &str| modified[key].as_str().expect("a manifest says what it is");
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let patch = three_way(api_version, kind, original, modified, current).expect("the patch can be made");
    let patched = strategic(api_version, kind, current, &patch).expect("the patch can be applied");
    (patch, patched)
}

#[test]
fn nothing_new_is_an_empty_patch() {
    let manifest = pod(json!([{"name": "a", "image": "b", "ports": [{"containerPort": 80}]}]));
    let mut current = manifest.clone();
    current["status"] = json!({"phase": "Running"});
    current["spec"]["containers"][0]["imagePullPolicy"] = json!("Always");
    current["spec"]["nodeName"] = json!("node-a1");
    let (patch, patched) = apply(&manifest, &manifest, &current);
    assert_eq!(patch, json!({}));
    assert_eq!(patched, current);
}

#[test]
fn a_changed_image_is_sent_with_its_name_and_the_order() {
    let original = pod(json!([{"name": "a", "image": "x:1"}, {"name": "b", "image": "y"}]));
    let modified = pod(json!([{"name": "a", "image": "x:2"}, {"name": "b", "image": "y"}]));
    let (patch, patched) = apply(&original, &modified, &original);
    assert_eq!(
        patch,
        json!({"spec": {"$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
                        "containers": [{"name": "a", "image": "x:2"}]}})
    );
    assert_eq!(patched, modified);
}

#[test]
fn a_grown_claim_is_the_patch_that_a_real_kubectl_sent() {
    let claim = |size: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "fixed", "namespace": "s17"},
               "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "ebs-fixed",
                        "resources": {"requests": {"storage": size}}}})
    };
    let mut current = claim("5Gi");
    current["spec"]["volumeName"] = json!("pvc-1");
    let (patch, patched) = apply(&claim("5Gi"), &claim("9Gi"), &current);
    assert_eq!(
        patch.to_string(),
        r#"{"spec":{"resources":{"requests":{"storage":"9Gi"}}}}"#
    );
    assert_eq!(patched["spec"]["volumeName"], "pvc-1");
}

#[test]
fn what_the_manifest_no_longer_says_goes_and_what_it_never_said_stays() {
    let original = pod(json!([
        {"name": "a", "image": "x", "env": [{"name": "OLD", "value": "1"}, {"name": "KEPT", "value": "2"}]},
        {"name": "gone", "image": "y"},
    ]));
    let modified = pod(json!([{"name": "a", "image": "x", "env": [{"name": "KEPT", "value": "2"}]}]));
    let mut current = original.clone();
    current["spec"]["containers"][0]["env"]
        .as_array_mut()
        .expect("a list")
        .push(json!({"name": "THEIRS", "value": "3"}));
    current["spec"]["containers"]
        .as_array_mut()
        .expect("a list")
        .push(json!({"name": "sidecar", "image": "z"}));
    let (patch, patched) = apply(&original, &modified, &current);
    assert_eq!(
        patch,
        json!({"spec": {
            "$setElementOrder/containers": [{"name": "a"}],
            "containers": [
                {"$setElementOrder/env": [{"name": "KEPT"}], "env": [{"name": "OLD", "$patch": "delete"}], "name": "a"},
                {"name": "gone", "$patch": "delete"},
            ],
        }})
    );
    let expected = json!([
        {"name": "a", "image": "x", "env": [{"name": "KEPT", "value": "2"}, {"name": "THEIRS", "value": "3"}]},
        {"name": "sidecar", "image": "z"},
    ]);
    assert_eq!(patched["spec"]["containers"], expected);
}

#[test]
fn what_others_changed_is_set_back_to_the_manifest() {
    let manifest = deployment(json!({"replicas": 2}));
    let mut current = manifest.clone();
    current["spec"]["replicas"] = json!(7);
    let (patch, _) = apply(&manifest, &manifest, &current);
    assert_eq!(patch, json!({"spec": {"replicas": 2}}));
}

#[test]
fn a_manifest_that_leaves_replicas_out_leaves_them_alone() {
    let original = deployment(json!({"paused": true}));
    let mut current = original.clone();
    current["spec"]["replicas"] = json!(7);
    let (patch, patched) = apply(&original, &deployment(json!({})), &current);
    assert_eq!(patch, json!({"spec": {"paused": null}}));
    assert_eq!(patched["spec"], json!({"replicas": 7}));
}

#[test]
fn a_strategy_keeps_only_the_members_of_its_type() {
    let original = deployment(json!({"strategy": {"type": "RollingUpdate"}}));
    let modified = deployment(json!({"strategy": {"type": "Recreate"}}));
    let mut current = original.clone();
    current["spec"]["strategy"]["rollingUpdate"] = json!({"maxSurge": "25%", "maxUnavailable": "25%"});
    let (patch, patched) = apply(&original, &modified, &current);
    assert_eq!(
        patch,
        json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}})
    );
    assert_eq!(patched["spec"]["strategy"], json!({"type": "Recreate"}));
}

#[test]
fn a_volume_changes_its_source() {
    let volumes = |volume: Value| {
        let mut pod = pod(json!([{"name": "a", "image": "b"}]));
        pod["spec"]["volumes"] = json!([volume]);
        pod
    };
    let original = volumes(json!({"name": "data", "emptyDir": {}}));
    let modified = volumes(json!({"name": "data", "persistentVolumeClaim": {"claimName": "c"}}));
    let (patch, patched) = apply(&original, &modified, &original);
    assert_eq!(
        patch["spec"]["volumes"],
        json!([{"$retainKeys": ["name", "persistentVolumeClaim"], "emptyDir": null, "name": "data",
                "persistentVolumeClaim": {"claimName": "c"}}])
    );
    assert_eq!(patched["spec"]["volumes"], modified["spec"]["volumes"]);
}

#[test]
fn finalizers_are_a_set() {
    let meta = |finalizers: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "finalizers": finalizers}});
    let (patch, patched) = apply(
        &meta(json!(["a/x", "a/y"])),
        &meta(json!(["a/y", "a/z"])),
        &meta(json!(["a/x", "a/y", "b/theirs"])),
    );
    assert_eq!(
        patch,
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/x"], "$setElementOrder/finalizers": ["a/y", "a/z"],
                            "finalizers": ["a/z"]}})
    );
    assert_eq!(patched["metadata"]["finalizers"], json!(["a/y", "a/z", "b/theirs"]));
}

#[test]
fn a_list_without_a_key_is_replaced() {
    let tolerations = |keys: &[&str]| {
        let mut pod = pod(json!([{"name": "a", "image": "b"}]));
        pod["spec"]["tolerations"] = keys
            .iter()
            .map(|key| json!({"key": key, "operator": "Exists"}))
            .collect();
        pod
    };
    let (patch, patched) = apply(
        &tolerations(&["a", "b"]),
        &tolerations(&["b"]),
        &tolerations(&["a", "b", "c"]),
    );
    assert_eq!(
        patch,
        json!({"spec": {"tolerations": [{"key": "b", "operator": "Exists"}]}})
    );
    assert_eq!(patched, tolerations(&["b"]));
}

#[test]
fn a_new_order_is_an_order_of_its_own() {
    let named = |names: &[&str]| pod(names.iter().map(|name| json!({"name": name, "image": "x"})).collect());
    let current = named(&["one", "theirs", "two"]);
    let (patch, patched) = apply(&named(&["one", "two"]), &named(&["two", "one"]), &current);
    assert_eq!(
        patch,
        json!({"spec": {"$setElementOrder/containers": [{"name": "two"}, {"name": "one"}]}})
    );
    assert_eq!(patched, named(&["theirs", "two", "one"]));
}

#[test]
fn directives_written_by_hand_are_carried_out() {
    let object = pod(json!([{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]));
    let patched =
        |patch: Value| strategic("v1", "Pod", &object, &patch).map(|object| object["spec"]["containers"].clone());
    assert_eq!(
        patched(json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}]}})),
        Ok(json!([{"name": "b", "image": "y"}]))
    );
    assert_eq!(
        patched(json!({"spec": {"containers": [{"$patch": "replace"}, {"name": "c", "image": "z"}]}})),
        Ok(json!([{"name": "c", "image": "z"}]))
    );
    assert_eq!(
        patched(json!({"spec": {"$patch": "replace", "containers": [{"name": "c", "image": "z"}]}})),
        Ok(json!([{"name": "c", "image": "z"}]))
    );
    assert_eq!(
        patched(
            json!({"spec": {"containers": [{"name": "new", "image": "z", "env": [{"name": "A", "$patch": "delete"}]}]}})
        ),
        Ok(json!([{"name": "new", "image": "z", "env": []}, {"name": "a", "image": "x"}, {"name": "b", "image": "y"}]))
    );
    assert_eq!(
        patched(json!({"spec": {"containers": [{"image": "z"}]}})).map_err(|error| error.to_string()),
        Err("map: map[image:z] does not contain declared merge key: name".to_owned())
    );
    assert_eq!(
        patched(json!({"spec": {"$patch": "mend"}})),
        Err(PatchError::UnknownDirective(json!("mend")))
    );
    assert_eq!(
        patched(json!({"spec": {"$setElementOrder/containers": [{"name": "b"}], "containers": [{"name": "a"}]}})),
        Err(PatchError::BadElementOrder)
    );
}

#[test]
fn an_edit_is_a_patch_of_two() {
    let before = deployment(json!({"replicas": 1, "paused": true}));
    let after = deployment(json!({"replicas": 3}));
    assert_eq!(
        two_way("apps/v1", "Deployment", &before, &after),
        Ok(json!({"spec": {"replicas": 3, "paused": null}}))
    );
}

/// Pods that differ in everything that is merged in a way of its own.
fn any_pod() -> impl Strategy<Value = Value> {
    let env = prop::collection::btree_map("[A-C]", "[0-9]", 0..3).prop_map(|env| {
        env.iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect::<Value>()
    });
    let container = ("[x-z]", env, prop::option::of("[a-c]")).prop_map(|(image, env, dir)| {
        let mut container = json!({"image": image, "env": env});
        if let Some(dir) = dir {
            container["workingDir"] = json!(dir);
        }
        container
    });
    let containers = prop::collection::btree_map("[a-d]", container, 1..4).prop_shuffle_values();
    let tolerations = prop::collection::vec("[a-c]", 0..3);
    let finalizers = prop::collection::btree_set("[a-c]", 0..3);
    let volume = prop::option::of(prop::bool::ANY);
    (containers, tolerations, finalizers, volume).prop_map(|(containers, tolerations, finalizers, volume)| {
        let mut pod = pod(Value::Array(containers));
        pod["spec"]["tolerations"] = tolerations.iter().map(|key| json!({"key": key})).collect();
        pod["metadata"]["finalizers"] = finalizers.iter().map(|name| json!(name)).collect();
        if let Some(claim) = volume {
            let source = if claim {
                json!({"name": "v", "emptyDir": {}})
            } else {
                json!({"name": "v", "hostPath": {"path": "/x"}})
            };
            pod["spec"]["volumes"] = json!([source]);
        }
        pod
    })
}

/// Gives maps of containers their names, in any order.
trait ShuffleValues: Strategy<Value = std::collections::BTreeMap<String, Value>> + Sized {
    fn prop_shuffle_values(self) -> impl Strategy<Value = Vec<Value>> {
        self.prop_map(|map| {
            let named = map.into_iter().map(|(name, mut container)| {
                container["name"] = json!(name);
                container
            });
            named.collect::<Vec<_>>()
        })
        .prop_shuffle()
    }
}

impl<S: Strategy<Value = std::collections::BTreeMap<String, Value>>> ShuffleValues for S {}

/// A list that is empty and one that is missing mean the same.
fn without_empty_lists(mut pod: Value) -> Value {
    for pointer in ["/metadata", "/spec"] {
        let part = pod
            .pointer_mut(pointer)
            .and_then(Value::as_object_mut)
            .expect("a pod has both");
        part.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
    }
    for container in pod["spec"]["containers"].as_array_mut().expect("a list") {
        let container = container.as_object_mut().expect("a map");
        container.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
    }
    pod
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What was applied to an object that nobody else touched is what the manifest says.
    #[test]
    fn applying_makes_what_was_meant(before in any_pod(), after in any_pod()) {
        let (_, patched) = apply(&before, &after, &before);
        prop_assert_eq!(without_empty_lists(patched), without_empty_lists(after.clone()));
        let patch = two_way("v1", "Pod", &before, &after).expect("the patch can be made");
        let edited = strategic("v1", "Pod", &before, &patch).expect("the patch can be applied");
        prop_assert_eq!(without_empty_lists(edited), without_empty_lists(after));
    }

    /// Applying twice changes nothing the second time, whatever others have done.
    ///
    /// The second patch need not be empty: kubectl sets the order of a list again in which others have items too.
    #[test]
    fn applying_again_changes_nothing(original in any_pod(), modified in any_pod(), current in any_pod()) {
        let (_, patched) = apply(&original, &modified, &current);
        let (_, again) = apply(&modified, &modified, &patched);
        prop_assert_eq!(again, patched);
    }
}
