//! Names in a lab: holes such as `{{db}}` to fill, and objects to rename.

use std::collections::BTreeMap;

/// Fills each `{{hole}}` for which `value` knows something; leaves the others as they stand.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, hole, after)) = next_hole(rest) {
        out.push_str(before);
        match value(hole) {
            Some(name) => out.push_str(&name),
            None => {
                out.push_str("{{");
                out.push_str(hole);
                out.push_str("}}");
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns what stands in the holes of a text, in order.
pub(super) fn holes(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, hole, after)) = next_hole(rest) {
        found.push(hole.to_string());
        rest = after;
    }
    found
}

/// Replaces names wherever they stand as whole words, the longest first, in one pass: a new name is never renamed again.
pub(super) fn rename(text: &str, swaps: &BTreeMap<String, String>) -> String {
    let mut olds: Vec<&String> = swaps.keys().filter(|old| swaps[*old] != **old).collect();
    olds.sort_by_key(|old| std::cmp::Reverse(old.len()));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(next) = rest.chars().next() {
        let hit = olds.iter().find(|old| {
            let ends = |after: &str| !after.starts_with(|c: char| c.is_alphanumeric());
            !before.is_some_and(char::is_alphanumeric) && rest.strip_prefix(old.as_str()).is_some_and(ends)
        });
        let taken = match hit {
            Some(old) => {
                out.push_str(&swaps[*old]);
                old.len()
            }
            None => {
                out.push(next);
                next.len_utf8()
            }
        };
        before = rest[..taken].chars().last();
        rest = &rest[taken..];
    }
    out
}

/// Lists names for a message: `a`, `b`, `c`.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        "none".into()
    } else {
        names.join(", ")
    }
}

/// Splits a text at its first hole. A hole holds letters, digits, `-` and `.` only, so that a Go template is none.
fn next_hole(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = text[from..].find("{{").map(|at| at + from) {
        let inner = &text[at + 2..];
        let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
        let end = inner.find(|c| !fits(c)).unwrap_or(inner.len());
        if end > 0 && !inner.starts_with('.') && inner[end..].starts_with("}}") {
            return Some((&text[..at], &inner[..end], &inner[end + 2..]));
        }
        from = at + 2;
    }
    None
}
