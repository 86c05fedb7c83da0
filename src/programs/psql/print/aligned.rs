//! Columns under one another.

use unicode_width::UnicodeWidthStr;

use super::{Table, footers, shown, value};
use crate::programs::psql::settings::Settings;

pub(super) fn table(table: &Table<'_>, settings: &Settings) -> String {
    let rows = table.rows;
    let widths: Vec<usize> = (0..rows.columns.len())
        .map(|place| {
            let cells = rows
                .rows
                .iter()
                .filter_map(|row| row.get(place))
                .flat_map(|cell| value(cell, settings).split('\n'));
            // Names count even where they are not printed.
            let head = rows.columns[place].name.width();
            cells.map(|part| shown(part).width()).max().unwrap_or(0).max(head)
        })
        .collect();
    let mut out = String::new();
    if !settings.tuples_only {
        if let Some(title) = table.title {
            let around = match settings.border {
                0 => widths.len(),
                1 => (widths.len() * 3).saturating_sub(1),
                _ => widths.len() * 3 + 1,
            };
            let wide = widths.iter().sum::<usize>() + around;
            let pad = wide.saturating_sub(title.width()) / 2;
            out.push_str(&format!("{}{title}\n", " ".repeat(pad)));
        }
        if settings.border == 2 {
            out.push_str(&rule(&widths, settings));
        }
        let heads: Vec<Vec<String>> = rows
            .columns
            .iter()
            .zip(&widths)
            .map(|(column, width)| {
                let space = width - column.name.width();
                vec![format!(
                    "{}{}{}",
                    " ".repeat(space / 2),
                    column.name,
                    " ".repeat(space - space / 2)
                )]
            })
            .collect();
        out.push_str(&lines(&heads, &widths, &vec![false; widths.len()], true, settings));
        out.push_str(&rule(&widths, settings));
    } else if settings.border == 2 {
        out.push_str(&rule(&widths, settings));
    }
    let right: Vec<bool> = rows.columns.iter().map(|column| column.right).collect();
    for row in &rows.rows {
        let cells: Vec<Vec<String>> = row
            .iter()
            .map(|cell| value(cell, settings).split('\n').map(shown).collect())
            .collect();
        out.push_str(&lines(&cells, &widths, &right, false, settings));
    }
    if settings.border == 2 {
        out.push_str(&rule(&widths, settings));
    }
    for footer in footers(table, settings) {
        out.push_str(&format!("{footer}\n"));
    }
    out.push('\n');
    out
}

fn rule(widths: &[usize], settings: &Settings) -> String {
    let parts = |extra: usize| widths.iter().map(|width| "-".repeat(width + extra)).collect::<Vec<_>>();
    match settings.border {
        0 => format!("{}\n", parts(0).join(" ")),
        // A table without columns still has its two dashes.
        1 if widths.is_empty() => "--\n".to_owned(),
        1 => format!("{}\n", parts(2).join("+")),
        _ => format!("+{}+\n", parts(2).join("+")),
    }
}

/// Returns one row; a value of several lines goes on below itself, with a `+` behind each line but its last.
fn lines(cells: &[Vec<String>], widths: &[usize], right: &[bool], head: bool, settings: &Settings) -> String {
    let height = cells.iter().map(Vec::len).max().unwrap_or(1);
    let last = widths.len().saturating_sub(1);
    let mut out = String::new();
    if widths.is_empty() && !head {
        return out;
    }
    for at in 0..height {
        if settings.border == 2 {
            out.push('|');
        }
        for (place, width) in widths.iter().enumerate() {
            let text = cells[place].get(at).map(String::as_str).unwrap_or_default();
            let more = at + 1 < cells[place].len();
            let space = " ".repeat(width.saturating_sub(text.width()));
            if settings.border > 0 {
                out.push(' ');
            }
            // The last value stands bare where nothing follows it.
            let bare = place == last && !more && !head && settings.border < 2;
            let over = at >= cells[place].len();
            match (right[place], bare) {
                (_, true) if over => (),
                (true, _) => out.push_str(&format!("{space}{text}")),
                (false, true) => out.push_str(text),
                (false, false) => out.push_str(&format!("{text}{space}")),
            }
            if more {
                out.push('+');
            } else if place != last || head || settings.border == 2 {
                out.push(' ');
            }
            if settings.border > 0 && place != last || settings.border == 2 {
                out.push('|');
            }
        }
        out.push('\n');
    }
    out
}
