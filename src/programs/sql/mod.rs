//! SQL: PostgreSQL's dialect, parsed for real, translated to SQLite over the pages of a simulated disk.
//!
//! Knows databases, roles and sessions; spared from knowing processes, signals and networks, which `postgres` has.

mod moment;
mod reply;
pub mod values;
mod role;
mod in_force;
pub mod parameters;
mod source;
mod dialect;
mod catalog;
mod pretty;
mod definition;
mod directory;
mod runtime;
mod functions;
mod bind;
mod live;
mod equip;
mod exec;
mod command;
mod buffers;
mod session;
mod cluster;
mod lying;
mod turn;
mod statement;
mod settings;
mod work;
mod shared;
mod role_commands;
#[cfg(test)]
mod tests;

pub use catalog::{Formula, Generated, Index, Relation, Rule, Sequence, Table, View, quote_ident};
pub use cluster::{Client, Cluster, SessionNumber};
pub use directory::Directory;
pub use functions::quote_literal;
pub use lying::databases_on;
pub use moment::Moment;
pub use reply::{Answer, Column, Reply, Report, Rows, Severity};
pub use role::Role;
pub use values::calendar::log_time;
