//! Chance: one stream of numbers per purpose and key, so that a new draw elsewhere reshuffles nothing.

use crate::api::hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All the streams that grow from one seed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chance {
    seed: u64,
    /// How many streams were opened for a purpose and key, by the hash of both.
    opened: BTreeMap<u64, u32>,
}

impl Chance {
    /// Makes the streams of `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            opened: BTreeMap::new(),
        }
    }

    /// Returns the seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Opens the next stream for a purpose and a key.
    pub fn stream(&mut self, purpose: &str, key: &str) -> Stream {
        let place = hash::fnv64a(purpose.as_bytes()) ^ hash::fnv64a(key.as_bytes()).rotate_left(17);
        let n = self.opened.entry(place).or_default();
        *n += 1;
        Stream {
            state: mix(self.seed ^ mix(place ^ mix(u64::from(*n)))),
        }
    }
}

/// A stream of numbers (SplitMix64).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// Makes the stream that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: mix(seed) }
    }

    /// Returns the next number.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// Returns the next number below `bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw().checked_rem(bound).unwrap_or(0)
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_draw_elsewhere_reshuffles_nothing() {
        let mut quiet = Chance::new(7);
        let mut busy = Chance::new(7);
        busy.stream("uid", "pod/other").draw();
        assert_eq!(
            quiet.stream("uid", "pod/db-0").draw(),
            busy.stream("uid", "pod/db-0").draw()
        );
        assert_ne!(
            quiet.stream("uid", "pod/db-0").draw(),
            Chance::new(7).stream("uid", "pod/db-0").draw()
        );
        assert_ne!(
            Chance::new(8).stream("uid", "pod/db-0").draw(),
            Chance::new(7).stream("uid", "pod/db-0").draw()
        );
    }
}
