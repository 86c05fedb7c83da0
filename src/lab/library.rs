//! The labs that there are: those inside the binary, or those of a folder that somebody writes.

use super::{Error, Folder, Lab};
use include_dir::{Dir, DirEntry, include_dir};
use std::path::Path;

static INSIDE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/labs");

/// All the labs there are, in the order of their folders. A lab is read when it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Library {
    shelf: Vec<Folder>,
}

impl Library {
    /// Returns the labs inside the binary.
    pub fn inside() -> Self {
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
        Ok(Self::of(Folder::read_all(path)?))
    }

    fn of(mut shelf: Vec<Folder>) -> Self {
        shelf.sort_by(|a, b| a.name().cmp(b.name()));
        Self { shelf }
    }

    /// Reads all labs, in the order of their ids.
    pub fn labs(&self) -> Result<Vec<Lab>, Error> {
        Ok(self.read()?.into_iter().map(|(_, lab)| lab).collect())
    }

    fn read(&self) -> Result<Vec<(&Folder, Lab)>, Error> {
        let read = self.shelf.iter().map(|folder| Ok((folder, Lab::load(folder)?)));
        let mut all = read.collect::<Result<Vec<_>, Error>>()?;
        all.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        Ok(all)
    }

    /// Reads the lab that is meant by its id or its folder's name, and returns it with its folder.
    pub fn find(&self, asked: &str) -> Result<(&Folder, Lab), Error> {
        // A folder begins with its lab's id, as a rule; then the others need not be read.
        let likely = |folder: &&Folder| {
            let rest = folder.name().strip_prefix(asked);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        for folder in self.shelf.iter().filter(likely) {
            let lab = Lab::load(folder)?;
            if lab.id == asked || folder.name() == asked {
                return Ok((folder, lab));
            }
        }
        let mut all = self.read()?;
        if let Some(at) = all.iter().position(|(_, lab)| lab.id == asked) {
            return Ok(all.swap_remove(at));
        }
        let ids: Vec<&str> = all.iter().map(|(_, lab)| lab.id.as_str()).collect();
        let nearest = ids.iter().map(|id| (strsim::osa_distance(id, asked), *id)).min();
        let by_word = all
            .iter()
            .find(|(folder, _)| asked.len() > 2 && folder.name().contains(asked));
        let meant = by_word.map(|(_, lab)| lab.id.as_str());
        let meant = meant.or(nearest.filter(|(distance, _)| *distance <= 2).map(|(_, id)| id));
        let guess = meant.map(|id| format!("did you mean `{id}`? ")).unwrap_or_default();
        Err(Error::new(
            format!("there is no lab `{asked}`"),
            format!("{guess}there are {}", ids.join(", ")),
        ))
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
        let library = Library::inside();
        let labs = library.labs().unwrap_or_else(|error| panic!("{error}"));
        let first = &labs.first().expect("there is a lab").id;
        assert!(library.find(first).is_ok_and(|(_, lab)| lab.id == *first));
        let near = library.find(&format!("{first}x")).unwrap_err();
        assert!(near.hint.starts_with(&format!("did you mean `{first}`?")), "{near}");
        let far = library.find("something quite different").unwrap_err();
        assert!(far.hint.starts_with("there are "), "{far}");
    }
}
