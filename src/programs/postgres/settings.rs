//! What a server is told from outside: which image it is, and how long things take.

use serde::{Deserialize, Serialize};

/// How long a server takes for what it does, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// initdb, with the temporary server of the entrypoint.
    pub initdb_ms: u64,
    /// From the start of the process to the first connection.
    pub start_ms: u64,
    /// Recovery after an unclean stop, on top of the start.
    pub recovery_ms: u64,
    /// A fast shutdown with its checkpoint.
    pub stop_ms: u64,
}

impl Default for Durations {
    /// An empty database on an ordinary cloud disk.
    fn default() -> Self {
        Self {
            initdb_ms: 1500,
            start_ms: 100,
            recovery_ms: 400,
            stop_ms: 100,
        }
    }
}

/// Whose image runs the server: they differ in names of variables and in places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// The official image, `postgres`.
    Official,
    /// Bitnami's, `bitnami/postgresql`.
    Bitnami,
}

/// A server's image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Whose rules the entrypoint follows.
    pub layout: Layout,
    /// The major version, as in `PG_VERSION`.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
}
