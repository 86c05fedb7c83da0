//! What the API server would refuse, in words for a person, and where it stands.

use super::cures::{MISMATCH, cure};
use crate::manifest::path::Path;
use crate::manifest::source::Source;
use crate::manifest::tree::Tree;
use crate::manifest::trouble::{Rule, Severity, Trouble};
use crate::manifest::validate::{ErrorKind, FieldError, Verdict};
use serde_json::Value;

/// Troubles that explain others.
pub struct Explained {
    undecodable: Vec<Path>,
    meant: Vec<Path>,
    /// The kind is misspelt: what the kind that was likely meant would require is not known to be missing.
    guessed: bool,
}

impl Explained {
    /// Takes what may explain others from what has been found.
    pub fn by(troubles: &[Trouble]) -> Explained {
        let mut explained = Explained {
            undecodable: Vec::new(),
            meant: Vec::new(),
            guessed: false,
        };
        for trouble in troubles {
            match &trouble.rule {
                Rule::Undecodable(_) => explained.undecodable.push(trouble.path.clone()),
                Rule::UnknownField { meant } => explained.meant.extend(meant.clone()),
                Rule::UnknownKind => explained.guessed |= trouble.path == Path::parse("kind"),
                _ => (),
            }
        }
        explained
    }

    /// A value of a wrong type counts as missing, and so does a misspelt field.
    fn explains(&self, error: &FieldError) -> bool {
        let path = &error.path;
        if self.guessed && error.kind == ErrorKind::Required {
            return true;
        }
        self.undecodable
            .iter()
            .any(|wrong| wrong.starts_with(path) || path.starts_with(wrong))
            || self.meant.iter().any(|meant| meant == path || meant.parent() == *path)
    }
}

/// Turns a verdict into located troubles.
pub fn troubles(source: &Source, tree: &Tree, value: &Value, verdict: &Verdict, explained: &Explained) -> Vec<Trouble> {
    let no_selector =
        |error: &FieldError| error.kind == ErrorKind::Required && error.path == Path::parse("spec.selector");
    let lacks_one_side = verdict.refusals.iter().any(no_selector) || value["spec"]["template"].is_null();
    let unsaid = |error: &FieldError| explained.explains(error) || lacks_one_side && error.detail == MISMATCH;

    let mut troubles = Vec::new();
    for error in verdict.refusals.iter().filter(|error| !unsaid(error)) {
        troubles.push(trouble(source, tree, value, error));
    }
    for error in verdict.doubts.iter().filter(|error| !unsaid(error)) {
        let mut trouble = trouble(source, tree, value, error);
        trouble.severity = Severity::Warning;
        trouble.rule = Rule::Advice;
        trouble.what.push_str(" (the object is taken, its pods are refused)");
        troubles.push(trouble);
    }
    for (path, words) in &verdict.warnings {
        let said = words.split_once(": ").map_or(words.as_str(), |(_, said)| said);
        let place = tree.locate(path);
        troubles.push(
            Trouble::warning(
                source,
                place,
                Rule::Warned(words.clone()),
                format!("`{path}` {said}"),
                None,
            )
            .at(path.clone()),
        );
    }
    troubles
}

fn trouble(source: &Source, tree: &Tree, value: &Value, error: &FieldError) -> Trouble {
    let place = match error.kind {
        // What is missing at the top stands where the object says what it is.
        ErrorKind::Required if tree.at(&Path::parse("spec")).is_none() => tree.locate(&Path::parse("kind")),
        ErrorKind::Required => tree.locate(&error.path.parent()),
        ErrorKind::Forbidden | ErrorKind::TooLong => tree.locate(&error.path),
        _ => tree.locate_value(&error.path),
    };
    let rule = match error.path.to_string().as_str() {
        "metadata.name" if error.kind == ErrorKind::Required => Rule::NoName,
        _ => Rule::Refused(error.clone()),
    };
    let hint = cure(tree, value, error);
    Trouble::error(source, place, rule, what(error), hint).at(error.path.clone())
}

fn what(error: &FieldError) -> String {
    let FieldError { path, detail, .. } = error;
    let value = shortened(&error.value);
    match error.kind {
        ErrorKind::Required
            if detail.is_empty() || detail.starts_with("name or") || detail.starts_with("valid values") =>
        {
            format!("`{path}` is missing")
        }
        ErrorKind::Required if detail.starts_with("must specify") => format!("`{path}` {detail}"),
        ErrorKind::Required => format!("`{path}` is missing: {detail}"),
        ErrorKind::NotSupported => format!("{value} is no value of `{path}`"),
        ErrorKind::Duplicate => format!("`{path}`: {value} is used twice"),
        ErrorKind::NotFound => format!("`{path}`: there is no {value}"),
        ErrorKind::Forbidden | ErrorKind::TooLong => format!("`{path}` {detail}"),
        ErrorKind::Invalid if detail == MISMATCH => "the selector does not match the labels of the template".to_owned(),
        ErrorKind::Invalid => match short(detail) {
            Some(short) => format!("`{path}`: {value} {short}"),
            None if ["must ", "may ", "is "].iter().any(|verb| detail.starts_with(verb)) => {
                format!("`{path}`: {value} {detail}")
            }
            None if value.starts_with('{') => format!("`{path}`: {detail}"),
            None => format!("`{path}`: {value}: {detail}"),
        },
    }
}

/// Cuts a value that would fill the screen.
fn shortened(value: &str) -> String {
    const MOST: usize = 60;
    if value.chars().count() <= MOST {
        return value.to_owned();
    }
    let begin: String = value.chars().take(MOST / 2).collect();
    format!("{begin}…")
}

/// Says in a line what the server says with a regular expression.
fn short(detail: &str) -> Option<&'static str> {
    let table = [
        (
            "a lowercase RFC 1123 subdomain",
            "may only have small letters, digits, `-` and `.`, and begins and ends with a letter or digit",
        ),
        (
            "a lowercase RFC 1123 label",
            "may only have small letters, digits and `-`, and begins and ends with a letter or digit",
        ),
        (
            "a valid label must be",
            "is no label: letters, digits, `-`, `_` and `.` only, beginning and ending with a letter or digit",
        ),
        (
            "name part must consist",
            "is no label's key: letters, digits, `-`, `_` and `.` only, perhaps behind `example.com/`",
        ),
        (
            "a valid config key",
            "is no key: letters, digits, `-`, `_` and `.` only",
        ),
        ("a valid environment variable name", "is no name of a variable"),
        (
            "a valid percent string",
            "is neither a number nor a percentage such as 25%",
        ),
    ];
    table
        .iter()
        .find(|(begins, _)| detail.starts_with(begins))
        .map(|(_, short)| *short)
}
