//! Who manages which field, as a person sees it: the managers that verbs write under, and what is shown of them.

mod apply;

use super::Still;
use super::verbs::{Desk, cluster};
use crate::api::{Kind, Pod};
use crate::cloud::Settings;
use crate::kubectl::sign::default_manager;
use crate::kubectl::{Cluster, VERBS};
use crate::sim::{ClusterSpec, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FLAGS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/kubectl-flags.tsv"));

/// Each manager of an object, how it writes, and through what.
const MANAGERS: &str = "-o jsonpath='{range .metadata.managedFields[*]}{.manager} {.operation} {.apiVersion} {.subresource}{\"\\n\"}{end}'";

/// A Deployment as a file has it.
fn site(image: &str, replicas: u32, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: site\n  labels:\n    app: site\n{more}spec:\n  replicas: {replicas}\n  selector:\n    matchLabels:\n      app: site\n  template:\n    metadata:\n      labels:\n        app: site\n    spec:\n      containers:\n      - name: c\n        image: {image}\n"
    )
}

/// A configuration of two keys.
fn settings(a: &str, b: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{a: '{a}', b: '{b}'}}\n")
}

struct Person {
    cluster: Still,
    desk: Desk,
}

impl Person {
    fn new() -> Self {
        let desk = Desk::new();
        Self {
            cluster: cluster(&desk),
            desk,
        }
    }

    /// Says a line of kubectl; returns what a terminal shows, and the exit code.
    fn say(&mut self, line: &str, stdin: &str) -> String {
        let outcome = self.desk.say(&mut self.cluster, &format!("kubectl {line}"), stdin);
        format!("{}=== {}", outcome.terminal(), outcome.code)
    }

    /// Returns the lines of an object's managers.
    fn managers(&mut self, object: &str) -> Vec<String> {
        let shown = self.say(&format!("get {object} {MANAGERS}"), "");
        let lines = shown.lines().filter(|line| !line.starts_with("==="));
        lines.map(|line| line.trim_end().to_owned()).collect()
    }
}

#[test]
fn each_verb_writes_under_its_own_name() {
    let mut person = Person::new();
    person
        .desk
        .edits
        .borrow_mut()
        .push(Box::new(|text| text.replace("replicas: 1", "replicas: 2")));
    let web = "deploy/web";
    for (line, object, manager) in [
        ("label deploy web a=b", web, "kubectl-label Update apps/v1"),
        ("annotate deploy web a=b", web, "kubectl-annotate Update apps/v1"),
        ("edit deploy web", web, "kubectl-edit Update apps/v1"),
        ("set image deploy/web nginx=nginx:2", web, "kubectl-set Update apps/v1"),
        ("scale deploy web --replicas=3", web, "kubectl Update apps/v1 scale"),
        ("rollout restart deploy/web", web, "kubectl-rollout Update apps/v1"),
        (
            "patch deploy web -p '{\"spec\":{\"paused\":true}}'",
            web,
            "kubectl-patch Update apps/v1",
        ),
        ("label deploy web c=d --field-manager=me", web, "me Update apps/v1"),
        (
            "annotate deploy web c=d --field-manager=",
            web,
            "kubectl Update apps/v1",
        ),
        (
            "patch pod p --subresource=status -p '{\"status\":{\"reason\":\"x\"}}'",
            "pod/p",
            "kubectl-patch Update v1 status",
        ),
        ("run runner --image=nginx", "pod/runner", "kubectl-run Update v1"),
        ("expose pod p --port=80", "svc/p", "kubectl-expose Update v1"),
        (
            "autoscale deploy web --max=3",
            "hpa/web",
            "kubectl-autoscale Update autoscaling/v2",
        ),
        (
            "create cm made --from-literal=a=b",
            "cm/made",
            "kubectl-create Update v1",
        ),
        ("apply -f pod2.yaml", "pod/p", "kubectl-client-side-apply Update v1"),
    ] {
        let said = person.say(line, "");
        assert!(said.ends_with("=== 0"), "{line}: {said}");
        let managers = person.managers(object);
        assert!(managers.contains(&manager.to_owned()), "{line}: {managers:?}");
    }
    let conf = person
        .say("get cm conf -o yaml", "")
        .replace("one-key: \"1\"", "one-key: \"9\"");
    let conf = conf.trim_end_matches("=== 0").to_owned();
    assert_eq!(person.say("replace -f -", &conf), "configmap/conf replaced\n=== 0");
    let replaced = person.say("get cm conf -o yaml --show-managed-fields", "");
    assert!(
        replaced.contains("      f:data:\n        f:one-key: {}\n    manager: kubectl-replace\n"),
        "{replaced}"
    );
    // A number that is set through `scale` has an owner of its own, without a time.
    let shown = person.say("get deploy web -o json --show-managed-fields", "");
    assert_eq!(shown.matches("\"f:replicas\"").count(), 1, "it has one owner: {shown}");
}

/// A pod as `kubectl run --dry-run=client` prints it.
const RUN: &str = "{apiVersion: v1, kind: Pod, metadata: {creationTimestamp: null, labels: {run: web}, name: web}, \
    spec: {containers: [{image: nginx, name: web, resources: {}}], dnsPolicy: ClusterFirst, restartPolicy: Never}, \
    status: {}}";

#[test]
fn a_pod_that_is_run_and_then_applied_is_owned_as_on_a_real_server() {
    // Recorded from a real cluster with `--show-managed-fields`, the kubelet's entry apart.
    let item = "k:{\"name\":\"web\"}";
    let applied = json!({
        "f:metadata": {"f:labels": {"f:run": {}}},
        "f:spec": {
            "f:containers": {item: {".": {}, "f:image": {}, "f:name": {}, "f:resources": {}}},
            "f:dnsPolicy": {}, "f:restartPolicy": {}
        }
    });
    let run = json!({
        "f:metadata": {"f:labels": {".": {}, "f:run": {}}},
        "f:spec": {
            "f:containers": {item: {
                ".": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:name": {}, "f:resources": {},
                "f:terminationMessagePath": {}, "f:terminationMessagePolicy": {}
            }},
            "f:dnsPolicy": {}, "f:enableServiceLinks": {}, "f:restartPolicy": {}, "f:schedulerName": {},
            "f:securityContext": {}, "f:terminationGracePeriodSeconds": {}
        }
    });
    let mut person = Person::new();
    person.say("run web --image=nginx --restart=Never", "");
    assert_eq!(
        person.say("apply --server-side -f -", RUN),
        "pod/web serverside-applied\n=== 0"
    );
    let shown = person.say("get pod web -o json --show-managed-fields", "");
    let shown: Value = serde_json::from_str(shown.trim_end_matches("=== 0")).expect("JSON");
    let entries = shown["metadata"]["managedFields"].as_array().expect("entries");
    let told: Vec<_> = entries
        .iter()
        .map(|e| (&e["manager"], &e["operation"], &e["fieldsV1"]))
        .collect();
    let texts = ["kubectl", "Apply", "kubectl-run", "Update"].map(Value::from);
    assert_eq!(told, [(&texts[0], &texts[1], &applied), (&texts[2], &texts[3], &run)]);
}

#[test]
fn the_managers_are_the_defaults_of_kubectls_flag() {
    let mut defaults: BTreeMap<&str, &str> = BTreeMap::new();
    for line in FLAGS.lines() {
        if let [verb, "field-manager", _, _, default] = line.split('\t').collect::<Vec<_>>().as_slice() {
            defaults.insert(verb, default);
        }
    }
    assert!(defaults.len() > 30, "the recording is read");
    for (verb, default) in &defaults {
        // It is refused here.
        if *verb != "apply edit-last-applied" {
            assert_eq!(default_manager(verb), *default, "{verb}");
        }
    }
    // Verbs without the flag write under the name in the client's user agent.
    let silent = VERBS
        .iter()
        .filter(|verb| !defaults.contains_key(verb.name) && !verb.name.starts_with("create"));
    let silent = silent.filter(|verb| !["run", "set", "apply view-last-applied"].contains(&verb.name));
    for verb in silent.filter(|verb| !verb.name.starts_with("rollout ") || verb.name == "rollout undo") {
        if verb.name != "rollout" {
            assert_eq!(default_manager(verb.name), "kubectl", "{}", verb.name);
        }
    }
}

#[test]
fn what_a_manifest_brings_is_kept_or_refused() {
    let mut person = Person::new();
    let dump = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dump\n  managedFields:\n  - manager: old\n    operation: Update\n    apiVersion: v1\n    fieldsType: FieldsV1\n    fieldsV1: {'f:data': {'f:a': {}}}\ndata: {a: x}\n";
    assert_eq!(
        person.say("apply --server-side -f -", dump),
        "Error from server (BadRequest): metadata.managedFields must be nil\n=== 1"
    );
    assert_eq!(person.say("apply -f -", dump), "configmap/dump created\n=== 0");
    // Whoever creates has written all of it.
    assert_eq!(person.managers("cm/dump"), ["kubectl-client-side-apply Update v1"]);
    // The documented way to forget everybody.
    let forget =
        "patch cm dump --type=json -p '[{\"op\":\"replace\",\"path\":\"/metadata/managedFields\",\"value\":[{}]}]'";
    assert_eq!(person.say(forget, ""), "configmap/dump patched\n=== 0");
    assert!(person.managers("cm/dump").is_empty());
    let first = person.say(
        "apply --server-side --field-manager=ci -f -",
        &settings("1", "1").replace("settings", "dump"),
    );
    assert!(
        first.starts_with(
            "error: Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.a\n"
        ),
        "{first}"
    );
}

/// Says a line in a world that lives.
fn say(world: &mut World, line: &str, stdin: &str) -> String {
    let outcome = Desk::new().say(world, &format!("kubectl {line}"), stdin);
    format!("{}=== {}", outcome.terminal(), outcome.code)
}

#[test]
fn what_controllers_make_has_no_managers_and_an_applied_object_lives() {
    let mut world = ClusterSpec::default().world(1, Settings::default());
    world.settle(60_000);
    let image = "apply --server-side -f -";
    assert_eq!(
        say(&mut world, image, &site("nginx", 12, "")),
        "deployment.apps/site serverside-applied\n=== 0"
    );
    world.settle(600_000);
    let ready = say(&mut world, "get deploy site -o jsonpath={.status.readyReplicas}", "");
    assert_eq!(ready, "12=== 0");
    let bare = |world: &World| {
        let pods = Cluster::store(world).list::<Pod>("default");
        pods.filter(|pod| pod.metadata.managed_fields.is_empty()).count()
    };
    assert_eq!(bare(&world), 12, "a pod of a controller carries nothing");
    let sets = Cluster::store(&world).objects(&Kind::ReplicaSet, "default");
    assert_eq!(sets.filter(|set| set.meta().managed_fields.is_empty()).count(), 1);
    // The controllers have written its status and its annotation; that is in nobody's way.
    assert_eq!(
        say(&mut world, image, &site("nginx:2", 11, "")),
        "deployment.apps/site serverside-applied\n=== 0"
    );
    world.settle(600_000);
    let shown = say(
        &mut world,
        "get deploy site -o jsonpath='{.status.readyReplicas} {.metadata.generation}'",
        "",
    );
    assert_eq!(shown, "11 2=== 0");
    // A person's mark on a pod is the person's.
    let pod = say(&mut world, "get pods -o jsonpath={.items[0].metadata.name}", "").replace("=== 0", "");
    say(&mut world, &format!("label pod {pod} mine=yes"), "");
    let managers = say(&mut world, &format!("get pod {pod} {MANAGERS}"), "");
    assert_eq!(managers, "kubectl-label Update v1 \n=== 0");
    assert_eq!(bare(&world), 10);
}
