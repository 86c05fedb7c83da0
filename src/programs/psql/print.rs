//! Tables and reports as psql prints them.

use super::options::Options;
use crate::programs::sql::{Report, Rows};
use unicode_width::UnicodeWidthStr;

/// Returns a result in the form that the options ask for.
pub(super) fn rows(rows: &Rows, options: &Options) -> String {
    match (options.unaligned, options.expanded) {
        (true, _) => unaligned(rows, options),
        (false, true) => expanded(rows),
        (false, false) => aligned(rows, options),
    }
}

fn value(cell: &Option<String>) -> &str {
    cell.as_deref().unwrap_or_default()
}

fn count(rows: &Rows) -> String {
    let n = rows.rows.len();
    format!("({n} row{})\n", if n == 1 { "" } else { "s" })
}

fn unaligned(rows: &Rows, options: &Options) -> String {
    let separator = options.separator.as_deref().unwrap_or("|");
    let mut out = String::new();
    if !options.tuples_only {
        let names: Vec<&str> = rows.columns.iter().map(|column| column.name.as_str()).collect();
        out.push_str(&format!("{}\n", names.join(separator)));
    }
    for row in &rows.rows {
        let cells: Vec<&str> = row.iter().map(value).collect();
        out.push_str(&format!("{}\n", cells.join(separator)));
    }
    if !options.tuples_only {
        out.push_str(&count(rows));
    }
    out
}

fn aligned(rows: &Rows, options: &Options) -> String {
    let width = |place: usize| {
        let cells = rows
            .rows
            .iter()
            .filter_map(|row| row.get(place))
            .flat_map(|cell| value(cell).lines());
        let head = if options.tuples_only {
            0
        } else {
            rows.columns[place].name.width()
        };
        cells.map(UnicodeWidthStr::width).max().unwrap_or(0).max(head)
    };
    let widths: Vec<usize> = (0..rows.columns.len()).map(width).collect();
    let mut out = String::new();
    if !options.tuples_only {
        let heads = rows.columns.iter().zip(&widths).map(|(column, width)| {
            let space = width - column.name.width();
            format!(
                " {}{}{} ",
                " ".repeat(space / 2),
                column.name,
                " ".repeat(space - space / 2)
            )
        });
        out.push_str(&format!("{}\n", heads.collect::<Vec<_>>().join("|")));
        let rules = widths.iter().map(|width| "-".repeat(width + 2));
        out.push_str(&format!("{}\n", rules.collect::<Vec<_>>().join("+")));
    }
    for row in &rows.rows {
        line(row, rows, &widths, &mut out);
    }
    if !options.tuples_only {
        out.push_str(&count(rows));
    }
    out.push('\n');
    out
}

/// Prints one row; a value of several lines goes on below itself, with a `+` behind each line but its last.
fn line(row: &[Option<String>], rows: &Rows, widths: &[usize], out: &mut String) {
    let parts: Vec<Vec<&str>> = row.iter().map(|cell| value(cell).split('\n').collect()).collect();
    let height = parts.iter().map(Vec::len).max().unwrap_or(1);
    for at in 0..height {
        let last = widths.len().saturating_sub(1);
        for (place, width) in widths.iter().enumerate() {
            let text = parts[place].get(at).copied().unwrap_or_default();
            let more = at + 1 < parts[place].len();
            let space = " ".repeat(width.saturating_sub(text.width()));
            let right = rows.columns[place].right;
            out.push(' ');
            match (right, place == last && !more) {
                (true, _) => out.push_str(&format!("{space}{text}")),
                (false, true) => out.push_str(text),
                (false, false) => out.push_str(&format!("{text}{space}")),
            }
            if more {
                out.push('+');
            } else if place != last {
                out.push(' ');
            }
            if place != last {
                out.push('|');
            }
        }
        out.push('\n');
    }
}

fn expanded(rows: &Rows) -> String {
    if rows.rows.is_empty() {
        return count(rows);
    }
    let label = rows.columns.iter().map(|column| column.name.width()).max().unwrap_or(0);
    let widest = rows
        .rows
        .iter()
        .flatten()
        .map(|cell| value(cell).width())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (number, row) in (1..).zip(&rows.rows) {
        let head = format!("-[ RECORD {number} ]");
        let ruled: String = (0..(label + widest + 3).max(head.len()))
            .map(|at| head.chars().nth(at).unwrap_or(if at == label + 1 { '+' } else { '-' }))
            .collect();
        out.push_str(&format!("{ruled}\n"));
        for (column, cell) in rows.columns.iter().zip(row) {
            let space = " ".repeat(label - column.name.width());
            out.push_str(format!("{}{space} | {}", column.name, value(cell)).as_str());
            out.push('\n');
        }
    }
    out.push('\n');
    out
}

/// Returns an error or a notice with its fields, and the line of the query that it points at.
pub(super) fn report(report: &Report, query: &str) -> String {
    let mut out = format!("{}:  {}\n", report.severity.word(), report.message);
    if let Some(position) = report.position {
        let before: String = query.chars().take(position.saturating_sub(1)).collect();
        let number = before.matches('\n').count();
        let text = query.split('\n').nth(number).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().width();
        let head = format!("LINE {}: ", number + 1);
        out.push_str(&format!("{head}{text}\n{}^\n", " ".repeat(head.len() + column)));
    }
    for (word, text) in [
        ("DETAIL", &report.detail),
        ("HINT", &report.hint),
        ("CONTEXT", &report.context),
    ] {
        if let Some(text) = text {
            out.push_str(&format!("{word}:  {text}\n"));
        }
    }
    out
}
