//! Where the person stands: the folder of the cluster, the wall clock, the state directory.

use super::error::Failure;
use super::progress::Progress;
use super::terminal;
use crate::programs::bytes::bytes_of;
use crate::sim::Lang;
use crate::workspace::{Folder, Session, Wall};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The person's place.
pub(super) struct Place {
    named: Option<PathBuf>,
    clock: Clock,
}

/// The machine's clock, and whoever looks at it.
pub(super) struct Clock {
    lang: Lang,
}

impl Wall for Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the wall clock"
    )]
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn sleep(&self, ms: i64) {
        std::thread::sleep(Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
    }

    fn has_keyboard(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    fn ask(&self, prompt: &str) -> Option<String> {
        let mut out = std::io::stdout();
        // A terminal that has gone away answers with the end of its lines.
        drop(write!(out, "{prompt}").and_then(|()| out.flush()));
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(length) if length > 0 => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
            _ => None,
        }
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn tell(&self, words: &str) {
        super::progress::wipe();
        eprintln!("{words}");
    }
}

impl Place {
    /// Stands in the current folder, or in the one that was named.
    pub fn new(named: Option<PathBuf>, lang: Lang) -> Self {
        Self {
            named,
            clock: Clock { lang },
        }
    }

    /// Returns the person's language.
    pub fn lang(&self) -> Lang {
        self.clock.lang
    }

    /// Chooses what to say in the person's language.
    pub fn say(&self, en: impl Into<String>, ko: impl Into<String>) -> String {
        match self.lang() {
            Lang::En => en.into(),
            Lang::Ko => ko.into(),
        }
    }

    /// Tells a person who waits what is being done, until the value is dropped.
    pub fn working(&self, en: &str, ko: &str) -> Progress {
        Progress::of(self.say(en, ko))
    }

    /// Returns the folder that was named, if one was.
    pub fn named(&self) -> Option<&Path> {
        self.named.as_deref()
    }

    /// Returns the wall clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the folder of the cluster.
    pub fn folder(&self) -> Result<Folder, Failure> {
        let found = match &self.named {
            Some(dir) => Folder::at(dir, diaries()),
            None => {
                let dir = std::env::current_dir().map_err(|error| {
                    Failure::wrong(
                        format!("the current folder cannot be read: {error}"),
                        "go to a folder that is there",
                    )
                })?;
                Folder::find(&dir, diaries())
            }
        };
        Ok(found?)
    }

    /// Opens the cluster for a command; a cluster that has slept says so.
    pub fn open(&self, words: &str) -> Result<Session<'_>, Failure> {
        let opening = self.working("opening the cluster", "클러스터 여는 중");
        let session = self.folder()?.open(words, &self.clock)?;
        drop(opening);
        if session.slept_ms() > 0 {
            let slept = span(session.slept_ms());
            terminal::tell(&self.say(
                format!(
                    "the cluster slept for {slept}: it goes on ten minutes after the last command, then stands still"
                ),
                format!("클러스터가 {slept} 동안 잠들어 있었습니다: 마지막 명령 뒤 10분까지만 시간이 흐릅니다"),
            ));
        }
        Ok(session)
    }
}

/// Returns where journals are kept outside of folders (the XDG base directory specification: state that should persist).
pub(super) fn diaries() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let dir = std::env::var_os(name).map(PathBuf::from)?;
        dir.is_absolute().then_some(dir)
    };
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("pglab/journals"))
}

/// Writes a span of time as people say it: `2h03m`, `45s`.
pub(super) fn span(ms: i64) -> String {
    let seconds = ms / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h{minutes:02}m"),
    }
}

/// Reads a span of time such as `90s`, `1m30s`, `500ms` or `2h`, in milliseconds.
pub(super) fn read_span(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no span of time: write 500ms, 30s, 1m30s or 2h");
    let (mut rest, mut ms) = (text, 0_i64);
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let after = &rest[digits..];
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let times = match &after[..unit_end] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        ms = number
            .checked_mul(times)
            .and_then(|part| ms.checked_add(part))
            .ok_or_else(wrong)?;
        rest = &after[unit_end..];
    }
    Ok(ms)
}

/// Writes words of a command line so that a shell would read the same words again.
pub(super) fn as_typed(program: &str, words: &[String]) -> String {
    let mut line = program.to_owned();
    for word in words {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+{}[]*".contains(c);
        line.push(' ');
        if !word.is_empty() && word.chars().all(plain) {
            line.push_str(word);
        } else {
            line.push_str(&format!("'{}'", word.replace('\'', r"'\''")));
        }
    }
    line
}

/// Writes to standard output now; a reader who has gone ends the program, as kubectl's does.
pub(super) fn write_now(text: &str, to_stderr: bool) {
    let failed = if to_stderr {
        std::io::stderr().lock().write_all(text.as_bytes()).is_err()
    } else {
        let mut out = std::io::stdout().lock();
        out.write_all(&bytes_of(text)).and_then(|()| out.flush()).is_err()
    };
    if failed && !to_stderr {
        std::process::exit(141);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, ms) in [
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("500ms", 500),
            ("2h", 7_200_000),
            ("1h0m1s", 3_601_000),
        ] {
            assert_eq!(read_span(text), Ok(ms));
        }
        for text in [
            "",
            "30",
            "s",
            "1d",
            "-3s",
            "3s4",
            "999999999999999999999s",
            "9223372036854775807h",
        ] {
            assert!(read_span(text).is_err(), "{text}");
        }
        assert_eq!(span(45_000), "45s");
        assert_eq!(span(245_000), "4m05s");
        assert_eq!(span(7_380_000), "2h03m");
    }

    #[test]
    fn a_line_is_written_as_a_shell_reads_it() {
        let words = ["exec", "pg-0", "--", "psql", "-c", "SELECT 'a'"].map(str::to_owned);
        assert_eq!(
            as_typed("kubectl", &words),
            r"kubectl exec pg-0 -- psql -c 'SELECT '\''a'\'''"
        );
        assert_eq!(crate::lab::words(&as_typed("kubectl", &words)).unwrap()[1..], words);
    }
}
