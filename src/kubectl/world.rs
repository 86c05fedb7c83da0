//! The simulated world as a cluster that a person reaches.

use super::Cluster;
use crate::api::{Key, Object, Time};
use crate::programs::outcome::Outcome;
use crate::sim::{Calm, World};
use crate::store::{DeleteOptions, Refusal, Store};

impl Cluster for World {
    fn store(&self) -> &Store {
        World::store(self)
    }

    fn now(&self) -> Time {
        World::now(self)
    }

    fn create(&mut self, object: Object) -> Result<Object, Refusal> {
        World::create(self, object)
    }

    fn update(&mut self, object: Object) -> Result<Object, Refusal> {
        World::update(self, object)
    }

    fn update_status(&mut self, object: Object) -> Result<Object, Refusal> {
        let step = self.person(&format!("update the status of {}", object.key()));
        self.by_person(step, |store, hand| store.update_status(object, hand))
    }

    fn delete(&mut self, key: &Key, options: &DeleteOptions) -> Result<Option<Object>, Refusal> {
        World::delete(self, key, options)
    }

    fn evict(&mut self, pod: &Key, grace_seconds: Option<i64>) -> Result<(), Refusal> {
        let options = DeleteOptions {
            grace_seconds,
            ..DeleteOptions::default()
        };
        World::delete(self, pod, &options).map(drop)
    }

    fn pass(&mut self, until: Time) -> bool {
        let passed = self.step(until, &mut Calm);
        if !passed {
            self.run_until(until);
        }
        passed
    }

    fn exec(&mut self, pod: &Key, _container: &str, _command: &[String], _stdin: &str) -> Result<Outcome, String> {
        Err(format!("nothing runs in {pod}"))
    }

    fn logs(&self, pod: &Key, _container: &str, _previous: bool) -> Result<Vec<(Time, String)>, String> {
        Err(format!("nothing runs in {pod}"))
    }
}
