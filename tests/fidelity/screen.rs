//! Screens, made comparable. These are all the rules; they hold for both sides alike.
//!
//! 1. Random names and pods' addresses: see `names`. Volumes are named after the claims to which the screens give them
//!    (`pvc-<data-pg-0>`): see `volumes`.
//! 2. uids, resource versions, hashes of attachments, handles of disks and containers, the random part of
//!    `kube-api-access-…`, addresses of Services: a word in angle brackets each.
//! 3. Instants become seconds since the beginning of the play, and durations are durations: see `lines` for how far they
//!    may lie apart.
//! 4. The rows of events are sorted by all but their age, equal ones by their age: kubectl sorts by seconds, and within a second the order is that
//!    of random names. The true order of events is compared for itself. Rows that begin with a random name are sorted
//!    too, among those of their kind, because they stand in the order of that name; and so are pages of `describe`.
//! 5. What the stand-ins of the recording made up is a word in angle brackets: the kubelet's machine (`OS-IMAGE fake`, its
//!    kernel), the name under which the provisioner speaks (`ebs.csi.aws.com_…`) and its identity. Its kubelet's events name
//!    no container, which `describe` would tell: `spec.containers{…}: ` is left out.
//! 6. `hint:` lines are pglab's own, said after kubectl's words; they are left out.

use crate::clock::Clock;
use crate::lines::{seconds, spelled};
use crate::names::Names;
use crate::volumes::Volumes;
use pglab::api::Time;
use regex::{Captures, Regex};
use std::sync::LazyLock;

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("the pattern is well made"));
    };
}

const UID: &str = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
static UIDS: LazyLock<Regex> = LazyLock::new(|| Regex::new(UID).expect("the pattern is well made"));
pattern!(ADDRESS, r"\b10\.244\.\d+\.\d+\b");
pattern!(SERVICE_ADDRESS, r"\b10\.(0|96|97|98|99|1[01]\d)\.\d+\.\d+\b");
pattern!(ATTACHMENT, r"csi-[0-9a-f]{64}");
pattern!(HANDLE, r"\bvol-[0-9a-f]{16,17}\b");
pattern!(ACCESS, r"kube-api-access-[a-z0-9]{5}");
pattern!(CONTAINER, r"containerd://\S*[0-9a-f]{12}\S*");
pattern!(VERSION, r#"resourceVersion: "\d+""#);
pattern!(ISO, r#""?\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"?"#);
pattern!(
    LONG_DATE,
    r"\b[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) \+0000"
);
pattern!(BARE_VERSION, r"^(  Resource Version: +)\d+$");
pattern!(PROVISIONER, r"\bebs\.csi\.aws\.com_[a-z-]+");
pattern!(IDENTITY, r"csiProvisionerIdentity=\S+");
pattern!(CONTAINER_FIELD, r"spec\.containers\{[^}]*\}: ");
// Behind a set's name: the random end of a pod that came to nothing, and so is in no write.
pattern!(REFUSED, r"(~[a-z]-)[bcdfghjklmnpqrstvwxz2456789]{5}\b");
pattern!(GAPS, r"(\S) {2,}");
pattern!(MACHINE, r"(OS Image: +|Kernel Version: +)\S.*$");
pattern!(MACHINE_ROW, r"(192\.168\.0\.\d+ +<none> +).*( containerd://)");
// The cells that a row of events begins with: its age, and what follows.
pattern!(EVENT_ROW, r"^(\S+(?: \(x\d+ over \S+\))?)  (.*)$");
pattern!(
    DESCRIBED_ROW,
    r"^(  (?:Normal|Warning)  \S+)  (\S+(?: \(x\d+ over \S+\))?)  (.*)$"
);

/// The eyes of one side: what it knows of names and of the time.
pub struct Eyes {
    /// The names of this side.
    pub names: Names,
    /// When the play began.
    pub began: Time,
    /// How this side's clock is told on the other's.
    clock: Clock,
    volumes: Volumes,
}

impl Eyes {
    /// Makes the eyes of a side from all that it showed.
    pub fn new<'a>(names: Names, began: Time, clock: Clock, screens: impl Iterator<Item = &'a str>) -> Self {
        Self {
            names,
            began,
            clock,
            volumes: Volumes::shown(screens),
        }
    }

    /// Returns the lines of a text without what differs from cluster to cluster; the order stands.
    pub fn lines(&self, text: &str) -> Vec<String> {
        let shown = text.lines().filter(|line| !line.starts_with("hint: "));
        shown.map(|line| self.line(line)).collect()
    }

    /// Returns the lines of a screen that was shown at an instant of this side, sorted where chance had ordered them.
    pub fn screen(&self, text: &str, at: Time) -> Vec<String> {
        let now = at - self.began;
        let mut lines = self.lines(text);
        // What looks like an age and is none: how long is tolerated, and thousandths of a processor.
        let is_none = |line: &str| [" op=Exists ", " cpu:  ", "%)"].iter().any(|sign| line.contains(sign));
        for line in lines.iter_mut().filter(|line| !is_none(line)) {
            *line = self.retold(line, now);
        }
        sort_events(&mut lines);
        sort_random_rows(&mut lines);
        sort_random_pages(&mut lines);
        lines
    }

    /// Returns a line without what differs from cluster to cluster.
    pub fn line(&self, line: &str) -> String {
        let line = self.names.plain(line);
        let line = ADDRESS.replace_all(&line, |found: &Captures<'_>| self.names.address(&found[0]).to_owned());
        let line = SERVICE_ADDRESS.replace_all(&line, "<service-address>");
        let line = MACHINE_ROW.replace_all(&line, "${1}<machine>${2}");
        let line = MACHINE.replace_all(&line, "${1}<machine>");
        let line = self.volumes.plain(&line);
        let line = CONTAINER.replace_all(&line, "containerd://<id>");
        let line = UIDS.replace_all(&line, "<uid>");
        let line = ATTACHMENT.replace_all(&line, "csi-<hash>");
        let line = HANDLE.replace_all(&line, "vol-<id>");
        let line = ACCESS.replace_all(&line, "kube-api-access-<x>");
        let line = VERSION.replace_all(&line, "resourceVersion: <version>");
        let line = BARE_VERSION.replace_all(&line, "$1<version>");
        let line = PROVISIONER.replace_all(&line, "<provisioner>");
        let line = IDENTITY.replace_all(&line, "csiProvisionerIdentity=<identity>");
        let line = REFUSED.replace_all(&line, "$1<x>");
        let line = CONTAINER_FIELD.replace_all(&line, "");
        let line = ISO.replace_all(&line, |found: &Captures<'_>| self.instant(&found[1]));
        let line = LONG_DATE.replace_all(&line, |found: &Captures<'_>| {
            let month = MONTHS.iter().position(|month| *month == &found[2]).unwrap_or(0) + 1;
            self.instant(&format!("{}-{month:02}-{}T{}Z", &found[3], &found[1], &found[4]))
        });
        GAPS.replace_all(&line, "$1  ").trim_end().to_owned()
    }

    /// Tells the durations of a line as the other clock tells them.
    fn retold(&self, line: &str, now: i64) -> String {
        let retell = |word: &str| {
            let bare = word.trim_start_matches('(').trim_end_matches(')');
            match seconds(bare).filter(|_| !bare.starts_with('<')) {
                Some(age) => word.replace(bare, &spelled(self.clock.age_there(now, age))),
                None => word.to_owned(),
            }
        };
        line.split(' ').map(retell).collect::<Vec<_>>().join(" ")
    }

    fn instant(&self, text: &str) -> String {
        match text.parse::<jiff::Timestamp>() {
            Ok(at) => {
                let at = self.clock.there(Time(at.as_millisecond()) - self.began);
                format!("<t:{}>", at.div_euclid(1000))
            }
            Err(_) => text.to_owned(),
        }
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Sorts the rows of each table of events by all but their age.
fn sort_events(lines: &mut [String]) {
    let mut start = 0;
    while start < lines.len() {
        let heading = &lines[start];
        let rows: fn(&str) -> Option<(String, i64)> = if heading.starts_with("LAST SEEN") {
            |line| {
                EVENT_ROW
                    .captures(line)
                    .map(|cells| (cells[2].to_owned(), age_of(&cells[1])))
            }
        } else if heading.starts_with("  ----  ------  ----  ----  ") {
            |line| {
                let cells = DESCRIBED_ROW.captures(line)?;
                Some((format!("{}  {}", &cells[1], &cells[3]), age_of(&cells[2])))
            }
        } else {
            start += 1;
            continue;
        };
        let from = start + 1;
        let end = lines[from..]
            .iter()
            .position(|line| rows(line).is_none())
            .map_or(lines.len(), |i| from + i);
        lines[from..end].sort_by_cached_key(|line| rows(line));
        start = end.max(from);
    }
}

/// Returns the age that a cell begins with, in seconds.
fn age_of(cell: &str) -> i64 {
    cell.split(' ').next().and_then(seconds).unwrap_or(0)
}

/// Sorts pages of `describe` whose order is that of random names.
fn sort_random_pages(lines: &mut Vec<String>) {
    let starts: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].starts_with("Name:  ")).collect();
    let is_random = |name: &String| name.contains("-~") || name.contains("csi-<") || name.contains("pvc-<");
    if starts.first() != Some(&0) || !starts.iter().all(|start| is_random(&lines[*start])) {
        return;
    }
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let mut pages: Vec<Vec<String>> = starts
        .iter()
        .zip(ends)
        .map(|(from, to)| lines[*from..to].to_vec())
        .collect();
    for page in &mut pages {
        while page.last().is_some_and(String::is_empty) {
            page.pop();
        }
    }
    // What tells one from another without an instant: its name, or what it is about.
    pages.sort_by_cached_key(|page| {
        let told = page
            .iter()
            .filter(|line| line.starts_with("Name:") || line.contains("Node Name:"));
        told.cloned().collect::<Vec<_>>()
    });
    *lines = pages.join(&String::new());
}

/// Sorts rows that begin with random names among their neighbours of the same kind.
fn sort_random_rows(lines: &mut [String]) {
    let base = |line: &String| {
        let name = line.split(' ').next().unwrap_or_default();
        let is_random = name.contains("-~") || name.contains("pvc-<") || name.contains("csi-<");
        is_random.then(|| name.split(['~', '<']).next().unwrap_or_default().to_owned())
    };
    let mut start = 0;
    while start < lines.len() {
        let kind = base(&lines[start]);
        let same = lines[start..]
            .iter()
            .take_while(|line| kind.is_some() && base(line) == kind)
            .count();
        lines[start..start + same].sort();
        start += same.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_sorted_by_all_but_their_age() {
        let mut lines: Vec<String> = [
            "LAST SEEN  TYPE",
            "9s  Normal  B  x",
            "3s (x2 over 9s)  Normal  A  y",
            "",
            "2s  Normal  A",
        ]
        .map(str::to_owned)
        .to_vec();
        sort_events(&mut lines);
        assert_eq!(lines[1], "3s (x2 over 9s)  Normal  A  y");
        assert_eq!(lines[4], "2s  Normal  A");
    }

    #[test]
    fn a_line_keeps_what_is_no_chance() {
        let eyes = Eyes::new(
            Names::default(),
            Time(1_795_334_430_000),
            Clock::default(),
            std::iter::empty(),
        );
        let line = "Start Time:       Sun, 22 Nov 2026 08:00:34 +0000";
        assert_eq!(eyes.line(line), "Start Time:  <t:4>");
        assert_eq!(eyes.line("  uid: 3f6a54ab-6f30-405e-a0e2-d00d33caf9a8"), "  uid: <uid>");
        assert_eq!(eyes.line("    since: \"2026-11-22T08:01:34Z\""), "    since: <t:64>");
    }
}
