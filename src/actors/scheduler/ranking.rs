//! The short way to a node for a pod that asks of a node what another asked before: what was found out about each node is
//! kept, and only the nodes that changed since are looked at again.
//!
//! Most pods of a cluster ask for the same few things, whichever Deployment they are of; what differs is how many pods of
//! their own kind are where, and that is counted anyhow. The choice is the very one of the long way (`cycle.rs`); a
//! property test holds the two against each other.

use super::cache::Core;
use super::cache::scratch::Scratch;
use super::cache::tree::Slot;
use super::cycle::{feasible_to_find, tie};
use super::filters::check_node_alone;
use super::node_match::{meets_requirements, named_nodes, untolerated};
use super::scores::pod_topology_spread::raws;
use super::scores::{self, Compared, Raw};
use super::shape::Shape;
use super::spread::Constraint;
use super::term::Term;
use crate::actors::View;
use crate::api::{Namespace, Pod};
use std::collections::BTreeMap;

/// What a node is to pods that ask for the same.
#[derive(Clone, Copy, Debug, Default)]
struct Sight {
    /// Its figures; None: it does not take them.
    figures: Option<Raw>,
    /// Whether it has the labels that they must have.
    meets_affinity: bool,
    /// Whether they bear its taints.
    is_borne: bool,
}

/// The nodes as pods see them that ask for the same.
#[derive(Debug)]
struct Ranking {
    /// How much of the list of changes it has seen.
    seen_until: u64,
    /// The nodes by their places.
    sights: Vec<Sight>,
}

/// The rankings for what was asked for lately.
#[derive(Debug, Default)]
pub struct Rankings {
    /// By what is asked for; None: it was asked for once, and that is no reason yet to look at all nodes.
    by_profile: BTreeMap<u64, Option<Ranking>>,
    /// The shapes that no placed pod has a wish about, with the number of terms of placed pods when that was found.
    unmeant: BTreeMap<u64, usize>,
    changes: Vec<Slot>,
    forgotten: u64,
}

/// What the short way found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The node.
    pub slot: Slot,
    /// How many nodes were looked at.
    pub looked_at: usize,
}

/// How many sights and shapes are kept before all are made anew.
const MOST: (usize, usize) = (1 << 20, 8192);

impl Rankings {
    /// Takes notice of a change of a node or of its pods.
    pub fn changed(&mut self, slot: Slot, slots: usize) {
        if self.by_profile.is_empty() {
            return;
        }
        if self.changes.len() > 2 * slots + 1024 {
            self.forgotten += self.changes.len() as u64;
            self.changes.clear();
        }
        self.changes.push(slot);
    }

    /// Returns how many rankings there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.by_profile.values().flatten().count()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.by_profile.clear();
        self.unmeant.clear();
        self.forgotten += self.changes.len() as u64;
        self.changes.clear();
    }

    /// Returns the changes that a ranking has not seen; None: some of them are forgotten, or they are so many that to
    /// look at all nodes is less work.
    fn unseen_by(&self, ranking: &Ranking) -> Option<&[Slot]> {
        let seen = ranking.seen_until.checked_sub(self.forgotten)?;
        let unseen = self.changes.get(seen as usize..)?;
        (unseen.len() < ranking.sights.len()).then_some(unseen)
    }

    /// Takes out the ranking for a profile, with all changes seen. None where pods ask for it for the first time.
    fn take(&mut self, pod: &Pod, shape: &Shape, core: &Core) -> Option<Ranking> {
        if self.by_profile.len() * core.slots() > MOST.0 || self.unmeant.len() > MOST.1 {
            self.clear();
        }
        let mut known = self.by_profile.insert(shape.profile, None)?;
        let unseen = known.as_ref().and_then(|ranking| self.unseen_by(ranking));
        let mut ranking = match (unseen, known.take()) {
            (Some(unseen), Some(mut ranking)) => {
                for slot in unseen {
                    ranking.look(pod, shape, core, *slot);
                }
                ranking
            }
            _ => Ranking::new(pod, shape, core),
        };
        ranking.seen_until = self.forgotten + self.changes.len() as u64;
        Some(ranking)
    }
}

/// Finds the node of a pod the short way. None: the pod needs the long way, or no node takes it.
pub fn pick(
    pod: &Pod,
    shape: &Shape,
    core: &Core,
    scratch: &mut Scratch,
    view: &View<'_>,
    start: usize,
) -> Option<Pick> {
    let simple = shape.terms.is_empty()
        && shape.spreading.hard.is_empty()
        && pod.spec.node_name.is_empty()
        && named_nodes(pod).is_none();
    if !simple || is_meant(shape, core, scratch, view) {
        return None;
    }
    let ranking = scratch.rankings.take(pod, shape, core)?;
    let pick = ranking.pick(pod, shape, core, scratch, start);
    scratch.rankings.by_profile.insert(shape.profile, Some(ranking));
    pick
}

/// Says whether a placed pod has a wish about pods of a shape.
fn is_meant(shape: &Shape, core: &Core, scratch: &mut Scratch, view: &View<'_>) -> bool {
    let terms = scratch.existing(core).len();
    if terms == 0 || scratch.rankings.unmeant.get(&shape.id) == Some(&terms) {
        return false;
    }
    let namespace = view.get::<Namespace>("", &shape.namespace);
    let labels = namespace.map(|n| &n.metadata.labels);
    let means = |term: &Term| term.means(&shape.namespace, labels, &shape.labels);
    let is_meant = scratch.existing(core).iter().any(|existing| means(&existing.term));
    if !is_meant {
        scratch.rankings.unmeant.insert(shape.id, terms);
    }
    is_meant
}

impl Ranking {
    /// Looks at all nodes.
    fn new(pod: &Pod, shape: &Shape, core: &Core) -> Self {
        let mut ranking = Self {
            seen_until: 0,
            sights: vec![Sight::default(); core.slots()],
        };
        for slot in core.order() {
            ranking.look(pod, shape, core, *slot);
        }
        ranking
    }

    /// Looks at a node again.
    fn look(&mut self, pod: &Pod, shape: &Shape, core: &Core, slot: Slot) {
        let info = core.info(slot);
        // A place without a node is in no order; when a node comes there, all rankings are made anew.
        let (Some(node), Some(sight)) = (&info.node, self.sights.get_mut(slot as usize)) else {
            return;
        };
        let takes_it = check_node_alone(pod, shape, info, node).is_ok();
        *sight = Sight {
            figures: takes_it.then(|| scores::raw(pod, shape, core, slot)),
            meets_affinity: meets_requirements(pod, node),
            is_borne: untolerated(&node.spec.taints, &pod.spec.tolerations).is_none(),
        };
    }

    /// Says whether the pods of a node count for a constraint, as `filters::pod_topology_spread::includes` does.
    fn includes(&self, constraint: &Constraint, slot: Slot) -> bool {
        let Some(sight) = self.sights.get(slot as usize) else {
            return false;
        };
        (!constraint.honours_affinity || sight.meets_affinity) && (!constraint.honours_taints || sight.is_borne)
    }

    /// Chooses among the first nodes from `start` on that take the pod, as many as are to be found.
    fn pick(&self, pod: &Pod, shape: &Shape, core: &Core, scratch: &mut Scratch, start: usize) -> Option<Pick> {
        let (last, first) = core.order().split_at_checked(start)?;
        let wanted = feasible_to_find(core.order().len());
        let (mut feasible, mut figures) = (Vec::with_capacity(wanted), Vec::with_capacity(wanted));
        let mut looked_at = 0;
        for &slot in first.iter().chain(last) {
            looked_at += 1;
            let Some(raw) = self.sights.get(slot as usize).and_then(|sight| sight.figures) else {
                continue;
            };
            feasible.push(slot);
            figures.push(raw);
            if feasible.len() == wanted {
                break;
            }
        }
        let crowds = raws(shape, core, scratch, &feasible, |constraint, slot| {
            self.includes(constraint, slot)
        });
        for (raw, spread) in figures.iter_mut().zip(crowds) {
            raw.spread = spread;
        }
        let totals = scores::totals(&figures, Compared::of(shape));
        let best = totals.iter().max()?;
        let ties = || feasible.iter().zip(&totals).filter(|(_, total)| *total == best);
        let (slot, _) = ties().nth(tie(pod.metadata.uid, ties().count())?)?;
        Some(Pick { slot: *slot, looked_at })
    }
}
