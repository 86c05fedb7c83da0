//! The pen of the SVG: words at places, as XML has them.

use super::words::Tone;
use std::fmt::Write;

/// Returns the class of the style sheet for a tone.
pub(super) fn class_of(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Busy => "busy",
        Tone::Bad => "bad",
        Tone::Dim => "dim",
    }
}

/// Writes words that begin at a place.
pub(super) fn text_at(out: &mut String, x: i64, y: i64, class: &str, words: &str) {
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>",
        escaped(words)
    );
}

/// Writes words that end at a place.
pub(super) fn text_right(out: &mut String, x: i64, y: i64, class: &str, words: &str) {
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
        escaped(words)
    );
}

/// Cuts a name that is too long for its place.
pub(super) fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Returns a text as XML has it; control characters, which XML cannot have, are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => (),
            c => out.push(c),
        }
    }
    out
}
