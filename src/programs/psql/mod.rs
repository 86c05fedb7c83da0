//! psql: what people type, and what it prints.
//!
//! Reaches servers only through [`Network`], as names, services and partitions belong to others. What psql has and
//! pglab has not (editing, pages, other formats, most of `\d` about things that pglab has not) is refused by its name.

mod network;
mod options;
mod settings;
mod variables;
mod scan;
mod print;
mod words;
mod send;
mod script;
mod meta;
mod branch;
mod connect;
mod copy;
mod typed;
mod describe;

pub(super) use describe::Pattern;
pub use network::{Network, Target, Unreachable, Wire};
pub(super) use options::LoginOptions;
pub(super) use print::report;
pub use typed::{Turn, Waiting, begin, reads};

use super::files::Files;
use super::outcome::{Env, Outcome};
use super::postgres::SessionId;
use options::{Action, Options};
use serde::{Deserialize, Serialize};
use settings::Settings;
use variables::Variables;

/// What psql says of the folder of the socket, where no host is given.
pub(super) const SOCKET: &str = "/var/run/postgresql";

/// Where a psql runs: what it was given, and what it can reach.
pub struct Place<'a, 'f> {
    /// The environment.
    pub env: &'a Env,
    /// Standard input.
    pub stdin: &'a str,
    /// The working directory.
    pub cwd: &'a str,
    /// The files of the container.
    pub files: &'a mut Files<'f>,
    /// The way to servers.
    pub network: &'a mut dyn Network,
}

/// Runs psql with these words, its own name first.
pub fn run(words: &[String], place: Place<'_, '_>) -> Outcome {
    let mut outcome = Outcome::default();
    let options = match Options::read(words, place.env) {
        Ok(options) => options,
        Err(text) => {
            outcome.err(&format!("{text}\n"));
            outcome.code = 1;
            return outcome;
        }
    };
    if options.version {
        outcome.out("psql (PostgreSQL) 15.18 (Debian 15.18-1.pgdg120+1)\n");
        return outcome;
    }
    let mut target = options.login.target(place.env, "psql");
    if options.list && options.login.database.is_none() {
        target.database = "postgres".to_owned();
    }
    let session = match place.network.connect(&target) {
        Ok(session) => session,
        Err(why) => {
            if let Unreachable::Timeout { after_ms, .. } = &why {
                outcome.busy_ms = *after_ms;
            }
            outcome.err(&format!("psql: error: {}\n", refusal(&target, &why)));
            outcome.code = 2;
            return outcome;
        }
    };
    let mut client = Psql {
        settings: options.settings.clone(),
        variables: Variables::new(),
        place,
        target,
        session: Some(session),
        outcome,
        script: None,
        previous: String::new(),
        output: options.output.clone().map(|path| (path, String::new())),
        timing: false,
        branches: Vec::new(),
        restricted: None,
        over: false,
        gone: false,
    };
    let code = match client.prepare(&options) {
        Ok(()) => client.run_all(&options),
        Err(code) => code,
    };
    client.close();
    let mut outcome = client.outcome;
    outcome.code = code;
    outcome
}

/// A psql at work.
struct Psql<'a, 'f> {
    place: Place<'a, 'f>,
    target: Target,
    /// None when the server has gone.
    session: Option<SessionId>,
    outcome: Outcome,
    settings: Settings,
    variables: Variables,
    /// The script that is read, as messages name it, and the line.
    script: Option<(String, usize)>,
    /// The last statement: `\g` sends it again.
    previous: String,
    /// Where results go instead of standard output: `\o` and `-o`.
    output: Option<(String, String)>,
    timing: bool,
    /// The open `\if`s: whether this branch is taken, and whether one has been.
    branches: Vec<Branch>,
    /// The key of `\restrict`.
    restricted: Option<String>,
    /// Whether `\q` was said.
    over: bool,
    /// Whether the server went away by itself.
    gone: bool,
}

/// A branch of `\if`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Branch {
    active: bool,
    /// Whether a branch of this `\if` was taken already, or none may be.
    done: bool,
    in_else: bool,
}

impl Psql<'_, '_> {
    fn prepare(&mut self, options: &Options) -> Result<(), i32> {
        let defaults = [
            ("DBNAME", self.target.database.clone()),
            ("USER", self.target.user.clone()),
            ("HOST", self.target.host.clone()),
            ("PORT", self.target.port.to_string()),
            ("QUIET", if options.quiet { "on" } else { "off" }.to_owned()),
        ];
        for (name, value) in defaults {
            self.variables.put(name, value);
        }
        if let Some(session) = self.session {
            let version = self.place.network.server_version(session);
            let number: Vec<u32> = version.split(['.', ' ']).map_while(|part| part.parse().ok()).collect();
            if let [major, minor, ..] = number.as_slice() {
                let number = (major * 10_000 + minor).to_string();
                self.variables.put("SERVER_VERSION_NUM", number.clone());
                self.variables.put("VERSION_NUM", number);
            }
            self.variables.put("SERVER_VERSION_NAME", version.clone());
            self.variables.put("VERSION_NAME", version.clone());
            let line = format!(
                "PostgreSQL {version} on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit"
            );
            self.variables.put("VERSION", line);
        }
        self.session_options()?;
        for (name, value) in &options.variables {
            match value {
                None => self.variables.unset(name),
                Some(value) => {
                    if let Err(words) = self.variables.set(name, value) {
                        self.outcome.err(&format!("psql: error: {words}\n"));
                        return Err(1);
                    }
                }
            }
        }
        Ok(())
    }

    fn run_all(&mut self, options: &Options) -> i32 {
        if options.list {
            return i32::from(!self.databases(false, None));
        }
        if options.actions.is_empty() {
            let stdin = self.place.stdin.to_owned();
            return self.play(&stdin, None);
        }
        if options.single_transaction && !self.quietly("BEGIN") {
            return 1;
        }
        let mut code = 0;
        for action in &options.actions {
            code = match action {
                Action::Command(text) => {
                    let went = self.command(text);
                    i32::from(!went)
                }
                Action::File(path) => self.file(path, "psql: error: "),
            };
            if self.gone {
                return 2;
            }
            if self.over {
                break;
            }
            if code != 0 && self.variables.is_on("ON_ERROR_STOP") {
                break;
            }
        }
        if options.single_transaction {
            let end = if code == 0 { "COMMIT" } else { "ROLLBACK" };
            if !self.quietly(end) && code == 0 {
                return 1;
            }
        }
        code
    }

    /// Sends a statement of psql's own; only an error is said.
    fn quietly(&mut self, sql: &str) -> bool {
        let Some(session) = self.session else { return false };
        let Some(answer) = self.place.network.query(session, sql) else {
            self.lost();
            return false;
        };
        match answer.error().cloned() {
            Some(report) => {
                self.report(&report, sql);
                false
            }
            None => true,
        }
    }

    /// Sets what `PGOPTIONS` asks of the session: `-c name=value` and `--name=value`.
    fn session_options(&mut self) -> Result<(), i32> {
        let options = self.place.env.get("PGOPTIONS").cloned().unwrap_or_default();
        let mut words = options.split_whitespace();
        while let Some(word) = words.next() {
            let pair = match word.strip_prefix("--") {
                Some(pair) => Some(pair.to_owned()),
                None if word == "-c" => words.next().map(str::to_owned),
                None => word.strip_prefix("-c").map(str::to_owned),
            };
            let Some((name, value)) = pair.as_deref().and_then(|pair| pair.split_once('=')) else {
                self.outcome
                    .err(&format!("pglab does not simulate {word} in PGOPTIONS\n"));
                return Err(2);
            };
            let (name, value) = (name.replace('-', "_"), value.replace('\'', "''"));
            if !self.quietly(&format!("SET {name} TO '{value}'")) {
                return Err(2);
            }
        }
        Ok(())
    }

    /// Says something on standard output, or where it leads.
    fn out(&mut self, text: &str) {
        match &mut self.output {
            Some((_, kept)) => kept.push_str(text),
            None => self.outcome.out(text),
        }
    }

    /// Says what is wrong: behind the script's name and line, if one is played.
    fn complain(&mut self, words: &str) {
        let words = match &self.script {
            Some((name, line)) => format!("psql:{name}:{line}: error: {words}\n"),
            None => format!("{words}\n"),
        };
        self.outcome.err(&words);
    }

    /// Returns a path from the root on.
    fn path(&self, path: &str) -> String {
        super::files::normal(&if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.place.cwd)
        })
    }

    /// Puts what was said into the file of `\o` and goes back to standard output.
    fn end_output(&mut self) -> bool {
        let Some((path, text)) = self.output.take() else {
            return true;
        };
        let full = self.path(&path);
        match self.place.files.write(&full, text.as_bytes()) {
            Ok(()) => true,
            Err(error) => {
                self.complain(&format!("{path}: {error}"));
                false
            }
        }
    }

    fn close(&mut self) {
        self.end_output();
        if let Some(session) = self.session {
            self.place.network.close(session);
        }
    }
}

/// Returns why there is no connection, in libpq's words.
pub(super) fn refusal(target: &Target, why: &Unreachable) -> String {
    let Target { host, port, .. } = target;
    let at = |ip: &str| format!("connection to server at \"{host}\" ({ip}), port {port} failed:");
    let socket = || format!("connection to server on socket \"{SOCKET}/.s.PGSQL.{port}\" failed:");
    match why {
        Unreachable::UnknownHost => {
            format!("could not translate host name \"{host}\" to address: Name or service not known")
        }
        Unreachable::Refused { ip } => format!(
            "{} Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
            at(ip)
        ),
        Unreachable::Timeout { ip, .. } if target.timeout_s > 0 => format!("{} timeout expired", at(ip)),
        Unreachable::Timeout { ip, .. } => format!(
            "{} Connection timed out\n\tIs the server running on that host and accepting TCP/IP connections?",
            at(ip)
        ),
        Unreachable::NoSocket => format!(
            "{} No such file or directory\n\tIs the server running locally and accepting connections on that socket?",
            socket()
        ),
        Unreachable::NoPassword { ip, .. } => {
            let place = ip.as_deref().map_or_else(socket, at);
            format!("{place} fe_sendauth: no password supplied")
        }
        Unreachable::Denied { ip, report } => {
            let place = ip.as_deref().map_or_else(socket, at);
            format!("{place} {}:  {}", report.severity.word(), report.message)
        }
    }
}

#[cfg(test)]
mod tests;
