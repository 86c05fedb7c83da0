//! The rules of ownership, in small steps.

mod apply;
mod sets;

use super::*;
use serde_json::json;

const NOW: &str = "2026-11-22T09:00:00Z";

fn writer(manager: &str) -> Writer<'_> {
    Writer {
        manager,
        subresource: "",
        api_version: "apps/v1",
        kind: "Deployment",
        now: NOW,
    }
}

fn ask(manager: &str, force: bool) -> Apply<'_> {
    Apply {
        writer: writer(manager),
        force,
    }
}

/// A Deployment with one container, as it is applied.
fn web(image: &str, replicas: u64) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
           "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"name": "c", "image": image}]}}}})
}

/// Writes an object as a manager that updates.
fn updated(old: &Value, new: &Value, manager: &str) -> Value {
    let mut new = new.clone();
    update(old, &new, &writer(manager)).write(&mut new);
    new
}

/// Returns what a manager owns.
fn owned(object: &Value, manager: &str, operation: Operation) -> Value {
    let entries = Managers::of(object).0.into_iter();
    let mut mine = entries.filter(|entry| entry.manager == manager && entry.operation == operation);
    mine.next().map_or(Value::Null, |entry| entry.fields.to_value())
}

#[test]
fn whoever_creates_owns_all_but_what_go_has_by_itself() {
    let made = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}, "uid": "1"},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "strategy": {"rollingUpdate": {"maxSurge": 1}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
                {"name": "c", "image": "x", "resources": {}, "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}}},
        "status": {"replicas": 1}});
    let made = updated(&Value::Null, &made, "kubectl-create");
    assert_eq!(
        made["metadata"]["managedFields"],
        json!([{
            "manager": "kubectl-create", "operation": "Update", "apiVersion": "apps/v1", "time": NOW,
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                "f:spec": {
                    "f:replicas": {}, "f:selector": {},
                    "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}},
                    "f:template": {
                        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                        "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {
                            ".": {}, "f:image": {}, "f:name": {}, "f:resources": {},
                            "f:ports": {".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {
                                ".": {}, "f:containerPort": {}, "f:protocol": {}}}}}}}}}
        }])
    );
}

#[test]
fn whoever_changes_a_field_owns_it_alone() {
    let made = updated(&Value::Null, &web("a", 1), "kubectl-create");
    let mut wanted = made.clone();
    wanted["spec"]["replicas"] = 3.into();
    wanted["metadata"]["labels"]["tier"] = "front".into();
    let changed = updated(&made, &wanted, "kubectl-edit");
    let edited = json!({"f:metadata": {"f:labels": {"f:tier": {}}}, "f:spec": {"f:replicas": {}}});
    assert_eq!(owned(&changed, "kubectl-edit", Operation::Update), edited);
    let left = owned(&changed, "kubectl-create", Operation::Update);
    assert!(left["f:spec"]["f:replicas"].is_null() && left["f:spec"]["f:template"].is_object());
    // A field that goes has no owner, and an owner of nothing goes.
    let back = updated(&changed, &made, "kubectl-replace");
    assert_eq!(owned(&back, "kubectl-edit", Operation::Update), Value::Null);
    // Nothing changes: nobody owns more, and no time passes.
    let mut same = changed.clone();
    let later = Writer {
        now: "2026-11-22T10:00:00Z",
        ..writer("kubectl-edit")
    };
    update(&changed, &changed, &later).write(&mut same);
    assert_eq!(same, changed);
}

#[test]
fn entries_can_be_brought_forgotten_and_are_not_lost() {
    let made = updated(&Value::Null, &web("a", 1), "kubectl-create");
    // A writer that does not know of them loses nothing.
    let bare = web("a", 1);
    assert_eq!(updated(&made, &bare, "kubectl-replace")["metadata"], made["metadata"]);
    let mut reset = web("a", 1);
    reset["metadata"]["managedFields"] = json!([{}]);
    assert_eq!(
        updated(&made, &reset, "kubectl-patch")["metadata"].get("managedFields"),
        None
    );
    let mut wrong = web("a", 1);
    wrong["metadata"]["managedFields"] = json!([{"manager": "x"}]);
    assert_eq!(
        updated(&made, &wrong, "kubectl-patch")["metadata"],
        made["metadata"],
        "what cannot be read is not taken"
    );
}
