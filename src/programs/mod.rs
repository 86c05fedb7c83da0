//! What runs inside containers.

pub mod bytes;
pub mod files;
pub mod outcome;
pub mod sql;
pub mod postgres;
pub mod psql;
pub mod pg_dump;
pub mod runtime;
pub mod client;
pub mod web;
pub mod cache;
pub mod shell;

pub use runtime::{Deed, Ground, Routes, Runtime, Wake, Whom};
