//! A line that tells a person who waits what is being done, and for how long. It is written to a terminal only, after a
//! second, and gone when the work is done.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long nobody is told anything.
const PATIENCE: Duration = Duration::from_secs(1);

/// What takes the line off the terminal.
const WIPE: &str = "\r\u{1b}[K";

/// Work under way; dropped when it is done.
pub(super) struct Progress {
    at_work: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins to watch work that is called `what`, as in "playing the manifests".
    pub fn of(what: impl Into<String>) -> Self {
        let plain = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if plain || !std::io::stderr().is_terminal() {
            return Self { at_work: None };
        }
        let (what, (done, watched)) = (what.into(), channel());
        let watch = move || {
            let mut seconds = 1;
            let mut told = false;
            while watched.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                // A terminal that has gone away is nobody's loss.
                drop(write!(std::io::stderr(), "{WIPE}{what} … {seconds} s"));
                (seconds, told) = (seconds + 1, true);
            }
            if told {
                drop(write!(std::io::stderr(), "{WIPE}"));
            }
        };
        // Without a thread the work is done all the same.
        let thread = std::thread::Builder::new().spawn(watch).ok();
        Self {
            at_work: thread.map(|thread| (done, thread)),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.at_work.take() {
            drop(done);
            // What the line said is off the terminal before anything else is printed.
            drop(thread.join());
        }
    }
}

/// Takes the line off the terminal, for words that come in between.
pub(super) fn wipe() {
    if std::io::stderr().is_terminal() {
        drop(write!(std::io::stderr(), "{WIPE}"));
    }
}
