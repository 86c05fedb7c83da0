//! Short stories of flags whose answers no recording holds.

use super::Still;
use crate::store::Store;

fn maps(labels: &[(&str, &str)]) -> String {
    let one = |(name, app): &(&str, &str)| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  labels: {{app: {app}}}\ndata: {{a: \"1\"}}\n"
        )
    };
    labels.iter().map(one).collect::<Vec<_>>().join("---\n")
}

fn cluster() -> Still {
    let mut cluster = Still::new(Store::default());
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: s17\n";
    cluster.files.insert("ns.yaml".to_owned(), namespace.to_owned());
    cluster
        .files
        .insert("both.yaml".to_owned(), maps(&[("one", "web"), ("two", "db")]));
    cluster.files.insert("one.yaml".to_owned(), maps(&[("one", "web")]));
    assert_eq!(cluster.say("create -f ns.yaml").code, 0);
    cluster
}

#[test]
fn apply_prunes_what_no_manifest_names_any_more() {
    let mut cluster = cluster();
    cluster.say("apply -f both.yaml");
    let tried = cluster.say("apply -f one.yaml --prune --all --prune-allowlist=core/v1/ConfigMap --dry-run=client");
    assert_eq!(
        tried.stdout(),
        "configmap/one unchanged (dry run)\nconfigmap/two pruned (dry run)\n"
    );
    // A selector prunes among its own only.
    let selected = cluster.say("apply -f one.yaml --prune -l app=web");
    assert_eq!(selected.terminal(), "configmap/one unchanged\n");
    let all = cluster.say("apply -f one.yaml --prune --all");
    assert_eq!(all.terminal(), "configmap/one unchanged\nconfigmap/two pruned\n");
    assert_eq!(cluster.say("get cm -o name").stdout(), "configmap/one\n");
}

#[test]
fn apply_with_a_selector_takes_some_objects_of_a_file() {
    let mut cluster = cluster();
    assert_eq!(
        cluster.say("apply -f both.yaml -l app=db").terminal(),
        "configmap/two created\n"
    );
    let none = cluster.say("apply -f both.yaml -l app=no");
    assert_eq!(
        (none.terminal().as_str(), none.code),
        ("error: no objects passed to apply\n", 1)
    );
}

#[test]
fn apply_by_force_makes_anew_what_cannot_be_changed() {
    let mut cluster = cluster();
    let pod = |image: &str, policy: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  restartPolicy: {policy}\n  containers:\n  - {{name: c, image: {image}}}\n"
        )
    };
    cluster.files.insert("pod.yaml".to_owned(), pod("busybox", "Always"));
    cluster.say("apply -f pod.yaml");
    cluster.files.insert("pod.yaml".to_owned(), pod("busybox", "Never"));
    assert_eq!(cluster.say("apply -f pod.yaml").code, 1);
    let forced = cluster.say("apply -f pod.yaml --force --grace-period=0");
    assert_eq!((forced.terminal().as_str(), forced.code), ("pod/p configured\n", 0));
    assert_eq!(
        cluster.say("get pod p -o jsonpath={.spec.restartPolicy}").stdout(),
        "Never"
    );
}

#[test]
fn files_and_paths_name_what_is_got() {
    let mut cluster = cluster();
    cluster.say("apply -f both.yaml");
    assert_eq!(
        cluster.say("get -f both.yaml -o name").stdout(),
        "configmap/one\nconfigmap/two\n"
    );
    assert_eq!(
        cluster
            .say("get -f both.yaml --server-print=false --no-headers")
            .stdout(),
        "one   0s\ntwo   0s\n"
    );
    assert!(
        cluster
            .say("describe -f one.yaml")
            .stdout()
            .starts_with("Name:         one\n")
    );
    assert_eq!(cluster.say("get --raw /readyz").stdout(), "ok");
    assert!(
        cluster
            .say("get --raw /apis/apps/v1")
            .stdout()
            .contains("\"kind\":\"StatefulSet\"")
    );
    assert_eq!(cluster.say("get --raw /apis/nosuch/v1").code, 1);
}

#[test]
fn a_file_of_columns_says_what_columns_say() {
    let mut cluster = cluster();
    cluster.say("apply -f both.yaml");
    let columns = "NAME            APP\n.metadata.name  .metadata.labels.app\n";
    cluster.files.insert("columns.txt".to_owned(), columns.to_owned());
    let inline = cluster.say("get cm -o custom-columns=NAME:.metadata.name,APP:.metadata.labels.app");
    assert_eq!(inline.stdout(), "NAME   APP\none    web\ntwo    db\n");
    assert_eq!(cluster.say("get cm -o custom-columns-file=columns.txt"), inline);
}
