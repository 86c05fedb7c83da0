//! PodTopologySpread: a node whose domains have fewer pods of the kind is better. Pods that say nothing are spread too,
//! by the system's own constraints.

use super::MAX;
use crate::actors::scheduler::cache::Core;
use crate::actors::scheduler::cache::scratch::Scratch;
use crate::actors::scheduler::cache::topology::Domain;
use crate::actors::scheduler::cache::tree::Slot;
use crate::actors::scheduler::filters::pod_topology_spread::{has_all, includes, topologies};
use crate::actors::scheduler::shape::Shape;
use crate::actors::scheduler::spread::{Constraint, HOSTNAME};
use crate::api::Pod;

/// Where a node stands in the topology of one constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It lacks the label.
    Nowhere,
    /// It is its own domain and has so many pods of the kind.
    Alone(i64),
    /// It is in a domain.
    In(Domain),
}

/// The soft constraints of a pod among some candidates, with what all candidates have in common.
#[derive(Debug)]
pub struct Crowding<'a> {
    constraints: &'a [Constraint],
    /// How much a pod counts, by constraint: the more domains, the more (`topologyNormalizingWeight`).
    weights: Vec<f64>,
    /// The pods in each domain, by constraint.
    pods: &'a [Vec<i64>],
}

impl<'a> Crowding<'a> {
    /// Weighs the constraints: `domains` tells for each how many domains the candidates have.
    pub fn new(constraints: &'a [Constraint], domains: impl Iterator<Item = usize>, pods: &'a [Vec<i64>]) -> Self {
        Self {
            constraints,
            weights: domains.map(|n| ((n + 2) as f64).ln()).collect(),
            pods,
        }
    }

    /// Returns how crowded a node's domains are.
    pub fn raw(&self, standings: &[Standing]) -> i64 {
        let mut sum = 0.0;
        for (i, constraint) in self.constraints.iter().enumerate() {
            let pods = match standings[i] {
                Standing::Nowhere => continue,
                Standing::Alone(pods) => pods,
                Standing::In(domain) => self.pods[i][domain as usize],
            };
            sum += pods as f64 * self.weights[i] + (constraint.max_skew - 1) as f64;
        }
        sum.round() as i64
    }
}

/// Returns the raw figure of each candidate (`PreScore` and `Score`); None for a node that lacks a label that it must
/// have.
pub fn raws(pod: &Pod, shape: &Shape, core: &Core, scratch: &mut Scratch, candidates: &[Slot]) -> Vec<Option<i64>> {
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
    let counters: Vec<_> = constraints
        .iter()
        .map(|c| scratch.counters.of(&c.selection, core))
        .collect();
    let mut pods: Vec<Vec<i64>> = needed.iter().map(|t| vec![0; scratch.topologies.size(*t)]).collect();
    for &slot in core.order() {
        if !has_all(required, scratch, slot) {
            continue;
        }
        for (i, constraint) in constraints.iter().enumerate() {
            let domain = scratch.topologies.domain(needed[i], slot);
            if let Some(domain) = domain
                && *constraint.topology_key != *HOSTNAME
                && includes(constraint, pod, core.node(slot))
            {
                pods[i][domain as usize] += i64::from(scratch.counters.count(counters[i], slot).live);
            }
        }
    }
    let standing = |i: usize, slot: Slot| match scratch.topologies.domain(needed[i], slot) {
        None => Standing::Nowhere,
        Some(_) if *constraints[i].topology_key == *HOSTNAME => {
            Standing::Alone(i64::from(scratch.counters.count(counters[i], slot).live))
        }
        Some(domain) => Standing::In(domain),
    };
    let scored: Vec<Slot> = candidates
        .iter()
        .copied()
        .filter(|slot| has_all(required, scratch, *slot))
        .collect();
    let domains = constraints.iter().enumerate().map(|(i, constraint)| {
        if *constraint.topology_key == *HOSTNAME {
            return scored.len();
        }
        let mut seen: Vec<Option<Domain>> = scored
            .iter()
            .map(|slot| scratch.topologies.domain(needed[i], *slot))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    });
    let crowding = Crowding::new(constraints, domains, &pods);
    let raw = |slot: &Slot| {
        let standings: Vec<Standing> = (0..constraints.len()).map(|i| standing(i, *slot)).collect();
        has_all(required, scratch, *slot).then(|| crowding.raw(&standings))
    };
    candidates.iter().map(raw).collect()
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
