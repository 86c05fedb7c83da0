//! `-o custom-columns`: headings, and a path for each.

use super::super::gotemplate::{Val, plain};
use super::super::jsonpath::Template;
use super::super::tabwriter;
use super::super::trouble::{Trouble, Verdict};
use serde_json::Value;

/// A heading, and where the values of its column stand; None: nowhere.
pub type Column = (String, Option<Template>);

/// Reads `NAME:.metadata.name,IP:.status.podIP`.
pub fn parse(spec: &str) -> Verdict<Vec<Column>> {
    spec.split(',')
        .map(|part| {
            let (heading, path) = part.split_once(':').ok_or_else(|| {
                Trouble::error(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                ))
            })?;
            column(heading, path)
        })
        .collect()
}

fn column(heading: &str, path: &str) -> Verdict<Column> {
    let template = match path {
        "" => None,
        path => Some(Template::relaxed(path).map_err(Trouble::error)?),
    };
    Ok((heading.to_owned(), template))
}

/// Reads a file of two lines: headings, and their paths, parted by blanks.
pub fn parse_file(text: &str) -> Verdict<Vec<Column>> {
    let mut lines = text.lines();
    let missing = |what: &str| {
        Trouble::error(format!(
            "invalid template, missing {what} line. Expected format is one line of space separated headers, one line of space separated column specs."
        ))
    };
    let headings: Vec<&str> = lines
        .next()
        .ok_or_else(|| missing("header"))?
        .split_whitespace()
        .collect();
    let paths: Vec<&str> = lines
        .next()
        .ok_or_else(|| missing("spec"))?
        .split_whitespace()
        .collect();
    if headings.len() != paths.len() {
        return Err(Trouble::error(format!(
            "number of headers ({}) and field specifications ({}) don't match",
            headings.len(),
            paths.len()
        )));
    }
    headings
        .iter()
        .zip(paths)
        .map(|(heading, path)| column(heading, path))
        .collect()
}

/// Returns the columns of some trees.
pub fn print(columns: &[Column], trees: &[Value], headings: bool) -> String {
    let mut text = String::new();
    if headings {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        text.push_str(&names.join("\t"));
        text.push('\n');
    }
    for tree in trees {
        let cells: Vec<String> = columns.iter().map(|(_, path)| cell(path.as_ref(), tree)).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    tabwriter::align(&text, tabwriter::TABLE)
}

/// Returns the values of one cell, parted by commas; lists and maps as Go's `%v` prints them.
fn cell(path: Option<&Template>, tree: &Value) -> String {
    let found: Vec<String> = path
        .map(|path| path.find(tree))
        .unwrap_or_default()
        .into_iter()
        .map(|value| match value {
            Value::Null => "<none>".to_owned(),
            value => plain(&Val::from(value)),
        })
        .collect();
    match found.is_empty() {
        true => "<none>".to_owned(),
        false => found.join(","),
    }
}
