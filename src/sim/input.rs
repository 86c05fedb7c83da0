//! What comes into a world from outside. A world that began alike and takes the same inputs is the same world, byte for
//! byte: a journal of them is all that must be kept to play it again.

use super::fault::Fault;
use super::step::Who;
use super::story::{Lang, images};
use super::world::World;
use crate::api::{Key, Object, Time};
use crate::cloud::Machine;
use crate::programs::outcome::Outcome;
use crate::programs::runtime::{Rule, Spoken, Typed};
use crate::store::{DeleteOptions, Refusal};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    /// Time passes until this instant.
    Pass(Time),
    /// A person gives a command, in these words: what follows is done for it, until the journal's entry ends.
    Command(String),
    /// An object is created.
    Create(Object),
    /// All but the status of an object is replaced.
    Update(Object),
    /// The status of an object is replaced.
    UpdateStatus(Object),
    /// An object is asked to go.
    Delete(Key, DeleteOptions),
    /// A pod is asked to go as far as its disruption budget allows, with this grace period in seconds.
    Evict(Key, Option<i64>),
    /// A command is run in a container, with what is piped into it.
    Exec {
        /// The pod.
        pod: Key,
        /// The container.
        container: String,
        /// The command and its arguments.
        command: Vec<String>,
        /// What is piped in.
        stdin: String,
    },
    /// What is piped in is given to the process of a container that reads it.
    Attach(Key, String, String),
    /// Somebody types to a program in a container: the pod, the container, and what is typed.
    Type(Key, String, Typed),
    /// Files are written into a container ([`World::unpack`]).
    Unpack {
        /// The pod.
        pod: Key,
        /// The container.
        container: String,
        /// Where to.
        path: String,
        /// The name that is kept where that is a folder.
        base: String,
        /// The files, by their paths below.
        files: Vec<(String, Vec<u8>)>,
    },
    /// Something goes wrong, or is mended.
    Fault(Fault),
    /// A line of the table of latencies is changed.
    Setting(String, i64),
    /// A rule is laid down for images of a pattern, or taken away.
    Images(String, Option<Rule>),
    /// A machine is put up, and its kubelet registers a node of this name.
    AddNode(Arc<str>, Box<Machine>),
    /// A machine is taken away for good, with all that is on it; its Node object goes too, as the cloud's controller
    /// sees to it.
    RemoveNode(Arc<str>),
}

/// What became of an input.
#[derive(Debug)]
pub enum Taken {
    /// It is done.
    Done,
    /// It befell nothing: there is no such thing.
    Nothing,
    /// It is done, and this is the object as stored; None: it is gone.
    Object(Option<Object>),
    /// The API server refused it.
    Refused(Refusal),
    /// A command ran, with this outcome.
    Ran(Outcome),
    /// A program took what was typed.
    Typed(Spoken),
    /// Files were written, or not: tar says this.
    Unpacked(Result<(), String>),
    /// There was no way to do it; kubectl says this.
    NoWay(String),
}

impl World {
    /// Takes an input. The same input at the same moment has the same outcome.
    pub fn take(&mut self, input: &Input) -> Taken {
        let object = |result: Result<Option<Object>, Refusal>| match result {
            Ok(object) => Taken::Object(object),
            Err(refusal) => Taken::Refused(refusal),
        };
        match input {
            Input::Pass(until) => self.run_until(*until),
            Input::Command(words) => self.begin_command(words),
            Input::Create(new) => return object(self.create(new.clone()).map(Some)),
            Input::Update(new) => return object(self.update(new.clone()).map(Some)),
            Input::UpdateStatus(new) => {
                let step = self.person(&format!("update the status of {}", new.key()));
                let updated = self.by_person(step, |store, hand| store.update_status(new.clone(), hand));
                return object(updated.map(Some));
            }
            Input::Delete(key, options) => return object(self.delete(key, options)),
            Input::Evict(pod, grace_seconds) => return object(self.evict(pod, *grace_seconds).map(|()| None)),
            Input::Exec {
                pod,
                container,
                command,
                stdin,
            } => {
                return match self.exec(pod, container, command, stdin) {
                    Ok(outcome) => Taken::Ran(outcome),
                    Err(why) => Taken::NoWay(why),
                };
            }
            Input::Attach(pod, container, stdin) => {
                return match self.attach(pod, container, stdin) {
                    Ok(outcome) => Taken::Ran(outcome),
                    Err(why) => Taken::NoWay(why),
                };
            }
            Input::Type(pod, container, typed) => {
                return match self.typed(pod, container, typed.clone()) {
                    Ok(spoken) => Taken::Typed(spoken),
                    Err(why) => Taken::NoWay(why),
                };
            }
            Input::Unpack {
                pod,
                container,
                path,
                base,
                files,
            } => {
                return match self.unpack(pod, container, path, base, files) {
                    Ok(unpacked) => Taken::Unpacked(unpacked),
                    Err(why) => Taken::NoWay(why),
                };
            }
            Input::Fault(fault) => {
                if !self.befall(fault) {
                    return Taken::Nothing;
                }
            }
            Input::Setting(name, value) => {
                if !self.set(name, *value) {
                    return Taken::Nothing;
                }
            }
            Input::Images(pattern, rule) => {
                self.tell_images(pattern, rule.clone());
            }
            Input::AddNode(name, machine) => {
                if self.cloud.machines.contains_key(name) {
                    return Taken::Nothing;
                }
                self.switch_on(name, (**machine).clone());
            }
            Input::RemoveNode(name) => {
                if !self.remove_node(name) {
                    return Taken::Nothing;
                }
            }
        }
        Taken::Done
    }

    /// Lays a rule down for the images of a pattern, or takes it away, and puts that on record: it is the cause of what
    /// their containers do.
    fn tell_images(&mut self, pattern: &str, rule: Option<Rule>) {
        let cause = if self.command.is_some() { self.person("") } else { 0 };
        let words = images(pattern, rule.as_ref(), Lang::En);
        self.record(Who::Fault(words.into()), cause);
        let wakes = self.runtime.tell_images(pattern, rule, self.now);
        self.heed_machines(wakes);
    }

    /// Sets a line of the table of latencies; returns whether there is one of this name.
    pub fn set(&mut self, name: &str, value: i64) -> bool {
        let known = self.settings.set(name, value);
        let (not_ready, unreachable) = (
            self.settings.not_ready_toleration_seconds,
            self.settings.unreachable_toleration_seconds,
        );
        self.store.admission.tolerate_for(not_ready, unreachable);
        known
    }
}
