//! A live database: SQLite in memory over copies of a file's pages, with our functions inside.
//!
//! It is a cache and nothing more. What counts are the pages, which the caller holds: a copied or saved world drops
//! its live databases and opens them again when it needs them.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, Statement, params_from_iter};
use sqlparser::ast::Expr;

use super::catalog::{Catalog, Relation, Schema};
use super::equip::equip;
use super::reply::{Report, Severity};
use super::runtime::Runtime;
use crate::cloud::disk::{PAGE_BYTES, Page};

/// SQLite's steps after which a statement is given up: some seconds.
pub(super) const STEPS_MAX: i32 = 400_000;

/// The operations of one such step.
pub(super) const STEP_OPERATIONS: i32 = 1000;

/// Rows that one query may give.
const ROWS_MAX: usize = 1_000_000;

/// Statements that are kept ready.
const READY_MAX: usize = 64;

/// Expressions that are kept read.
const FORMULAS_MAX: usize = 256;

/// A database that is open.
pub struct Live {
    connection: Connection,
    /// The objects of the database.
    pub catalog: Catalog,
    saved: Catalog,
    runtime: Arc<Mutex<Runtime>>,
    /// The expressions that the catalog holds as text, once they were read.
    formulas: Mutex<BTreeMap<String, Arc<Expr>>>,
}

impl Live {
    /// Returns the pages of a new database.
    pub fn fresh(owner: &str) -> Vec<Page> {
        let mut live = Self::over(&[]).expect("an empty database opens");
        live.connection
            .execute_batch(
                "CREATE TABLE pglab_catalog (oid INTEGER PRIMARY KEY, schema TEXT, name TEXT, entry TEXT) STRICT;
                 CREATE TABLE pglab_sequence (oid INTEGER PRIMARY KEY, last INTEGER, called INTEGER) STRICT;",
            )
            .expect("two tables fit into an empty database");
        live.catalog = Catalog::new(owner);
        live.save_catalog().expect("the catalog of an empty database fits");
        live.pages(&[])
    }

    /// Opens a database over pages; what is damaged is said in PostgreSQL's words.
    pub fn open(pages: &[Page]) -> Result<Self, Report> {
        let mut live = Self::over(pages)?;
        live.reload()?;
        Ok(live)
    }

    fn over(pages: &[Page]) -> Result<Self, Report> {
        let mut connection = Connection::open_in_memory().map_err(report)?;
        if !pages.is_empty() {
            let len = pages.len() * PAGE_BYTES;
            let mut bytes = Vec::with_capacity(len);
            for page in pages {
                bytes.extend_from_slice(page.bytes());
            }
            connection
                .deserialize_read_exact("main", Cursor::new(bytes), len, false)
                .map_err(report)?;
        }
        // Sorting happens in memory: SQL from a stranger writes no file, not even a temporary one.
        connection
            .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;")
            .map_err(report)?;
        connection.set_prepared_statement_cache_capacity(READY_MAX);
        let runtime = Arc::new(Mutex::new(Runtime::default()));
        equip(&mut connection, &runtime).map_err(report)?;
        let nothing = Catalog {
            schemas: Default::default(),
            ..Catalog::new("")
        };
        Ok(Self {
            connection,
            catalog: nothing.clone(),
            saved: nothing,
            runtime,
            formulas: Mutex::default(),
        })
    }

    /// Returns the database's pages; those that equal one of `before` are shared with it.
    pub fn pages(&mut self, before: &[Page]) -> Vec<Page> {
        // SQLite hands out its own memory here; it fails only when there is none.
        let Ok(bytes) = self.connection.serialize("main") else {
            return before.to_vec();
        };
        let page = |number: usize, bytes: &[u8]| match before.get(number) {
            Some(page) if page.bytes().as_slice() == bytes => page.clone(),
            _ => Page::from_bytes(bytes),
        };
        // All but the header is looked at where it lies: most of it has not changed.
        let (header, rest) = bytes.split_at(PAGE_BYTES.min(bytes.len()));
        let mut header = header.to_vec();
        still_counters(&mut header);
        let rest = rest.chunks(PAGE_BYTES).enumerate();
        std::iter::once(page(0, &header))
            .chain(rest.map(|(number, bytes)| page(number + 1, bytes)))
            .collect()
    }

    /// Returns what volatile functions see and change.
    pub fn runtime(&self) -> MutexGuard<'_, Runtime> {
        // A panic inside a function would be our own bug; its state is replaced before each statement anyhow.
        self.runtime.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Returns an expression of the catalog: a default is read once, not at every row.
    pub fn formula(&self, text: &str, read: impl FnOnce(&str) -> Result<Expr, Report>) -> Result<Arc<Expr>, Report> {
        let lock = || self.formulas.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = lock().get(text) {
            return Ok(Arc::clone(known));
        }
        let expression = Arc::new(read(text)?);
        let mut formulas = lock();
        // Tables come and go, and leave theirs behind.
        if formulas.len() >= FORMULAS_MAX {
            formulas.clear();
        }
        formulas.insert(text.to_owned(), Arc::clone(&expression));
        Ok(expression)
    }

    /// Runs statements that give nothing back.
    pub fn batch(&self, sql: &str) -> Result<(), Report> {
        self.connection.execute_batch(sql).map_err(report)
    }

    /// Runs one statement with values for its question marks; it is kept ready for the next time.
    pub fn execute(&self, sql: &str, values: &[Value]) -> Result<usize, Report> {
        let mut statement = self.connection.prepare_cached(sql).map_err(report)?;
        statement.execute(params_from_iter(values)).map_err(report)
    }

    /// Runs an INSERT of one row, and returns the row's place.
    pub fn insert(&self, sql: &str, values: &[Value]) -> Result<i64, Report> {
        self.execute(sql, values)?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Returns all rows of a query. One with question marks comes again, and is kept ready; one without was written for
    /// its moment.
    pub fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>, Report> {
        if values.is_empty() {
            rows(&mut self.connection.prepare(sql).map_err(report)?, values)
        } else {
            let mut ready = self.connection.prepare_cached(sql).map_err(report)?;
            rows(&mut ready, values)
        }
    }

    /// Returns the first row of a query.
    pub fn first(&self, sql: &str, values: &[Value]) -> Result<Option<Vec<Value>>, Report> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    /// Reads the catalog from its table again, after a rollback.
    pub fn reload(&mut self) -> Result<(), Report> {
        let mut catalog = Catalog {
            schemas: Default::default(),
            ..Catalog::new("")
        };
        for row in self.query("SELECT oid, schema, name, entry FROM pglab_catalog", &[])? {
            let [Value::Integer(oid), Value::Text(schema), name, Value::Text(entry)] = row.as_slice() else {
                return Err(damaged());
            };
            catalog.next_oid = catalog.next_oid.max(u32::try_from(*oid).unwrap_or(0) + 1);
            match name {
                Value::Text(name) => {
                    let relation: Relation = serde_json::from_str(entry).map_err(|_| damaged())?;
                    // Constraints have oids too, which no row of their own tells.
                    if let Relation::Table(table) = &relation {
                        let last = table.constraints.iter().map(|constraint| constraint.oid).max();
                        catalog.next_oid = catalog.next_oid.max(last.unwrap_or(0) + 1);
                    }
                    catalog.relations.insert((schema.clone(), name.clone()), relation);
                }
                _ => {
                    let found: Schema = serde_json::from_str(entry).map_err(|_| damaged())?;
                    catalog.schemas.insert(schema.clone(), found);
                }
            }
        }
        self.saved = catalog.clone();
        self.catalog = catalog;
        Ok(())
    }

    /// Writes what has changed in the catalog to its table.
    pub fn save_catalog(&mut self) -> Result<(), Report> {
        if self.catalog == self.saved {
            return Ok(());
        }
        for (name, relation) in &self.saved.relations {
            if self.catalog.relations.get(name) != Some(relation) {
                self.execute(
                    "DELETE FROM pglab_catalog WHERE oid = ?",
                    &[Value::Integer(relation.oid().into())],
                )?;
            }
        }
        for (name, schema) in &self.saved.schemas {
            if self.catalog.schemas.get(name) != Some(schema) {
                self.execute(
                    "DELETE FROM pglab_catalog WHERE oid = ?",
                    &[Value::Integer(schema.oid.into())],
                )?;
            }
        }
        let insert = "INSERT INTO pglab_catalog (oid, schema, name, entry) VALUES (?, ?, ?, ?)";
        for ((schema, name), relation) in &self.catalog.relations {
            if self.saved.relations.get(&(schema.clone(), name.clone())) != Some(relation) {
                let entry = serde_json::to_string(relation).expect("names and plain fields make JSON");
                let oid = Value::Integer(relation.oid().into());
                self.execute(
                    insert,
                    &[
                        oid,
                        Value::Text(schema.clone()),
                        Value::Text(name.clone()),
                        Value::Text(entry),
                    ],
                )?;
            }
        }
        for (name, schema) in &self.catalog.schemas {
            if self.saved.schemas.get(name) != Some(schema) {
                let entry = serde_json::to_string(schema).expect("names and plain fields make JSON");
                let oid = Value::Integer(schema.oid.into());
                self.execute(
                    insert,
                    &[oid, Value::Text(name.clone()), Value::Null, Value::Text(entry)],
                )?;
            }
        }
        self.saved = self.catalog.clone();
        Ok(())
    }
}

/// Runs a query and returns its rows.
fn rows(statement: &mut Statement, values: &[Value]) -> Result<Vec<Vec<Value>>, Report> {
    let width = statement.column_count();
    let mut rows = statement.query(params_from_iter(values)).map_err(report)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(report)? {
        if out.len() >= ROWS_MAX {
            return Err(Report::beyond(format!("results of more than {ROWS_MAX} rows")));
        }
        let values: Result<Vec<Value>, rusqlite::Error> = (0..width).map(|at| row.get(at)).collect();
        out.push(values.map_err(report)?);
    }
    Ok(out)
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

/// Before this stands nothing else in a message that carries a report.
const MARK: char = '\u{1}';

/// Carries a report through SQLite, which knows messages only.
pub(super) fn wrapped(report: Report) -> rusqlite::Error {
    let text = serde_json::to_string(&report).expect("a report makes JSON");
    rusqlite::Error::UserFunctionError(format!("{MARK}{text}").into())
}

/// Returns what PostgreSQL says of pages that do not fit together.
pub fn damaged() -> Report {
    Report::error("XX001", "invalid page in block 0 of relation base/5/1259")
}

/// Turns an error of SQLite's into one of PostgreSQL's.
fn report(error: rusqlite::Error) -> Report {
    let message = match &error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    if let Some(at) = message.find(MARK)
        && let Ok(report) = serde_json::from_str(&message[at + MARK.len_utf8()..])
    {
        return report;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(),
        Some(ErrorCode::OperationInterrupted) => Report::beyond("statements that run this long"),
        Some(ErrorCode::OutOfMemory | ErrorCode::TooBig) => Report::error("53200", "out of memory"),
        // A page that belongs to another table reads as any kind of nonsense.
        _ if message.contains("malformed") => damaged(),
        _ => Report {
            severity: Severity::Error,
            ..Report::beyond(format!("this statement (SQLite: {message})"))
        },
    }
}

/// Sets the counters of changes in a database's header to one value (https://www.sqlite.org/fileformat.html, 1.3.6 and
/// 1.3.13). They tell how often a connection was opened, not what is in the database; a world that was saved in between
/// would differ from one that was not.
fn still_counters(bytes: &mut [u8]) {
    for at in [24, 92] {
        if let Some(counter) = bytes.get_mut(at..at + 4) {
            counter.copy_from_slice(&1_u32.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_lives_in_its_pages_and_nowhere_else() {
        let pages = Live::fresh("app");
        let mut live = Live::open(&pages).unwrap();
        live.batch("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('row')")
            .unwrap();
        let after = live.pages(&pages);
        drop(live);
        let again = Live::open(&after).unwrap();
        assert_eq!(
            again.query("SELECT a FROM t", &[]).unwrap(),
            [[Value::Text("row".into())]]
        );
        assert!(Live::open(&pages).unwrap().query("SELECT a FROM t", &[]).is_err());
    }

    #[test]
    fn the_catalog_is_read_back_as_it_was_written() {
        let live = Live::open(&Live::fresh("app")).unwrap();
        assert_eq!(live.catalog, Catalog::new("app"));
    }

    #[test]
    fn nothing_reaches_beyond_the_database() {
        let live = Live::open(&Live::fresh("app")).unwrap();
        for sql in [
            "ATTACH '/tmp/x' AS x",
            "PRAGMA database_list",
            "SELECT load_extension('x')",
            "VACUUM INTO '/tmp/x'",
        ] {
            assert!(live.query(sql, &[]).is_err(), "{sql}");
        }
        assert!(live.query("SELECT readfile('/etc/passwd')", &[]).is_err());
    }

    #[test]
    fn a_query_without_end_is_given_up() {
        let live = Live::open(&Live::fresh("app")).unwrap();
        let endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t";
        assert!(live.query(endless, &[]).unwrap_err().is_beyond());
    }
}
