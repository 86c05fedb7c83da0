//! The scores: each says of one node how well it would suit, from 0 to 100, and counts with its weight. One plugin a file.
//!
//! Some plugins look at the node alone; others compare it with the other candidates, so that their raw figures are put
//! to scale at the end.

pub mod least_allocated;
pub mod balanced_allocation;
pub mod image_locality;
pub mod taint_toleration;
pub mod node_affinity;
pub mod pod_topology_spread;
pub mod inter_pod_affinity;

use super::cache::Core;
use super::cache::tree::Slot;
use super::shape::Shape;
use crate::api::Pod;

/// The best that a plugin can say of a node.
pub const MAX: i64 = 100;

/// The raw figures of one candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    /// The weighted sum of the scores that need no comparison.
    pub alone: i64,
    /// How many taints would rather have the pod elsewhere.
    pub taints: i64,
    /// The weights of the node preferences that it meets.
    pub affinity: i64,
    /// How crowded its domains are; None where the node lacks a label.
    pub spread: Option<i64>,
    /// The weights of the pods that it is near, and those away from which it should be.
    pub near: i64,
}

/// What is compared among the candidates of a pod.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// Whether the pod has soft spreading constraints.
    pub spread: bool,
    /// Whether the pod prefers nodes by label.
    pub affinity: bool,
}

impl Compared {
    /// Says what is compared for pods of a shape.
    pub fn of(shape: &Shape) -> Self {
        Self {
            spread: !shape.spreading.soft.is_empty(),
            affinity: !node_affinity::preferences(&shape.spec).is_empty(),
        }
    }
}

/// Returns the weighted sum of the scores that need no comparison: NodeResourcesFit, NodeResourcesBalancedAllocation and
/// ImageLocality, each of weight 1.
pub fn alone(shape: &Shape, core: &Core, slot: Slot) -> i64 {
    let info = core.info(slot);
    least_allocated::score(shape.nonzero, info)
        + balanced_allocation::score(&shape.request, info)
        + image_locality::score(&shape.spec, core, slot)
}

/// Returns the figures of a node that depend on nothing but the node.
pub fn raw(pod: &Pod, shape: &Shape, core: &Core, slot: Slot) -> Raw {
    let node = core.node(slot);
    Raw {
        alone: alone(shape, core, slot),
        taints: taint_toleration::raw(pod, node),
        affinity: node_affinity::raw(&shape.spec, node),
        spread: None,
        near: 0,
    }
}

/// Returns the total of each candidate: the figures put to scale and weighted
/// (pkg/scheduler/apis/config/v1/default_plugins.go: TaintToleration 3, NodeAffinity, PodTopologySpread and
/// InterPodAffinity 2).
pub fn totals(candidates: &[Raw], compared: Compared) -> Vec<i64> {
    let taints = candidates.iter().map(|raw| raw.taints).max().unwrap_or(0);
    let affinity = candidates.iter().map(|raw| raw.affinity).max().unwrap_or(0);
    let spread = pod_topology_spread::Scale::of(candidates.iter().filter_map(|raw| raw.spread));
    let near = inter_pod_affinity::Scale::of(candidates.iter().map(|raw| raw.near));
    let total = |raw: &Raw| {
        let mut total = raw.alone + 3 * reversed(raw.taints, taints) + 2 * near.score(raw.near);
        if compared.affinity {
            total += 2 * scaled(raw.affinity, affinity);
        }
        if compared.spread {
            total += 2 * spread.score(raw.spread);
        }
        total
    };
    candidates.iter().map(total).collect()
}

/// Puts a figure to the scale of 0 to 100 (plugins/helper, `DefaultNormalizeScore`).
fn scaled(figure: i64, largest: i64) -> i64 {
    if largest == 0 { figure } else { MAX * figure / largest }
}

/// Puts a figure to the scale of 100 to 0: the largest is the worst.
fn reversed(figure: i64, largest: i64) -> i64 {
    if largest == 0 {
        MAX
    } else {
        MAX - MAX * figure / largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_put_to_scale_among_the_candidates() {
        let with = |taints, affinity| Raw {
            taints,
            affinity,
            ..Raw::default()
        };
        let compared = Compared {
            spread: false,
            affinity: true,
        };
        let totals = totals(&[with(0, 10), with(2, 5), with(1, 0)], compared);
        assert_eq!(totals, [3 * 100 + 2 * 100, 2 * 50, 3 * 50]);
    }
}
