//! `\d` and its kin: what there is in a database (src/bin/psql/describe.c).
//!
//! Where psql asks the system catalogs in a dozen queries, the [`Directory`] of the session's database is asked for once.
//! Left out are rights (`\dp`), sizes (`\dt+`, `\l+`) and what pglab's databases cannot hold; they are refused by name.

mod lists;
mod pattern;
mod relation;

use super::Psql;
use super::print::{self, Table};
use crate::programs::sql::{Column, Directory, Rows};
pub(in crate::programs) use pattern::Pattern;

/// The letters of `\d` that list relations, with what they mean.
const KINDS: &str = "tivsmE";

/// Commands that psql has and pglab has not.
const BEYOND: &[&str] = &[
    "da", "dA", "dAc", "dAf", "dAo", "dAp", "db", "dc", "dC", "dconfig", "dd", "dD", "ddp", "des", "deu", "dew", "det",
    "dF", "dFd", "dFp", "dFt", "dl", "dL", "do", "dO", "dp", "dP", "drds", "dRp", "dRs", "dT", "dX", "dy", "z", "sf",
];

impl Psql<'_, '_> {
    /// Obeys a command of the family; none when there is none of this name.
    pub(super) fn describe(&mut self, name: &str, pattern: Option<&str>) -> Result<Option<bool>, String> {
        let beyond = || format!("pglab does not simulate \\{name} of psql");
        let plain = name.trim_end_matches(['+', 'S']);
        let more = name[plain.len()..].contains('+');
        let system = name[plain.len()..].contains('S');
        if BEYOND.contains(&plain) || system && plain != "d" {
            return Err(beyond());
        }
        Ok(Some(match plain {
            "d" => match pattern {
                Some(pattern) => self.details(pattern, more)?,
                None if more => return Err(beyond()),
                None => self.relations("tvmsE", None)?,
            },
            "l" | "list" if more => return Err(beyond()),
            "l" | "list" => self.databases(false, pattern),
            "du" | "dg" if more => return Err(beyond()),
            "du" | "dg" => self.roles(pattern),
            "dn" if more => return Err(beyond()),
            "dn" => self.schemas(pattern),
            "dx" if more => return Err(beyond()),
            "dx" => self.extensions(pattern),
            "df" | "dfn" | "dfa" | "dfw" | "dft" | "dfp" if !more && pattern.is_none() => self.functions(),
            "df" => return Err(beyond()),
            letters => match letters.strip_prefix('d') {
                Some(kinds) if !kinds.is_empty() && kinds.chars().all(|kind| KINDS.contains(kind)) => {
                    if more {
                        return Err(beyond());
                    }
                    self.relations(kinds, pattern)?
                }
                _ => return Ok(None),
            },
        }))
    }

    /// Asks for what the database holds; none when the answer was an error, which has been said.
    fn directory(&mut self) -> Option<Directory> {
        let rows = self.ask(Directory::QUERY)?;
        Directory::read(&rows)
    }

    fn print_table(&mut self, title: &str, rows: &Rows, footers: Option<Vec<String>>) {
        let text = print::table(
            &Table {
                rows,
                title: Some(title),
                footers,
            },
            &self.settings,
        );
        self.out(&text);
    }
}

/// Makes a table: names of columns, with a `>` before those that stand to the right.
fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Rows {
    Rows {
        columns: columns
            .iter()
            .map(|name| Column {
                name: name.trim_start_matches('>').to_owned(),
                type_name: String::new(),
                right: name.starts_with('>'),
            })
            .collect(),
        rows: rows
            .into_iter()
            .map(|row| row.into_iter().map(Some).collect())
            .collect(),
        tag: "SELECT".to_owned(),
    }
}
