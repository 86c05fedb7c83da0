//! A turn of a session: one query string from its first statement to its last answer.

use std::collections::BTreeMap;

use super::bind::Surroundings;
use super::buffers::Buffers;
use super::cluster::{Cluster, SessionNumber};
use super::command::{self, Command};
use super::in_force::InForce;
use super::moment::Moment;
use super::reply::{Answer, Reply, Report, Severity};
use super::session::Session;
use super::source::{Piece, Source};
use super::values::convert::Place;
use super::values::datetime;
use super::work::Work;
use crate::programs::files::Files;

/// A session's turn.
pub struct Turn<'a, 'f> {
    pub(super) cluster: &'a mut Cluster,
    pub(super) number: SessionNumber,
    pub(super) files: &'a mut Files<'f>,
    pub(super) moment: Moment,
    pub(super) answer: Answer,
}

impl<'a, 'f> Turn<'a, 'f> {
    /// Begins a turn.
    pub fn new(cluster: &'a mut Cluster, number: SessionNumber, files: &'a mut Files<'f>, moment: Moment) -> Self {
        Self {
            cluster,
            number,
            files,
            moment,
            answer: Answer::default(),
        }
    }

    /// Runs a query string.
    pub fn run(mut self, sql: &str) -> Answer {
        let Some(session) = self.cluster.sessions.get_mut(&self.number) else {
            return self.answer;
        };
        if session.terminated {
            return self.goodbye();
        }
        session.query = sql.to_owned();
        session.copying = None;
        let source = Source::new(sql);
        // All of it is read before any of it runs.
        let commands: Result<Vec<(Piece, Command)>, Report> = source
            .pieces()
            .and_then(|pieces| {
                pieces
                    .into_iter()
                    .map(|piece| Ok((command::read(&source, &piece)?, piece)))
                    .collect::<Result<Vec<_>, Report>>()
            })
            .map(|list| list.into_iter().map(|(command, piece)| (piece, command)).collect());
        let commands = match commands {
            Ok(commands) => commands,
            Err(report) => {
                self.fail(report);
                return self.answer;
            }
        };
        if commands.is_empty() {
            self.answer.replies.push(Reply::Empty);
            return self.answer;
        }
        let together = commands.len() > 1 && self.session().transaction.is_none();
        if together {
            let moment = self.moment;
            self.session().begin(moment, true);
        }
        for (at, (piece, command)) in commands.iter().enumerate() {
            let before = self.answer.replies.len();
            if let Err(report) = self.statement(&source, at, piece, command) {
                // What a failed statement said before is said, its result is not.
                let mut said = self.answer.replies.split_off(before);
                said.retain(|reply| matches!(reply, Reply::Notice(_)));
                self.answer.replies.extend(said);
                self.fail(report);
                return self.finish();
            }
            if self.session().copying.is_some() {
                return self.finish();
            }
        }
        if self
            .session()
            .transaction
            .as_ref()
            .is_some_and(|transaction| transaction.implicit)
            && let Err(report) = self.commit()
        {
            self.fail(report);
        }
        self.finish()
    }

    /// Runs the COPY that waits, with its data.
    pub fn copy_in(mut self, data: &str) -> Answer {
        let Some((copying, _)) = self
            .cluster
            .sessions
            .get_mut(&self.number)
            .and_then(|session| session.copying.take())
        else {
            return self.answer;
        };
        let source = Source::new("COPY");
        let result = self.work(&source, 0, Work::Copy(&copying, data), true);
        match result {
            Ok(()) => (),
            Err(report) => self.fail(report),
        }
        self.finish()
    }

    pub(super) fn session(&mut self) -> &mut Session {
        self.cluster
            .sessions
            .get_mut(&self.number)
            .expect("a turn has a session until it ends")
    }

    fn finish(mut self) -> Answer {
        let quiet = ["warning", "error", "log", "fatal", "panic"];
        let level = self
            .session()
            .parameters
            .get("client_min_messages")
            .cloned()
            .unwrap_or_default();
        if quiet.contains(&level.as_str()) {
            self.answer.replies.retain(|reply| match reply {
                Reply::Notice(report) => report.severity >= Severity::Warning && level == "warning",
                _ => true,
            });
        }
        self.answer
    }

    fn goodbye(mut self) -> Answer {
        self.answer.replies.push(Reply::Error(Report::fatal(
            "57P01",
            "terminating connection due to administrator command",
        )));
        self.answer
    }

    /// Tells an error; an open transaction has failed, one of this query string is rolled back.
    fn fail(&mut self, report: Report) {
        self.answer.replies.push(Reply::Error(report));
        let implicit = match &mut self.session().transaction {
            None => return,
            Some(transaction) => {
                transaction.failed = true;
                transaction.implicit
            }
        };
        if implicit {
            self.rollback();
        }
    }

    pub(super) fn done(&mut self, tag: &str) {
        self.answer.replies.push(Reply::Done(tag.to_owned()));
    }

    pub(super) fn warn(&mut self, code: &str, message: &str) {
        self.answer
            .replies
            .push(Reply::Notice(Report::new(Severity::Warning, code, message)));
    }

    /// Returns the session's time zone in seconds from UTC.
    fn zone(&mut self) -> i64 {
        let own = self.session().parameters.get("TimeZone").cloned();
        datetime::zone(&own.unwrap_or_else(|| self.cluster.parameter("TimeZone"))).unwrap_or(0)
    }

    pub(super) fn database_oid(&mut self) -> Result<u32, Report> {
        let name = self.session().client.database.clone();
        match self.cluster.databases.get(&name) {
            Some(database) => Ok(database.oid),
            None => Err(Report::fatal("3D000", format!("database \"{name}\" does not exist"))),
        }
    }

    /// Returns what a statement may see.
    pub(super) fn surroundings(&mut self, began: Moment, sizes: bool) -> Surroundings {
        let zone_s = self.zone();
        let number = self.number;
        // Not all of the session: an open transaction carries every statement since it began.
        let session = &self.cluster.sessions[&number];
        let (user, client) = (session.user.clone(), session.client.clone());
        let path = session
            .parameters
            .get("search_path")
            .cloned()
            .or_else(|| self.cluster.parameters.get("search_path").cloned())
            .unwrap_or_else(|| "\"$user\", public".into());
        let search_path = path
            .split(',')
            .map(|name| name.trim().trim_matches('"').trim_matches('\'').to_owned())
            .map(|name| if name == "$user" { user.clone() } else { name })
            .filter(|name| !name.is_empty())
            .collect();
        let parameters = InForce::new(self.cluster.parameters.clone(), session.parameters.clone());
        let databases = self
            .cluster
            .databases
            .iter()
            .map(|(name, database)| {
                let size = match self.cluster.buffers.get(&database.oid) {
                    Some(buffers) => buffers.size(),
                    None if sizes => {
                        let path = Buffers::path(&self.cluster.pgdata, database.oid);
                        Buffers::read(self.files, &path).map_or(0, |buffers| buffers.size())
                    }
                    None => 0,
                };
                (name.clone(), (database.clone(), size))
            })
            .collect();
        let sessions = self
            .cluster
            .sessions
            .iter()
            .map(|(other, it)| (it.client.clone(), it.state(*other == number), it.query.clone()))
            .collect();
        Surroundings {
            user,
            session_user: client.user.clone(),
            database: client.database.clone(),
            search_path,
            place: Place {
                now_us: began.now_us,
                zone_s,
            },
            client,
            parameters,
            version: self.cluster.version.clone(),
            started_us: self.cluster.started_us,
            roles: self.cluster.roles.clone(),
            databases,
            sessions,
            standings: BTreeMap::new(),
            page_counts: BTreeMap::new(),
        }
    }
}
