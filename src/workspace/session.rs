//! A folder that is open: its lock held, its world in memory and in the present. Whatever is done to the world goes
//! through here, and is noted.

use super::folder::Folder;
use super::lock::Lock;
use super::state::{Pace, State};
use super::trouble::Trouble;
use super::vault::Vault;
use super::wall::Wall;
use crate::api::Time;
use crate::sim::{Input, RULES_VERSION, Taken, World};

/// An open folder.
pub struct Session<'a> {
    pub(super) folder: Folder,
    pub(super) wall: &'a dyn Wall,
    pub(super) vault: Vault,
    /// Held but while a command waits.
    pub(super) lock: Option<Lock>,
    pub(super) state: State,
    pub(super) world: World,
    /// The newest entry, on whose world this one goes on.
    pub(super) head: u32,
    /// The command in whose name all is done.
    pub(super) words: String,
    /// What came into the world since the newest entry.
    pub(super) inputs: Vec<Input>,
    /// The first entry of this command, once there is one.
    pub(super) command: Option<u32>,
    /// The wall clock when the world was last brought to the present.
    pub(super) looked_ms: i64,
    /// For how long the cluster slept before this command, in milliseconds of the wall clock.
    pub(super) slept_ms: i64,
    /// How often somebody else went back in time while this command looked on.
    pub(super) turns: u64,
    /// Whether the person knows that the folder cannot be written.
    pub(super) told_unkept: bool,
    /// What went wrong where nobody could be told at once.
    pub(super) failed: Option<Trouble>,
}

impl<'a> Session<'a> {
    pub(super) fn open(folder: Folder, words: &str, wall: &'a dyn Wall) -> Result<Self, Trouble> {
        let lock = folder.lock(words, wall)?;
        let vault = Vault::open(&folder.database())?;
        let state = vault.state()?;
        if state.rules != RULES_VERSION {
            return Err(Trouble::new(
                format!(
                    "the cluster in {} lives by the rules of version {}, and this pglab by those of version {RULES_VERSION}",
                    folder.dir().display(),
                    state.rules
                ),
                "nothing was changed; use the pglab that made it, or make a new cluster in another folder",
            ));
        }
        let mut session = Self {
            state,
            world: vault.world()?,
            head: vault.head()?,
            folder,
            wall,
            vault,
            lock: Some(lock),
            words: words.to_owned(),
            inputs: Vec::new(),
            command: None,
            looked_ms: 0,
            slept_ms: 0,
            turns: 0,
            told_unkept: false,
            failed: None,
        };
        session.slept_ms = session.catch_up(None);
        Ok(session)
    }

    /// Brings the world to the present, at most until `limit`; returns for how long it slept before, in milliseconds.
    pub(super) fn catch_up(&mut self, limit: Option<Time>) -> i64 {
        self.looked_ms = self.wall.now_ms();
        let (due, slept) = self.state.virtual_at(self.looked_ms);
        let due = limit.map_or(due, |limit| due.min(limit));
        if due > self.world.now() {
            self.pass_until(due);
        }
        slept
    }

    /// Lets virtual time pass until an instant.
    pub fn pass_until(&mut self, until: Time) {
        self.world.run_until(until);
        let until = self.world.now();
        match self.inputs.last_mut() {
            Some(Input::Pass(last)) => *last = until,
            _ => self.inputs.push(Input::Pass(until)),
        }
    }

    /// Lets an input into the world, and notes it. The command's own words come first.
    pub fn take(&mut self, input: Input) -> Taken {
        if !self.acts() {
            self.note(Input::Command(self.words.clone()));
        }
        self.note(input)
    }

    fn note(&mut self, input: Input) -> Taken {
        let taken = self.world.take(&input);
        self.inputs.push(input);
        taken
    }

    /// Says whether anything but time has come in since the newest entry.
    pub(super) fn acts(&self) -> bool {
        self.inputs.iter().any(|input| !matches!(input, Input::Pass(_)))
    }

    /// Returns the world, to read.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Returns what is kept beside the world.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Returns for how long the cluster slept before this command, in milliseconds of the wall clock; 0 when it did not.
    pub fn slept_ms(&self) -> i64 {
        self.slept_ms
    }

    /// Makes another namespace the current one, from the next landing on.
    pub fn set_namespace(&mut self, namespace: &str) -> Result<(), Trouble> {
        self.state.namespace = namespace.to_owned();
        self.vault.set_state(&self.state)
    }

    /// Lets time go at another pace from now on.
    pub fn set_pace(&mut self, pace: Pace) -> Result<(), Trouble> {
        self.state.set_clock(self.looked_ms, self.world.now());
        self.state.pace = pace;
        // What passed until now must be in the journal, or the clock would tell of time that nobody has lived.
        self.keep_time()?;
        self.vault.set_state(&self.state)
    }

    /// Returns the world with all that it has forgotten: who tells of the past needs it whole.
    pub fn whole_world(&self) -> Result<World, Trouble> {
        let mut world = self.world.clone();
        let chain = self.vault.chain(self.head)?;
        for past in self.vault.past(&chain)?.into_iter().rev() {
            world.recall(past);
        }
        Ok(world)
    }
}
