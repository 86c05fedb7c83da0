//! The cache as it is written down with a world: the facts, each once; the rest is worked out again.

use super::node::{ClaimName, Placed};
use super::{Cache, Core};
use crate::actors::scheduler::shape::Shape;
use crate::api::{Key, Labels, Node, Uid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The facts.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    nodes: Vec<Arc<Node>>,
    shapes: Vec<Arc<Shape>>,
    pods: Vec<SavedPod>,
    services: u64,
}

#[derive(Serialize, Deserialize)]
struct SavedPod {
    key: Key,
    uid: Uid,
    labels: Labels,
    claims: Vec<ClaimName>,
    is_live: bool,
    shape: usize,
    node: Arc<str>,
    assumed: bool,
}

impl From<Cache> for Saved {
    fn from(cache: Cache) -> Self {
        let Core {
            tree, pods, services, ..
        } = &cache.core;
        let mut shapes: Vec<Arc<Shape>> = Vec::new();
        let mut places: BTreeMap<*const Shape, usize> = BTreeMap::new();
        // Pods of one template may have met two shapes that are alike: which, nobody can tell afterwards.
        let mut alike: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        let mut saved = Vec::new();
        // In the order of the nodes' arrival, which is the order in which they get their places again.
        let core = &cache.core;
        let with_node = tree
            .arrivals()
            .flat_map(|slot| core.info(slot).pods.iter().map(move |pod| (slot, pod)));
        let without = core.placed().filter(|(slot, _)| core.info(*slot).node.is_none());
        for (slot, pod) in with_node.chain(without) {
            let shape = *places.entry(Arc::as_ptr(&pod.shape)).or_insert_with(|| {
                let bare = pod.shape.bare();
                let told = crate::pack::to_bytes(&bare).expect("a shape is plain data");
                *alike.entry(told).or_insert_with(|| {
                    shapes.push(Arc::new(bare));
                    shapes.len() - 1
                })
            });
            saved.push(SavedPod {
                key: pod.key.clone(),
                uid: pod.uid,
                labels: pod.labels.clone(),
                claims: pod.claims.clone(),
                is_live: pod.is_live,
                shape,
                node: cache.core.info(slot).name.clone(),
                assumed: pods.get(&pod.uid).is_some_and(|pod| pod.assumed),
            });
        }
        Saved {
            nodes: tree.arrivals().map(|slot| cache.core.node(slot).clone()).collect(),
            shapes,
            pods: saved,
            services: *services,
        }
    }
}

impl From<Saved> for Cache {
    fn from(saved: Saved) -> Self {
        let mut cache = Cache::default();
        cache.core.services = saved.services;
        for node in &saved.nodes {
            cache.set_node(node);
        }
        for pod in saved.pods {
            let Some(shape) = saved.shapes.get(pod.shape) else {
                continue;
            };
            let placed = Placed {
                key: pod.key,
                uid: pod.uid,
                labels: pod.labels,
                set: 0,
                shape: shape.clone(),
                claims: pod.claims,
                is_live: pod.is_live,
            };
            cache.put(placed, &pod.node, pod.assumed);
        }
        cache
    }
}
