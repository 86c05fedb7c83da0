//! Accepted output: what the book printed when a person last looked at it and found it right.

use super::expand::Printed;
use crate::lab::Error;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folders of labs in which accepted output lies, as `golden/book/NAME.LANG.md`.
pub struct Accepted {
    folders: BTreeMap<String, PathBuf>,
}

/// Something that a run prints otherwise than was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file that holds what was accepted.
    pub file: PathBuf,
    /// The first line that differs, from 1.
    pub line: usize,
    /// That line as accepted; None when there is none.
    pub accepted: Option<String>,
    /// That line as printed.
    pub printed: Option<String>,
}

impl Accepted {
    /// Knows the folder of each lab by the lab's id.
    pub fn new(folders: impl IntoIterator<Item = (String, PathBuf)>) -> Self {
        Self {
            folders: folders.into_iter().collect(),
        }
    }

    /// Returns how what was printed differs from what was accepted, a difference a file.
    pub fn compare(&self, printed: &[Printed]) -> Result<Vec<Difference>, Error> {
        let mut found = Vec::new();
        for piece in printed {
            let file = self.file(piece)?;
            let accepted = std::fs::read_to_string(&file).unwrap_or_default();
            let (old, new): (Vec<_>, Vec<_>) = (accepted.lines().collect(), piece.text.lines().collect());
            let lines = old.len().max(new.len());
            if let Some(at) = (0..lines).find(|&at| old.get(at) != new.get(at)) {
                found.push(Difference {
                    file,
                    line: at + 1,
                    accepted: old.get(at).map(ToString::to_string),
                    printed: new.get(at).map(ToString::to_string),
                });
            }
        }
        Ok(found)
    }

    /// Accepts what was printed.
    pub fn accept(&self, printed: &[Printed]) -> Result<(), Error> {
        for piece in printed {
            let file = self.file(piece)?;
            let write = || {
                std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
                std::fs::write(&file, format!("{}\n", piece.text.trim_end()))
            };
            write().map_err(|error| {
                Error::new(
                    format!("cannot write {}: {error}", file.display()),
                    "accepted output lies in the lab's folder",
                )
            })?;
        }
        Ok(())
    }

    fn file(&self, piece: &Printed) -> Result<PathBuf, Error> {
        let Some(folder) = self.folders.get(&piece.lab) else {
            return Err(Error::new(
                format!("no folder is known for {}", piece.lab),
                "it must lie in `labs`",
            ));
        };
        Ok(folder
            .join("golden/book")
            .join(format!("{}.{}.md", piece.name, piece.lang.tag())))
    }
}
