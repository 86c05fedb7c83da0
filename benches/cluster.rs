//! How fast a cluster comes up: events per second, time per pod, memory. Never asserted, only reported.
//!
//! `cargo bench --bench cluster` prints one line a scenario; name some to run only those. Each scenario runs in a process
//! of its own, so that its peak of memory is its own.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]

use pglab::api::{Key, Kind, Object, Pod};
use pglab::cloud::Settings;
use pglab::sim::{ClusterSpec, World};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Instant;

/// A scenario: its name, and what it does; it returns the world and how many pods were asked for.
type Scenario = (&'static str, fn() -> (World, usize));

const SCENARIOS: &[Scenario] = &[
    ("density-100-nodes-1067-pods", || mixed(100, 1_067)),
    ("one-deployment-1000-nodes-5000-pods", one_deployment),
    ("statefulset-200-ordered-with-claims", stateful),
    ("flat-1000-pods", || flat(1_000)),
    ("flat-10000-pods", || flat(10_000)),
    ("flat-30000-pods", || flat(30_000)),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if let Some(name) = std::env::var("PGLAB_SCENARIO").ok().filter(|name| !name.is_empty()) {
        let scenario = SCENARIOS
            .iter()
            .find(|(known, _)| *known == name)
            .expect("the parent names a scenario");
        return report(scenario);
    }
    let this = std::env::current_exe().expect("the program knows itself");
    for (name, _) in SCENARIOS {
        if args.is_empty() || args.iter().any(|wanted| name.contains(wanted.as_str())) {
            let status = Command::new(&this)
                .env("PGLAB_SCENARIO", name)
                .status()
                .expect("a child runs");
            assert!(status.success(), "{name} failed");
        }
    }
    lab(&args);
}

fn report((name, scenario): &Scenario) {
    let began = Instant::now();
    let (world, pods) = scenario();
    let took = began.elapsed();
    let running = world.store().list::<Pod>("").filter(|pod| pod.is_ready()).count();
    let revisions = world.store().head();
    let seconds = took.as_secs_f64();
    println!(
        "{name}: {running}/{pods} ready, {:.1} ms, {:.1} µs a pod, {:.0} revisions/s, {:.0} MB peak, {:.0} s of virtual time",
        seconds * 1e3,
        seconds * 1e6 / pods as f64,
        revisions as f64 / seconds,
        peak_mb(),
        (world.now() - world.began()) as f64 / 1e3,
    );
}

/// Times the main job, start to end, the start of the program included: the median of eleven runs.
fn lab(args: &[String]) {
    if !args.is_empty() && !args.iter().any(|arg| "run-lab3".contains(arg.as_str())) {
        return;
    }
    let program = env!("CARGO_BIN_EXE_pglab");
    let mut times: Vec<f64> = (0..11)
        .map(|_| {
            let began = Instant::now();
            let output = Command::new(program)
                .args(["run", "lab3"])
                .output()
                .expect("pglab runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "run-lab3: median {:.1} ms, fastest {:.1} ms, slowest {:.1} ms",
        times[5], times[0], times[10]
    );
}

fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    let kb: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse().ok())
        .unwrap_or_default();
    kb / 1024.0
}

fn cluster(nodes: usize, attachable_volumes: i64) -> World {
    let spec = ClusterSpec {
        nodes_per_zone: nodes.div_ceil(3),
        attachable_volumes,
        ..ClusterSpec::default()
    };
    let mut world = spec.world(1, Settings::default());
    world.settle(60_000);
    world
}

fn apply(world: &mut World, kind: Kind, tree: Value) {
    let object = Object::from_value(&kind, tree).expect("the benchmark writes valid objects");
    world.create(object).expect("the API server takes it");
}

fn deployment(name: &str, replicas: usize) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{
                    "name": "main", "image": "example.org/app:1",
                    "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
                }]},
            },
        },
    })
}

fn ready(world: &World, wanted: usize) -> bool {
    world.store().list::<Pod>("").filter(|pod| pod.is_ready()).count() >= wanted
}

/// Runs until all pods are ready, looking every ten seconds of virtual time.
fn run(world: &mut World, pods: usize) {
    let deadline = world.now() + 24 * 3_600_000;
    while !ready(world, pods) && world.now() < deadline {
        world.run_for(10_000);
    }
}

/// Deployments of mixed size: 1, 2, 3, 5, 8 … replicas, again and again.
fn mixed(nodes: usize, pods: usize) -> (World, usize) {
    let mut world = cluster(nodes, 25);
    let mut left = pods;
    for (number, size) in [1, 2, 3, 5, 8, 13, 21, 34].into_iter().cycle().enumerate() {
        let size = size.min(left);
        if size == 0 {
            break;
        }
        apply(&mut world, Kind::Deployment, deployment(&format!("app-{number}"), size));
        left -= size;
    }
    run(&mut world, pods);
    (world, pods)
}

fn flat(pods: usize) -> (World, usize) {
    mixed(pods / 30, pods)
}

fn one_deployment() -> (World, usize) {
    let mut world = cluster(1_000, 25);
    apply(&mut world, Kind::Deployment, deployment("web", 5_000));
    run(&mut world, 5_000);
    (world, 5_000)
}

fn stateful() -> (World, usize) {
    let mut world = cluster(60, 25);
    apply(
        &mut world,
        Kind::StorageClass,
        json!({
            "metadata": {"name": "ebs"}, "provisioner": "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer",
        }),
    );
    apply(
        &mut world,
        Kind::StatefulSet,
        json!({
            "metadata": {"name": "db", "namespace": "default"},
            "spec": {
                "serviceName": "db", "replicas": 200,
                "selector": {"matchLabels": {"app": "db"}},
                "template": {
                    "metadata": {"labels": {"app": "db"}},
                    "spec": {"containers": [{
                        "name": "main", "image": "example.org/app:1",
                        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                    }]},
                },
                "volumeClaimTemplates": [{
                    "metadata": {"name": "data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"], "storageClassName": "ebs",
                        "resources": {"requests": {"storage": "1Gi"}},
                    },
                }],
            },
        }),
    );
    run(&mut world, 200);
    let key = Key::new(Kind::Pod, "default", "db-199");
    assert!(world.store().find(&key).is_some(), "the last ordinal was made");
    (world, 200)
}
