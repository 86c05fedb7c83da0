//! The scheduler (kube-scheduler 1.36, default profile): it gives each pod a node.
//!
//! A pod waits in the queue (`queue`), takes its turn (`cycle`), is turned down by `filters` or preferred by `scores`, is
//! bound with its claims (`binding`), or makes others go (`preemption`). What is known of nodes and pods is in `cache`.
//!
//! Left out: schedulers of other names and other profiles, extenders, resource claims, pod groups, and the metrics.

mod plugin;
mod selection;
mod term;
mod spread;
mod shape;
mod cache;
mod volumes;
mod filters;
mod scores;
mod nominated;
mod ranking;
mod lots;
mod cycle;
mod messages;
mod preemption;
mod queue;
mod happening;
mod binding;
mod heed;
mod attempt;
mod explain;
mod pairs;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use explain::{Explanation, NodeVerdicts};
pub use plugin::{Plugin, Rejection, Verdict};

use super::node_match;
use super::{Actor, Change, Effect, View};
use crate::api::{Key, Kind, Time};
use crate::store::Refusal;
use cache::Cache;
use lots::Lots;
use nominated::Nominated;
use queue::{Place, Queue};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use volumes::Volumes;

/// The name that pods must ask for.
const SCHEDULER_NAME: &str = "default-scheduler";

/// The scheduler's memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scheduler {
    queue: Queue,
    cache: Cache,
    volumes: Volumes,
    nominated: Nominated,
    /// Where the next cycle begins to look.
    start: usize,
    /// What was laid down for draws among equally good nodes.
    lots: Lots,
    /// Under which key another pod was worked on, because that one is more important.
    #[serde(with = "pairs")]
    on_behalf: BTreeMap<Key, Key>,
}

impl Actor for Scheduler {
    const NAME: &'static str = SCHEDULER_NAME;
    const SERIAL: bool = true;

    fn watches(&self) -> Vec<Kind> {
        vec![
            Kind::Pod,
            Kind::Node,
            Kind::CsiNode,
            Kind::StorageClass,
            Kind::PersistentVolume,
            Kind::PersistentVolumeClaim,
            Kind::VolumeAttachment,
            Kind::Service,
            Kind::Namespace,
        ]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        self.take_notice(change, view, wake);
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        self.on_behalf.remove(key);
        let mut effects = self.take_turn(view, key);
        // Whoever backs off without need goes when nobody else is waiting.
        if let Some(next) = self.queue.impatient() {
            effects.push(Effect::WakeAt(next.clone(), view.now));
        }
        effects
    }

    fn refused(&mut self, view: &View<'_>, key: &Key, _effect: &Effect, refusal: &Refusal) -> Vec<Effect> {
        let worked_on = self.on_behalf.remove(key).unwrap_or_else(|| key.clone());
        self.take_back(view, &worked_on, &refusal.to_string())
    }
}

impl Scheduler {
    /// Lays down which of some equally good nodes the next pod gets whose name matches a pattern.
    pub fn lay_lot(&mut self, pods: &str, node: &str) {
        self.lots.lay(pods, node);
    }

    /// Returns when a pod is tried again though nothing happens that could help it; None when its turn is now, or when
    /// only a change brings it back.
    pub fn tries_again_at(&self, pod: &Key) -> Option<Time> {
        self.queue.tries_again_at(pod)
    }

    /// Does what is to be done about a pod now, or about a more important one whose turn comes first.
    fn take_turn(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(entry) = self.queue.get(key) else {
            return vec![];
        };
        match &entry.place {
            Place::Gated => return vec![],
            Place::Binding(_) => return self.go_on_binding(view, key),
            Place::Waiting(_) if !entry.has_waited_enough(view.now) => return vec![],
            Place::Waiting(_) => {
                self.queue.requeue(key, view.now);
            }
            Place::BackOff(until) if *until > view.now && self.queue.impatient() != Some(key) => {
                return vec![Effect::WakeAt(key.clone(), *until)];
            }
            Place::BackOff(_) => self.queue.activate(key),
            Place::Active(_) => (),
        }
        if self.queue.may_go(key) {
            return self.attempt(view, key);
        }
        // The kernel brings keys in order of arrival; the queue goes by importance. So this turn is given away, and the
        // key comes once more.
        let Some(head) = self.queue.head().cloned() else {
            return vec![];
        };
        self.on_behalf.insert(key.clone(), head.clone());
        let mut effects = vec![Effect::WakeAt(key.clone(), view.now)];
        effects.extend(self.attempt(view, &head));
        effects
    }
}
