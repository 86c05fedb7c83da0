//! The simulated world as a cluster that a person reaches.

use super::Cluster;
use crate::api::{Key, Object, Pod, Time};
use crate::programs::files::Files;
use crate::programs::outcome::Outcome;
use crate::programs::runtime::{Spoken, Typed};
use crate::sim::{Calm, World};
use crate::store::{DeleteOptions, Refusal, Store};

impl Cluster for World {
    fn store(&self) -> &Store {
        World::store(self)
    }

    fn now(&self) -> Time {
        World::now(self)
    }

    fn lease(&self, node: &str) -> Option<Time> {
        let machine = self.cloud.machines.get(node)?;
        Some(machine.last_heartbeat(self.now(), self.settings.lease_period))
    }

    fn reported(&self, node: &str, written: Time) -> Option<Time> {
        let machine = self.cloud.machines.get(node)?;
        Some(machine.last_report(written, self.now(), self.settings.node_status_report))
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
        World::evict(self, pod, grace_seconds)
    }

    fn pass(&mut self, until: Time) -> bool {
        let passed = self.step(until, &mut Calm);
        if !passed {
            self.run_until(until);
        }
        passed
    }

    fn is_quiet(&self) -> bool {
        World::is_quiet(self)
    }

    fn exec(&mut self, pod: &Key, container: &str, command: &[String], stdin: &str) -> Result<Outcome, String> {
        World::exec(self, pod, container, command, stdin)
    }

    fn typed(&mut self, pod: &Key, container: &str, typed: Typed) -> Result<Spoken, String> {
        World::typed(self, pod, container, typed)
    }

    fn attach(&mut self, pod: &Key, container: &str, stdin: &str) -> Result<Outcome, String> {
        World::attach(self, pod, container, stdin)
    }

    fn files(&mut self, pod: &Key, container: &str, look: &mut dyn FnMut(&Files<'_>)) -> Result<(), String> {
        World::files(self, pod, container, &mut |files| look(files))
    }

    fn unpack(
        &mut self,
        pod: &Key,
        container: &str,
        path: &str,
        base: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<Result<(), String>, String> {
        World::unpack(self, pod, container, path, base, files)
    }

    fn logs(&self, pod: &Key, container: &str, previous: bool) -> Result<Vec<(Time, String)>, String> {
        let found = World::store(self).get::<Pod>(&pod.namespace, &pod.name);
        let found = found.ok_or_else(|| format!("Error from server (NotFound): pods \"{}\" not found", pod.name))?;
        if let Some(why) = self.no_way_to_kubelet(&found.spec.node_name) {
            return Err(why);
        }
        let log = self
            .runtime
            .log(&found.spec.node_name, found.metadata.uid, container, previous);
        let lines = log.into_iter().flatten();
        Ok(lines.map(|line| (Time(line.at_ms as i64), line.text)).collect())
    }
}
