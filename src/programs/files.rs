//! A container's view of its file system: its own layer, and disks mounted over it.
//! Spares programs from knowing which disk a path leads to, and disks from knowing that containers exist.
//!
//! Symbolic links, owners and modes are left out, so a mount is all that can change what a path means.

use super::bytes::text_of;
use crate::cloud::disk::{Disk, DiskError, File, Page};
use std::fmt;
use std::sync::Arc;

/// The files that one container sees while one of its programs runs.
pub struct Files<'a> {
    disks: Vec<&'a mut Disk>,
    /// What each is among the devices.
    devices: Vec<Device>,
    /// Those that answer late.
    slow: Vec<DiskId>,
    mounts: Vec<Mount>,
}

/// One disk, or a part of it, at a place in the container.
struct Mount {
    at: String,
    disk: usize,
    sub_path: String,
    read_only: bool,
}

/// What a disk is among the devices of its machine; its `Display` is what `df` calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// The container's own layer.
    Layer,
    /// A part of the machine's memory.
    Memory,
    /// A directory of the machine's own disk.
    Machine,
    /// An attached volume, by its number.
    Attached(usize),
    /// A file server.
    Share(Arc<str>),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer => f.write_str("overlay"),
            Self::Memory => f.write_str("tmpfs"),
            Self::Machine => f.write_str("/dev/nvme0n1p1"),
            Self::Attached(number) => write!(f, "/dev/nvme{number}n1"),
            Self::Share(server) => write!(f, "{server}:/"),
        }
    }
}

/// A disk that was handed to a [`Files`], to be mounted once or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskId(usize);

impl<'a> Files<'a> {
    /// Returns a view that holds the container's own layer only.
    pub fn new(layer: &'a mut Disk) -> Self {
        let root = Mount {
            at: "/".into(),
            disk: 0,
            sub_path: "/".into(),
            read_only: false,
        };
        Self {
            disks: vec![layer],
            devices: vec![Device::Layer],
            slow: vec![],
            mounts: vec![root],
        }
    }

    /// Hands a disk over, so that it can be mounted; twice with two sub paths, if the pod says so.
    pub fn add(&mut self, disk: &'a mut Disk) -> DiskId {
        self.disks.push(disk);
        self.devices.push(Device::Machine);
        DiskId(self.disks.len() - 1)
    }

    /// Says what a disk is among the devices; without a word it is a part of the machine's own.
    pub fn name(&mut self, disk: DiskId, device: Device) {
        self.devices[disk.0] = device;
    }

    /// Says that a disk answers late: see [`Files::is_slow`].
    pub fn slow_down(&mut self, disk: DiskId) {
        self.slow.push(disk);
    }

    /// Tells whether the disk under `path` answers late. Whoever waits for it has to count the time.
    pub fn is_slow(&self, path: &str) -> bool {
        let (mount, _) = self.find(path);
        self.slow.contains(&DiskId(mount.disk))
    }

    /// Mounts `sub_path` of a disk at `at`; an empty sub path is the whole disk. The longest mount path wins.
    ///
    /// A sub path that does not exist is made a directory, as the kubelet does (pkg/volume/util/subpath).
    pub fn mount(&mut self, at: &str, disk: DiskId, sub_path: &str, read_only: bool) -> Result<(), DiskError> {
        let sub_path = normal(sub_path);
        let target = &mut self.disks[disk.0];
        if !target.exists(&sub_path) {
            target.mkdir_all(&sub_path)?;
        }
        self.mounts.push(Mount {
            at: normal(at),
            disk: disk.0,
            sub_path,
            read_only,
        });
        Ok(())
    }

    /// Returns the bytes of a file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        self.file(path).map(File::bytes)
    }

    /// Returns a file as text.
    pub fn read_text(&self, path: &str) -> Result<String, DiskError> {
        Ok(text_of(&self.read(path)?).into_owned())
    }

    /// Writes files as `tar -x` does: below `path`, or below `base` in it when `path` is a folder. Each file is named by its
    /// path below; the one that is named "" is itself what is written. The error is tar's.
    pub fn unpack(&mut self, path: &str, base: &str, files: &[(String, Vec<u8>)]) -> Result<(), String> {
        let path = normal(path);
        // What is copied to a folder that is there keeps its name in it.
        let root = if self.is_dir(&path) {
            normal(&format!("{path}/{base}"))
        } else {
            path
        };
        for (below, bytes) in files {
            let (target, made) = if below.is_empty() {
                (root.clone(), Ok(()))
            } else {
                let target = format!("{root}/{below}");
                let folder = target.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned();
                (target, self.mkdir_all(&folder))
            };
            made.and_then(|()| self.write(&target, bytes))
                .map_err(|why| format!("tar: {}: Cannot open: {why}", target.trim_start_matches('/')))?;
        }
        Ok(())
    }

    /// Returns the file at `path`.
    pub fn file(&self, path: &str) -> Result<&File, DiskError> {
        let (mount, inner) = self.find(path);
        self.disks[mount.disk].file(&inner)
    }

    /// Puts bytes into a file, new or not.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let (disk, inner) = self.writable(path)?;
        disk.write(&inner, bytes)
    }

    /// Adds bytes at the end of a file.
    pub fn append(&mut self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let (disk, inner) = self.writable(path)?;
        disk.append(&inner, bytes)
    }

    /// Reserves room for a file of zeros.
    pub fn allocate(&mut self, path: &str, len: u64) -> Result<(), DiskError> {
        let (disk, inner) = self.writable(path)?;
        disk.allocate(&inner, len)
    }

    /// Returns the pages of a file, shared with its disk.
    pub fn pages(&self, path: &str) -> Result<Vec<Page>, DiskError> {
        self.file(path).map(File::pages)
    }

    /// Makes a file consist of `pages`; see [`Disk::write_pages`].
    pub fn write_pages(&mut self, path: &str, pages: &[Page]) -> Result<u64, DiskError> {
        let (disk, inner) = self.writable(path)?;
        disk.write_pages(&inner, pages)
    }

    /// Writes the pages that differ between `before` and `after`; see [`Disk::patch_pages`].
    pub fn patch_pages(&mut self, path: &str, before: &[Page], after: &[Page]) -> Result<u64, DiskError> {
        let (disk, inner) = self.writable(path)?;
        disk.patch_pages(&inner, before, after)
    }

    /// Makes a directory and those above it.
    pub fn mkdir_all(&mut self, path: &str) -> Result<(), DiskError> {
        if self.is_dir(path) {
            return Ok(());
        }
        let (disk, inner) = self.writable(path)?;
        disk.mkdir_all(&inner)
    }

    /// Makes a directory; the one above must exist.
    pub fn mkdir(&mut self, path: &str) -> Result<(), DiskError> {
        if self.exists(path) {
            return Err(DiskError::Exists);
        }
        let (disk, inner) = self.writable(path)?;
        disk.mkdir(&inner)
    }

    /// Tells whether something stands at `path`.
    pub fn exists(&self, path: &str) -> bool {
        let (mount, inner) = self.find(path);
        self.disks[mount.disk].exists(&inner) || self.mounts_below(path).next().is_some()
    }

    /// Tells whether a directory stands at `path`; a mount point's parents are directories too.
    pub fn is_dir(&self, path: &str) -> bool {
        let (mount, inner) = self.find(path);
        self.disks[mount.disk].is_dir(&inner) || self.mounts_below(path).next().is_some()
    }

    /// Returns the names in a directory, sorted, mount points among them.
    pub fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        let (mount, inner) = self.find(path);
        let mut names = match self.disks[mount.disk].list(&inner) {
            Err(DiskError::NotFound) if self.is_dir(path) => Vec::new(),
            other => other?,
        };
        names.extend(self.mounts_below(path));
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Removes a file or an empty directory.
    pub fn remove(&mut self, path: &str) -> Result<(), DiskError> {
        let (disk, inner) = self.writable(path)?;
        disk.remove(&inner)
    }

    /// Removes a file or a directory with all below it, on its own disk.
    pub fn remove_all(&mut self, path: &str) -> Result<(), DiskError> {
        let (disk, inner) = self.writable(path)?;
        disk.remove_all(&inner)
    }

    /// Moves a file or directory inside one mount; across mounts it is copied by whoever wants that.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        let (to_mount, to_inner) = self.find(to);
        let to_disk = to_mount.disk;
        let (from_mount, from_inner) = self.find(from);
        if from_mount.disk != to_disk {
            return Err(DiskError::Io);
        }
        if from_mount.read_only || to_mount.read_only {
            return Err(DiskError::ReadOnly);
        }
        self.disks[to_disk].rename(&from_inner, &to_inner)
    }

    /// Returns the disk under `path` and the mount point through which it is seen: what `df` shows.
    pub fn disk_under(&self, path: &str) -> (&Disk, &str) {
        let (mount, _) = self.find(path);
        (self.disks[mount.disk], &mount.at)
    }

    /// Returns what the disk under `path` is among the devices.
    pub fn device_under(&self, path: &str) -> &Device {
        let (mount, _) = self.find(path);
        &self.devices[mount.disk]
    }

    /// Returns each mount point with its device and its disk, the container's own layer first.
    pub fn mounts(&self) -> impl Iterator<Item = (&str, &Device, &Disk)> {
        let all = self.mounts.iter();
        all.map(|mount| (mount.at.as_str(), &self.devices[mount.disk], &*self.disks[mount.disk]))
    }

    fn writable(&mut self, path: &str) -> Result<(&mut Disk, String), DiskError> {
        let (mount, inner) = self.find(path);
        if mount.read_only {
            return Err(DiskError::ReadOnly);
        }
        let disk = mount.disk;
        Ok((&mut *self.disks[disk], inner))
    }

    fn find(&self, path: &str) -> (&Mount, String) {
        let path = normal(path);
        let (mount, rest) = self
            .mounts
            .iter()
            .filter_map(|mount| Some((mount, rest_below(&mount.at, &path)?)))
            // Of two mounts at one place the later covers the earlier, as on Linux.
            .max_by_key(|(mount, _)| mount.at.len())
            .expect("the root mount holds every path");
        let inner = match (mount.sub_path.as_str(), rest) {
            (base, "") => base.to_owned(),
            ("/", rest) => format!("/{rest}"),
            (base, rest) => format!("{base}/{rest}"),
        };
        (mount, inner)
    }

    /// Returns the next name below `path` of each mount that lies deeper.
    fn mounts_below(&self, path: &str) -> impl Iterator<Item = String> {
        let path = normal(path);
        self.mounts
            .iter()
            .filter_map(move |mount| match rest_below(&path, &mount.at)? {
                "" => None,
                rest => rest.split('/').next().map(str::to_owned),
            })
    }
}

/// Returns an absolute path without `.`, `..`, doubled or trailing slashes.
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Returns what of `path` lies below `base`, without its leading slash.
fn rest_below<'p>(base: &str, path: &'p str) -> Option<&'p str> {
    if base == "/" {
        return path.strip_prefix('/');
    }
    match path.strip_prefix(base)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mount_path_wins_and_a_sub_path_is_its_root() {
        let (mut layer, mut claim) = (Disk::empty(1 << 20), Disk::ext4(1 << 20));
        let mut files = Files::new(&mut layer);
        let claim_id = files.add(&mut claim);
        files.mount("/var/lib/postgresql/data", claim_id, "pg", false).unwrap();
        files.mount("/backup/", claim_id, "dumps", false).unwrap();
        files.mkdir_all("/var/lib/postgresql/data/base").unwrap();
        files
            .write("/var/lib/postgresql/data/base/../PG_VERSION", b"16\n")
            .unwrap();
        files.mkdir_all("/tmp").unwrap();
        files.write("/tmp/x", b"in the layer").unwrap();
        files.write("/backup/a.sql", b"").unwrap();
        assert_eq!(files.list("/var/lib/postgresql").unwrap(), ["data"]);
        assert_eq!(files.list("/").unwrap(), ["backup", "tmp", "var"]);
        assert_eq!(files.list("/var/lib/postgresql/data").unwrap(), ["PG_VERSION", "base"]);
        assert_eq!(files.disk_under("/backup/a.sql").1, "/backup");
        assert_eq!(claim.list("/").unwrap(), ["dumps", "lost+found", "pg"]);
        assert_eq!(layer.list("/").unwrap(), ["tmp"]);
    }

    #[test]
    fn a_read_only_mount_refuses_every_write() {
        let (mut layer, mut config) = (Disk::empty(1 << 20), Disk::empty(1 << 20));
        config.write("/app.conf", b"a=1").unwrap();
        let mut files = Files::new(&mut layer);
        let config_id = files.add(&mut config);
        files.mount("/etc/app", config_id, "", true).unwrap();
        files.mount("/etc/one.conf", config_id, "app.conf", true).unwrap();
        assert_eq!(files.read_text("/etc/one.conf").unwrap(), "a=1");
        assert_eq!(
            files.write("/etc/app/x", b"").unwrap_err().to_string(),
            "Read-only file system"
        );
        assert_eq!(files.remove("/etc/one.conf"), Err(DiskError::ReadOnly));
    }
}
