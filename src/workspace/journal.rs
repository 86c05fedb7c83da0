//! The journal: one entry a landing. Each names the entry whose world it goes on from, so that going back in time is an
//! entry like any other, and nothing that was ever landed is lost.

use super::trouble::Trouble;
use crate::api::Time;
use crate::sim::{Input, World};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One landing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its number; the beginning of the cluster is 0.
    pub number: u32,
    /// The entry whose world it goes on from; the beginning's is itself.
    pub parent: u32,
    /// The first entry of the same command: a command that waits lands more than once.
    pub command: u32,
    /// The wall clock, in milliseconds since 1970.
    pub wall_ms: i64,
    /// The virtual instant at its end.
    pub at: Time,
    /// The command as typed; "" where only time passed.
    pub words: String,
    /// What came into the world.
    pub inputs: Vec<Input>,
    /// The hash of the world at its end.
    pub digest: String,
}

impl Entry {
    /// Says whether somebody did something, rather than let time pass.
    pub fn acts(&self) -> bool {
        self.travels() || self.inputs.iter().any(|input| !matches!(input, Input::Pass(_)))
    }

    /// Says whether it goes back to an earlier world.
    pub fn travels(&self) -> bool {
        self.number > 0 && self.parent + 1 != self.number
    }

    /// Plays the entry on the world of its parent, and lets that forget what can be forgotten.
    pub fn play(&self, world: &mut World) -> crate::sim::Past {
        for input in &self.inputs {
            world.take(input);
        }
        world.end_command();
        world.forget()
    }

    /// Returns the entry as bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        crate::pack::to_named_bytes(self).expect("an entry is plain data, and memory takes it")
    }

    /// Reads an entry from bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Trouble> {
        crate::pack::from_bytes(bytes).map_err(|error| {
            Trouble::new(
                format!("an entry of the journal cannot be read: {error}"),
                "the folder is damaged; `pglab cluster restore` makes it again from the journal that is kept elsewhere",
            )
        })
    }
}

/// Returns the hash of a world that was made into bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
