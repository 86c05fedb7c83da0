//! How many pods a set has, kept up to date pod by pod.

use crate::api::{Meta, Pod, ReplicaSet, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The pods that name a set as their manager, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    active: i64,
    ready: i64,
    terminating: i64,
    /// The names of those whose labels are not all that the selector and the template say.
    pub odd: BTreeSet<Arc<str>>,
}

/// The pods that are a set's at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Census {
    /// Neither ended nor asked to go.
    pub active: i64,
    /// Active, with all the labels of the template.
    pub labelled: i64,
    /// Active and ready.
    pub ready: i64,
    /// Active, and ready for long enough.
    pub available: i64,
    /// Asked to go, and not yet ended.
    pub terminating: i64,
    /// When the next ready pod will have been ready for long enough.
    pub next_available: Option<Time>,
}

/// Returns whether a pod is active, ready and terminating, as numbers.
fn facts(pod: &Pod) -> (i64, i64, i64) {
    let active = pod.is_active();
    let terminating = pod.metadata.is_terminating() && !pod.status.phase.is_terminal();
    (
        i64::from(active),
        i64::from(active && pod.is_ready()),
        i64::from(terminating),
    )
}

/// Says whether a change of a pod can matter to its set.
pub(super) fn changes(before: &Pod, after: &Pod) -> bool {
    facts(before) != facts(after)
}

/// Says whether a pod has all the labels of the set's template.
pub(super) fn is_fully_labelled(set: &ReplicaSet, pod: &Meta) -> bool {
    let template = &set.spec.template.metadata.labels;
    template.same(&pod.labels) || template.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
}

/// Says whether a pod's labels are all that the selector and the template say.
pub(super) fn is_regular(set: &ReplicaSet, pod: &Meta) -> bool {
    is_fully_labelled(set, pod) && set.spec.selector.matches(&pod.labels)
}

impl Tally {
    /// Counts a pod.
    pub fn add(&mut self, pod: &Pod) {
        let (active, ready, terminating) = facts(pod);
        self.active += active;
        self.ready += ready;
        self.terminating += terminating;
    }

    /// Counts a pod no longer.
    pub fn take(&mut self, pod: &Pod) {
        let (active, ready, terminating) = facts(pod);
        self.active -= active;
        self.ready -= ready;
        self.terminating -= terminating;
    }

    /// Remembers whether a pod's labels are odd; while its set is not to be seen they may be.
    pub fn judge(&mut self, set: Option<&ReplicaSet>, pod: &Meta) {
        if set.is_some_and(|set| is_regular(set, pod)) {
            self.odd.remove(&pod.name);
        } else {
            self.odd.insert(pod.name.clone());
        }
    }

    /// Says whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the counts so far.
    pub fn census(&self) -> Census {
        Census {
            active: self.active,
            ready: self.ready,
            terminating: self.terminating,
            ..Census::default()
        }
    }
}

impl Census {
    /// Counts a pod `times` times.
    pub fn count(&mut self, pod: &Pod, times: i64) {
        let (active, ready, terminating) = facts(pod);
        self.active += active * times;
        self.ready += ready * times;
        self.terminating += terminating * times;
    }
}
