//! Who decides which of the steps that are due comes first.

use super::chance::Stream;
use serde::{Deserialize, Serialize};

/// Picks among steps; every choice of a run goes through one.
pub trait Chooser {
    /// Returns the place of the next step among `count` candidates, the calmest first.
    fn pick(&mut self, count: usize) -> usize;

    /// Says whether the first candidate is always picked, so that none but it need be found.
    fn is_calm(&self) -> bool {
        false
    }
}

/// First in, first out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calm;

impl Chooser for Calm {
    fn pick(&mut self, _count: usize) -> usize {
        0
    }

    fn is_calm(&self) -> bool {
        true
    }
}

/// Drawn from a seed; the seed first draws how unruly the run is (a swarm: some seeds hardly ever stray).
#[derive(Clone, Debug)]
pub struct Seeded {
    stream: Stream,
    stray_percent: u64,
}

impl Seeded {
    /// Makes the chooser of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut stream = Stream::new(seed ^ 0x5eed);
        let stray_percent = [1, 5, 20, 60][stream.below(4) as usize];
        Self { stream, stray_percent }
    }
}

impl Chooser for Seeded {
    fn pick(&mut self, count: usize) -> usize {
        let strays = self.stream.below(100) < self.stray_percent;
        if strays {
            self.stream.below(count as u64) as usize
        } else {
            0
        }
    }
}

/// Read from a list of choices, calm when the list is over: what property tests draw and shrink, and what a replay reads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Script {
    choices: Vec<u8>,
    next: usize,
}

impl Script {
    /// Makes the chooser that makes these choices.
    pub fn new(choices: Vec<u8>) -> Self {
        Self { choices, next: 0 }
    }
}

impl Chooser for Script {
    fn pick(&mut self, count: usize) -> usize {
        let choice = self.choices.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        usize::from(choice) % count.max(1)
    }

    fn is_calm(&self) -> bool {
        self.next >= self.choices.len()
    }
}
