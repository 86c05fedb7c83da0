//! psql: what people type, and what it prints.
//!
//! Reaches servers only through [`Network`], as names, services and partitions belong to others. Left out: variables,
//! conditions, and all meta commands but `\dt`, `\conninfo`, `\echo` and `\q`; each is refused by its name.

mod network;
mod options;
mod print;
mod statements;

pub use network::{Network, Target, Unreachable};

use super::outcome::{Env, Outcome};
use super::postgres::SessionId;
use super::sql::{Reply, Report};
use options::Options;

/// What psql says of the folder of the socket, where no host is given.
const SOCKET: &str = "/var/run/postgresql";

/// Runs psql with these words, its own name first.
pub fn run(words: &[String], env: &Env, stdin: &str, network: &mut dyn Network) -> Outcome {
    let mut outcome = Outcome::default();
    let options = match Options::read(words, env) {
        Ok(options) => options,
        Err(text) => {
            outcome.err(&format!("{text}\n"));
            outcome.code = 1;
            return outcome;
        }
    };
    if options.version {
        outcome.out("psql (PostgreSQL) 15.18\n");
        return outcome;
    }
    let target = options.target(env);
    let session = match network.connect(&target) {
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
        options: &options,
        target: &target,
        network,
        session,
        outcome,
    };
    client.run_all(stdin);
    let Psql {
        network, mut outcome, ..
    } = client;
    network.close(session);
    if outcome.code == 0 && options.commands.is_empty() && stdin.is_empty() && !options.quiet {
        outcome.err("psql: standard input is empty: nothing to do\n");
    }
    outcome
}

/// A session and what was said in it.
struct Psql<'a> {
    options: &'a Options,
    target: &'a Target,
    network: &'a mut dyn Network,
    session: SessionId,
    outcome: Outcome,
}

impl Psql<'_> {
    fn run_all(&mut self, stdin: &str) {
        if self.options.commands.is_empty() {
            // A script goes on after an error, unless it is told to stop, and then it ends with 3.
            for statement in statements::split(stdin) {
                if !self.say(&statement) && (self.options.stop || self.outcome.code == 2) {
                    self.outcome.code = if self.outcome.code == 2 { 2 } else { 3 };
                    return;
                }
                self.outcome.code = 0;
            }
            return;
        }
        for command in &self.options.commands {
            let went = self.say(command);
            if self.outcome.code == 2 {
                return;
            }
            self.outcome.code = i32::from(!went);
            if !went && self.options.stop {
                return;
            }
        }
    }

    /// Sends a query string, or obeys a meta command; returns whether all of it went well.
    fn say(&mut self, text: &str) -> bool {
        if let Some(meta) = text.trim_start().strip_prefix('\\') {
            return self.meta(meta.trim_end());
        }
        let Some(answer) = self.network.query(self.session, text) else {
            self.outcome.err("server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\nconnection to server was lost\n");
            self.outcome.code = 2;
            return false;
        };
        self.outcome.busy_ms += answer.busy_ms;
        let mut went = true;
        for reply in &answer.replies {
            match reply {
                Reply::Rows(rows) => {
                    self.outcome.out(&print::rows(rows, self.options));
                    if !rows.tag.starts_with("SELECT") && !self.options.quiet {
                        self.outcome.out(&format!("{}\n", rows.tag));
                    }
                }
                Reply::Done(tag) if !self.options.quiet => self.outcome.out(&format!("{tag}\n")),
                Reply::CopyOut(lines, _) => self.outcome.out(&lines.concat()),
                Reply::Notice(report) => self.report(report, text),
                Reply::Error(report) => {
                    self.report(report, text);
                    went = false;
                }
                Reply::Done(_) | Reply::Empty | Reply::CopyIn => (),
            }
        }
        went
    }

    fn meta(&mut self, meta: &str) -> bool {
        let (name, rest) = meta.split_once(' ').unwrap_or((meta, ""));
        match name {
            "q" => true,
            "echo" => {
                self.outcome.out(&format!("{}\n", rest.trim()));
                true
            }
            "conninfo" => {
                let Target {
                    database,
                    user,
                    port,
                    host,
                    ..
                } = self.target;
                let how = match self.network.address(self.session) {
                    Some(ip) => format!("on host \"{host}\" (address \"{ip}\") at port \"{port}\""),
                    None => format!("via socket in \"{SOCKET}\" at port \"{port}\""),
                };
                let text = format!("You are connected to database \"{database}\" as user \"{user}\" {how}.\n");
                self.outcome.out(&text);
                true
            }
            "dt" => self.relations(),
            _ => {
                self.outcome.err(&format!("pglab does not simulate \\{name} of psql\n"));
                false
            }
        }
    }

    /// `\dt`
    fn relations(&mut self) -> bool {
        let sql = "SELECT schemaname AS \"Schema\", tablename AS \"Name\", 'table' AS \"Type\", tableowner AS \"Owner\" \
                   FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2";
        let answer = self.network.query(self.session, sql).unwrap_or_default();
        match (answer.rows(), answer.error()) {
            (Some(rows), _) if rows.rows.is_empty() => self.outcome.err("Did not find any relations.\n"),
            (Some(rows), _) => {
                let table = print::rows(rows, self.options);
                let wide = table.lines().next().map_or(0, |line| line.chars().count());
                let title = "List of relations";
                let pad = wide.saturating_sub(title.len()) / 2;
                self.outcome.out(&format!("{}{title}\n{table}", " ".repeat(pad)));
            }
            (None, error) => {
                let error = error.cloned();
                error.iter().for_each(|report| self.report(report, sql));
                return false;
            }
        }
        true
    }

    /// Says an error or a notice as psql does.
    fn report(&mut self, report: &Report, query: &str) {
        self.outcome.err(&print::report(report, query));
    }
}

/// Returns why there is no connection, in libpq's words.
fn refusal(target: &Target, why: &Unreachable) -> String {
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
