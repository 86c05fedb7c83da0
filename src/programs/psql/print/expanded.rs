//! A record below the other, a column a line.

use unicode_width::UnicodeWidthStr;

use super::{Table, footers, shown, value};
use crate::programs::psql::settings::Settings;

pub(super) fn aligned(table: &Table<'_>, settings: &Settings) -> String {
    let rows = table.rows;
    let mut out = String::new();
    if rows.rows.is_empty() {
        for footer in footers(table, settings) {
            out.push_str(&format!("{footer}\n"));
        }
        if !settings.tuples_only {
            out.push('\n');
        }
        return out;
    }
    if let (Some(title), false) = (table.title, settings.tuples_only) {
        out.push_str(&format!("{title}\n"));
    }
    let label = rows.columns.iter().map(|column| column.name.width()).max().unwrap_or(0);
    let widest = rows
        .rows
        .iter()
        .flatten()
        .flat_map(|cell| value(cell, settings).split('\n'))
        .map(|part| shown(part).width())
        .max()
        .unwrap_or(0);
    for (number, row) in (1..).zip(&rows.rows) {
        if !settings.tuples_only {
            out.push_str(&ruled(&format!("[ RECORD {number} ]"), label, widest, settings));
        } else if number > 1 || settings.border == 2 {
            out.push_str(&ruled("", label, widest, settings));
        }
        for (column, cell) in rows.columns.iter().zip(row) {
            let mut name = column.name.as_str();
            let text = value(cell, settings);
            let mut parts = text.split('\n').peekable();
            while let Some(part) = parts.next() {
                let part = shown(part);
                let pad = " ".repeat(label - name.width());
                let more = if parts.peek().is_some() { "+" } else { "" };
                let fill = " ".repeat(widest - part.width());
                out.push_str(&match (settings.border, more) {
                    (0, _) => format!("{name}{pad} {part}{more}\n"),
                    (1, "") => format!("{name}{pad} | {part}\n"),
                    (1, more) => format!("{name}{pad} | {part}{fill}{more}\n"),
                    (_, _) => {
                        let end = if more.is_empty() { " " } else { more };
                        format!("| {name}{pad} | {part}{fill}{end}|\n")
                    }
                });
                name = "";
            }
        }
    }
    if settings.border == 2 {
        out.push_str(&ruled("", label, widest, settings));
    }
    if table.footers.is_some() {
        for footer in footers(table, settings) {
            out.push_str(&format!("{footer}\n"));
        }
    }
    out.push('\n');
    out
}

/// Returns the line above a record: its words over the rule, as far as they reach.
fn ruled(words: &str, label: usize, widest: usize, settings: &Settings) -> String {
    let (wide, plus): (usize, Vec<usize>) = match settings.border {
        0 => (label + 1 + widest, Vec::new()),
        1 => (label + 3 + widest, vec![label + 1]),
        _ => (label + widest + 7, vec![0, label + 3, label + widest + 6]),
    };
    let head = match (settings.border, words) {
        (_, "") => String::new(),
        (0, words) => format!("* {} ", words.trim_matches(['[', ']']).trim()),
        (1, words) => format!("-{words}"),
        (_, words) => format!("+-{words}"),
    };
    let letters: String = (0..wide.max(head.len()))
        .map(|at| {
            let fill = match settings.border {
                0 if at == label && !words.is_empty() => ' ',
                0 if words.is_empty() => ' ',
                _ if plus.contains(&at) => '+',
                0 => ' ',
                _ => '-',
            };
            head.chars().nth(at).unwrap_or(fill)
        })
        .collect();
    let letters = if settings.border == 0 {
        letters.trim_end()
    } else {
        &letters
    };
    format!("{letters}\n")
}

pub(super) fn unaligned(table: &Table<'_>, settings: &Settings) -> String {
    let mut records = Vec::new();
    if let (Some(title), false) = (table.title, settings.tuples_only) {
        records.push(title.to_owned());
    }
    for row in &table.rows.rows {
        let lines: Vec<String> = table
            .rows
            .columns
            .iter()
            .zip(row)
            .map(|(column, cell)| format!("{}{}{}", column.name, settings.field_separator, value(cell, settings)))
            .collect();
        records.push(lines.join(&settings.record_separator));
    }
    let between = format!("{0}{0}", settings.record_separator);
    let mut out = records.join(&between);
    if let (Some(footers), false) = (&table.footers, settings.tuples_only) {
        out.push_str(&format!("{between}{}", footers.join("\n")));
    }
    if out.is_empty() { out } else { format!("{out}\n") }
}
