//! nodes-not-overfull: what was promised to pods is there.

use super::{Check, When};
use crate::api::{Key, Node, Pod, Quantity};
use crate::sim::World;
use std::collections::BTreeMap;
use std::sync::Arc;

/// On every node the requests of its pods fit into what the node has to give.
pub const CHECK: Check = Check {
    name: "nodes-not-overfull",
    claim: "On every node, the requests of its pods fit into what the node has to give.",
    premise: "Nobody sets `nodeName` by hand, and no node shrinks.",
    when: When::Always,
    meets,
    holds,
};

/// Counts the pods on nodes that were promised something.
fn meets(world: &World) -> usize {
    let placed = world.store().list::<Pod>("").filter(|pod| takes_room(pod));
    placed
        .filter(|pod| pod.spec.request("cpu") > Quantity::default())
        .count()
}

/// Says whether a pod has a node and still needs what it asked for.
fn takes_room(pod: &Pod) -> bool {
    pod.is_scheduled() && !pod.status.phase.is_terminal()
}

fn holds(world: &World, about: Option<&Key>) -> Result<String, String> {
    let store = world.store();
    let mut used: BTreeMap<Arc<str>, (i64, Quantity, Quantity)> = BTreeMap::new();
    for pod in store.list::<Pod>("").filter(|pod| takes_room(pod)) {
        let (pods, cpu, memory) = used.entry(pod.spec.node_name.clone()).or_default();
        *pods += 1;
        *cpu = cpu.plus(pod.spec.request("cpu"));
        *memory = memory.plus(pod.spec.request("memory"));
    }
    for (name, (pods, cpu, memory)) in &used {
        if about.is_some_and(|key| key.name != *name) {
            continue;
        }
        let Some(node) = store.get::<Node>("", name) else {
            continue;
        };
        let has = |resource: &str| node.status.allocatable.get(resource).copied().unwrap_or_default();
        for (what, used, has) in [
            ("pods", Quantity::whole(*pods), has("pods")),
            ("cpu", *cpu, has("cpu")),
            ("memory", *memory, has("memory")),
        ] {
            if used.as_milli() > has.as_milli() {
                return Err(format!("{name} has promised {used} of {what} and has {has}"));
            }
        }
    }
    Ok(format!("{} nodes with pods, none overfull", used.len()))
}
