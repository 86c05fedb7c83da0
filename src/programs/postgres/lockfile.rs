//! `postmaster.pid`: the lock file that keeps two servers from one data directory, if they share a process table.
//!
//! In containers it does not: each server sees only its own processes, mostly itself as number 1, so the file of
//! another pod's server looks stale and is overwritten. Rules: src/backend/utils/init/miscinit.c, CreateLockFile.

use crate::cloud::disk::DiskError;
use crate::programs::files::Files;
use crate::programs::sql::Report;

/// Takes the lock, or says who holds it. `alive` tells which processes the container has beside this one.
pub fn take(files: &mut Files, pgdata: &str, pid: u32, alive: &[u32], start_s: u64, port: u16) -> Result<(), Report> {
    let path = path(pgdata);
    match files.read_text(&path) {
        Ok(text) => {
            let first = text.lines().next().unwrap_or_default();
            let Ok(other) = first.trim().parse::<u32>() else {
                return Err(if text.is_empty() {
                    Report::fatal("F0001", "lock file \"postmaster.pid\" is empty").hint(
                        "Either another server is starting, or the lock file is the remnant of a previous server \
                         startup crash.",
                    )
                } else {
                    Report::fatal(
                        "F0001",
                        format!("bogus data in lock file \"postmaster.pid\": \"{first}\""),
                    )
                });
            };
            // Its own number is the remnant of its forerunner in the same place.
            if other != pid && alive.contains(&other) {
                return Err(
                    Report::fatal("F0001", "lock file \"postmaster.pid\" already exists").hint(format!(
                        "Is another postmaster (PID {other}) running in data directory \"{pgdata}\"?"
                    )),
                );
            }
        }
        Err(DiskError::NotFound) => (),
        Err(error) => {
            return Err(Report::fatal(
                "58030",
                format!("could not open lock file \"postmaster.pid\": {error}"),
            ));
        }
    }
    let text = format!("{pid}\n{pgdata}\n{start_s}\n{port}\n/var/run/postgresql\n*\n   786449         0\nready   \n");
    files.write(&path, text.as_bytes()).map_err(|error| {
        Report::fatal(
            "58030",
            format!("could not write lock file \"postmaster.pid\": {error}"),
        )
    })
}

/// Gives the lock back.
pub fn give_back(files: &mut Files, pgdata: &str) {
    // A disk that has gone keeps its file: the next start finds it stale.
    let _ = files.remove(&path(pgdata));
}

fn path(pgdata: &str) -> String {
    format!("{pgdata}/postmaster.pid")
}
