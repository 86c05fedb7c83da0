//! A slow disk: who waits for it, and how often.
//!
//! A server answers from its memory as fast as ever. It waits at each commit, and where it reads a database for the first
//! time since its start. Left out: a checkpoint between two commits, and a disk that becomes slow during a start.

use super::server::Postgres;
use crate::cloud::SLOW_TIMES;
use crate::programs::files::Files;
use crate::programs::sql::Answer;

impl Postgres {
    /// Lets all that the server's start and stop take last longer where its disk is slow.
    pub(super) fn keep_pace(&mut self, files: &Files) {
        if !files.is_slow(&self.pgdata) {
            return;
        }
        let longer = |ms: &mut u64| *ms = ms.saturating_mul(SLOW_TIMES.unsigned_abs());
        let durations = &mut self.durations;
        for ms in [
            &mut durations.initdb_ms,
            &mut durations.start_ms,
            &mut durations.recovery_ms,
            &mut durations.stop_ms,
        ] {
            longer(ms);
        }
    }

    /// Lets the server answer, and the answer come later by `wait_ms` for each time that it had to wait for a slow disk.
    pub fn at_its_pace(
        &mut self,
        files: &mut Files,
        wait_ms: u64,
        act: impl FnOnce(&mut Self, &mut Files) -> Option<Answer>,
    ) -> Option<Answer> {
        if !files.is_slow(&self.pgdata) {
            return act(self, files);
        }
        let before = self.disk_use(files);
        let mut answer = act(self, files)?;
        let (written, read) = self.disk_use(files);
        let waits = u64::from(written != before.0) + u64::from(read > before.1);
        answer.busy_ms = answer.busy_ms.saturating_add(waits.saturating_mul(wait_ms));
        Some(answer)
    }

    /// Returns how many pages the server's disk has taken so far, and how many databases the server has in its memory.
    fn disk_use(&self, files: &Files) -> (u64, usize) {
        let written = files.disk_under(&self.pgdata).0.pages_written();
        let read = self.cluster.as_ref().map_or(0, |cluster| cluster.databases_in_memory());
        (written, read)
    }
}
