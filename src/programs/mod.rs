//! What runs inside containers.

pub mod files;
pub mod outcome;
pub mod sql;
pub mod postgres;
pub mod psql;
mod runtime;

pub use runtime::{Deed, Runtime, Wake, Whom};
