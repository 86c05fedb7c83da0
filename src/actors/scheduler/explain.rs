//! Why a pod is where it is, or is nowhere: what each plugin says of each node.

use super::Scheduler;
use super::cycle::totals;
use super::filters::{Filtering, Site};
use super::plugin::{Plugin, Verdict};
use crate::actors::View;
use crate::api::Pod;
use std::sync::Arc;

/// What the plugins say of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeVerdicts {
    /// The node.
    pub node: Arc<str>,
    /// Each filter's verdict, in the order of the filters; the first that turns the pod down is the one that counts.
    pub verdicts: Vec<(Plugin, Verdict)>,
    /// The node's total score among the nodes that take the pod; None where a filter turns it down.
    pub score: Option<i64>,
}

/// What the scheduler would say of a pod now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// A plugin turns it away before any node is looked at.
    TurnedAway {
        /// Who.
        plugin: Plugin,
        /// In which words.
        message: String,
    },
    /// Each node with each plugin's verdict, in the order in which nodes are looked at.
    Nodes(Vec<NodeVerdicts>),
}

impl Scheduler {
    /// Says what each plugin thinks of each node for a pod, as the scheduler sees the cluster now. Changes nothing.
    ///
    /// All plugins are asked, also after the first that turns the pod down, and all nodes, however many would do.
    pub fn explain(&self, view: &View<'_>, pod: &Pod) -> Explanation {
        let mut cache = self.cache.clone();
        // Where the pod itself stands already does not count against it.
        cache.remove(pod.metadata.uid);
        let (core, scratch) = (&cache.core, &mut cache.scratch);
        let shape = scratch.shapes.of(pod, view, core.services);
        let filtering = match Filtering::new(pod, &shape, core, scratch, *view, &self.volumes) {
            Ok(filtering) => filtering,
            Err(by) => {
                return Explanation::TurnedAway {
                    plugin: by.plugin,
                    message: by.message,
                };
            }
        };
        let mut nodes = Vec::new();
        let mut feasible = Vec::new();
        for &slot in core.order() {
            let site = Site {
                slot,
                info: core.info(slot),
                node: core.node(slot),
                minus: &[],
                plus: &[],
            };
            let verdicts: Vec<_> = Plugin::FILTERS
                .into_iter()
                .map(|p| (p, filtering.ask(p, &site)))
                .collect();
            if verdicts.iter().all(|(_, verdict)| verdict.is_ok()) {
                feasible.push((slot, nodes.len()));
            }
            nodes.push(NodeVerdicts {
                node: core.info(slot).name.clone(),
                verdicts,
                score: None,
            });
        }
        let slots: Vec<_> = feasible.iter().map(|(slot, _)| *slot).collect();
        for ((_, place), total) in feasible.iter().zip(totals(&filtering, scratch, &slots)) {
            nodes[*place].score = Some(total);
        }
        Explanation::Nodes(nodes)
    }
}
