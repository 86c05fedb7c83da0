//! The labs that there are: those inside the binary, or those of a folder that somebody writes.

use super::{Error, Folder, Lab};
use include_dir::{Dir, DirEntry, include_dir};
use std::path::Path;

static INSIDE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/labs");

/// All the labs there are, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Library {
    shelf: Vec<(Folder, Lab)>,
}

impl Library {
    /// Returns the labs inside the binary.
    pub fn inside() -> Result<Self, Error> {
        let folders = INSIDE.dirs().map(|dir| {
            let files = files_of(dir).filter_map(|file| {
                let path = file.path().strip_prefix(dir.path()).ok()?.to_str()?;
                (!path.starts_with("golden/")).then_some((path.to_owned(), file.contents_utf8()?.to_owned()))
            });
            Folder::new(dir.path().to_string_lossy(), files.collect::<Vec<_>>())
        });
        Self::of(folders.collect())
    }

    /// Returns the labs of a folder: each folder in it that holds a `lab.yaml`.
    pub fn of_folder(path: &Path) -> Result<Self, Error> {
        Self::of(Folder::read_all(path)?)
    }

    fn of(folders: Vec<Folder>) -> Result<Self, Error> {
        let mut shelf = Vec::new();
        for folder in folders {
            let lab = Lab::load(&folder)?;
            shelf.push((folder, lab));
        }
        shelf.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        Ok(Self { shelf })
    }

    /// Returns the labs.
    pub fn labs(&self) -> impl Iterator<Item = &Lab> {
        self.shelf.iter().map(|(_, lab)| lab)
    }

    /// Returns the lab that is meant by its id, and its folder.
    pub fn find(&self, asked: &str) -> Result<(&Folder, &Lab), Error> {
        let exact = self
            .shelf
            .iter()
            .find(|(folder, lab)| lab.id == asked || folder.name() == asked);
        exact.map(|(folder, lab)| (folder, lab)).ok_or_else(|| {
            let ids: Vec<&str> = self.labs().map(|lab| lab.id.as_str()).collect();
            let nearest = ids.iter().map(|id| (strsim::osa_distance(id, asked), *id)).min();
            let by_word = self
                .shelf
                .iter()
                .find(|(folder, _)| asked.len() > 2 && folder.name().contains(asked));
            let meant = by_word.map(|(_, lab)| lab.id.as_str());
            let meant = meant.or(nearest.filter(|(distance, _)| *distance <= 2).map(|(_, id)| id));
            let guess = meant.map(|id| format!("did you mean `{id}`? ")).unwrap_or_default();
            Error::new(
                format!("there is no lab `{asked}`"),
                format!("{guess}there are {}", ids.join(", ")),
            )
        })
    }
}

fn files_of<'a>(dir: &'a Dir<'a>) -> Box<dyn Iterator<Item = &'a include_dir::File<'a>> + 'a> {
    Box::new(dir.entries().iter().flat_map(|entry| match entry {
        DirEntry::Dir(dir) => files_of(dir),
        DirEntry::File(file) => Box::new(std::iter::once(file)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_that_is_not_there_is_guessed() {
        let library = Library::inside().unwrap_or_else(|error| panic!("{error}"));
        let first = library.labs().next().expect("there is a lab").id.clone();
        assert!(library.find(&first).is_ok());
        let near = library.find(&format!("{first}x")).unwrap_err();
        assert!(near.hint.starts_with(&format!("did you mean `{first}`?")), "{near}");
        let far = library.find("something quite different").unwrap_err();
        assert!(far.hint.starts_with("there are "), "{far}");
    }
}
