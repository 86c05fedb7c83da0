//! Running: until an instant, until something is so, or until nothing more is due.

use super::chooser::{Calm, Chooser};
use super::queue::Due;
use super::world::World;
use crate::api::Time;

/// Nothing that is due within this time: the world has settled, in milliseconds. Longer than any single piece of work
/// (a pull, an attachment, a start), shorter than the periods of resyncs and back-offs that change nothing.
const QUIET_MS: i64 = 8_000;

impl World {
    /// Runs in calm order until `until`, and leaves the clock there.
    pub fn run_until(&mut self, until: Time) {
        self.run_until_with(until, &mut Calm);
    }

    /// Runs in the chooser's order until `until`, and leaves the clock there.
    pub fn run_until_with(&mut self, until: Time, chooser: &mut dyn Chooser) {
        while self.step(until, chooser) {}
        self.now = self.now.max(until);
    }

    /// Runs in calm order for `ms` milliseconds.
    pub fn run_for(&mut self, ms: i64) {
        self.run_until(self.now + ms);
    }

    /// Runs in calm order until `done` says so, at most until `deadline`; returns whether it came to that.
    pub fn run_till(&mut self, deadline: Time, mut done: impl FnMut(&World) -> bool) -> bool {
        loop {
            if done(self) {
                return true;
            }
            if !self.step(deadline, &mut Calm) {
                self.now = self.now.max(deadline);
                return done(self);
            }
        }
    }

    /// Runs until nothing is due soon but what a client does, at most `max_ms`; returns whether it settled.
    pub fn settle(&mut self, max_ms: i64) -> bool {
        self.settle_with(max_ms, &mut Calm)
    }

    /// Runs in the chooser's order until nothing is due soon, at most `max_ms`; returns whether it settled.
    pub fn settle_with(&mut self, max_ms: i64, chooser: &mut dyn Chooser) -> bool {
        let deadline = self.now + max_ms;
        let mut looked = 0u32;
        loop {
            // Looking through the queue is dear, so it is done when the next entry is not due at once.
            let gap = self.queue.next_at().is_none_or(|at| at > self.now);
            looked = looked.wrapping_add(1);
            if (gap || looked.is_multiple_of(64)) && self.is_quiet() {
                return true;
            }
            if !self.step(deadline, chooser) {
                self.now = self.now.max(deadline);
                return self.is_quiet();
            }
        }
    }

    /// Says whether nothing is due soon but what clients do.
    pub fn is_quiet(&self) -> bool {
        let horizon = self.now + QUIET_MS;
        let mut soon = self.queue.iter().take_while(|(at, _)| *at <= horizon);
        soon.all(|(_, due)| matches!(due, Due::Client(_)))
    }
}
