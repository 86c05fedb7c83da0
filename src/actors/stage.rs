//! A stage for tests: a store, some actors and a clock; the test plays everybody else, the kubelet too.
//!
//! What is written is seen at once, and a run's effects land at once; refused runs come again after a back-off that is
//! counted as the kernel counts it. For whole worlds there is the kernel.

use super::{ActorId, Actors, Change, Effect, View, WRITTEN};
use crate::api::{Condition, Key, Kind, Namespace, Object, Phase, Pod, Resource, Time, condition};
use crate::cloud::{Cloud, Settings};
use crate::programs::Runtime;
use crate::store::{DeleteOptions, Hand, Refusal, Store};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The stage.
pub struct Stage {
    /// The API server.
    pub store: Store,
    /// The time.
    pub now: Time,
    /// What actors did, a line each: `create pod/web-abc`, `refuse create pod/pg-0`.
    pub deeds: Vec<String>,
    /// What actors said, a line each: `Warning FailedCreate Error creating: …`.
    pub events: Vec<String>,
    /// Objects that nobody may create, by a part of their name, and why (as a quota would).
    pub forbidden: Vec<(&'static str, &'static str)>,
    /// How often an actor looked.
    pub runs: u64,
    actors: Actors,
    playing: Vec<ActorId>,
    cursor: u64,
    queue: VecDeque<(ActorId, Key)>,
    timers: BTreeSet<(Time, ActorId, Key)>,
    failures: BTreeMap<(ActorId, Key), u32>,
    draws: u64,
    settings: Settings,
    cloud: Cloud,
    runtime: Runtime,
}

impl Stage {
    /// Sets the stage for some actors, with the namespace `default`.
    pub fn new(playing: &[ActorId]) -> Self {
        let mut stage = Self {
            store: Store::default(),
            now: Time::EPOCH,
            deeds: vec![],
            events: vec![],
            forbidden: vec![],
            runs: 0,
            actors: Actors::default(),
            playing: playing.to_vec(),
            cursor: 0,
            queue: VecDeque::new(),
            timers: BTreeSet::new(),
            failures: BTreeMap::new(),
            draws: 0,
            settings: Settings::default(),
            cloud: Cloud::default(),
            runtime: Runtime::default(),
        };
        stage.namespace("default");
        stage
    }

    /// Creates a namespace.
    pub fn namespace(&mut self, name: &str) {
        let mut namespace = Namespace::default();
        namespace.metadata.name = name.into();
        self.put(namespace);
    }

    fn write<R>(&mut self, act: impl FnOnce(&mut Store, &mut Hand<'_>) -> R) -> R {
        self.draws += 1;
        let store = &mut self.store;
        Hand::with(self.now, self.draws.wrapping_mul(0x2545_f491_4f6c_dd1d), |hand| {
            act(store, hand)
        })
    }

    /// Creates an object, as a person would.
    pub fn put<T: Resource>(&mut self, object: T) -> Arc<T> {
        let object = object.into_object();
        let put = self
            .write(|store, hand| store.create(object, hand))
            .expect("the test's own object is fine");
        T::of(&put).expect("the kind stays").clone()
    }

    /// Reads objects of one document each from YAML and creates them, as `kubectl apply` would.
    pub fn apply(&mut self, yaml: &str) {
        for document in yaml.split("\n---\n") {
            let mut tree: serde_json::Value = serde_yaml::from_str(document).expect("the test's own YAML is fine");
            let kind = Kind::of(
                tree["apiVersion"].as_str().unwrap_or_default(),
                tree["kind"].as_str().unwrap_or_default(),
            )
            .expect("a known kind");
            if kind.is_namespaced() && tree["metadata"]["namespace"].is_null() {
                tree["metadata"]["namespace"] = "default".into();
            }
            let object = Object::from_value(&kind, tree).expect("the test's own object fits");
            if self.store.find(&object.key()).is_some() {
                self.write(|store, hand| store.update(object, hand))
                    .expect("the update is fine");
            } else {
                self.write(|store, hand| store.create(object, hand))
                    .expect("the object is fine");
            }
        }
    }

    /// Returns an object in `default` (or of the whole cluster) that must be there.
    pub fn get<T: Resource>(&self, name: &str) -> &Arc<T> {
        self.find(name)
            .unwrap_or_else(|| panic!("no {} {name}", T::KIND.name()))
    }

    /// Returns an object in `default` (or of the whole cluster).
    pub fn find<T: Resource>(&self, name: &str) -> Option<&Arc<T>> {
        self.store
            .get(if T::KIND.is_namespaced() { "default" } else { "" }, name)
    }

    /// Changes an object's spec or metadata, as a person would.
    pub fn edit<T: Resource>(&mut self, name: &str, change: impl FnOnce(&mut T)) {
        let mut object = T::clone(self.get::<T>(name));
        change(&mut object);
        let object = object.into_object();
        self.write(|store, hand| store.update(object, hand))
            .expect("the edit is fine");
    }

    /// Changes an object's status, as another component would.
    pub fn status<T: Resource>(&mut self, name: &str, change: impl FnOnce(&mut T)) {
        let mut object = T::clone(self.get::<T>(name));
        change(&mut object);
        let object = object.into_object();
        self.write(|store, hand| store.update_status(object, hand))
            .expect("the status is fine");
    }

    /// Deletes an object, as a person would.
    pub fn delete<T: Resource>(&mut self, name: &str, options: DeleteOptions) {
        let key = self.get::<T>(name).key();
        self.write(|store, hand| store.delete(&key, &options, hand))
            .expect("it may be deleted");
    }

    /// Returns the names of the objects of a kind.
    pub fn names<T: Resource>(&self) -> Vec<String> {
        self.store
            .list::<T>("")
            .map(|object| object.meta().name.to_string())
            .collect()
    }

    /// Plays the scheduler: gives a pod to a node.
    pub fn bind(&mut self, pod: &str, node: &str) {
        let (key, uid) = (self.get::<Pod>(pod).key(), self.get::<Pod>(pod).metadata.uid);
        self.write(|store, hand| store.bind(&key, uid, node, hand))
            .expect("the pod waits for a node");
    }

    /// Plays scheduler and kubelet: the pod runs on a node and is ready, since now.
    pub fn ready(&mut self, pod: &str) {
        self.run_pod(pod, "node-a1", true);
    }

    /// Plays scheduler and kubelet: the pod runs on a node, and is ready or not.
    pub fn run_pod(&mut self, pod: &str, node: &str, ready: bool) {
        if !self.get::<Pod>(pod).is_scheduled() {
            self.bind(pod, node);
        }
        let now = self.now;
        self.status::<Pod>(pod, |pod| {
            pod.status.phase = Phase::Running;
            condition::set(&mut pod.status.conditions, Condition::new("Ready", ready, "", "", now));
        });
    }

    /// Plays the kubelet: all pods that are not asked to go run and are ready.
    pub fn all_ready(&mut self) {
        let waiting = self
            .store
            .list::<Pod>("")
            .filter(|pod| pod.is_active() && !pod.is_ready());
        let names: Vec<_> = waiting.map(|pod| pod.metadata.name.to_string()).collect();
        for name in names {
            self.ready(&name);
        }
    }

    /// Plays the kubelet: the pod has ended so.
    pub fn end_pod(&mut self, pod: &str, phase: Phase) {
        if !self.get::<Pod>(pod).is_scheduled() {
            self.bind(pod, "node-a1");
        }
        let now = self.now;
        self.status::<Pod>(pod, |pod| {
            pod.status.phase = phase;
            condition::set(
                &mut pod.status.conditions,
                Condition::new("Ready", false, "PodCompleted", "", now),
            );
        });
    }

    /// Plays the kubelet: all pods that were asked to go are gone. Returns how many.
    pub fn bury(&mut self) -> usize {
        let dying = self.store.list::<Pod>("").filter(|pod| pod.metadata.is_terminating());
        let keys: Vec<_> = dying.map(|pod| pod.key()).collect();
        for key in &keys {
            let options = DeleteOptions {
                grace_seconds: Some(0),
                ..DeleteOptions::default()
            };
            self.write(|store, hand| store.delete(key, &options, hand))
                .expect("a kubelet may");
        }
        keys.len()
    }

    /// Restarts an actor, as a crash would.
    pub fn restart(&mut self, id: ActorId) {
        self.actors.restart(id);
        let objects: Vec<Object> = self
            .actors
            .watches(id)
            .iter()
            .flat_map(|kind| self.store.objects(kind, "").cloned().collect::<Vec<_>>())
            .collect();
        for object in &objects {
            let change = Change {
                before: None,
                after: Some(object),
            };
            self.tell(id, &change);
        }
    }

    /// Does something of which no actor hears; then all of them restart.
    pub fn unheard(&mut self, act: impl FnOnce(&mut Self)) {
        let playing = std::mem::take(&mut self.playing);
        act(self);
        self.deliver();
        self.playing = playing;
        for id in self.playing.clone() {
            self.restart(id);
        }
    }

    /// Lets time pass, with what is due in it.
    pub fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        self.settle();
        while let Some((at, id, key)) = self.timers.first().cloned().filter(|(at, ..)| *at <= until) {
            self.timers.pop_first();
            self.now = self.now.max(at);
            self.enqueue(id, key);
            self.settle();
        }
        self.now = until;
    }

    /// Lets the actors work until nothing is left to do at this instant.
    pub fn settle(&mut self) {
        let limit = self.runs + 20_000;
        loop {
            self.deliver();
            let Some((id, key)) = self.queue.pop_front() else {
                return;
            };
            assert!(
                self.runs < limit,
                "the actors do not settle; the last deeds: {:#?}",
                self.deeds.iter().rev().take(12).collect::<Vec<_>>()
            );
            self.run(id, key);
        }
    }

    /// Takes the deeds since the last time.
    pub fn take_deeds(&mut self) -> Vec<String> {
        std::mem::take(&mut self.deeds)
    }

    /// Takes the events since the last time.
    pub fn take_events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events)
    }

    fn tell(&mut self, id: ActorId, change: &Change<'_>) {
        let view = View::new(
            &self.store,
            self.store.head(),
            self.now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        let mut keys = vec![];
        self.actors.heed(id, change, &view, &mut keys);
        for key in keys {
            self.enqueue(id, key);
        }
    }

    fn deliver(&mut self) {
        let revisions = self.store.between(self.cursor, self.store.head()).to_vec();
        self.cursor = self.store.head();
        for revision in &revisions {
            let change = Change {
                before: revision.before.as_ref(),
                after: revision.after.as_ref(),
            };
            for id in self.playing.clone() {
                if self.actors.watches(id).contains(&revision.object().kind()) {
                    self.tell(id, &change);
                }
            }
        }
    }

    fn enqueue(&mut self, id: ActorId, key: Key) {
        if !self.queue.contains(&(id, key.clone())) {
            self.queue.push_back((id, key));
        }
    }

    fn run(&mut self, id: ActorId, key: Key) {
        self.runs += 1;
        let view = View::new(
            &self.store,
            self.store.head(),
            self.now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        let effects = self.actors.reconcile(id, &view, &key);
        let mut written = String::new();
        for effect in effects {
            let again = if matches!(effect, Effect::Retry) {
                Some(vec![])
            } else {
                match self.land(id, effect.clone(), &mut written) {
                    Ok(()) => None,
                    Err(refusal) => {
                        let view = View::new(
                            &self.store,
                            self.store.head(),
                            self.now,
                            &self.settings,
                            &self.cloud,
                            &self.runtime,
                        );
                        Some(self.actors.refused(id, &view, &key, &effect, &refusal))
                    }
                }
            };
            if let Some(last) = again {
                for effect in last {
                    let _: Result<(), Refusal> = self.land(id, effect, &mut written);
                }
                let failures = self.failures.entry((id, key.clone())).or_default();
                *failures += 1;
                let pause = 5i64 << (*failures - 1).min(17);
                self.timers.insert((self.now + pause, id, key));
                return;
            }
        }
        self.failures.remove(&(id, key));
    }

    fn land(&mut self, id: ActorId, effect: Effect, written: &mut String) -> Result<(), Refusal> {
        match effect {
            Effect::Create(object) => {
                let bare = object.key();
                let forbidden = self
                    .forbidden
                    .iter()
                    .find(|(part, _)| object.meta().name.contains(part) || object.meta().generate_name.contains(part));
                let created = match forbidden {
                    Some((_, why)) => Err(Refusal::Forbidden {
                        key: bare.clone(),
                        why: (*why).to_owned(),
                    }),
                    None => self.write(|store, hand| store.create(object, hand)),
                };
                match created {
                    Ok(object) => {
                        *written = object.meta().name.to_string();
                        self.deeds.push(format!("create {}", object.key()));
                    }
                    Err(refusal) => {
                        self.deeds.push(format!("refuse create {bare}"));
                        return Err(refusal);
                    }
                }
            }
            Effect::Update(object) => {
                let key = object.key();
                self.write(|store, hand| store.update(object, hand))?;
                self.deeds.push(format!("update {key}"));
            }
            Effect::UpdateStatus(object) => {
                self.write(|store, hand| store.update_status(object, hand))?;
            }
            Effect::Patch(key, uid, patch) => {
                match self.write(|store, hand| store.amend(&key, uid, |meta| patch.apply(meta), hand)) {
                    Ok(_) => self.deeds.push(format!("patch {key}")),
                    Err(Refusal::NotFound(_)) => (),
                    Err(refusal) => return Err(refusal),
                }
            }
            Effect::Delete(key, options) => match self.write(|store, hand| store.delete(&key, &options, hand)) {
                Ok(_) => self.deeds.push(format!("delete {key}")),
                Err(Refusal::NotFound(_)) => (),
                Err(refusal) => return Err(refusal),
            },
            Effect::Event(note) => {
                let kind = if note.warning { "Warning" } else { "Normal" };
                let message = note.message.replace(WRITTEN, written);
                self.events.push(format!("{kind} {} {message}", note.reason));
            }
            Effect::WakeAt(key, at) => {
                self.timers.insert((at, id, key));
            }
            Effect::Bind { .. } | Effect::Cloud(_) | Effect::Deed(..) | Effect::Retry => {
                panic!("no workload controller asks for this")
            }
        }
        Ok(())
    }
}
