//! What functions may see while a statement runs: the moment, the session, the sequences, the dice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalog::Sequence;
use super::in_force::InForce;
use super::reply::Report;
use super::values::convert::Place;

/// The state behind volatile functions, for one statement.
#[derive(Clone, Debug, Default)]
pub struct Runtime {
    /// Time of the transaction and time zone of the session.
    pub place: Place,
    /// The time of the statement, in microseconds since 1970; `pg_sleep` moves it.
    pub clock_us: i64,
    /// How long the statement slept.
    pub slept_us: i64,
    /// Where `random()` stands.
    pub dice: u64,
    /// The sequences by oid, with their names for messages.
    pub sequences: BTreeMap<u32, (String, Sequence)>,
    /// Where each sequence stands.
    pub standings: BTreeMap<u32, Standing>,
    /// What `currval` says, by oid.
    pub drawn: BTreeMap<u32, i64>,
    /// The sequence that was drawn from last.
    pub last_drawn: Option<u32>,
    /// Sessions that the statement ends: `pg_terminate_backend`.
    pub terminated: Vec<u32>,
    /// Warnings that functions gave.
    pub warnings: Vec<String>,
    /// The processes of all sessions.
    pub backends: Vec<u32>,
    /// Parameters that `set_config` changes.
    pub set_parameters: Vec<(String, String)>,
    /// What `current_setting` reads.
    pub parameters: InForce,
}

/// Where a sequence stands.
///
/// PostgreSQL writes to its log only every 32nd time, and further than it has got: after a crash a sequence goes on
/// from what the log says, so numbers are skipped (commands/sequence.c, SEQ_LOG_VALS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The last value that was handed out, or the first to be.
    pub last: i64,
    /// Whether `last` was handed out.
    pub called: bool,
    /// The value that recovery will find.
    pub logged: i64,
    /// How many more values the log covers.
    pub left: u32,
}

impl Standing {
    /// Returns the state of a sequence from which nothing was drawn.
    pub fn fresh(sequence: &Sequence) -> Self {
        Self {
            last: sequence.start,
            called: false,
            logged: sequence.start,
            left: 0,
        }
    }

    /// Returns the state after recovery.
    #[cfg(test)]
    pub fn recovered(self) -> Self {
        Self {
            last: self.logged,
            called: self.called,
            logged: self.logged,
            left: 0,
        }
    }
}

/// As many values are logged ahead.
const LOG_AHEAD: u32 = 32;

impl Runtime {
    /// Draws the next value of a sequence.
    pub fn next(&mut self, oid: u32) -> Result<i64, Report> {
        let Some((name, sequence)) = self.sequences.get(&oid) else {
            return Err(Report::error(
                "42P01",
                format!("could not open relation with OID {oid}"),
            ));
        };
        let standing = self.standings.entry(oid).or_insert_with(|| Standing::fresh(sequence));
        let value = if standing.called {
            step(name, sequence, standing.last)?
        } else {
            standing.last
        };
        if standing.left == 0 {
            standing.logged = logged_ahead(sequence, value);
            standing.left = LOG_AHEAD;
        } else {
            standing.left -= 1;
        }
        standing.last = value;
        standing.called = true;
        self.drawn.insert(oid, value);
        self.last_drawn = Some(oid);
        Ok(value)
    }

    /// Sets where a sequence stands.
    pub fn set(&mut self, oid: u32, value: i64, called: bool) -> Result<i64, Report> {
        let Some((name, sequence)) = self.sequences.get(&oid) else {
            return Err(Report::error(
                "42P01",
                format!("could not open relation with OID {oid}"),
            ));
        };
        if value < sequence.min || value > sequence.max {
            return Err(Report::error(
                "22003",
                format!(
                    "setval: value {value} is out of bounds for sequence \"{name}\" ({}..{})",
                    sequence.min, sequence.max
                ),
            ));
        }
        self.standings.insert(
            oid,
            Standing {
                last: value,
                called,
                logged: value,
                left: 0,
            },
        );
        if called {
            self.drawn.insert(oid, value);
        }
        Ok(value)
    }

    /// Draws 64 bits (SplitMix64).
    pub fn draw(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn step(name: &str, sequence: &Sequence, last: i64) -> Result<i64, Report> {
    let next = last
        .checked_add(sequence.increment)
        .filter(|next| (sequence.min..=sequence.max).contains(next));
    match next {
        Some(next) => Ok(next),
        None if sequence.cycle => Ok(if sequence.increment > 0 {
            sequence.min
        } else {
            sequence.max
        }),
        None => {
            let (end, bound) = if sequence.increment > 0 {
                ("maximum", sequence.max)
            } else {
                ("minimum", sequence.min)
            };
            Err(Report::error(
                "2200H",
                format!("nextval: reached {end} value of sequence \"{name}\" ({bound})"),
            ))
        }
    }
}

fn logged_ahead(sequence: &Sequence, value: i64) -> i64 {
    let ahead = sequence.increment.saturating_mul(LOG_AHEAD.into());
    value.saturating_add(ahead).clamp(sequence.min, sequence.max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::sql::values::Base;

    fn runtime(max: i64, cycle: bool) -> Runtime {
        let sequence = Sequence {
            oid: 1,
            owner: "app".into(),
            ty: Base::Int4,
            start: 1,
            increment: 1,
            min: 1,
            max,
            cache: 1,
            cycle,
            owned_by: None,
        };
        Runtime {
            sequences: [(1, ("s".to_owned(), sequence))].into(),
            ..Runtime::default()
        }
    }

    #[test]
    fn a_sequence_skips_what_its_log_covered_when_the_server_was_killed() {
        let mut runtime = runtime(i64::MAX, false);
        assert_eq!(
            [runtime.next(1), runtime.next(1), runtime.next(1)],
            [Ok(1), Ok(2), Ok(3)]
        );
        let standing = runtime.standings[&1].recovered();
        runtime.standings.insert(1, standing);
        assert_eq!(runtime.next(1), Ok(34));
    }

    #[test]
    fn a_sequence_ends_or_begins_again() {
        let mut ends = runtime(2, false);
        ends.set(1, 2, true).unwrap();
        assert_eq!(
            ends.next(1).unwrap_err().message,
            "nextval: reached maximum value of sequence \"s\" (2)"
        );
        assert!(ends.set(1, 3, true).unwrap_err().message.contains("is out of bounds"));
        let mut cycles = runtime(2, true);
        assert_eq!([cycles.next(1), cycles.next(1), cycles.next(1)], [Ok(1), Ok(2), Ok(1)]);
    }
}
