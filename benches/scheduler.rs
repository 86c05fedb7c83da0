//! How long the scheduler itself takes for a pod, apart from the API server and the kernel: 30 pods a node, from one
//! Deployment-like template or from several taking turns. Speed is never asserted, only reported; that every pod found a
//! node is asserted.
//!
//! `cargo bench --bench scheduler`; arguments name the sizes to run (`1000`, `10000`, `30000`). For each pod three calls
//! are timed: the pod comes, its turn, and the news that it is bound.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]

use pglab::actors::scheduler::Scheduler;
use pglab::actors::{Actor, Change, Effect, View};
use pglab::api::{Key, Kind, Object, Resource, Time};
use pglab::cloud::{Cloud, Settings};
use pglab::programs::Runtime;
use pglab::store::{Hand, Store};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The pods on a node at the end.
const PODS_A_NODE: usize = 30;

fn main() {
    let wanted: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if wanted.is_empty() {
        vec![1_000, 10_000, 30_000]
    } else {
        wanted
    };
    for (name, templates, spec) in [
        ("one template", 1, json!({})),
        ("ten templates taking turns", 10, json!({})),
        ("hard zone spreading", 1, hard_spreading()),
        ("naked pods, each its own", usize::MAX, json!({})),
    ] {
        for &pods in &sizes {
            run(name, templates, &spec, pods);
        }
    }
    five_thousand_nodes();
}

fn hard_spreading() -> Value {
    json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "app-0"}}}]})
}

fn run(name: &str, templates: usize, spec: &Value, pods: usize) {
    let nodes = pods.div_ceil(PODS_A_NODE);
    let (took, placed) = Bench::new(nodes, templates).schedule(templates, spec, pods);
    assert_eq!(placed, pods, "{name}: every pod finds a node");
    let each = took.as_secs_f64() * 1e6 / pods as f64;
    println!("{name}: {placed}/{pods} pods on {nodes} nodes, {each:.2} µs a pod");
}

fn five_thousand_nodes() {
    let (took, placed) = Bench::new(5_000, 1).schedule(1, &json!({}), 5_000);
    assert_eq!(placed, 5_000, "every pod finds a node");
    println!(
        "one template: {placed}/5000 pods on 5000 nodes, {:.2} µs a pod",
        took.as_secs_f64() * 1e6 / 5e3
    );
}

struct Bench {
    store: Store,
    scheduler: Scheduler,
    settings: Settings,
    cloud: Cloud,
    runtime: Runtime,
    seen: u64,
    count: u64,
    owners: Vec<Object>,
}

impl Bench {
    fn new(nodes: usize, templates: usize) -> Self {
        let mut bench = Self {
            store: Store::default(),
            scheduler: Scheduler::default(),
            settings: Settings::default(),
            cloud: Cloud::default(),
            runtime: Runtime::default(),
            seen: 0,
            count: 0,
            owners: vec![],
        };
        bench.create(Kind::Namespace, json!({"metadata": {"name": "default"}}));
        for n in 0..nodes {
            let (name, zone) = (format!("node-{n}"), format!("zone-{}", n % 3));
            bench.create(
                Kind::Node,
                json!({"metadata": {"name": name, "labels": {
                    "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone}},
                    "status": {"allocatable": {"cpu": "32", "memory": "256Gi", "pods": "110"}}}),
            );
        }
        if templates <= 10 {
            bench.owners = (0..templates)
                .map(|n| {
                    let app = json!({"matchLabels": {"app": format!("app-{n}"), "pod-template-hash": "x"}});
                    let meta = json!({"name": format!("set-{n}"), "namespace": "default"});
                    bench.create(Kind::ReplicaSet, json!({"metadata": meta, "spec": {"selector": app}}))
                })
                .collect();
        }
        bench
    }

    fn create(&mut self, kind: Kind, value: Value) -> Object {
        let object = Object::from_value(&kind, value).expect("an object");
        self.write(|store, hand| store.create(object, hand).expect("a good object"))
    }

    fn write<R>(&mut self, act: impl FnOnce(&mut Store, &mut Hand<'_>) -> R) -> R {
        self.count += 1;
        let store = &mut self.store;
        Hand::with(Time::EPOCH, self.count, |hand| act(store, hand))
    }

    /// Schedules pods one after another, and returns the time that the scheduler took, and how many it placed.
    fn schedule(mut self, templates: usize, spec: &Value, pods: usize) -> (Duration, usize) {
        let mut made: Vec<Object> = Vec::new();
        for n in 0..templates.min(pods).min(10) {
            let mut spec = spec.clone();
            let request = json!({"cpu": format!("{}m", 100 + 50 * n), "memory": "256Mi"});
            spec["containers"] = json!([{"name": "main", "image": "nginx:1.25", "resources": {"requests": request}}]);
            let labels = json!({"app": format!("app-{n}"), "pod-template-hash": "x"});
            let value = json!({"metadata": {"namespace": "default", "name": "x", "labels": labels}, "spec": spec});
            made.push(Object::from_value(&Kind::Pod, value).expect("a pod"));
        }
        let mut took = self.heed().0;
        let mut placed = 0;
        for n in 0..pods {
            let mut pod = made[n % made.len()].clone();
            pod.meta_mut().name = format!("pod-{n}").into();
            if let Some(Object::ReplicaSet(owner)) = self.owners.get(n % made.len()) {
                pod.meta_mut().owner_references = vec![owner.as_controller()];
            } else {
                pod.meta_mut().labels.set("own", n.to_string());
            }
            self.write(|store, hand| store.create(pod, hand).expect("a good pod"));
            let (came, woken) = self.heed();
            took += came;
            for key in woken {
                took += self.turn(&key, &mut placed);
            }
            took += self.heed().0;
        }
        (took, placed)
    }

    /// Brings what was written to the scheduler.
    fn heed(&mut self) -> (Duration, Vec<Key>) {
        let (mut wake, head) = (Vec::new(), self.store.head());
        let view = View::new(
            &self.store,
            head,
            Time::EPOCH,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        let began = Instant::now();
        for revision in self.store.between(self.seen, head) {
            let change = Change {
                before: revision.before.as_ref(),
                after: revision.after.as_ref(),
            };
            if matches!(change.object(), Object::Pod(_) | Object::Node(_)) {
                self.scheduler.heed(&change, &view, &mut wake);
            }
        }
        self.seen = head;
        (began.elapsed(), wake)
    }

    /// Lets the scheduler work on a key, and binds the pod as it asks.
    fn turn(&mut self, key: &Key, placed: &mut usize) -> Duration {
        let view = View::new(
            &self.store,
            self.seen,
            Time::EPOCH,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        let began = Instant::now();
        let effects = self.scheduler.reconcile(&view, key);
        let took = began.elapsed();
        for effect in effects {
            if let Effect::Bind { pod, uid, node } = effect {
                self.write(|store, hand| store.bind(&pod, uid, &node, hand).expect("a pod without a node"));
                *placed += 1;
            }
        }
        took
    }
}
