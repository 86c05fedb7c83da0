//! Applies: what they own, what they take away, and what is in their way.

use super::*;

#[test]
fn an_apply_owns_what_it_says_and_takes_away_what_it_says_no_more() {
    let mut first = web("a", 2);
    first["metadata"]["annotations"] = json!({"note": "x"});
    let live = apply(&Value::Null, &first, &ask("kubectl", false)).expect("nobody is in the way");
    assert_eq!(live["spec"], first["spec"]);
    assert_eq!(
        owned(&live, "kubectl", Operation::Apply),
        json!({"f:metadata": {"f:annotations": {"f:note": {}}, "f:labels": {"f:app": {}}},
               "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {
                   ".": {}, "f:image": {}, "f:name": {}}}}}}})
    );
    // A list item of another manager, and the annotation that is said no more.
    let mut theirs = live.clone();
    theirs["spec"]["template"]["spec"]["containers"] =
        json!([{"name": "c", "image": "a"}, {"name": "sidecar", "image": "s"}]);
    let live = updated(&live, &theirs, "kubectl-edit");
    let mut second = web("b", 2);
    second["spec"].as_object_mut().expect("a spec").remove("replicas");
    let live = apply(&live, &second, &ask("kubectl", false)).expect("its own fields");
    assert_eq!(live["metadata"].get("annotations"), None);
    assert_eq!(live["spec"].get("replicas"), None);
    let containers = &live["spec"]["template"]["spec"]["containers"];
    assert_eq!(
        *containers,
        json!([{"name": "c", "image": "b"}, {"name": "sidecar", "image": "s"}])
    );
    // Without its container: the other one's stays.
    let mut third = second.clone();
    third["spec"] = json!({"paused": true});
    let live = apply(&live, &third, &ask("kubectl", false)).expect("its own fields");
    assert_eq!(
        live["spec"]["template"]["spec"]["containers"],
        json!([{"name": "sidecar", "image": "s"}])
    );
    // Applied once more: nothing is different, the time included.
    let later = Writer {
        now: "2026-11-22T10:00:00Z",
        ..writer("kubectl")
    };
    let again = apply(
        &live,
        &third,
        &Apply {
            writer: later,
            force: false,
        },
    );
    assert_eq!(again.expect("the same"), live);
}

#[test]
fn a_value_that_is_the_same_is_shared_and_outlives_the_first_owner() {
    let live = apply(&Value::Null, &web("a", 2), &ask("one", false)).expect("new");
    let shared =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2}});
    let live = apply(&live, &shared, &ask("two", false)).expect("the same value");
    assert_eq!(
        owned(&live, "two", Operation::Apply),
        json!({"f:spec": {"f:replicas": {}}})
    );
    let mut silent = web("a", 2);
    silent["spec"].as_object_mut().expect("a spec").remove("replicas");
    let live = apply(&live, &silent, &ask("one", false)).expect("it gives up a field");
    assert_eq!(live["spec"]["replicas"], 2, "the other one wants it");
    // The last owner lets go, and it is gone.
    let nothing = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
    let live = apply(&live, &nothing, &ask("two", false)).expect("it gives up all");
    assert_eq!(live["spec"].get("replicas"), None);
    assert_eq!(Managers::of(&live).0.len(), 1);
}

#[test]
fn a_conflict_names_the_managers_and_the_fields_and_force_takes_them() {
    let made = updated(&Value::Null, &web("a", 1), "kubectl-create");
    let refused = |applied: &Value| {
        let refused = apply(&made, applied, &ask("kubectl", false)).map_err(|conflicts| conflicts.to_string());
        refused.expect_err("others own it")
    };
    assert_eq!(
        refused(&web("a", 3)),
        "Apply failed with 1 conflict: conflict with \"kubectl-create\" using apps/v1: .spec.replicas"
    );
    assert_eq!(
        refused(&web("b", 3)),
        "Apply failed with 2 conflicts: conflicts with \"kubectl-create\" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name=\"c\"].image"
    );
    let forced = apply(&made, &web("b", 3), &ask("kubectl", true)).expect("forced");
    assert_eq!(forced["spec"]["replicas"], 3);
    assert!(owned(&forced, "kubectl", Operation::Apply)["f:spec"]["f:replicas"].is_object());
    let left = owned(&forced, "kubectl-create", Operation::Update);
    assert!(left["f:spec"]["f:replicas"].is_null(), "{left}");
    // An applier is named without a version, one that writes a subresource with it.
    let scaled = {
        let mut scaled = forced.clone();
        scaled["spec"]["replicas"] = 5.into();
        let scale = Writer {
            subresource: "scale",
            ..writer("kubectl")
        };
        update(&forced, &scaled, &scale).write(&mut scaled);
        scaled
    };
    let entry = scaled["metadata"]["managedFields"]
        .as_array()
        .expect("entries")
        .iter()
        .find(|e| e["subresource"] == "scale");
    assert_eq!(
        entry.map(|entry| (&entry["fieldsV1"], entry.get("time"))),
        Some((&json!({"f:spec": {"f:replicas": {}}}), None))
    );
    let conflicts = apply(&scaled, &web("z", 7), &ask("ci", false)).expect_err("two own something");
    assert_eq!(
        conflicts.to_string(),
        "Apply failed with 2 conflicts: conflicts with \"kubectl\":\n- .spec.template.spec.containers[name=\"c\"].image\nconflicts with \"kubectl\" with subresource \"scale\" using apps/v1:\n- .spec.replicas"
    );
}

#[test]
fn managers_in_the_way_stand_in_the_servers_order() {
    let made = updated(&Value::Null, &web("a", 1), "kubectl");
    let mut scaled = made.clone();
    scaled["spec"]["replicas"] = 5.into();
    let scale = Writer {
        subresource: "scale",
        ..writer("kubectl")
    };
    update(&made, &scaled, &scale).write(&mut scaled);
    let conflicts = apply(&scaled, &web("b", 7), &ask("ci", false)).expect_err("two own something");
    assert_eq!(
        conflicts.to_string(),
        "Apply failed with 2 conflicts: conflicts with \"kubectl\" with subresource \"scale\" using apps/v1:\n- .spec.replicas\nconflicts with \"kubectl\" using apps/v1:\n- .spec.template.spec.containers[name=\"c\"].image"
    );
}

#[test]
fn what_nobody_is_known_to_manage_has_a_manager_of_its_own() {
    let conflicts = apply(&web("a", 1), &web("a", 2), &ask("kubectl", false)).expect_err("somebody made it");
    assert_eq!(
        conflicts.to_string(),
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using apps/v1: .spec.replicas"
    );
}

/// An object as a client-side apply leaves it.
fn client_side(text: &Value) -> Value {
    let mut made = text.clone();
    made["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": text.to_string()});
    updated(&Value::Null, &made, "kubectl-client-side-apply")
}

#[test]
fn kubectl_has_no_conflict_with_its_own_client_side_apply() {
    let live = client_side(&web("a", 1));
    let applied = apply(&live, &web("b", 2), &ask("kubectl", false)).expect("kubectl's own");
    assert_eq!(applied["spec"]["replicas"], 2);
    assert!(
        apply(&live, &web("b", 2), &ask("ci", false)).is_err(),
        "it is not that one's"
    );
    // Somebody has changed the image since: that is a conflict.
    let mut edited = live.clone();
    edited["spec"]["template"]["spec"]["containers"][0]["image"] = "theirs".into();
    let edited = updated(&live, &edited, "kubectl-edit");
    let conflicts = apply(&edited, &web("b", 2), &ask("kubectl", false)).expect_err("theirs");
    assert_eq!(
        conflicts.to_string(),
        "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.template.spec.containers[name=\"c\"].image"
    );
}

#[test]
fn a_client_side_applier_becomes_a_server_side_one() {
    let live = client_side(&web("a", 1));
    let managers = Managers::of(&live);
    let migrated = migrate(&managers, "kubectl").expect("there is one to hand over");
    let entry = |managers: &Managers| {
        managers
            .0
            .iter()
            .map(|e| (e.manager.clone(), e.operation))
            .collect::<Vec<_>>()
    };
    assert_eq!(entry(&migrated), [("kubectl".to_owned(), Operation::Apply)]);
    assert_eq!(migrated.0[0].fields, managers.0[0].fields);
    assert_eq!(migrate(&migrated, "kubectl"), None, "once is enough");
    // What client-side apply had written can go now.
    let mut live = live;
    migrated.write(&mut live);
    let mut wanted = web("a", 1);
    wanted["metadata"].as_object_mut().expect("metadata").remove("labels");
    let live = apply(&live, &wanted, &ask("kubectl", false)).expect("its own");
    assert_eq!(live["metadata"].get("labels"), None);
}
