//! How fast a cluster comes up: events per second, time per pod, memory. Speed is never asserted, only reported; that all
//! pods came up is asserted, as the time of a cluster that did not is the time of nothing.
//!
//! `cargo bench --bench cluster` prints one line a scenario; name some to run only those. Each scenario runs in a process
//! of its own, so that its peak of memory is its own. The clock runs from the moment at which the pods are asked for, when
//! the nodes are ready; how long the nodes took is told apart. An event is an entry taken from the kernel's queue. What
//! the scheduler takes of it is measured in `benches/scheduler.rs`.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]

use pglab::api::{Key, Kind, Node, Object, Pod};
use pglab::cloud::{Machine, Settings};
use pglab::sim::{Calm, ClusterSpec, World};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

/// A scenario: its name, and what it does.
type Scenario = (&'static str, fn() -> Run);

/// What a scenario came to.
struct Run {
    world: World,
    /// How many pods were asked for.
    pods: usize,
    /// How long the nodes took to come up.
    nodes_took: Duration,
    /// How long the pods took, from the moment at which they were asked for.
    took: Duration,
    /// How many events that was, and how many revisions.
    events: u64,
    revisions: u64,
}

const SCENARIOS: &[Scenario] = &[
    ("density-100-nodes-1067-pods", || mixed(100, 1_067)),
    ("one-deployment-1000-nodes-5000-pods", one_deployment),
    ("statefulset-200-ordered-with-claims", stateful),
    // Thirty pods a node: the cost of a pod should stay what it is.
    ("flat-1000-pods", || mixed(34, 1_000)),
    ("flat-10000-pods", || mixed(334, 10_000)),
    ("flat-30000-pods", || mixed(1_000, 30_000)),
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
    let run = scenario();
    let ready = run.world.store().list::<Pod>("").filter(|pod| pod.is_ready()).count();
    assert_eq!(ready, run.pods, "{name}: all pods come up");
    let (seconds, pods) = (run.took.as_secs_f64(), run.pods as f64);
    println!(
        "{name}: {ready} pods in {:.1} ms, {:.1} µs and {:.1} events a pod, {:.0} events/s, {:.0} revisions/s, \
         peak {}, {:.0} s of virtual time; the nodes took {:.1} ms",
        seconds * 1e3,
        seconds * 1e6 / pods,
        run.events as f64 / pods,
        run.events as f64 / seconds,
        run.revisions as f64 / seconds,
        peak(),
        (run.world.now() - run.world.began()) as f64 / 1e3,
        run.nodes_took.as_secs_f64() * 1e3,
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

/// Returns the peak of this process's memory, as Linux tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kb.map_or("unknown".to_owned(), |kb| format!("{:.0} MB", kb / 1024.0))
}

/// Makes a cluster of exactly so many nodes in three zones, and lets them come up.
fn cluster(nodes: usize) -> World {
    let spec = ClusterSpec {
        nodes_per_zone: nodes / 3,
        ..ClusterSpec::default()
    };
    let mut world = spec.world(1, Settings::default());
    for (n, zone) in spec.zones.iter().take(nodes % 3).enumerate() {
        world.switch_on(&format!("node-more{n}"), Machine::new(zone.as_str()));
    }
    world.settle(60_000);
    let ready = world.store().list::<Node>("").filter(|node| node.is_ready()).count();
    assert_eq!(ready, nodes, "the nodes come up");
    world
}

/// Asks for pods in a cluster of so many nodes, and runs until all are ready.
fn run(nodes: usize, pods: usize, ask: impl FnOnce(&mut World)) -> Run {
    let began = Instant::now();
    let mut world = cluster(nodes);
    let nodes_took = began.elapsed();
    let head = world.store().head();
    let began = Instant::now();
    ask(&mut world);
    let deadline = world.now() + 24 * 3_600_000;
    let mut events = 0;
    while world.now() < deadline && !ready(&world, pods) {
        // Looked at every ten seconds of virtual time: counting is not what is measured.
        let until = world.now() + 10_000;
        while world.step(until, &mut Calm) {
            events += 1;
        }
        world.run_until(until);
    }
    Run {
        took: began.elapsed(),
        pods,
        nodes_took,
        events,
        revisions: world.store().head() - head,
        world,
    }
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

/// Deployments of mixed size: 1, 2, 3, 5, 8 … replicas, again and again.
fn mixed(nodes: usize, pods: usize) -> Run {
    run(nodes, pods, |world| {
        let mut left = pods;
        for (number, size) in [1, 2, 3, 5, 8, 13, 21, 34].into_iter().cycle().enumerate() {
            let size = size.min(left);
            if size == 0 {
                break;
            }
            apply(world, Kind::Deployment, deployment(&format!("app-{number}"), size));
            left -= size;
        }
    })
}

fn one_deployment() -> Run {
    run(1_000, 5_000, |world| {
        apply(world, Kind::Deployment, deployment("web", 5_000))
    })
}

/// One pod after the other, each with a volume that is made where the pod goes.
fn stateful() -> Run {
    let class = json!({
        "metadata": {"name": "ebs"}, "provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer",
    });
    let claim = json!({
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "ebs",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    });
    let set = json!({
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {
            "serviceName": "db", "replicas": 200, "podManagementPolicy": "OrderedReady",
            "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{
                    "name": "main", "image": "example.org/app:1",
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                }]},
            },
            "volumeClaimTemplates": [claim],
        },
    });
    let run = run(60, 200, |world| {
        apply(world, Kind::StorageClass, class);
        apply(world, Kind::StatefulSet, set);
    });
    let key = Key::new(Kind::Pod, "default", "db-199");
    assert!(run.world.store().find(&key).is_some(), "the last ordinal was made");
    run
}
