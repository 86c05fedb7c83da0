//! PostgreSQL's server as its official image runs it: entrypoint, initdb, start, recovery, sessions, stop.
//!
//! A pure state machine: time comes in, files are the container's own, log lines and an exit code come out. It is
//! spared from knowing pods, networks and who sends the signals.

mod settings;
mod login;

pub use login::{Login, Origin, SessionId};
pub use settings::{Durations, Image, Layout};
