//! Back-off: how long a kubelet waits before it tries the same thing again.

use crate::api::Time;
use serde::{Deserialize, Serialize};

/// The first and the longest pause, in milliseconds (pkg/kubelet: `containerBackOffInitial`…`MaxContainerBackOff`, and
/// the same for images).
const PAUSE_MS: (i64, i64) = (10_000, 300_000);

/// One thing that was tried before (client-go's `flowcontrol.Backoff`, without jitter).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackOff {
    pause_ms: i64,
    updated: Time,
}

impl BackOff {
    /// Counts a try at `now`, after those that `before` counts.
    pub fn next(before: Option<Self>, now: Time) -> Self {
        let pause_ms = match before {
            Some(before) if !before.is_over(now) => (before.pause_ms * 2).min(PAUSE_MS.1),
            _ => PAUSE_MS.0,
        };
        Self { pause_ms, updated: now }
    }

    /// Returns until when to wait after an end at `ended`; None when so much time has passed that all is forgotten.
    pub fn until(self, ended: Time) -> Option<Time> {
        (!self.is_over(ended)).then(|| ended + self.pause_ms)
    }

    /// Returns the pause in whole seconds, as messages name it: `10s`, `1m20s`, `5m0s`.
    pub fn words(self) -> String {
        let seconds = self.pause_ms / 1000;
        if seconds < 60 {
            format!("{seconds}s")
        } else {
            format!("{}m{}s", seconds / 60, seconds % 60)
        }
    }

    /// Says whether the last try is so long ago that it counts no more: twice the longest pause.
    fn is_over(self, at: Time) -> bool {
        at - self.updated > 2 * PAUSE_MS.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes_and_are_forgotten_after_ten() {
        let mut now = Time::EPOCH;
        let mut back_off = None;
        let mut words = Vec::new();
        for _ in 0..7 {
            let next = BackOff::next(back_off, now);
            words.push(next.words());
            now = next.until(now).expect("it was just counted");
            back_off = Some(next);
        }
        assert_eq!(words, ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s"]);
        let long_run = now + 600_001;
        assert_eq!(
            back_off.unwrap().until(long_run),
            None,
            "it ran for more than ten minutes"
        );
        assert_eq!(BackOff::next(back_off, long_run).words(), "10s");
    }
}
