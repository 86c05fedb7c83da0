//! zone-matches: a pod runs where its volumes can be reached.

use super::{Check, When};
use crate::api::{Key, Node, PersistentVolume, PersistentVolumeClaim, Pod};
use crate::sim::World;
use std::sync::Arc;

/// Every scheduled pod stands on a node that its volumes' node affinity admits.
pub const CHECK: Check = Check {
    name: "zone-matches",
    claim: "A pod runs only on a node from which its volumes can be reached.",
    premise: "Nobody sets `nodeName` by hand.",
    when: When::Always,
    meets,
    holds,
};

/// Counts the volumes of pods on nodes that can be reached from some nodes only.
fn meets(world: &World) -> usize {
    let store = world.store();
    let placed = store.list::<Pod>("").filter(|pod| pod.is_scheduled());
    placed
        .flat_map(|pod| pod.claims().filter_map(move |claim| volume_of(world, pod, &claim)))
        .filter(|volume| volume.spec.node_affinity.is_some())
        .count()
}

/// Returns the volume behind a claim that a pod mounts.
fn volume_of<'w>(world: &'w World, pod: &Pod, claim: &str) -> Option<&'w Arc<PersistentVolume>> {
    let store = world.store();
    let claim = store.get::<PersistentVolumeClaim>(&pod.metadata.namespace, claim)?;
    store.get::<PersistentVolume>("", &claim.spec.volume_name)
}

fn holds(world: &World, about: Option<&Key>) -> Result<String, String> {
    let store = world.store();
    let mut told = Vec::new();
    for pod in store
        .list::<Pod>("")
        .filter(|pod| pod.is_scheduled() && !pod.status.phase.is_terminal())
    {
        if about.is_some_and(|key| key.name != pod.metadata.name || key.namespace != pod.metadata.namespace) {
            continue;
        }
        let Some(node) = store.get::<Node>("", &pod.spec.node_name) else {
            continue;
        };
        for name in pod.claims() {
            let Some(volume) = volume_of(world, pod, &name) else {
                continue;
            };
            let required = volume
                .spec
                .node_affinity
                .as_ref()
                .and_then(|affinity| affinity.required.as_ref());
            let terms = required
                .map(|selector| selector.node_selector_terms.as_slice())
                .unwrap_or_default();
            let admitted = terms.is_empty()
                || terms.iter().any(|term| {
                    !term.match_expressions.is_empty()
                        && term.match_expressions.iter().all(|r| r.matches(&node.metadata.labels))
                });
            if !admitted {
                return Err(format!(
                    "pod/{} is on {} in {}, and its volume {} cannot be reached from there",
                    pod.metadata.name,
                    node.metadata.name,
                    node.zone(),
                    volume.metadata.name
                ));
            }
            told.push(format!(
                "pod/{} and its volume are both in {}",
                pod.metadata.name,
                node.zone()
            ));
        }
    }
    Ok(if told.is_empty() {
        "no pod has a volume".to_owned()
    } else {
        told.join("; ")
    })
}
