//! One database in the memory of one server process: its pages as this process knows them.
//!
//! A commit writes the pages that changed since this process last wrote, and looks at nothing else: two processes on
//! one disk leave a mixture, as two PostgreSQL servers would.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::catalog::Relation;
use super::cluster::SessionNumber;
use super::live::{Live, damaged};
use super::reply::Report;
use super::runtime::Standing;
use crate::cloud::disk::{DiskError, Page};
use crate::programs::files::Files;

/// A live database beside the data: it is never copied, saved or compared.
#[derive(Debug, Default)]
pub struct Cache(pub Option<Box<Live>>);

impl Clone for Cache {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl PartialEq for Cache {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The private buffers of a database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buffers {
    path: String,
    pages: Vec<Page>,
    /// Where the sequences stand; that is not rolled back.
    pub standings: BTreeMap<u32, Standing>,
    /// What the file says of the sequences.
    saved: BTreeMap<u32, (i64, bool)>,
    /// The session that has changed rows in an open transaction: there is one at a time.
    pub writer: Option<SessionNumber>,
    /// The database as it was last committed.
    #[serde(skip)]
    pub committed: Cache,
    /// The database as the writer sees it.
    #[serde(skip)]
    pub writing: Cache,
}

/// The bytes of PostgreSQL's own catalogs in every database, which are not simulated and still take room.
const CATALOG_BYTES: u64 = 7_708_007;

impl Buffers {
    /// Returns the path of a database's file.
    pub fn path(pgdata: &str, oid: u32) -> String {
        format!("{pgdata}/base/{oid}/rows.db")
    }

    /// Writes the file of a new database.
    pub fn create(files: &mut Files, path: &str, pages: &[Page]) -> Result<(), DiskError> {
        files.write_pages(path, pages).map(drop)
    }

    /// Reads a database from its file.
    pub fn read(files: &Files, path: &str) -> Result<Self, Report> {
        let pages = files.pages(path).map_err(|error| match error {
            DiskError::Io => Report::error(
                "58030",
                format!("could not read block 0 in file \"{}\": {error}", relative(path)),
            ),
            error => Report::error("58P01", format!("could not open file \"{}\": {error}", relative(path))),
        })?;
        let mut this = Self {
            path: path.to_owned(),
            pages,
            standings: BTreeMap::new(),
            saved: BTreeMap::new(),
            writer: None,
            committed: Cache(None),
            writing: Cache(None),
        };
        let live = Live::open(&this.pages)?;
        for row in live.query("SELECT oid, last, called FROM pglab_sequence", &[])? {
            let [Value::Integer(oid), Value::Integer(last), Value::Integer(called)] = row.as_slice() else {
                return Err(damaged());
            };
            let oid = u32::try_from(*oid).map_err(|_| damaged())?;
            let called = *called != 0;
            this.saved.insert(oid, (*last, called));
            this.standings.insert(
                oid,
                Standing {
                    last: *last,
                    called,
                    logged: *last,
                    left: 0,
                },
            );
        }
        this.committed = Cache(Some(Box::new(live)));
        Ok(this)
    }

    /// Returns the pages, shared.
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// Returns the database as it was last committed.
    pub fn open(&mut self) -> Result<Box<Live>, Report> {
        match self.committed.0.take() {
            Some(live) => Ok(live),
            None => Live::open(&self.pages).map(Box::new),
        }
    }

    /// Returns what `pg_database_size` says.
    pub fn size(&self) -> u64 {
        // An empty database of ours stands for one of PostgreSQL's.
        let fresh = 5;
        CATALOG_BYTES + (self.pages.len().saturating_sub(fresh) as u64).div_ceil(2) * 8192
    }

    /// Writes where the sequences stand into the database, ahead of themselves unless the server stops cleanly.
    pub fn save_standings(&mut self, live: &Live, exact: bool) -> Result<(), Report> {
        let exists = |oid: u32| matches!(live.catalog.by_oid(oid), Some((_, Relation::Sequence(_))));
        let gone: Vec<u32> = self.saved.keys().copied().filter(|oid| !exists(*oid)).collect();
        for oid in gone {
            live.execute(
                "DELETE FROM pglab_sequence WHERE oid = ?",
                &[Value::Integer(oid.into())],
            )?;
            self.saved.remove(&oid);
        }
        self.standings.retain(|oid, _| exists(*oid));
        for (oid, standing) in &self.standings {
            let wanted = (if exact { standing.last } else { standing.logged }, standing.called);
            if self.saved.get(oid) != Some(&wanted) {
                live.execute(
                    "INSERT OR REPLACE INTO pglab_sequence (oid, last, called) VALUES (?, ?, ?)",
                    &[
                        Value::Integer((*oid).into()),
                        Value::Integer(wanted.0),
                        Value::Integer(wanted.1.into()),
                    ],
                )?;
                self.saved.insert(*oid, wanted);
            }
        }
        Ok(())
    }

    /// Tells whether the file knows less of the sequences than it should.
    pub fn standings_changed(&self, before: &BTreeMap<u32, Standing>) -> bool {
        self.standings.iter().any(|(oid, standing)| {
            before
                .get(oid)
                .is_none_or(|old| (old.logged, old.called) != (standing.logged, standing.called))
        })
    }

    /// Writes what a commit has changed to the disk.
    pub fn flush(&mut self, live: &mut Live, files: &mut Files) -> Result<(), Report> {
        let pages = live.pages(&self.pages);
        if pages == self.pages {
            return Ok(());
        }
        files.patch_pages(&self.path, &self.pages, &pages).map_err(|error| {
            let file = relative(&self.path);
            match error {
                DiskError::Full => Report::error("53100", format!("could not extend file \"{file}\": {error}"))
                    .hint("Check free disk space."),
                DiskError::Io => Report::unflushed(error),
                error => Report::error("58030", format!("could not write block 0 in file \"{file}\": {error}")),
            }
        })?;
        self.pages = pages;
        Ok(())
    }
}

/// Returns a file's name as messages have it: below the data directory, and without the name that only pglab has.
fn relative(path: &str) -> String {
    let start = path.find("/base/").map_or(0, |at| at + 1);
    path[start..].replace("rows.db", "16384")
}
