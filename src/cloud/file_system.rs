//! A file system that a server shares over the network: EFS, or any NFS server. Whoever mounts it writes to the same
//! files at the same time, and nothing keeps two databases apart.

use super::disk::Disk;
use crate::api::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A shared file system. It never fills up, and lives in no zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileSystem {
    /// Its files.
    pub disk: Disk,
    /// The doors of its access points, by directory, and from when on they are open.
    doors: BTreeMap<String, Time>,
}

impl FileSystem {
    /// Makes an empty one.
    pub(super) fn new() -> Self {
        Self {
            disk: Disk::empty(u64::MAX),
            doors: BTreeMap::new(),
        }
    }

    /// Opens a door to a directory, which is made; returns when it is open.
    pub(super) fn open(&mut self, path: &str, at: Time) -> Time {
        // A path that leads through a file stays as it is: mounting it then shows the file's own trouble.
        let _ = self.disk.mkdir_all(path);
        *self.doors.entry(path.to_owned()).or_insert(at)
    }

    /// Takes a door away; the directory and its files stay.
    pub(super) fn close(&mut self, path: &str) {
        self.doors.remove(path);
    }

    /// Returns from when on the door to a directory is open; None when there is none.
    pub fn opens_at(&self, path: &str) -> Option<Time> {
        self.doors.get(path).copied()
    }
}

/// Returns the file system and the directory that a volume handle of the EFS driver means: `fs-1`, `fs-1:/dir`,
/// `fs-1::fsap-2` or `fs-1:/dir:fsap-2`. An access point opens on a directory of its own, here of its own name.
pub fn efs_directory(handle: &str) -> (&str, String) {
    let mut parts = handle.splitn(3, ':');
    let server = parts.next().unwrap_or_default();
    let directory = parts.next().unwrap_or_default();
    let door = parts.next().unwrap_or_default();
    let path = match (directory, door) {
        ("", "") => "/".to_owned(),
        ("", door) => format!("/{door}"),
        (directory, _) => directory.to_owned(),
    };
    (server, path)
}

#[cfg(test)]
mod tests {
    use super::efs_directory;

    #[test]
    fn a_handle_names_the_file_system_and_a_directory_in_it() {
        for (handle, path) in [
            ("fs-1", "/"),
            ("fs-1:/dir", "/dir"),
            ("fs-1::fsap-2", "/fsap-2"),
            ("fs-1:/dir:fsap-2", "/dir"),
        ] {
            assert_eq!(efs_directory(handle), ("fs-1", path.to_owned()), "{handle}");
        }
    }
}
