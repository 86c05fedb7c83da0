//! The page that a description is written on, and the ways in which kubectl writes maps and lists on it.

use crate::api::{LabelSelector, Meta, Time};
use crate::kubectl::tables;

/// Annotations longer than this stand on lines of their own.
const LONG: usize = 140;

/// Lines with tabs between their columns.
#[derive(Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Writes a line at a level; each is two spaces further in.
    pub(super) fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.part(level, text);
        self.text.push('\n');
    }

    /// Writes the beginning of a line.
    pub(super) fn part(&mut self, level: usize, text: impl AsRef<str>) {
        self.text.extend(std::iter::repeat_n("  ", level));
        self.text.push_str(text.as_ref());
    }

    /// Writes `name:` and a value.
    pub(super) fn field(&mut self, level: usize, name: &str, value: impl std::fmt::Display) {
        self.line(level, format!("{name}:\t{value}"));
    }

    /// Returns what was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns what was written.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Writes name and namespace, as most descriptions begin.
    pub(super) fn name(&mut self, meta: &Meta) {
        self.field(0, "Name", &meta.name);
        self.field(0, "Namespace", &meta.namespace);
    }

    /// Writes a map with one `key=value` a line (`printLabelsMultiline`); `title` brings its own indent.
    pub(super) fn labels<'a>(&mut self, title: &str, labels: impl IntoIterator<Item = (&'a String, &'a String)>) {
        let pairs = labels.into_iter().map(|(key, value)| format!("{key}={value}"));
        self.list(title, pairs);
    }

    /// Writes a list with one item a line.
    pub(super) fn list(&mut self, title: &str, items: impl IntoIterator<Item = String>) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            self.line(0, format!("{title}:\t<none>"));
        }
        for (i, item) in items.enumerate() {
            let head = if i == 0 { format!("{title}:") } else { String::new() };
            // The indent of the title is written again before each further line.
            let indent = &title[..title.len() - title.trim_start().len()];
            let head = if i == 0 { head } else { indent.to_owned() };
            self.line(0, format!("{head}\t{item}"));
        }
    }

    /// Writes annotations (`printAnnotationsMultiline`); what `apply` remembers is left out.
    pub(super) fn annotations(&mut self, title: &str, meta: &Meta) {
        let shown = meta
            .annotations
            .iter()
            .filter(|(key, _)| *key != "kubectl.kubernetes.io/last-applied-configuration");
        let mut lines = Vec::new();
        for (key, value) in shown {
            let value = value.strip_suffix('\n').unwrap_or(value);
            if key.len() + value.len() + 2 > LONG || value.contains('\n') {
                lines.push(format!("{key}:"));
                lines.extend(value.split('\n').map(|line| format!("  {}", shorten(line, LONG - 2))));
            } else {
                lines.push(format!("{key}: {value}"));
            }
        }
        self.list(title, lines);
    }

    /// Writes labels and annotations under their usual titles.
    pub(super) fn marks(&mut self, meta: &Meta) {
        self.labels("Labels", meta.labels.iter());
        self.annotations("Annotations", meta);
    }

    /// Writes who controls the object, if anybody does.
    pub(super) fn controlled_by(&mut self, meta: &Meta) {
        if let Some(owner) = meta.controller() {
            self.field(0, "Controlled By", format!("{}/{}", owner.kind, owner.name));
        }
    }
}

fn shorten(line: &str, limit: usize) -> String {
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}

/// Returns an instant as kubectl writes it in descriptions (RFC 1123 with a numeric zone).
pub(super) fn date(at: Option<Time>) -> String {
    match at {
        Some(at) => at.timestamp().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
        // Go's zero time.
        None => "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(),
    }
}

/// Returns a selector as `labels.Selector` prints it: "" when it selects everything.
pub(super) fn selector(selector: &LabelSelector) -> String {
    if selector.is_empty() {
        return String::new();
    }
    tables::format_selector(selector)
}

/// Returns `True` or `False`.
pub(super) fn capital(yes: bool) -> &'static str {
    if yes { "True" } else { "False" }
}

/// Returns the text, or `<none>` where it is empty.
pub(super) fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}
