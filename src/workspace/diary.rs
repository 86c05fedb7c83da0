//! The journal once more, outside the folder: a file of lines below the user's state directory, to which each landing adds
//! its own. A broken folder costs no progress.

use super::journal::Entry;
use super::state::State;
use super::trouble::Trouble;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How the names of the files end.
const END: &str = ".jsonl";

/// A journal outside its folder; nowhere, when there is no state directory.
#[derive(Debug)]
pub(super) struct Diary {
    path: Option<PathBuf>,
}

/// A line of the file: the first tells of the cluster, the others are entries.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "line")]
enum Line {
    Cluster {
        state: Box<State>,
    },
    Entry {
        number: u32,
        wall_ms: i64,
        words: String,
        digest: String,
        /// The entry in MessagePack, base64.
        entry: String,
    },
}

impl Diary {
    /// Names the journal of the cluster `id` below `diaries`.
    pub fn of(diaries: Option<&Path>, id: &str) -> Self {
        Self {
            path: diaries.map(|dir| dir.join(format!("{id}{END}"))),
        }
    }

    /// Adds entries; what cannot be written is not: the folder itself has it.
    pub fn catch_up(&self, state: &State, entries: &[Entry]) {
        let Some(path) = &self.path else { return };
        let _: std::io::Result<()> = append(path, state, entries);
    }

    /// Returns the number of the last entry that is written; None where there is no file.
    pub fn newest(&self) -> Option<u32> {
        let mut file = File::open(self.path.as_ref()?).ok()?;
        let len = file.metadata().ok()?.len();
        // The last whole line, from the end: a line is short but for what a person piped in.
        let mut window = 64 * 1024_u64;
        loop {
            file.seek(SeekFrom::Start(len.saturating_sub(window))).ok()?;
            let mut tail = Vec::new();
            file.read_to_end(&mut tail).ok()?;
            let text = String::from_utf8_lossy(&tail);
            let mut whole = text.rsplit('\n').skip(1);
            let line = whole.next()?;
            match serde_json::from_str(line) {
                Ok(Line::Entry { number, .. }) => return Some(number),
                Ok(Line::Cluster { .. }) => return None,
                Err(_) if window >= len => return None,
                Err(_) => window *= 8,
            }
        }
    }
}

fn append(path: &Path, state: &State, entries: &[Entry]) -> std::io::Result<()> {
    let new = !path.exists();
    if let Some(dir) = path.parent().filter(|_| new) {
        std::fs::create_dir_all(dir)?;
    }
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let mut text = String::new();
    // A line that a dying process left without its end is closed: whoever reads skips it.
    let len = file.metadata()?.len();
    if len > 0 {
        file.seek(SeekFrom::Start(len - 1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push('\n');
        }
    }
    let mut add = |line: &Line| {
        text.push_str(&serde_json::to_string(line).expect("a line is plain data"));
        text.push('\n');
    };
    if new {
        add(&Line::Cluster {
            state: Box::new(state.clone()),
        });
    }
    for entry in entries {
        add(&Line::Entry {
            number: entry.number,
            wall_ms: entry.wall_ms,
            words: entry.words.clone(),
            digest: entry.digest.clone(),
            entry: STANDARD.encode(entry.to_bytes()),
        });
    }
    file.write_all(text.as_bytes())
}

/// A journal that is kept outside its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// The cluster's name.
    pub id: String,
    /// The last command that was kept.
    pub last: String,
}

/// Returns the journals below `diaries`, by the names of their clusters.
pub fn journals(diaries: &Path) -> Vec<Journal> {
    let files = std::fs::read_dir(diaries).into_iter().flatten().flatten();
    let ids = files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(END)?.to_owned()));
    let mut all: Vec<Journal> = ids
        .filter_map(|id| {
            let (_, entries) = read(diaries, &id).ok()?;
            let last = entries.last()?.words.clone();
            Some(Journal { id, last })
        })
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// Reads a journal that is kept outside its folder: the state in which the cluster began, and all whole entries.
pub fn read(diaries: &Path, id: &str) -> Result<(State, Vec<Entry>), Trouble> {
    let path = &diaries.join(format!("{id}{END}"));
    let file = File::open(path).map_err(|error| Trouble::file("read", path, &error))?;
    let (mut state, mut entries) = (None, Vec::<Entry>::new());
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|error| Trouble::file("read", path, &error))?;
        match serde_json::from_str(&line) {
            Ok(Line::Cluster { state: begun }) => state = Some(*begun),
            Ok(Line::Entry { entry, .. }) => {
                let bytes = STANDARD.decode(entry).unwrap_or_default();
                // What was written twice, because a process died between two files, counts once.
                if let Ok(entry) = Entry::from_bytes(&bytes)
                    && entry.number == entries.len() as u32
                {
                    entries.push(entry);
                }
            }
            Err(_) => (),
        }
    }
    match state {
        Some(state) if !entries.is_empty() => Ok((state, entries)),
        _ => Err(Trouble::new(
            format!("{} is no journal of a cluster", path.display()),
            "`pglab cluster restore` lists the journals that there are",
        )),
    }
}
