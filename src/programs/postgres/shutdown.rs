//! The end of a server: sessions cut, the last checkpoint written.

use super::control::{self, Control, State};
use super::lockfile;
use super::login::SessionId;
use super::server::{Phase, Postgres};
use crate::cloud::disk::DiskError;
use crate::programs::files::Files;
use crate::programs::sql::Report;

impl Postgres {
    pub(super) fn begin_stop(&mut self, now_ms: u64) {
        let launcher = self.child();
        self.log.server(
            now_ms,
            self.pid,
            "LOG",
            &format!("background worker \"logical replication launcher\" (PID {launcher}) exited with exit code 1"),
        );
        self.phase = Phase::Stopping {
            until_ms: now_ms + self.durations.stop_ms,
        };
    }

    pub(super) fn end_stop(&mut self, files: &mut Files, now_ms: u64) {
        let checkpointer = self.next_pid.saturating_sub(2);
        self.log.server(now_ms, checkpointer, "LOG", "shutting down");
        let lsn = Control::read(files, &self.pgdata).map_or(0, |control| control.lsn) + 0x78;
        self.log_checkpoint(checkpointer, "shutdown immediate", lsn, now_ms);
        let saved = match &mut self.cluster {
            Some(cluster) => cluster.checkpoint(files),
            None => Ok(()),
        };
        let saved = saved.and_then(|()| {
            Control {
                state: State::ShutDown,
                at_ms: now_ms,
                lsn,
            }
            .write(files, &self.pgdata)
            .map_err(|error| match error {
                // Ahead of everything else comes the record of the checkpoint.
                DiskError::Io => Report::unflushed(error),
                error => Report::error(
                    "58030",
                    format!("could not write file \"{}/global/pg_control\": {error}", self.pgdata),
                ),
            })
        });
        if let Err(mut report) = saved {
            report.severity = crate::programs::sql::Severity::Panic;
            return self.checkpointer_panics(checkpointer, &report, files, now_ms);
        }
        lockfile::give_back(files, &self.pgdata);
        self.log.server(now_ms, self.pid, "LOG", "database system is shut down");
        self.exit_with(0, now_ms);
    }

    pub(super) fn log_checkpoint(&mut self, pid: u32, why: &str, lsn: u64, now_ms: u64) {
        // Only since 15 are checkpoints logged by default.
        if self.image.major < 15 {
            return;
        }
        self.log
            .server(now_ms, pid, "LOG", &format!("checkpoint starting: {why}"));
        let place = if self.image.major >= 16 {
            format!("; lsn={}, redo lsn={}", control::lsn(lsn), control::lsn(lsn))
        } else {
            String::new()
        };
        self.log.server(
            now_ms,
            pid,
            "LOG",
            &format!(
                "checkpoint complete: wrote 3 buffers (0.0%); 0 WAL file(s) added, 0 removed, 0 recycled; \
                 write=0.001 s, sync=0.001 s, total=0.003 s; sync files=2, longest=0.001 s, average=0.001 s; \
                 distance=0 kB, estimate=0 kB{place}"
            ),
        );
    }

    /// Ends all sessions; a fast shutdown tells them so.
    pub(super) fn cut_sessions(&mut self, now_ms: u64, told: bool) -> Vec<SessionId> {
        let Some(cluster) = &mut self.cluster else {
            return Vec::new();
        };
        let cut: Vec<_> = cluster
            .sessions()
            .map(|(number, client)| (number, client.pid))
            .collect();
        for (number, pid) in &cut {
            cluster.close(*number);
            if told {
                self.log.server(
                    now_ms,
                    *pid,
                    "FATAL",
                    "terminating connection due to administrator command",
                );
            }
        }
        cut.into_iter().map(|(number, _)| SessionId(number)).collect()
    }

    pub(super) fn exit_with(&mut self, code: i32, at_ms: u64) {
        // Private buffers go with the process: what was not written is gone.
        self.cluster = None;
        self.phase = Phase::Exited { code, at_ms };
    }
}
