//! What a folder keeps beside its world: its name, its pace, and where its clock stands.

use crate::api::Time;
use crate::api::exact;
use crate::sim::ClusterSpec;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// How virtual time goes between commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Pace {
    /// It follows the wall clock, so many times as fast.
    Wall(i64),
    /// It stands still, but for commands that wait by nature.
    Paused,
}

/// The fastest pace: an hour of virtual time in a second.
const FASTEST: i64 = 3600;

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "wall" => Ok(Self::Wall(1)),
            "paused" => Ok(Self::Paused),
            _ => {
                let times = text.strip_suffix('x').and_then(|n| n.parse().ok());
                times
                    .filter(|n| (1..=FASTEST).contains(n))
                    .map(Self::Wall)
                    .ok_or_else(|| format!("`{text}` is no pace: there are wall, paused, and 2x to {FASTEST}x"))
            }
        }
    }
}

impl TryFrom<String> for Pace {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Pace> for String {
    fn from(pace: Pace) -> String {
        pace.to_string()
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wall(1) => f.write_str("wall"),
            Self::Wall(times) => write!(f, "{times}x"),
            Self::Paused => f.write_str("paused"),
        }
    }
}

/// How long the cluster goes on after the last command, in milliseconds of the wall clock; then it sleeps.
pub(super) const AWAKE_MS: i64 = 600_000;

/// What a folder keeps beside its world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// A name that no other cluster has; the journal is also kept under it, outside the folder.
    pub id: String,
    /// The version of the rules by which its world goes on.
    pub rules: u32,
    /// The seed of its world.
    pub seed: u64,
    /// The shape with which it began.
    pub spec: ClusterSpec,
    /// The settings that differed from the table when it began.
    pub settings: BTreeMap<String, i64>,
    /// How its time goes.
    pub pace: Pace,
    /// The namespace of the current context.
    pub namespace: String,
    /// An instant of the wall clock, in milliseconds since 1970 …
    pub wall_ms: i64,
    /// … and the virtual instant that it was, to the millisecond: as text an instant has only seconds.
    #[serde(with = "exact")]
    pub at: Time,
}

impl State {
    /// Returns the virtual instant at a time of the wall clock, and for how many milliseconds of the wall clock the
    /// cluster slept before it. A wall clock that was set back moves nothing.
    pub(super) fn virtual_at(&self, wall_ms: i64) -> (Time, i64) {
        let Pace::Wall(times) = self.pace else {
            return (self.at, 0);
        };
        let passed = wall_ms.saturating_sub(self.wall_ms).max(0);
        let awake = passed.min(AWAKE_MS);
        (self.at + awake.saturating_mul(times), passed - awake)
    }

    /// Sets the clock: at `wall_ms` it is `now`, or will be a little later when commands have run ahead of the clock.
    pub(super) fn set_clock(&mut self, wall_ms: i64, now: Time) {
        let (due, slept) = self.virtual_at(wall_ms);
        let ahead = match self.pace {
            Pace::Wall(times) if slept == 0 => (now - due).max(0) / times,
            _ => 0,
        };
        self.wall_ms = wall_ms.saturating_add(ahead);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(pace: Pace) -> State {
        State {
            id: "x".to_owned(),
            rules: 0,
            seed: 1,
            spec: ClusterSpec::default(),
            settings: BTreeMap::new(),
            pace,
            namespace: "default".to_owned(),
            wall_ms: 1_000,
            at: Time::EPOCH,
        }
    }

    #[test]
    fn time_follows_the_wall_clock_for_ten_minutes_and_then_sleeps() {
        assert_eq!(state(Pace::Wall(1)).virtual_at(4_000), (Time::EPOCH + 3_000, 0));
        assert_eq!(state(Pace::Wall(10)).virtual_at(4_000), (Time::EPOCH + 30_000, 0));
        assert_eq!(state(Pace::Paused).virtual_at(4_000), (Time::EPOCH, 0));
        let night = 8 * 3_600_000;
        let (at, slept) = state(Pace::Wall(1)).virtual_at(1_000 + night);
        assert_eq!((at, slept), (Time::EPOCH + AWAKE_MS, night - AWAKE_MS));
    }

    #[test]
    fn a_clock_that_was_set_back_moves_nothing() {
        assert_eq!(state(Pace::Wall(1)).virtual_at(0), (Time::EPOCH, 0));
    }

    #[test]
    fn what_ran_ahead_of_the_clock_is_waited_for() {
        let mut state = state(Pace::Wall(1));
        // At 2 s of the wall clock a command has run to the virtual second 5: it is second 5 at 6 s.
        state.set_clock(2_000, Time::EPOCH + 5_000);
        assert_eq!(state.virtual_at(3_000), (Time::EPOCH + 5_000, 0));
        assert_eq!(state.virtual_at(7_000), (Time::EPOCH + 6_000, 0));
    }

    #[test]
    fn a_clock_is_read_back_to_the_millisecond() {
        let mut state = state(Pace::Wall(1));
        state.at = Time::EPOCH + 1_999;
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }

    #[test]
    fn paces_are_read_as_they_are_written() {
        for text in ["wall", "10x", "paused"] {
            assert_eq!(text.parse::<Pace>().unwrap().to_string(), text);
        }
        for text in ["0x", "x", "fast", "-2x", "99999999999999999999x"] {
            assert!(text.parse::<Pace>().unwrap_err().contains("wall, paused"), "{text}");
        }
    }
}
