//! The way from a client to a server, as the client sees it.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::api::Uid;
use crate::programs::postgres::SessionId;
use crate::programs::sql::{Answer, Report};

/// Where and as whom a client connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// A host name, an address, or a folder (with a leading slash) of a Unix socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The role.
    pub user: String,
    /// The database.
    pub database: String,
    /// The password, if the client knows one.
    pub password: Option<String>,
    /// The `application_name`.
    pub application: String,
    /// The `connect_timeout` in seconds; 0 waits as long as TCP does.
    pub timeout_s: u64,
}

/// Why a client got no session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unreachable {
    /// The name has no address.
    UnknownHost,
    /// The address answers: nobody listens on that port.
    Refused {
        /// The address of the host.
        ip: String,
    },
    /// No answer came; `after_ms` passed.
    Timeout {
        /// The address of the host.
        ip: String,
        /// How long the client waited.
        after_ms: u64,
    },
    /// The socket's file is not there: no server in this container.
    NoSocket,
    /// The server asks for a password, and the client has none.
    NoPassword {
        /// The address of the host; none for a Unix socket.
        ip: Option<String>,
    },
    /// The server answered and said no.
    Denied {
        /// The address of the host; none for a Unix socket.
        ip: Option<String>,
        /// What the server said: mostly `FATAL`.
        report: Report,
    },
}

/// A session with a server, as its client holds it: plain data, to go on with later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    pub(in crate::programs) node: Arc<str>,
    pub(in crate::programs) pod: Uid,
    pub(in crate::programs) container: usize,
    pub(in crate::programs) pid: u32,
    /// Which start of the container it belongs to.
    pub(in crate::programs) attempt: u32,
    pub(in crate::programs) session: SessionId,
    pub(in crate::programs) address: Option<String>,
}

/// The network as a client needs it: connect, ask, close.
pub trait Network {
    /// Opens a session.
    fn connect(&mut self, target: &Target) -> Result<SessionId, Unreachable>;

    /// Returns the address that the session goes to, none for a Unix socket.
    fn address(&self, session: SessionId) -> Option<String>;

    /// Returns the server's version, as `SHOW server_version` says it; clients warn when it differs from theirs.
    fn server_version(&self, session: SessionId) -> String;

    /// Sends a query string; `None` when the server or the way to it has gone.
    fn query(&mut self, session: SessionId, sql: &str) -> Option<Answer>;

    /// Sends the data that `COPY … FROM STDIN` waits for.
    fn copy_in(&mut self, session: SessionId, data: &str) -> Option<Answer>;

    /// Returns whether the session's role is a superuser, and the mark of its transaction in a prompt: nothing, `*`, or `!`
    /// where it has failed.
    fn standing(&self, _session: SessionId) -> (bool, &'static str) {
        (false, "")
    }

    /// Returns what is needed to go on with a session later; None where that cannot be.
    fn hold(&self, _session: SessionId) -> Option<Wire> {
        None
    }

    /// Takes up a session that was held on to; it may be dead by now.
    fn resume(&mut self, wire: Wire) -> SessionId {
        wire.session
    }

    /// Ends the session.
    fn close(&mut self, session: SessionId);
}
