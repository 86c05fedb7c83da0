//! Lines that are the same but for what no two clocks agree on, and the longest story that two lists of lines share.
//!
//! Two lines are the same when they begin with as many blanks and their words are the same, one by one; how many blanks
//! stand between two words depends on how long random names are, and is left to the screens that the library compares
//! byte by byte. Two durations (`12s`, `2m5s`, `(x3 over 40s)`) or instants (`<t:40>`, in seconds since the beginning)
//! are the same when they differ by at most [`TOLERANCE_S`] seconds, or by a twentieth.

use std::fmt;

/// How far two durations may lie apart, in seconds.
pub const TOLERANCE_S: i64 = 2;

/// Says whether two lines are the same.
pub fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (mut ones, mut others) = (one.split_whitespace(), other.split_whitespace());
    if indent(one) != indent(other) {
        return false;
    }
    loop {
        match (ones.next(), others.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || close(one, other) => (),
            _ => return false,
        }
    }
}

/// Says whether two words are durations or instants that lie near one another.
fn close(one: &str, other: &str) -> bool {
    let frame = |word: &str| (word.starts_with('('), word.ends_with(')'));
    if frame(one) != frame(other) {
        return false;
    }
    match (seconds(one), seconds(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= TOLERANCE_S.max(one.max(other) / 20),
        _ => false,
    }
}

/// Writes seconds as a duration.
pub fn spelled(seconds: i64) -> String {
    format!("{}s", seconds.max(0))
}

/// Reads `2m5s`, `12s)` or `<t:40>` as seconds.
pub fn seconds(word: &str) -> Option<i64> {
    if let Some(instant) = word.strip_prefix("<t:") {
        return instant.strip_suffix('>')?.parse().ok();
    }
    let word = word.trim_start_matches('(').trim_end_matches(')');
    let (mut sum, mut number) = (0, None::<i64>);
    for letter in word.chars() {
        let unit = match letter {
            '0'..='9' => {
                number = Some(number.unwrap_or(0) * 10 + i64::from(letter as u8 - b'0'));
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        sum += number.take()? * unit;
    }
    (number.is_none() && !word.is_empty()).then_some(sum)
}

/// How two lists of lines differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Both have it.
    Both(String),
    /// Only the recording has it.
    Theirs(String),
    /// Only the play has it.
    Ours(String),
    /// Both have it, at another place in the story.
    Moved(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Both(line) => write!(f, "  {line}"),
            Self::Theirs(line) => write!(f, "- {line}"),
            Self::Ours(line) => write!(f, "+ {line}"),
            Self::Moved(line) => write!(f, "~ {line}"),
        }
    }
}

/// Lays the longest common story of two lists through both.
pub fn compare(theirs: &[String], ours: &[String]) -> Vec<Change> {
    let (n, m) = (theirs.len(), ours.len());
    let mut longest = vec![vec![0u32; m + 1]; n + 1];
    let mut equal = vec![vec![false; m]; n];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            equal[i][j] = same(&theirs[i], &ours[j]);
            longest[i][j] = if equal[i][j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut changes) = (0, 0, Vec::new());
    while i < n || j < m {
        if i < n && j < m && equal[i][j] {
            changes.push(Change::Both(theirs[i].clone()));
            (i, j) = (i + 1, j + 1);
        } else if j == m || (i < n && longest[i + 1][j] >= longest[i][j + 1]) {
            changes.push(Change::Theirs(theirs[i].clone()));
            i += 1;
        } else {
            changes.push(Change::Ours(ours[j].clone()));
            j += 1;
        }
    }
    changes
}

/// Joins what is missing here and too much there into one: it only moved.
pub fn join_moved(changes: Vec<Change>) -> Vec<Change> {
    let mut joined = changes;
    for i in 0..joined.len() {
        let Change::Theirs(line) = joined[i].clone() else {
            continue;
        };
        let there = joined
            .iter()
            .position(|change| matches!(change, Change::Ours(ours) if same(ours, &line)));
        if let Some(there) = there {
            joined[i] = Change::Moved(line);
            joined[there] = Change::Both(String::new());
        }
    }
    joined.retain(|change| *change != Change::Both(String::new()));
    joined
}

/// Counts the lines that both have at the same place in the story.
pub fn shared(changes: &[Change]) -> usize {
    changes
        .iter()
        .filter(|change| matches!(change, Change::Both(_)))
        .count()
}

#[test]
fn lines_are_the_same_within_a_tolerance_of_their_clocks() {
    assert!(same(
        "pg-0   1/1     Running   0          7s",
        "pg-0   1/1   Running   0   9s"
    ));
    assert!(!same(
        "pg-0   1/1     Running   0          7s",
        "pg-0   1/1   Running   0   10s"
    ));
    assert!(same("1s (x2 over 5s)  a", "2s (x2 over 6s)  a"));
    assert!(!same("1s (x2 over 5s)  a", "1s (x3 over 5s)  a"));
    assert!(same("at <t:40>", "at <t:42>"));
    assert!(!same("  a", "   a"));
    assert!(!same("0s", "s"));
}

#[test]
fn what_only_moved_is_told_from_what_is_missing() {
    let list = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let changes = join_moved(compare(&list("a b c d"), &list("b c a e")));
    assert_eq!(shared(&changes), 2);
    let rest: Vec<String> = changes
        .iter()
        .map(Change::to_string)
        .filter(|line| !line.starts_with("  "))
        .collect();
    assert_eq!(rest, ["~ a", "- d", "+ e"]);
}
