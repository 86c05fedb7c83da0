//! What a machine keeps of images: who comes later finds them.

use super::*;
use crate::programs::runtime::Rule;

const WEB: &str = "shop/web:1";

fn web(bench: &mut Bench<Kubelet>, name: &str, node: &str, policy: &str) {
    bench.put(
        Kind::Pod,
        json!({
            "metadata": {"name": name},
            "spec": {"nodeName": node, "containers": [{"name": "c", "image": WEB, "imagePullPolicy": policy}]},
        }),
    );
}

fn pulls(bench: &mut Bench<Kubelet>) -> Vec<String> {
    let of_images = |words: &String| words.contains("Pull");
    bench.heard().into_iter().filter(of_images).collect()
}

const PRESENT: &str =
    "Normal Pulled Container image \"shop/web:1\" already present on machine and can be accessed by the pod";

#[test]
fn a_machine_that_lost_power_still_has_its_images() {
    let mut bench = bench();
    web(&mut bench, "p", "node-a1", "IfNotPresent");
    bench.pass(20_000);
    assert_eq!(pulls(&mut bench).len(), 2, "pulling, pulled");
    let (node, now) = (Key::cluster(Kind::Node, "node-a1"), bench.now);
    power(&mut bench, false);
    bench.runtime.power_off("node-a1", now);
    bench.wake(&node);
    power(&mut bench, true);
    bench.wake(&node);
    bench.pass(20_000);
    assert_eq!(state(&bench, "p"), "Running, running, ready, restarts 1");
    assert_eq!(pulls(&mut bench), [PRESENT]);
}

#[test]
fn a_pull_that_the_loss_of_power_breaks_off_begins_anew() {
    let mut bench = bench();
    web(&mut bench, "p", "node-a1", "IfNotPresent");
    bench.pass(2_000);
    let (node, now) = (Key::cluster(Kind::Node, "node-a1"), bench.now);
    power(&mut bench, false);
    bench.runtime.power_off("node-a1", now);
    bench.wake(&node);
    power(&mut bench, true);
    bench.wake(&node);
    bench.pass(20_000);
    let pulls = pulls(&mut bench);
    assert_eq!(pulls.len(), 3, "{pulls:?}");
    assert!(
        pulls[2].contains("Successfully pulled image \"shop/web:1\" in 4s"),
        "{pulls:?}"
    );
}

#[test]
fn an_image_that_no_registry_has_any_more_still_runs_where_it_is() {
    let mut bench = bench();
    web(&mut bench, "p", "node-a1", "IfNotPresent");
    bench.pass(20_000);
    pulls(&mut bench);
    bench.runtime.images.set(WEB, Some(Rule::Missing));
    web(&mut bench, "here", "node-a1", "IfNotPresent");
    bench.pass(3_000);
    assert_eq!(state(&bench, "here"), "Running, running, ready, restarts 0");
    assert_eq!(pulls(&mut bench), [PRESENT]);
    web(&mut bench, "elsewhere", "node-b1", "IfNotPresent");
    web(&mut bench, "asks-first", "node-a1", "Always");
    bench.pass(20_000);
    assert_eq!(
        state(&bench, "elsewhere"),
        "Pending, ImagePullBackOff, not ready, restarts 0"
    );
    assert_eq!(
        state(&bench, "asks-first"),
        "Pending, ImagePullBackOff, not ready, restarts 0"
    );
    pulls(&mut bench);
    // The registry's refusal has taken nothing from the machine.
    web(&mut bench, "late", "node-a1", "Never");
    bench.pass(3_000);
    assert_eq!(state(&bench, "late"), "Running, running, ready, restarts 0");
}

#[test]
fn an_unknown_program_is_taken_to_be_well_whatever_command_asks_it() {
    let mut bench = bench();
    let probe = json!({"exec": {"command": ["mysqladmin", "ping"]}, "periodSeconds": 2});
    let container = json!({
        "name": "mysql", "image": "mysql:5.7", "livenessProbe": probe,
        "readinessProbe": {"exec": {"command": ["sh", "-c", "test -f /tmp/there"]}, "periodSeconds": 2},
        "lifecycle": {"postStart": {"exec": {"command": ["mysql", "-e", "SELECT 1"]}}},
    });
    pod(&mut bench, "mysql", json!({"containers": [container]}));
    bench.pass(60_000);
    assert_eq!(state(&bench, "mysql"), "Running, running, ready, restarts 0");
    // A program that is known is asked for its true answer.
    let container = json!({
        "name": "web", "image": "nginx", "livenessProbe": {"exec": {"command": ["test", "-f", "/nowhere"]}, "periodSeconds": 2},
    });
    pod(&mut bench, "web", json!({"containers": [container]}));
    bench.pass(60_000);
    assert!(!state(&bench, "web").ends_with("restarts 0"));
}

#[test]
fn the_log_says_where_a_stand_in_runs_and_only_there() {
    let mut bench = bench();
    let log = |bench: &Bench<Kubelet>, name: &str| {
        let uid = bench.get::<Pod>(name).metadata.uid;
        let lines = bench.runtime.log("node-a1", uid, "c", false).expect("it runs");
        lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
    };
    for (name, command) in [
        ("own", json!([])),
        ("shell", json!(["sh", "-c", "echo hello; sleep 60"])),
    ] {
        let container = json!({"name": "c", "image": "mysql:5.7", "command": command});
        pod(&mut bench, name, json!({"containers": [container]}));
    }
    bench.pass(20_000);
    assert_eq!(
        log(&bench, "own"),
        ["pglab does not know the image docker.io/library/mysql:5.7: an idle process stands in for it"]
    );
    assert_eq!(log(&bench, "shell"), ["hello"]);
}

#[test]
fn what_an_unknown_image_interprets_is_stood_in_for() {
    let mut bench = bench();
    for (name, image, command) in [
        ("pi", "perl:5.34.0", json!(["perl", "-wle", "print bpi(2000)"])),
        ("app", "python:3.12", json!(["sh", "-c", "python app.py"])),
        ("here", "postgres:16.4", json!(["perl", "-v"])),
    ] {
        let container = json!({"name": "c", "image": image, "command": command});
        pod(
            &mut bench,
            name,
            json!({"restartPolicy": "Never", "containers": [container]}),
        );
    }
    bench.pass(20_000);
    for name in ["pi", "app"] {
        assert_eq!(state(&bench, name), "Running, running, ready, restarts 0");
    }
    // Of an image that is known it is known too what is not simulated in it.
    assert!(state(&bench, "here").starts_with("Failed"), "{}", state(&bench, "here"));
}

#[test]
fn machines_keep_what_they_have_pulled() {
    let mut bench = bench();
    pod(
        &mut bench,
        "web",
        json!({"containers": [{"name": "c", "image": "nginx:1.27"}]}),
    );
    assert!(!bench.runtime.knows("nginx*"));
    bench.pass(20_000);
    let now = bench.now;
    assert_eq!(bench.runtime.holders("nginx*", now), ["node-a1"]);
    assert_eq!(bench.runtime.holders("docker.io/library/nginx:1.27", now), ["node-a1"]);
    assert!(bench.runtime.holders("postgres*", now).is_empty() && !bench.runtime.knows("postgres*"));
}
