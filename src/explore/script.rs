//! A script: misfortunes, the time between them, and the kernel's choices.

use super::met::Met;
use crate::actors::ActorId;
use crate::api::{Key, Kind, Object, Pod, Resource};
use crate::checks::{Check, When};
use crate::cloud::Settings;
use crate::programs::client::Orders;
use crate::sim::{self, Calm, Chooser, ClusterSpec, Fault, World};
use crate::store::DeleteOptions;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// One misfortune, or one command. Numbers are taken modulo what is there, so that every script can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Nothing but time.
    Wait,
    /// A person deletes a pod.
    Delete(u8),
    /// The main process of a pod is killed.
    Crash(u8),
    /// A machine loses power.
    StopNode(u8),
    /// The machines that are off are switched on.
    StartNodes,
    /// A machine is cut off.
    Partition(u8),
    /// The cut machines are reached again.
    Heal,
    /// A component restarts.
    Restart(u8),
    /// A component hears nothing for a while.
    Stall(u8),
    /// A person who has seen that machines are off deletes their pods by force.
    Bury,
    /// A person deletes a pod by force, alive or not: outside the premise of one-writer.
    ForceDelete(u8),
}

/// A story to play.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// The seed of the world.
    pub seed: u64,
    /// Seconds to wait, and what happens then.
    pub acts: Vec<(u16, Act)>,
    /// The choices of the kernel; calm when they are over.
    pub choices: Vec<u8>,
}

/// What the story is played upon: manifests, and the Service through which a client writes.
#[derive(Clone, Debug)]
pub struct Set {
    /// The objects.
    pub objects: Vec<Object>,
    /// The client's orders, if one writes.
    pub client: Option<Orders>,
    /// The shape of the cluster.
    pub cluster: ClusterSpec,
    /// How long things take.
    pub settings: Settings,
}

/// A claim that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The check's name.
    pub check: &'static str,
    /// Why not.
    pub why: String,
    /// When, in milliseconds since the world began.
    pub at_ms: i64,
}

/// A story that was played.
#[derive(Clone, Debug)]
pub struct Played {
    /// The world at the end.
    pub world: World,
    /// The first claim that did not hold.
    pub broken: Option<Broken>,
    /// What was met.
    pub met: Met,
}

impl fmt::Display for Script {
    /// Writes the script as JSON, which reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// How long the set has to come up, and how long the world has to find its way at the end, in milliseconds of virtual
/// time: longer than a toleration, a forced detachment and the longest back-off together.
const LONG_MS: i64 = 1_800_000;

/// How often the claims that always hold are looked at, in steps.
const LOOK_EVERY: usize = 8;

impl Script {
    /// Plays the script and looks at some claims: those that always hold all the while, the others at the end.
    pub fn play(&self, set: &Set, checks: &[&'static Check]) -> Played {
        let mut world = set.cluster.world(self.seed, set.settings.clone());
        world.settle(60_000);
        for object in &set.objects {
            // A set may name an object twice; the second is refused, and nothing is lost by it.
            let _ = world.create(object.clone());
        }
        world.settle(LONG_MS);
        if let Some(orders) = &set.client {
            world.start_client(orders.clone());
        }
        let mut chooser = sim::Script::new(self.choices.clone());
        let always: Vec<&'static Check> = checks
            .iter()
            .copied()
            .filter(|check| check.when == When::Always)
            .collect();
        let mut looked = Met::default();
        let mut broken = None;
        for (wait_s, act) in &self.acts {
            let ms = i64::from(*wait_s) * 1_000;
            broken = broken.or_else(|| run(&mut world, ms, &mut chooser, &always, &mut looked));
            perform(&mut world, *act);
        }
        broken = broken.or_else(|| run(&mut world, 5_000, &mut chooser, &always, &mut looked));
        perform(&mut world, Act::StartNodes);
        perform(&mut world, Act::Heal);
        broken = broken.or_else(|| run(&mut world, LONG_MS, &mut Calm, &always, &mut looked));
        broken = broken.or_else(|| look(&world, checks, &mut looked));
        let mut met = Met::of(&world);
        met.add(&looked);
        Played { world, broken, met }
    }
}

/// Looks at claims, and returns the first that does not hold.
fn look(world: &World, checks: &[&'static Check], looked: &mut Met) -> Option<Broken> {
    checks.iter().find_map(|check| {
        looked.look(check, world);
        let why = (check.holds)(world, None).err()?;
        Some(Broken {
            check: check.name,
            why,
            at_ms: world.now() - world.began(),
        })
    })
}

/// Runs for a while, looking at the claims again and again.
fn run(
    world: &mut World,
    ms: i64,
    chooser: &mut dyn Chooser,
    always: &[&'static Check],
    looked: &mut Met,
) -> Option<Broken> {
    let until = world.now() + ms;
    let mut steps = 0usize;
    loop {
        let went_on = world.step(until, chooser);
        steps += 1;
        if (!went_on || steps.is_multiple_of(LOOK_EVERY))
            && let Some(broken) = look(world, always, looked)
        {
            return Some(broken);
        }
        if !went_on {
            world.run_until(until);
            return None;
        }
    }
}

fn perform(world: &mut World, act: Act) {
    match act {
        Act::Wait => (),
        Act::Delete(n) | Act::ForceDelete(n) => {
            if let Some(key) = pod(world, n) {
                let grace_seconds = matches!(act, Act::ForceDelete(_)).then_some(0);
                let options = DeleteOptions {
                    grace_seconds,
                    ..DeleteOptions::default()
                };
                let _ = world.delete(&key, &options);
            }
        }
        Act::Bury => {
            let is_off = |node: &str| world.cloud.machines.get(node).is_some_and(|machine| !machine.is_on());
            let pods = world.store().list::<Pod>("").filter(|pod| is_off(&pod.spec.node_name));
            let lost: Vec<Key> = pods.map(|pod| pod.key()).collect();
            let options = DeleteOptions {
                grace_seconds: Some(0),
                ..DeleteOptions::default()
            };
            for key in lost {
                let _ = world.delete(&key, &options);
            }
        }
        Act::Crash(n) => {
            if let Some(key) = pod(world, n) {
                world.befall(&Fault::Crash {
                    namespace: key.namespace,
                    pod: key.name,
                    container: None,
                });
            }
        }
        Act::StopNode(n) => {
            let node = node(world, n);
            world.befall(&Fault::StopNode(node));
        }
        Act::Partition(n) => {
            let node = node(world, n);
            world.befall(&Fault::Partition(node));
        }
        Act::StartNodes | Act::Heal => {
            let nodes: Vec<Arc<str>> = world.cloud.machines.keys().cloned().collect();
            for node in nodes {
                let machine = &world.cloud.machines[&node];
                let fault = match act {
                    Act::StartNodes if !machine.is_on() => Fault::StartNode(node),
                    Act::Heal if machine.link == crate::cloud::Link::Cut => Fault::Heal(node),
                    _ => continue,
                };
                world.befall(&fault);
            }
        }
        Act::Restart(n) => {
            world.befall(&Fault::Restart(actor(n)));
        }
        Act::Stall(n) => {
            world.befall(&Fault::Stall(actor(n), 2_000));
        }
    }
}

/// Returns one of the pods that are not asked to end.
fn pod(world: &World, n: u8) -> Option<Key> {
    let pods = world
        .store()
        .list::<Pod>("")
        .filter(|pod| !pod.metadata.is_terminating());
    let keys: Vec<Key> = pods
        .map(|pod| Key::new(Kind::Pod, pod.metadata.namespace.clone(), pod.metadata.name.clone()))
        .collect();
    keys.get(usize::from(n).checked_rem(keys.len())?).cloned()
}

/// Returns one of the nodes; the first few numbers mean those with pods, as trouble elsewhere is no trouble.
fn node(world: &World, n: u8) -> Arc<str> {
    let mut busy: Vec<Arc<str>> = world
        .store()
        .list::<Pod>("")
        .map(|pod| pod.spec.node_name.clone())
        .collect();
    busy.retain(|node| !node.is_empty());
    busy.sort();
    busy.dedup();
    let all: Vec<Arc<str>> = busy.into_iter().chain(world.cloud.machines.keys().cloned()).collect();
    all[usize::from(n) % all.len()].clone()
}

/// Returns one of the components; the kubelets do not restart here, as they are many.
fn actor(n: u8) -> ActorId {
    let components: Vec<ActorId> = ActorId::ALL
        .iter()
        .copied()
        .filter(|id| *id != ActorId::kubelet)
        .collect();
    components[usize::from(n) % components.len()]
}
