//! ImageLocality: a node that has the pod's images already need not pull them.

use super::MAX;
use crate::actors::scheduler::cache::Core;
use crate::actors::scheduler::cache::images::normalized;
use crate::actors::scheduler::cache::tree::Slot;
use crate::api::PodSpec;

const MIB: i64 = 1 << 20;

/// What counts as nothing, and for one container as everything (`minThreshold`, `maxContainerThreshold`).
const THRESHOLDS: (i64, i64) = (23 * MIB, 1000 * MIB);

/// Scores a node (plugins/imagelocality): the bytes of the images that it has, each scaled by the share of nodes that
/// have it, so that pods do not flock to the one node that was first.
pub fn score(spec: &PodSpec, core: &Core, slot: Slot) -> i64 {
    if core.info(slot).images.is_empty() {
        return 0;
    }
    let nodes = core.order();
    let has = |slot: Slot, name: &String| core.info(slot).images.iter().find(|image| image.names.contains(name));
    let images = spec.containers.iter().map(|container| normalized(&container.image));
    let bytes: i64 = images
        .filter_map(|name| {
            let image = has(slot, &name)?;
            let with = nodes.iter().filter(|slot| has(**slot, &name).is_some()).count();
            Some((image.bytes as f64 * (with as f64 / nodes.len() as f64)) as i64)
        })
        .sum();
    let containers = spec.containers.len() + spec.init_containers.len();
    let most = THRESHOLDS.1 * containers.max(1) as i64;
    MAX * (bytes.clamp(THRESHOLDS.0, most) - THRESHOLDS.0) / (most - THRESHOLDS.0)
}
