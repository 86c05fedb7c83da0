//! What the kernel keeps for an actor: how far its watch has come, which keys wait, which are being worked on.

use crate::actors::Effect;
use crate::api::{ByKey, Key, Time};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// The bookkeeping of one actor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Lane {
    /// The newest revision that its watch has brought.
    pub cursor: u64,
    /// Until when its watch brings nothing (a chooser's whim, or a fault).
    pub stalled_until: Option<Time>,
    /// The keys that wait for a run, with the step that woke them.
    pub waiting: ByKey<Key, u32>,
    /// A serial actor's keys in order of arrival.
    pub line: VecDeque<Key>,
    /// The keys whose effects are landing.
    pub landing: ByKey<Key, Landing>,
    /// The newest own write for a key, until the watch has brought it.
    pub wrote: ByKey<Key, u64>,
    /// How often in a row a key was refused.
    pub failures: ByKey<Key, u32>,
    /// The timers that are set, each with the step that set it: what a timer wakes was caused by that step.
    pub timers: ByKey<(Key, Time), u32>,
    /// The step that last did something for a key.
    pub acted: ByKey<Key, u32>,
    /// A serial actor's next run begins no sooner.
    pub free_at: Time,
}

/// A run whose effects are landing one by one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Landing {
    /// What is still to land.
    pub effects: VecDeque<Effect>,
    /// The step that caused the run.
    pub cause: u32,
    /// The step that woke the key again meanwhile.
    pub again: Option<u32>,
    /// The name of the object that the run created last.
    pub written: Arc<str>,
}

/// The shortest and the longest back-off after a refusal, in milliseconds
/// (client-go's `DefaultTypedControllerRateLimiter`: 5 ms, doubled up to 1000 s).
const BACK_OFF_MS: (i64, i64) = (5, 1_000_000);

impl Lane {
    /// Counts a refusal of `key` and returns how long to wait before the next try, in milliseconds.
    pub fn back_off(&mut self, key: &Key) -> i64 {
        let failures = self.failures.or_default(key.clone());
        *failures += 1;
        BACK_OFF_MS
            .0
            .saturating_mul(1 << (*failures - 1).min(30))
            .min(BACK_OFF_MS.1)
    }
}
