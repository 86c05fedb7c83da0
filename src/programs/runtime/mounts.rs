//! Mounts: which disk stands where in a container, and who may still reach it.
//!
//! Disks are taken out of their places for the time of one act and put back afterwards, so that a program sees all of
//! its own at once. A disk that the machine may not reach (any more) is lent as one that fails.

use super::deed::Source;
use super::ground::Ground;
use super::host::{Cell, Host};
use super::unpack::unpack;
use crate::api::Uid;
use crate::cloud::Cloud;
use crate::cloud::VolumeId;
use crate::cloud::disk::Disk;
use crate::programs::files::{Device, Files};
use std::sync::Arc;

/// Where a disk belongs.
#[derive(Clone, PartialEq)]
enum Home {
    /// The pod's own, by the name of the volume.
    Cell(String),
    /// A volume of the cloud.
    Device(VolumeId),
    /// The machine itself.
    Machine,
    /// A file server.
    Share(Arc<str>),
}

impl Home {
    /// Returns what it is among the devices of a container; `attached` counts its attached volumes.
    fn device(&self, cell: &Cell, attached: &mut usize) -> Device {
        match self {
            Self::Cell(volume) if cell.sandbox.in_memory.contains(volume) => Device::Memory,
            Self::Cell(_) | Self::Machine => Device::Machine,
            Self::Device(_) => {
                *attached += 1;
                Device::Attached(*attached)
            }
            Self::Share(server) => Device::Share(server.clone()),
        }
    }
}

/// A disk that was taken out.
struct Lent {
    home: Home,
    disk: Disk,
    /// Whether it was there to be taken.
    reached: bool,
    /// Whether it answers late.
    slow: bool,
}

/// Lends the files of a container to `act`; None when there is no such container.
pub(super) fn with_files<R>(
    host: &mut Host,
    ground: &mut Ground<'_>,
    node: &str,
    pod: Uid,
    container: usize,
    act: impl FnOnce(&mut Files<'_>) -> R,
) -> Option<R> {
    let cell = host.pods.get_mut(&pod)?;
    let specs = Arc::clone(&cell.containers.get(container)?.specs);
    let mounts = &specs[cell.containers[container].index].volume_mounts;
    let mut layer = std::mem::replace(&mut cell.containers[container].layer, Disk::empty(0));
    if !cell.containers[container].unpacked {
        cell.containers[container].unpacked = true;
        unpack(&mut layer, cell.containers[container].kind, &cell.sandbox);
    }
    let mut lent: Vec<Lent> = Vec::new();
    let mut plan = Vec::with_capacity(mounts.len());
    for mount in mounts {
        let (home, base, fixed) = home_of(cell, &mount.name);
        let at = lent.iter().position(|lent| lent.home == home).unwrap_or_else(|| {
            lent.push(take(cell, ground, node, home));
            lent.len() - 1
        });
        plan.push((at, format!("{base}/{}", mount.sub_path), mount.read_only || fixed));
    }
    let mut attached = 0;
    let result = {
        let mut files = Files::new(&mut layer);
        let mut ids = Vec::with_capacity(lent.len());
        for lent in &mut lent {
            let id = files.add(&mut lent.disk);
            files.name(id, lent.home.device(cell, &mut attached));
            if lent.slow {
                files.slow_down(id);
            }
            ids.push(id);
        }
        for (mount, (at, inner, read_only)) in mounts.iter().zip(&plan) {
            // A mount that fails leaves its place empty: the program then finds nothing there.
            let _ = files.mount(&mount.mount_path, ids[*at], inner, *read_only);
        }
        act(&mut files)
    };
    cell.containers[container].layer = layer;
    for lent in lent {
        give_back(cell, ground, node, lent);
    }
    Some(result)
}

/// Returns where the disk of a volume belongs, the directory on it that counts, and whether nobody may write to it.
fn home_of(cell: &Cell, volume: &str) -> (Home, String, bool) {
    match cell.sandbox.volumes.get(volume) {
        Some(Source::Device(id)) => (Home::Device(id.clone()), String::new(), false),
        Some(Source::Host(path)) => (Home::Machine, path.clone(), false),
        Some(Source::Share { server, path }) => (Home::Share(server.clone()), path.clone(), false),
        Some(Source::Files(_)) => (Home::Cell(volume.to_owned()), String::new(), true),
        Some(Source::Empty) | None => (Home::Cell(volume.to_owned()), String::new(), false),
    }
}

fn take(cell: &mut Cell, ground: &mut Ground<'_>, node: &str, home: Home) -> Lent {
    if let Home::Cell(volume) = &home {
        let mut disk = cell.take_scratch(volume);
        if cell.sandbox.in_memory.contains(volume)
            && let Some(machine) = ground.cloud.machines.get(node)
        {
            disk.resize(machine.memory.value().unsigned_abs());
        }
        return Lent {
            home,
            disk,
            reached: true,
            slow: false,
        };
    }
    let place = place_of(ground.cloud, node, &home, ground.now);
    let taken = place.map(|place| std::mem::replace(place, Disk::empty(0)));
    let reached = taken.is_some();
    let disk = taken.unwrap_or_else(|| {
        let mut broken = Disk::empty(0);
        broken.set_failing(true);
        broken
    });
    let slow = match &home {
        Home::Device(id) => ground.cloud.volumes.get(id).is_some_and(|volume| volume.slow),
        _ => false,
    };
    Lent {
        home,
        disk,
        reached,
        slow,
    }
}

fn give_back(cell: &mut Cell, ground: &mut Ground<'_>, node: &str, lent: Lent) {
    match &lent.home {
        Home::Cell(volume) => {
            cell.scratch.insert(volume.clone(), lent.disk);
        }
        home if lent.reached => {
            let place = place_of(ground.cloud, node, home, ground.now).expect("it was there a moment ago");
            *place = lent.disk;
        }
        _ => (),
    }
}

/// Returns the place of a disk that is not the pod's own, if the machine reaches it now.
fn place_of<'a>(cloud: &'a mut Cloud, node: &str, home: &Home, now: crate::api::Time) -> Option<&'a mut Disk> {
    match home {
        Home::Cell(_) => None,
        Home::Device(id) => cloud.disk_for(node, id, now).ok(),
        Home::Machine => cloud.machines.get_mut(node).map(|machine| &mut machine.disk),
        Home::Share(server) => Some(cloud.share(server)),
    }
}

/// Copies of the disks that a container sees: what a client reads while the server beside it goes on with the real ones.
/// They share all pages until somebody writes.
pub(super) struct Copies {
    layer: Disk,
    disks: Vec<(Home, Disk)>,
}

impl Copies {
    /// Copies what a container sees now.
    pub fn of(host: &mut Host, ground: &mut Ground<'_>, node: &str, pod: Uid, container: usize) -> Option<Self> {
        // Looking at the files once unpacks the image, and makes the disks of emptyDirs.
        with_files(host, ground, node, pod, container, |_| ())?;
        let cell = host.pods.get_mut(&pod)?;
        let specs = Arc::clone(&cell.containers.get(container)?.specs);
        let mounts = &specs[cell.containers[container].index].volume_mounts;
        let mut disks: Vec<(Home, Disk)> = Vec::new();
        for mount in mounts {
            let (home, ..) = home_of(cell, &mount.name);
            if disks.iter().any(|(known, _)| *known == home) {
                continue;
            }
            let disk = match &home {
                Home::Cell(volume) => cell.scratch.get(volume).cloned(),
                home => place_of(ground.cloud, node, home, ground.now).map(|place| place.clone()),
            };
            disks.extend(disk.map(|disk| (home, disk)));
        }
        Some(Self {
            layer: cell.containers[container].layer.clone(),
            disks,
        })
    }

    /// Lends the copies in the places of the real ones.
    pub fn lend<R>(&mut self, cell: &Cell, container: usize, act: impl FnOnce(&mut Files<'_>) -> R) -> R {
        let spec = cell.containers[container].spec();
        let mut files = Files::new(&mut self.layer);
        let homes: Vec<Home> = self.disks.iter().map(|(home, _)| home.clone()).collect();
        let ids: Vec<_> = self.disks.iter_mut().map(|(_, disk)| files.add(disk)).collect();
        let mut attached = 0;
        for (id, home) in ids.iter().zip(&homes) {
            files.name(*id, home.device(cell, &mut attached));
        }
        for mount in &spec.volume_mounts {
            let (home, base, fixed) = home_of(cell, &mount.name);
            if let Some(at) = homes.iter().position(|known| *known == home) {
                let inner = format!("{base}/{}", mount.sub_path);
                let _ = files.mount(&mount.mount_path, ids[at], &inner, mount.read_only || fixed);
            }
        }
        act(&mut files)
    }

    /// Returns another set of the same copies.
    pub fn again(&self) -> Self {
        Self {
            layer: self.layer.clone(),
            disks: self.disks.clone(),
        }
    }

    /// Brings what was changed since `before` to the real disks.
    pub fn bring_back(
        self,
        before: &Self,
        host: &mut Host,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        container: usize,
    ) {
        let Some(cell) = host.pods.get_mut(&pod) else { return };
        if let Some(container) = cell.containers.get_mut(container) {
            bring(&before.layer, &self.layer, &mut container.layer);
        }
        for ((home, after), (_, before)) in self.disks.iter().zip(&before.disks) {
            if before == after {
                continue;
            }
            let place = match home {
                Home::Cell(volume) => cell.scratch.get_mut(volume),
                home => place_of(ground.cloud, node, home, ground.now),
            };
            if let Some(place) = place {
                bring(before, after, place);
            }
        }
    }
}

/// Does to a disk what turned `before` into `after`. A disk that is full or fails by now keeps what it has.
fn bring(before: &Disk, after: &Disk, place: &mut Disk) {
    use crate::cloud::disk::Node;
    if before == after {
        return;
    }
    let old: std::collections::BTreeMap<&str, &Node> = before.walk().collect();
    for (path, node) in after.walk() {
        if old.get(path) == Some(&node) {
            continue;
        }
        let _ = match node {
            Node::Dir => place.mkdir_all(path),
            Node::File(file) => place.write(path, &file.bytes()),
        };
    }
    let gone = before.walk().map(|(path, _)| path).filter(|path| !after.exists(path));
    for path in gone.collect::<Vec<_>>().into_iter().rev() {
        let _ = place.remove(path);
    }
}
