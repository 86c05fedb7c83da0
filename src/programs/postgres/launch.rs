//! From the start of the server proper to its readiness: its files read, its log replayed.

use std::collections::BTreeMap;

use super::conf;
use super::control::{self, Control, State};
use super::hba::Hba;
use super::listening::Listening;
use super::lockfile;
use super::server::{Phase, Postgres};
use crate::programs::files::Files;
use crate::programs::sql::{Cluster, Report, parameters};

impl Postgres {
    /// The entrypoint hands over to the server proper.
    pub(super) fn launch(&mut self, files: &mut Files, now_ms: u64) {
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
        let args = conf::parse_args(&self.args)?;
        let in_pgdata = || format!("{pgdata}/postgresql.conf");
        let conf = args.get("config_file").cloned().unwrap_or_else(in_pgdata);
        if let Err(error) = files.file(&conf) {
            return Err(Trouble::Words(format!(
                "postgres: could not access the server configuration file \"{conf}\": {error}"
            )));
        }
        let parameters = self.read_parameters(files, &conf, args, now_ms)?;
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
        let hba_file = parameters.get("hba_file").map(|path| conf::beside(&pgdata, path));
        self.hba_file = hba_file.unwrap_or_default();
        self.read_hba(files);
        let path = self.hba_path();
        if let Err(error) = files.file(&path) {
            let words = format!("could not open file \"{path}\": {error}");
            self.log.server(now_ms, self.pid, "LOG", &words);
            return Err(Trouble::Fatal(Report::fatal("F0000", format!("could not load {path}"))));
        }
        let mut cluster = Cluster::load(files, &pgdata)?;
        cluster.introduce(&self.image.version_line(), i64::try_from(now_ms).unwrap_or(0) * 1000);
        for (name, value) in parameters {
            cluster.set_parameter(&name, value);
        }
        let listen_addresses = cluster.parameter("listen_addresses");
        self.cluster = Some(cluster);
        let version = self.image.version_line();
        self.log.server(now_ms, self.pid, "LOG", &format!("starting {version}"));
        let listening = Listening::at(&listen_addresses, self.port, &self.env);
        for (severity, words) in &listening.words {
            self.log.server(now_ms, self.pid, severity, words);
        }
        if let Some(report) = listening.trouble {
            return Err(Trouble::Fatal(report));
        }
        self.listens = listening.addresses;
        let socket = format!(
            "listening on Unix socket \"/var/run/postgresql/.s.PGSQL.{}\"",
            self.port
        );
        self.log.server(now_ms, self.pid, "LOG", &socket);
        self.phase = Phase::Starting {
            until_ms: now_ms + self.durations.start_ms,
        };
        Ok(())
    }

    /// Returns the parameters that the server starts with: of the file and what it includes, of `ALTER SYSTEM`, of the
    /// environment and of the command line, each before the next.
    fn read_parameters(
        &mut self,
        files: &Files,
        conf: &str,
        args: conf::Parameters,
        now_ms: u64,
    ) -> Result<BTreeMap<String, String>, Trouble> {
        let auto = files
            .read_text(&format!("{}/postgresql.auto.conf", self.pgdata))
            .unwrap_or_default();
        let mut raw = conf::read(files, conf).map_err(|words| {
            self.log.server(now_ms, self.pid, "LOG", &words);
            Trouble::Fatal(Report::fatal(
                "F0000",
                format!("configuration file \"{conf}\" contains errors"),
            ))
        })?;
        raw.extend(conf::parse_file(&auto));
        if let Some(port) = self.env.get("PGPORT") {
            raw.insert("port".into(), port.clone());
        }
        raw.extend(args);
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
            ("config_file", conf.to_owned()),
        ] {
            values.insert(name.into(), value);
        }
        values
            .entry("hba_file".to_owned())
            .or_insert_with(|| format!("{}/pg_hba.conf", self.pgdata));
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

    pub(super) fn read_hba(&mut self, files: &Files) {
        self.hba = Hba::parse(&files.read_text(&self.hba_path()).unwrap_or_default());
    }

    /// Returns where the rules of who may connect stand.
    pub(super) fn hba_path(&self) -> String {
        match self.hba_file.is_empty() {
            true => format!("{}/pg_hba.conf", self.pgdata),
            false => self.hba_file.clone(),
        }
    }

    /// The startup process finds out how the last server left the directory.
    pub(super) fn end_start(&mut self, files: &mut Files, now_ms: u64) {
        let startup = self.child();
        let control = match Control::read(files, &self.pgdata) {
            Ok(control) => control,
            Err(error) => {
                let path = format!("{}/global/pg_control", self.pgdata);
                let report = Report::panic("58P01", format!("could not open file \"{path}\": {error}"));
                return self.startup_panics(startup, &report, files, now_ms);
            }
        };
        self.up_since_ms = control.at_ms;
        let when = self.last_known_up();
        match control.state {
            State::ShutDown => {
                self.log.server(
                    now_ms,
                    startup,
                    "LOG",
                    &format!("database system was shut down at {when}"),
                );
                self.become_ready(files, startup, control.lsn, now_ms);
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

    pub(super) fn end_recovery(&mut self, files: &mut Files, now_ms: u64) {
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
        self.become_ready(files, startup, end, now_ms);
    }

    fn become_ready(&mut self, files: &mut Files, startup: u32, lsn: u64, now_ms: u64) {
        // From here on only a clean shutdown says "shut down" again.
        let control = Control {
            state: State::InProduction,
            at_ms: now_ms,
            lsn,
        };
        if let Err(error) = control.write(files, &self.pgdata) {
            let report = Report::panic(
                "58030",
                format!("could not write to file \"{}/global/pg_control\": {error}", self.pgdata),
            );
            return self.startup_panics(startup, &report, files, now_ms);
        }
        self.up_since_ms = now_ms;
        self.log.server(
            now_ms,
            self.pid,
            "LOG",
            "database system is ready to accept connections",
        );
        self.phase = Phase::Ready;
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
