//! psql: what people type, what it prints, to the byte.
//!
//! Reaches servers only through [`Network`], as names, services and partitions belong to others.

mod network;

pub use network::{Network, Target, Unreachable};
