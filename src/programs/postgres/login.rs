//! Who asks for a session, and from where.

use serde::{Deserialize, Serialize};

/// A session's number inside one server process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionId(pub u64);

/// From where a client connects: `pg_hba.conf` decides by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Through the Unix socket: the same container.
    Socket,
    /// Through 127.0.0.1: the same pod.
    Loopback,
    /// From this address.
    Network(String),
}

/// What a client says when it connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The role.
    pub user: String,
    /// The database.
    pub database: String,
    /// The password, if the client has one.
    pub password: Option<String>,
    /// From where.
    pub origin: Origin,
    /// The address at which it found the server: what `inet_server_addr()` says.
    pub server_ip: Option<String>,
    /// The `application_name`.
    pub application: String,
}
