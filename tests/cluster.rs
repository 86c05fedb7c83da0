//! A cluster in a folder as a person meets it: each command once, its words and its exit code.

mod living;

use living::{Cluster, WEB};
use std::io::Write;
use std::process::Stdio;

#[test]
fn rows_survive_what_happens_to_nodes_and_disks_and_come_back_with_time() {
    let cluster = Cluster::with_database();
    cluster.done(&[
        "psql",
        "db-0",
        "-c",
        "create table t(i int)",
        "-c",
        "insert into t values (1), (2)",
    ]);
    let count = || cluster.done(&["psql", "db-0", "-c", "select count(*) from t", "--", "-tA"]);
    assert_eq!(count(), "2\n");
    let node = cluster.done(&["kubectl", "get", "pod", "db-0", "-o", "jsonpath={.spec.nodeName}"]);
    assert_eq!(
        cluster.done(&["node", "crash", &node]),
        format!("{node} crashes, and starts again by itself\n")
    );
    cluster.done(&["time", "advance", "90s"]);
    assert_eq!(count(), "2\n", "the volume keeps the rows");
    assert!(cluster.done(&["disk", "fail", "data-db-0"]).ends_with(" fails\n"));
    assert_ne!(
        cluster.run(&["psql", "db-0", "-c", "insert into t values (3)"]).0,
        Some(0)
    );
    cluster.done(&["disk", "heal", "data-db-0"]);
    cluster.done(&["time", "back", "-5s"]);
    assert_eq!(count(), "2\n");
    let log = cluster.done(&["time", "log"]);
    assert!(
        log.contains("pglab cluster create") && log.contains("(taken back)"),
        "{log}"
    );
    assert!(
        cluster
            .done(&["cluster", "verify"])
            .contains("the same world, byte for byte")
    );
}

#[test]
fn what_is_piped_in_reaches_the_program_behind_a_shell() {
    let cluster = Cluster::with_database();
    let mut command = living::pglab(cluster.dir(), &["psql", "db-0", "--", "-tA"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pglab runs");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(b"select 6 * 7")
        .expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "42\n");
}

#[test]
fn a_zone_goes_and_comes_back() {
    let cluster = Cluster::new(&[
        "--pace",
        "paused",
        "--set",
        "node-monitor-grace-period=8s",
        "node-monitor-period=1s",
    ]);
    assert_eq!(
        cluster.done(&["zone", "stop", "zone-b"]),
        "node-b1 loses power\nnode-b2 loses power\n"
    );
    cluster.done(&["time", "advance", "30s"]);
    let nodes = cluster.done(&["k", "get", "nodes", "--no-headers"]);
    assert_eq!(nodes.matches("NotReady").count(), 2, "{nodes}");
    cluster.done(&["zone", "heal", "zone-b"]);
    cluster.done(&["time", "advance", "30s"]);
    assert_eq!(
        cluster
            .done(&["k", "get", "nodes", "--no-headers"])
            .matches("NotReady")
            .count(),
        0
    );
    cluster.done(&["node", "add", "node-b3"]);
    cluster.done(&["time", "advance", "5s"]);
    let zone = cluster.done(&["k", "get", "node", "node-b3", "--show-labels"]);
    assert!(zone.contains("topology.kubernetes.io/zone=zone-b"), "{zone}");
    cluster.done(&["node", "remove", "node-b3"]);
    assert_eq!(cluster.run(&["k", "get", "node", "node-b3"]).0, Some(1));
}

#[test]
fn images_do_what_they_are_told() {
    let cluster = Cluster::new(&["--pace", "paused", "--set", "image-pull=0"]);
    cluster.file("web.yaml", WEB);
    cluster.done(&["image", "set", "nginx*", "exits=3,after=2s"]);
    assert_eq!(
        cluster.done(&["image", "list"]),
        "nginx*: they end with exit code 3 after 2000 ms\n"
    );
    cluster.done(&["kubectl", "apply", "-f", "web.yaml"]);
    cluster.done(&["time", "advance", "20s"]);
    let pods = cluster.done(&["kubectl", "get", "pods"]);
    assert!(pods.contains("Error") || pods.contains("CrashLoopBackOff"), "{pods}");
    let (code, _, err) = cluster.run(&["image", "set", "nginx", "flies"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("`flies`") && err.contains("never-ready"), "{err}");
}

#[test]
fn what_is_asked_wrongly_is_answered_with_what_there_is() {
    let cluster = Cluster::with_database();
    for (args, words) in [
        (
            &["node", "stop", "node-x9"][..],
            &["there is no node node-x9", "node-a1"][..],
        ),
        (&["zone", "stop", "zone-z"], &["there is no zone zone-z", "zone-a"]),
        (
            &["disk", "slow", "nothing"],
            &["there is no volume nothing", "data-db-0"],
        ),
        (&["time", "back", "99"], &["there is no step 99", "time log"]),
        (&["time", "back", "soon"], &["no step and no span"]),
        (&["time", "advance", "soon"], &["no span of time"]),
        (&["why", "cat/tom"], &["no kind of object", "api-resources"]),
        (&["cluster", "settings", "--set", "volume-atach=1s"], &["volume-attach"]),
        (&["cluster", "create"], &["there is a cluster", "already"]),
    ] {
        let (code, out, err) = cluster.run(args);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}: {err}");
        for word in words {
            assert!(err.contains(word), "{args:?}: {err}");
        }
    }
    // kubectl's exit codes are kubectl's.
    assert_eq!(cluster.run(&["kubectl", "get", "pod", "nobody"]).0, Some(1));
    assert_eq!(
        cluster.run(&["kubectl", "exec", "db-0", "--", "sh", "-c", "exit 7"]).0,
        Some(7)
    );
}

#[test]
fn every_write_is_told_with_its_cause() {
    let cluster = Cluster::with_database();
    let lines = cluster.done(&["events", "--format", "jsonl"]);
    let steps: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object a line"))
        .collect();
    for (number, step) in steps.iter().enumerate() {
        assert_eq!(step["step"], number, "nothing is left out");
        assert!(step["cause"].as_u64().is_some_and(|cause| cause <= number as u64));
    }
    let made = |step: &serde_json::Value| {
        let writes = step["writes"].as_array().cloned().unwrap_or_default();
        writes
            .iter()
            .any(|write| write["verb"] == "create" && write["kind"] == "Pod" && write["name"] == "db-0")
    };
    let mut at = steps.iter().find(|step| made(step)).expect("the pod was made").clone();
    assert_eq!(at["who"], "statefulset-controller");
    while at["who"] != "person" {
        let cause = at["cause"].as_u64().expect("a cause is a number") as usize;
        at = steps[cause].clone();
    }
    assert_eq!(at["words"], "kubectl apply -f db.yaml");
    let story = cluster.done(&["events", "--lang", "en"]);
    assert!(
        story.contains("$ kubectl apply -f db.yaml") && story.contains("creates pod/db-0"),
        "{story}"
    );
}

#[test]
fn settings_are_told_with_their_sources() {
    let cluster = Cluster::new(&["--set", "volume-attach=200ms", "unreachable-toleration-seconds=20"]);
    let table = cluster.done(&["cluster", "settings"]);
    let line = |name: &str| {
        table
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(
        line("volume-attach ").contains("200ms *") && line("volume-attach ").contains("3s"),
        "{table}"
    );
    assert!(line("unreachable-toleration").contains("20 *"), "{table}");
    assert!(line("lease-period").contains("Lease every 10 s"), "{table}");
}

#[test]
fn the_namespace_of_the_folder_is_kept() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    cluster.done(&["kubectl", "create", "namespace", "shop"]);
    cluster.done(&["kubectl", "config", "set-context", "--current", "--namespace=shop"]);
    let (_, _, said) = cluster.run(&["kubectl", "get", "pods"]);
    assert!(said.contains("No resources found in shop namespace."), "{said}");
}

#[test]
fn an_object_is_edited_in_the_editor_of_the_person() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    cluster.file("web.yaml", WEB);
    cluster.done(&["kubectl", "apply", "-f", "web.yaml"]);
    let edit = |editor: &str| {
        let mut command = living::pglab(cluster.dir(), &["kubectl", "edit", "deploy/web"]);
        let output = command.env("KUBE_EDITOR", editor).output().expect("pglab runs");
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    assert_eq!(edit("true"), "Edit cancelled, no changes made.\n");
    assert_eq!(edit("sed -i s/nginx/httpd/"), "deployment.apps/web edited\n");
    let image = "jsonpath={.spec.template.spec.containers[0].image}";
    assert_eq!(cluster.done(&["kubectl", "get", "deploy", "web", "-o", image]), "httpd");
}

#[test]
fn what_every_cluster_needs_cannot_be_deleted_and_help_is_given() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    let (code, _, err) = cluster.run(&["kubectl", "delete", "ns", "default"]);
    let forbidden =
        "Error from server (Forbidden): namespaces \"default\" is forbidden: this namespace may not be deleted\n";
    assert_eq!((code, err.as_str()), (Some(1), forbidden));
    assert!(cluster.done(&["kubectl", "--help"]).contains("rollout"));
    assert!(
        cluster
            .run(&["cluster", "restore", "elsewhere", "--from", "zzz"])
            .2
            .contains("there is no journal zzz")
    );
}

#[test]
fn who_manages_a_field_is_kept_in_the_folder_and_replayed() {
    let cluster = Cluster::new(&["--pace", "paused", "--set", "image-pull=0"]);
    cluster.file("web.yaml", WEB);
    let apply = ["kubectl", "apply", "--server-side", "-f", "web.yaml"];
    assert_eq!(cluster.done(&apply), "deployment.apps/web serverside-applied\n");
    cluster.done(&["kubectl", "rollout", "status", "deploy/web"]);
    cluster.done(&["kubectl", "scale", "deploy/web", "--replicas=3"]);
    let (code, _, err) = cluster.run(&apply);
    let conflict = "error: Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas\n";
    assert_eq!(code, Some(1));
    assert!(err.starts_with(conflict), "{err}");
    cluster.done(&["kubectl", "label", "deploy/web", "tier=front"]);
    cluster.done(&[
        "kubectl",
        "apply",
        "--server-side",
        "--force-conflicts",
        "-f",
        "web.yaml",
    ]);
    cluster.done(&["time", "advance", "30s"]);
    let path = "jsonpath={.metadata.managedFields[*].manager} {.spec.replicas} {.status.readyReplicas}";
    let shown = cluster.done(&["kubectl", "get", "deploy", "web", "-o", path]);
    assert_eq!(shown, "kubectl kubectl-label 2 2");
    assert!(
        cluster
            .done(&["cluster", "verify"])
            .contains("the same world, byte for byte")
    );
}
