//! The door of a server: who gets a session, and what is said to who does not.

use super::hba::Method;
use super::login::{Login, Origin, SessionId};
use super::server::Postgres;
use crate::programs::files::Files;
use crate::programs::sql::{Answer, Client, Moment, Reply, Report, Severity};

/// Why a client gets no session from a server that it reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The server asks for a password, and the client has none: it asks its user, or gives up.
    NoPassword,
    /// The server says no.
    Said(Report),
}

impl Postgres {
    /// Opens a session for a client, or says why not.
    pub fn connect(&mut self, login: &Login, files: &mut Files, moment: Moment) -> Result<SessionId, Denial> {
        let now_ms = moment.unix_ms();
        self.advance(files, now_ms);
        let pid = self.child();
        let denied = match self.check(login) {
            Ok(()) => None,
            Err((denial, log_detail)) => Some((denial, log_detail)),
        };
        if let Some((denial, log_detail)) = denied {
            if let Denial::Said(report) = &denial {
                let mut logged = report.clone();
                logged.detail = log_detail.or(logged.detail);
                self.log.report(now_ms, pid, &logged, None);
            }
            return Err(denial);
        }
        let Some(cluster) = &mut self.cluster else {
            return Err(Denial::Said(Report::fatal(
                "57P03",
                "the database system is shutting down",
            )));
        };
        self.sessions_opened += 1;
        let number = self.sessions_opened;
        let (client_ip, server_ip) = match &login.origin {
            Origin::Socket => (None, None),
            Origin::Loopback => (Some("127.0.0.1".to_owned()), Some("127.0.0.1".to_owned())),
            Origin::Network(ip) => (Some(ip.clone()), login.server_ip.clone()),
        };
        cluster.open(
            number,
            Client {
                user: login.user.clone(),
                database: login.database.clone(),
                application: login.application.clone(),
                client_ip,
                server_ip,
                pid,
                since_us: moment.now_us,
            },
        );
        Ok(SessionId(number))
    }

    /// Runs a query string in a session; `None` when there is no such session any more.
    pub fn run(&mut self, session: SessionId, sql: &str, files: &mut Files, moment: Moment) -> Option<Answer> {
        self.advance(files, moment.unix_ms());
        let cluster = self.cluster.as_mut()?;
        let pid = cluster.sessions().find(|(number, _)| *number == session.0)?.1.pid;
        let answer = cluster.run(session.0, sql, files, moment);
        Some(self.heard(session, pid, sql, answer, files, moment))
    }

    /// Gives a session the data that its `COPY … FROM STDIN` waits for.
    pub fn copy_in(&mut self, session: SessionId, data: &str, files: &mut Files, moment: Moment) -> Option<Answer> {
        self.advance(files, moment.unix_ms());
        let cluster = self.cluster.as_mut()?;
        let pid = cluster.sessions().find(|(number, _)| *number == session.0)?.1.pid;
        let answer = cluster.copy_in(session.0, data, files, moment);
        Some(self.heard(session, pid, "COPY", answer, files, moment))
    }

    /// Ends a session, as a client that leaves does.
    pub fn close(&mut self, session: SessionId, now_ms: u64) {
        if let Some(cluster) = &mut self.cluster {
            cluster.close(session.0);
        }
        self.drained(now_ms);
    }

    /// Returns whether a session's role is a superuser, and the mark of its transaction in psql's prompt.
    pub fn standing(&self, session: SessionId) -> (bool, &'static str) {
        let cluster = self.cluster.as_ref();
        cluster.map_or((false, ""), |cluster| cluster.standing(session.0))
    }

    /// Tells whether a session is still open.
    pub fn has_session(&self, session: SessionId) -> bool {
        self.cluster
            .as_ref()
            .is_some_and(|cluster| cluster.sessions().any(|(number, _)| number == session.0))
    }

    /// Logs the errors of an answer; `FATAL` ends the session, `PANIC` the server.
    fn heard(
        &mut self,
        session: SessionId,
        pid: u32,
        sql: &str,
        answer: Answer,
        files: &mut Files,
        moment: Moment,
    ) -> Answer {
        let now_ms = moment.unix_ms();
        for reply in &answer.replies {
            match reply {
                Reply::Error(report) => self.log.report(now_ms, pid, report, Some(sql.trim_end())),
                Reply::Notice(report) if report.severity == Severity::Warning => {
                    self.log.report(now_ms, pid, report, None);
                }
                _ => (),
            }
        }
        match answer.error().map(|report| report.severity) {
            Some(Severity::Fatal) => self.close(session, now_ms),
            Some(Severity::Panic) => self.session_panics(pid, sql.trim_end(), files, now_ms),
            _ => (),
        }
        answer
    }

    /// Returns why this login is denied, with what the log says and the client does not hear.
    fn check(&self, login: &Login) -> Result<(), (Denial, Option<String>)> {
        let said = |report| (Denial::Said(report), None);
        if let Some(report) = self.closed_door() {
            return Err(said(report));
        }
        let Some(cluster) = &self.cluster else {
            return Err(said(Report::fatal("57P03", "the database system is starting up")));
        };
        let Login {
            user,
            database,
            password,
            origin,
            ..
        } = login;
        let Some(rule) = self.hba.rule(origin, database, user) else {
            return Err(said(self.no_entry(login)));
        };
        let role = cluster.role(user);
        let matched = if self.image.major >= 16 {
            format!(
                "Connection matched file \"{}\" line {}: \"{}\"",
                self.hba_path(),
                rule.line,
                rule.text
            )
        } else {
            format!("Connection matched pg_hba.conf line {}: \"{}\"", rule.line, rule.text)
        };
        match rule.method {
            Method::Trust => (),
            // Everybody in the container is its user postgres.
            Method::Peer if user == "postgres" => (),
            Method::Peer => {
                let message = format!("Peer authentication failed for user \"{user}\"");
                return Err((Denial::Said(Report::fatal("28000", message)), Some(matched)));
            }
            Method::Reject => {
                let message = format!("pg_hba.conf rejects connection for {}", place(login));
                return Err(said(Report::fatal("28000", message)));
            }
            Method::Password => {
                let Some(password) = password.as_deref().filter(|password| !password.is_empty()) else {
                    return Err((Denial::NoPassword, None));
                };
                if !role.is_some_and(|role| role.accepts(password)) {
                    let message = format!("password authentication failed for user \"{user}\"");
                    let detail = match role {
                        None => format!("Role \"{user}\" does not exist.\n{matched}"),
                        Some(role) if role.verifier.is_none() => {
                            format!("User \"{user}\" has no password assigned.\n{matched}")
                        }
                        Some(_) => matched,
                    };
                    return Err((Denial::Said(Report::fatal("28P01", message)), Some(detail)));
                }
            }
        }
        let Some(role) = role else {
            return Err(said(Report::fatal("28000", format!("role \"{user}\" does not exist"))));
        };
        if !role.login {
            return Err(said(Report::fatal(
                "28000",
                format!("role \"{user}\" is not permitted to log in"),
            )));
        }
        if !cluster.has_database(database) {
            return Err(said(Report::fatal(
                "3D000",
                format!("database \"{database}\" does not exist"),
            )));
        }
        self.has_room(role.superuser).map_err(said)
    }

    fn has_room(&self, superuser: bool) -> Result<(), Report> {
        let Some(cluster) = &self.cluster else { return Ok(()) };
        let number = |name| cluster.parameter(name).parse::<usize>().unwrap_or(0);
        let (max, reserved) = (number("max_connections"), number("superuser_reserved_connections"));
        let open = cluster.session_count();
        if open >= max {
            return Err(Report::fatal("53300", "sorry, too many clients already"));
        }
        if !superuser && open + reserved >= max {
            let words = if self.image.major >= 16 {
                "remaining connection slots are reserved for roles with the SUPERUSER attribute"
            } else {
                "remaining connection slots are reserved for non-replication superuser connections"
            };
            return Err(Report::fatal("53300", words));
        }
        Ok(())
    }

    fn no_entry(&self, login: &Login) -> Report {
        Report::fatal("28000", format!("no pg_hba.conf entry for {}", place(login)))
    }
}

fn place(login: &Login) -> String {
    let Login {
        user, database, origin, ..
    } = login;
    match origin {
        Origin::Socket => format!("host \"[local]\", user \"{user}\", database \"{database}\", no encryption"),
        Origin::Loopback => format!("host \"127.0.0.1\", user \"{user}\", database \"{database}\", no encryption"),
        Origin::Network(ip) => format!("host \"{ip}\", user \"{user}\", database \"{database}\", no encryption"),
    }
}
