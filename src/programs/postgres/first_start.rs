//! The first start of a server on an empty folder: initdb, then the entrypoint's temporary server.

use super::entrypoint;
use super::initdb;
use super::server::{Phase, Postgres};
use crate::programs::files::Files;

impl Postgres {
    pub(super) fn begin_initdb(&mut self, files: &mut Files, now_ms: u64) {
        if let Err(error) = files.mkdir_all(&self.pgdata) {
            self.log.complain(
                now_ms,
                &format!("mkdir: cannot create directory ‘{}’: {error}", self.pgdata),
            );
            return self.exit_with(1, now_ms);
        }
        self.log.print(now_ms, &initdb::greeting(&self.image));
        if let Some(words) = initdb::not_empty(&self.image, files, &self.pgdata) {
            self.log.complain(now_ms, &words);
            return self.exit_with(1, now_ms);
        }
        match initdb::begin(&self.image, files, &self.pgdata) {
            Ok(()) => {
                self.phase = Phase::Initdb {
                    until_ms: now_ms + self.durations.initdb_ms * 3 / 4,
                }
            }
            Err(error) => self.initdb_failed(files, &error.to_string(), now_ms),
        }
    }

    pub(super) fn end_initdb(&mut self, files: &mut Files, now_ms: u64) {
        // The environment is a process's own: it says today what it said at the start, unless a password file went.
        let wish = match entrypoint::wish(&self.image, &self.env, files) {
            Ok(wish) => wish,
            Err(words) => {
                self.log.complain(now_ms, &words);
                return self.exit_with(1, now_ms);
            }
        };
        match initdb::finish(&self.image, files, &wish, now_ms) {
            Ok(cluster) => self.cluster = Some(cluster),
            Err(error) => return self.initdb_failed(files, &error.to_string(), now_ms),
        }
        let (progress, warning, end) = initdb::success(&self.image, &self.pgdata);
        self.log.print(now_ms, &progress);
        self.log.complain(now_ms, &warning);
        self.log.print(now_ms, &end);
        self.phase = Phase::Setup {
            until_ms: now_ms + self.durations.initdb_ms / 4,
        };
    }

    fn initdb_failed(&mut self, files: &mut Files, error: &str, now_ms: u64) {
        let pgdata = self.pgdata.clone();
        self.log.complain(
            now_ms,
            &format!(
                "initdb: error: could not write file \"{pgdata}/pg_wal/000000010000000000000001\": {error}\n\
                 initdb: removing contents of data directory \"{pgdata}\""
            ),
        );
        let names = files.list(&pgdata);
        let mut cleared = names.is_ok();
        for name in names.unwrap_or_default() {
            cleared &= files.remove_all(&format!("{pgdata}/{name}")).is_ok();
        }
        if !cleared {
            // A disk that fails keeps its half of a database.
            let words = "initdb: error: failed to remove contents of data directory";
            self.log.complain(now_ms, words);
        }
        self.exit_with(1, now_ms);
    }
}
