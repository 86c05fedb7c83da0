//! InterPodAffinity: a node near the pods that this one would be near is better, and so is one near pods that would have
//! this one near.

use super::MAX;
use crate::actors::View;
use crate::actors::scheduler::cache::Core;
use crate::actors::scheduler::cache::scratch::Scratch;
use crate::actors::scheduler::cache::tree::Slot;
use crate::actors::scheduler::filters::inter_pod_affinity::ByDomain;
use crate::actors::scheduler::shape::Shape;
use crate::actors::scheduler::term::Wish;
use crate::api::Namespace;

/// What it counts that a placed pod requires pods like this one near (`hardPodAffinityWeight`).
const REQUIRED_WEIGHT: i64 = 1;

/// Returns the raw figure of each candidate (plugins/interpodaffinity/scoring.go).
pub fn raws(shape: &Shape, core: &Core, scratch: &mut Scratch, view: &View<'_>, candidates: &[Slot]) -> Vec<i64> {
    let mut sums: Vec<ByDomain> = Vec::new();
    for term in &shape.terms {
        if let Wish::Prefers(weight) = term.wish {
            let counter = scratch.counters.of(&term.selection, core);
            let count = |scratch: &Scratch, slot| weight * i64::from(scratch.counters.count(counter, slot).all);
            sums.push(ByDomain::sum(&term.topology_key, core, scratch, count));
        }
    }
    let namespace = view.get::<Namespace>("", &shape.namespace);
    let namespace_labels = namespace.map(|n| &n.metadata.labels);
    let wanted: Vec<_> = scratch
        .existing(core)
        .iter()
        .filter(|e| !e.by_slot.is_empty())
        .filter_map(|e| {
            let weight = match e.term.wish {
                Wish::Prefers(weight) => weight,
                Wish::MustBeNear => REQUIRED_WEIGHT,
                Wish::MustBeAway => return None,
            };
            let means = e.term.means(&shape.namespace, namespace_labels, &shape.labels);
            means.then(|| (e.term.topology_key.clone(), weight, e.by_slot.clone()))
        })
        .collect();
    for (key, weight, by_slot) in wanted {
        let count = |_: &Scratch, slot| weight * i64::from(by_slot.get(&slot).copied().unwrap_or(0));
        sums.push(ByDomain::sum(&key, core, scratch, count));
    }
    let raw = |slot: &Slot| sums.iter().filter_map(|sum| sum.at(*slot)).sum();
    candidates.iter().map(raw).collect()
}

/// The least and the most, 0 among them.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    least: i64,
    most: i64,
}

impl Scale {
    /// Finds both.
    pub fn of(raws: impl Iterator<Item = i64>) -> Self {
        raws.fold(Self { least: 0, most: 0 }, |scale, raw| Self {
            least: scale.least.min(raw),
            most: scale.most.max(raw),
        })
    }

    /// Scores a candidate (`NormalizeScore`): the most gets 100.
    pub fn score(self, raw: i64) -> i64 {
        let range = self.most - self.least;
        if range == 0 {
            return 0;
        }
        (MAX as f64 * ((raw - self.least) as f64 / range as f64)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_put_to_scale_with_nothing_as_a_mark() {
        let scale = Scale::of([5, 10].into_iter());
        assert_eq!([5, 10].map(|raw| scale.score(raw)), [50, 100]);
        let both = Scale::of([-5, 5].into_iter());
        assert_eq!([-5, 0, 5].map(|raw| both.score(raw)), [0, 50, 100]);
        assert_eq!(Scale::of([0].into_iter()).score(0), 0);
    }
}
