//! Stories of one kubelet at work: a pod is given to its node, and the machine does what it asks for.

mod first_start;
mod images;
mod inside;

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
    bench.wrote();
    bench.heard();
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

/// Makes a claim that is bound to a volume of its own, attached to node-a1, as others do before a kubelet mounts it.
fn attached_claim(bench: &mut Bench<Kubelet>, name: &str) {
    bound_claim(bench, name);
    attach(bench, name);
}

fn bound_claim(bench: &mut Bench<Kubelet>, name: &str) {
    use crate::cloud::EbsVolume;
    let volume = EbsVolume::new("zone-a".into(), 1 << 30, bench.now);
    bench.cloud.volumes.insert(format!("vol-{name}").into(), volume);
    bench.put(
        Kind::PersistentVolume,
        json!({"metadata": {"name": format!("pv-{name}")}, "spec": {
            "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": format!("vol-{name}")},
        }}),
    );
    bench.put(
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": name, "annotations": {"pv.kubernetes.io/bind-completed": "yes"}}, "spec": {
            "accessModes": ["ReadWriteOnce"], "volumeName": format!("pv-{name}"),
            "resources": {"requests": {"storage": "1Gi"}},
        }}),
    );
}

fn attach(bench: &mut Bench<Kubelet>, name: &str) {
    use crate::api::node::AttachedVolume;
    use crate::cloud::CloudRequest;
    let request = CloudRequest::Attach(format!("vol-{name}").into(), "node-a1".into());
    let settings = bench.settings.clone();
    let done = bench.cloud.request(&request, bench.now, &settings).unwrap();
    bench.pass(done - bench.now);
    bench.change_status::<Node>("node-a1", |node| {
        node.status.volumes_attached.push(AttachedVolume {
            name: format!("kubernetes.io/csi/ebs.csi.aws.com^vol-{name}"),
            ..AttachedVolume::default()
        });
    });
}

fn database(claim: &str) -> Value {
    json!({
        "containers": [{
            "name": "postgres", "image": "postgres:16.4",
            "env": [
                {"name": "POSTGRES_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "login", "key": "password"}}},
                {"name": "PGDATA", "value": "/data/pgdata"},
            ],
            "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        }],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
    })
}

fn secret(bench: &mut Bench<Kubelet>) {
    bench.put(
        Kind::Secret,
        json!({"metadata": {"name": "login"}, "data": {"password": "c2VjcmV0"}}),
    );
}

#[test]
fn a_pod_waits_for_its_volume_and_says_that_it_uses_it() {
    let mut bench = bench();
    secret(&mut bench);
    bound_claim(&mut bench, "data");
    pod(&mut bench, "db", database("data"));
    bench.pass(100);
    let device = "kubernetes.io/csi/ebs.csi.aws.com^vol-data";
    assert_eq!(bench.get::<Node>("node-a1").status.volumes_in_use, [device]);
    assert_eq!(state(&bench, "db"), "Pending, ContainerCreating, not ready, restarts 0");
    assert_eq!(bench.wrote(), ["status pod/db", "status node/node-a1"]);
    bench.pass(130_000);
    assert_eq!(
        bench.heard(),
        [
            "Warning FailedMount Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed \
          to process volumes=[]: context deadline exceeded"
        ]
    );
    attach(&mut bench, "data");
    bench.pass(20_000);
    assert_eq!(state(&bench, "db"), "Running, running, ready, restarts 0");
    let disk = &bench.cloud.volumes["vol-data"].disk;
    assert!(disk.exists("/pgdata/PG_VERSION"), "the files are on the volume itself");
    bench.delete(Kind::Pod, "db");
    bench.pass(5_000);
    assert!(bench.get::<Node>("node-a1").status.volumes_in_use.is_empty());
    let wrote = bench.wrote();
    let last: Vec<&str> = wrote.iter().rev().take(3).rev().map(String::as_str).collect();
    assert_eq!(last, ["status pod/db", "status node/node-a1", "delete pod/db"]);
}

#[test]
fn a_claim_that_is_not_bound_is_said_at_once() {
    let mut bench = bench();
    secret(&mut bench);
    bench.put(
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}),
    );
    pod(&mut bench, "db", database("data"));
    bench.pass(100);
    assert_eq!(
        bench.heard(),
        [
            "Warning FailedMount Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed \
          to process volumes=[data]: error processing PVC default/data: PVC is not bound"
        ]
    );
}

#[test]
fn a_missing_secret_holds_the_container_until_it_is_there() {
    let mut bench = bench();
    attached_claim(&mut bench, "data");
    pod(&mut bench, "db", database("data"));
    bench.pass(20_000);
    assert_eq!(
        state(&bench, "db"),
        "Pending, CreateContainerConfigError, not ready, restarts 0"
    );
    assert!(
        bench
            .heard()
            .contains(&"Warning Failed Error: secret \"login\" not found".to_owned())
    );
    secret(&mut bench);
    bench.pass(20_000);
    assert_eq!(state(&bench, "db"), "Running, running, ready, restarts 0");
}

#[test]
fn an_image_that_no_registry_has_is_tried_again_and_again() {
    let mut bench = bench();
    pod(
        &mut bench,
        "p",
        json!({"containers": [{"name": "c", "image": "postgres:broken"}]}),
    );
    bench.pass(2_000);
    assert_eq!(state(&bench, "p"), "Pending, ErrImagePull, not ready, restarts 0");
    bench.pass(2_000);
    assert_eq!(state(&bench, "p"), "Pending, ImagePullBackOff, not ready, restarts 0");
    let why = "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/postgres:broken\": \
               failed to resolve reference \"docker.io/library/postgres:broken\": docker.io/library/postgres:broken: not \
               found";
    assert_eq!(
        bench.heard(),
        [
            "Normal Pulling Pulling image \"postgres:broken\"".to_owned(),
            format!("Warning Failed Failed to pull image \"postgres:broken\": {why}"),
            "Warning Failed Error: ErrImagePull".to_owned(),
            "Normal BackOff Back-off pulling image \"postgres:broken\"".to_owned(),
            "Warning Failed Error: ImagePullBackOff".to_owned(),
        ]
    );
    bench.pass(60_000);
    let pulls = bench.heard();
    assert_eq!(
        pulls.iter().filter(|line| line.starts_with("Normal Pulling")).count(),
        2,
        "after 10 s and 20 s more"
    );
}

#[test]
fn a_machine_that_lost_power_comes_back_with_its_pods() {
    let mut bench = bench();
    secret(&mut bench);
    attached_claim(&mut bench, "data");
    pod(&mut bench, "db", database("data"));
    bench.pass(20_000);
    let now = bench.now;
    let node = Key::cluster(Kind::Node, "node-a1");
    power(&mut bench, false);
    bench.runtime.power_off("node-a1", now);
    bench.wake(&node);
    bench.pass(60_000);
    assert_eq!(
        state(&bench, "db"),
        "Running, running, ready, restarts 0",
        "nobody has told the API server"
    );
    power(&mut bench, true);
    bench.wake(&node);
    bench.pass(20_000);
    assert_eq!(state(&bench, "db"), "Running, running, ready, restarts 1");
    assert!(
        bench
            .heard()
            .contains(&"Normal SandboxChanged Pod sandbox changed, it will be killed and re-created.".to_owned())
    );
    let pod = bench.get::<Pod>("db");
    assert_eq!(pod.status.pod_ip, "10.244.0.3", "a new sandbox has a new address");
    let last = pod.status.container_statuses[0].last_state.terminated.as_ref().unwrap();
    assert_eq!((last.exit_code, &*last.reason), (255, "Unknown"));
    let log = bench
        .runtime
        .log("node-a1", pod.metadata.uid, "postgres", false)
        .unwrap();
    assert!(
        log.iter()
            .any(|line| line.text.contains("database system was not properly shut down"))
    );
}

fn power(bench: &mut Bench<Kubelet>, on: bool) {
    let now = bench.now;
    let machine = bench.cloud.machines.get_mut("node-a1").unwrap();
    machine.power = if on {
        crate::cloud::Power::On
    } else {
        crate::cloud::Power::Off
    };
    machine.note(now);
}

fn link(bench: &mut Bench<Kubelet>, up: bool) {
    let now = bench.now;
    let machine = bench.cloud.machines.get_mut("node-a1").unwrap();
    machine.link = if up {
        crate::cloud::Link::Up
    } else {
        crate::cloud::Link::Cut
    };
    machine.note(now);
    bench.wake(&Key::cluster(Kind::Node, "node-a1"));
}

#[test]
fn a_kubelet_that_is_cut_off_goes_on_and_learns_of_deletions_when_it_is_back() {
    let mut bench = bench();
    pod(
        &mut bench,
        "p",
        json!({"containers": [{"name": "c", "image": "shop/web:1"}]}),
    );
    bench.pass(20_000);
    let old = bench.get::<Pod>("p").metadata.uid;
    link(&mut bench, false);
    bench.vanish(Kind::Pod, "p");
    bench.pass(60_000);
    let running = |bench: &Bench<Kubelet>, uid| {
        let container = bench.runtime.container("node-a1", uid, "c");
        container.is_some_and(|container| container.is_running())
    };
    assert!(running(&bench, old), "it lives on, unseen");
    // Another pod of the same name starts elsewhere.
    bench.put(
        Kind::Pod,
        json!({"metadata": {"name": "p"}, "spec": {"nodeName": "node-b1", "containers": [{"name": "c", "image": "shop/web:1"}]}}),
    );
    bench.pass(20_000);
    assert_eq!(state(&bench, "p"), "Running, running, ready, restarts 0");
    assert!(running(&bench, old));
    link(&mut bench, true);
    bench.pass(60_000);
    assert!(!running(&bench, old), "the old one is ended");
    assert_eq!(bench.runtime.cells("node-a1").count(), 0);
    assert_eq!(
        state(&bench, "p"),
        "Running, running, ready, restarts 0",
        "and the new one is left alone"
    );
}

#[test]
fn a_forced_deletion_leaves_the_old_process_a_second() {
    let mut bench = bench();
    pod(
        &mut bench,
        "p",
        json!({"containers": [{"name": "c", "image": "shop/web:1"}]}),
    );
    bench.pass(20_000);
    bench.heard();
    bench.vanish(Kind::Pod, "p");
    bench.pass(10);
    assert_eq!(bench.heard(), ["Normal Killing Stopping container c"]);
    bench.pass(1_000);
    assert_eq!(bench.runtime.cells("node-a1").count(), 0);
}

#[test]
fn a_job_s_container_that_pglab_does_not_know_ends_well_after_a_while() {
    let mut bench = bench();
    bench.put(
        Kind::Pod,
        json!({
            "metadata": {"name": "dump", "ownerReferences": [
                {"apiVersion": "batch/v1", "kind": "Job", "name": "dump", "uid": "1", "controller": true}]},
            "spec": {"nodeName": "node-a1", "restartPolicy": "Never", "containers": [{"name": "c", "image": "shop/dump:1"}]},
        }),
    );
    bench.pass(20_000);
    assert_eq!(state(&bench, "dump"), "Succeeded, Completed 0, not ready, restarts 0");
    let pod = bench.get::<Pod>("dump");
    let ready = condition::find(&pod.status.conditions, "Ready").unwrap();
    assert_eq!(ready.reason, "PodCompleted");
    let log = bench.runtime.log("node-a1", pod.metadata.uid, "c", false).unwrap();
    assert!(
        log[0]
            .text
            .contains("pglab does not know the image docker.io/shop/dump:1")
    );
}
