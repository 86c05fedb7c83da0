//! PodTopologySpread: a node whose domains have fewer pods of the kind is better. Pods that say nothing are spread too,
//! by the system's own constraints.

use super::MAX;
use crate::actors::scheduler::cache::Core;
use crate::actors::scheduler::cache::counters::{Count, CounterId};
use crate::actors::scheduler::cache::scratch::Scratch;
use crate::actors::scheduler::cache::topology::{Domain, TopologyId};
use crate::actors::scheduler::cache::tree::Slot;
use crate::actors::scheduler::filters::pod_topology_spread::topologies;
use crate::actors::scheduler::shape::Shape;
use crate::actors::scheduler::spread::{Constraint, HOSTNAME};

/// A soft constraint of a pod among some candidates.
struct Crowd<'a> {
    constraint: &'a Constraint,
    /// The domain of each node.
    domains: &'a [Option<Domain>],
    /// The pods of the kind on each node.
    on_nodes: &'a [Count],
    /// The pods of the kind in each domain; None: each node is its own.
    pods: Option<Vec<i64>>,
    /// How much a pod counts: the more domains, the more (`topologyNormalizingWeight`).
    weight: f64,
}

impl Crowd<'_> {
    /// Counts the pods in each domain, if they are not counted already as those of a node. `counts` says of which nodes
    /// the pods count.
    fn count_pods(&mut self, domains: usize, counts: impl Fn(Slot) -> bool) {
        if *self.constraint.topology_key == *HOSTNAME {
            return;
        }
        let mut pods = vec![0; domains];
        for (slot, (count, domain)) in self.on_nodes.iter().zip(self.domains).enumerate() {
            if count.live != 0
                && let Some(domain) = domain
                && counts(slot as Slot)
            {
                pods[*domain as usize] += i64::from(count.live);
            }
        }
        self.pods = Some(pods);
    }

    /// Weighs a pod by the number of domains that the candidates have, which have the labels that they must have.
    fn weigh(&mut self, candidates: &[Slot]) {
        let domains = match &self.pods {
            None => candidates.len(),
            Some(pods) => {
                // The nodes that lack the label are a domain as well: its place is the last.
                let mut met = vec![false; pods.len() + 1];
                for slot in candidates {
                    met[at(self.domains, *slot).map_or(pods.len(), |domain| domain as usize)] = true;
                }
                met.into_iter().filter(|met| *met).count()
            }
        };
        self.weight = ((domains + 2) as f64).ln();
    }

    /// Returns how crowded a node's domain is; nothing where it has none.
    fn of(&self, slot: Slot) -> f64 {
        let Some(domain) = at(self.domains, slot) else {
            return 0.0;
        };
        let pods = match &self.pods {
            None => self
                .on_nodes
                .get(slot as usize)
                .map_or(0, |count| i64::from(count.live)),
            Some(pods) => pods[domain as usize],
        };
        pods as f64 * self.weight + (self.constraint.max_skew - 1) as f64
    }
}

/// Returns the domain of a node.
fn at(domains: &[Option<Domain>], slot: Slot) -> Option<Domain> {
    domains.get(slot as usize).copied().flatten()
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
    let counters: Vec<CounterId> = constraints
        .iter()
        .map(|c| scratch.counters.of(&c.selection, core))
        .collect();
    let (topologies, counters_of) = (&scratch.topologies, needed.iter().zip(&counters));
    let mut crowds: Vec<Crowd<'_>> = constraints
        .iter()
        .zip(counters_of)
        .map(|(constraint, (topology, counter))| Crowd {
            constraint,
            domains: topologies.domains(*topology),
            on_nodes: scratch.counters.on_nodes(*counter),
            pods: None,
            weight: 0.0,
        })
        .collect();
    let domains: Vec<&[Option<Domain>]> = crowds.iter().map(|crowd| crowd.domains).collect();
    // Where every node has every label, as is usual, no node needs to be asked.
    let is_complete = |topology: &TopologyId| topologies.with_label(*topology) >= core.order().len();
    let all = !shape.spreading.requires_all_labels || needed.iter().all(is_complete);
    let is_spread = |slot: Slot| all || domains.iter().all(|domains| at(domains, slot).is_some());
    let some: Vec<Slot>;
    let spread = if all {
        candidates
    } else {
        some = candidates.iter().copied().filter(|slot| is_spread(*slot)).collect();
        &some
    };
    for (crowd, topology) in crowds.iter_mut().zip(&needed) {
        let constraint = crowd.constraint;
        crowd.count_pods(topologies.size(*topology), |slot| {
            is_spread(slot) && counts(constraint, slot)
        });
        crowd.weigh(spread);
    }
    let mut raws = Vec::with_capacity(candidates.len());
    // Neighbours are mostly as crowded as one another.
    let (mut last, mut rounded) = (0.0, 0);
    for &slot in candidates {
        let mut sum = 0.0;
        for crowd in &crowds {
            sum += crowd.of(slot);
        }
        if sum != last {
            (last, rounded) = (sum, sum.round() as i64);
        }
        raws.push(is_spread(slot).then_some(rounded));
    }
    raws
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
