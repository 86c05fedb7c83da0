//! What is wrong, where, and what to do: one message of the rim.
//!
//! ```text
//! error: db.yaml:8:3: unknown field `spec.minReadySecond`
//!     8 |   minReadySecond: 5
//!       |   ^^^^^^^^^^^^^^
//!   hint: did you mean `minReadySeconds`?
//! ```

use crate::manifest::korean::KOREAN;
use crate::manifest::path::Path;
use crate::manifest::place::Place;
use crate::manifest::source::Source;
use crate::manifest::validate::FieldError;
use crate::tongue::Lang;
use std::fmt;
use unicode_width::UnicodeWidthChar;

/// Whether the manifest can be used all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing of the manifest is used until this is mended.
    Error,
    /// Kubernetes would take it; a person should know.
    Warning,
}

/// Which rule was broken, and what Kubernetes itself says about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// The text is no YAML or JSON; kubectl's words about that.
    Syntax(String),
    /// A source without any object.
    Nothing,
    /// Text that kubectl does not read.
    Unread,
    /// A key beside the key that it belongs under.
    Orphan,
    /// A key that stands twice in one map; the last wins.
    EqualKeys,
    /// No `apiVersion`.
    NoApiVersion,
    /// No `kind`.
    NoKind,
    /// No `metadata.name`.
    NoName,
    /// A kind that no cluster of 1.36 serves under that apiVersion.
    UnknownKind,
    /// A field that its object does not have.
    UnknownField {
        /// The field that was likely meant.
        meant: Option<Path>,
    },
    /// A value of the wrong type; the words of Go's decoder.
    Undecodable(String),
    /// A value that the API server refuses.
    Refused(FieldError),
    /// A value that the API server takes with a `Warning:`; its words.
    Warned(String),
    /// Something that Kubernetes says nothing about.
    Advice,
}

/// One located message.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// Whether the manifest can be used all the same.
    pub severity: Severity,
    /// The name of the source.
    pub source: String,
    /// Where it stands.
    pub place: Place,
    /// The line it stands on, as written.
    pub line_text: String,
    /// The field that is meant; the object itself where none is.
    pub path: Path,
    /// Which rule was broken.
    pub rule: Rule,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Trouble {
    /// Makes an error; a place beyond the text is moved to its end.
    pub fn error(source: &Source, place: Place, rule: Rule, what: impl Into<String>, hint: Option<String>) -> Trouble {
        Trouble::new(Severity::Error, source, place, rule, what.into(), hint)
    }

    /// Makes a warning.
    pub fn warning(
        source: &Source,
        place: Place,
        rule: Rule,
        what: impl Into<String>,
        hint: Option<String>,
    ) -> Trouble {
        Trouble::new(Severity::Warning, source, place, rule, what.into(), hint)
    }

    /// Names the field that is meant.
    pub fn at(self, path: Path) -> Trouble {
        Trouble { path, ..self }
    }

    fn new(
        severity: Severity,
        source: &Source,
        place: Place,
        rule: Rule,
        what: String,
        hint: Option<String>,
    ) -> Trouble {
        let lines = u32::try_from(source.text.lines().count()).unwrap_or(u32::MAX);
        let line = place.line.clamp(1, lines.max(1));
        let line_text = source.line(line).to_owned();
        let end = u32::try_from(line_text.chars().count())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        // A parser that met the end of the text points behind it: the last line is what a person can look at.
        let column = if line == place.line {
            place.column.clamp(1, end)
        } else {
            end
        };
        let width = place.width.min(end.saturating_sub(column)).max(1);
        let place = Place { line, column, width };
        Trouble {
            severity,
            source: source.name.clone(),
            place,
            line_text,
            path: Path::root(),
            rule,
            what,
            hint,
        }
    }

    /// Tells whether the manifest is refused for it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Long lines are cut to this many characters before and behind the caret.
const AROUND: usize = 60;

impl Trouble {
    /// Returns the message in a language: what is wrong and where, the line with a mark below, and what to do.
    pub fn text(&self, lang: Lang) -> String {
        let severity = match (self.severity, lang) {
            (Severity::Error, Lang::En) => "error",
            (Severity::Error, Lang::Ko) => "오류",
            (Severity::Warning, Lang::En) => "warning",
            (Severity::Warning, Lang::Ko) => "경고",
        };
        let Place { line, column, width } = self.place;
        let what = KOREAN.tell(&self.what, lang);
        let mut out = format!("{severity}: {}:{line}:{column}: {what}\n", self.source);

        let (column, width) = (column as usize - 1, (width as usize).min(AROUND));
        let from = column.saturating_sub(AROUND);
        let shown: String = self
            .line_text
            .chars()
            .skip(from)
            .take(column - from + AROUND)
            .map(visible)
            .collect();
        let before: usize = shown.chars().take(column - from).map(|c| c.width().unwrap_or(0)).sum();
        let under: usize = shown
            .chars()
            .skip(column - from)
            .take(width)
            .map(|c| c.width().unwrap_or(0))
            .sum();
        out.push_str(&format!("{line:>5} | {}\n", shown.trim_end()));
        out.push_str(&format!("      | {}{}\n", " ".repeat(before), "^".repeat(under.max(1))));
        if let Some(hint) = &self.hint {
            let label = match lang {
                Lang::En => "hint",
                Lang::Ko => "힌트",
            };
            out.push_str(&format!("  {label}: {}\n", KOREAN.tell(hint, lang)));
        }
        out
    }

    /// Returns what is wrong and what to do in one line, without the place.
    pub fn in_short(&self, lang: Lang) -> String {
        let what = KOREAN.tell(&self.what, lang);
        let hint = self.hint.as_ref().map(|hint| KOREAN.tell(hint, lang));
        what + &hint.map_or(String::new(), |hint| format!("; {hint}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

/// A tab would put the caret elsewhere on each terminal, and a person could not see it.
fn visible(character: char) -> char {
    match character {
        '\t' => '→',
        other if other.is_control() => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_place_and_underlines_it() {
        let source = Source::new("db.yaml", "kind: Pod\nspec:\n  minReadySecond: 5\n");
        let trouble = Trouble::error(
            &source,
            Place::new(3, 3, 14),
            Rule::Advice,
            "unknown field `spec.minReadySecond`",
            Some("did you mean `minReadySeconds`?".to_owned()),
        );
        assert_eq!(
            trouble.to_string(),
            "error: db.yaml:3:3: unknown field `spec.minReadySecond`\n    3 |   minReadySecond: 5\n      |   ^^^^^^^^^^^^^^\n  hint: did you mean `minReadySeconds`?\n"
        );
    }

    #[test]
    fn the_caret_stands_under_its_column_behind_wide_characters_and_tabs() {
        let source = Source::new("-", "이름:\tx y");
        let text = Trouble::warning(&source, Place::new(1, 5, 1), Rule::Advice, "here", None).to_string();
        assert_eq!(text, "warning: -:1:5: here\n    1 | 이름:→x y\n      |       ^\n");
    }

    #[test]
    fn a_place_behind_the_end_moves_into_the_text() {
        let source = Source::new("-", "a: [1,\n");
        let trouble = Trouble::error(&source, Place::new(9, 9, 9), Rule::Advice, "not closed", None);
        assert_eq!(
            trouble.place,
            Place {
                line: 1,
                column: 7,
                width: 1
            }
        );
        let empty = Trouble::error(
            &Source::new("-", ""),
            Place::new(1, 1, 1),
            Rule::Nothing,
            "nothing here",
            None,
        );
        assert_eq!(
            empty.place,
            Place {
                line: 1,
                column: 1,
                width: 1
            }
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let source = Source::new("-", format!("{}x{}", "a".repeat(500), "b".repeat(500)));
        let text = Trouble::error(&source, Place::new(1, 501, 1), Rule::Advice, "here", None).to_string();
        assert!(text.lines().all(|line| line.len() < 160), "{text}");
        assert!(text.lines().nth(2).is_some_and(|line| line.ends_with('^')));
    }
}
