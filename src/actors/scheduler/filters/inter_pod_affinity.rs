//! Pods that must be near others, or away from them; and pods that want others away.

use super::Site;
use crate::actors::View;
use crate::actors::scheduler::cache::Core;
use crate::actors::scheduler::cache::node::Placed;
use crate::actors::scheduler::cache::scratch::Scratch;
use crate::actors::scheduler::cache::topology::Domain;
use crate::actors::scheduler::cache::tree::Slot;
use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::actors::scheduler::selection::Selection;
use crate::actors::scheduler::shape::Shape;
use crate::actors::scheduler::term::{Term, Wish};
use crate::api::{Labels, Namespace};
use std::sync::Arc;

/// How a pod stands to the pods that are there (plugins/interpodaffinity, `preFilterState`).
#[derive(Clone, Debug, Default)]
pub struct Nearness {
    /// Terms of placed pods that want this pod away, with the number of such pods by domain.
    unwelcome: Vec<(Arc<Term>, ByDomain)>,
    /// The pod's own terms that want others away, with the number of those others.
    away: Vec<(Arc<Term>, ByDomain)>,
    /// The pod's own terms that want others near, with the number of pods that meet all of them.
    near: Vec<(Arc<Term>, ByDomain)>,
    /// Whether the pod meets all its own terms, so that it may be the first of its kind.
    meets_own: bool,
    /// The labels of the pod's namespace.
    namespace_labels: Option<Labels>,
}

/// Numbers of pods by domain.
#[derive(Clone, Debug)]
pub struct ByDomain {
    by_slot: Vec<Option<Domain>>,
    pods: Vec<i64>,
}

impl ByDomain {
    /// Sums what stands on the nodes of each domain.
    pub fn sum(key: &Arc<str>, core: &Core, scratch: &mut Scratch, of: impl Fn(&Scratch, Slot) -> i64) -> Self {
        let topology = scratch.topologies.of(key, core);
        let mut sums = Self {
            by_slot: vec![None; core.slots()],
            pods: vec![0; scratch.topologies.size(topology)],
        };
        for &slot in core.order() {
            let domain = scratch.topologies.domain(topology, slot);
            sums.by_slot[slot as usize] = domain;
            if let Some(domain) = domain {
                sums.pods[domain as usize] += of(scratch, slot);
            }
        }
        sums
    }

    /// Returns the number for a node's domain; None where the node lacks the label.
    pub fn at(&self, slot: Slot) -> Option<i64> {
        self.by_slot[slot as usize].map(|domain| self.pods[domain as usize])
    }
}

impl Nearness {
    /// Counts the pods that matter to this one.
    pub fn new(shape: &Shape, core: &Core, scratch: &mut Scratch, view: &View<'_>) -> Self {
        let namespace = view.get::<Namespace>("", &shape.namespace);
        let namespace_labels = namespace.map(|n| n.metadata.labels.clone());
        let mut nearness = Self {
            namespace_labels,
            ..Self::default()
        };
        let unwelcome: Vec<_> = scratch
            .existing(core)
            .iter()
            .filter(|e| e.term.wish == Wish::MustBeAway && !e.by_slot.is_empty())
            .filter(|e| nearness.means(&e.term, shape))
            .map(|e| (e.term.clone(), e.by_slot.clone()))
            .collect();
        for (term, by_slot) in unwelcome {
            let count = |_: &Scratch, slot| i64::from(by_slot.get(&slot).copied().unwrap_or(0));
            let sums = ByDomain::sum(&term.topology_key, core, scratch, count);
            nearness.unwelcome.push((term, sums));
        }
        let of = |wish| shape.terms.iter().filter(move |term| term.wish == wish);
        for term in of(Wish::MustBeAway) {
            let counter = scratch.counters.of(&term.selection, core);
            let count = |scratch: &Scratch, slot| i64::from(scratch.counters.count(counter, slot).all);
            let sums = ByDomain::sum(&term.topology_key, core, scratch, count);
            nearness.away.push((term.clone(), sums));
        }
        // A pod counts as near only when it meets all the terms at once (`podMatchesAllAffinityTerms`).
        let near: Vec<&Arc<Term>> = of(Wish::MustBeNear).collect();
        let selections: Vec<&Arc<Selection>> = near.iter().map(|term| &term.selection).collect();
        nearness.meets_own = selections
            .iter()
            .all(|selection| selection.matches(&shape.namespace, &shape.labels))
            && !near.is_empty();
        if let Some((first, others)) = selections.split_first() {
            let all = others
                .iter()
                .fold(Arc::clone(first), |all, next| Arc::new(all.and(next)));
            let counter = scratch.counters.of(&all, core);
            for term in near {
                let count = |scratch: &Scratch, slot| i64::from(scratch.counters.count(counter, slot).all);
                let sums = ByDomain::sum(&term.topology_key, core, scratch, count);
                nearness.near.push((term.clone(), sums));
            }
        }
        nearness
    }

    fn means(&self, term: &Term, shape: &Shape) -> bool {
        term.means(&shape.namespace, self.namespace_labels.as_ref(), &shape.labels)
    }

    /// Judges a node.
    pub fn check(&self, shape: &Shape, site: &Site<'_>) -> Verdict {
        if !self.has_all_near(site) {
            return Plugin::InterPodAffinity.rejects_for_good("node(s) didn't match pod affinity rules");
        }
        let imagined = |pods: &[Arc<Placed>], term: &Term| {
            let meant = |pod: &&Arc<Placed>| term.selection.matches(&pod.key.namespace, &pod.labels);
            pods.iter().filter(meant).count() as i64
        };
        for (term, sums) in &self.away {
            let change = imagined(site.plus, term) - imagined(site.minus, term);
            if sums.at(site.slot).is_some_and(|pods| pods + change > 0) {
                return Plugin::InterPodAffinity.rejects("node(s) didn't match pod anti-affinity rules");
            }
        }
        let having = |pods: &[Arc<Placed>], term: &Term| {
            let has = |pod: &&Arc<Placed>| pod.shape.terms.iter().any(|have| have.text == term.text);
            pods.iter().filter(has).count() as i64
        };
        for (term, sums) in &self.unwelcome {
            let change = having(site.plus, term) - having(site.minus, term);
            if sums.at(site.slot).is_some_and(|pods| pods + change > 0) {
                return Plugin::InterPodAffinity.rejects("node(s) didn't satisfy existing pods anti-affinity rules");
            }
        }
        // Pods imagined there may want this one away with terms that no placed pod has.
        let strangers = site.plus.iter().flat_map(|pod| &pod.shape.terms);
        let mut strangers = strangers.filter(|t| t.wish == Wish::MustBeAway && self.means(t, shape));
        if strangers.any(|t| site.node.metadata.labels.contains_key(&*t.topology_key)) {
            return Plugin::InterPodAffinity.rejects("node(s) didn't satisfy existing pods anti-affinity rules");
        }
        Ok(())
    }

    /// Says whether such pods as the pod wants near are near the node (`satisfyPodAffinity`).
    fn has_all_near(&self, site: &Site<'_>) -> bool {
        let meets_all = |pod: &&Arc<Placed>| {
            self.near
                .iter()
                .all(|(term, _)| term.selection.matches(&pod.key.namespace, &pod.labels))
        };
        let imagined =
            site.plus.iter().filter(meets_all).count() as i64 - site.minus.iter().filter(meets_all).count() as i64;
        let mut somewhere = false;
        let mut here = true;
        for (_, sums) in &self.near {
            let Some(pods) = sums.at(site.slot) else {
                return false;
            };
            here &= pods + imagined > 0;
            somewhere |= sums.pods.iter().sum::<i64>() + imagined > 0;
        }
        // The first of its kind may go anywhere.
        here || (!somewhere && self.meets_own)
    }
}
