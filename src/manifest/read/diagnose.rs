//! Turns a parser's complaint into what a person did: a missing blank, an open quote, a chart that was not rendered.

use crate::manifest::place::Place;
use crate::manifest::read::fault::Fault;
use crate::manifest::read::{indentation, yaml};
use serde_yaml::granit_parser::{ErrorKind, ScanError};

/// Says what is wrong with a text that is no YAML.
pub fn fault(text: &str, first_line: u32, error: &ScanError) -> Fault {
    let place = yaml::at(first_line, error.marker());
    let kubectl = kubectl_words(error);
    let (what, hint) = words(error.kind());
    let told = |place: Place, what: String, hint: String| Fault {
        place,
        what,
        hint: Some(hint),
        kubectl: kubectl.clone(),
    };

    let here = line(text, first_line, place.line);
    if here.contains("{{") || here.trim_start().starts_with("{%") {
        return told(
            whole(here, place.line),
            "this is a template, not YAML".to_owned(),
            "render the chart first: helm template NAME CHART > manifests.yaml".to_owned(),
        );
    }
    if let Some(found) = indentation::culprit(text, first_line).filter(|found| found.place.line <= place.line + 1) {
        return told(found.place, found.what, found.hint);
    }
    // `name:db` is one word to YAML; the complaint then comes a line late.
    for number in [place.line.saturating_sub(1).max(first_line), place.line] {
        let written = line(text, first_line, number);
        if let Some(key) = glued_key(written) {
            return told(
                whole(written, number),
                format!("no blank after `{key}:`"),
                format!("write `{key}: …`, with a blank after the colon"),
            );
        }
    }
    if *error.kind() == ErrorKind::MappingValueNotAllowed && here.matches(": ").count() > 1 {
        return told(
            place,
            "a second colon in one value".to_owned(),
            "put the value in quotes".to_owned(),
        );
    }
    Fault {
        place,
        what,
        hint,
        kubectl,
    }
}

/// Returns a line of a text whose first line is `first_line` of its source.
pub fn line(text: &str, first_line: u32, line: u32) -> &str {
    text.lines().nth(line.saturating_sub(first_line) as usize).unwrap_or("")
}

fn whole(written: &str, line: u32) -> Place {
    let indent = written.chars().take_while(|c| c.is_whitespace()).count();
    let width = written.trim().chars().count();
    Place::new(
        line,
        u32::try_from(indent + 1).unwrap_or(1),
        u32::try_from(width).unwrap_or(1),
    )
}

/// Finds the key of `key:value`, which is a single word to YAML.
fn glued_key(line: &str) -> Option<&str> {
    let content = line.trim().trim_start_matches("- ");
    let (key, value) = content.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
    (is_key && value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '"' || c == '\'')).then_some(key)
}

fn words(kind: &ErrorKind) -> (String, Option<String>) {
    let (what, hint) = match kind {
        ErrorKind::UnclosedFlowCollection { open } => (format!("`{open}` is never closed"), ""),
        ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            ("a `{` above is not closed: `,` or `}` was expected here".to_owned(), "")
        }
        ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::InvalidColonPlacement => {
            ("a `[` above is not closed: `,` or `]` was expected here".to_owned(), "")
        }
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => (
            "a quote above is not closed".to_owned(),
            "close the quote on the line where it begins",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "something stands behind the closing quote".to_owned(),
            "put the whole value in one pair of quotes",
        ),
        ErrorKind::UnknownQuotedScalarEscape => (
            "a backslash in double quotes begins an escape that YAML does not know".to_owned(),
            "use single quotes",
        ),
        ErrorKind::UnexpectedCharacter { character: '\0' } => (
            "a byte that is no text".to_owned(),
            "save the file as UTF-8; this one looks like UTF-16, or is no text at all",
        ),
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            ("a control character".to_owned(), "delete it")
        }
        ErrorKind::UnexpectedCharacter { character } => (
            format!("a value cannot begin with `{character}`"),
            "put the value in quotes",
        ),
        ErrorKind::UnknownAnchor => (
            "no anchor of that name above".to_owned(),
            "put the value in quotes if `*` was meant literally",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "a line without a colon between keys".to_owned(),
            "write `key: value`, or begin a list item with `- `",
        ),
        ErrorKind::ExpectedBlockMappingKey => (
            "a key was expected here, not a list item".to_owned(),
            "indent the list below its key",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "a list item was expected here, not a key".to_owned(),
            "begin it with `- `, or indent it to its item",
        ),
        ErrorKind::MappingValueNotAllowed => ("a colon where no key can be".to_owned(), "put the value in quotes"),
        ErrorKind::MisplacedFlowCollectionEnd => ("a closing bracket that was never opened".to_owned(), ""),
        ErrorKind::BlockSequenceEntryNotAllowed => (
            "a list cannot begin on the line of its key".to_owned(),
            "write the `- ` on a line of its own",
        ),
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
            ("a tab where YAML wants blanks".to_owned(), "replace it by blanks")
        }
        ErrorKind::RecursionLimitExceeded => ("more than 100 levels".to_owned(), ""),
        other => (other.to_string(), ""),
    };
    (what, Some(hint.to_owned()).filter(|hint| !hint.is_empty()))
}

/// What go-yaml v2 says, which kubectl prints; its line counts from 0 when the grammar, not the scanner, complains.
fn kubectl_words(error: &ScanError) -> String {
    let (words, from_scanner) = match error.kind() {
        ErrorKind::ExpectedBlockSequenceEntry => ("did not find expected '-' indicator", false),
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::UnexpectedEofFlowMapping => {
            ("did not find expected ',' or '}'", false)
        }
        ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::UnclosedFlowCollection { .. } => ("did not find expected ',' or ']'", false),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => ("could not find expected ':'", true),
        ErrorKind::MappingValueNotAllowed => ("mapping values are not allowed in this context", true),
        ErrorKind::UnclosedQuotedScalar => ("found unexpected end of stream", true),
        ErrorKind::UnknownQuotedScalarEscape => ("found unknown escape character", true),
        ErrorKind::UnexpectedCharacter { .. }
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabNotAllowed => ("found character that cannot start any token", true),
        ErrorKind::BlockSequenceEntryNotAllowed => ("block sequence entries are not allowed in this context", true),
        _ => ("did not find expected key", false),
    };
    let line = error.marker().line();
    format!(
        "yaml: line {}: {words}",
        if from_scanner { line } else { line.saturating_sub(1) }
    )
}

#[cfg(test)]
mod tests {
    use crate::manifest::KOREAN;
    fn complaint(text: &str) -> String {
        let fault = crate::manifest::read::yaml::read(text, 1).expect_err("the text is broken");
        assert!(KOREAN.korean(&fault.what).is_some(), "{} in Korean", fault.what);
        let hint = fault.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}:{} {}{hint}", fault.place.line, fault.place.column, fault.what)
    }

    #[test]
    fn a_broken_text_is_explained_by_what_was_done() {
        for (text, words) in [
            ("a: x: y\n", "1:5 a second colon in one value (put the value in quotes)"),
            (
                "a:b\nc: d\n",
                "1:1 no blank after `a:` (write `a: …`, with a blank after the colon)",
            ),
            (
                "a: [1, 2\nb: 3\n",
                "2:2 a `[` above is not closed: `,` or `]` was expected here",
            ),
            (
                "a: {b: 1\nc: 3\n",
                "2:2 a `{` above is not closed: `,` or `}` was expected here",
            ),
            (
                "a: \"abc\nb: 3\n",
                "2:1 a quote above is not closed (close the quote on the line where it begins)",
            ),
            (
                "a: @foo\n",
                "1:4 a value cannot begin with `@` (put the value in quotes)",
            ),
            (
                "a: \"x\" y\n",
                "1:8 something stands behind the closing quote (put the whole value in one pair of quotes)",
            ),
            (
                "a: \"x\\y\"\n",
                "1:4 a backslash in double quotes begins an escape that YAML does not know (use single quotes)",
            ),
            (
                "a: - b\n",
                "1:4 a list cannot begin on the line of its key (write the `- ` on a line of its own)",
            ),
            (
                "a: 1\nb\nc: 2\n",
                "2:1 a line without a colon between keys (write `key: value`, or begin a list item with `- `)",
            ),
            ("a: ]\n", "1:4 a closing bracket that was never opened"),
            (
                "{{- if .Values.x }}\na: 1\n",
                "1:1 this is a template, not YAML (render the chart first: helm template NAME CHART > manifests.yaml)",
            ),
            (
                "a: {{ .Values.x }}\n",
                "1:5 a key must be a word, not a map (a `{{ … }}` of a chart must be rendered first (`helm template`))",
            ),
        ] {
            assert_eq!(complaint(text), words, "{text}");
        }
    }
}
