//! Work in the database of a session: a statement in its transaction, the commit and the rollback.

use std::collections::BTreeMap;

use super::buffers::Buffers;
use super::catalog::Relation;
use super::command::{self, Command};
use super::exec::{self, Copying, Job};
use super::live::Live;
use super::moment::Moment;
use super::parameters;
use super::reply::Report;
use super::runtime::{Runtime, Standing};
use super::session::Step;
use super::source::Source;
use super::turn::Turn;

/// What a job is to run.
pub(super) enum Work<'w> {
    Statement(&'w sqlparser::ast::Statement),
    Copy(&'w Copying, &'w str),
    Sequence(&'w Command),
}

impl Turn<'_, '_> {
    /// Runs something in the session's database.
    pub(super) fn work(&mut self, source: &Source, at: usize, work: Work, changes: bool) -> Result<(), Report> {
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
            live.execute("BEGIN", &[])?;
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
            live.execute("COMMIT", &[])?;
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
        live.execute("COMMIT", &[])?;
        // A commit that does not reach the disk has not happened: the live database is thrown away.
        buffers.flush(&mut live, self.files)?;
        buffers.committed.0 = Some(live);
        Ok(())
    }

    /// Returns the database as the open transaction of this session sees it, running its statements again if need be.
    pub(super) fn writing(&mut self, buffers: &mut Buffers) -> Result<Box<Live>, Report> {
        if let Some(live) = buffers.writing.0.take() {
            return Ok(live);
        }
        let mut live = Box::new(Live::open(buffers.pages())?);
        live.execute("BEGIN", &[])?;
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
        around.standings.clone_from(&buffers.standings);
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
        let runtime = std::mem::take(&mut *live.runtime());
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
        live.execute("COMMIT", &[])?;
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
}
