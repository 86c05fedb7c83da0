//! One scheduling cycle: which node a pod goes to, or why it goes nowhere (pkg/scheduler/schedule_one.go).

use super::cache::Core;
use super::cache::node::{NodeInfo, Placed};
use super::cache::scratch::Scratch;
use super::cache::tree::Slot;
use super::filters::pod_topology_spread::includes;
use super::filters::volume_binding::{Plan, plan};
use super::filters::{Filtering, Site, TurnedAway};
use super::node_match::named_nodes;
use super::nominated::Nominated;
use super::plugin::{Plugin, Plugins, Rejection, Verdict};
use super::ranking;
use super::scores::{self, Compared, Raw};
use super::shape::Shape;
use super::spread::Constraint;
use super::volumes::Volumes;
use crate::actors::View;
use crate::api::{Node, Pod, Uid};
use std::sync::Arc;

/// What a cycle works with.
pub struct Cycle<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// What it asks for.
    pub shape: &'a Arc<Shape>,
    /// The nodes and the pods on them.
    pub core: &'a Core,
    /// Claims and volumes.
    pub volumes: &'a Volumes,
    /// Pods that wait for room that others are making.
    pub nominated: &'a Nominated,
    /// The node that it gets if that is among the best.
    pub lot: Option<&'a str>,
    /// The API as the scheduler sees it.
    pub view: View<'a>,
}

/// A node for a pod.
#[derive(Debug)]
pub struct Chosen {
    /// The node.
    pub slot: Slot,
    /// What is to be done about the pod's claims.
    pub plan: Plan,
    /// Where the next cycle begins to look.
    pub next_start: usize,
}

/// Why a pod goes nowhere.
#[derive(Debug)]
pub enum Failure<'a> {
    /// There is no node.
    NoNodes,
    /// A plugin turned the pod away before any node was looked at.
    TurnedAway {
        /// Who, and in which words.
        by: TurnedAway,
        /// How many nodes there are.
        nodes: usize,
    },
    /// Each node was turned down.
    Unfit(Box<Unfit<'a>>),
}

/// What became of each node, and all that is needed to look at nodes once more.
pub struct Unfit<'a> {
    /// What the filters know.
    pub filtering: Filtering<'a>,
    /// Why each node that was looked at was turned down.
    pub rejections: Vec<(Slot, Rejection)>,
    /// Why the others were not even looked at.
    pub unseen: Option<&'static str>,
    /// The plugins that turned nodes down.
    pub plugins: Plugins,
    /// Where the next cycle begins to look.
    pub next_start: usize,
}

impl std::fmt::Debug for Unfit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.rejections).finish()
    }
}

/// Returns how many nodes that take the pod are enough (`numFeasibleNodesToFind`): all of fewer than a hundred, then a
/// share that sinks from half to a twentieth.
pub fn feasible_to_find(nodes: usize) -> usize {
    if nodes < 100 {
        return nodes;
    }
    let percent = (50usize.saturating_sub(nodes / 125)).max(5);
    (nodes * percent / 100).max(100)
}

/// Returns which of some equally good nodes is taken.
///
/// Kubernetes draws; here it follows from the pod's uid, which is drawn from the seed, so that the same seed gives the
/// same choice and another seed another. (The recorded 1.36.2 did not draw at all: there the first of the list won.)
pub fn tie(uid: Uid, ties: usize) -> Option<usize> {
    let mut z = (uid.0 as u64) ^ ((uid.0 >> 64) as u64).rotate_left(32);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z as usize).checked_rem(ties)
}

impl<'a> Cycle<'a> {
    /// Finds a node, the short way where others asked for the same before and the pod is a simple one.
    pub fn run(self, scratch: &mut Scratch, start: usize) -> Result<Chosen, Failure<'a>> {
        let nodes = self.core.order().len();
        if nodes == 0 {
            return Err(Failure::NoNodes);
        }
        let start = start % nodes;
        let is_free = self.nominated.is_empty() && self.pod.status.nominated_node_name.is_empty();
        if is_free && self.lot.is_none() && self.pod.claims().next().is_none() {
            let pick = ranking::pick(self.pod, self.shape, self.core, scratch, &self.view, start);
            if let Some(pick) = pick {
                return Ok(Chosen {
                    slot: pick.slot,
                    plan: Plan::default(),
                    next_start: (start + pick.looked_at) % nodes,
                });
            }
        }
        self.run_the_long_way(scratch, start)
    }

    /// Finds a node by asking all plugins about one node after another.
    pub fn run_the_long_way(self, scratch: &mut Scratch, start: usize) -> Result<Chosen, Failure<'a>> {
        let Self {
            pod,
            shape,
            core,
            volumes,
            nominated,
            lot,
            view,
        } = self;
        let nodes = core.order().len();
        let turned_away = |by| Failure::TurnedAway { by, nodes };
        let filtering = Filtering::new(pod, shape, core, scratch, view, volumes).map_err(turned_away)?;
        // The node for which others made room is tried first, alone.
        if let Some(slot) = core.slot(&pod.status.nominated_node_name)
            && check_with_nominated(&filtering, nominated, slot, core.info(slot), &[]).is_ok()
        {
            return Ok(chosen(&filtering, slot, start));
        }
        let named = named_nodes(pod);
        let confined: Option<Vec<Slot>> = named.map(|names| names.iter().filter_map(|name| core.slot(name)).collect());
        let nodes = confined.as_deref().unwrap_or(core.order());
        let wanted = feasible_to_find(nodes.len());
        let (mut feasible, mut rejections) = (Vec::new(), Vec::new());
        let mut plugins = Plugins::default();
        if confined.is_some() {
            plugins.insert(Plugin::NodeAffinity);
        }
        for i in 0..nodes.len() {
            let slot = nodes[(start + i) % nodes.len()];
            match check_with_nominated(&filtering, nominated, slot, core.info(slot), &[]) {
                Ok(()) => feasible.push(slot),
                Err(rejection) => {
                    plugins.insert(rejection.plugin);
                    rejections.push((slot, rejection));
                }
            }
            if feasible.len() == wanted {
                break;
            }
        }
        let next_start = (start + feasible.len() + rejections.len()) % core.order().len();
        let Some(slot) = prefer(&filtering, scratch, &feasible, lot) else {
            return Err(Failure::Unfit(Box::new(Unfit {
                filtering,
                rejections,
                unseen: confined.map(|_| "node(s) didn't satisfy plugin(s) [NodeAffinity]"),
                plugins,
                next_start,
            })));
        };
        Ok(chosen(&filtering, slot, next_start))
    }
}

fn chosen(filtering: &Filtering<'_>, slot: Slot, next_start: usize) -> Chosen {
    let plan = plan(filtering, filtering.core.node(slot)).unwrap_or_default();
    Chosen { slot, plan, next_start }
}

/// Returns the best of the nodes that take the pod.
fn prefer(filtering: &Filtering<'_>, scratch: &mut Scratch, feasible: &[Slot], lot: Option<&str>) -> Option<Slot> {
    if let [one] = feasible {
        return Some(*one);
    }
    let totals = totals(filtering, scratch, feasible);
    let best = totals.iter().max();
    let best: Vec<Slot> = feasible
        .iter()
        .zip(&totals)
        .filter(|(_, t)| Some(*t) == best)
        .map(|(s, _)| *s)
        .collect();
    let named = lot.and_then(|lot| best.iter().find(|slot| *filtering.core.info(**slot).name == *lot));
    named
        .copied()
        .or_else(|| tie(filtering.pod.metadata.uid, best.len()).map(|i| best[i]))
}

/// Returns the total score of each candidate.
pub fn totals(filtering: &Filtering<'_>, scratch: &mut Scratch, candidates: &[Slot]) -> Vec<i64> {
    let Filtering {
        pod, shape, core, view, ..
    } = filtering;
    let counts = |constraint: &Constraint, slot| includes(constraint, pod, core.node(slot));
    let spread = scores::pod_topology_spread::raws(shape, core, scratch, candidates, counts);
    let near = scores::inter_pod_affinity::raws(shape, core, scratch, view, candidates);
    let figures = candidates.iter().zip(spread).zip(near);
    let raws: Vec<Raw> = figures
        .map(|((slot, spread), near)| Raw {
            spread,
            near,
            ..scores::raw(pod, shape, core, *slot)
        })
        .collect();
    scores::totals(&raws, Compared::of(shape))
}

/// Asks all filters about a node: with the pods that wait for room there and are at least as important, and, if there
/// are such pods, once more without them (`RunFilterPluginsWithNominatedPods`). `info` is the node without `minus`.
pub fn check_with_nominated(
    filtering: &Filtering<'_>,
    nominated: &Nominated,
    slot: Slot,
    info: &NodeInfo,
    minus: &[Arc<Placed>],
) -> Verdict {
    let node: &Node = filtering.core.node(slot);
    let plus = nominated.on(&info.name, filtering.shape.priority(), filtering.pod.metadata.uid);
    if !plus.is_empty() {
        let mut crowded = info.clone();
        for pod in &plus {
            crowded.add(pod.clone());
        }
        let info = &crowded;
        filtering.check(&Site {
            slot,
            info,
            node,
            minus,
            plus: &plus,
        })?;
    }
    filtering.check(&Site {
        slot,
        info,
        node,
        minus,
        plus: &[],
    })
}
