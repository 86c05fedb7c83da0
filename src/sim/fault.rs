//! Misfortunes: what no command can ask for.

use super::queue::Due;
use super::step::Who;
use super::world::World;
use crate::actors::ActorId;
use crate::api::{Key, Kind, Pod, Text};
use crate::cloud::{Link, Power, VolumeId};
use crate::programs::Deed;
use crate::programs::runtime::Signal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Something that goes wrong, or is mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The plug of a machine is pulled.
    StopNode(Arc<str>),
    /// A machine is switched on again.
    StartNode(Arc<str>),
    /// A machine crashes: all that runs on it dies, and it starts again by itself.
    CrashNode(Arc<str>),
    /// A machine is cut off from the network; what runs on it goes on.
    Partition(Arc<str>),
    /// A machine reaches the network again.
    Heal(Arc<str>),
    /// The main process of a container dies as by SIGKILL.
    Crash {
        /// The pod's namespace.
        namespace: Arc<str>,
        /// The pod.
        pod: Arc<str>,
        /// Which of its containers; None: the first.
        container: Option<String>,
    },
    /// A volume becomes slow: whoever commits waits for it (`slow-disk-io`), and a start of its server, attaching and
    /// detaching take ten times as long.
    SlowDisk(VolumeId),
    /// A volume fails: every access to it is an input/output error.
    FailDisk(VolumeId),
    /// A volume is fast and sound again; what is on it has stayed.
    HealDisk(VolumeId),
    /// A component restarts and forgets what it remembered.
    Restart(ActorId),
    /// A component's watch brings nothing for some milliseconds.
    Stall(ActorId, i64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StopNode(node) => write!(f, "{node} loses power"),
            Self::CrashNode(node) => write!(f, "{node} crashes, and starts again by itself"),
            Self::StartNode(node) => write!(f, "{node} is switched on again"),
            Self::Partition(node) => write!(f, "{node} is cut off from the network"),
            Self::Heal(node) => write!(f, "{node} reaches the network again"),
            Self::Crash {
                pod,
                container: Some(container),
                ..
            } => write!(f, "{container} in pod/{pod} dies of SIGKILL"),
            Self::Crash { pod, .. } => write!(f, "the main process of pod/{pod} dies of SIGKILL"),
            Self::SlowDisk(volume) => write!(f, "{volume} becomes slow"),
            Self::FailDisk(volume) => write!(f, "{volume} fails"),
            Self::HealDisk(volume) => write!(f, "{volume} is fast and sound again"),
            Self::Restart(actor) => write!(f, "{} restarts", actor.name()),
            Self::Stall(actor, ms) => write!(f, "{} hears nothing for {ms} ms", actor.name()),
        }
    }
}

impl World {
    /// Lets a misfortune happen now; returns whether there was something that it could befall.
    pub fn befall(&mut self, fault: &Fault) -> bool {
        // What a person's command brings about goes back to that command.
        let cause = if self.command.is_some() { self.person("") } else { 0 };
        let step = self.record(Who::Fault(fault.to_string().into()), cause);
        match fault {
            Fault::StopNode(node)
            | Fault::StartNode(node)
            | Fault::CrashNode(node)
            | Fault::Partition(node)
            | Fault::Heal(node) => {
                let Some(machine) = self.cloud.machines.get_mut(node) else {
                    return false;
                };
                match fault {
                    Fault::StopNode(_) | Fault::CrashNode(_) => machine.power = Power::Off,
                    Fault::StartNode(_) => machine.power = Power::On,
                    Fault::Partition(_) => machine.link = Link::Cut,
                    _ => machine.link = Link::Up,
                }
                machine.note(self.now);
                if let Fault::StopNode(_) | Fault::CrashNode(_) = fault {
                    self.runtime.power_off(node, self.now);
                }
                if let Fault::CrashNode(_) = fault {
                    let at = self.now + self.settings.node_boot;
                    self.queue.push(at, Due::Boot(node.clone(), step));
                }
                self.tell_of_machine(node, step);
            }
            Fault::Crash {
                namespace,
                pod,
                container,
            } => return self.crash(namespace, pod, container.as_deref()),
            Fault::SlowDisk(volume) | Fault::FailDisk(volume) | Fault::HealDisk(volume) => {
                let Some(volume) = self.cloud.volumes.get_mut(volume) else {
                    return false;
                };
                volume.slow = matches!(fault, Fault::SlowDisk(_));
                volume.disk.set_failing(matches!(fault, Fault::FailDisk(_)));
            }
            Fault::Restart(actor) => self.restart(*actor, step),
            Fault::Stall(actor, ms) => {
                let until = self.now + *ms;
                self.lanes.entry(*actor).or_default().stalled_until = Some(until);
                self.queue.push(until, Due::Deliver);
            }
        }
        true
    }

    /// Switches a machine on again that has crashed, unless somebody has done so or taken it away meanwhile.
    pub(super) fn boot(&mut self, node: &Arc<str>, cause: u32) {
        let Some(machine) = self
            .cloud
            .machines
            .get_mut(node)
            .filter(|machine| machine.power == Power::Off)
        else {
            return;
        };
        machine.power = Power::On;
        machine.note(self.now);
        let step = self.record(Who::Machine(node.clone()), cause);
        self.tell_of_machine(node, step);
    }

    /// Lets the kubelet of a machine, and whoever watches its heartbeats, look at what has become of it.
    fn tell_of_machine(&mut self, node: &Arc<str>, step: u32) {
        for actor in [ActorId::kubelet, ActorId::node_lifecycle] {
            self.wake(actor, Key::cluster(Kind::Node, node.clone()), Some(step));
        }
    }

    /// Kills the main process of a container where its pod runs.
    fn crash(&mut self, namespace: &str, pod: &str, container: Option<&str>) -> bool {
        let Some(found) = self.store.get::<Pod>(namespace, pod) else {
            return false;
        };
        let (uid, node) = (found.metadata.uid, found.spec.node_name.clone());
        let first = found.spec.containers.first().map(|c| c.name.clone());
        let Some(container) = container.map(|name| Text::Owned(name.to_owned())).or(first) else {
            return false;
        };
        let running = self
            .runtime
            .container(&node, uid, &container)
            .is_some_and(|c| c.is_running());
        if running {
            let deed = Deed::Signal {
                pod: uid,
                container,
                signal: Signal::Kill,
            };
            let wakes = self.on_machines(|runtime, ground| runtime.perform(ground, &node, deed));
            self.heed_machines(wakes);
        }
        running
    }
}
