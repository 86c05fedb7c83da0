//! What is due, and when: the one queue of the world.

use crate::actors::ActorId;
use crate::api::{Key, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that can happen next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Due {
    /// The watches bring what was written.
    Deliver,
    /// An actor's timer goes off for a key.
    Timer(ActorId, Key),
    /// An actor works on a key.
    Run(ActorId, Key),
    /// The next effect of an actor's run lands.
    Land(ActorId, Key),
    /// The programs on a machine do what is due.
    Machine(Arc<str>),
    /// A machine that crashed or was switched on has booted, because of a step.
    Boot(Arc<str>, u32),
    /// A client outside the cluster does what is due; the number is its place.
    Client(usize),
}

/// A queue in order of time; first in, first out at one instant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Queue {
    entries: BTreeMap<(Time, u64), Due>,
    count: u64,
}

/// How far ahead an unruly chooser may reach for its next step, in milliseconds.
const REACH_MS: i64 = 25;

/// Among how many candidates an unruly chooser picks.
const CANDIDATES: usize = 8;

impl Queue {
    /// Adds an entry.
    pub fn push(&mut self, at: Time, due: Due) {
        self.count += 1;
        self.entries.insert((at, self.count), due);
    }

    /// Returns the instant of the first entry.
    pub fn next_at(&self) -> Option<Time> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first entry.
    pub fn pop(&mut self) -> Option<(Time, Due)> {
        self.entries.pop_first().map(|((at, _), due)| (at, due))
    }

    /// Takes the entry that `pick` chooses among the first few that are near in time.
    pub fn pop_chosen(&mut self, pick: impl FnOnce(usize) -> usize) -> Option<(Time, Due)> {
        let reach = self.next_at()? + REACH_MS;
        let near: Vec<_> = self
            .entries
            .keys()
            .take_while(|(at, _)| *at <= reach)
            .take(CANDIDATES)
            .copied()
            .collect();
        let key = near[pick(near.len()).min(near.len() - 1)];
        self.entries.remove(&key).map(|due| (key.0, due))
    }

    /// Takes away what is not to happen any more.
    pub fn cancel(&mut self, is: impl Fn(&Due) -> bool) {
        self.entries.retain(|_, due| !is(due));
    }

    /// Returns all entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (Time, &Due)> {
        self.entries.iter().map(|((at, _), due)| (*at, due))
    }
}
