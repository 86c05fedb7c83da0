//! The database of a folder: journal, world, checkpoints, and what the world has forgotten. One landing is one transaction.

use super::journal::Entry;
use super::state::State;
use super::trouble::Trouble;
use crate::sim::{Past, World};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Marks the database as ours ("pglb"), in SQLite's own field for that.
const APPLICATION_ID: i32 = 0x7067_6c62;

/// The form of the database and of what is in it; another one cannot be read.
const FORMAT: i32 = 3;

/// A checkpoint is kept at every so many-th landing …
const EVERY: u32 = 16;
/// … and of those so many of each power of [`POWER`], so that their number grows with the logarithm of the journal.
const KEPT: u32 = 4;
const POWER: u32 = 4;

const SCHEMA: &str = "
    CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 0), text TEXT NOT NULL) STRICT;
    CREATE TABLE journal (number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, command INTEGER NOT NULL,
        acts INTEGER NOT NULL, entry BLOB NOT NULL) STRICT;
    CREATE TABLE world (id INTEGER PRIMARY KEY CHECK (id = 0), number INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE checkpoint (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE past (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
";

/// The database, open.
#[derive(Debug)]
pub(super) struct Vault {
    connection: Connection,
    path: PathBuf,
}

/// All that a landing writes.
pub(super) struct Landing<'a> {
    /// The state after it.
    pub state: &'a State,
    /// The entry of the journal.
    pub entry: &'a Entry,
    /// The world after it, as bytes.
    pub world: &'a [u8],
    /// What the world has forgotten since its parent.
    pub past: &'a Past,
}

impl Vault {
    /// Makes a new database; there must be no file at `path`.
    pub fn create(path: &Path, landing: &Landing<'_>) -> Result<Self, Trouble> {
        let mut connection = Connection::open(path).map_err(|error| wrong(path, &error))?;
        let made = (|| {
            let transaction = connection.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
            write(&transaction, landing)?;
            transaction.commit()
        })();
        made.map_err(|error| wrong(path, &error))?;
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    /// Opens the database at `path`. What is not ours, or newer than we are, is refused and not touched.
    pub fn open(path: &Path) -> Result<Self, Trouble> {
        look_at(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| wrong(path, &error))?;
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    /// Returns what is kept beside the world.
    pub fn state(&self) -> Result<State, Trouble> {
        let text: String = self.one("SELECT text FROM state", [], |row| row.get(0))?;
        serde_json::from_str(&text).map_err(|error| self.damaged(&error.to_string()))
    }

    /// Writes what is kept beside the world, and nothing else.
    pub fn set_state(&mut self, state: &State) -> Result<(), Trouble> {
        let text = serde_json::to_string(state).expect("a state is plain data");
        let done = self.connection.execute("UPDATE state SET text = ?1", [text]);
        done.map(drop).map_err(|error| wrong(&self.path, &error))
    }

    /// Returns the number of the newest entry, whose world is the present one.
    pub fn head(&self) -> Result<u32, Trouble> {
        self.one("SELECT number FROM world", [], |row| row.get(0))
    }

    /// Returns the present world.
    pub fn world(&self) -> Result<World, Trouble> {
        let bytes: Vec<u8> = self.one("SELECT bytes FROM world", [], |row| row.get(0))?;
        World::from_bytes(&bytes).map_err(|why| self.damaged(&why))
    }

    /// Returns an entry of the journal.
    pub fn entry(&self, number: u32) -> Result<Option<Entry>, Trouble> {
        let query = "SELECT entry FROM journal WHERE number = ?1";
        let found: Result<Option<Vec<u8>>, _> = self.connection.query_row(query, [number], |row| row.get(0)).optional();
        found
            .map_err(|error| wrong(&self.path, &error))?
            .map(|bytes| Entry::from_bytes(&bytes))
            .transpose()
    }

    /// Returns the entries from `first` on, in order of their numbers.
    pub fn entries(&self, first: u32) -> Result<Vec<Entry>, Trouble> {
        let read = || -> rusqlite::Result<Vec<Vec<u8>>> {
            let mut query = self
                .connection
                .prepare("SELECT entry FROM journal WHERE number >= ?1 ORDER BY number")?;
            query.query_map([first], |row| row.get(0))?.collect()
        };
        let all = read().map_err(|error| wrong(&self.path, &error))?;
        all.iter().map(|bytes| Entry::from_bytes(bytes)).collect()
    }

    /// Returns the numbers of the entries that lead to `number`, from the beginning on, `number` included.
    pub fn chain(&self, number: u32) -> Result<Vec<u32>, Trouble> {
        let read = || -> rusqlite::Result<Vec<(u32, u32)>> {
            let mut query = self
                .connection
                .prepare("SELECT number, parent FROM journal ORDER BY number")?;
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let parents: std::collections::BTreeMap<u32, u32> =
            read().map_err(|error| wrong(&self.path, &error))?.into_iter().collect();
        let (mut chain, mut at) = (vec![number], number);
        while at > 0 {
            let parent = parents.get(&at).filter(|parent| **parent < at);
            at = *parent.ok_or_else(|| self.damaged(&format!("entry {at} of the journal goes on from nothing")))?;
            chain.push(at);
        }
        chain.reverse();
        Ok(chain)
    }

    /// Returns the newest world that is kept as it was at one of these entries, with the entry's number.
    pub fn checkpoint(&self, chain: &[u32]) -> Result<Option<(u32, World)>, Trouble> {
        for number in chain.iter().rev() {
            let query = "SELECT bytes FROM checkpoint WHERE number = ?1
                         UNION ALL SELECT bytes FROM world WHERE number = ?1";
            let found: Result<Option<Vec<u8>>, _> =
                self.connection.query_row(query, [number], |row| row.get(0)).optional();
            if let Some(bytes) = found.map_err(|error| wrong(&self.path, &error))? {
                let world = World::from_bytes(&bytes).map_err(|why| self.damaged(&why))?;
                return Ok(Some((*number, world)));
            }
        }
        Ok(None)
    }

    /// Returns what the worlds of these entries have forgotten, oldest first.
    pub fn past(&self, chain: &[u32]) -> Result<Vec<Past>, Trouble> {
        let mut all = Vec::new();
        for number in chain {
            let query = "SELECT bytes FROM past WHERE number = ?1";
            let found: Result<Option<Vec<u8>>, _> =
                self.connection.query_row(query, [number], |row| row.get(0)).optional();
            if let Some(bytes) = found.map_err(|error| wrong(&self.path, &error))? {
                all.push(Past::from_bytes(&bytes).map_err(|why| self.damaged(&why))?);
            }
        }
        Ok(all)
    }

    /// Writes a landing: all of it, or nothing.
    pub fn land(&mut self, landing: &Landing<'_>) -> Result<(), Trouble> {
        let path = &self.path;
        let done = (|| {
            let transaction = self.connection.transaction()?;
            write(&transaction, landing)?;
            transaction.commit()
        })();
        done.map_err(|error| wrong(path, &error))
    }

    /// Lets SQLite look at the whole file; the error says what it found.
    pub fn examine(&self) -> Result<(), Trouble> {
        let verdict: String = self.one("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if verdict == "ok" {
            Ok(())
        } else {
            Err(self.damaged(&verdict))
        }
    }

    fn one<T>(
        &self,
        query: &str,
        parameters: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Trouble> {
        let found = self.connection.query_row(query, parameters, read);
        found.map_err(|error| wrong(&self.path, &error))
    }

    fn damaged(&self, why: &str) -> Trouble {
        damaged(&self.path, why)
    }
}

fn write(transaction: &Transaction<'_>, landing: &Landing<'_>) -> rusqlite::Result<()> {
    let Landing {
        state,
        entry,
        world,
        past,
    } = landing;
    let number = entry.number;
    let text = serde_json::to_string(state).expect("a state is plain data");
    transaction.execute("INSERT OR REPLACE INTO state (id, text) VALUES (0, ?1)", [text])?;
    transaction.execute(
        "INSERT INTO journal (number, parent, command, acts, entry) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![number, entry.parent, entry.command, entry.acts(), entry.to_bytes()],
    )?;
    transaction.execute(
        "INSERT OR REPLACE INTO world (id, number, bytes) VALUES (0, ?1, ?2)",
        params![number, world],
    )?;
    if !past.is_empty() {
        transaction.execute(
            "INSERT INTO past (number, bytes) VALUES (?1, ?2)",
            params![number, past.to_bytes()],
        )?;
    }
    if number.is_multiple_of(EVERY) {
        transaction.execute(
            "INSERT INTO checkpoint (number, bytes) VALUES (?1, ?2)",
            params![number, world],
        )?;
        thin_out(transaction, number)?;
    }
    Ok(())
}

/// Drops the checkpoints that are too close to one another for their age.
fn thin_out(transaction: &Transaction<'_>, newest: u32) -> rusqlite::Result<()> {
    let mut query = transaction.prepare("SELECT number FROM checkpoint WHERE number > 0")?;
    let numbers: Vec<u32> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for number in numbers.into_iter().filter(|number| !is_kept(*number, newest)) {
        transaction.execute("DELETE FROM checkpoint WHERE number = ?1", [number])?;
    }
    Ok(())
}

fn is_kept(number: u32, newest: u32) -> bool {
    let mut step = EVERY;
    while step <= number {
        if number.is_multiple_of(step) && newest - number < KEPT * step {
            return true;
        }
        step *= POWER;
    }
    false
}

/// Looks at the head of a file before SQLite does, which would take an empty one for its own.
fn look_at(path: &Path) -> Result<(), Trouble> {
    let mut head = [0; 100];
    let file = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    if let Err(error) = file {
        return Err(if error.kind() == std::io::ErrorKind::UnexpectedEof {
            damaged(path, "the file is cut off")
        } else {
            Trouble::file("read", path, &error)
        });
    }
    let number = |at: usize| i32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(damaged(path, "it does not begin as a database does"));
    }
    if number(68) != APPLICATION_ID {
        return Err(Trouble::new(
            format!(
                "{} is not a cluster of pglab's, but another program's database",
                path.display()
            ),
            "nothing was changed; go to another folder, or make a cluster in an empty one: `pglab cluster create DIR`",
        ));
    }
    if number(60) > FORMAT {
        return Err(Trouble::new(
            format!("{} was made by a newer pglab", path.display()),
            "nothing was changed; use the newer pglab",
        ));
    }
    if number(60) < FORMAT {
        return Err(Trouble::new(
            format!(
                "{} was made by an older pglab, whose form this one does not read",
                path.display()
            ),
            "nothing was changed; use the pglab that made it, or make a new cluster in another folder",
        ));
    }
    Ok(())
}

fn damaged(path: &Path, why: &str) -> Trouble {
    Trouble::new(
        format!("{} is damaged: {why}", path.display()),
        "nothing was changed; `pglab cluster restore DIR` makes the cluster again from the journal that is kept outside its folder",
    )
}

fn wrong(path: &Path, error: &rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            damaged(path, &error.to_string())
        }
        Some(rusqlite::ErrorCode::DiskFull) => Trouble::new(
            format!("{}: the disk is full", path.display()),
            "nothing of the command was kept; make room, and give it again",
        ),
        Some(
            rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied | rusqlite::ErrorCode::CannotOpen,
        ) => Trouble::new(
            format!("{} cannot be written: {error}", path.display()),
            "see whether the folder belongs to you",
        ),
        _ => Trouble::new(
            format!("{}: {error}", path.display()),
            "nothing of the command was kept; see whether another program uses the file",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_few_and_never_far() {
        for newest in [16_u32, 160, 1_600, 16_000] {
            let kept: Vec<u32> = (1..=newest).filter(|n| n % EVERY == 0 && is_kept(*n, newest)).collect();
            assert!(kept.len() < 40, "{} checkpoints of {newest}", kept.len());
            assert_eq!(kept.last(), Some(&newest));
        }
    }
}
