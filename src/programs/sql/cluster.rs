//! A database cluster in the memory of one server process: its roles, its databases and its sessions.
//!
//! All of it is data: what a running server has read from its disk, and what its sessions are in the middle of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::moment::Moment;
use super::reply::{Answer, Reply, Report};
use super::role::Role;
use crate::cloud::disk::DiskError;
use crate::programs::files::Files;

/// The number of a session inside one server process.
pub type SessionNumber = u64;

/// Who opens a session, and how it came: what `pg_stat_activity` shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The role.
    pub user: String,
    /// The database.
    pub database: String,
    /// The `application_name`.
    pub application: String,
    /// The client's address; none for a Unix socket.
    pub client_ip: Option<String>,
    /// The address at which the server was reached; none for a Unix socket.
    pub server_ip: Option<String>,
    /// The server process of the session.
    pub pid: u32,
    /// When it was opened, in microseconds since 1970.
    pub since_us: i64,
}

/// A database cluster, as one server process has it in memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    pgdata: String,
    roles: BTreeMap<String, Role>,
    databases: BTreeMap<String, Database>,
    sessions: BTreeMap<SessionNumber, Session>,
    /// Parameters that differ from their defaults.
    parameters: BTreeMap<String, String>,
}

/// A database of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// Its oid, which names its folder.
    pub oid: u32,
    /// The role that owns it.
    pub owner: String,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    client: Client,
}

impl Cluster {
    /// Makes a new cluster as initdb does, with one superuser and three databases, and writes it into an empty folder.
    pub fn initdb(files: &mut Files, pgdata: &str, user: &str, password: Option<&str>) -> Result<Self, DiskError> {
        let mut role = Role::bootstrap();
        role.set_password(password);
        let database = |oid| Database {
            oid,
            owner: user.to_owned(),
        };
        let cluster = Self {
            pgdata: pgdata.to_owned(),
            roles: [(user.to_owned(), role)].into(),
            databases: [("template1", 1), ("template0", 4), ("postgres", 5)]
                .map(|(name, oid)| (name.to_owned(), database(oid)))
                .into(),
            sessions: BTreeMap::new(),
            parameters: BTreeMap::new(),
        };
        files.mkdir_all(&format!("{pgdata}/global"))?;
        files.mkdir_all(&format!("{pgdata}/base"))?;
        cluster.write_shared(files)?;
        Ok(cluster)
    }

    /// Reads the cluster that lies in a folder.
    pub fn load(files: &Files, pgdata: &str) -> Result<Self, Report> {
        Ok(Self {
            pgdata: pgdata.to_owned(),
            roles: read_table(files, &format!("{pgdata}/global/1260"))?,
            databases: read_table(files, &format!("{pgdata}/global/1262"))?,
            sessions: BTreeMap::new(),
            parameters: BTreeMap::new(),
        })
    }

    /// Sets a parameter for all sessions.
    pub fn set_parameter(&mut self, name: &str, value: String) {
        self.parameters.insert(name.to_owned(), value);
    }

    /// Returns the value of a server parameter.
    pub fn parameter(&self, name: &str) -> String {
        let default = || {
            super::parameters::find(name)
                .map_or("", |parameter| parameter.default)
                .to_owned()
        };
        self.parameters.get(name).cloned().unwrap_or_else(default)
    }

    /// Returns the role of this name.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// Tells whether there is a database of this name.
    pub fn has_database(&self, name: &str) -> bool {
        self.databases.contains_key(name)
    }

    /// Makes a database for `owner`, a copy of template1.
    pub fn create_database(&mut self, name: &str, owner: &str, files: &mut Files) -> Result<(), Report> {
        let oid = self
            .databases
            .values()
            .map(|database| database.oid)
            .max()
            .unwrap_or(0)
            .max(16_383)
            + 1;
        self.databases.insert(
            name.to_owned(),
            Database {
                oid,
                owner: owner.to_owned(),
            },
        );
        self.write_shared(files)
            .map_err(|error| Report::error("58030", format!("could not create directory \"base/{oid}\": {error}")))
    }

    /// Opens a session; the caller has seen to it that role and database exist.
    pub fn open(&mut self, number: SessionNumber, client: Client) {
        self.sessions.insert(number, Session { client });
    }

    /// Ends a session; its open transaction is rolled back.
    pub fn close(&mut self, number: SessionNumber) {
        self.sessions.remove(&number);
    }

    /// Returns how many sessions are open.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Returns the sessions in order of their numbers.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionNumber, &Client)> {
        self.sessions.iter().map(|(number, session)| (*number, &session.client))
    }

    /// Runs a query string in a session.
    pub fn run(&mut self, number: SessionNumber, _sql: &str, _files: &mut Files, _moment: Moment) -> Answer {
        let _ = number;
        Answer {
            replies: vec![Reply::Error(Report::beyond("this statement yet"))],
            busy_ms: 0,
        }
    }

    /// Gives a session the data that its `COPY … FROM STDIN` waits for.
    pub fn copy_in(&mut self, number: SessionNumber, _data: &str, files: &mut Files, moment: Moment) -> Answer {
        self.run(number, "", files, moment)
    }

    /// Writes what a clean shutdown leaves: everything that lives in buffers only.
    pub fn checkpoint(&mut self, _files: &mut Files) -> Result<(), Report> {
        Ok(())
    }

    fn write_shared(&self, files: &mut Files) -> Result<(), DiskError> {
        let pgdata = &self.pgdata;
        write_table(files, &format!("{pgdata}/global/1260"), &self.roles)?;
        write_table(files, &format!("{pgdata}/global/1262"), &self.databases)
    }
}

fn write_table<T: Serialize>(files: &mut Files, path: &str, table: &T) -> Result<(), DiskError> {
    files.write(
        path,
        &serde_json::to_vec(table).expect("names and plain fields make JSON"),
    )
}

fn read_table<T: for<'de> Deserialize<'de>>(files: &Files, path: &str) -> Result<T, Report> {
    let bytes = files
        .read(path)
        .map_err(|error| Report::fatal("58P01", format!("could not open file \"{path}\": {error}")))?;
    serde_json::from_slice(&bytes).map_err(|_| {
        let name = path.rsplit('/').next().unwrap_or(path);
        Report::fatal("XX001", format!("invalid page in block 0 of relation global/{name}"))
    })
}
