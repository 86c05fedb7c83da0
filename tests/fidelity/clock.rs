//! Two clocks: when something happened here, and when it would have been in the recording.
//!
//! What a rollout takes depends on the stand-ins' haste, so the two clocks drift apart by some seconds in a minute. The
//! ends of commands and the awaited conditions are the same instants in both; between two of them time runs evenly.
//! So an age that is printed here is told as the recording's clock would tell it.

/// Instants that are the same in both, in order: milliseconds here and there.
#[derive(Clone, Debug, Default)]
pub struct Clock(Vec<(i64, i64)>);

impl Clock {
    /// Makes a clock of common instants.
    pub fn new(common: Vec<(i64, i64)>) -> Self {
        Self(common)
    }

    /// Returns when an instant of this side is in the recording.
    pub fn there(&self, here: i64) -> i64 {
        let after = self.0.partition_point(|(ours, _)| *ours <= here);
        let (Some(from), Some(to)) = (self.0.get(after.wrapping_sub(1)), self.0.get(after)) else {
            let nearest = if after == 0 { self.0.first() } else { self.0.last() };
            return nearest.map_or(here, |(ours, theirs)| here - ours + theirs);
        };
        let span = (to.0 - from.0).max(1);
        from.1 + (here - from.0) * (to.1 - from.1) / span
    }

    /// Returns how old something is in the recording that is `seconds` old here at an instant.
    pub fn age_there(&self, now: i64, seconds: i64) -> i64 {
        (self.there(now) - self.there(now - seconds * 1000)).div_euclid(1000)
    }
}

#[test]
fn time_runs_evenly_between_common_instants() {
    let clock = Clock::new(vec![(0, 0), (1000, 2000), (3000, 3000)]);
    assert_eq!(clock.there(500), 1000);
    assert_eq!(clock.there(2000), 2500);
    assert_eq!(clock.there(4000), 4000);
    assert_eq!(clock.there(-1000), -1000);
    assert_eq!(clock.age_there(3000, 2), 1);
}
