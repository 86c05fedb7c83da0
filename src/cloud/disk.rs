//! A disk: a small tree of files on shared pages, as a formatted EBS volume, an emptyDir or a container's own layer.
//! Knows nothing of zones, of attachment or of who mounts it.
//!
//! Cloning a disk shares every page: a world can be copied at each step. Owners, modes and times of files are left
//! out; so are links, devices and everything else that no lesson about rows needs.

mod page;
mod file;
#[cfg(test)]
mod tests;

pub use file::File;
pub use page::{PAGE_BYTES, Page};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A disk's whole content and its size.
///
/// Paths are absolute inside the disk, without a trailing slash: `/pgdata/PG_VERSION`. The root `/` always exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disk {
    capacity: u64,
    failing: bool,
    pages_written: u64,
    #[serde(with = "crate::pack::shared")]
    tree: Arc<BTreeMap<String, Node>>,
}

/// What stands at a path: a directory or a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// A directory; its children are the longer paths of the tree.
    Dir,
    /// A file.
    File(File),
}

/// Why a disk refuses; its `Display` is the operating system's own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskError {
    /// Nothing stands at the path, or a directory above it is missing.
    NotFound,
    /// A directory was asked for, or the path leads through a file.
    NotADirectory,
    /// A file was asked for.
    IsADirectory,
    /// A directory that still holds something is not removed.
    NotEmpty,
    /// Something stands at the path already.
    Exists,
    /// The write would pass the disk's capacity.
    Full,
    /// The mount allows no writes.
    ReadOnly,
    /// The device fails.
    Io,
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "No such file or directory",
            Self::NotADirectory => "Not a directory",
            Self::IsADirectory => "Is a directory",
            Self::NotEmpty => "Directory not empty",
            Self::Exists => "File exists",
            Self::Full => "No space left on device",
            Self::ReadOnly => "Read-only file system",
            Self::Io => "Input/output error",
        })
    }
}

impl Disk {
    /// Returns an empty disk without `lost+found`: an emptyDir, a projected volume or a container's own layer.
    pub fn empty(capacity: u64) -> Self {
        Self {
            capacity,
            failing: false,
            pages_written: 0,
            tree: Arc::default(),
        }
    }

    /// Returns a disk freshly formatted with ext4: it holds `lost+found`, over which initdb stumbles.
    pub fn ext4(capacity: u64) -> Self {
        let mut disk = Self::empty(capacity);
        Arc::make_mut(&mut disk.tree).insert("/lost+found".into(), Node::Dir);
        disk
    }

    /// Returns the size of the disk in bytes. What ext4 keeps for itself is left out.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Makes the disk larger, or smaller (what is there stays: writes then find it full).
    pub fn resize(&mut self, capacity: u64) {
        self.capacity = capacity;
    }

    /// Returns how many bytes files hold, each rounded up to whole pages; directories cost nothing here.
    pub fn used(&self) -> u64 {
        self.tree
            .values()
            .map(|node| if let Node::File(file) = node { file.blocks() } else { 0 })
            .sum()
    }

    /// Makes every further access fail with an input/output error, or ends that.
    pub fn set_failing(&mut self, failing: bool) {
        self.failing = failing;
    }

    /// Tells whether the device fails.
    pub fn is_failing(&self) -> bool {
        self.failing
    }

    /// Counts the pages that were written since the disk was made; unchanged pages do not count.
    pub fn pages_written(&self) -> u64 {
        self.pages_written
    }

    /// Tells whether nothing at all is on the disk: not even `lost+found`.
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// Tells whether a file or a directory stands at `path`.
    pub fn exists(&self, path: &str) -> bool {
        path == "/" || self.tree.contains_key(path)
    }

    /// Tells whether `path` is a directory.
    pub fn is_dir(&self, path: &str) -> bool {
        path == "/" || matches!(self.tree.get(path), Some(Node::Dir))
    }

    /// Returns the file at `path`.
    pub fn file(&self, path: &str) -> Result<&File, DiskError> {
        self.healthy()?;
        match self.tree.get(path) {
            Some(Node::File(file)) => Ok(file),
            Some(Node::Dir) => Err(DiskError::IsADirectory),
            None if path == "/" => Err(DiskError::IsADirectory),
            None => Err(self.why_missing(path)),
        }
    }

    /// Returns the bytes of the file at `path`.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        Ok(self.file(path)?.bytes())
    }

    /// Returns the file at `path` as text; bytes that are no UTF-8 show as `\u{fffd}`.
    pub fn read_text(&self, path: &str) -> Result<String, DiskError> {
        Ok(String::from_utf8_lossy(&self.read(path)?).into_owned())
    }

    /// Puts `bytes` into the file at `path`, new or not; the directory above must exist.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.put(path, File::from_bytes(bytes))
    }

    /// Adds `bytes` at the end of the file at `path`, which is made if it is missing.
    pub fn append(&mut self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let mut whole = match self.read(path) {
            Ok(whole) => whole,
            Err(DiskError::NotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        whole.extend_from_slice(bytes);
        self.write(path, &whole)
    }

    /// Reserves `len` bytes for the file at `path` without content: they read as zeros and count as used.
    pub fn allocate(&mut self, path: &str, len: u64) -> Result<(), DiskError> {
        self.put(path, File::zeros(len))
    }

    /// Returns the pages of the file at `path`, shared with the disk.
    pub fn pages(&self, path: &str) -> Result<Vec<Page>, DiskError> {
        Ok(self.file(path)?.pages())
    }

    /// Makes the file at `path` consist of `pages`; pages that are there already are shared and not written again.
    ///
    /// Returns how many pages were written.
    pub fn write_pages(&mut self, path: &str, pages: &[Page]) -> Result<u64, DiskError> {
        self.put_counted(path, File::from_pages(pages))
    }

    /// Writes only the pages in which `after` differs from `before`, whatever the file holds by now.
    ///
    /// That is how a database with private buffers writes: it does not look at what another process did to the file,
    /// so two writers leave a mixture of pages. Returns how many pages were written.
    pub fn patch_pages(&mut self, path: &str, before: &[Page], after: &[Page]) -> Result<u64, DiskError> {
        let mut pages = match self.pages(path) {
            Ok(pages) => pages,
            Err(DiskError::NotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        for (number, page) in after.iter().enumerate() {
            if before.get(number) == Some(page) && number < pages.len() {
                continue;
            }
            if number < pages.len() {
                pages[number] = page.clone();
            } else {
                pages.resize(number, Page::zero());
                pages.push(page.clone());
            }
        }
        self.write_pages(path, &pages)
    }

    /// Makes a directory; the one above must exist.
    pub fn mkdir(&mut self, path: &str) -> Result<(), DiskError> {
        self.healthy()?;
        if self.exists(path) {
            return Err(DiskError::Exists);
        }
        self.parent_is_there(path)?;
        Arc::make_mut(&mut self.tree).insert(path.into(), Node::Dir);
        Ok(())
    }

    /// Makes a directory and those above it, where they are missing.
    pub fn mkdir_all(&mut self, path: &str) -> Result<(), DiskError> {
        self.healthy()?;
        let ends = path
            .char_indices()
            .skip(1)
            .filter(|(_, c)| *c == '/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        for end in ends {
            match self.mkdir(&path[..end]) {
                Err(DiskError::Exists) if self.is_dir(&path[..end]) => (),
                Err(DiskError::Exists) => return Err(DiskError::NotADirectory),
                other => other?,
            }
        }
        Ok(())
    }

    /// Returns the names in the directory at `path`, sorted.
    pub fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        self.healthy()?;
        if !self.is_dir(path) {
            return Err(if self.exists(path) {
                DiskError::NotADirectory
            } else {
                self.why_missing(path)
            });
        }
        let prefix = below(path);
        Ok(self
            .range_under(&prefix)
            .map(|(child, _)| &child[prefix.len()..])
            .filter(|name| !name.contains('/'))
            .map(str::to_owned)
            .collect())
    }

    /// Removes a file or an empty directory.
    pub fn remove(&mut self, path: &str) -> Result<(), DiskError> {
        self.healthy()?;
        if !self.tree.contains_key(path) {
            return Err(self.why_missing(path));
        }
        if self.is_dir(path) && self.range_under(&below(path)).next().is_some() {
            return Err(DiskError::NotEmpty);
        }
        Arc::make_mut(&mut self.tree).remove(path);
        Ok(())
    }

    /// Removes a file or a directory with all that is below it; `/` empties the disk.
    pub fn remove_all(&mut self, path: &str) -> Result<(), DiskError> {
        self.healthy()?;
        if !self.exists(path) {
            return Err(self.why_missing(path));
        }
        let prefix = below(path);
        Arc::make_mut(&mut self.tree).retain(|child, _| child != path && !child.starts_with(&prefix));
        Ok(())
    }

    /// Moves a file or a directory with all that is below it; a file at the new place is replaced.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        self.healthy()?;
        if !self.tree.contains_key(from) {
            return Err(self.why_missing(from));
        }
        self.parent_is_there(to)?;
        if self.is_dir(to) {
            return Err(DiskError::Exists);
        }
        let prefix = below(from);
        let tree = Arc::make_mut(&mut self.tree);
        let moved: Vec<String> = tree
            .keys()
            .filter(|path| *path == from || path.starts_with(&prefix))
            .cloned()
            .collect();
        for path in moved {
            let node = tree.remove(&path).expect("its key was just listed");
            tree.insert(format!("{to}{}", &path[from.len()..]), node);
        }
        Ok(())
    }

    /// Returns every path of the disk with what stands there, in order.
    pub fn walk(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.tree.iter().map(|(path, node)| (path.as_str(), node))
    }

    fn put(&mut self, path: &str, file: File) -> Result<(), DiskError> {
        self.put_counted(path, file).map(drop)
    }

    /// Every write ends here: it must fit, and pages that are on the disk already are kept.
    fn put_counted(&mut self, path: &str, mut file: File) -> Result<u64, DiskError> {
        self.healthy()?;
        if self.is_dir(path) {
            return Err(DiskError::IsADirectory);
        }
        self.parent_is_there(path)?;
        let old = match self.tree.get(path) {
            Some(Node::File(old)) => Some(old),
            _ => None,
        };
        let freed = old.map_or(0, File::blocks);
        if file.blocks() > freed && self.used() - freed + file.blocks() > self.capacity {
            return Err(DiskError::Full);
        }
        let written = file.share_with(old);
        self.pages_written += written;
        Arc::make_mut(&mut self.tree).insert(path.into(), Node::File(file));
        Ok(written)
    }

    fn healthy(&self) -> Result<(), DiskError> {
        if self.failing { Err(DiskError::Io) } else { Ok(()) }
    }

    fn parent_is_there(&self, path: &str) -> Result<(), DiskError> {
        let parent = parent(path);
        if self.is_dir(parent) {
            return Ok(());
        }
        Err(if self.exists(parent) {
            DiskError::NotADirectory
        } else {
            self.why_missing(parent)
        })
    }

    /// A path through a file is "not a directory", any other missing path is "no such file or directory".
    fn why_missing(&self, path: &str) -> DiskError {
        let mut above = parent(path);
        while above != "/" && !above.is_empty() {
            if matches!(self.tree.get(above), Some(Node::File(_))) {
                return DiskError::NotADirectory;
            }
            above = parent(above);
        }
        DiskError::NotFound
    }

    fn range_under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a String, &'a Node)> {
        self.tree
            .range(prefix.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(prefix))
    }
}

/// Returns the directory that holds `path`; the root's is the root.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

fn below(path: &str) -> String {
    if path == "/" { "/".into() } else { format!("{path}/") }
}
