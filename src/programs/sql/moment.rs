//! The time and the chance that a statement may see: both come from the caller, never from the machine.

use serde::{Deserialize, Serialize};

/// When a statement runs, and the seed of what it draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Microseconds since 1970-01-01 00:00 UTC.
    pub now_us: i64,
    /// The seed for `random()` and `gen_random_uuid()` in this statement.
    pub chance: u64,
}

impl Moment {
    /// Returns the moment `now_ms` milliseconds after 1970-01-01 00:00 UTC, with a seed.
    pub fn at_ms(now_ms: u64, chance: u64) -> Self {
        Self {
            now_us: i64::try_from(now_ms).unwrap_or(i64::MAX / 1000).saturating_mul(1000),
            chance,
        }
    }

    /// Returns the milliseconds since 1970-01-01 00:00 UTC.
    pub fn unix_ms(self) -> u64 {
        u64::try_from(self.now_us / 1000).unwrap_or(0)
    }
}
