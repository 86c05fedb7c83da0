//! Pods of a kind are spread evenly over the domains of a topology: `DoNotSchedule` constraints.

use super::Site;
use crate::actors::scheduler::cache::Core;
use crate::actors::scheduler::cache::node::Placed;
use crate::actors::scheduler::cache::scratch::Scratch;
use crate::actors::scheduler::cache::topology::{Domain, TopologyId};
use crate::actors::scheduler::cache::tree::Slot;
use crate::actors::scheduler::node_match::{meets_requirements, untolerated};
use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::actors::scheduler::shape::Shape;
use crate::actors::scheduler::spread::Constraint;
use crate::api::{Node, Pod};
use std::sync::Arc;

/// How the hard constraints of a pod stand, one after another.
#[derive(Clone, Debug, Default)]
pub struct Skews(Vec<Skew>);

#[derive(Clone, Debug)]
struct Skew {
    /// The domain of each node.
    by_slot: Vec<Option<Domain>>,
    /// Whether a node's pods count, by its place.
    counts: Vec<bool>,
    /// The pods in each domain; None where no node of it counts.
    pods: Vec<Option<i64>>,
}

impl Skews {
    /// Counts the pods of each domain (plugins/podtopologyspread, `calPreFilterState`).
    pub fn new(pod: &Pod, shape: &Shape, core: &Core, scratch: &mut Scratch) -> Self {
        let constraints = &shape.spreading.hard;
        let skews = constraints.iter().map(|constraint| {
            let topologies = topologies(constraints, core, scratch);
            let topology = scratch.topologies.of(&constraint.topology_key, core);
            let counter = scratch.counters.of(&constraint.selection, core);
            let mut skew = Skew {
                by_slot: vec![None; core.slots()],
                counts: vec![false; core.slots()],
                pods: vec![None; scratch.topologies.size(topology)],
            };
            for &slot in core.order() {
                let domain = scratch.topologies.domain(topology, slot);
                skew.by_slot[slot as usize] = domain;
                let has_all = has_all(&topologies, scratch, slot);
                let Some(domain) = domain.filter(|_| has_all && includes(constraint, pod, core.node(slot))) else {
                    continue;
                };
                skew.counts[slot as usize] = true;
                let live = i64::from(scratch.counters.count(counter, slot).live);
                *skew.pods[domain as usize].get_or_insert(0) += live;
            }
            skew
        });
        Self(skews.collect())
    }

    /// Judges a node.
    pub fn check(&self, shape: &Shape, site: &Site<'_>) -> Verdict {
        for (constraint, skew) in shape.spreading.hard.iter().zip(&self.0) {
            let Some(domain) = skew.by_slot[site.slot as usize] else {
                return Plugin::PodTopologySpread
                    .rejects_for_good("node(s) didn't match pod topology spread constraints (missing required label)");
            };
            let imagined = skew.imagined(constraint, site);
            let pods = |d: usize| skew.pods[d].map(|n| if d == domain as usize { n + imagined } else { n });
            let domains = (0..skew.pods.len()).filter_map(pods);
            // With too few domains the emptiest is one that does not exist yet (`minMatchNum`).
            let emptiest = if (domains.clone().count() as i64) < constraint.min_domains {
                0
            } else {
                domains.min().unwrap_or(i64::from(i32::MAX))
            };
            let here = pods(domain as usize).unwrap_or(0) + i64::from(constraint.counts_itself);
            if here - emptiest > constraint.max_skew {
                return Plugin::PodTopologySpread.rejects("node(s) didn't match pod topology spread constraints");
            }
        }
        Ok(())
    }
}

impl Skew {
    /// Returns by how many the pods of a node's domain change by what is imagined of it.
    fn imagined(&self, constraint: &Constraint, site: &Site<'_>) -> i64 {
        if !self.counts[site.slot as usize] || (site.minus.is_empty() && site.plus.is_empty()) {
            return 0;
        }
        let count = |pods: &[Arc<Placed>]| {
            let meant =
                |pod: &&Arc<Placed>| pod.is_live && constraint.selection.matches(&pod.key.namespace, &pod.labels);
            pods.iter().filter(meant).count() as i64
        };
        count(site.plus) - count(site.minus)
    }
}

/// Says whether the pods of a node count for a constraint (`matchNodeInclusionPolicies`).
pub fn includes(constraint: &Constraint, pod: &Pod, node: &Node) -> bool {
    let affinity = !constraint.honours_affinity || meets_requirements(pod, node);
    let taints = !constraint.honours_taints || untolerated(&node.spec.taints, &pod.spec.tolerations).is_none();
    affinity && taints
}

/// Returns the topologies of constraints.
pub fn topologies(constraints: &[Constraint], core: &Core, scratch: &mut Scratch) -> Vec<TopologyId> {
    constraints
        .iter()
        .map(|c| scratch.topologies.of(&c.topology_key, core))
        .collect()
}

/// Says whether a node has all the labels of some topologies.
pub fn has_all(topologies: &[TopologyId], scratch: &Scratch, slot: Slot) -> bool {
    topologies.iter().all(|t| scratch.topologies.domain(*t, slot).is_some())
}
