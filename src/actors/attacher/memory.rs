//! What the controller remembers of a volume and the nodes that have, had or want it.

use crate::api::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first and the longest pause after a failed attempt, in milliseconds
/// (pkg/util/goroutinemap/exponentialbackoff).
const PAUSE_MS: (i64, i64) = (500, 122_000);

/// What is remembered of a volume.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Volume {
    /// The name by which nodes list it.
    pub attach_name: String,
    /// Whether several nodes may have it.
    pub for_many: bool,
    /// What is between it and the nodes.
    pub nodes: BTreeMap<Arc<str>, Pair>,
}

/// What is between a volume and a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pair {
    /// It was seen to be attached.
    pub announced: bool,
    /// The node is told that it is not attached any more: it is about to be detached.
    pub unreported: bool,
    /// Since when nobody wants it there.
    pub detach_since: Option<Time>,
    /// The pods were told that another node has it.
    pub told: bool,
    /// The attachment that is under way.
    pub attempt: Option<Attempt>,
}

/// An attempt to attach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// When it began, or will begin.
    pub began: Time,
    failures: u32,
}

impl Attempt {
    /// Begins the first attempt.
    pub fn new(now: Time) -> Self {
        Self {
            began: now,
            failures: 0,
        }
    }

    /// Puts the next attempt off, by twice as long as the last time.
    pub fn failed(&mut self, now: Time) {
        let pause = PAUSE_MS.0.saturating_mul(1 << self.failures.min(20)).min(PAUSE_MS.1);
        self.failures += 1;
        self.began = now + pause;
    }
}

impl Volume {
    /// Forgets that pods were told of another holder, except where the volume is still wanted.
    pub fn keep_told_where(&mut self, wanted: impl Fn(&str) -> bool) {
        for (node, pair) in &mut self.nodes {
            pair.told &= wanted(node);
        }
        self.nodes.retain(|_, pair| *pair != Pair::default());
    }

    /// Says whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}
