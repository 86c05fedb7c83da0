//! Errors and notices as libpq puts them (src/interfaces/libpq/fe-protocol3.c).

use unicode_width::UnicodeWidthChar;

use crate::programs::sql::{Report, Severity};

/// How wide a line of the query is shown, in cells (DISPLAY_SIZE).
const WIDE: usize = 60;
/// How much is shown to the right of the place, if the line is that long (MIN_RIGHT_CUT).
const RIGHT: usize = 10;

/// Returns an error or a notice with its fields, and the line of the query that it points at.
pub(in crate::programs) fn report(report: &Report, query: &str) -> String {
    let mut out = format!("{}:  {}\n", report.severity.word(), report.message);
    if let Some(position) = report.position.and_then(|position| position.checked_sub(1)) {
        out.push_str(&pointed(query, position).unwrap_or_default());
    }
    // The context of mere notices is not shown (SHOW_CONTEXT = errors).
    let context = report.context.as_ref().filter(|_| report.severity >= Severity::Error);
    for (word, text) in [
        ("DETAIL", report.detail.as_ref()),
        ("HINT", report.hint.as_ref()),
        ("CONTEXT", context),
    ] {
        if let Some(text) = text {
            out.push_str(&format!("{word}:  {text}\n"));
        }
    }
    out
}

/// Returns the line of a place and a caret below it; long lines are cut on both sides.
fn pointed(query: &str, place: usize) -> Option<String> {
    let letters: Vec<char> = query.chars().collect();
    if place > letters.len() {
        return None;
    }
    let number = letters[..place].iter().filter(|c| **c == '\n').count() + 1;
    let mut begin = letters[..place].iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1);
    let line_end = letters[place..].iter().position(|c| *c == '\n');
    let mut end = line_end.map_or(letters.len(), |at| place + at);
    // Where each character stands on the screen.
    let mut cells = vec![0];
    for letter in &letters {
        let wide = letter.width().unwrap_or(1).max(1);
        cells.push(cells[cells.len() - 1] + wide);
    }
    let (mut cut_left, mut cut_right) = (false, false);
    if cells[end] - cells[begin] > WIDE {
        if cells[begin] + WIDE >= cells[place] + RIGHT {
            while cells[end] - cells[begin] > WIDE {
                end -= 1;
            }
            cut_right = true;
        } else {
            while cells[place] + RIGHT < cells[end] {
                end -= 1;
                cut_right = true;
            }
            while cells[end] - cells[begin] > WIDE {
                begin += 1;
                cut_left = true;
            }
        }
    }
    let head = format!("LINE {number}: {}", if cut_left { "..." } else { "" });
    let text: String = letters[begin..end]
        .iter()
        .map(|c| if *c == '\t' { ' ' } else { *c })
        .collect();
    let tail = if cut_right { "..." } else { "" };
    let space = " ".repeat(head.len() + cells[place] - cells[begin]);
    Some(format!("{head}{text}{tail}\n{space}^\n"))
}
