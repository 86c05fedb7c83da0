//! The short way to a node for pods of a shape that was met before: what was found out about each node is kept, and only
//! the nodes that changed since are looked at again.
//!
//! Nodes that look alike to such a pod (same figures, same standing in each topology) are one class; the pod's choice is
//! worked out for the few classes, not for the hundreds of nodes. The choice is the very one of the long way
//! (`cycle.rs`); a property test holds the two against each other.

use super::cache::Core;
use super::cache::counters::CounterId;
use super::cache::scratch::Scratch;
use super::cache::topology::{Domain, TopologyId};
use super::cache::tree::Slot;
use super::cycle::{feasible_to_find, tie};
use super::filters::check_node_alone;
use super::filters::pod_topology_spread::{includes, topologies};
use super::node_match::named_nodes;
use super::scores::pod_topology_spread::{Crowding, Standing};
use super::scores::{self, Compared, Raw};
use super::shape::Shape;
use super::spread::HOSTNAME;
use crate::actors::View;
use crate::api::{Namespace, Pod};
use std::collections::BTreeMap;

/// How many soft constraints a class can tell apart; the system's own are two.
const CONSTRAINTS: usize = 2;

/// No class: pods of the shape cannot run on the node.
const NOWHERE: u32 = u32::MAX;

/// What makes two nodes alike to a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    alone: i64,
    taints: i64,
    affinity: i64,
    /// Whether it has the labels that it must have to be scored for spreading.
    is_spread: bool,
    standings: [Standing; CONSTRAINTS],
}

/// A node as it was last looked at.
#[derive(Clone, Copy, Debug)]
struct Seen {
    class: u32,
    /// What its pods add to a domain, by constraint.
    adds: [Option<(Domain, i64)>; CONSTRAINTS],
}

/// The nodes as pods of one shape see them.
#[derive(Debug)]
struct Ranking {
    /// How much of the list of changes it has seen.
    seen_until: u64,
    /// How many terms of placed pods it was made for.
    terms: usize,
    compared: Compared,
    topologies: Vec<TopologyId>,
    counters: Vec<CounterId>,
    seen: Vec<Seen>,
    /// The class of each node, in the order in which nodes are looked at.
    classes_in_order: Vec<u32>,
    /// The place of each node in that order.
    position: Vec<u32>,
    likenesses: Vec<Likeness>,
    classes: BTreeMap<Likeness, u32>,
    /// The pods in each domain, by constraint.
    pods: Vec<Vec<i64>>,
    /// Room for counting the members of classes.
    members: Vec<u32>,
}

/// The rankings of the shapes met lately.
#[derive(Debug, Default)]
pub struct Rankings {
    by_shape: BTreeMap<u64, Ranking>,
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

/// How many classes and figures are kept before a ranking, or all of them, are made anew.
const MOST: (usize, usize) = (4096, 2 << 20);

impl Rankings {
    /// Takes notice of a change of a node or of its pods.
    pub fn changed(&mut self, slot: Slot, slots: usize) {
        if self.by_shape.is_empty() {
            return;
        }
        if self.changes.len() > 2 * slots + 1024 {
            self.forgotten += self.changes.len() as u64;
            self.changes.clear();
        }
        self.changes.push(slot);
    }

    /// Returns how many shapes have a ranking.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.by_shape.len()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.by_shape.clear();
        self.forgotten += self.changes.len() as u64;
        self.changes.clear();
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
        && shape.spreading.soft.len() <= CONSTRAINTS
        && pod.spec.node_name.is_empty()
        && named_nodes(pod).is_none();
    if !simple {
        return None;
    }
    let terms = scratch.existing(core).len();
    let mut rankings = std::mem::take(&mut scratch.rankings);
    if rankings.by_shape.len() * core.slots() > MOST.1 {
        rankings.clear();
    }
    let end = rankings.forgotten + rankings.changes.len() as u64;
    let known = rankings.by_shape.remove(&shape.id);
    let usable = |r: &Ranking| r.seen_until >= rankings.forgotten && r.terms == terms && r.likenesses.len() < MOST.0;
    let ranking = match known.filter(usable) {
        Some(mut ranking) => {
            let unseen = (ranking.seen_until - rankings.forgotten) as usize;
            for slot in &rankings.changes[unseen..] {
                ranking.look(pod, shape, core, scratch, *slot);
            }
            Some(ranking)
        }
        // A placed pod that has a wish about pods like this one takes it the long way.
        None if is_meant(shape, core, scratch, view) => None,
        None => Some(Ranking::new(pod, shape, core, scratch, terms)),
    };
    let pick = ranking.and_then(|mut ranking| {
        ranking.seen_until = end;
        let pick = ranking.pick(pod, shape, core, start);
        rankings.by_shape.insert(shape.id, ranking);
        pick
    });
    scratch.rankings = rankings;
    pick
}

/// Says whether a placed pod has a wish about pods of a shape.
fn is_meant(shape: &Shape, core: &Core, scratch: &mut Scratch, view: &View<'_>) -> bool {
    let namespace = view.get::<Namespace>("", &shape.namespace);
    let labels = namespace.map(|n| &n.metadata.labels);
    let mut existing = scratch.existing(core).iter();
    existing.any(|e| e.term.means(&shape.namespace, labels, &shape.labels))
}

impl Ranking {
    /// Looks at all nodes.
    fn new(pod: &Pod, shape: &Shape, core: &Core, scratch: &mut Scratch, terms: usize) -> Self {
        let constraints = &shape.spreading.soft;
        let unseen = Seen {
            class: NOWHERE,
            adds: [None; CONSTRAINTS],
        };
        let mut ranking = Self {
            seen_until: 0,
            terms,
            compared: Compared::of(shape),
            topologies: topologies(constraints, core, scratch),
            counters: constraints
                .iter()
                .map(|c| scratch.counters.of(&c.selection, core))
                .collect(),
            seen: vec![unseen; core.slots()],
            classes_in_order: vec![NOWHERE; core.order().len()],
            position: vec![0; core.slots()],
            likenesses: Vec::new(),
            classes: BTreeMap::new(),
            pods: vec![Vec::new(); constraints.len()],
            members: Vec::new(),
        };
        for (position, slot) in core.order().iter().enumerate() {
            ranking.position[*slot as usize] = position as u32;
            ranking.look(pod, shape, core, scratch, *slot);
        }
        ranking
    }

    /// Looks at a node again.
    fn look(&mut self, pod: &Pod, shape: &Shape, core: &Core, scratch: &Scratch, slot: Slot) {
        let Some(node) = &core.info(slot).node else {
            return;
        };
        let place = slot as usize;
        let domain = |i: usize| scratch.topologies.domain(self.topologies[i], slot);
        let constraints = &shape.spreading.soft;
        let is_spread = !shape.spreading.requires_all_labels || (0..constraints.len()).all(|i| domain(i).is_some());
        let mut standings = [Standing::Nowhere; CONSTRAINTS];
        for (i, constraint) in constraints.iter().enumerate() {
            let live = i64::from(scratch.counters.count(self.counters[i], slot).live);
            let mut adds = None;
            match domain(i) {
                None => (),
                Some(_) if *constraint.topology_key == *HOSTNAME => standings[i] = Standing::Alone(live),
                Some(domain) => {
                    standings[i] = Standing::In(domain);
                    let counts = is_spread && includes(constraint, pod, node);
                    adds = counts.then_some((domain, live));
                }
            }
            let sums = &mut self.pods[i];
            let before = std::mem::replace(&mut self.seen[place].adds[i], adds);
            for (change, sign) in [(before, -1), (adds, 1)] {
                if let Some((domain, live)) = change {
                    let domain = domain as usize;
                    sums.resize(sums.len().max(domain + 1), 0);
                    sums[domain] += sign * live;
                }
            }
        }
        let class = match check_node_alone(pod, shape, core.info(slot), node) {
            Err(_) => NOWHERE,
            Ok(()) => {
                let raw = scores::raw(pod, shape, core, slot);
                self.class_of(Likeness {
                    alone: raw.alone,
                    taints: raw.taints,
                    affinity: raw.affinity,
                    is_spread,
                    standings,
                })
            }
        };
        self.seen[place].class = class;
        self.classes_in_order[self.position[place] as usize] = class;
    }

    fn class_of(&mut self, likeness: Likeness) -> u32 {
        let new = self.likenesses.len() as u32;
        let class = *self.classes.entry(likeness).or_insert(new);
        if class == new {
            self.likenesses.push(likeness);
            self.members.push(0);
        }
        class
    }

    /// Chooses among the first nodes from `start` on that take the pod, as many as are to be found.
    fn pick(&mut self, pod: &Pod, shape: &Shape, core: &Core, start: usize) -> Option<Pick> {
        let nodes = self.classes_in_order.len();
        let wanted = feasible_to_find(nodes);
        let (after, before) = self.classes_in_order.split_at_checked(start)?;
        let in_order = || before.iter().chain(after);
        let (mut found, mut looked_at) = (0, 0);
        let mut met: Vec<u32> = Vec::new();
        for &class in in_order() {
            looked_at += 1;
            if class == NOWHERE {
                continue;
            }
            let members = &mut self.members[class as usize];
            if *members == 0 {
                met.push(class);
            }
            *members += 1;
            found += 1;
            if found == wanted {
                break;
            }
        }
        let best = self.best_of(shape, &met);
        let ties: u32 = best.iter().map(|class| self.members[*class as usize]).sum();
        for class in &met {
            self.members[*class as usize] = 0;
        }
        let mut left = tie(pod.metadata.uid, ties as usize)?;
        let at = in_order().position(|class| {
            let is_best = best.contains(class);
            let chosen = is_best && left == 0;
            left = left.saturating_sub(usize::from(is_best));
            chosen
        })?;
        Some(Pick {
            slot: core.order()[(start + at) % nodes],
            looked_at,
        })
    }

    /// Returns the classes with the best total among those that were met.
    fn best_of(&self, shape: &Shape, met: &[u32]) -> Vec<u32> {
        let constraints = &shape.spreading.soft;
        let spread = || met.iter().filter(|class| self.likenesses[**class as usize].is_spread);
        let domains = constraints.iter().enumerate().map(|(i, constraint)| {
            if *constraint.topology_key == *HOSTNAME {
                return spread().map(|class| self.members[*class as usize] as usize).sum();
            }
            let mut seen: Vec<Standing> = spread()
                .map(|class| self.likenesses[*class as usize].standings[i])
                .collect();
            seen.sort_unstable();
            seen.dedup();
            seen.len()
        });
        let crowding = Crowding::new(constraints, domains, &self.pods);
        let raw = |class: &u32| {
            let like = &self.likenesses[*class as usize];
            Raw {
                alone: like.alone,
                taints: like.taints,
                affinity: like.affinity,
                spread: (!constraints.is_empty() && like.is_spread).then(|| crowding.raw(&like.standings)),
                near: 0,
            }
        };
        let raws: Vec<Raw> = met.iter().map(raw).collect();
        let totals = scores::totals(&raws, self.compared);
        let best = totals.iter().max();
        let classes = met.iter().zip(&totals).filter(|(_, total)| Some(*total) == best);
        classes.map(|(class, _)| *class).collect()
    }
}
