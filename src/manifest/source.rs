//! A named text: a file, or what came on stdin.

/// A text and the name that messages give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name as the person wrote it; `-` for stdin.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// Names a text; a byte order mark at its beginning is no part of it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text: String = text.into();
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Source {
            name: name.into(),
            text,
        }
    }

    /// Returns a line, from 1, without its end; empty when there is none.
    pub fn line(&self, line: u32) -> &str {
        self.text.lines().nth((line as usize).saturating_sub(1)).unwrap_or("")
    }
}
