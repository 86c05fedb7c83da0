//! The rows: as COPY or as INSERT, and where the sequences stand.

use super::Dump;
use super::entry::Entry;
use super::order::{Chosen, by_references};
use crate::programs::sql::{Directory, Generated, Relation, Reply, Table, quote_ident, quote_literal};

impl Dump<'_> {
    /// Returns the data of tables and sequences.
    pub(super) fn data(&mut self, directory: &Directory, chosen: &[Chosen<'_>]) -> Result<Vec<Entry>, String> {
        let mut tables: Vec<&Chosen<'_>> = chosen
            .iter()
            .filter(|it| matches!(it.relation, Relation::Table(_)))
            .collect();
        tables.sort_by_key(|it| (it.schema, it.name));
        if !self.options.schema {
            // Foreign keys are there already: rows come behind those that they refer to.
            tables = by_references(tables);
        }
        let mut entries = Vec::new();
        for it in tables {
            let Relation::Table(table) = it.relation else { continue };
            let full = directory.shown_name(it.schema, it.name);
            let body = match self.options.inserts {
                None => self.copy(&full, table)?,
                Some(count) => self.inserts(&full, table, count)?,
            };
            entries.push(Entry {
                kind: "TABLE DATA",
                name: it.name.to_owned(),
                schema: Some(it.schema.to_owned()),
                owner: table.owner.clone(),
                body,
                owned: None,
                drop: None,
            });
        }
        let mut sequences: Vec<_> = chosen.iter().collect();
        sequences.sort_by_key(|it| (it.schema, it.name));
        for it in sequences {
            let Relation::Sequence(sequence) = it.relation else {
                continue;
            };
            let full = directory.shown_name(it.schema, it.name);
            let rows = self.rows(&format!("SELECT last_value, is_called FROM {full}"))?;
            let cell = |at: usize| {
                rows.rows
                    .first()
                    .and_then(|row| row.get(at).cloned().flatten())
                    .unwrap_or_default()
            };
            let called = if cell(1) == "t" { "true" } else { "false" };
            entries.push(Entry {
                kind: "SEQUENCE SET",
                name: it.name.to_owned(),
                schema: Some(it.schema.to_owned()),
                owner: sequence.owner.clone(),
                body: format!(
                    "SELECT pg_catalog.setval({}, {}, {called});\n",
                    quote_literal(&full),
                    cell(0)
                ),
                owned: None,
                drop: None,
            });
        }
        Ok(entries)
    }

    fn copy(&mut self, full: &str, table: &Table) -> Result<String, String> {
        let columns = columns(table).join(", ");
        let list = if columns.is_empty() {
            String::new()
        } else {
            format!(" ({columns})")
        };
        let answer = self.ask(&format!("COPY {full}{list} TO stdout"))?;
        let lines = answer.replies.into_iter().find_map(|reply| match reply {
            Reply::CopyOut(lines, _) => Some(lines.concat()),
            _ => None,
        });
        Ok(format!(
            "COPY {full}{list} FROM stdin;\n{}\\.\n",
            lines.unwrap_or_default()
        ))
    }

    fn inserts(&mut self, full: &str, table: &Table, count: usize) -> Result<String, String> {
        let columns = columns(table);
        let list = if columns.is_empty() {
            "NULL".to_owned()
        } else {
            columns.join(", ")
        };
        let rows = self.rows(&format!("SELECT {list} FROM {full}"))?;
        let names = if self.options.column_inserts {
            format!(" ({list})")
        } else {
            String::new()
        };
        let always = table
            .columns
            .iter()
            .any(|column| matches!(column.generated, Generated::Always(_)));
        let overriding = if always { " OVERRIDING SYSTEM VALUE" } else { "" };
        let values: Vec<String> = rows
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = row
                    .iter()
                    .zip(&rows.columns)
                    .map(|(cell, column)| literal(cell.as_deref(), &column.type_name))
                    .collect();
                format!("({})", cells.join(", "))
            })
            .collect();
        let mut out = String::new();
        for some in values.chunks(count) {
            let values = if count == 1 {
                format!(" {}", some.concat())
            } else {
                format!("\n\t{}", some.join(",\n\t"))
            };
            out.push_str(&format!("INSERT INTO {full}{names}{overriding} VALUES{values};\n"));
        }
        Ok(out)
    }
}

/// Returns the columns that hold data: computed ones are computed again.
fn columns(table: &Table) -> Vec<String> {
    table
        .columns
        .iter()
        .filter(|column| !matches!(column.generated, Generated::Stored(_)))
        .map(|column| quote_ident(&column.name))
        .collect()
}

/// Returns a value as it stands in an INSERT: numbers and truths bare, all else in quotes.
fn literal(value: Option<&str>, type_name: &str) -> String {
    let Some(value) = value else {
        return "NULL".to_owned();
    };
    match type_name {
        "smallint" | "integer" | "bigint" | "oid" | "real" | "double precision" | "numeric"
            if value
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) =>
        {
            value.to_owned()
        }
        "boolean" => if value == "t" { "true" } else { "false" }.to_owned(),
        _ => format!("'{}'", value.replace('\'', "''")),
    }
}
