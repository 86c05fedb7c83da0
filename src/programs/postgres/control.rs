//! `global/pg_control`: how the last server left the data directory.

use crate::cloud::disk::DiskError;
use crate::programs::files::Files;

/// The states of a data directory that a start asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The last server was stopped cleanly.
    ShutDown,
    /// A server runs, or it was killed: recovery comes first.
    InProduction,
}

/// The part of `pg_control` that a start reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// How it was left.
    pub state: State,
    /// When that was, in milliseconds since 1970.
    pub at_ms: u64,
    /// The position in the write-ahead log, for log lines only.
    pub lsn: u64,
}

const SIZE: usize = 8192;

impl Control {
    /// Reads it; a file that is no control file counts as missing.
    pub fn read(files: &Files, pgdata: &str) -> Result<Self, DiskError> {
        let text = files.read_text(&path(pgdata))?;
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
        };
        let state = match field("state").as_deref() {
            Some("shut down") => State::ShutDown,
            _ => State::InProduction,
        };
        let number = |name| field(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Self {
            state,
            at_ms: number("at"),
            lsn: number("lsn"),
        })
    }

    /// Writes it.
    pub fn write(self, files: &mut Files, pgdata: &str) -> Result<(), DiskError> {
        let state = match self.state {
            State::ShutDown => "shut down",
            State::InProduction => "in production",
        };
        let mut bytes = format!("state: {state}\nat: {}\nlsn: {}\n", self.at_ms, self.lsn).into_bytes();
        bytes.resize(SIZE, 0);
        files.write(&path(pgdata), &bytes)
    }
}

/// Returns a position in the write-ahead log as PostgreSQL prints it.
pub fn lsn(position: u64) -> String {
    format!("{:X}/{:X}", position >> 32, position & 0xffff_ffff)
}

fn path(pgdata: &str) -> String {
    format!("{pgdata}/global/pg_control")
}
