//! The server's life: made, started, recovered, ready, stopped or killed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Signal;
use super::conf;
use super::control::{self, Control, State};
use super::entrypoint::{self, Plan};
use super::hba::Hba;
use super::initdb;
use super::lockfile;
use super::log::{Log, LogLine};
use super::login::SessionId;
use super::settings::{Durations, Image, Layout};
use crate::programs::files::Files;
use crate::programs::outcome::Env;
use crate::programs::sql::{Cluster, Report, log_time, parameters};

/// All that a server is started with, beside its files and the time.
#[derive(Clone, Debug)]
pub struct Birth<'a> {
    /// The image.
    pub image: Image,
    /// The container's environment.
    pub env: &'a Env,
    /// The arguments after the entrypoint: none, flags, or `postgres` and flags.
    pub args: &'a [String],
    /// How long things take.
    pub durations: Durations,
    /// The process number: 1 in a container of its own.
    pub pid: u32,
    /// The other processes that the container sees; see `postmaster.pid`.
    pub alive: &'a [u32],
}

/// A server process from its entrypoint on. Plain data: clone it, save it, go on from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Postgres {
    pub(super) image: Image,
    pub(super) pgdata: String,
    pub(super) port: u16,
    pub(super) pid: u32,
    pub(super) hba: Hba,
    pub(super) cluster: Option<Cluster>,
    pub(super) log: Log,
    pub(super) sessions_opened: u64,
    pub(super) next_pid: u32,
    env: Env,
    args: Vec<String>,
    alive: Vec<u32>,
    durations: Durations,
    phase: Phase,
}

/// Where a server is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// initdb runs; its folders are on the disk, its catalogs are not.
    Initdb { until_ms: u64 },
    /// The entrypoint's temporary server makes the database and runs the scripts.
    Setup { until_ms: u64 },
    /// The server reads its files.
    Starting { until_ms: u64 },
    /// The server replays its log.
    Recovering { until_ms: u64 },
    /// It takes connections.
    Ready,
    /// Smart shutdown: it waits for its sessions to end.
    Draining,
    /// It writes its last checkpoint.
    Stopping { until_ms: u64 },
    /// It is over.
    Exited { code: i32, at_ms: u64 },
}

/// What a server says to one who asks whether it takes connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Nothing listens on its port or socket.
    Silent,
    /// It listens, and turns everybody away for now.
    Rejecting,
    /// It takes connections.
    Accepting,
}

impl Postgres {
    /// Starts the entrypoint; what it refuses ends the process at once (see [`Postgres::exit`]).
    pub fn start(birth: &Birth, files: &mut Files, now_ms: u64) -> Self {
        let mut this = Self {
            image: birth.image,
            pgdata: String::new(),
            port: 5432,
            pid: birth.pid,
            hba: Hba::default(),
            cluster: None,
            log: Log::default(),
            sessions_opened: 0,
            next_pid: 29,
            env: birth.env.clone(),
            args: birth.args.to_vec(),
            alive: birth.alive.to_vec(),
            durations: birth.durations,
            phase: Phase::Ready,
        };
        match entrypoint::plan(&birth.image, birth.env, files) {
            Plan::Refuse { words } => {
                this.log.complain(now_ms, &words);
                this.exit_with(1, now_ms);
            }
            Plan::Init { words, wish } => {
                if !words.is_empty() {
                    this.log.complain(now_ms, &words);
                }
                this.pgdata = wish.pgdata;
                this.begin_initdb(files, now_ms);
            }
            Plan::Keep { pgdata } => {
                this.pgdata = pgdata;
                let words = match birth.image.layout {
                    Layout::Official => {
                        "\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n"
                    }
                    Layout::Bitnami => "postgresql INFO  ==> Deploying PostgreSQL with persisted data...\n",
                };
                this.log.print(now_ms, words);
                this.launch(files, now_ms);
            }
        }
        this
    }

    /// Lets time pass up to `now_ms`: whatever was due by then has happened.
    pub fn advance(&mut self, files: &mut Files, now_ms: u64) {
        while let Some(due_ms) = self.due_ms().filter(|due_ms| *due_ms <= now_ms) {
            match self.phase {
                Phase::Initdb { .. } => self.end_initdb(files, due_ms),
                Phase::Setup { .. } => self.end_setup(files, due_ms),
                Phase::Starting { .. } => self.end_start(files, due_ms),
                Phase::Recovering { .. } => self.end_recovery(files, due_ms),
                Phase::Stopping { .. } => self.end_stop(files, due_ms),
                Phase::Ready | Phase::Draining | Phase::Exited { .. } => break,
            }
        }
    }

    /// Returns when the server will next do something by itself.
    pub fn due_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Initdb { until_ms }
            | Phase::Setup { until_ms }
            | Phase::Starting { until_ms }
            | Phase::Recovering { until_ms }
            | Phase::Stopping { until_ms } => Some(until_ms),
            Phase::Ready | Phase::Draining | Phase::Exited { .. } => None,
        }
    }

    /// Tells what a client that knocks will find. The temporary server of the entrypoint listens on its socket only.
    pub fn readiness(&self, through_socket: bool) -> Readiness {
        match self.phase {
            Phase::Ready => Readiness::Accepting,
            Phase::Setup { .. } if through_socket => Readiness::Accepting,
            Phase::Starting { .. } | Phase::Recovering { .. } | Phase::Draining => Readiness::Rejecting,
            Phase::Stopping { .. } => Readiness::Rejecting,
            Phase::Initdb { .. } | Phase::Setup { .. } | Phase::Exited { .. } => Readiness::Silent,
        }
    }

    /// Returns the exit code and when it came, once the process is over.
    pub fn exit(&self) -> Option<(i32, u64)> {
        match self.phase {
            Phase::Exited { code, at_ms } => Some((code, at_ms)),
            _ => None,
        }
    }

    /// Returns the port that the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the data directory.
    pub fn pgdata(&self) -> &str {
        &self.pgdata
    }

    /// Returns the image.
    pub fn image(&self) -> Image {
        self.image
    }

    /// Takes the log lines that were written since the last call.
    pub fn take_log(&mut self) -> Vec<LogLine> {
        self.log.take()
    }

    /// Gives the process a signal. Returns the sessions that it cut off.
    pub fn signal(&mut self, signal: Signal, files: &mut Files, now_ms: u64) -> Vec<SessionId> {
        self.advance(files, now_ms);
        match (signal, &self.phase) {
            (_, Phase::Exited { .. }) => Vec::new(),
            (Signal::Kill, _) => {
                let cut = self.cut_sessions(now_ms, false);
                self.exit_with(137, now_ms);
                cut
            }
            // The entrypoint's shell is process 1: signals without a handler do not reach it.
            (_, Phase::Initdb { .. } | Phase::Setup { .. }) => Vec::new(),
            (Signal::Hup, _) => {
                self.log.server(
                    now_ms,
                    self.pid,
                    "LOG",
                    "received SIGHUP, reloading configuration files",
                );
                self.read_hba(files);
                Vec::new()
            }
            (Signal::Term, Phase::Ready) => {
                self.log
                    .server(now_ms, self.pid, "LOG", "received smart shutdown request");
                self.phase = Phase::Draining;
                self.drained(now_ms);
                Vec::new()
            }
            (Signal::Int, Phase::Ready | Phase::Draining) => {
                self.log
                    .server(now_ms, self.pid, "LOG", "received fast shutdown request");
                self.log
                    .server(now_ms, self.pid, "LOG", "aborting any active transactions");
                let cut = self.cut_sessions(now_ms, true);
                self.begin_stop(now_ms);
                cut
            }
            (Signal::Term | Signal::Int, Phase::Starting { .. } | Phase::Recovering { .. }) => {
                let kind = if signal == Signal::Int { "fast" } else { "smart" };
                self.log
                    .server(now_ms, self.pid, "LOG", &format!("received {kind} shutdown request"));
                self.log.server(now_ms, self.pid, "LOG", "database system is shut down");
                lockfile::give_back(files, &self.pgdata);
                self.exit_with(0, now_ms);
                Vec::new()
            }
            (Signal::Quit, _) => {
                self.log
                    .server(now_ms, self.pid, "LOG", "received immediate shutdown request");
                let cut = self.cut_sessions(now_ms, false);
                self.log.server(now_ms, self.pid, "LOG", "database system is shut down");
                lockfile::give_back(files, &self.pgdata);
                self.exit_with(0, now_ms);
                cut
            }
            (Signal::Term | Signal::Int, _) => Vec::new(),
        }
    }

    /// Ends a smart shutdown's waiting, once no session is left.
    pub(super) fn drained(&mut self, now_ms: u64) {
        if self.phase == Phase::Draining && self.cluster.as_ref().is_none_or(|cluster| cluster.session_count() == 0) {
            self.begin_stop(now_ms);
        }
    }

    /// Returns why nobody gets a session now, if that is so.
    pub(super) fn closed_door(&self) -> Option<Report> {
        let message = match self.phase {
            Phase::Ready | Phase::Setup { .. } => return None,
            Phase::Starting { .. } | Phase::Recovering { .. } => "the database system is starting up",
            Phase::Initdb { .. } | Phase::Draining | Phase::Stopping { .. } | Phase::Exited { .. } => {
                "the database system is shutting down"
            }
        };
        Some(Report::fatal("57P03", message))
    }

    /// Ends the process because of an error that no server survives: a disk that fails or is full.
    pub(super) fn panic(&mut self, files: &mut Files, now_ms: u64) {
        self.cut_sessions(now_ms, false);
        self.log.server(now_ms, self.pid, "LOG", "database system is shut down");
        lockfile::give_back(files, &self.pgdata);
        self.exit_with(1, now_ms);
    }

    fn begin_initdb(&mut self, files: &mut Files, now_ms: u64) {
        if let Err(error) = files.mkdir_all(&self.pgdata) {
            self.log.complain(
                now_ms,
                &format!("mkdir: cannot create directory ‘{}’: {error}", self.pgdata),
            );
            return self.exit_with(1, now_ms);
        }
        self.log.print(now_ms, &initdb::greeting(&self.image));
        if let Some(words) = initdb::not_empty(&self.image, files, &self.pgdata) {
            self.log.complain(now_ms, &words);
            return self.exit_with(1, now_ms);
        }
        match initdb::begin(&self.image, files, &self.pgdata) {
            Ok(()) => {
                self.phase = Phase::Initdb {
                    until_ms: now_ms + self.durations.initdb_ms * 3 / 4,
                }
            }
            Err(error) => self.initdb_failed(files, &error.to_string(), now_ms),
        }
    }

    fn end_initdb(&mut self, files: &mut Files, now_ms: u64) {
        // The environment is a process's own: it says today what it said at the start, unless a password file went.
        let wish = match entrypoint::wish(&self.image, &self.env, files) {
            Ok(wish) => wish,
            Err(words) => {
                self.log.complain(now_ms, &words);
                return self.exit_with(1, now_ms);
            }
        };
        match initdb::finish(&self.image, files, &wish, now_ms) {
            Ok(cluster) => self.cluster = Some(cluster),
            Err(error) => return self.initdb_failed(files, &error.to_string(), now_ms),
        }
        let (progress, warning, end) = initdb::success(&self.image, &self.pgdata);
        self.log.print(now_ms, &progress);
        self.log.complain(now_ms, &warning);
        self.log.print(now_ms, &end);
        self.phase = Phase::Setup {
            until_ms: now_ms + self.durations.initdb_ms / 4,
        };
    }

    fn initdb_failed(&mut self, files: &mut Files, error: &str, now_ms: u64) {
        let pgdata = self.pgdata.clone();
        self.log.complain(
            now_ms,
            &format!(
                "initdb: error: could not write file \"{pgdata}/pg_wal/000000010000000000000001\": {error}\n\
                 initdb: removing contents of data directory \"{pgdata}\""
            ),
        );
        for name in files.list(&pgdata).unwrap_or_default() {
            // A disk that fails keeps its half of a database.
            let _ = files.remove_all(&format!("{pgdata}/{name}"));
        }
        self.exit_with(1, now_ms);
    }

    fn end_setup(&mut self, files: &mut Files, now_ms: u64) {
        match super::setup::run(self, files, now_ms) {
            Ok(()) => {
                self.cluster = None;
                self.log
                    .print(now_ms, "\nPostgreSQL init process complete; ready for start up.\n\n");
                self.next_pid = 64;
                self.launch(files, now_ms);
            }
            Err(code) => self.exit_with(code, now_ms),
        }
    }

    /// The entrypoint hands over to the server proper.
    fn launch(&mut self, files: &mut Files, now_ms: u64) {
        if let Err(exit) = self.try_launch(files, now_ms) {
            match exit {
                Trouble::Words(words) => {
                    self.log.complain(now_ms, &words);
                    self.exit_with(2, now_ms);
                }
                Trouble::Fatal(report) => {
                    self.log.report(now_ms, self.pid, &report, None);
                    self.exit_with(1, now_ms);
                }
            }
        }
    }

    fn try_launch(&mut self, files: &mut Files, now_ms: u64) -> Result<(), Trouble> {
        let pgdata = self.pgdata.clone();
        let conf = files.read_text(&format!("{pgdata}/postgresql.conf")).map_err(|error| {
            Trouble::Words(format!(
                "postgres: could not access the server configuration file \"{pgdata}/postgresql.conf\": {error}"
            ))
        })?;
        let parameters = self.read_parameters(files, &conf)?;
        if !files.exists(&format!("{pgdata}/global/pg_control")) {
            return Err(Trouble::Words(format!(
                "postgres: could not find the database system\n\
                 Expected to find it in the directory \"{pgdata}\",\n\
                 but could not open file \"{pgdata}/global/pg_control\": No such file or directory"
            )));
        }
        self.check_version(files)?;
        self.port = parameters
            .get("port")
            .and_then(|port| port.parse().ok())
            .unwrap_or(5432);
        lockfile::take(files, &pgdata, self.pid, &self.alive, now_ms / 1000, self.port)?;
        self.read_hba(files);
        let mut cluster = Cluster::load(files, &pgdata)?;
        cluster.introduce(&self.image.version_line(), i64::try_from(now_ms).unwrap_or(0) * 1000);
        for (name, value) in parameters {
            cluster.set_parameter(&name, value);
        }
        self.cluster = Some(cluster);
        let version = self.image.version_line();
        self.log.server(now_ms, self.pid, "LOG", &format!("starting {version}"));
        let port = self.port;
        for words in [
            format!("listening on IPv4 address \"0.0.0.0\", port {port}"),
            format!("listening on IPv6 address \"::\", port {port}"),
            format!("listening on Unix socket \"/var/run/postgresql/.s.PGSQL.{port}\""),
        ] {
            self.log.server(now_ms, self.pid, "LOG", &words);
        }
        self.phase = Phase::Starting {
            until_ms: now_ms + self.durations.start_ms,
        };
        Ok(())
    }

    fn read_parameters(&self, files: &Files, conf: &str) -> Result<BTreeMap<String, String>, Trouble> {
        let auto = files
            .read_text(&format!("{}/postgresql.auto.conf", self.pgdata))
            .unwrap_or_default();
        let mut raw = conf::parse_file(conf);
        raw.extend(conf::parse_file(&auto));
        if let Some(port) = self.env.get("PGPORT") {
            raw.insert("port".into(), port.clone());
        }
        raw.extend(conf::parse_args(&self.args)?);
        let mut values = BTreeMap::new();
        for (name, value) in raw {
            // A dot makes it a parameter of an extension, which may come later.
            if name.contains('.') {
                continue;
            }
            let Some(parameter) = parameters::find(&name) else {
                let mut report = parameters::unknown(&name);
                report.severity = crate::programs::sql::Severity::Fatal;
                return Err(Trouble::Fatal(report));
            };
            let value = parameter.accept(&value).map_err(|mut report| {
                report.severity = crate::programs::sql::Severity::Fatal;
                Trouble::Fatal(report)
            })?;
            values.insert(parameter.name.to_owned(), value);
        }
        for (name, value) in [
            ("server_version", self.image.server_version()),
            (
                "server_version_num",
                (self.image.major * 10_000 + self.image.minor).to_string(),
            ),
            ("data_directory", self.pgdata.clone()),
            ("config_file", format!("{}/postgresql.conf", self.pgdata)),
            ("hba_file", format!("{}/pg_hba.conf", self.pgdata)),
        ] {
            values.insert(name.into(), value);
        }
        Ok(values)
    }

    fn check_version(&self, files: &Files) -> Result<(), Trouble> {
        let path = format!("{}/PG_VERSION", self.pgdata);
        let stamp = files
            .read_text(&path)
            .map_err(|error| Report::fatal("58P01", format!("could not open file \"{path}\": {error}")))?;
        let stamp = stamp.trim();
        if stamp == self.image.major.to_string() {
            return Ok(());
        }
        Err(Trouble::Fatal(
            Report::fatal("22023", "database files are incompatible with server").detail(format!(
                "The data directory was initialized by PostgreSQL version {stamp}, which is not compatible with this \
             version {}.",
                self.image.server_version()
            )),
        ))
    }

    fn read_hba(&mut self, files: &Files) {
        self.hba = Hba::parse(
            &files
                .read_text(&format!("{}/pg_hba.conf", self.pgdata))
                .unwrap_or_default(),
        );
    }

    /// The startup process finds out how the last server left the directory.
    fn end_start(&mut self, files: &mut Files, now_ms: u64) {
        let startup = self.child();
        let control = match Control::read(files, &self.pgdata) {
            Ok(control) => control,
            Err(error) => {
                let path = format!("{}/global/pg_control", self.pgdata);
                let report = Report::new(
                    crate::programs::sql::Severity::Panic,
                    "58P01",
                    format!("could not open file \"{path}\": {error}"),
                );
                self.log.report(now_ms, startup, &report, None);
                return self.panic(files, now_ms);
            }
        };
        let when = log_time(control.at_ms);
        // Without milliseconds here, unlike in the prefix.
        let when = format!("{} UTC", &when[..19]);
        match control.state {
            State::ShutDown => {
                self.log.server(
                    now_ms,
                    startup,
                    "LOG",
                    &format!("database system was shut down at {when}"),
                );
                self.become_ready(files, control.lsn, now_ms);
            }
            State::InProduction => {
                for words in [
                    format!("database system was interrupted; last known up at {when}"),
                    "database system was not properly shut down; automatic recovery in progress".to_owned(),
                    format!("redo starts at {}", control::lsn(control.lsn)),
                ] {
                    self.log.server(now_ms, startup, "LOG", &words);
                }
                self.phase = Phase::Recovering {
                    until_ms: now_ms + self.durations.recovery_ms,
                };
            }
        }
    }

    fn end_recovery(&mut self, files: &mut Files, now_ms: u64) {
        let startup = self.next_pid - 1;
        let checkpointer = self.next_pid - 2;
        let lsn = Control::read(files, &self.pgdata).map_or(0, |control| control.lsn);
        let end = lsn + 0x1d8;
        let wanted = if self.image.major >= 16 {
            format!(
                "invalid record length at {}: expected at least 24, got 0",
                control::lsn(end)
            )
        } else {
            format!("invalid record length at {}: wanted 24, got 0", control::lsn(end))
        };
        for words in [
            wanted,
            format!(
                "redo done at {} system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: {}.{:02} s",
                control::lsn(end - 0x28),
                self.durations.recovery_ms / 1000,
                self.durations.recovery_ms % 1000 / 10
            ),
        ] {
            self.log.server(now_ms, startup, "LOG", &words);
        }
        self.log_checkpoint(checkpointer, "end-of-recovery immediate wait", end, now_ms);
        self.become_ready(files, end, now_ms);
    }

    fn become_ready(&mut self, files: &mut Files, lsn: u64, now_ms: u64) {
        // From here on only a clean shutdown says "shut down" again.
        let control = Control {
            state: State::InProduction,
            at_ms: now_ms,
            lsn,
        };
        if let Err(error) = control.write(files, &self.pgdata) {
            let report = Report::new(
                crate::programs::sql::Severity::Panic,
                "58030",
                format!("could not write to file \"{}/global/pg_control\": {error}", self.pgdata),
            );
            self.log.report(now_ms, self.pid, &report, None);
            return self.panic(files, now_ms);
        }
        self.log.server(
            now_ms,
            self.pid,
            "LOG",
            "database system is ready to accept connections",
        );
        self.phase = Phase::Ready;
    }

    fn begin_stop(&mut self, now_ms: u64) {
        let launcher = self.child();
        self.log.server(
            now_ms,
            self.pid,
            "LOG",
            &format!("background worker \"logical replication launcher\" (PID {launcher}) exited with exit code 1"),
        );
        self.phase = Phase::Stopping {
            until_ms: now_ms + self.durations.stop_ms,
        };
    }

    fn end_stop(&mut self, files: &mut Files, now_ms: u64) {
        let checkpointer = self.next_pid.saturating_sub(2);
        self.log.server(now_ms, checkpointer, "LOG", "shutting down");
        let lsn = Control::read(files, &self.pgdata).map_or(0, |control| control.lsn) + 0x78;
        self.log_checkpoint(checkpointer, "shutdown immediate", lsn, now_ms);
        let saved = match &mut self.cluster {
            Some(cluster) => cluster.checkpoint(files),
            None => Ok(()),
        };
        let saved = saved.and_then(|()| {
            Control {
                state: State::ShutDown,
                at_ms: now_ms,
                lsn,
            }
            .write(files, &self.pgdata)
            .map_err(|error| {
                Report::error(
                    "58030",
                    format!("could not write file \"{}/global/pg_control\": {error}", self.pgdata),
                )
            })
        });
        if let Err(mut report) = saved {
            report.severity = crate::programs::sql::Severity::Panic;
            self.log.report(now_ms, checkpointer, &report, None);
            return self.panic(files, now_ms);
        }
        lockfile::give_back(files, &self.pgdata);
        self.log.server(now_ms, self.pid, "LOG", "database system is shut down");
        self.exit_with(0, now_ms);
    }

    fn log_checkpoint(&mut self, pid: u32, why: &str, lsn: u64, now_ms: u64) {
        // Only since 15 are checkpoints logged by default.
        if self.image.major < 15 {
            return;
        }
        self.log
            .server(now_ms, pid, "LOG", &format!("checkpoint starting: {why}"));
        let place = if self.image.major >= 16 {
            format!("; lsn={}, redo lsn={}", control::lsn(lsn), control::lsn(lsn))
        } else {
            String::new()
        };
        self.log.server(
            now_ms,
            pid,
            "LOG",
            &format!(
                "checkpoint complete: wrote 3 buffers (0.0%); 0 WAL file(s) added, 0 removed, 0 recycled; \
                 write=0.001 s, sync=0.001 s, total=0.003 s; sync files=2, longest=0.001 s, average=0.001 s; \
                 distance=0 kB, estimate=0 kB{place}"
            ),
        );
    }

    /// Ends all sessions; a fast shutdown tells them so.
    fn cut_sessions(&mut self, now_ms: u64, told: bool) -> Vec<SessionId> {
        let Some(cluster) = &mut self.cluster else {
            return Vec::new();
        };
        let cut: Vec<_> = cluster
            .sessions()
            .map(|(number, client)| (number, client.pid))
            .collect();
        for (number, pid) in &cut {
            cluster.close(*number);
            if told {
                self.log.server(
                    now_ms,
                    *pid,
                    "FATAL",
                    "terminating connection due to administrator command",
                );
            }
        }
        cut.into_iter().map(|(number, _)| SessionId(number)).collect()
    }

    pub(super) fn child(&mut self) -> u32 {
        self.next_pid += 1;
        self.next_pid - 1
    }

    pub(super) fn env(&self) -> &Env {
        &self.env
    }

    fn exit_with(&mut self, code: i32, at_ms: u64) {
        // Private buffers go with the process: what was not written is gone.
        self.cluster = None;
        self.phase = Phase::Exited { code, at_ms };
    }
}

/// Why a server does not even start.
enum Trouble {
    /// Words without the log's prefix, and exit code 2.
    Words(String),
    /// A `FATAL` line, and exit code 1.
    Fatal(Report),
}

impl From<Report> for Trouble {
    fn from(report: Report) -> Self {
        Self::Fatal(report)
    }
}
