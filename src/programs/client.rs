//! The order client: a program outside the cluster that writes an order now and then, and keeps a ledger of what was
//! acknowledged.
//!
//! Whatever happens in the cluster, the ledger stays. Surviving rows against the ledger tell what was lost; the longest
//! time between two acknowledgements tells how long nobody answered. It stands outside, and so do not its packets: they
//! go through the Service, by its name, anew for every connection.

use super::psql::{Network, Target, Unreachable};
use super::runtime::{Ground, Line, Place, Runtime, Wake, Wire};
use crate::api::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the client is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// Its name.
    pub name: Arc<str>,
    /// The namespace in which the Service is.
    pub namespace: Arc<str>,
    /// The Service's name.
    pub service: String,
    /// The Service's port.
    pub port: u16,
    /// The role; the database has its name.
    pub user: String,
    /// The password.
    pub password: String,
    /// From one order to the next, in milliseconds; an answer is waited for at most as long.
    pub every_ms: i64,
}

/// The client at work. Plain data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Client {
    orders: Orders,
    ledger: Ledger,
    wire: Option<Wire>,
    next: u64,
    due: Option<Time>,
}

/// What was acknowledged, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The acknowledged numbers with their instants, in order.
    pub acknowledged: Vec<(u64, Time)>,
    /// How many orders were sent, answered or not.
    pub sent: u64,
    /// Why the latest order was not acknowledged; None when it was.
    pub trouble: Option<String>,
    /// When the client began.
    pub began: Time,
    /// When it stopped.
    pub stopped: Option<Time>,
}

/// What is left of the acknowledged orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// How many of them the database holds.
    pub surviving: usize,
    /// Those that it does not hold.
    pub missing: Vec<u64>,
}

impl Ledger {
    /// Compares what was acknowledged with the numbers that the database holds.
    pub fn survey(&self, rows: &BTreeSet<u64>) -> Survey {
        let numbers = self.acknowledged.iter().map(|(number, _)| *number);
        let (held, missing): (Vec<u64>, Vec<u64>) = numbers.partition(|number| rows.contains(number));
        Survey {
            surviving: held.len(),
            missing,
        }
    }

    /// Returns the longest time between two acknowledgements, in milliseconds; the time since the last one counts while
    /// the client runs, and the time before the first does not: then there was nobody to lose.
    pub fn longest_silence_ms(&self, now: Time) -> i64 {
        let end = self.stopped.unwrap_or(now);
        let instants = self.acknowledged.iter().map(|(_, at)| *at);
        let later = instants.clone().skip(1).chain([end]);
        instants.zip(later).map(|(at, next)| next - at).max().unwrap_or(0)
    }
}

/// What is ordered, in turn.
const ITEMS: [&str; 6] = ["tea", "coffee", "bread", "rice", "apples", "ink"];

impl Client {
    /// Makes a client whose first order is due at once.
    pub fn new(orders: Orders, now: Time) -> Self {
        let ledger = Ledger {
            began: now,
            ..Ledger::default()
        };
        Self {
            orders,
            ledger,
            wire: None,
            next: 1,
            due: Some(now),
        }
    }

    /// Returns what it was told.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Returns the ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns when the next order is due; None when the client has stopped.
    pub fn due(&self) -> Option<Time> {
        self.due
    }

    /// Stops; the ledger stays.
    pub fn stop(&mut self, now: Time) {
        if self.due.take().is_some() {
            self.ledger.stopped = Some(now);
        }
    }

    /// Sends the order that is due, and returns whom the machines want to be called.
    pub fn advance(&mut self, runtime: &mut Runtime, ground: &mut Ground<'_>) -> Vec<Wake> {
        let now = ground.now;
        if self.due.is_none_or(|due| due > now) {
            return vec![];
        }
        self.due = Some(now + self.orders.every_ms.max(1));
        let mut line = Line::new(runtime, ground, self.place(), None);
        match self.order(&mut line) {
            Ok((number, busy_ms)) => {
                self.ledger.acknowledged.push((number, now + busy_ms));
                self.ledger.trouble = None;
            }
            Err(trouble) => self.ledger.trouble = Some(trouble),
        }
        line.take_wakes()
    }

    /// Returns the numbers of the orders that the database holds now, asked over a connection of its own.
    pub fn rows(&self, runtime: &mut Runtime, ground: &mut Ground<'_>) -> Result<BTreeSet<u64>, String> {
        let mut line = Line::new(runtime, ground, self.place(), None);
        let session = line.connect(&self.target()).map_err(|why| words(&why))?;
        let answer = line.query(session, "SELECT id FROM orders ORDER BY id");
        line.close(session);
        let answer = answer.ok_or("server closed the connection unexpectedly")?;
        if let Some(report) = answer.error() {
            return Err(report.message.clone());
        }
        let rows = answer.rows().map(|rows| rows.rows.as_slice()).unwrap_or_default();
        let numbers = rows.iter().filter_map(|row| row.first()?.as_deref()?.parse().ok());
        Ok(numbers.collect())
    }

    fn place(&self) -> Place {
        Place::Outside {
            namespace: Arc::clone(&self.orders.namespace),
        }
    }

    fn target(&self) -> Target {
        let orders = &self.orders;
        Target {
            host: orders.service.clone(),
            port: orders.port,
            user: orders.user.clone(),
            database: orders.user.clone(),
            password: Some(orders.password.clone()),
            application: orders.name.to_string(),
            timeout_s: 0,
        }
    }

    /// Sends one order; returns its number and how long the answer took, or what went wrong.
    fn order(&mut self, line: &mut Line<'_, '_>) -> Result<(u64, i64), String> {
        let session = match self.wire.take() {
            Some(wire) => line.resume(wire),
            None => {
                let session = line.connect(&self.target()).map_err(|why| words(&why))?;
                // Many programs create their tables when they start.
                let answer = line.query(
                    session,
                    "CREATE TABLE IF NOT EXISTS orders (id integer PRIMARY KEY, item text, at timestamptz DEFAULT now())",
                );
                if let Err(trouble) = self.judge(answer) {
                    line.close(session);
                    return Err(trouble);
                }
                session
            }
        };
        let number = self.next;
        self.next += 1;
        self.ledger.sent += 1;
        let item = ITEMS[(number % ITEMS.len() as u64) as usize];
        let answer = line.query(
            session,
            &format!("INSERT INTO orders (id, item) VALUES ({number}, '{item}')"),
        );
        let busy_ms = match self.judge(answer) {
            Ok(busy_ms) => busy_ms,
            Err(trouble) => {
                line.close(session);
                return Err(trouble);
            }
        };
        // Kept for the next order; after any trouble the client connects anew.
        self.wire = line.hold(session);
        Ok((number, busy_ms))
    }

    /// Returns how long an answer took, or why it is none.
    fn judge(&self, answer: Option<super::sql::Answer>) -> Result<i64, String> {
        let answer = answer.ok_or("server closed the connection unexpectedly")?;
        if let Some(report) = answer.error() {
            return Err(report.message.clone());
        }
        let busy_ms = i64::try_from(answer.busy_ms).unwrap_or(i64::MAX);
        if busy_ms > self.orders.every_ms {
            return Err("no answer in time".to_owned());
        }
        Ok(busy_ms)
    }
}

/// Returns why there is no connection, in libpq's words.
fn words(why: &Unreachable) -> String {
    match why {
        Unreachable::UnknownHost => "could not translate host name to address: Name or service not known".to_owned(),
        Unreachable::Refused { .. } => "Connection refused".to_owned(),
        Unreachable::Timeout { .. } => "timeout expired".to_owned(),
        Unreachable::NoSocket => "No such file or directory".to_owned(),
        Unreachable::NoPassword { .. } => "fe_sendauth: no password supplied".to_owned(),
        Unreachable::Denied { report, .. } => report.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(entries: &[(u64, i64)]) -> Ledger {
        Ledger {
            acknowledged: entries
                .iter()
                .map(|(number, s)| (*number, Time::EPOCH + s * 1000))
                .collect(),
            began: Time::EPOCH,
            ..Ledger::default()
        }
    }

    #[test]
    fn what_the_database_does_not_hold_is_missing_and_what_nobody_acknowledged_does_not_count() {
        let ledger = ledger(&[(1, 1), (2, 2), (4, 9)]);
        let rows: BTreeSet<u64> = [2, 3, 4].into();
        assert_eq!(
            ledger.survey(&rows),
            Survey {
                surviving: 2,
                missing: vec![1]
            }
        );
    }

    #[test]
    fn the_longest_silence_ends_now_or_when_the_client_stopped() {
        let mut ledger = ledger(&[(1, 1), (2, 2), (4, 9)]);
        assert_eq!(ledger.longest_silence_ms(Time::EPOCH + 10_000), 7_000);
        assert_eq!(ledger.longest_silence_ms(Time::EPOCH + 60_000), 51_000);
        ledger.stopped = Some(Time::EPOCH + 10_000);
        assert_eq!(ledger.longest_silence_ms(Time::EPOCH + 60_000), 7_000);
        assert_eq!(Ledger::default().longest_silence_ms(Time::EPOCH), 0);
    }
}
