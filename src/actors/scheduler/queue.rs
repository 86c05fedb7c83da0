//! The scheduling queue: which pods wait, what for, and whose turn it is (pkg/scheduler/backend/queue).
//!
//! The kernel brings keys; the queue knows what is to be done about each. Pods that no node takes wait for something to
//! happen that could help them; after a failed attempt a pod backs off, but one that was merely turned down need not
//! sit its back-off out when nobody else is waiting (`SchedulerPopFromBackoffQ`).

use super::binding::Binding;
use super::pairs;
use super::plugin::{Plugin, Plugins};
use crate::api::{ByKey, Key, Pod, Resource, Time, Uid};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The shortest and the longest back-off, in milliseconds (`podInitialBackoffSeconds`, `podMaxBackoffSeconds`).
const BACK_OFF_MS: (i64, i64) = (1_000, 10_000);

/// How often it is looked whether a back-off after an error is over (`flushBackoffQCompleted`). The loop is in no step with
/// the whole seconds to which back-offs are cut: here it comes round in the middle between two of them.
const BEAT_MS: i64 = 1_000;

/// How long a pod waits for something to happen before it is tried anyway, and how often that is looked at
/// (`DefaultPodMaxInUnschedulablePodsDuration`, `flushUnschedulablePodsLeftover`).
const FLUSH_MS: (i64, i64) = (300_000, 30_000);

/// Where a pod stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Place {
    /// It is to be tried next; the number tells who came first.
    Active(u64),
    /// It backs off until an instant.
    BackOff(#[serde(with = "crate::api::exact")] Time),
    /// It waits for something to happen, since an instant.
    Waiting(#[serde(with = "crate::api::exact")] Time),
    /// It has scheduling gates.
    Gated,
    /// It has a node and is being bound to it.
    Binding(Box<Binding>),
}

/// A pod in the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The pod, as last heard of.
    #[serde(with = "crate::pack::shared")]
    pub pod: Arc<Pod>,
    /// Where it stands.
    pub place: Place,
    /// The plugins that turned it down when it was last tried.
    pub turned_down_by: Plugins,
    /// How often in a row it was turned down.
    turned_down: u32,
    /// How often in a row something went wrong.
    errors: u32,
    /// When its last attempt ended.
    #[serde(with = "crate::api::exact")]
    tried_at: Time,
    /// Whether the removal of other pods for it is on its way.
    pub preempts: bool,
}

/// The pods that have no node yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Queue {
    entries: ByKey<Key, Entry>,
    #[serde(with = "pairs")]
    active: BTreeMap<(Reverse<i64>, u64), Key>,
    /// Pods that back off without an error, by the millisecond until when: they may go first when nobody is active.
    impatient: BTreeSet<(i64, Key)>,
    /// The pods that wait, by the plugins that turned them down.
    #[serde(with = "pairs")]
    waiting: BTreeMap<Plugin, BTreeSet<Key>>,
    count: u64,
}

impl Entry {
    fn priority(&self) -> i64 {
        self.pod.spec.priority.unwrap_or(0)
    }
}

impl Queue {
    /// Returns a pod.
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Returns a pod, to change what is known of it; its place is changed through the queue only.
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Entry> {
        self.entries.get_mut(key)
    }

    /// Adds a pod, or takes over its new version. Returns whether it is to be tried.
    pub fn add(&mut self, pod: &Arc<Pod>, now: Time) -> bool {
        let key = pod.key();
        let gated = !pod.spec.scheduling_gates.is_empty();
        if let Some(entry) = self
            .entries
            .get_mut(&key)
            .filter(|e| e.pod.metadata.uid == pod.metadata.uid)
        {
            let before = std::mem::replace(&mut entry.pod, pod.clone());
            return match entry.place {
                Place::Gated if !gated => {
                    self.activate(&key);
                    true
                }
                // Its own labels or its spec changed: that may be what it waited for.
                Place::Waiting(_) if asks_differently(&before, pod) => self.requeue(&key, now),
                _ => false,
            };
        }
        self.remove(&key, None);
        let entry = Entry {
            pod: pod.clone(),
            place: Place::Gated,
            turned_down_by: Plugins::default(),
            turned_down: 0,
            errors: 0,
            tried_at: Time(i64::MIN),
            preempts: false,
        };
        self.entries.insert(key.clone(), entry);
        if !gated {
            self.activate(&key);
        }
        !gated
    }

    /// Returns when a pod is tried again though nothing happens that could help it.
    pub fn tries_again_at(&self, key: &Key) -> Option<Time> {
        match &self.get(key)?.place {
            Place::BackOff(until) => Some(*until),
            Place::Waiting(since) => Some(flush_at(*since)),
            Place::Binding(binding) => Some(binding.next_look),
            Place::Active(_) | Place::Gated => None,
        }
    }

    /// Removes a pod, if it is the one of this uid. Returns it.
    pub fn remove(&mut self, key: &Key, uid: Option<Uid>) -> Option<Entry> {
        let entry = self.entries.get(key)?;
        if uid.is_some_and(|uid| uid != entry.pod.metadata.uid) {
            return None;
        }
        self.leave(key);
        self.entries.remove(key)
    }

    /// Returns the pod whose turn it is: the most important, then the one that came first.
    pub fn head(&self) -> Option<&Key> {
        self.active.values().next()
    }

    /// Says whether a pod is as important as the one whose turn it is.
    pub fn may_go(&self, key: &Key) -> bool {
        let (Some(entry), Some(head)) = (self.entries.get(key), self.active.keys().next()) else {
            return false;
        };
        entry.priority() >= head.0.0
    }

    /// Returns a pod that backs off without need when nobody is active.
    pub fn impatient(&self) -> Option<&Key> {
        self.impatient
            .first()
            .map(|(_, key)| key)
            .filter(|_| self.active.is_empty())
    }

    /// Makes a pod one to be tried next.
    pub fn activate(&mut self, key: &Key) {
        self.leave(key);
        self.count += 1;
        let count = self.count;
        if let Some(entry) = self.entries.get_mut(key) {
            entry.place = Place::Active(count);
            self.active.insert((Reverse(entry.priority()), count), key.clone());
        }
    }

    /// Lets a pod that waits be tried again, once its back-off is over. Returns whether it did wait.
    pub fn requeue(&mut self, key: &Key, now: Time) -> bool {
        let Some(entry) = self.entries.get(key) else {
            return false;
        };
        if !matches!(entry.place, Place::Waiting(_)) {
            return false;
        }
        let until = entry.back_off_until();
        if until <= now {
            self.activate(key);
            return true;
        }
        self.leave(key);
        self.impatient.insert((until.0, key.clone()));
        self.entries.get_mut(key).expect("it was just there").place = Place::BackOff(until);
        true
    }

    /// Puts a pod aside that was turned down, until something happens. Returns when it is tried anyway.
    pub fn wait(&mut self, key: &Key, turned_down_by: Plugins, now: Time) -> Time {
        self.leave(key);
        if let Some(entry) = self.entries.get_mut(key) {
            entry.turned_down += 1;
            (entry.errors, entry.tried_at, entry.turned_down_by) = (0, now, turned_down_by);
            entry.place = Place::Waiting(now);
            for plugin in turned_down_by.iter() {
                self.waiting.entry(plugin).or_default().insert(key.clone());
            }
        }
        flush_at(now)
    }

    /// Lets a pod back off after something went wrong. Returns when it is tried again.
    pub fn back_off(&mut self, key: &Key, now: Time) -> Time {
        self.leave(key);
        let Some(entry) = self.entries.get_mut(key) else {
            return now;
        };
        entry.errors += 1;
        entry.tried_at = now;
        entry.turned_down_by = Plugins::default();
        let until = entry.back_off_until() + BEAT_MS / 2;
        entry.place = Place::BackOff(until);
        until
    }

    /// Notes that a pod has a node and is being bound.
    pub fn bind(&mut self, key: &Key, binding: Binding) {
        self.leave(key);
        if let Some(entry) = self.entries.get_mut(key) {
            entry.place = Place::Binding(Box::new(binding));
        }
    }

    /// Returns the pods that wait because one of some plugins turned them down.
    pub fn turned_down_by(&self, plugins: Plugins) -> BTreeSet<Key> {
        plugins
            .iter()
            .filter_map(|plugin| self.waiting.get(&plugin))
            .flatten()
            .cloned()
            .collect()
    }

    /// Takes a pod out of the lists in which it stands.
    fn leave(&mut self, key: &Key) {
        let Some(entry) = self.entries.get(key) else {
            return;
        };
        match &entry.place {
            Place::Active(count) => {
                self.active.remove(&(Reverse(entry.priority()), *count));
            }
            Place::BackOff(until) => {
                self.impatient.remove(&(until.0, key.clone()));
            }
            Place::Waiting(_) => {
                for plugin in entry.turned_down_by.iter() {
                    if let Some(keys) = self.waiting.get_mut(&plugin) {
                        keys.remove(key);
                    }
                }
            }
            Place::Gated | Place::Binding(_) => (),
        }
    }
}

impl Entry {
    /// Returns when the pod's back-off is over: a second, doubled with each failure in a row, ten at most; cut to whole
    /// seconds (`backoff_queue.go`).
    fn back_off_until(&self) -> Time {
        let failures = if self.errors > 0 { self.errors } else { self.turned_down };
        if failures == 0 {
            return Time(i64::MIN);
        }
        let pause = (BACK_OFF_MS.0 << (failures - 1).min(10)).min(BACK_OFF_MS.1);
        Time((self.tried_at + pause).0.div_euclid(1_000) * 1_000)
    }

    /// Says whether the pod has waited so long that it is tried though nothing happened.
    pub fn has_waited_enough(&self, now: Time) -> bool {
        matches!(self.place, Place::Waiting(since) if now - since >= FLUSH_MS.0)
    }
}

/// Returns when a pod that waits from `now` on is tried though nothing happened.
fn flush_at(now: Time) -> Time {
    let due = (now + FLUSH_MS.0).0;
    Time(due.div_euclid(FLUSH_MS.1) * FLUSH_MS.1 + if due % FLUSH_MS.1 == 0 { 0 } else { FLUSH_MS.1 })
}

/// Says whether a pod asks for other things than before.
fn asks_differently(before: &Pod, after: &Pod) -> bool {
    before.metadata.labels != after.metadata.labels
        || (!Arc::ptr_eq(&before.spec, &after.spec) && before.spec != after.spec)
}
