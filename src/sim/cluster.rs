//! The cluster that a world begins with: zones, machines, and the namespaces that every cluster has.

use super::step::Who;
use super::world::World;
use crate::actors::ActorId;
use crate::api::{Key, Kind, Namespace, PriorityClass, Quantity, Resource};
use crate::cloud::{Machine, Settings};
use crate::store::{DeleteOptions, Refusal};
use serde::{Deserialize, Serialize};

/// The shape of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct ClusterSpec {
    /// The names of the zones.
    pub zones: Vec<String>,
    /// How many nodes stand in each zone.
    pub nodes_per_zone: usize,
    /// The cpus of a node.
    pub cpu: Quantity,
    /// The memory of a node.
    pub memory: Quantity,
    /// How many pods a node takes.
    pub pods: i64,
    /// How many volumes can be attached to a node.
    pub attachable_volumes: i64,
}

impl Default for ClusterSpec {
    fn default() -> Self {
        Self {
            zones: ["zone-a", "zone-b", "zone-c"].map(str::to_owned).to_vec(),
            nodes_per_zone: 2,
            cpu: Quantity::whole(4),
            memory: Quantity::bytes(16 << 30),
            pods: 110,
            attachable_volumes: 25,
        }
    }
}

/// The namespaces that every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// The priority classes that every cluster has (pkg/apis/scheduling/v1/helpers.go, `systemPriorityClasses`).
const PRIORITIES: [(&str, i64, &str); 2] = [
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];

impl ClusterSpec {
    /// Returns the names of the nodes with their zones: node-a1, node-b1, node-c1, node-a2 … as the machines were
    /// switched on. A zone's nodes bear what stands after the zone's last hyphen.
    pub fn nodes(&self) -> impl Iterator<Item = (String, &str)> {
        (1..=self.nodes_per_zone).flat_map(|n| {
            self.zones.iter().map(move |zone| {
                let letter = zone.rsplit_once('-').map_or(zone.as_str(), |(_, letter)| letter);
                (format!("node-{letter}{n}"), zone.as_str())
            })
        })
    }

    /// Makes a world with such a cluster, whose kubelets are about to register their nodes.
    pub fn world(&self, seed: u64, settings: Settings) -> World {
        let mut world = World::new(seed, settings);
        world.create_what_every_cluster_has();
        for (name, zone) in self.nodes() {
            let machine = Machine {
                cpu: self.cpu,
                memory: self.memory,
                pods: self.pods,
                attachable_volumes: self.attachable_volumes,
                ..Machine::new(zone)
            };
            world.switch_on(&name, machine);
        }
        world
    }
}

impl World {
    /// Creates the namespaces and priority classes that every cluster has.
    pub(super) fn create_what_every_cluster_has(&mut self) {
        for name in NAMESPACES {
            let mut namespace = Namespace::default();
            namespace.metadata.name = name.into();
            let created: Result<_, Refusal> = self.write(0, "create", name, |store, hand| {
                store.create(namespace.into_object(), hand)
            });
            created.expect("an empty store takes a namespace");
        }
        for (name, value, description) in PRIORITIES {
            let mut class = PriorityClass {
                value,
                description: description.to_owned(),
                ..PriorityClass::default()
            };
            class.metadata.name = name.into();
            let created: Result<_, Refusal> =
                self.write(0, "create", name, |store, hand| store.create(class.into_object(), hand));
            created.expect("an empty store takes a priority class");
        }
    }

    /// Puts a machine into the cloud, and lets its kubelet register the node.
    pub fn switch_on(&mut self, name: &str, machine: Machine) {
        self.cloud.add_machine(name, machine);
        self.wake(ActorId::kubelet, Key::cluster(Kind::Node, name), Some(0));
    }

    /// Takes a machine away for good: what was on its own disk is lost, volumes that were attached to it are free. The
    /// Node object is deleted, as the cloud's node controller does once the instance is gone
    /// (`cloud-provider/controllers/nodelifecycle`). Returns whether there was such a machine.
    pub fn remove_node(&mut self, name: &str) -> bool {
        if !self.cloud.machines.contains_key(name) {
            return false;
        }
        self.runtime.take_away(name);
        self.actors.kubelet.taken_away(name);
        self.cloud.remove_machine(name, self.now);
        let key = Key::cluster(Kind::Node, name);
        if self.store.find(&key).is_some() {
            let step = self.record(Who::Fault(format!("{name} is taken away").into()), 0);
            let options = DeleteOptions::default();
            let gone: Result<_, Refusal> =
                self.write(step, "delete", "", |store, hand| store.delete(&key, &options, hand));
            gone.expect("a node that is there can be deleted");
        }
        true
    }
}
