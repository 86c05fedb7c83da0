//! What a server answers to a statement: rows, a tag, a notice or an error, with PostgreSQL's fields.
//! Knows nothing of how a client prints them.

use crate::cloud::disk::DiskError;
use serde::{Deserialize, Serialize};

/// One message of a server's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The rows of a query, and its command tag (`SELECT 3`, `INSERT 0 1`).
    Rows(Rows),
    /// A command without rows is done: its tag.
    Done(String),
    /// The lines of `COPY … TO STDOUT`, each with its newline, and the tag.
    CopyOut(Vec<String>, String),
    /// `COPY … FROM STDIN` waits for data: see `copy_in`.
    CopyIn,
    /// A notice, warning or info beside the result.
    Notice(Report),
    /// The statement failed; after `FATAL` or `PANIC` the session is over.
    Error(Report),
    /// The query string held no statement.
    Empty,
}

/// A table of values as text, the way the protocol carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; `None` is null.
    pub rows: Vec<Vec<Option<String>>>,
    /// The command tag.
    pub tag: String,
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name, not always unique.
    pub name: String,
    /// The name of its type, as `pg_typeof` says it.
    pub type_name: String,
    /// Whether psql aligns it to the right: numbers, and numbers only.
    pub right: bool,
}

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// `INFO`.
    Info,
    /// `NOTICE`.
    Notice,
    /// `WARNING`.
    Warning,
    /// `ERROR`: the statement failed.
    Error,
    /// `FATAL`: the session ended.
    Fatal,
    /// `PANIC`: all sessions ended.
    Panic,
}

impl Severity {
    /// Returns the word that stands before the message.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
            Self::Panic => "PANIC",
        }
    }
}

/// An error or a notice, with the fields of PostgreSQL's protocol that psql prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// How bad it is.
    pub severity: Severity,
    /// The SQLSTATE: five characters.
    pub code: String,
    /// The message, without the severity.
    pub message: String,
    /// The DETAIL line.
    pub detail: Option<String>,
    /// The HINT line.
    pub hint: Option<String>,
    /// Where in the query string, in characters, counted from 1.
    pub position: Option<usize>,
    /// The CONTEXT lines.
    pub context: Option<String>,
}

impl Report {
    /// Returns a report of this severity, SQLSTATE and message.
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.into(),
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
            context: None,
        }
    }

    /// Returns an error.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Returns an error that ends all sessions.
    pub fn panic(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Panic, code, message)
    }

    /// Returns what a server says that cannot bring a commit to its disk: its log comes first, and without the log it
    /// does not know what is on the disk (src/backend/access/transam/xlog.c, `issue_xlog_fsync`). The bytes themselves
    /// went well: Linux takes them, and fails when they are to be written down. The log is always in its first file here.
    pub fn unflushed(error: DiskError) -> Self {
        Self::panic(
            "58030",
            format!("could not fdatasync file \"000000010000000000000001\": {error}"),
        )
    }

    /// Returns an error that ends the session.
    pub fn fatal(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Fatal, code, message)
    }

    /// Returns a notice.
    pub fn notice(message: impl Into<String>) -> Self {
        Self::new(Severity::Notice, "00000", message)
    }

    /// Says that valid PostgreSQL is beyond pglab: a limit of ours, not of the real server.
    pub fn beyond(what: impl AsRef<str>) -> Self {
        Self::error("0A000", format!("pglab does not simulate {}", what.as_ref()))
            .hint("This is a limit of the simulator: a real PostgreSQL may well accept it.")
    }

    /// Tells whether the report names a limit of pglab's.
    pub fn is_beyond(&self) -> bool {
        self.message.starts_with("pglab does not simulate ")
    }

    /// Adds a DETAIL line.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a HINT line.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a CONTEXT line.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Adds the position in the query string, counted in characters from 1.
    pub fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }
}

/// All that a server says to one query string, and how long it took to say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The messages in order.
    pub replies: Vec<Reply>,
    /// How long the session was busy: `pg_sleep`.
    pub busy_ms: u64,
}

impl Answer {
    /// Returns the first error, if there is one.
    pub fn error(&self) -> Option<&Report> {
        self.replies.iter().find_map(|reply| {
            if let Reply::Error(report) = reply {
                Some(report)
            } else {
                None
            }
        })
    }

    /// Returns the first result that has rows.
    pub fn rows(&self) -> Option<&Rows> {
        self.replies.iter().find_map(|reply| {
            if let Reply::Rows(rows) = reply {
                Some(rows)
            } else {
                None
            }
        })
    }
}
