//! A world as bytes: saved whole, and read back to go on as if nothing had been.
//!
//! What nobody in the world can ask for any more is parted from it first, as etcd compacts: it goes to an archive, from
//! which whoever tells of the past takes it back.

use super::step::Step;
use super::world::World;
use crate::pack;
use crate::store::Revision;
use serde::{Deserialize, Serialize};

/// How long revisions are kept in the world at least, in milliseconds: longer than any lag of a watch or a proxy.
const KEPT_MS: i64 = 60_000;

/// What a world has forgotten: the revisions and the steps just before those that it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Past {
    /// Revisions, oldest first.
    #[serde(with = "crate::store::revisions")]
    pub revisions: Vec<Revision>,
    /// Steps, oldest first.
    pub steps: Vec<Step>,
}

impl Past {
    /// Says whether nothing was forgotten.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty() && self.steps.is_empty()
    }

    /// Returns it as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        pack::to_bytes(self).expect("the past is plain data, and memory takes it")
    }

    /// Reads it from bytes; the error says what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Past, String> {
        pack::from_bytes(bytes).map_err(|error| error.to_string())
    }
}

impl World {
    /// Parts from the world what no watch, no cache and no proxy can ask for any more, and returns it.
    ///
    /// A world that has forgotten goes on exactly as one that has not.
    pub fn forget(&mut self) -> Past {
        let recent = self.now + -KEPT_MS.max(self.settings.watch_lag).max(self.settings.service_lag);
        let seen = self.lanes.values().map(|lane| lane.cursor).min();
        let until = seen.unwrap_or_default().min(self.noticed);
        let until = until.min(self.store.newest_until(recent));
        self.recorder.forget(self.now);
        // The newest step stays: the next one counts from it.
        let old = self.steps.len().saturating_sub(1);
        self.steps_base += old as u32;
        Past {
            revisions: self.store.forget(until),
            steps: self.steps.drain(..old).collect(),
        }
    }

    /// Gives back to the world what it forgot last.
    pub fn recall(&mut self, past: Past) {
        self.steps_base = self.steps_base.saturating_sub(past.steps.len() as u32);
        self.steps.splice(..0, past.steps);
        self.store.recall(past.revisions);
    }

    /// Returns the world as bytes. Worlds that are alike have the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        pack::to_bytes(self).expect("a world is plain data, and memory takes it")
    }

    /// Reads a world from bytes; the error says what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<World, String> {
        pack::from_bytes(bytes).map_err(|error| error.to_string())
    }
}
