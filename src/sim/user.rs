//! What a person does to the world: commands, each a step of its own.

use super::step::Who;
use super::world::World;
use crate::api::{Key, Kind, Node, Object, Pod};
use crate::cloud::{Link, Power};
use crate::programs::files::Files;
use crate::programs::outcome::Outcome;
use crate::programs::runtime::{Spoken, Typed};
use crate::store::{DeleteOptions, Hand, Refusal, Store};
use std::sync::Arc;

/// The namespaces that cannot be deleted (apiserver/pkg/admission/plugin/namespace/lifecycle, `immortalNamespaces`). Only
/// people are refused here: no component deletes a namespace.
const IMMORTAL: [&str; 3] = ["default", "kube-public", "kube-system"];

impl World {
    /// Runs a person's command, whose words are `words` as typed: all that is done in `act` for a person is one step.
    ///
    /// A command that does nothing but look leaves no step behind. A command within a command is its own.
    pub fn commanded<R>(&mut self, words: &str, act: impl FnOnce(&mut World) -> R) -> R {
        let outer = self.command.replace((words.into(), None));
        let result = act(self);
        self.command = outer;
        result
    }

    /// Begins a person's command: all that is done for a person until [`World::end_command`] is one step.
    pub fn begin_command(&mut self, words: &str) {
        self.command = Some((words.into(), None));
    }

    /// Ends the command that is under way.
    pub fn end_command(&mut self) {
        self.command = None;
    }

    /// Puts what a person does on record, and returns its step: what is written for it names that step as its cause.
    ///
    /// While a command is under way ([`World::commanded`]) its own words are told, and once; `words` otherwise.
    pub fn person(&mut self, words: &str) -> u32 {
        let words: Arc<str> = match &self.command {
            Some((_, Some(step))) => return *step,
            Some((typed, None)) => typed.clone(),
            None => words.into(),
        };
        let step = self.record(Who::Person(words), 0);
        if let Some((_, under_way)) = &mut self.command {
            *under_way = Some(step);
        }
        step
    }

    /// Writes to the API server for a person's command.
    pub fn by_person<R>(
        &mut self,
        step: u32,
        act: impl FnOnce(&mut Store, &mut Hand<'_>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        self.write(step, "person", "", act)
    }

    /// Creates an object for a person.
    pub fn create(&mut self, object: Object) -> Result<Object, Refusal> {
        let step = self.person(&format!("create {}", object.key()));
        let stream = object.key().to_string();
        self.write(step, "create", &stream, |store, hand| store.create(object, hand))
    }

    /// Replaces all but the status of an object for a person.
    pub fn update(&mut self, object: Object) -> Result<Object, Refusal> {
        let step = self.person(&format!("update {}", object.key()));
        self.by_person(step, |store, hand| store.update(object, hand))
    }

    /// Deletes an object for a person; None when it is gone at once.
    pub fn delete(&mut self, key: &Key, options: &DeleteOptions) -> Result<Option<Object>, Refusal> {
        if key.kind == Kind::Namespace && IMMORTAL.contains(&&*key.name) {
            return Err(Refusal::Forbidden {
                key: key.clone(),
                why: "this namespace may not be deleted".to_owned(),
            });
        }
        let step = self.person(&format!("delete {key}"));
        self.by_person(step, |store, hand| store.delete(key, options, hand))
    }

    /// Evicts a pod for a person, as far as its disruption budget allows.
    pub fn evict(&mut self, pod: &Key, grace_seconds: Option<i64>) -> Result<(), Refusal> {
        let step = self.person(&format!("evict {pod}"));
        self.by_person(step, |store, hand| store.evict(pod, grace_seconds, hand))
    }

    /// Lays down which of some equally good nodes the next pod gets whose name matches a pattern: see
    /// [`Scheduler::lay_lot`](crate::actors::scheduler::Scheduler::lay_lot).
    pub fn lay_lot(&mut self, pods: &str, node: &str) {
        self.actors.scheduler.lay_lot(pods, node);
    }

    /// Runs a command in a container for a person, through the kubelet of its node; the error is what kubectl says when
    /// there is no way there. Time passes as long as the command is busy.
    pub fn exec(&mut self, pod: &Key, container: &str, command: &[String], stdin: &str) -> Result<Outcome, String> {
        let found = self.store().get::<Pod>(&pod.namespace, &pod.name).cloned();
        let found = found.ok_or_else(|| format!("Error from server (NotFound): pods \"{}\" not found", pod.name))?;
        let node = found.spec.node_name.clone();
        if let Some(why) = self.no_way_to_kubelet(&node) {
            return Err(why);
        }
        self.person(&format!("exec {pod}"));
        let ran = self
            .on_machines(|runtime, ground| runtime.exec(ground, &node, found.metadata.uid, container, command, stdin));
        let ran =
            ran.ok_or_else(|| format!("error: unable to upgrade connection: container not found (\"{container}\")"))?;
        let (outcome, wakes) = ran.map_err(cannot_exec)?;
        self.heed_machines(wakes);
        self.run_for(outcome.busy_ms as i64);
        Ok(outcome)
    }

    /// Gives the first process of a container all that there is to read on its standard input, for a person who attached
    /// to it. Only a shell that was started to be talked to (`stdin: true`) reads: it does what it is told, and ends where
    /// its input does (`stdinOnce`). Returns what was said meanwhile.
    pub fn attach(&mut self, pod: &Key, container: &str, stdin: &str) -> Result<Outcome, String> {
        let found = self.store().get::<Pod>(&pod.namespace, &pod.name).cloned();
        let found = found.ok_or_else(|| format!("Error from server (NotFound): pods \"{}\" not found", pod.name))?;
        let node = found.spec.node_name.clone();
        if let Some(why) = self.no_way_to_kubelet(&node) {
            return Err(why);
        }
        self.person(&format!("attach {pod}"));
        let ran = self.on_machines(|runtime, ground| runtime.talk(ground, &node, found.metadata.uid, container, stdin));
        let (outcome, wakes) = ran.ok_or_else(|| {
            format!(
                "error: Internal error occurred: unable to upgrade connection: container {container} not found in pod {}_{}",
                pod.name, pod.namespace
            )
        })?;
        self.heed_machines(wakes);
        self.run_for(outcome.busy_ms as i64);
        Ok(outcome)
    }

    /// Gives a psql or a shell in a container what a person types, through the kubelet of its node; the error is what
    /// kubectl says when there is no way there. Time passes as long as the program is busy.
    pub fn typed(&mut self, pod: &Key, container: &str, typed: Typed) -> Result<Spoken, String> {
        let found = self.store().get::<Pod>(&pod.namespace, &pod.name).cloned();
        let gone = matches!(typed, Typed::Line(..) | Typed::End(_));
        let found = found.ok_or_else(|| match gone {
            true => String::new(),
            false => format!("Error from server (NotFound): pods \"{}\" not found", pod.name),
        })?;
        let node = found.spec.node_name.clone();
        if let Some(why) = self.no_way_to_kubelet(&node) {
            return Err(why);
        }
        self.person(&format!("exec {pod}"));
        let ran =
            self.on_machines(|runtime, ground| runtime.typed(ground, &node, found.metadata.uid, container, typed));
        // The stream to a container that has ended just ends.
        let ran = ran.ok_or_else(|| match gone {
            true => String::new(),
            false => format!("error: unable to upgrade connection: container not found (\"{container}\")"),
        })?;
        let (spoken, wakes) = ran.map_err(cannot_exec)?;
        self.heed_machines(wakes);
        self.run_for(spoken.outcome.busy_ms as i64);
        Ok(spoken)
    }

    /// Writes files into a running container for a person, as `tar -x` does for `kubectl cp`: below `path`, or below `base`
    /// in it when `path` is a folder. The inner error names the file that could not be written, in tar's words.
    pub fn unpack(
        &mut self,
        pod: &Key,
        container: &str,
        path: &str,
        base: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<Result<(), String>, String> {
        self.person(&format!("copy files to {pod}"));
        let mut unpacked = Ok(());
        self.files(pod, container, &mut |inside| {
            unpacked = inside.unpack(path, base, files)
        })?;
        Ok(unpacked)
    }

    /// Lends the files of a running container, through the kubelet of its node.
    pub fn files(&mut self, pod: &Key, container: &str, act: &mut dyn FnMut(&mut Files<'_>)) -> Result<(), String> {
        let found = self.store().get::<Pod>(&pod.namespace, &pod.name).cloned();
        let found = found.ok_or_else(|| format!("Error from server (NotFound): pods \"{}\" not found", pod.name))?;
        let node = found.spec.node_name.clone();
        if let Some(why) = self.no_way_to_kubelet(&node) {
            return Err(why);
        }
        let lent = self.on_machines(|runtime, ground| runtime.lend(ground, &node, found.metadata.uid, container, act));
        let wakes =
            lent.ok_or_else(|| format!("error: unable to upgrade connection: container not found (\"{container}\")"))?;
        self.heed_machines(wakes);
        Ok(())
    }

    /// Says why the API server cannot reach a node's kubelet, if it cannot.
    pub fn no_way_to_kubelet(&self, node: &str) -> Option<String> {
        let address = self.store().get::<Node>("", node).map_or("", |node| node.internal_ip());
        let why = match self.cloud.machines.get(node) {
            Some(machine) if machine.power == Power::On && machine.link == Link::Up && machine.kubelet => return None,
            Some(machine) if machine.power == Power::On && machine.link == Link::Up => "connect: connection refused",
            Some(machine) if machine.power == Power::On => "i/o timeout",
            _ => "connect: no route to host",
        };
        Some(format!(
            "Error from server: error dialing backend: dial tcp {address}:10250: {why}"
        ))
    }
}

/// Returns what kubectl says of a command that a container's runtime cannot start: the kubelet and the API server's proxy
/// both call it an internal error.
fn cannot_exec(why: String) -> String {
    format!("error: Internal error occurred: Internal error occurred: error executing command in container: {why}")
}
