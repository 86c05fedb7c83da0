//! What the tests of the scheduler are made with: nodes, pods, and a small cluster without a kernel.

use super::Scheduler;
use crate::actors::{Actor, Change, Effect, View};
use crate::api::{Key, Kind, Namespace, Node, Object, Pod, Resource, Time};
use crate::cloud::{Cloud, Settings};
use crate::programs::Runtime;
use crate::store::{Hand, Refusal, Store};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes a node of 4 cpus, 16 GiB and 110 pods in a zone.
pub fn node(name: &str, zone: &str) -> Node {
    serde_json::from_value(json!({
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name,
            "topology.kubernetes.io/zone": zone,
            "topology.kubernetes.io/region": "region-1",
        }},
        "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "110"}},
    }))
    .expect("a node")
}

/// Makes a pod of one container with a spec.
pub fn pod(name: &str, mut spec: Value) -> Pod {
    if spec.get("containers").is_none() {
        spec["containers"] = json!([{"name": "main", "image": "nginx:1.25"}]);
    }
    serde_json::from_value(json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec})).expect("a pod")
}

/// Makes a pod with labels that asks for cpu.
pub fn labelled(name: &str, labels: &[(&str, &str)], cpu: &str, mut spec: Value) -> Pod {
    spec["containers"] = json!([{"name": "main", "image": "nginx:1.25", "resources": {"requests": {"cpu": cpu}}}]);
    let mut pod = pod(name, spec);
    pod.metadata.labels = labels.iter().copied().collect();
    pod
}

/// The value of the highest of the priority classes p1, p5, p10, p20, p100 and p1000000.
pub const VERY_IMPORTANT: i64 = 1_000_000;

/// An API server, a scheduler, and a clock that the test moves.
pub struct Cluster {
    pub store: Store,
    pub scheduler: Scheduler,
    pub now: Time,
    pub settings: Settings,
    /// The events that were said: reason and message.
    pub events: Vec<(Key, String, String)>,
    seen: u64,
    timers: BTreeMap<(Time, u64), Key>,
    count: u64,
    cloud: Cloud,
    runtime: Runtime,
}

impl Cluster {
    /// Makes a cluster without nodes.
    pub fn new() -> Self {
        let mut cluster = Self {
            store: Store::default(),
            scheduler: Scheduler::default(),
            now: Time::EPOCH,
            settings: Settings::default(),
            events: Vec::new(),
            seen: 0,
            timers: BTreeMap::new(),
            count: 0,
            cloud: Cloud::default(),
            runtime: Runtime::default(),
        };
        let mut namespace = Namespace::default();
        namespace.metadata.name = "default".into();
        cluster.create(namespace);
        for value in [1, 5, 10, 20, 100, VERY_IMPORTANT] {
            let class = json!({"metadata": {"name": format!("p{value}")}, "value": value});
            cluster.apply(Kind::PriorityClass, class);
        }
        cluster
    }

    /// Makes the cluster of the recordings: two nodes in each of three zones.
    pub fn of_six() -> Self {
        let mut cluster = Self::new();
        for n in 1..=2 {
            for zone in ["a", "b", "c"] {
                cluster.create(node(&format!("node-{zone}{n}"), &format!("zone-{zone}")));
            }
        }
        cluster
    }

    fn hand<R>(&mut self, act: impl FnOnce(&mut Store, &mut Hand<'_>) -> R) -> R {
        self.count += 1;
        let store = &mut self.store;
        Hand::with(self.now, self.count, |hand| act(store, hand))
    }

    /// Creates an object.
    pub fn create<T: Resource>(&mut self, object: T) -> Arc<T> {
        self.try_create(object).expect("a good object")
    }

    pub fn try_create<T: Resource>(&mut self, object: T) -> Result<Arc<T>, Refusal> {
        let stored = self.hand(|store, hand| store.create(object.into_object(), hand))?;
        Ok(T::of(&stored).expect("the kind stays").clone())
    }

    /// Creates an object from JSON.
    pub fn apply(&mut self, kind: Kind, value: Value) -> Object {
        let object = Object::from_value(&kind, value).expect("an object");
        self.hand(|store, hand| store.create(object, hand))
            .expect("a good object")
    }

    /// Changes an object, its status included.
    pub fn change<T: Resource>(&mut self, namespace: &str, name: &str, change: impl FnOnce(&mut T)) {
        let mut object = T::clone(self.store.get::<T>(namespace, name).expect("it is there"));
        change(&mut object);
        let object = object.into_object();
        self.hand(|store, hand| store.update(object.clone(), hand))
            .expect("a good change");
        let mut object = object;
        object.meta_mut().resource_version = 0;
        self.hand(|store, hand| store.update_status(object, hand))
            .expect("a good change");
    }

    /// Removes an object.
    pub fn delete(&mut self, kind: Kind, namespace: &str, name: &str) {
        let key = Key::new(kind, namespace, name);
        let options = crate::store::DeleteOptions {
            grace_seconds: Some(0),
            ..Default::default()
        };
        self.hand(|store, hand| store.delete(&key, &options, hand))
            .expect("it is there");
    }

    /// Lets a pod end.
    pub fn end(&mut self, name: &str) {
        self.change::<Pod>("default", name, |pod| pod.status.phase = crate::api::Phase::Succeeded);
    }

    /// Brings all changes to the scheduler and lets it work until nothing is to be done at this instant.
    pub fn run(&mut self) {
        let mut line: Vec<Key> = Vec::new();
        for _ in 0..100_000 {
            line.extend(self.deliver());
            if line.is_empty() {
                match self.timers.first_key_value() {
                    Some(((at, _), _)) if *at <= self.now => {
                        let (_, key) = self.timers.pop_first().expect("it is there");
                        line.push(key);
                    }
                    _ => return,
                }
            }
            let key = line.remove(0);
            line.retain(|other| *other != key);
            self.work_on(&key);
        }
        panic!("the scheduler does not come to rest");
    }

    /// Lets time pass.
    pub fn run_for(&mut self, ms: i64) {
        let until = self.now + ms;
        self.run();
        while let Some(((at, _), _)) = self.timers.first_key_value().filter(|((at, _), _)| *at <= until) {
            self.now = self.now.max(*at);
            self.run();
        }
        self.now = until;
        self.run();
    }

    /// Brings what was written to the scheduler; returns the keys that it wants to work on.
    pub fn deliver(&mut self) -> Vec<Key> {
        let mut wake = Vec::new();
        let head = self.store.head();
        let watches = self.scheduler.watches();
        let view = View::new(&self.store, head, self.now, &self.settings, &self.cloud, &self.runtime);
        for revision in self.store.between(self.seen, head) {
            if watches.contains(&revision.object().kind()) {
                let change = Change {
                    before: revision.before.as_ref(),
                    after: revision.after.as_ref(),
                };
                self.scheduler.heed(&change, &view, &mut wake);
            }
        }
        self.seen = head;
        wake
    }

    /// Returns what the scheduler asks for when it works on a key.
    pub fn ask(&mut self, key: &Key) -> Vec<Effect> {
        let view = View::new(
            &self.store,
            self.seen,
            self.now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        self.scheduler.reconcile(&view, key)
    }

    /// Lets the scheduler work on a key, and lands what it asks for.
    pub fn work_on(&mut self, key: &Key) {
        let effects = self.ask(key);
        self.land(key, effects);
    }

    /// Lands effects until one is refused; then what the scheduler still wants done.
    pub fn land(&mut self, key: &Key, effects: Vec<Effect>) {
        for effect in effects {
            let Err(refusal) = self.perform(effect.clone()) else {
                continue;
            };
            let view = View::new(
                &self.store,
                self.seen,
                self.now,
                &self.settings,
                &self.cloud,
                &self.runtime,
            );
            for last in self.scheduler.refused(&view, key, &effect, &refusal) {
                let _ = self.perform(last);
            }
            self.count += 1;
            self.timers.insert((self.now + 5, self.count), key.clone());
            return;
        }
    }

    fn perform(&mut self, effect: Effect) -> Result<(), Refusal> {
        match effect {
            Effect::Create(object) => self.hand(|s, h| s.create(object, h)).map(drop),
            Effect::Update(object) => self.hand(|s, h| s.update(object, h)).map(drop),
            Effect::UpdateStatus(object) => self.hand(|s, h| s.update_status(object, h)).map(drop),
            Effect::Delete(key, options) => self.hand(|s, h| s.delete(&key, &options, h)).map(drop),
            Effect::Bind { pod, uid, node } => self.hand(|s, h| s.bind(&pod, uid, &node, h)).map(drop),
            Effect::Event(note) => {
                let key = Key::new(Kind::Pod, note.about.namespace.clone(), note.about.name.clone());
                self.events.push((key, note.reason.to_string(), note.message));
                Ok(())
            }
            Effect::WakeAt(key, at) => {
                self.count += 1;
                self.timers.insert((at, self.count), key);
                Ok(())
            }
            other => panic!("the scheduler does no such thing: {other:?}"),
        }
    }

    /// Returns the scheduler's view.
    pub fn view(&self) -> View<'_> {
        View::new(
            &self.store,
            self.seen,
            self.now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        )
    }

    /// Returns a pod.
    pub fn pod(&self, name: &str) -> &Pod {
        self.store.get::<Pod>("default", name).expect("the pod is there")
    }

    /// Returns the node of a pod; "" for none.
    pub fn node_of(&self, name: &str) -> &str {
        &self.pod(name).spec.node_name
    }

    /// Returns the message of the newest failure of a pod.
    pub fn message(&self, name: &str) -> &str {
        let mut said = self.events.iter().rev();
        let failed = said.find(|(key, reason, _)| *key.name == *name && reason == "FailedScheduling");
        failed.map_or("", |(_, _, message)| message)
    }
}

impl Cluster {
    /// Makes uids come out differently.
    pub fn stir_chance(&mut self, seed: u64) {
        self.count = self.count.wrapping_add(seed << 20);
    }

    /// Lets somebody else bind a pod.
    pub fn bind_by_hand(&mut self, pod: &Key, uid: crate::api::Uid, node: &str) {
        self.hand(|store, hand| store.bind(pod, uid, node, hand))
            .expect("it has no node yet");
    }

    /// Restarts the scheduler: its memory is lost, and every object comes by once more.
    pub fn restart(&mut self) {
        self.scheduler = Scheduler::default();
        self.timers.clear();
        let mut wake = Vec::new();
        let head = self.store.head();
        let view = View::new(&self.store, head, self.now, &self.settings, &self.cloud, &self.runtime);
        for kind in self.scheduler.watches() {
            for object in self.store.objects(&kind, "") {
                let change = Change {
                    before: None,
                    after: Some(object),
                };
                self.scheduler.heed(&change, &view, &mut wake);
            }
        }
        self.seen = head;
        for key in wake {
            self.count += 1;
            self.timers.insert((self.now, self.count), key);
        }
        self.run();
    }
}
