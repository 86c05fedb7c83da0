//! What was recorded in a terminal: sections, commands with their instants and screens, conditions that were awaited.
//!
//! ```text
//! ### 2. [t=1.58] apply
//!
//! [t=1.99] $ kubectl apply -f scenario.yaml
//! service/pg created
//! (exit 1)
//!
//! # (t=7.97) reached: pg ready 3/3
//! ```
//! The instant of a command is that of its end, in seconds since the recording began.

/// One entry of a recording, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A section begins; its number.
    Section(usize),
    /// A command and its screen.
    Command(Command),
    /// A condition came to be: when, in milliseconds, and in which words.
    Reached(i64, String),
}

/// A command and what it printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// When it ended, in milliseconds; None where nobody looked at the clock.
    pub ended: Option<i64>,
    /// The line as typed.
    pub line: String,
    /// What it printed on both streams.
    pub screen: String,
    /// Its exit code.
    pub code: i32,
}

/// Reads a recording.
pub fn read(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut body: Vec<&str> = Vec::new();
    // What was awaited in vain is no entry: the next command tells how long.
    for line in text.lines().filter(|line| !line.contains(") NOT reached within ")) {
        let entry = section(line).or_else(|| reached(line)).or_else(|| command(line));
        match entry {
            Some(entry) => {
                close(&mut entries, &mut body);
                entries.push(entry);
            }
            None => body.push(line),
        }
    }
    close(&mut entries, &mut body);
    entries
}

/// Gives the lines since the last entry to it, if it is a command.
fn close(entries: &mut [Entry], body: &mut Vec<&str>) {
    let mut lines = std::mem::take(body);
    let Some(Entry::Command(command)) = entries.last_mut() else {
        return;
    };
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let code = lines
        .last()
        .and_then(|line| line.strip_prefix("(exit ")?.strip_suffix(')')?.parse().ok());
    if let Some(code) = code {
        command.code = code;
        lines.pop();
    }
    command.screen = lines.iter().map(|line| format!("{line}\n")).collect();
}

fn section(line: &str) -> Option<Entry> {
    let (number, _) = line.strip_prefix("### ")?.split_once(". ")?;
    Some(Entry::Section(number.parse().ok()?))
}

fn reached(line: &str) -> Option<Entry> {
    let (at, what) = line.strip_prefix("# (t=")?.split_once(") reached: ")?;
    Some(Entry::Reached(millis(at)?, what.to_owned()))
}

fn command(line: &str) -> Option<Entry> {
    let (ended, line) = match line.strip_prefix("[t=") {
        Some(rest) => {
            let (at, line) = rest.split_once("] $ ")?;
            (Some(millis(at)?), line)
        }
        None => (
            None,
            line.strip_prefix("$ ").filter(|line| line.starts_with("kubectl"))?,
        ),
    };
    let (line, screen, code) = (line.to_owned(), String::new(), 0);
    Some(Entry::Command(Command {
        ended,
        line,
        screen,
        code,
    }))
}

/// Reads seconds with a point as milliseconds.
fn millis(text: &str) -> Option<i64> {
    let seconds: f64 = text.parse().ok()?;
    Some((seconds * 1000.0).round() as i64)
}

#[test]
fn a_recording_is_read_with_screens_that_have_empty_lines() {
    let text = "\n### 1. [t=0.42] before\n\n[t=0.67] $ kubectl get a,b\nA\n1\n\nB\n2\n\n# (t=1.50) reached: all\n\n$ kubectl x\nno\n(exit 1)\n";
    let entries = read(text);
    let [
        Entry::Section(1),
        Entry::Command(one),
        Entry::Reached(1500, what),
        Entry::Command(two),
    ] = &entries[..]
    else {
        panic!("{entries:?}");
    };
    assert_eq!(
        (one.ended, one.screen.as_str(), one.code),
        (Some(670), "A\n1\n\nB\n2\n", 0)
    );
    assert_eq!(what, "all");
    assert_eq!((two.ended, two.screen.as_str(), two.code), (None, "no\n", 1));
}
