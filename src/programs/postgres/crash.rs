//! A process of the server that panics, and takes the others with it (src/backend/postmaster/postmaster.c, `reaper`).
//!
//! The words are those that a server of version 15 left whose data directory answered every write with an input/output
//! error. Left out: the line for each file that the startup process tries to bring to the disk first, a thousand of them,
//! and the warning that the other sessions get before they are cut.

use super::lockfile;
use super::server::Postgres;
use crate::programs::files::Files;
use crate::programs::sql::Report;

impl Postgres {
    /// A session has panicked: all sessions end, and the server tries to start over. The disk that failed one fails that
    /// too, so the whole process ends.
    pub(super) fn session_panics(&mut self, pid: u32, statement: &str, files: &mut Files, now_ms: u64) {
        self.aborted("server process", pid, now_ms);
        self.log.server(
            now_ms,
            self.pid,
            "DETAIL",
            &format!("Failed process was running: {statement}"),
        );
        self.say(now_ms, "terminating any other active server processes");
        self.cut_sessions(now_ms, false);
        self.say(now_ms, "all server processes terminated; reinitializing");
        let startup = self.child();
        let error = crate::cloud::disk::DiskError::Io;
        self.say(now_ms, &format!("could not write to file \"postmaster.pid\": {error}"));
        let up = self.last_known_up();
        for words in [
            format!("database system was interrupted; last known up at {up}"),
            "database system was not properly shut down; automatic recovery in progress".to_owned(),
        ] {
            self.log.server(now_ms, startup, "LOG", &words);
        }
        let report = Report::panic(
            "58030",
            format!("could not fsync file \"{}/global/pg_control\": {error}", self.pgdata),
        );
        self.log.report(now_ms, startup, &report, None);
        // Since 15 other processes run beside the recovery, and are waited for.
        if self.image.major >= 15 {
            self.say(now_ms, "shutting down due to startup process failure");
        } else {
            self.aborted("startup process", startup, now_ms);
            self.say(now_ms, "aborting startup due to startup process failure");
        }
        self.give_up(files, now_ms);
    }

    /// The startup process has panicked.
    pub(super) fn startup_panics(&mut self, pid: u32, report: &Report, files: &mut Files, now_ms: u64) {
        self.log.report(now_ms, pid, report, None);
        self.aborted("startup process", pid, now_ms);
        self.say(now_ms, "aborting startup due to startup process failure");
        self.give_up(files, now_ms);
    }

    /// The checkpointer has panicked over its last checkpoint.
    pub(super) fn checkpointer_panics(&mut self, pid: u32, report: &Report, files: &mut Files, now_ms: u64) {
        self.log.report(now_ms, pid, report, None);
        self.aborted("checkpointer process", pid, now_ms);
        self.say(now_ms, "terminating any other active server processes");
        self.say(now_ms, "abnormal database system shutdown");
        self.give_up(files, now_ms);
    }

    fn aborted(&mut self, process: &str, pid: u32, now_ms: u64) {
        self.say(
            now_ms,
            &format!("{process} (PID {pid}) was terminated by signal 6: Aborted"),
        );
    }

    fn say(&mut self, now_ms: u64, words: &str) {
        self.log.server(now_ms, self.pid, "LOG", words);
    }

    fn give_up(&mut self, files: &mut Files, now_ms: u64) {
        self.cut_sessions(now_ms, false);
        self.say(now_ms, "database system is shut down");
        lockfile::give_back(files, &self.pgdata);
        self.exit_with(1, now_ms);
    }
}
