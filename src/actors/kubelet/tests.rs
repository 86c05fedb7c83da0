//! Stories of one kubelet at work: a pod is given to its node, and the machine does what it asks for.

use super::*;
use crate::actors::bench::Bench;
use crate::api::{Phase, condition};
use serde_json::{Value, json};

/// A bench whose nodes are registered.
fn bench() -> Bench<Kubelet> {
    let mut bench: Bench<Kubelet> = Bench::new();
    let names: Vec<Arc<str>> = bench.cloud.machines.keys().cloned().collect();
    for name in names {
        bench.wake(&Key::cluster(Kind::Node, name));
    }
    bench.wrote();
    bench
}

fn pod(bench: &mut Bench<Kubelet>, name: &str, spec: Value) {
    let mut spec = spec;
    spec["nodeName"] = "node-a1".into();
    bench.put(Kind::Pod, json!({"metadata": {"name": name}, "spec": spec}));
}

fn state(bench: &Bench<Kubelet>, name: &str) -> String {
    let pod = bench.get::<Pod>(name);
    let status = &pod.status.container_statuses[0];
    let state = &status.state;
    let word = match (&state.waiting, &state.running, &state.terminated) {
        (Some(waiting), ..) => waiting.reason.to_string(),
        (_, Some(_), _) => "running".to_owned(),
        (.., Some(ended)) => format!("{} {}", ended.reason, ended.exit_code),
        _ => "nothing".to_owned(),
    };
    let ready = if pod.is_ready() { "ready" } else { "not ready" };
    format!(
        "{:?}, {word}, {ready}, restarts {}",
        pod.status.phase, status.restart_count
    )
}

#[test]
fn a_kubelet_registers_its_node_with_its_drivers() {
    let bench = bench();
    let node: &Node = bench.get("node-b2");
    assert!(node.is_ready());
    assert_eq!(
        node.internal_ip(),
        "192.168.0.13",
        "the machines of a zone stand side by side here"
    );
    assert_eq!(node.zone(), "zone-b");
    assert_eq!(node.status.node_info.kubelet_version, "v1.36.2");
    let csi: &crate::api::CsiNode = bench.get("node-b2");
    assert_eq!(csi.spec.drivers[0].allocatable.as_ref().and_then(|a| a.count), Some(25));
    assert_eq!(csi.metadata.owner_references[0].uid, node.metadata.uid);
}

#[test]
fn an_idle_pod_comes_up_in_two_writes() {
    let mut bench = bench();
    pod(
        &mut bench,
        "p",
        json!({"containers": [{"name": "c", "image": "shop/web:1"}]}),
    );
    bench.pass(60_000);
    assert_eq!(state(&bench, "p"), "Running, running, ready, restarts 0");
    assert_eq!(bench.wrote(), ["status pod/p", "status pod/p"]);
    assert_eq!(
        bench.heard(),
        [
            "Normal Pulling Pulling image \"shop/web:1\"",
            "Normal Pulled Successfully pulled image \"shop/web:1\" in 4s (4s including waiting). Image size: 150000000 bytes.",
            "Normal Created Container created",
            "Normal Started Container started",
        ]
    );
    let pod: &Pod = bench.get("p");
    assert_eq!(pod.status.pod_ip, "10.244.0.2");
    let kinds: Vec<&str> = pod.status.conditions.iter().map(|c| &*c.kind).collect();
    assert_eq!(
        kinds,
        [
            "PodReadyToStartContainers",
            "Initialized",
            "Ready",
            "ContainersReady",
            "PodScheduled"
        ]
    );
    assert!(condition::is_true(&pod.status.conditions, "PodReadyToStartContainers"));
}

#[test]
fn a_deleted_pod_ends_and_its_object_goes_last() {
    let mut bench = bench();
    pod(
        &mut bench,
        "p",
        json!({"containers": [{"name": "c", "image": "shop/web:1"}]}),
    );
    bench.pass(60_000);
    (bench.wrote(), bench.heard());
    bench.delete(Kind::Pod, "p");
    bench.pass(200);
    assert_eq!(bench.heard(), ["Normal Killing Stopping container c"]);
    assert_eq!(bench.wrote(), Vec::<String>::new(), "it takes a moment to come down");
    bench.run();
    bench.pass(100);
    assert_eq!(bench.wrote(), ["status pod/p", "delete pod/p"]);
    assert!(bench.find::<Pod>("p").is_none());
    assert_eq!(bench.runtime.cells("node-a1").count(), 0);
    bench.pass(1000);
    assert!(bench.actor.workers.is_empty());
    assert_eq!(bench.actor.agents["node-a1"].used, Share::default());
}

#[test]
fn a_crashing_container_is_restarted_after_longer_and_longer_pauses() {
    let mut bench = bench();
    bench.put(
        Kind::Pod,
        json!({
            "metadata": {"name": "p", "annotations": {"pglab.dev/run-seconds": "1", "pglab.dev/exit-code": "3"}},
            "spec": {"nodeName": "node-a1", "containers": [{"name": "c", "image": "shop/web:1"}]},
        }),
    );
    bench.pass(5_750);
    assert_eq!(
        state(&bench, "p"),
        "Running, running, ready, restarts 1",
        "at once after the first crash"
    );
    bench.pass(1_000);
    assert_eq!(state(&bench, "p"), "Running, CrashLoopBackOff, not ready, restarts 1");
    let status = &bench.get::<Pod>("p").status.container_statuses[0];
    let waiting = status.state.waiting.as_ref().unwrap();
    assert!(
        waiting
            .message
            .starts_with("back-off 10s restarting failed container=c pod=p_default(")
    );
    assert_eq!(status.last_state.terminated.as_ref().unwrap().exit_code, 3);
    let said = bench.heard();
    let back_offs = said
        .iter()
        .filter(|line| line.starts_with("Warning BackOff Back-off restarting failed"));
    assert_eq!(back_offs.count(), 1);
    bench.pass(120_000);
    assert_eq!(state(&bench, "p"), "Running, CrashLoopBackOff, not ready, restarts 4");
    assert_eq!(bench.get::<Pod>("p").status.phase, Phase::Running);
}
