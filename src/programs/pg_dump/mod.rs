//! pg_dump: a database as a script that makes it again (src/bin/pg_dump/pg_dump.c).
//!
//! Only the plain format. Left out: rights (GRANT is accepted and not kept), and the rewriting of a view's query, which
//! stands in the dump as it was written and says so. The program is taken to be of the server's version.

mod options;
mod order;
mod entry;
mod schema;
mod data;

use super::outcome::Outcome;
use super::postgres::SessionId;
use super::psql::{Network, Place, Unreachable, refusal, report};
use super::sql::{Answer, Directory, Rows};
use entry::Entry;
use options::Options;

/// Runs pg_dump with these words, its own name first; `chance` makes the key of `\restrict`.
pub fn run(words: &[String], place: &mut Place<'_, '_>, chance: u64) -> Outcome {
    let mut outcome = Outcome::default();
    let options = match Options::read(words, place.env) {
        Ok(options) => options,
        Err(text) => {
            outcome.err(&format!("{text}\n"));
            outcome.code = 1;
            return outcome;
        }
    };
    if options.version {
        outcome.out("pg_dump (PostgreSQL) 15.18 (Debian 15.18-1.pgdg120+1)\n");
        return outcome;
    }
    let target = options.login.target(place.env, "pg_dump");
    let session = match place.network.connect(&target) {
        Ok(session) => session,
        Err(why) => {
            if let Unreachable::Timeout { after_ms, .. } = &why {
                outcome.busy_ms = *after_ms;
            }
            outcome.err(&format!("pg_dump: error: {}\n", refusal(&target, &why)));
            outcome.code = 1;
            return outcome;
        }
    };
    let mut dump = Dump {
        options: &options,
        database: target.database.clone(),
        network: &mut *place.network,
        session,
        key: key(chance),
    };
    let made = dump.make();
    dump.network.close(session);
    match made {
        Ok(text) => match &options.file {
            None => outcome.out(&text),
            Some(path) => {
                let full = super::files::normal(&match path.starts_with('/') {
                    true => path.clone(),
                    false => format!("{}/{path}", place.cwd),
                });
                if let Err(error) = place.files.write(&full, text.as_bytes()) {
                    outcome.err(&format!(
                        "pg_dump: error: could not open output file \"{path}\": {error}\n"
                    ));
                    outcome.code = 1;
                }
            }
        },
        Err(words) => {
            outcome.err(&format!("pg_dump: error: {words}\n"));
            outcome.code = 1;
        }
    }
    outcome
}

/// A dump in the making.
struct Dump<'a> {
    options: &'a Options,
    database: String,
    network: &'a mut dyn Network,
    session: SessionId,
    key: String,
}

/// What every dump sets first.
const SETTINGS: &str = "\
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

";

impl Dump<'_> {
    fn make(&mut self) -> Result<String, String> {
        // One transaction sees one state of the database.
        self.ask("BEGIN")?;
        let rows = self.rows(Directory::QUERY)?;
        let Some(mut directory) = Directory::read(&rows) else {
            return Err("could not read the system catalogs".to_owned());
        };
        // Names stand with their schemas.
        directory.search_path.clear();
        let entries = self.entries(&directory)?;
        let version = self.network.server_version(self.session);
        let (restrict, unrestrict) = if restricts(&version) {
            (
                format!("\\restrict {}\n\n", self.key),
                format!("\\unrestrict {}\n\n", self.key),
            )
        } else {
            Default::default()
        };
        let mut out = format!(
            "--\n-- PostgreSQL database dump\n--\n\n{restrict}-- Dumped from database version {version}\n\
             -- Dumped by pg_dump version {version}\n\n{SETTINGS}"
        );
        if self.options.create {
            out.push_str(&self.create_database(&restrict, &unrestrict)?);
        }
        if self.options.clean {
            for entry in entries.iter().rev() {
                if let Some(drop) = &entry.drop {
                    let exists = if self.options.if_exists { "IF EXISTS " } else { "" };
                    out.push_str(&drop.replace(entry::IF_EXISTS, exists));
                }
            }
        }
        let mut told = false;
        for entry in &entries {
            if entry.kind == "TABLE" && !told {
                out.push_str("SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n");
                told = true;
            }
            out.push_str(&entry.text(self.options.no_owner));
        }
        out.push_str(&format!("--\n-- PostgreSQL database dump complete\n--\n\n{unrestrict}"));
        Ok(out)
    }

    /// Returns all that is dumped, in order: before the data, the data, after the data.
    fn entries(&mut self, directory: &Directory) -> Result<Vec<Entry>, String> {
        let chosen = order::chosen(directory, self.options)?;
        let mut entries = Vec::new();
        if self.options.schema {
            entries.extend(schema::before(directory, &chosen, self.options));
        }
        if self.options.data {
            entries.extend(self.data(directory, &chosen)?);
        }
        if self.options.schema {
            entries.extend(schema::after(directory, &chosen));
        }
        Ok(entries)
    }

    fn create_database(&mut self, restrict: &str, unrestrict: &str) -> Result<String, String> {
        let name = super::sql::quote_ident(&self.database);
        let literal = self.database.replace('\'', "''");
        let sql = format!(
            "SELECT pg_get_userbyid(datdba), datcollate FROM pg_catalog.pg_database WHERE datname = '{literal}'"
        );
        let rows = self.rows(&sql)?;
        let cell = |at: usize| {
            rows.rows
                .first()
                .and_then(|row| row.get(at).cloned().flatten())
                .unwrap_or_default()
        };
        let (owner, locale) = (cell(0), cell(1));
        let entry = Entry {
            kind: "DATABASE",
            name: self.database.clone(),
            schema: None,
            owner: owner.clone(),
            body: format!(
                "CREATE DATABASE {name} WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc \
                 LOCALE = '{locale}';\n"
            ),
            owned: Some(format!("DATABASE {name}")),
            drop: None,
        };
        let drop = if self.options.clean {
            let exists = if self.options.if_exists { "IF EXISTS " } else { "" };
            format!("DROP DATABASE {exists}{name};\n")
        } else {
            String::new()
        };
        let away = restrict.trim_end_matches('\n');
        let back = unrestrict.trim_end_matches('\n');
        Ok(format!(
            "{drop}{}{back}\n\\connect {name}\n{away}\n\n{SETTINGS}",
            entry.text(self.options.no_owner)
        ))
    }

    /// Asks the server; its error is the dump's.
    fn ask(&mut self, sql: &str) -> Result<Answer, String> {
        let Some(answer) = self.network.query(self.session, sql) else {
            return Err("server closed the connection unexpectedly".to_owned());
        };
        match answer.error() {
            None => Ok(answer),
            Some(error) => Err(format!(
                "query failed: {}pg_dump: detail: Query was: {sql}",
                report(error, sql)
            )),
        }
    }

    fn rows(&mut self, sql: &str) -> Result<Rows, String> {
        Ok(self.ask(sql)?.rows().cloned().unwrap_or_default())
    }
}

/// Tells whether a version guards its dumps with `\restrict`: those since August 2025 do (CVE-2025-8714).
fn restricts(version: &str) -> bool {
    let mut parts = version.split(['.', ' ']).map_while(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    match major {
        ..13 => false,
        13 => minor >= 22,
        14 => minor >= 19,
        15 => minor >= 14,
        16 => minor >= 10,
        17 => minor >= 6,
        _ => true,
    }
}

/// Returns a key of 63 letters and digits.
fn key(chance: u64) -> String {
    const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut state = chance;
    (0..63)
        .map(|_| {
            // splitmix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            char::from(LETTERS[usize::try_from(mixed % 62).unwrap_or(0)])
        })
        .collect()
}
