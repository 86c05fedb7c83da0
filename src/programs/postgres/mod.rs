//! PostgreSQL's server as its official image runs it: entrypoint, initdb, start, recovery, sessions, stop.
//!
//! A pure state machine: time comes in, files are the container's own, log lines and an exit code come out. It is
//! spared from knowing pods, networks and who sends the signals.

mod settings;
mod login;
mod entrypoint;
mod initdb;
mod conf;
mod control;
mod lockfile;
mod hba;
mod listening;
mod log;
mod server;
mod waits;
mod first_start;
mod launch;
mod shutdown;
mod crash;
mod setup;
mod access;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use access::Denial;
pub use log::LogLine;
pub use login::{Login, Origin, SessionId};
pub use server::{Birth, Postgres, Readiness};
pub use settings::{Durations, Image, Layout};
pub use setup::InitScript;

/// A signal that reaches a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// SIGTERM: a smart shutdown, which waits for sessions.
    Term,
    /// SIGINT: a fast shutdown, which ends them.
    Int,
    /// SIGQUIT: an immediate shutdown; recovery follows at the next start.
    Quit,
    /// SIGKILL: gone.
    Kill,
    /// SIGHUP: read the configuration again.
    Hup,
}
