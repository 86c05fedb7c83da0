//! A database cluster in the memory of one server process: its roles, its databases and its sessions.
//!
//! All of it is data: what a running server has read from its disk, and what its sessions are in the middle of.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::buffers::Buffers;
use super::in_force::Parameters;
use super::live::Live;
use super::moment::Moment;
use super::reply::{Answer, Report};
use super::role::{Role, Roles};
use super::session::Session;
use super::turn::Turn;
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
    pub(super) pgdata: String,
    pub(super) version: String,
    pub(super) started_us: i64,
    pub(super) roles: Roles,
    pub(super) databases: BTreeMap<String, Database>,
    pub(super) sessions: BTreeMap<SessionNumber, Session>,
    /// Parameters that differ from their defaults.
    pub(super) parameters: Arc<Parameters>,
    /// The databases that have been read, by oid.
    pub(super) buffers: BTreeMap<u32, Buffers>,
}

/// A database of a cluster, as the shared catalog lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// Its oid, which names its folder.
    pub oid: u32,
    /// The role that owns it.
    pub owner: String,
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
        let databases = [("template1", 1), ("template0", 4), ("postgres", 5)];
        let cluster = Self {
            pgdata: pgdata.to_owned(),
            version: String::new(),
            started_us: 0,
            roles: Roles::new([(user.to_owned(), role)].into()),
            databases: databases.map(|(name, oid)| (name.to_owned(), database(oid))).into(),
            sessions: BTreeMap::new(),
            parameters: Arc::default(),
            buffers: BTreeMap::new(),
        };
        files.mkdir_all(&format!("{pgdata}/global"))?;
        let pages = Live::fresh("pg_database_owner");
        for (_, oid) in databases {
            files.mkdir_all(&format!("{pgdata}/base/{oid}"))?;
            Buffers::create(files, &Buffers::path(pgdata, oid), &pages)?;
        }
        cluster.write_shared(files)?;
        Ok(cluster)
    }

    /// Reads the cluster that lies in a folder.
    pub fn load(files: &Files, pgdata: &str) -> Result<Self, Report> {
        Ok(Self {
            pgdata: pgdata.to_owned(),
            version: String::new(),
            started_us: 0,
            roles: read_table(files, &format!("{pgdata}/global/1260"))?,
            databases: read_table(files, &format!("{pgdata}/global/1262"))?,
            sessions: BTreeMap::new(),
            parameters: Arc::default(),
            buffers: BTreeMap::new(),
        })
    }

    /// Tells the cluster which version its server has, and when that was started.
    pub fn introduce(&mut self, version: &str, started_us: i64) {
        self.version = version.to_owned();
        self.started_us = started_us;
    }

    /// Sets a parameter for all sessions.
    pub fn set_parameter(&mut self, name: &str, value: String) {
        Arc::make_mut(&mut self.parameters).insert(name.to_owned(), value);
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

    /// Returns the roles, to change them.
    pub(super) fn roles_mut(&mut self) -> &mut BTreeMap<String, Role> {
        Arc::make_mut(&mut self.roles)
    }

    /// Makes a role that may log in, with a password.
    pub fn create_login(&mut self, name: &str, password: &str, files: &mut Files) -> Result<(), Report> {
        let oid = self.free_oid();
        let mut role = Role {
            login: true,
            create_db: true,
            ..Role::new(oid)
        };
        role.set_password(Some(password));
        self.roles_mut().insert(name.to_owned(), role);
        self.write_shared(files)
            .map_err(|error| Report::error("58030", format!("could not write roles: {error}")))
    }

    /// Tells whether there is a database of this name.
    pub fn has_database(&self, name: &str) -> bool {
        self.databases.contains_key(name)
    }

    /// Returns the names of the databases, in order.
    pub fn database_names(&self) -> impl Iterator<Item = &str> {
        self.databases.keys().map(String::as_str)
    }

    /// Makes a database for `owner`, a copy of another.
    pub fn create_database(
        &mut self,
        name: &str,
        owner: &str,
        template: &str,
        files: &mut Files,
    ) -> Result<(), Report> {
        let Some(source) = self.databases.get(template) else {
            return Err(Report::error(
                "3D000",
                format!("template database \"{template}\" does not exist"),
            ));
        };
        let source = Buffers::path(&self.pgdata, source.oid);
        let oid = self.free_oid();
        let folder = format!("{}/base/{oid}", self.pgdata);
        let copied = files.pages(&source).and_then(|pages| {
            files.mkdir_all(&folder)?;
            files.allocate(&format!("{folder}/1249"), 7_527 * 1024)?;
            let stamp = files.read(&format!("{}/PG_VERSION", self.pgdata))?;
            files.write(&format!("{folder}/PG_VERSION"), &stamp)?;
            Buffers::create(files, &Buffers::path(&self.pgdata, oid), &pages)
        });
        let made = copied.and_then(|()| {
            self.databases.insert(
                name.to_owned(),
                Database {
                    oid,
                    owner: owner.to_owned(),
                },
            );
            self.write_shared(files)
        });
        made.map_err(|error| {
            self.databases.remove(name);
            // What was copied so far is of no use; a disk that fails keeps it.
            let _ = files.remove_all(&folder);
            let report = Report::error("53100", format!("could not extend file \"base/{oid}/1249\": {error}"));
            if error == DiskError::Full {
                report.hint("Check free disk space.")
            } else {
                report
            }
        })
    }

    /// Returns how many databases have been read from the disk so far.
    pub fn databases_in_memory(&self) -> usize {
        self.buffers.len()
    }

    /// Returns an oid that no role and no database has.
    pub(super) fn free_oid(&self) -> u32 {
        let databases = self.databases.values().map(|database| database.oid);
        let roles = self.roles.values().map(|role| role.oid);
        databases.chain(roles).max().unwrap_or(0).max(16_383) + 1
    }

    /// Opens a session; the caller has seen to it that role and database exist.
    pub fn open(&mut self, number: SessionNumber, client: Client) {
        self.sessions.insert(number, Session::new(client));
    }

    /// Returns whether a session's role is a superuser, and the mark of its transaction in psql's prompt: nothing, `*`, or
    /// `!` where it has failed.
    pub fn standing(&self, number: SessionNumber) -> (bool, &'static str) {
        let Some(session) = self.sessions.get(&number) else {
            return (false, "");
        };
        let superuser = self.roles.get(&session.user).is_some_and(|role| role.superuser);
        let mark = match &session.transaction {
            None => "",
            Some(transaction) if transaction.failed => "!",
            Some(_) => "*",
        };
        (superuser, mark)
    }

    /// Ends a session; its open transaction is rolled back.
    pub fn close(&mut self, number: SessionNumber) {
        if let Some(session) = self.sessions.remove(&number)
            && let Some(roles) = session.transaction.and_then(|transaction| transaction.roles_before)
        {
            self.roles = roles;
        }
        for buffers in self.buffers.values_mut() {
            if buffers.writer == Some(number) {
                buffers.writer = None;
                buffers.writing.0 = None;
            }
        }
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
    pub fn run(&mut self, number: SessionNumber, sql: &str, files: &mut Files, moment: Moment) -> Answer {
        Turn::new(self, number, files, moment).run(sql)
    }

    /// Gives a session the data that its `COPY … FROM STDIN` waits for.
    pub fn copy_in(&mut self, number: SessionNumber, data: &str, files: &mut Files, moment: Moment) -> Answer {
        Turn::new(self, number, files, moment).copy_in(data)
    }

    /// Writes what a clean shutdown leaves: where the sequences stand, to the number.
    pub fn checkpoint(&mut self, files: &mut Files) -> Result<(), Report> {
        for buffers in self.buffers.values_mut() {
            let mut live = buffers.open()?;
            live.batch("BEGIN")?;
            buffers.save_standings(&live, true)?;
            live.batch("COMMIT")?;
            buffers.flush(&mut live, files)?;
        }
        Ok(())
    }

    pub(super) fn write_shared(&self, files: &mut Files) -> Result<(), DiskError> {
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
