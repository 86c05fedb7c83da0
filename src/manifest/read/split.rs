//! Cuts a text at its `---` lines *before* anything is parsed, so that one broken document hides no other.
//!
//! k8s.io/apimachinery/pkg/util/yaml (decoder.go) does the same: `---` at the start of a line always ends a document.

/// One document's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The text, with its own `---` line if it has one.
    pub text: &'a str,
    /// The line of the source on which it begins, from 1.
    pub first_line: u32,
}

/// Cuts a text into documents.
pub fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut start_line) = (0, 1);
    let mut at = 0;
    for (number, line) in (1u32..).zip(text.split_inclusive('\n')) {
        // A directive (`%YAML 1.1`) belongs to the document behind the separator that ends it.
        if is_separator(line) && !only_directives(&text[start..at]) {
            parts.push(Part {
                text: &text[start..at],
                first_line: start_line,
            });
            (start, start_line) = (at, number);
        }
        at += line.len();
    }
    parts.push(Part {
        text: &text[start..],
        first_line: start_line,
    });
    parts
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

fn only_directives(text: &str) -> bool {
    text.lines().any(|line| line.starts_with('%'))
        && text
            .lines()
            .all(|line| line.starts_with(['%', '#']) || line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keep_their_lines() {
        let parts = split("a: 1\n--- # next\nb: |\n  ---\n---\n---\nc: 3");
        let lines: Vec<_> = parts.iter().map(|part| (part.first_line, part.text)).collect();
        assert_eq!(
            lines,
            [
                (1, "a: 1\n"),
                (2, "--- # next\nb: |\n  ---\n"),
                (5, "---\n"),
                (6, "---\nc: 3")
            ]
        );
    }

    #[test]
    fn a_directive_stays_with_its_document() {
        assert_eq!(split("%YAML 1.1\n---\na: 1\n").len(), 1);
        assert_eq!(split("---\na: 1\n").len(), 2);
        assert_eq!(split("").len(), 1);
        assert_eq!(split("a: ----\n").len(), 1);
    }
}
