//! PodTopologySpread: a node whose domains have fewer pods of the kind is better. Pods that say nothing are spread too,
//! by the system's own constraints.

use super::MAX;
use crate::actors::scheduler::cache::Core;
use crate::actors::scheduler::cache::counters::CounterId;
use crate::actors::scheduler::cache::scratch::Scratch;
use crate::actors::scheduler::cache::topology::TopologyId;
use crate::actors::scheduler::cache::tree::Slot;
use crate::actors::scheduler::filters::pod_topology_spread::{has_all, topologies};
use crate::actors::scheduler::shape::Shape;
use crate::actors::scheduler::spread::{Constraint, HOSTNAME};

/// A soft constraint of a pod among some candidates.
struct Crowd<'a> {
    constraint: &'a Constraint,
    topology: TopologyId,
    counter: CounterId,
    /// How much a pod counts: the more domains, the more (`topologyNormalizingWeight`).
    weight: f64,
    /// The pods of the kind in each domain; None: each node is its own.
    pods: Option<Vec<i64>>,
}

impl<'a> Crowd<'a> {
    /// Counts domains and pods. The candidates have the labels that they must have; `counts` says of which nodes the pods
    /// count.
    fn new(
        constraint: &'a Constraint,
        topology: TopologyId,
        counter: CounterId,
        (core, scratch): (&Core, &Scratch),
        candidates: impl Iterator<Item = Slot>,
        counts: impl Fn(Slot) -> bool,
    ) -> Self {
        let mut crowd = Self {
            constraint,
            topology,
            counter,
            weight: 0.0,
            pods: None,
        };
        let domains = if *constraint.topology_key == *HOSTNAME {
            candidates.count()
        } else {
            let mut pods = vec![0; scratch.topologies.size(topology)];
            // The nodes that lack the label are a domain as well: its place is the last.
            let mut met = vec![false; pods.len() + 1];
            for slot in candidates {
                let domain = scratch.topologies.domain(topology, slot);
                met[domain.map_or(pods.len(), |domain| domain as usize)] = true;
            }
            for &slot in core.order() {
                let live = crowd.live(scratch, slot);
                if live != 0
                    && let Some(domain) = scratch.topologies.domain(topology, slot)
                    && counts(slot)
                {
                    pods[domain as usize] += live;
                }
            }
            crowd.pods = Some(pods);
            met.into_iter().filter(|met| *met).count()
        };
        crowd.weight = ((domains + 2) as f64).ln();
        crowd
    }

    fn live(&self, scratch: &Scratch, slot: Slot) -> i64 {
        i64::from(scratch.counters.count(self.counter, slot).live)
    }

    /// Returns how crowded a node's domain is; nothing where it has none.
    fn of(&self, scratch: &Scratch, slot: Slot) -> f64 {
        let Some(domain) = scratch.topologies.domain(self.topology, slot) else {
            return 0.0;
        };
        let pods = self
            .pods
            .as_ref()
            .map_or_else(|| self.live(scratch, slot), |pods| pods[domain as usize]);
        pods as f64 * self.weight + (self.constraint.max_skew - 1) as f64
    }
}

/// Returns the raw figure of each candidate (`PreScore` and `Score`); None for a node that lacks a label that it must
/// have. `counts` says whether the pods of a node count for a constraint.
pub fn raws(
    shape: &Shape,
    core: &Core,
    scratch: &mut Scratch,
    candidates: &[Slot],
    counts: impl Fn(&Constraint, Slot) -> bool,
) -> Vec<Option<i64>> {
    let constraints = &shape.spreading.soft;
    if constraints.is_empty() {
        return vec![None; candidates.len()];
    }
    let needed = topologies(constraints, core, scratch);
    let required = if shape.spreading.requires_all_labels {
        needed.as_slice()
    } else {
        &[]
    };
    let is_spread: Vec<bool> = candidates
        .iter()
        .map(|slot| has_all(required, scratch, *slot))
        .collect();
    let spread = || {
        candidates
            .iter()
            .zip(&is_spread)
            .filter(|(_, is)| **is)
            .map(|(slot, _)| *slot)
    };
    let counters: Vec<CounterId> = constraints
        .iter()
        .map(|c| scratch.counters.of(&c.selection, core))
        .collect();
    let scratch = &*scratch;
    let crowd = |i: usize| {
        let counts = |slot| has_all(required, scratch, slot) && counts(&constraints[i], slot);
        Crowd::new(
            &constraints[i],
            needed[i],
            counters[i],
            (core, scratch),
            spread(),
            counts,
        )
    };
    let crowds: Vec<Crowd<'_>> = (0..constraints.len()).map(crowd).collect();
    let raw = |slot: Slot| {
        let sum: f64 = crowds.iter().map(|crowd| crowd.of(scratch, slot)).sum();
        sum.round() as i64
    };
    candidates
        .iter()
        .zip(&is_spread)
        .map(|(slot, is)| is.then(|| raw(*slot)))
        .collect()
}

/// The least and the most crowded candidate.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    least: i64,
    most: i64,
}

impl Scale {
    /// Finds both.
    pub fn of(raws: impl Iterator<Item = i64>) -> Self {
        let start = Self {
            least: i64::MAX,
            most: 0,
        };
        raws.fold(start, |scale, raw| Self {
            least: scale.least.min(raw),
            most: scale.most.max(raw),
        })
    }

    /// Scores a candidate (`NormalizeScore`): the least crowded gets 100.
    pub fn score(self, raw: Option<i64>) -> i64 {
        match raw {
            None => 0,
            Some(_) if self.most == 0 => MAX,
            Some(raw) => MAX * (self.most + self.least - raw) / self.most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_crowded_is_the_best() {
        let scale = Scale::of([6, 9, 12].into_iter());
        assert_eq!(
            [6, 9, 12].map(|raw| scale.score(Some(raw))),
            [100, 100 * 9 / 12, 100 * 6 / 12]
        );
        assert_eq!(scale.score(None), 0);
        assert_eq!(Scale::of([0, 0].into_iter()).score(Some(0)), 100);
    }
}
