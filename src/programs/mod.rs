//! What runs inside containers.

pub mod files;
