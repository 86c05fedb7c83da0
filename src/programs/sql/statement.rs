//! A statement of a turn: transactions and savepoints here, everything else where it belongs.

use super::command::Command;
use super::exec;
use super::parameters;
use super::reply::Report;
use super::session::Transaction;
use super::settings::command_name;
use super::source::{Piece, Source};
use super::turn::Turn;
use super::work::Work;

impl Turn<'_, '_> {
    pub(super) fn statement(
        &mut self,
        source: &Source,
        at: usize,
        piece: &Piece,
        command: &Command,
    ) -> Result<(), Report> {
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
                    self.may_write(statement)?;
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

    fn may_write(&mut self, statement: &impl ToString) -> Result<(), Report> {
        let session = self.session();
        let on = |name: &str| session.parameters.get(name).map(String::as_str) == Some("on");
        let decided = session.parameters.contains_key("transaction_read_only");
        if on("transaction_read_only") || !decided && on("default_transaction_read_only") {
            let statement = statement.to_string();
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
}

fn savepoint(transaction: &Transaction, name: &str) -> Result<usize, Report> {
    transaction
        .savepoints
        .iter()
        .rposition(|(known, _)| known == name)
        .ok_or_else(|| Report::error("3B001", format!("savepoint \"{name}\" does not exist")))
}
