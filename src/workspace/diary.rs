//! The journal once more, outside the folder: a file of lines below the user's state directory, to which each landing adds
//! its own. A broken folder costs no progress.

use super::journal::Entry;
use super::state::State;
use super::trouble::Trouble;
use crate::api::Time;
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
    /// The folder of the cluster.
    dir: PathBuf,
}

/// A line of the file: the first tells of the cluster, the others are entries.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "line")]
enum Line {
    Cluster {
        state: Box<State>,
        /// The folder; journals of older versions do not tell it.
        #[serde(default)]
        dir: Option<PathBuf>,
    },
    /// From here on the cluster lives in this folder.
    Folder { dir: PathBuf },
    Entry {
        number: u32,
        wall_ms: i64,
        words: String,
        digest: String,
        /// The folder at that time: one that was moved tells so with its next entry. Older versions do not tell it.
        #[serde(default)]
        dir: Option<PathBuf>,
        /// The entry in MessagePack, base64.
        entry: String,
    },
}

impl Diary {
    /// Names the journal of the cluster `id`, which lives in `dir`, below `diaries`.
    pub fn of(diaries: Option<&Path>, id: &str, dir: &Path) -> Self {
        Self {
            path: diaries.map(|dir| dir.join(format!("{id}{END}"))),
            dir: std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()),
        }
    }

    /// Notes that the cluster lives in another folder from now on.
    pub fn move_in(&self) {
        let Some(path) = self.path.as_ref().filter(|path| path.exists()) else {
            return;
        };
        let line = Line::Folder { dir: self.dir.clone() };
        let _: std::io::Result<()> = append(path, &[line]);
    }

    /// Adds entries; what cannot be written is not: the folder itself has it.
    pub fn catch_up(&self, state: &State, entries: &[Entry]) {
        let Some(path) = &self.path else { return };
        let begin = (!path.exists()).then(|| Line::Cluster {
            state: Box::new(state.clone()),
            dir: Some(self.dir.clone()),
        });
        let entries = entries.iter().map(|entry| Line::Entry {
            number: entry.number,
            wall_ms: entry.wall_ms,
            words: entry.words.clone(),
            digest: entry.digest.clone(),
            dir: Some(self.dir.clone()),
            entry: STANDARD.encode(entry.to_bytes()),
        });
        let lines: Vec<Line> = begin.into_iter().chain(entries).collect();
        let _: std::io::Result<()> = append(path, &lines);
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
            let whole = text.rsplit('\n').skip(1);
            let lines = whole.map(|line| serde_json::from_str(line).ok());
            match lines
                .into_iter()
                .find(|line| !matches!(line, Some(Line::Folder { .. })))
            {
                Some(Some(Line::Entry { number, .. })) => return Some(number),
                Some(Some(_)) => return None,
                _ if window >= len => return None,
                _ => window *= 8,
            }
        }
    }
}

fn append(path: &Path, lines: &[Line]) -> std::io::Result<()> {
    if let Some(dir) = path.parent().filter(|_| !path.exists()) {
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
    for line in lines {
        text.push_str(&serde_json::to_string(line).expect("a line is plain data"));
        text.push('\n');
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
    /// When that was: the wall clock, in milliseconds since 1970.
    pub wall_ms: i64,
    /// How long the cluster had lived by then, in milliseconds of virtual time.
    pub lived_ms: i64,
    /// The folder that it lives in, or lived in; None where its journal does not tell.
    pub dir: Option<PathBuf>,
}

/// Returns the journals below `diaries`, the one that was used last first.
pub fn journals(diaries: &Path) -> Vec<Journal> {
    let files = std::fs::read_dir(diaries).into_iter().flatten().flatten();
    let ids = files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(END)?.to_owned()));
    let mut all: Vec<Journal> = ids
        .filter_map(|id| {
            let (Begun { dir, .. }, entries) = whole(diaries, &id).ok()?;
            let last = entries.last()?;
            Some(Journal {
                last: last.words.clone(),
                wall_ms: last.wall_ms,
                lived_ms: last.at - Time::EPOCH,
                id,
                dir,
            })
        })
        .collect();
    all.sort_by(|a, b| (b.wall_ms, &b.id).cmp(&(a.wall_ms, &a.id)));
    all
}

/// Reads a journal that is kept outside its folder: the state in which the cluster began, and all whole entries.
pub fn read(diaries: &Path, id: &str) -> Result<(State, Vec<Entry>), Trouble> {
    whole(diaries, id).map(|(begun, entries)| (begun.state, entries))
}

/// What the first line tells of a cluster, and where it lives by now.
struct Begun {
    state: State,
    dir: Option<PathBuf>,
}

fn whole(diaries: &Path, id: &str) -> Result<(Begun, Vec<Entry>), Trouble> {
    let path = &diaries.join(format!("{id}{END}"));
    let file = File::open(path).map_err(|error| Trouble::file("read", path, &error))?;
    let (mut state, mut place, mut entries) = (None, None, Vec::<Entry>::new());
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|error| Trouble::file("read", path, &error))?;
        match serde_json::from_str(&line) {
            Ok(Line::Cluster { state: begun, dir }) => (state, place) = (Some(*begun), dir),
            Ok(Line::Folder { dir }) => place = Some(dir),
            Ok(Line::Entry { entry, dir, .. }) => {
                place = dir.or(place);
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
        Some(state) if !entries.is_empty() => Ok((Begun { state, dir: place }, entries)),
        _ => Err(Trouble::new(
            format!("{} is no journal of a cluster", path.display()),
            "`pglab cluster restore` lists the journals that there are",
        )),
    }
}
