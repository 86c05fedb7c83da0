//! Lines that a server leaves in its container's log.

use serde::{Deserialize, Serialize};

use crate::programs::outcome::Stream;
use crate::programs::sql::{Report, Severity, log_time};

/// One line of a container's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written, in milliseconds since 1970.
    pub at_ms: u64,
    /// On which stream.
    pub stream: Stream,
    /// The line, without its end.
    pub text: String,
}

/// The lines that nobody has read yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log(Vec<LogLine>);

impl Log {
    /// Adds the lines of `text` as a shell script prints them.
    pub fn print(&mut self, at_ms: u64, text: &str) {
        self.lines(at_ms, Stream::Stdout, text);
    }

    /// Adds the lines of `text` on standard error.
    pub fn complain(&mut self, at_ms: u64, text: &str) {
        self.lines(at_ms, Stream::Stderr, text);
    }

    /// Adds a line with the server's prefix: time, process, level. A message of more lines has them indented.
    pub fn server(&mut self, at_ms: u64, pid: u32, level: &str, message: &str) {
        self.complain(
            at_ms,
            &format!(
                "{} [{pid}] {level}:  {}",
                log_time(at_ms),
                message.replace('\n', "\n\t")
            ),
        );
    }

    /// Adds an error as the server logs it, with the statement that it came from.
    pub fn report(&mut self, at_ms: u64, pid: u32, report: &Report, statement: Option<&str>) {
        let at = match (report.position, report.severity >= Severity::Error) {
            (Some(position), true) => format!(" at character {position}"),
            _ => String::new(),
        };
        self.server(at_ms, pid, report.severity.word(), &format!("{}{at}", report.message));
        for (word, text) in [
            ("DETAIL", &report.detail),
            ("HINT", &report.hint),
            ("CONTEXT", &report.context),
        ] {
            if let Some(text) = text {
                self.server(at_ms, pid, word, text);
            }
        }
        if let Some(statement) = statement {
            self.server(at_ms, pid, "STATEMENT", statement);
        }
    }

    /// Takes all lines out.
    pub fn take(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.0)
    }

    fn lines(&mut self, at_ms: u64, stream: Stream, text: &str) {
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.0.push(LogLine {
                at_ms,
                stream,
                text: line.to_owned(),
            });
        }
    }
}
