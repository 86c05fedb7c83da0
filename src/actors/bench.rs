//! A bench for tests: one actor, a store and a cloud, no lag. What the actor asks for lands at once and in order, and
//! can be read back as lines.

use super::{Actor, Change, Effect, View};
use crate::api::{Key, Kind, Namespace, Object, Resource, Time};
use crate::cloud::{Cloud, Machine, Settings};
use crate::programs::runtime::NoRoutes;
use crate::programs::{Ground, Runtime, Wake, Whom};
use crate::store::{DeleteOptions, Hand, Refusal, Store};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One actor at work.
pub(super) struct Bench<A> {
    pub actor: A,
    pub store: Store,
    pub cloud: Cloud,
    pub settings: Settings,
    pub now: Time,
    /// What the actor wrote, in order: `create persistentvolume/x`.
    pub written: Vec<String>,
    /// What the actor said, in order: `Warning FailedBinding volume …`.
    pub said: Vec<String>,
    /// What runs on the machines.
    pub runtime: Runtime,
    cursor: u64,
    timers: BTreeSet<(Time, Key)>,
    machines: BTreeSet<(Time, Arc<str>)>,
    draws: u64,
}

impl<A: Actor + Default> Bench<A> {
    /// Makes a bench with the namespace `default` and two machines in each of three zones, without Node objects.
    pub fn new() -> Self {
        let mut bench = Self {
            actor: A::default(),
            store: Store::default(),
            cloud: Cloud::default(),
            settings: Settings::default(),
            now: Time::EPOCH,
            written: vec![],
            said: vec![],
            runtime: Runtime::default(),
            cursor: 0,
            timers: BTreeSet::new(),
            machines: BTreeSet::new(),
            draws: 0,
        };
        let mut namespace = Namespace::default();
        namespace.metadata.name = "default".into();
        bench.create(namespace);
        for zone in ["a", "b", "c"] {
            for number in 1..=2 {
                let machine = Machine::new(format!("zone-{zone}"));
                bench.cloud.add_machine(format!("node-{zone}{number}"), machine);
            }
        }
        bench
    }

    /// Lends the runtime its ground, for one act. There are no names and no ways between pods.
    pub fn on_machines<R>(&mut self, act: impl FnOnce(&mut Runtime, &mut Ground<'_>) -> R) -> R {
        let mut draws = 0;
        act(
            &mut self.runtime,
            &mut Ground {
                cloud: &mut self.cloud,
                routes: &NoRoutes,
                now: self.now,
                settings: &self.settings,
                draw: &mut || {
                    draws += 1;
                    draws
                },
            },
        )
    }

    /// Takes note of whom the machines call.
    pub fn call(&mut self, wakes: Vec<Wake>) {
        for wake in wakes {
            match wake.whom {
                Whom::Pod(key) => drop(self.timers.insert((wake.at, key))),
                Whom::Machine(node) => drop(self.machines.insert((wake.at, node))),
            }
        }
    }

    /// Lets the programs of the machines do what is due.
    fn advance(&mut self) {
        while let Some((at, node)) = self.machines.first().cloned().filter(|(at, _)| *at <= self.now) {
            self.machines.remove(&(at, node.clone()));
            let wakes = self.on_machines(|runtime, ground| runtime.advance(ground, &node));
            self.call(wakes);
        }
    }

    fn hand<R>(&mut self, act: impl FnOnce(&mut Store, &mut Hand<'_>) -> R) -> R {
        self.draws += 1;
        Hand::with(self.now, self.draws << 20, |hand| act(&mut self.store, hand))
    }

    /// Creates an object for somebody else.
    pub fn create<T: Resource>(&mut self, object: T) -> Arc<T> {
        let stored = self.hand(|store, hand| store.create(object.into_object(), hand));
        T::of(&stored.expect("the test creates what can be created"))
            .expect("the kind stays")
            .clone()
    }

    /// Creates what stands in a tree; namespaced objects without a namespace go to `default`.
    pub fn put(&mut self, kind: Kind, mut tree: Value) -> Object {
        if kind.is_namespaced() && tree["metadata"]["namespace"].is_null() {
            tree["metadata"]["namespace"] = "default".into();
        }
        let object = Object::from_value(&kind, tree).expect("the test writes valid trees");
        self.hand(|store, hand| store.create(object, hand))
            .expect("the test creates what can be created")
    }

    /// Changes the metadata and spec of an object for somebody else.
    pub fn change<T: Resource>(&mut self, name: &str, change: impl FnOnce(&mut T)) {
        let mut object = T::clone(self.get(name));
        change(&mut object);
        object.meta_mut().resource_version = 0;
        self.hand(|store, hand| store.update(object.into_object(), hand))
            .expect("the test changes what can be changed");
    }

    /// Changes the status of an object for somebody else.
    pub fn change_status<T: Resource>(&mut self, name: &str, change: impl FnOnce(&mut T)) {
        let mut object = T::clone(self.get(name));
        change(&mut object);
        object.meta_mut().resource_version = 0;
        self.hand(|store, hand| store.update_status(object.into_object(), hand))
            .expect("the test changes what can be changed");
    }

    /// Deletes an object for somebody else; finalizers hold it.
    pub fn delete(&mut self, kind: Kind, name: &str) {
        let key = self.key(kind, name);
        self.hand(|store, hand| store.delete(&key, &DeleteOptions::default(), hand))
            .expect("the test deletes what is there");
    }

    /// Makes an object vanish at once, whatever holds it.
    pub fn vanish(&mut self, kind: Kind, name: &str) {
        let key = self.key(kind, name);
        let options = DeleteOptions {
            grace_seconds: Some(0),
            ..DeleteOptions::default()
        };
        let held = self.hand(|store, hand| store.delete(&key, &options, hand));
        if let Some(mut held) = held.expect("the test deletes what is there") {
            held.meta_mut().finalizers.clear();
            self.hand(|store, hand| store.update(held, hand))
                .expect("nothing else holds it");
        }
    }

    /// Returns the key of an object; namespaced ones are in `default`.
    pub fn key(&self, kind: Kind, name: &str) -> Key {
        let namespace = if kind.is_namespaced() { "default" } else { "" };
        Key::new(kind, namespace, name)
    }

    /// Returns an object that is there.
    pub fn get<T: Resource>(&self, name: &str) -> &Arc<T> {
        self.find(name).expect("the test looks for what is there")
    }

    /// Returns an object, if it is there.
    pub fn find<T: Resource>(&self, name: &str) -> Option<&Arc<T>> {
        let key = self.key(T::KIND, name);
        self.store.get(&key.namespace, &key.name)
    }

    /// Lets the actor hear of all that was written, and work until it has nothing more to do now.
    pub fn run(&mut self) {
        for _ in 0..1000 {
            self.advance();
            let mut keys = self.deliver();
            while let Some((at, key)) = self.timers.first().cloned().filter(|(at, _)| *at <= self.now) {
                self.timers.remove(&(at, key.clone()));
                keys.push(key);
            }
            if keys.is_empty() {
                return;
            }
            keys.sort();
            keys.dedup();
            for key in keys {
                self.reconcile(&key);
            }
        }
        panic!(
            "the actor does not come to rest; it last wrote {:?}",
            self.written.last()
        );
    }

    /// Lets time pass, working whenever a timer is due.
    pub fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        self.run();
        loop {
            let timer = self.timers.first().map(|(at, _)| *at);
            let machine = self.machines.first().map(|(at, _)| *at);
            let Some(at) = timer.into_iter().chain(machine).min().filter(|at| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            self.run();
        }
        self.now = until;
        self.run();
    }

    /// Restarts the actor: it remembers nothing, and everything there is comes by once more, oldest first.
    pub fn restart(&mut self) {
        self.actor = A::default();
        self.timers.clear();
        let mut keys = vec![];
        let kinds = self.actor.watches();
        let head = self.store.head();
        let view = View::new(&self.store, head, self.now, &self.settings, &self.cloud, &self.runtime);
        for kind in kinds {
            for object in self.store.objects(&kind, "") {
                let change = Change {
                    before: None,
                    after: Some(object),
                };
                self.actor.heed(&change, &view, &mut keys);
            }
        }
        self.cursor = head;
        for key in keys {
            self.reconcile(&key);
        }
        self.run();
    }

    /// Wakes the actor for a key, as the kernel does after a fault.
    pub fn wake(&mut self, key: &Key) {
        self.reconcile(key);
        self.run();
    }

    /// Returns and forgets what the actor said.
    pub fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }

    /// Returns and forgets what the actor wrote.
    pub fn wrote(&mut self) -> Vec<String> {
        std::mem::take(&mut self.written)
    }

    fn deliver(&mut self) -> Vec<Key> {
        let mut keys = vec![];
        let head = self.store.head();
        let kinds = self.actor.watches();
        let view = View::new(&self.store, head, self.now, &self.settings, &self.cloud, &self.runtime);
        for revision in self.store.between(self.cursor, head) {
            if kinds.contains(&revision.object().kind()) {
                let change = Change {
                    before: revision.before.as_ref(),
                    after: revision.after.as_ref(),
                };
                self.actor.heed(&change, &view, &mut keys);
            }
        }
        self.cursor = head;
        keys
    }

    fn reconcile(&mut self, key: &Key) {
        let head = self.store.head();
        let view = View::new(&self.store, head, self.now, &self.settings, &self.cloud, &self.runtime);
        let effects = self.actor.reconcile(&view, key);
        for effect in effects {
            let Err(refusal) = self.land(key, effect.clone()) else {
                continue;
            };
            self.timers.insert((self.now + 5, key.clone()));
            if let Some(refusal) = refusal {
                self.written.push(format!("refused: {refusal}"));
                let view = View::new(&self.store, head, self.now, &self.settings, &self.cloud, &self.runtime);
                for last in self.actor.refused(&view, key, &effect, &refusal) {
                    let _ = self.land(key, last);
                }
            }
            return;
        }
    }

    /// Lands one effect; a run that gives up gets an error without a refusal.
    fn land(&mut self, key: &Key, effect: Effect) -> Result<(), Option<Refusal>> {
        match effect {
            Effect::Create(object) => {
                let stored = self.hand(|store, hand| store.create(object, hand))?;
                self.written.push(format!("create {}", stored.key()));
            }
            Effect::Update(object) => {
                let key = object.key();
                self.hand(|store, hand| store.update(object, hand))?;
                self.written.push(format!("update {key}"));
            }
            Effect::UpdateStatus(object) => {
                let key = object.key();
                self.hand(|store, hand| store.update_status(object, hand))?;
                self.written.push(format!("status {key}"));
            }
            Effect::Patch(key, uid, patch) => {
                match self.hand(|store, hand| store.amend(&key, uid, |meta| patch.apply(meta), hand)) {
                    Ok(_) | Err(Refusal::NotFound(_)) => (),
                    Err(refusal) => return Err(Some(refusal)),
                }
                self.written.push(format!("patch {key}"));
            }
            Effect::Delete(key, options) => {
                match self.hand(|store, hand| store.delete(&key, &options, hand)) {
                    Ok(_) | Err(Refusal::NotFound(_)) => (),
                    Err(refusal) => return Err(Some(refusal)),
                }
                self.written.push(format!("delete {key}"));
            }
            Effect::Bind { pod, uid, node } => {
                self.hand(|store, hand| store.bind(&pod, uid, &node, hand))?;
                self.written.push(format!("bind {pod}"));
            }
            Effect::Event(note) => {
                let kind = if note.warning { "Warning" } else { "Normal" };
                self.said.push(format!("{kind} {} {}", note.reason, note.message));
            }
            Effect::Retry => return Err(None),
            Effect::WakeAt(key, at) => {
                self.timers.insert((at.max(self.now), key));
            }
            Effect::Cloud(request) => {
                let done = self
                    .cloud
                    .request(&request, self.now, &self.settings)
                    .unwrap_or(self.now + 2);
                self.timers.insert((done, key.clone()));
            }
            Effect::Deed(node, deed) => {
                let wakes = self.on_machines(|runtime, ground| runtime.perform(ground, &node, deed));
                self.call(wakes);
            }
        }
        Ok(())
    }
}
