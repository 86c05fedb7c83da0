//! The files of one lab, read once. Spares the rest of the course from the file system.

use super::Error;
use std::collections::BTreeMap;
use std::path::Path;

/// A folder's text files, by their path within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    name: String,
    files: BTreeMap<String, String>,
}

impl Folder {
    /// Makes a folder from files that are at hand.
    pub fn new<P: Into<String>, T: Into<String>>(
        name: impl Into<String>,
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Self {
        Self {
            name: name.into(),
            files: files
                .into_iter()
                .map(|(path, text)| (path.into(), text.into()))
                .collect(),
        }
    }

    /// Reads a folder from disk, with the folders in it. Accepted output (`golden`) is not part of a lab.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut files = BTreeMap::new();
        read_into(path, "", &mut files)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Self {
            name: name.unwrap_or_else(|| path.display().to_string()),
            files,
        })
    }

    /// Reads every folder of `path` that holds a `lab.yaml`, in the order of their names.
    pub fn read_all(path: &Path) -> Result<Vec<Self>, Error> {
        let mut folders = Vec::new();
        for entry in entries(path)? {
            if entry.join("lab.yaml").is_file() {
                folders.push(Self::read(&entry)?);
            }
        }
        Ok(folders)
    }

    /// Returns the folder's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text of a file.
    pub fn file(&self, path: &str) -> Result<&str, Error> {
        self.files.get(path).map(String::as_str).ok_or_else(|| {
            Error::new(
                format!("{}: there is no file `{path}`", self.name),
                "labs/README.md says what a lab's folder holds",
            )
        })
    }

    /// Returns every file, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

fn read_into(path: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<(), Error> {
    for entry in entries(path)? {
        let Some(name) = entry.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            continue;
        };
        if name.starts_with('.') || (prefix.is_empty() && name == "golden") {
            continue;
        }
        if entry.is_dir() {
            read_into(&entry, &format!("{prefix}{name}/"), files)?;
        } else {
            let text = std::fs::read_to_string(&entry).map_err(|error| unreadable(&entry, &error))?;
            files.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(())
}

/// Lists a folder in the order of names, which is the same on every machine.
fn entries(path: &Path) -> Result<Vec<std::path::PathBuf>, Error> {
    let list = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut found = Vec::new();
    for entry in list {
        found.push(entry.map_err(|error| unreadable(path, &error))?.path());
    }
    found.sort();
    Ok(found)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(
        format!("cannot read {}: {error}", path.display()),
        "labs are looked for in the folder `labs`",
    )
}
