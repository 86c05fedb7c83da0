//! Results as psql prints them (src/fe_utils/print.c).

mod aligned;
mod expanded;
mod report;

pub(in crate::programs) use report::report;

use unicode_width::UnicodeWidthChar;

use super::settings::{Form, Settings};
use crate::programs::sql::Rows;

/// A table to print: the rows, and what stands above and below them.
pub(super) struct Table<'r> {
    pub rows: &'r Rows,
    pub title: Option<&'r str>,
    /// The lines below the rows; none means their number.
    pub footers: Option<Vec<String>>,
}

/// Returns a result in the form that is set.
pub(super) fn rows(rows: &Rows, settings: &Settings) -> String {
    table(
        &Table {
            rows,
            title: settings.title.as_deref(),
            footers: None,
        },
        settings,
    )
}

/// Returns a table with its title and its footers.
pub(super) fn table(table: &Table<'_>, settings: &Settings) -> String {
    match (settings.form, settings.expanded) {
        (Form::Csv, false) => csv(table.rows, settings),
        (Form::Csv, true) => csv_expanded(table.rows, settings),
        (Form::Unaligned, false) => unaligned(table, settings),
        (Form::Unaligned, true) => expanded::unaligned(table, settings),
        (Form::Aligned, false) => aligned::table(table, settings),
        (Form::Aligned, true) => expanded::aligned(table, settings),
    }
}

fn value<'c>(cell: &'c Option<String>, settings: &'c Settings) -> &'c str {
    cell.as_deref().unwrap_or(&settings.null)
}

/// Returns a line as a terminal is given it: tabs become blanks, other controls their numbers (src/fe_utils/mbprint.c).
fn shown(line: &str) -> String {
    let mut out = String::new();
    let mut wide = 0;
    for letter in line.chars() {
        match letter {
            '\t' => {
                let blanks = 8 - wide % 8;
                out.push_str(&" ".repeat(blanks));
                wide += blanks;
            }
            '\r' => {
                out.push_str("\\r");
                wide += 2;
            }
            letter if letter.is_ascii_control() => {
                out.push_str(&format!("\\x{:02X}", u32::from(letter)));
                wide += 4;
            }
            letter => {
                out.push(letter);
                wide += letter.width().unwrap_or(0);
            }
        }
    }
    out
}

/// Returns the lines that stand below the rows.
fn footers(table: &Table<'_>, settings: &Settings) -> Vec<String> {
    if settings.tuples_only {
        return Vec::new();
    }
    match &table.footers {
        Some(footers) => footers.clone(),
        None if settings.footer => {
            let n = table.rows.rows.len();
            vec![format!("({n} row{})", if n == 1 { "" } else { "s" })]
        }
        None => Vec::new(),
    }
}

fn unaligned(table: &Table<'_>, settings: &Settings) -> String {
    let (separator, end) = (&settings.field_separator, &settings.record_separator);
    let mut records = Vec::new();
    if !settings.tuples_only {
        records.extend(table.title.map(str::to_owned));
        let names: Vec<&str> = table.rows.columns.iter().map(|column| column.name.as_str()).collect();
        records.push(names.join(separator));
    }
    for row in &table.rows.rows {
        let cells: Vec<&str> = row.iter().map(|cell| value(cell, settings)).collect();
        records.push(cells.join(separator));
    }
    records.extend(footers(table, settings));
    if records.is_empty() {
        return String::new();
    }
    // The last line ends with a newline, whatever separates records.
    format!("{}\n", records.join(end))
}

fn csv_field(text: &str, settings: &Settings) -> String {
    let special = text.contains(['"', '\n', '\r']) || text.contains(&settings.csv_separator) || text == "\\.";
    if special {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn csv(rows: &Rows, settings: &Settings) -> String {
    let line = |cells: Vec<String>| format!("{}\n", cells.join(&settings.csv_separator));
    let mut out = String::new();
    if !settings.tuples_only {
        out.push_str(&line(
            rows.columns
                .iter()
                .map(|column| csv_field(&column.name, settings))
                .collect(),
        ));
    }
    for row in &rows.rows {
        out.push_str(&line(
            row.iter()
                .map(|cell| csv_field(value(cell, settings), settings))
                .collect(),
        ));
    }
    out
}

fn csv_expanded(rows: &Rows, settings: &Settings) -> String {
    let mut out = String::new();
    for row in &rows.rows {
        for (column, cell) in rows.columns.iter().zip(row) {
            let (name, cell) = (
                csv_field(&column.name, settings),
                csv_field(value(cell, settings), settings),
            );
            out.push_str(&format!("{name}{}{cell}\n", settings.csv_separator));
        }
    }
    out
}
