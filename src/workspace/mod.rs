//! A cluster that lives in a folder, for an evening or a term.
//!
//! The folder holds one database with the journal of all that came into the world from outside, the world as it is now,
//! and a few worlds as they were; beside it stand the volumes as SQLite files, for curious eyes. A command lands whole or
//! not at all: it is one transaction of that database. What is journaled are inputs, so that the journal plays the same
//! world again, byte for byte ([`Session::verify`]), and going back in time is playing a shorter one.
//!
//! It is spared from knowing the wall clock and the terminal: whoever opens a folder brings them ([`Wall`]).

mod trouble;
mod wall;
mod state;
mod journal;
mod korean;
mod vault;
mod lock;
mod folder;
mod session;
mod live;
mod land;
mod travel;
mod export;
mod diary;
#[cfg(test)]
mod tests;

pub use diary::{Journal, journals, read as read_journal};
pub use folder::{Created, DATABASE, Folder, Plan, default_class};
pub use journal::Entry;
pub use korean::KOREAN;
pub use session::Session;
pub use state::{Pace, State};
pub use travel::{Moment, UNDO, Verified};
pub use trouble::Trouble;
pub use wall::Wall;
