//! A scenario: what was recorded, and what is needed to play it.

use crate::recording::{self, Entry};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the folder of the recordings.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fidelity")
}

/// Reads a file of the folder.
pub fn text(path: &str) -> String {
    fs::read_to_string(folder().join(path)).unwrap_or_else(|why| panic!("tests/fidelity/{path}: {why}"))
}

/// Reads a data file of the folder.
pub fn data<T: for<'a> Deserialize<'a>>(path: &str) -> T {
    serde_yaml::from_str(&text(path)).unwrap_or_else(|why| panic!("tests/fidelity/{path}: {why}"))
}

/// What the recording does not say by itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Plan {
    /// The instant of the recording's beginning, read from a creation time and the clock beside it.
    pub began: String,
    /// How long the controllers have run before, in milliseconds, where their own periods show.
    pub before_ms: Option<i64>,
    /// What the awaited conditions mean, in the order in which they came to be.
    pub reached: Vec<Condition>,
    /// What was done without a screen.
    pub unseen: Vec<Unseen>,
    /// With which section each `kubectl get -w` began; one that is not named began with the recording.
    pub watched_from: BTreeMap<String, usize>,
    /// A folder of the tree whose manifests lie in the current folder too, and what stands before their names there.
    pub borrowed: Option<(String, String)>,
    /// Patterns of images in whose containers something idles, because what they hold would not start as it is told to.
    pub idle: Vec<String>,
    /// Patterns of images whose containers end with exit code 1, a second after their start.
    pub failing: Vec<String>,
    /// Settings that differ from those of all recordings.
    pub settings: BTreeMap<String, i64>,
}

/// A condition: a command that says something at last.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The recording's words for it.
    pub words: String,
    /// The command that is asked again and again.
    pub ask: String,
    /// What it says when the condition has come to be, blanks around it aside.
    pub says: String,
}

/// Commands of which the recording shows nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unseen {
    /// In which section, where no instant is told.
    #[serde(default)]
    pub section: usize,
    /// Behind which of its commands; at the end of the section where none is named.
    #[serde(default)]
    pub after: Option<String>,
    /// When, in milliseconds since the recording began.
    #[serde(default)]
    pub at: Option<i64>,
    /// The commands; `pglab node partition NAME` and `heal` are among them, for kubelets that were stopped and started.
    pub run: Vec<String>,
}

/// A scenario.
pub struct Scenario {
    /// Its name, which is its namespace too.
    pub name: String,
    /// The terminal's recording.
    pub entries: Vec<Entry>,
    /// The recorded events: object, type, reason, message.
    pub events: Vec<[String; 4]>,
    /// The recorded writes, a line each.
    pub writes: Vec<String>,
    /// The recorded screens of `kubectl get -w`, by the name of what is watched.
    pub watches: BTreeMap<String, String>,
    /// How many lines of a command's screen went to standard output; the rest went to the other stream. Only where the
    /// recording tells them apart.
    pub stdout_lines: BTreeMap<String, usize>,
    /// The files of the current folder.
    pub files: BTreeMap<String, String>,
    /// What is needed to play it.
    pub plan: Plan,
}

impl Scenario {
    /// Reads a scenario's folder.
    pub fn read(name: &str) -> Self {
        let events = text(&format!("{name}/events.tsv"));
        let events = events.lines().map(|line| {
            let cells: Vec<String> = line.split('\t').map(unescape).collect();
            cells
                .try_into()
                .unwrap_or_else(|cells| panic!("{name}/events.tsv: {cells:?}"))
        });
        let mut watches = BTreeMap::new();
        for path in entries(&folder().join(name)) {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(what) = file.strip_prefix("watch_").and_then(|rest| rest.strip_suffix(".txt")) {
                watches.insert(what.to_owned(), text(&format!("{name}/{file}")));
            }
        }
        let plan: Plan = data(&format!("{name}/play.yaml"));
        let mut files = manifests(&folder().join(name).join("files"), "");
        if let Some((folder, prefix)) = &plan.borrowed {
            files.extend(manifests(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), prefix));
        }
        let mut stdout_lines = BTreeMap::new();
        if folder().join(name).join("streams.tsv").exists() {
            for line in text(&format!("{name}/streams.tsv")).lines() {
                let (count, command) = line
                    .split_once('\t')
                    .unwrap_or_else(|| panic!("{name}/streams.tsv: {line}"));
                stdout_lines.insert(command.to_owned(), count.parse().expect("a number of lines"));
            }
        }
        Self {
            name: name.to_owned(),
            entries: recording::read(&renamed(&text(&format!("{name}/recording.txt")))),
            events: events.collect(),
            writes: renamed(&text(&format!("{name}/writes.txt")))
                .lines()
                .map(str::to_owned)
                .collect(),
            watches,
            stdout_lines,
            files,
            plan,
        }
    }
}

impl Scenario {
    /// Returns all that was shown, in order: the commands' screens, then those of `kubectl get -w`.
    pub fn screens(&self) -> impl Iterator<Item = &str> {
        let screens = self.entries.iter().filter_map(|entry| match entry {
            Entry::Command(command) => Some(command.screen.as_str()),
            _ => None,
        });
        screens.chain(self.watches.values().map(String::as_str))
    }
}

/// Returns the manifests of a folder by their names, with something before each.
fn manifests(folder: &Path, prefix: &str) -> BTreeMap<String, String> {
    let paths = entries(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        (format!("{prefix}{name}"), renamed(&text))
    };
    paths.map(read).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut paths: Vec<PathBuf> = found.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The recording's stand-in kubelet was told by annotations of its own when a pod is not ready and how long a Job's
/// container runs; pglab's are called otherwise, and mean the same.
fn renamed(text: &str) -> String {
    text.replace("fakelet/", "pglab.dev/")
}

fn unescape(cell: &str) -> String {
    cell.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}
