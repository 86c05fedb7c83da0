//! A turn of a session: one query string from its first statement to its last answer.

use std::collections::BTreeMap;

use super::bind::Surroundings;
use super::buffers::Buffers;
use super::catalog::Relation;
use super::cluster::{Cluster, SessionNumber};
use super::command::{self, Command};
use super::exec::{self, Copying, Job};
use super::live::Live;
use super::moment::Moment;
use super::parameters::{self, Context};
use super::reply::{Answer, Column, Reply, Report, Rows, Severity};
use super::runtime::{Runtime, Standing};
use super::session::{Session, Step, Transaction};
use super::source::{Piece, Source};
use super::values::convert::Place;
use super::values::datetime;
use crate::programs::files::Files;

/// A session's turn.
pub struct Turn<'a, 'f> {
    pub(super) cluster: &'a mut Cluster,
    pub(super) number: SessionNumber,
    pub(super) files: &'a mut Files<'f>,
    pub(super) moment: Moment,
    pub(super) answer: Answer,
}

/// What a job is to run.
enum Work<'w> {
    Statement(&'w sqlparser::ast::Statement),
    Copy(&'w Copying, &'w str),
    Sequence(&'w Command),
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

    fn statement(&mut self, source: &Source, at: usize, piece: &Piece, command: &Command) -> Result<(), Report> {
        let _ = piece;
        let failed = self
            .session()
            .transaction
            .as_ref()
            .is_some_and(|transaction| transaction.failed);
        if failed && !matches!(command, Command::Commit | Command::Rollback | Command::RollbackTo(_)) {
            let message = "current transaction is aborted, commands ignored until end of transaction block";
            return Err(Report::error("25P02", message));
        }
        match command {
            Command::Sql(statement) => {
                let changes = exec::changes(statement);
                if changes {
                    self.may_write(&statement.to_string())?;
                }
                self.work(source, at, Work::Statement(statement), changes)
            }
            Command::AlterSequence { .. } | Command::AlterSchema { .. } => {
                self.work(source, at, Work::Sequence(command), true)
            }
            Command::Begin {
                read_only,
                isolation,
                tag,
            } => {
                let moment = self.moment;
                match &mut self.session().transaction {
                    Some(transaction) if !transaction.implicit => {
                        self.warn("25001", "there is already a transaction in progress");
                    }
                    Some(transaction) => transaction.implicit = false,
                    None => self.session().begin(moment, false),
                }
                self.transaction_modes(*read_only, isolation.as_deref())?;
                self.done(tag);
                Ok(())
            }
            Command::Commit => {
                let tag = match &self.session().transaction {
                    None => {
                        self.warn("25P01", "there is no transaction in progress");
                        "COMMIT"
                    }
                    Some(transaction) if transaction.implicit => {
                        self.warn("25P01", "there is no transaction in progress");
                        self.commit()?;
                        let moment = self.moment;
                        self.session().begin(moment, true);
                        "COMMIT"
                    }
                    Some(transaction) if transaction.failed => {
                        self.rollback();
                        "ROLLBACK"
                    }
                    Some(_) => {
                        self.commit()?;
                        "COMMIT"
                    }
                };
                self.done(tag);
                Ok(())
            }
            Command::Rollback => {
                if self
                    .session()
                    .transaction
                    .as_ref()
                    .is_none_or(|transaction| transaction.implicit)
                {
                    self.warn("25P01", "there is no transaction in progress");
                }
                let implicit = self
                    .session()
                    .transaction
                    .as_ref()
                    .is_some_and(|transaction| transaction.implicit);
                self.rollback();
                if implicit {
                    let moment = self.moment;
                    self.session().begin(moment, true);
                }
                self.done("ROLLBACK");
                Ok(())
            }
            Command::Savepoint(name) => {
                let transaction = self.in_block("SAVEPOINT")?;
                let steps = transaction.steps.len();
                transaction.savepoints.push((name.clone(), steps));
                self.done("SAVEPOINT");
                Ok(())
            }
            Command::Release(name) => {
                let transaction = self.in_block("RELEASE SAVEPOINT")?;
                let at = savepoint(transaction, name)?;
                transaction.savepoints.truncate(at);
                self.done("RELEASE");
                Ok(())
            }
            Command::RollbackTo(name) => {
                let transaction = self.in_block("ROLLBACK TO SAVEPOINT")?;
                let at = savepoint(transaction, name)?;
                let steps = transaction.savepoints[at].1;
                transaction.savepoints.truncate(at + 1);
                transaction.failed = false;
                if transaction.steps.len() > steps {
                    transaction.steps.truncate(steps);
                    // The writer's database is built again from the steps that are left.
                    let oid = self.database_oid()?;
                    if let Some(buffers) = self.cluster.buffers.get_mut(&oid) {
                        buffers.writing.0 = None;
                    }
                }
                self.done("ROLLBACK");
                Ok(())
            }
            Command::Set { name, value, local } => self.set(name, value.as_deref(), *local),
            Command::SetTransaction {
                read_only,
                isolation,
                session,
            } => {
                if *session {
                    let on = |read_only: bool| if read_only { "on" } else { "off" };
                    if let Some(read_only) = read_only {
                        self.session()
                            .set("default_transaction_read_only", Some(on(*read_only).into()), false);
                    }
                    if let Some(isolation) = isolation {
                        self.session()
                            .set("default_transaction_isolation", Some(isolation.clone()), false);
                    }
                } else if self
                    .session()
                    .transaction
                    .as_ref()
                    .is_none_or(|transaction| transaction.implicit)
                {
                    self.warn("25P01", "SET TRANSACTION can only be used in transaction blocks");
                } else {
                    self.transaction_modes(*read_only, isolation.as_deref())?;
                }
                self.done("SET");
                Ok(())
            }
            Command::SetRole(role) => {
                let name = role.clone().unwrap_or_else(|| self.session().client.user.clone());
                if !self.cluster.roles.contains_key(&name) {
                    return Err(Report::error("22023", format!("role \"{name}\" does not exist")));
                }
                self.session().user = name;
                self.done("SET");
                Ok(())
            }
            Command::Show(name) => self.show(name.as_deref()),
            Command::Reset(name) => {
                match name {
                    None => self.session().parameters.clear(),
                    Some(name) => {
                        let known = parameters::find(name);
                        let name = known
                            .map(|it| it.name.to_owned())
                            .or(name.contains('.').then(|| name.clone()));
                        let Some(name) = name else {
                            return Err(parameters::unknown(&command_name(command)));
                        };
                        self.session().set(&name, None, false);
                    }
                }
                self.done("RESET");
                Ok(())
            }
            Command::Nothing { tag, alone, inside } => {
                let block = self
                    .session()
                    .transaction
                    .as_ref()
                    .is_some_and(|transaction| !transaction.implicit);
                if *alone && block {
                    return Err(Report::error(
                        "25001",
                        format!("{tag} cannot run inside a transaction block"),
                    ));
                }
                if *inside && !block {
                    return Err(Report::error(
                        "25P01",
                        format!("{tag} can only be used in transaction blocks"),
                    ));
                }
                if *tag == "DISCARD ALL" {
                    self.session().parameters.clear();
                }
                self.done(tag);
                Ok(())
            }
            Command::Beyond(what) => Err(Report::beyond(what)),
            other => self.shared(other),
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

    fn in_block(&mut self, what: &str) -> Result<&mut Transaction, Report> {
        match self
            .session()
            .transaction
            .as_mut()
            .filter(|transaction| !transaction.implicit)
        {
            Some(transaction) => Ok(transaction),
            None => Err(Report::error(
                "25P01",
                format!("{what} can only be used in transaction blocks"),
            )),
        }
    }

    fn transaction_modes(&mut self, read_only: Option<bool>, isolation: Option<&str>) -> Result<(), Report> {
        if let Some(read_only) = read_only {
            let value = if read_only { "on" } else { "off" };
            self.session().set("transaction_read_only", Some(value.into()), true);
        }
        if let Some(isolation) = isolation {
            let known = parameters::find("transaction_isolation").expect("it is in the table");
            let value = known.accept(isolation)?;
            self.session().set("transaction_isolation", Some(value), true);
        }
        Ok(())
    }

    fn may_write(&mut self, statement: &str) -> Result<(), Report> {
        let session = self.session();
        let on = |name: &str| session.parameters.get(name).map(String::as_str) == Some("on");
        let decided = session.parameters.contains_key("transaction_read_only");
        if on("transaction_read_only") || !decided && on("default_transaction_read_only") {
            let words: Vec<&str> = statement.split_whitespace().take(2).collect();
            let verb = match words.first().map(|word| word.to_uppercase()).as_deref() {
                Some(word @ ("CREATE" | "DROP" | "ALTER" | "TRUNCATE")) => {
                    format!("{word} {}", words[1].to_uppercase())
                }
                Some(word) => word.to_owned(),
                None => String::new(),
            };
            return Err(Report::error(
                "25006",
                format!("cannot execute {verb} in a read-only transaction"),
            ));
        }
        Ok(())
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
        let session = self.session().clone();
        let path = session
            .parameters
            .get("search_path")
            .cloned()
            .or_else(|| self.cluster.parameters.get("search_path").cloned())
            .unwrap_or_else(|| "\"$user\", public".into());
        let search_path = path
            .split(',')
            .map(|name| name.trim().trim_matches('"').trim_matches('\'').to_owned())
            .map(|name| if name == "$user" { session.user.clone() } else { name })
            .filter(|name| !name.is_empty())
            .collect();
        let mut all = self.cluster.parameters.clone();
        all.extend(session.parameters.clone());
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
            user: session.user,
            session_user: session.client.user.clone(),
            database: session.client.database.clone(),
            search_path,
            place: Place {
                now_us: began.now_us,
                zone_s,
            },
            client: session.client,
            parameters: all,
            version: self.cluster.version.clone(),
            started_us: self.cluster.started_us,
            roles: self.cluster.roles.clone(),
            databases,
            sessions,
            standings: BTreeMap::new(),
            page_counts: BTreeMap::new(),
        }
    }

    /// Runs something in the session's database.
    fn work(&mut self, source: &Source, at: usize, work: Work, changes: bool) -> Result<(), Report> {
        let oid = self.database_oid()?;
        let mut buffers = match self.cluster.buffers.remove(&oid) {
            Some(buffers) => buffers,
            None => Buffers::read(self.files, &Buffers::path(&self.cluster.pgdata, oid))?,
        };
        let result = self.work_in(&mut buffers, source, at, work, changes);
        self.cluster.buffers.insert(oid, buffers);
        result
    }

    fn work_in(
        &mut self,
        buffers: &mut Buffers,
        source: &Source,
        at: usize,
        work: Work,
        changes: bool,
    ) -> Result<(), Report> {
        let number = self.number;
        if changes && buffers.writer.is_some_and(|writer| writer != number) {
            // PostgreSQL would wait for rows that both want; pglab knows no rows that one waits for.
            return Err(Report::error(
                "55P03",
                "pglab does not simulate two transactions that write at the same time",
            )
            .detail("Another session has changed rows in an open transaction.")
            .hint("Commit or roll back there first: one writer at a time is a limit of the simulator."));
        }
        let mine = buffers.writer == Some(number);
        let open = self.session().transaction.is_some();
        let mut live = if mine { self.writing(buffers)? } else { buffers.open()? };
        if !open || changes && !mine {
            live.batch("BEGIN")?;
        }
        if open && changes && !mine {
            buffers.writer = Some(number);
        }
        let mine = buffers.writer == Some(number);
        if mine {
            live.batch("SAVEPOINT pglab_step")?;
        }
        let before = buffers.standings.clone();
        let moment = self.moment;
        let data = if let Work::Copy(copying, data) = &work {
            Some(((*copying).clone(), (*data).to_owned()))
        } else {
            None
        };
        let result = self.job(&mut live, buffers, source, work, moment, false);
        match (result, open) {
            (Ok(()), false) => self.settle(live, buffers, changes, &before),
            (Err(report), false) => {
                live.batch("ROLLBACK")?;
                live.reload()?;
                buffers.committed.0 = Some(live);
                Err(report)
            }
            (Ok(()), true) => {
                if mine {
                    live.batch("RELEASE pglab_step")?;
                    if changes {
                        let step = Step {
                            source: source.text().to_owned(),
                            piece: at,
                            moment,
                            data,
                            standings: before,
                        };
                        if let Some(transaction) = &mut self.session().transaction {
                            transaction.steps.push(step);
                        }
                    }
                    buffers.writing.0 = Some(live);
                } else {
                    buffers.committed.0 = Some(live);
                }
                Ok(())
            }
            (Err(report), true) => {
                if mine {
                    live.batch("ROLLBACK TO pglab_step; RELEASE pglab_step")?;
                    live.reload()?;
                    buffers.writing.0 = Some(live);
                } else {
                    buffers.committed.0 = Some(live);
                }
                Err(report)
            }
        }
    }

    /// Ends a statement that was a transaction of its own.
    fn settle(
        &mut self,
        mut live: Box<Live>,
        buffers: &mut Buffers,
        changes: bool,
        before: &BTreeMap<u32, Standing>,
    ) -> Result<(), Report> {
        let drawn = buffers.standings_changed(before);
        // While another session writes, what a sequence lost is written with its commit.
        if !changes && (!drawn || buffers.writer.is_some()) {
            live.batch("COMMIT")?;
            buffers.committed.0 = Some(live);
            return Ok(());
        }
        let saved = live.save_catalog().and_then(|()| buffers.save_standings(&live, false));
        if let Err(report) = saved {
            live.batch("ROLLBACK")?;
            live.reload()?;
            buffers.committed.0 = Some(live);
            return Err(report);
        }
        live.batch("COMMIT")?;
        // A commit that does not reach the disk has not happened: the live database is thrown away.
        buffers.flush(&mut live, self.files)?;
        buffers.committed.0 = Some(live);
        Ok(())
    }

    /// Returns the database as the open transaction of this session sees it, running its statements again if need be.
    fn writing(&mut self, buffers: &mut Buffers) -> Result<Box<Live>, Report> {
        if let Some(live) = buffers.writing.0.take() {
            return Ok(live);
        }
        let mut live = Box::new(Live::open(buffers.pages())?);
        live.batch("BEGIN")?;
        let steps = self
            .session()
            .transaction
            .as_ref()
            .map(|transaction| transaction.steps.clone())
            .unwrap_or_default();
        let standings = buffers.standings.clone();
        let (drawn, last_drawn) = (self.session().drawn.clone(), self.session().last_drawn);
        for step in steps {
            buffers.standings = step.standings.clone();
            let source = Source::new(&step.source);
            let replies = self.answer.replies.len();
            let outcome = match &step.data {
                Some((copying, data)) => self.job(
                    &mut live,
                    buffers,
                    &source,
                    Work::Copy(copying, data),
                    step.moment,
                    true,
                ),
                None => source.pieces().and_then(|pieces| {
                    let piece = pieces.get(step.piece).ok_or_else(super::live::damaged)?;
                    match command::read(&source, piece)? {
                        Command::Sql(statement) => self.job(
                            &mut live,
                            buffers,
                            &source,
                            Work::Statement(&statement),
                            step.moment,
                            true,
                        ),
                        command => self.job(&mut live, buffers, &source, Work::Sequence(&command), step.moment, true),
                    }
                }),
            };
            self.answer.replies.truncate(replies);
            outcome?;
        }
        buffers.standings = standings;
        self.session().drawn = drawn;
        self.session().last_drawn = last_drawn;
        Ok(live)
    }

    /// Runs one job over a live database.
    fn job(
        &mut self,
        live: &mut Live,
        buffers: &mut Buffers,
        source: &Source,
        work: Work,
        moment: Moment,
        again: bool,
    ) -> Result<(), Report> {
        let began = self
            .session()
            .transaction
            .as_ref()
            .map_or(moment, |transaction| transaction.began);
        let sizes = source.text().contains("size");
        let mut around = self.surroundings(began, sizes);
        around.standings = buffers.standings.clone();
        if sizes {
            let name = around.database.clone();
            if let Some(entry) = around.databases.get_mut(&name) {
                entry.1 = buffers.size();
            }
            for row in live.query("SELECT name, count(*) FROM dbstat GROUP BY name", &[])? {
                if let [
                    rusqlite::types::Value::Text(name),
                    rusqlite::types::Value::Integer(count),
                ] = row.as_slice()
                {
                    around
                        .page_counts
                        .insert(name.clone(), u64::try_from(*count).unwrap_or(0));
                }
            }
        }
        let sequences = live
            .catalog
            .relations
            .iter()
            .filter_map(|((_, name), relation)| match relation {
                Relation::Sequence(sequence) => Some((sequence.oid, (name.clone(), sequence.clone()))),
                _ => None,
            })
            .collect();
        let session = self.session();
        let runtime = Runtime {
            place: around.place,
            clock_us: moment.now_us,
            slept_us: 0,
            dice: moment.chance,
            sequences,
            standings: buffers.standings.clone(),
            drawn: session.drawn.clone(),
            last_drawn: session.last_drawn,
            terminated: Vec::new(),
            warnings: Vec::new(),
            backends: Vec::new(),
            set_parameters: Vec::new(),
            parameters: around.parameters.clone(),
        };
        let backends = around.sessions.iter().map(|(client, ..)| client.pid).collect();
        *live.runtime() = Runtime { backends, ..runtime };
        let mut job = Job::new(live, &around, source);
        let result = match work {
            Work::Statement(statement) => job.run(statement),
            Work::Copy(copying, data) => exec::copy_in(&mut job, copying, data),
            Work::Sequence(command) => job.utility(command),
        };
        let (replies, copying) = (std::mem::take(&mut job.replies), job.copying.take());
        let saved = result.and_then(|()| live.save_catalog());
        let runtime = live.runtime().clone();
        buffers.standings = runtime.standings;
        if again {
            return saved;
        }
        for words in &runtime.warnings {
            self.warn("01000", words);
        }
        self.answer.replies.extend(replies);
        self.answer.busy_ms += u64::try_from(runtime.slept_us / 1000).unwrap_or(0);
        let session = self.session();
        session.drawn = runtime.drawn;
        session.last_drawn = runtime.last_drawn;
        for (name, value) in runtime.set_parameters {
            let canonical = parameters::find(&name).map_or(name.as_str(), |parameter| parameter.name);
            session.set(canonical, Some(value), false);
        }
        if saved.is_ok()
            && let Some(copying) = copying
        {
            session.copying = Some((copying, moment));
        }
        for pid in runtime.terminated {
            for other in self
                .cluster
                .sessions
                .values_mut()
                .filter(|other| other.client.pid == pid)
            {
                other.terminated = true;
            }
        }
        saved
    }

    /// Commits the open transaction.
    pub(super) fn commit(&mut self) -> Result<(), Report> {
        self.session().end_parameters(true);
        let oid = self.database_oid()?;
        let number = self.number;
        let mine = self
            .cluster
            .buffers
            .get(&oid)
            .is_some_and(|buffers| buffers.writer == Some(number));
        let result = if mine {
            match self.cluster.buffers.remove(&oid) {
                Some(mut buffers) => {
                    let result = self.commit_in(&mut buffers);
                    buffers.writer = None;
                    self.cluster.buffers.insert(oid, buffers);
                    result
                }
                None => Ok(()),
            }
        } else {
            Ok(())
        };
        if result.is_err()
            && let Some(roles) = self
                .session()
                .transaction
                .take()
                .and_then(|transaction| transaction.roles_before)
        {
            self.cluster.roles = roles;
        }
        self.session().transaction = None;
        result
    }

    fn commit_in(&mut self, buffers: &mut Buffers) -> Result<(), Report> {
        let mut live = self.writing(buffers)?;
        live.save_catalog()?;
        buffers.save_standings(&live, false)?;
        live.batch("COMMIT")?;
        buffers.flush(&mut live, self.files)?;
        buffers.committed.0 = Some(live);
        Ok(())
    }

    /// Rolls the open transaction back.
    pub(super) fn rollback(&mut self) {
        self.session().end_parameters(false);
        let number = self.number;
        if let Some(transaction) = self.session().transaction.take()
            && let Some(roles) = transaction.roles_before
        {
            self.cluster.roles = roles;
            // The disk was not told yet, or is told again with the next change.
            let _ = self.cluster.write_shared(self.files);
        }
        for buffers in self.cluster.buffers.values_mut() {
            if buffers.writer == Some(number) {
                buffers.writer = None;
                buffers.writing.0 = None;
            }
        }
    }

    fn set(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<(), Report> {
        let Some(parameter) = parameters::find(name) else {
            if !name.contains('.') {
                return Err(parameters::unknown(name));
            }
            self.session().set(name, value.map(str::to_owned), local);
            self.done("SET");
            return Ok(());
        };
        let fixed = match parameter.context {
            Context::Session => None,
            Context::Internal => Some("cannot be changed"),
            Context::Start => Some("cannot be changed without restarting the server"),
            Context::Reload => Some("cannot be changed now"),
        };
        if let Some(fixed) = fixed {
            return Err(Report::error(
                "55P02",
                format!("parameter \"{}\" {fixed}", parameter.name),
            ));
        }
        let value = match value {
            None => None,
            Some(value) => Some(accept(parameter, value)?),
        };
        if local
            && self
                .session()
                .transaction
                .as_ref()
                .is_none_or(|transaction| transaction.implicit)
        {
            self.warn("25P01", "SET LOCAL can only be used in transaction blocks");
        } else {
            self.session().set(parameter.name, value, local);
        }
        self.done("SET");
        Ok(())
    }

    fn show(&mut self, name: Option<&str>) -> Result<(), Report> {
        let column = |name: &str| Column {
            name: name.into(),
            type_name: "text".into(),
            right: false,
        };
        let Some(name) = name else {
            return Err(Report::beyond("SHOW ALL; pg_settings has the same"));
        };
        let (label, value) = match parameters::find(name) {
            _ if name == "session_authorization" => (name.to_owned(), self.session().client.user.clone()),
            _ if name == "is_superuser" => {
                let user = self.session().user.clone();
                let yes = self.cluster.role(&user).is_some_and(|role| role.superuser);
                (name.to_owned(), if yes { "on" } else { "off" }.to_owned())
            }
            _ if name == "role" => {
                let session = self.session();
                let own = session.user == session.client.user;
                (
                    name.to_owned(),
                    if own { "none".to_owned() } else { session.user.clone() },
                )
            }
            Some(parameter) => {
                let own = self.session().parameters.get(parameter.name).cloned();
                (
                    parameter.name.to_owned(),
                    own.unwrap_or_else(|| self.cluster.parameter(parameter.name)),
                )
            }
            None => {
                let own = self.session().parameters.get(name).cloned();
                (name.to_owned(), own.ok_or_else(|| parameters::unknown(name))?)
            }
        };
        self.answer.replies.push(Reply::Rows(Rows {
            columns: vec![column(&label)],
            rows: vec![vec![Some(value)]],
            tag: "SHOW".into(),
        }));
        Ok(())
    }
}

fn command_name(command: &Command) -> String {
    if let Command::Reset(Some(name)) = command {
        name.clone()
    } else {
        String::new()
    }
}

fn savepoint(transaction: &Transaction, name: &str) -> Result<usize, Report> {
    transaction
        .savepoints
        .iter()
        .rposition(|(known, _)| known == name)
        .ok_or_else(|| Report::error("3B001", format!("savepoint \"{name}\" does not exist")))
}

/// Checks a value of a parameter; some are real and change more than pglab can.
pub(super) fn accept(parameter: &parameters::Parameter, value: &str) -> Result<String, Report> {
    let value = parameter.accept(value)?;
    let lower = value.to_lowercase();
    let beyond = match parameter.name {
        "TimeZone" => {
            if datetime::zone(&value).is_none() {
                return Err(match value.contains('/') || value.len() == 3 {
                    true => Report::beyond(format!("the time zone \"{value}\"")),
                    false => Report::error(
                        "22023",
                        format!("invalid value for parameter \"TimeZone\": \"{value}\""),
                    ),
                });
            }
            return Ok(if lower == "utc" { "UTC".into() } else { value });
        }
        "DateStyle" => !lower.starts_with("iso") && !["mdy", "default"].contains(&lower.as_str()),
        "IntervalStyle" => lower != "postgres",
        "bytea_output" => lower != "hex",
        "client_encoding" => !["utf8", "utf-8", "unicode"].contains(&lower.as_str()),
        "standard_conforming_strings" => lower != "on",
        _ => false,
    };
    if beyond {
        return Err(Report::beyond(format!("{} = {value}", parameter.name)));
    }
    Ok(match parameter.name {
        "DateStyle" => "ISO, MDY".into(),
        "client_encoding" => "UTF8".into(),
        _ => value,
    })
}
