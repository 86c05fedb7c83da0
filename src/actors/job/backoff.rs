//! How long a Job waits after failures before it tries again (pkg/controller/job/backoff_utils.go).

use crate::api::Time;
use serde::{Deserialize, Serialize};

/// The first wait and the longest (`DefaultJobPodFailureBackOff`, `MaxJobPodFailureBackOff`).
const WAIT_MS: (i64, i64) = (10_000, 600_000);

/// The failures since the last success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    failures: u32,
    last: Option<Time>,
}

impl Record {
    /// Takes notice of pods that have ended, in the order in which they did: when, and whether well.
    pub fn note(&mut self, mut ends: Vec<(Option<Time>, bool)>) {
        ends.sort();
        for (at, well) in ends {
            if well {
                *self = Self::default();
            } else {
                self.failures += 1;
                self.last = at;
            }
        }
    }

    /// Returns when the next pod may be made.
    pub fn next_try(&self) -> Option<Time> {
        let doublings = self.failures.checked_sub(1)?.min(16);
        let wait = (WAIT_MS.0 << doublings).min(WAIT_MS.1);
        Some(self.last? + wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_ten_minutes_and_a_success_ends_it() {
        let at = |s: i64| Some(Time(s * 1000));
        let mut record = Record::default();
        assert_eq!(record.next_try(), None);
        for (n, wait) in [10, 20, 40, 80, 160, 320, 600, 600].into_iter().enumerate() {
            let n = n as i64 * 1000;
            record.note(vec![(at(n), false)]);
            assert_eq!(record.next_try(), at(n + wait));
        }
        record.note(vec![(at(9000), false), (at(9001), true)]);
        assert_eq!(record.next_try(), None);
    }
}
