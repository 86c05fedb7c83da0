//! Landing: what a command did is written, all of it or nothing; then the exports follow.

use super::export;
use super::journal::{self, Entry};
use super::session::Session;
use super::state::Pace;
use super::trouble::Trouble;
use super::vault::Landing;
use crate::sim::Lang;

/// Time that only passed is written once so much of it has come together, in milliseconds of the wall clock: looking is
/// quick, and the cluster does not fall asleep while somebody looks.
const QUIET_MS: i64 = 60_000;

impl Session<'_> {
    /// Ends the command: what it did is kept. Returns the number of the entry, if there was something to keep.
    pub fn close(mut self) -> Result<Option<u32>, Trouble> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let landed = self.land();
        let Self { world, vault, lock, .. } = self;
        // The process ends with the command: nobody waits until a world of thousands of pods is taken apart.
        std::mem::forget(world);
        drop(vault);
        drop(lock);
        landed
    }

    /// Keeps what was done since the last landing, if it was something. Where nothing but time has come in, and the clock
    /// will tell it again, a folder that cannot be written is no reason to say nothing: the person is told.
    pub(super) fn land(&mut self) -> Result<Option<u32>, Trouble> {
        let acted = self.acts();
        let passed = match self.state.pace {
            Pace::Paused => !self.inputs.is_empty(),
            Pace::Wall(_) => self.looked_ms - self.state.wall_ms >= QUIET_MS || self.ran_ahead(),
        };
        if !acted && !passed {
            return Ok(None);
        }
        match self.write(self.head, acted) {
            Err(trouble) if !acted && self.state.pace != Pace::Paused && !self.ran_ahead() => {
                self.tell_of_time_unkept(&trouble);
                Ok(None)
            }
            written => written.map(Some),
        }
    }

    fn tell_of_time_unkept(&mut self, trouble: &Trouble) {
        if std::mem::replace(&mut self.told_unkept, true) {
            return;
        }
        let Trouble { what, .. } = trouble;
        self.wall.tell(&match self.wall.lang() {
            Lang::En => format!("the cluster cannot be written, so it can only be looked at: {what}"),
            Lang::Ko => format!("클러스터에 쓸 수 없어 보기만 가능: {what}"),
        });
    }

    /// Keeps the time that has passed, if any has.
    pub(super) fn keep_time(&mut self) -> Result<(), Trouble> {
        if self.inputs.is_empty() {
            Ok(())
        } else {
            self.write(self.head, false).map(drop)
        }
    }

    /// Says whether a command that waits has run ahead of the wall clock.
    fn ran_ahead(&self) -> bool {
        self.world.now() > self.state.virtual_at(self.looked_ms).0
    }

    /// Writes an entry that goes on from `parent`, and the world as it is now.
    pub(super) fn write(&mut self, parent: u32, acted: bool) -> Result<u32, Trouble> {
        let number = self.head + 1;
        self.world.end_command();
        let past = self.world.forget();
        let bytes = self.world.to_bytes();
        let command = if acted {
            *self.command.get_or_insert(number)
        } else {
            number
        };
        let entry = Entry {
            number,
            parent,
            command,
            wall_ms: self.looked_ms,
            at: self.world.now(),
            words: self.words.clone(),
            inputs: std::mem::take(&mut self.inputs),
            digest: journal::digest(&bytes),
        };
        let before = self.state.clone();
        self.state.set_clock(self.looked_ms, self.world.now());
        let landed = self.vault.land(&Landing {
            state: &self.state,
            entry: &entry,
            world: &bytes,
            past: &past,
        });
        if let Err(trouble) = landed {
            // Nothing of it is there: what was taken for it goes back to where it was.
            (self.state, self.inputs) = (before, entry.inputs);
            self.world.recall(past);
            return Err(trouble);
        }
        self.head = number;
        self.write_beside(entry)?;
        Ok(number)
    }

    /// Writes what stands beside the database: what a crash leaves stale there, the next landing makes new.
    fn write_beside(&self, entry: Entry) -> Result<(), Trouble> {
        let diary = self.folder.diary_of(&self.state.id);
        match diary.newest() {
            Some(newest) if newest + 1 == entry.number => diary.catch_up(&self.state, &[entry]),
            newest => {
                let missing = self.vault.entries(newest.map_or(0, |newest| newest + 1))?;
                diary.catch_up(&self.state, &missing);
            }
        }
        export::volumes(&self.world, &self.folder.volumes());
        Ok(())
    }
}
