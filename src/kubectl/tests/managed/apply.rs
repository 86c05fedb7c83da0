//! `apply --server-side`, its conflicts, and the way there from a client-side apply.

use super::{Person, settings, site};

/// A set whose claim says less than the server makes of it.
const SET: &str = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, \
    selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, \
    image: postgres}]}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], \
    resources: {requests: {storage: 1Gi}}}}]}}";

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let mut person = Person::new();
    let file = site("nginx", 1, "");
    for (line, said) in [
        (
            "apply -f - --server-side --dry-run=client",
            "error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ),
        (
            "apply -f - --force-conflicts",
            "error: --force-conflicts only works with --server-side",
        ),
        (
            "apply -f - --server-side --force",
            "error: --force cannot be used with --server-side",
        ),
        (
            "apply -f - --server-side --force --prune",
            "error: --force cannot be used with --server-side",
        ),
        ("apply --force-conflicts", "error: must specify one of -f and -k"),
    ] {
        assert_eq!(person.say(line, &file), format!("{said}\n=== 1"), "{line}");
    }
    assert_eq!(
        person.say("apply -f - --server-side --field-manager=", &file),
        "The PatchOptions \"\" is invalid: fieldManager: Required value: is required for apply patch\n=== 1"
    );
    assert_eq!(
        person.say("diff -f - --force-conflicts", &file),
        "error: --force-conflicts only works with --server-side\n=== 2"
    );
}

#[test]
fn an_object_is_made_by_apply_and_changed_by_its_owner() {
    let mut person = Person::new();
    let dry = person.say("apply --server-side --dry-run=server -f -", &site("nginx", 2, ""));
    assert_eq!(dry, "deployment.apps/site serverside-applied (server dry run)\n=== 0");
    assert!(
        person.say("get deploy site", "").contains("NotFound"),
        "nothing was made"
    );
    let made = person.say("apply --server-side -f -", &site("nginx", 2, ""));
    assert_eq!(made, "deployment.apps/site serverside-applied\n=== 0");
    assert_eq!(person.managers("deploy/site"), ["kubectl Apply apps/v1"]);
    // The book-keeping is hidden from those who do not ask for it.
    assert!(!person.say("get deploy site -o yaml", "").contains("managedFields"));
    assert!(!person.say("describe deploy site", "").contains("Apply"));
    let shown = person.say("get deploy site -o yaml --show-managed-fields", "");
    let entry = "  managedFields:\n  - apiVersion: apps/v1\n    fieldsType: FieldsV1\n    fieldsV1:\n      f:metadata:\n        f:labels:\n          f:app: {}\n      f:spec:\n        f:replicas: {}\n        f:selector: {}\n        f:template:\n          f:metadata:\n            f:labels:\n              f:app: {}\n          f:spec:\n            f:containers:\n              k:{\"name\":\"c\"}:\n                .: {}\n                f:image: {}\n                f:name: {}\n    manager: kubectl\n    operation: Apply\n    time: \"2026-11-22T09:00:00Z\"\n  name: site\n";
    assert!(shown.contains(entry), "{shown}");
    // Said no more: it goes, and its default comes back.
    let fewer = site("nginx:2", 2, "").replace("  replicas: 2\n", "");
    assert_eq!(
        person.say("apply --server-side -f -", &fewer),
        "deployment.apps/site serverside-applied\n=== 0"
    );
    let now = person.say(
        "get deploy site -o jsonpath='{.spec.replicas} {.spec.template.spec.containers[0].image}'",
        "",
    );
    assert_eq!(now, "1 nginx:2=== 0");
    // The same once more is no write.
    let revision = "get deploy site -o jsonpath={.metadata.resourceVersion}";
    let before = person.say(revision, "");
    person.cluster.now = person.cluster.now + 60_000;
    person.say("apply --server-side -f -", &fewer);
    assert_eq!(person.say(revision, ""), before);
}

#[test]
fn a_conflict_is_told_in_the_servers_words_and_can_be_forced() {
    let mut person = Person::new();
    assert_eq!(
        person.say("create -f -", &site("nginx", 1, "")),
        "deployment.apps/site created\n=== 0"
    );
    assert_eq!(person.managers("deploy/site"), ["kubectl-create Update apps/v1"]);
    let refused = person.say("apply --server-side -f -", &site("nginx", 3, ""));
    assert_eq!(
        refused,
        "error: Apply failed with 1 conflict: conflict with \"kubectl-create\" using apps/v1: .spec.replicas\n\
         Please review the fields above--they currently have other managers. Here\n\
         are the ways you can resolve this warning:\n\
         * If you intend to manage all of these fields, please re-run the apply\n  \
           command with the `--force-conflicts` flag.\n\
         * If you do not intend to manage all of the fields, please edit your\n  \
           manifest to remove references to the fields that should keep their\n  \
           current managers.\n\
         * You may co-own fields by updating your manifest to match the existing\n  \
           value; in this case, you'll become the manager if the other manager(s)\n  \
           stop managing the field (remove it from their configuration).\n\
         See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts\n=== 1"
    );
    let differs = person.say("diff --server-side -f -", &site("nginx", 3, ""));
    assert_eq!(
        differs,
        "Error from server (Conflict): Apply failed with 1 conflict: conflict with \"kubectl-create\" using apps/v1: .spec.replicas\n=== 2"
    );
    let forced = person.say("diff --server-side --force-conflicts -f -", &site("nginx", 3, ""));
    assert!(
        forced.contains("\n-  replicas: 1\n+  replicas: 3\n") && forced.ends_with("=== 1"),
        "{forced}"
    );
    assert!(!forced.contains("manager"), "{forced}");
    let shown = person.say(
        "diff --server-side --force-conflicts --show-managed-fields -f -",
        &site("nginx", 3, ""),
    );
    assert!(
        shown.contains("+    manager: kubectl\n+    operation: Apply\n"),
        "{shown}"
    );
    assert_eq!(
        person.say("apply --server-side --force-conflicts -f -", &site("nginx", 3, "")),
        "deployment.apps/site serverside-applied\n=== 0"
    );
    assert_eq!(
        person.managers("deploy/site"),
        ["kubectl Apply apps/v1", "kubectl-create Update apps/v1"]
    );
    // Somebody scales: whoever applies meets that one.
    person.say("scale deploy site --replicas=5", "");
    let scaled = person.say("apply --server-side -f -", &site("nginx", 3, ""));
    let head = "error: Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas\n";
    assert!(scaled.starts_with(head), "{scaled}");
    // Two appliers share a value; one that wants another meets the other, who is named without a version.
    let other = "apply --server-side --field-manager=ci -f -";
    assert_eq!(
        person.say(other, &settings("1", "1")),
        "configmap/settings serverside-applied\n=== 0"
    );
    assert_eq!(
        person.say("apply --server-side -f -", &settings("1", "1")),
        "configmap/settings serverside-applied\n=== 0"
    );
    assert_eq!(person.managers("cm/settings"), ["kubectl Apply v1", "ci Apply v1"]);
    let both = person.say("apply --server-side -f -", &settings("2", "2"));
    assert!(
        both.starts_with(
            "error: Apply failed with 2 conflicts: conflicts with \"ci\":\n- .data.a\n- .data.b\nPlease review"
        ),
        "{both}"
    );
}

#[test]
fn a_client_side_apply_is_taken_over_and_goes_on_to_work() {
    let mut person = Person::new();
    let first = site("nginx", 1, "    tier: front\n");
    assert_eq!(person.say("apply -f -", &first), "deployment.apps/site created\n=== 0");
    assert_eq!(
        person.managers("deploy/site"),
        ["kubectl-client-side-apply Update apps/v1"]
    );
    // Another value and a label less: no conflict, as kubectl itself has applied them.
    let second = site("nginx", 2, "");
    assert_eq!(
        person.say("apply --server-side -f -", &second),
        "deployment.apps/site serverside-applied\n=== 0"
    );
    assert_eq!(
        person.managers("deploy/site"),
        ["kubectl-last-applied Apply apps/v1", "kubectl Apply apps/v1"]
    );
    let labels = person.say("get deploy site -o jsonpath='{.metadata.labels} {.spec.replicas}'", "");
    assert_eq!(labels, "{\"app\":\"site\"} 2=== 0");
    // The annotation has gone along, so that a client-side apply knows what was applied, and warns of nothing.
    let annotation = person.say("apply view-last-applied deploy site -o json", "");
    assert!(
        annotation.contains("\"replicas\": 2") && !annotation.contains("tier"),
        "{annotation}"
    );
    // The server writes it a little shorter, without `"annotations":{}`, which is a change to kubectl.
    for word in ["configured", "unchanged"] {
        let said = format!("deployment.apps/site {word}\n=== 0");
        assert_eq!(person.say("apply -f -", &second), said);
    }
    assert_eq!(
        person.say("apply -f -", &site("nginx", 4, "")),
        "deployment.apps/site configured\n=== 0"
    );
    let managers = person.managers("deploy/site");
    assert!(
        managers.contains(&"kubectl-client-side-apply Update apps/v1".to_owned()),
        "{managers:?}"
    );
    // And back again.
    assert_eq!(
        person.say("apply --server-side -f -", &second),
        "deployment.apps/site serverside-applied\n=== 0"
    );
    assert_eq!(
        person.managers("deploy/site"),
        ["kubectl-last-applied Apply apps/v1", "kubectl Apply apps/v1"]
    );
    // What was only ever applied by the server has no annotation, of which a client-side apply warns.
    person.say("apply --server-side -f -", &settings("1", "1"));
    let warned = person.say("apply -f -", &settings("1", "2"));
    assert!(
        warned.starts_with("Warning: resource configmaps/settings is missing the kubectl.kubernetes.io/last-applied-configuration annotation"),
        "{warned}"
    );
    assert!(warned.ends_with("configmap/settings configured\n=== 0"), "{warned}");
}

#[test]
fn a_list_that_is_owned_as_a_whole_conflicts_with_its_own_defaults() {
    // As on a real cluster: what is filled in within such a list makes another value of it.
    let mut person = Person::new();
    person.say("apply -f -", SET);
    let refused = person.say("apply --server-side -f -", SET);
    let head = "error: Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using apps/v1: .spec.volumeClaimTemplates\n";
    assert!(refused.starts_with(head), "{refused}");
    let forced = "apply --server-side --force-conflicts -f -";
    assert_eq!(person.say(forced, SET), "statefulset.apps/db serverside-applied\n=== 0");
    let strategy = person.say("get sts db -o jsonpath={.spec.updateStrategy}", "");
    assert_eq!(
        strategy,
        "{\"rollingUpdate\":{\"partition\":0},\"type\":\"RollingUpdate\"}=== 0"
    );
    // Its owner applies it as often as it likes, and nothing is written.
    let revision = "get sts db -o jsonpath={.metadata.resourceVersion}";
    let before = person.say(revision, "");
    person.cluster.now = person.cluster.now + 60_000;
    assert_eq!(
        person.say("apply --server-side -f -", SET),
        "statefulset.apps/db serverside-applied\n=== 0"
    );
    assert_eq!(person.say(revision, ""), before);
}

#[test]
fn a_field_that_is_none_is_told_as_the_server_tells_it() {
    let mut person = Person::new();
    let wrong = site("nginx", 1, "").replace("image:", "imagee:");
    let said = person.say("apply --server-side -f -", &wrong);
    let wanted = "Error from server: failed to create typed patch object (default/site; apps/v1, Kind=Deployment): .spec.template.spec.containers[name=\"c\"].imagee: field not declared in schema\n";
    assert!(said.starts_with(wanted), "{said}");
    let twice = site("nginx", 1, "") + "        env: [{name: A, value: a}, {name: B, value: b}, {name: A, value: c}]\n";
    let wanted = "Error from server: failed to create typed patch object (default/site; apps/v1, Kind=Deployment): .spec.template.spec.containers[name=\"c\"].env: duplicate entries for key [name=\"A\"]\n=== 1";
    let said = person.say("apply --server-side -f -", &twice);
    assert!(said.ends_with(wanted), "{said}");
    let nowhere = person.say("apply --server-side -n nowhere -f -", &site("nginx", 1, ""));
    assert_eq!(
        nowhere,
        "Error from server (NotFound): namespaces \"nowhere\" not found\n=== 1"
    );
}
