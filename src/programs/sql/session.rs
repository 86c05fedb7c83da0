//! A session: who it is, what it has set, and the transaction that it is in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cluster::Client;
use super::exec::Copying;
use super::moment::Moment;
use super::role::Roles;
use super::runtime::Standing;

/// A session of a server process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// How it was opened.
    pub client: Client,
    /// The role whose rights it has: `SET ROLE` changes it.
    pub user: String,
    /// Parameters that it has set.
    pub parameters: BTreeMap<String, String>,
    /// Its transaction, if one is open.
    pub transaction: Option<Transaction>,
    /// What `currval` says.
    pub drawn: BTreeMap<u32, i64>,
    /// The sequence that was drawn from last.
    pub last_drawn: Option<u32>,
    /// The COPY that waits for its data.
    pub copying: Option<(Copying, Moment)>,
    /// The last query string.
    pub query: String,
    /// Whether another session has ended it; it hears of that with its next query.
    pub terminated: bool,
}

/// An open transaction: the statements since it began.
///
/// That is all there is of it. A process that is killed loses it, and nothing else; a copied or saved world runs the
/// statements again when the session goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// When it began: what `now()` says.
    pub began: Moment,
    /// The statements that have changed something, in order.
    pub steps: Vec<Step>,
    /// Whether a statement has failed, so that all others are ignored until the end.
    pub failed: bool,
    /// The savepoints, with how many steps came before each.
    pub savepoints: Vec<(String, usize)>,
    /// Whether it holds one query string together rather than `BEGIN` and `COMMIT`.
    pub implicit: bool,
    /// The session's parameters before it.
    pub parameters_before: BTreeMap<String, String>,
    /// Parameters of `SET LOCAL`, with the values that come back.
    pub locals: Vec<(String, Option<String>)>,
    /// The roles before it, if it has changed any.
    pub roles_before: Option<Roles>,
}

/// A statement of an open transaction, with all that it saw from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The whole query string that it came in.
    pub source: String,
    /// Which statement of it.
    pub piece: usize,
    /// When it ran.
    pub moment: Moment,
    /// The data of a COPY.
    pub data: Option<(Copying, String)>,
    /// Where the sequences stood.
    pub standings: BTreeMap<u32, Standing>,
}

impl Session {
    /// Returns a session that has just been opened.
    pub fn new(client: Client) -> Self {
        let application = [("application_name".to_owned(), client.application.clone())];
        Self {
            user: client.user.clone(),
            parameters: application.into_iter().filter(|(_, name)| !name.is_empty()).collect(),
            client,
            transaction: None,
            drawn: BTreeMap::new(),
            last_drawn: None,
            copying: None,
            query: String::new(),
            terminated: false,
        }
    }

    /// Begins a transaction.
    pub fn begin(&mut self, began: Moment, implicit: bool) {
        self.transaction = Some(Transaction {
            began,
            steps: Vec::new(),
            failed: false,
            savepoints: Vec::new(),
            implicit,
            parameters_before: self.parameters.clone(),
            locals: Vec::new(),
            roles_before: None,
        });
    }

    /// Returns the state as `pg_stat_activity` shows it.
    pub fn state(&self, running: bool) -> &'static str {
        match (&self.transaction, running) {
            (_, true) => "active",
            (None, false) => "idle",
            (Some(transaction), false) if transaction.failed => "idle in transaction (aborted)",
            (Some(_), false) => "idle in transaction",
        }
    }

    /// Sets a parameter until the end of the session, or of the transaction.
    pub fn set(&mut self, name: &str, value: Option<String>, local: bool) {
        if local && let Some(transaction) = &mut self.transaction {
            transaction
                .locals
                .push((name.to_owned(), self.parameters.get(name).cloned()));
        }
        match value {
            Some(value) => drop(self.parameters.insert(name.to_owned(), value)),
            None => drop(self.parameters.remove(name)),
        }
    }

    /// Ends the transaction's parameters: back to what they were, or only the local ones.
    pub fn end_parameters(&mut self, committed: bool) {
        let Some(transaction) = &self.transaction else { return };
        if !committed {
            self.parameters = transaction.parameters_before.clone();
            return;
        }
        for (name, before) in transaction.locals.clone().into_iter().rev() {
            match before {
                Some(value) => drop(self.parameters.insert(name, value)),
                None => drop(self.parameters.remove(&name)),
            }
        }
    }
}
