//! The containers of every machine, and the programs in them.
//! Knows nothing of the API: a kubelet tells it what to do by [`Deed`]s, and it wakes whoever has something to look at.

mod deed;
mod first_scripts;
mod ground;
mod image;
mod program;
mod container;
mod host;
mod pull;
mod mounts;
mod line;
mod ears;
mod reach;
mod unpack;
mod names;
mod inside;
mod keyboard;
mod script;
mod launch;
mod start;
mod drive;
mod probe;
mod talk;

pub use crate::programs::psql::Wire;
pub use container::{Answer, Container, Exit, Hook, Past};
pub use deed::{Deed, ProbeKind, Sandbox, Signal, Source, Start, Wake, Whom};
pub use ground::{Forward, Ground, NoRoutes, Place, Routes};
pub use host::Cell;
pub use image::{Brand, Image, Kind, Rule, Rules, full_name, matches};
pub use keyboard::{Listener, Spoken, Typed, listens};
pub use line::Line;
pub use names::{API_SERVER, DNS, Names, ZONE};
pub use program::{Ear, Idle, Process, Program};
pub use pull::Pull;
pub use reach::{Dead, Far};
pub use script::Script;
pub use start::{EXIT_CODE, READY, RUN_SECONDS, expand};

use crate::api::{Key, Time, Uid};
use crate::programs::outcome::Outcome;
use crate::programs::postgres::LogLine;
use host::Host;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What runs on the machines; plain data.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Runtime {
    /// What somebody has laid down for images.
    pub images: Rules,
    hosts: BTreeMap<Arc<str>, Host>,
}

impl Runtime {
    /// Returns what a machine has of a pod.
    pub fn cell(&self, node: &str, pod: Uid) -> Option<&Cell> {
        self.hosts.get(node)?.pods.get(&pod)
    }

    /// Returns all that a machine has, by the pods' uids.
    pub fn cells(&self, node: &str) -> impl Iterator<Item = (Uid, &Cell)> {
        self.hosts
            .get(node)
            .into_iter()
            .flat_map(|host| host.pods.iter().map(|(uid, cell)| (*uid, cell)))
    }

    /// Returns a container.
    pub fn container(&self, node: &str, pod: Uid, name: &str) -> Option<&Container> {
        self.cell(node, pod)?.container(name)
    }

    /// Returns the log of a container, or of the run before; None when there is none.
    ///
    /// The log of a process that stands in for an unknown image begins with what pglab does not know.
    pub fn log(&self, node: &str, pod: Uid, name: &str, previous: bool) -> Option<Vec<LogLine>> {
        let container = self.container(node, pod, name)?;
        Some(if previous {
            container.past.as_ref()?.log.clone()
        } else {
            container.log.clone()
        })
    }

    /// Does what the kubelet of `node` asks, and returns who is to be called, and when.
    pub fn perform(&mut self, ground: &mut Ground<'_>, node: &str, deed: Deed) -> Vec<Wake> {
        let now = ground.now;
        match deed {
            Deed::Pull { pod, image } => vec![self.begin_pull(ground, node, pod, image)],
            Deed::Prepare(mut sandbox) => {
                let ready_at = now + ground.settings.pod_start;
                let key = sandbox.key.clone();
                let machine = ground.cloud.machines.get(node);
                let network = machine.map(crate::cloud::Machine::pod_network).unwrap_or_default();
                let host = self.host_mut(node);
                if sandbox.ip.is_empty() {
                    sandbox.ip = host.free_address(&network);
                }
                match host.pods.get_mut(&sandbox.uid) {
                    Some(cell) => cell.renew(*sandbox, ready_at),
                    None => {
                        host.pods.insert(sandbox.uid, Cell::new(*sandbox, ready_at));
                    }
                }
                vec![Wake::pod(key, ready_at)]
            }
            Deed::Start(start) => {
                let pod = start.pod;
                let Some(place) = self.start(ground, node, *start) else {
                    return vec![];
                };
                let mut wakes = self.go_on(ground, node, pod, place, 0);
                wakes.extend(self.wakes_of(node, pod, now, true));
                wakes
            }
            Deed::Signal { pod, container, signal } => self.signal(ground, node, pod, &container, signal),
            Deed::Hook {
                pod,
                container,
                handler,
            } => self.hook(ground, node, pod, &container, &handler),
            Deed::Probe {
                pod,
                container,
                kind,
                probe,
            } => {
                let mut wakes = self.probe(ground, node, pod, &container, kind, &probe);
                wakes.extend(self.wakes_of(node, pod, now, true));
                wakes
            }
            Deed::Remove(pod) => {
                self.host_mut(node).pods.remove(&pod);
                vec![]
            }
        }
    }

    /// Lets the programs of one machine do what is due now, and returns who is to be called, and when.
    pub fn advance(&mut self, ground: &mut Ground<'_>, node: &str) -> Vec<Wake> {
        let now = ground.now;
        let Some(host) = self.hosts.get(node) else {
            return vec![];
        };
        let cells = host.pods.iter();
        let due: Vec<(Uid, usize, u32)> = cells
            .flat_map(|(uid, cell)| {
                let due = cell.containers.iter().enumerate();
                due.filter(|(_, container)| container.due().is_some_and(|at| at <= now))
                    .map(|(place, container)| (*uid, place, container.version))
            })
            .collect();
        let due = due.into_iter();
        due.flat_map(|(pod, place, version)| self.go_on(ground, node, pod, place, version))
            .collect()
    }

    /// Runs a command in a container, as `kubectl exec` does; None when there is no such container, or it does not run. The
    /// error is what the container runtime says of a command that it cannot start.
    pub fn exec(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        container: &str,
        command: &[String],
        stdin: &str,
    ) -> Option<Result<(Outcome, Vec<Wake>), String>> {
        let place = self.cell(node, pod)?.running_place_of(container)?;
        if let Some(why) = self.cannot_exec(ground, node, pod, place, command) {
            return Some(Err(why));
        }
        let (outcome, wakes, _) = self.run_inside(ground, node, pod, place, command, stdin)?;
        Some(Ok((outcome, wakes)))
    }

    /// Ends everything on a machine at once, as when the plug is pulled; emptyDirs and pulled images stay.
    pub fn power_off(&mut self, node: &str, now: Time) {
        let Some(host) = self.hosts.get_mut(node) else { return };
        host.break_off_pulls(now);
        for cell in host.pods.values_mut() {
            cell.alive = false;
            for container in cell.containers.iter_mut().filter(|container| container.is_running()) {
                // What the runtime says after a restart of containers whose end it did not see.
                container.end(Exit {
                    code: 255,
                    at: now,
                    reason: "Unknown".into(),
                    message: "".into(),
                });
            }
        }
    }

    /// Forgets a machine with all that was on it: it is no more, and another of its name begins with nothing.
    pub fn take_away(&mut self, node: &str) {
        self.hosts.remove(node);
    }

    /// Kills a container's first process as by SIGKILL from outside: a fault. Returns who is to be called.
    pub fn crash(&mut self, ground: &mut Ground<'_>, node: &str, pod: Uid, container: &str) -> Vec<Wake> {
        self.signal(ground, node, pod, container, Signal::Kill)
    }

    fn signal(&mut self, ground: &mut Ground<'_>, node: &str, pod: Uid, name: &str, signal: Signal) -> Vec<Wake> {
        let Some(place) = self.cell(node, pod).and_then(|cell| cell.running_place_of(name)) else {
            return vec![];
        };
        let far = Far {
            node: node.into(),
            pod,
            container: place,
            pid: 1,
            address: "".into(),
        };
        let now = ground.now;
        let done = self.with_program(ground, &far, |program, files| program.signal(signal, true, files, now));
        done.map(|(_, wakes)| wakes).unwrap_or_default()
    }

    fn host_mut(&mut self, node: &str) -> &mut Host {
        if !self.hosts.contains_key(node) {
            self.hosts.insert(node.into(), Host::default());
        }
        self.hosts.get_mut(node).expect("it was just put there")
    }

    fn container_mut(&mut self, node: &str, pod: Uid, place: usize) -> Option<&mut Container> {
        self.hosts.get_mut(node)?.pods.get_mut(&pod)?.containers.get_mut(place)
    }

    fn place(&self, node: &str, pod: Uid, name: &str) -> Option<usize> {
        self.cell(node, pod)?.place_of(name)
    }

    fn version(&self, node: &str, pod: Uid, place: usize) -> u32 {
        self.cell(node, pod)
            .and_then(|cell| cell.containers.get(place))
            .map_or(0, |container| container.version)
    }
}

impl Wake {
    /// Makes the call to the kubelet for a pod.
    pub fn pod(key: Key, at: Time) -> Self {
        Self {
            at,
            whom: Whom::Pod(key),
        }
    }
}
