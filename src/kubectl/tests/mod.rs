//! The window against recordings of a real kubectl, and against worlds that live.

mod carried;
mod changes;
mod errors;
mod flags;
mod living;
mod volumes;
mod lasting;
mod managed;
mod recording;
mod screens;
mod stories;
mod usage;
mod verbs;

use super::{Cluster, Window, run};
use crate::api::{Key, Object, Time};
use crate::programs::outcome::Outcome;
use crate::store::{DeleteOptions, Hand, Refusal, Store};
use std::collections::BTreeMap;

/// 2026-11-22T09:00:00Z.
const NOW: Time = Time(1_795_338_000_000);

/// A cluster without controllers: what is written stands, and nothing else happens.
#[derive(Clone)]
struct Still {
    store: Store,
    now: Time,
    files: BTreeMap<String, String>,
    draws: u64,
}

impl Still {
    fn new(store: Store) -> Self {
        Self {
            store,
            now: NOW,
            files: BTreeMap::new(),
            draws: 0,
        }
    }

    /// Runs a line, whose words are parted by spaces.
    fn say(&mut self, line: &str) -> Outcome {
        let args: Vec<String> = line.split_whitespace().map(ToOwned::to_owned).collect();
        let files = self.files.clone();
        let mut window = Window {
            cluster: self,
            files: &files,
            namespace: "s17",
            stdin: "",
        };
        run(&mut window, &args)
    }

    fn write<R>(&mut self, act: impl FnOnce(&mut Store, &mut Hand<'_>) -> R) -> R {
        self.draws += 1_000;
        Hand::with(self.now, self.draws, |hand| act(&mut self.store, hand))
    }
}

impl Cluster for Still {
    fn store(&self) -> &Store {
        &self.store
    }

    fn now(&self) -> Time {
        self.now
    }

    fn create(&mut self, object: Object) -> Result<Object, Refusal> {
        self.write(|store, hand| store.create(object, hand))
    }

    fn update(&mut self, object: Object) -> Result<Object, Refusal> {
        self.write(|store, hand| store.update(object, hand))
    }

    fn update_status(&mut self, object: Object) -> Result<Object, Refusal> {
        self.write(|store, hand| store.update_status(object, hand))
    }

    fn delete(&mut self, key: &Key, options: &DeleteOptions) -> Result<Option<Object>, Refusal> {
        self.write(|store, hand| store.delete(key, options, hand))
    }

    fn evict(&mut self, pod: &Key, grace_seconds: Option<i64>) -> Result<(), Refusal> {
        self.write(|store, hand| store.evict(pod, grace_seconds, hand))
    }

    fn pass(&mut self, until: Time) -> bool {
        self.now = self.now.max(until);
        false
    }

    fn exec(&mut self, _: &Key, _: &str, _: &[String], _: &str) -> Result<Outcome, String> {
        Err("nothing runs here".to_owned())
    }

    fn logs(&self, _: &Key, _: &str, _: bool) -> Result<Vec<(Time, String)>, String> {
        Err("nothing runs here".to_owned())
    }
}
