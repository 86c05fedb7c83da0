//! The server's life: made, started, recovered, ready, stopped or killed.

use serde::{Deserialize, Serialize};

use super::Signal;
use super::entrypoint::{self, Plan};
use super::hba::Hba;
use super::listening::hears;
use super::lockfile;
use super::log::{Log, LogLine};
use super::login::SessionId;
use super::settings::{Durations, Image, Layout};
use crate::programs::files::Files;
use crate::programs::outcome::Env;
use crate::programs::sql::{Cluster, Report, log_time};

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
    /// Where `hba_file` says that its rules stand; "" for the data directory.
    pub(super) hba_file: String,
    /// The addresses at which it takes connections, once it is launched.
    pub(super) listens: Vec<String>,
    pub(super) cluster: Option<Cluster>,
    pub(super) log: Log,
    pub(super) sessions_opened: u64,
    pub(super) next_pid: u32,
    /// When it last came to take connections, in milliseconds since 1970.
    pub(super) up_since_ms: u64,
    pub(super) env: Env,
    pub(super) args: Vec<String>,
    pub(super) alive: Vec<u32>,
    pub(super) durations: Durations,
    pub(super) phase: Phase,
    /// The environment of the first start's scripts, while they run.
    #[serde(default)]
    pub(super) env_of_scripts: Env,
}

/// Where a server is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// initdb runs; its folders are on the disk, its catalogs are not.
    Initdb { until_ms: u64 },
    /// The entrypoint's temporary server makes the database and runs the scripts.
    Setup { until_ms: u64 },
    /// The scripts of the first start run against the temporary server; the next is the last of `rest`.
    Scripts {
        rest: Vec<String>,
        user: String,
        database: String,
    },
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
            hba_file: String::new(),
            listens: Vec::new(),
            cluster: None,
            log: Log::default(),
            sessions_opened: 0,
            next_pid: 29,
            up_since_ms: now_ms,
            env: birth.env.clone(),
            args: birth.args.to_vec(),
            alive: birth.alive.to_vec(),
            durations: birth.durations,
            phase: Phase::Ready,
            env_of_scripts: Env::default(),
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
                this.keep_pace(files);
                this.begin_initdb(files, now_ms);
            }
            Plan::Keep { pgdata } => {
                this.pgdata = pgdata;
                this.keep_pace(files);
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
                Phase::Ready | Phase::Draining | Phase::Scripts { .. } | Phase::Exited { .. } => break,
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
            Phase::Ready | Phase::Draining | Phase::Scripts { .. } | Phase::Exited { .. } => None,
        }
    }

    /// Tells what a client that knocks will find. The temporary server of the entrypoint listens on its socket only.
    pub fn readiness(&self, through_socket: bool) -> Readiness {
        match self.phase {
            Phase::Ready => Readiness::Accepting,
            Phase::Setup { .. } | Phase::Scripts { .. } if through_socket => Readiness::Accepting,
            Phase::Starting { .. } | Phase::Recovering { .. } | Phase::Draining => Readiness::Rejecting,
            Phase::Stopping { .. } => Readiness::Rejecting,
            Phase::Initdb { .. } | Phase::Setup { .. } | Phase::Scripts { .. } | Phase::Exited { .. } => {
                Readiness::Silent
            }
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

    /// Says whether somebody who calls `address`, one of the pod's own, at `port` finds this server.
    pub fn hears(&self, address: &str, port: u16) -> bool {
        self.port == port && self.readiness(false) != Readiness::Silent && hears(&self.listens, address)
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
            (_, Phase::Initdb { .. } | Phase::Setup { .. } | Phase::Scripts { .. }) => Vec::new(),
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
            Phase::Ready | Phase::Setup { .. } | Phase::Scripts { .. } => return None,
            Phase::Starting { .. } | Phase::Recovering { .. } => "the database system is starting up",
            Phase::Initdb { .. } | Phase::Draining | Phase::Stopping { .. } | Phase::Exited { .. } => {
                "the database system is shutting down"
            }
        };
        Some(Report::fatal("57P03", message))
    }

    /// Returns when the server last wrote that it runs, as its log says it: without the milliseconds of the prefix.
    pub(super) fn last_known_up(&self) -> String {
        format!("{} UTC", &log_time(self.up_since_ms)[..19])
    }

    pub(super) fn child(&mut self) -> u32 {
        self.next_pid += 1;
        self.next_pid - 1
    }

    pub(super) fn env(&self) -> &Env {
        &self.env
    }
}
