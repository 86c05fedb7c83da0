//! Through the journal: back to an earlier world, undoing, and playing it all again to see whether it comes out the same.

use super::folder::first_world;
use super::journal::{self, Entry};
use super::session::Session;
use super::state::State;
use super::trouble::Trouble;
use super::vault::{Landing, Vault};
use crate::api::Time;
use crate::sim::{Input, World};
use std::collections::BTreeSet;
use std::path::Path;

/// The words of the command that takes back: it is not itself taken back.
pub const UNDO: &str = "pglab undo";

/// A moment to which one can go back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The number of its entry.
    pub number: u32,
    /// The virtual instant at its end.
    pub at: Time,
    /// The wall clock, in milliseconds since 1970.
    pub wall_ms: i64,
    /// What was done.
    pub words: String,
    /// Whether the present world goes on from it: what was undone stays in the journal.
    pub lived: bool,
}

/// What playing the journal again came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries lead from the beginning to the present.
    pub entries: usize,
    /// The first of them whose world came out differently.
    pub differs: Option<u32>,
    /// The hash of the present world.
    pub digest: String,
}

impl Session<'_> {
    /// Returns the moments at which somebody did something, oldest first.
    pub fn moments(&self) -> Result<Vec<Moment>, Trouble> {
        let lived: BTreeSet<u32> = self.vault.chain(self.head)?.into_iter().collect();
        let entries = self.vault.entries(0)?;
        let acts = entries.into_iter().filter(|entry| entry.number == 0 || entry.acts());
        Ok(acts
            .map(|entry| Moment {
                number: entry.number,
                at: entry.at,
                wall_ms: entry.wall_ms,
                words: entry.words,
                lived: lived.contains(&entry.number),
            })
            .collect())
    }

    /// Goes back to the world as it was at the end of an entry; returns the moment.
    pub fn back_to(&mut self, number: u32) -> Result<Time, Trouble> {
        if self.vault.entry(number)?.is_none() {
            return Err(Trouble::new(
                format!("there is no step {number}: the newest is {}", self.head),
                "`pglab time log` lists the steps",
            ));
        }
        self.keep_time()?;
        let chain = self.vault.chain(number)?;
        self.world = self.play(&chain)?;
        self.inputs.clear();
        self.write(number, true)?;
        Ok(self.world.now())
    }

    /// Goes back to the world as it was at a virtual instant; returns that instant.
    pub fn back_until(&mut self, at: Time) -> Result<Time, Trouble> {
        if at > self.world.now() {
            return Err(Trouble::new(
                "that is in the future",
                "`pglab time advance 30s` goes forward",
            ));
        }
        self.keep_time()?;
        let chain = self.vault.chain(self.head)?;
        let mut parent = None;
        let mut next = None;
        for number in chain.iter().rev() {
            let entry = self.entry(*number)?;
            if entry.at <= at {
                parent = Some(*number);
                break;
            }
            next = Some(entry);
        }
        let Some(parent) = parent else {
            let began = self.entry(0)?.at;
            return Err(Trouble::new(
                format!(
                    "the cluster began later: {} is its first moment",
                    self.world.clock(began)
                ),
                "`pglab time back 0` goes to its beginning",
            ));
        };
        let until = chain.partition_point(|number| *number <= parent);
        self.world = self.play(&chain[..until])?;
        self.inputs.clear();
        // What the next entry did before that instant was done.
        for input in next.into_iter().flat_map(|entry| entry.inputs) {
            match input {
                Input::Pass(until) if until > at => break,
                input => {
                    self.world.take(&input);
                    self.inputs.push(input);
                }
            }
        }
        if self.world.now() < at {
            self.pass_until(at);
        }
        self.write(parent, true)?;
        Ok(self.world.now())
    }

    /// Takes back the last command; returns its words. Once more takes back the one before it.
    pub fn undo(&mut self) -> Result<String, Trouble> {
        let mut number = self.head;
        while number > 0 {
            let last = self.entry(number)?;
            if last.travels() && last.words == UNDO {
                number = last.parent;
            } else if last.travels() {
                // Before a journey in time the world was that of the entry just before it.
                self.back_to(number - 1)?;
                return Ok(last.words);
            } else if last.acts() {
                let first = self.entry(last.command)?;
                self.back_to(first.parent)?;
                return Ok(last.words);
            } else {
                number = last.parent;
            }
        }
        Err(Trouble::new(
            "there is no command to take back",
            "`pglab time log` lists what was done",
        ))
    }

    /// Plays the journal again from the very beginning and compares every world on the way.
    pub fn verify(&mut self) -> Result<Verified, Trouble> {
        self.vault.examine()?;
        let chain = self.vault.chain(self.head)?;
        let mut world = first_world(&self.state);
        let mut differs = None;
        let mut digest = String::new();
        for number in &chain {
            let entry = self.entry(*number)?;
            entry.play(&mut world);
            digest = journal::digest(&world.to_bytes());
            if digest != entry.digest && differs.is_none() {
                differs = Some(entry.number);
            }
        }
        Ok(Verified {
            entries: chain.len(),
            differs,
            digest,
        })
    }

    /// Plays entries that lead from the beginning to a world, from the nearest world that was kept.
    fn play(&self, chain: &[u32]) -> Result<World, Trouble> {
        let (kept, mut world) = match self.vault.checkpoint(chain)? {
            Some((number, world)) => (Some(number), world),
            None => (None, first_world(&self.state)),
        };
        for number in chain.iter().filter(|number| kept.is_none_or(|kept| **number > kept)) {
            self.entry(*number)?.play(&mut world);
        }
        Ok(world)
    }

    fn entry(&self, number: u32) -> Result<Entry, Trouble> {
        self.vault.entry(number)?.ok_or_else(|| {
            Trouble::new(
                format!("entry {number} of the journal is missing"),
                "the folder is damaged; `pglab cluster restore` makes it again from the journal that is kept elsewhere",
            )
        })
    }
}

/// Makes the database of a cluster again from its journal, at `path`; returns its present world.
pub(super) fn rebuild(path: &Path, begun: &State, entries: Vec<Entry>) -> Result<World, Trouble> {
    let mut worlds = std::collections::BTreeMap::new();
    let mut state = begun.clone();
    let mut vault: Option<Vault> = None;
    let mut last = first_world(begun);
    for entry in entries {
        let mut world = match worlds.get(&entry.parent) {
            Some(world) => World::clone(world),
            None => first_world(begun),
        };
        let past = entry.play(&mut world);
        let bytes = world.to_bytes();
        if journal::digest(&bytes) != entry.digest {
            return Err(Trouble::new(
                format!("entry {} of the journal does not come out as it did", entry.number),
                "the journal is from another version of pglab, or was changed by hand",
            ));
        }
        state.set_clock(entry.wall_ms, world.now());
        let landing = Landing {
            state: &state,
            entry: &entry,
            world: &bytes,
            past: &past,
        };
        match &mut vault {
            None => vault = Some(Vault::create(path, &landing)?),
            Some(vault) => vault.land(&landing)?,
        }
        last = world.clone();
        worlds.insert(entry.number, world);
    }
    Ok(last)
}
