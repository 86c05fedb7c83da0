//! A role: a name, a password and a few rights.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The roles of a database cluster by name: read by every statement, seldom changed.
pub type Roles = Arc<BTreeMap<String, Role>>;

/// A role of a database cluster.
///
/// Rights on objects are accepted and not enforced; what is kept is who may log in, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The role's oid; the first superuser has 10.
    pub oid: u32,
    /// `SUPERUSER`.
    pub superuser: bool,
    /// `LOGIN`.
    pub login: bool,
    /// `CREATEDB`.
    pub create_db: bool,
    /// `CREATEROLE`.
    pub create_role: bool,
    /// `REPLICATION`.
    pub replication: bool,
    /// `INHERIT`.
    pub inherit: bool,
    /// `BYPASSRLS`.
    pub bypass_rls: bool,
    /// `CONNECTION LIMIT`; -1 is none.
    pub connection_limit: i32,
    /// `VALID UNTIL`, as it was written; it is kept, not enforced.
    pub valid_until: Option<String>,
    /// The roles that this one is a member of.
    pub member_of: Vec<String>,
    /// What is kept of the password.
    pub verifier: Option<String>,
}

impl Role {
    /// Returns a role as `CREATE ROLE name` makes it.
    pub fn new(oid: u32) -> Self {
        Self {
            oid,
            superuser: false,
            login: false,
            create_db: false,
            create_role: false,
            replication: false,
            inherit: true,
            bypass_rls: false,
            connection_limit: -1,
            valid_until: None,
            member_of: Vec::new(),
            verifier: None,
        }
    }

    /// Returns the role that initdb makes.
    pub fn bootstrap() -> Self {
        Self {
            superuser: true,
            login: true,
            create_db: true,
            create_role: true,
            replication: true,
            bypass_rls: true,
            ..Self::new(10)
        }
    }

    /// Sets or removes the password; an empty one is none, as in PostgreSQL.
    pub fn set_password(&mut self, password: Option<&str>) {
        self.verifier = password
            .filter(|password| !password.is_empty())
            .map(|password| verifier(self.oid, password));
    }

    /// Tells whether this is the role's password.
    pub fn accepts(&self, password: &str) -> bool {
        self.verifier.as_deref() == Some(verifier(self.oid, password).as_str())
    }
}

/// One salted hash where SCRAM-SHA-256 makes 4096: what counts here is that no password stands in a file.
fn verifier(oid: u32, password: &str) -> String {
    let digest = Sha256::digest(format!("{oid}:{password}"));
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("SCRAM-SHA-256$pglab:{hex}")
}
