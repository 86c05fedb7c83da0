//! Mounts: which disk stands where in a container, and who may still reach it.
//!
//! Disks are taken out of their places for the time of one act and put back afterwards, so that a program sees all of
//! its own at once. A disk that the machine may not reach (any more) is lent as one that fails.

use super::deed::Source;
use super::ground::Ground;
use super::host::{Cell, Host};
use crate::api::Uid;
use crate::cloud::Cloud;
use crate::cloud::VolumeId;
use crate::cloud::disk::Disk;
use crate::programs::files::Files;
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

/// A disk that was taken out.
struct Lent {
    home: Home,
    disk: Disk,
    /// Whether it was there to be taken.
    reached: bool,
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
    let result = {
        let mut files = Files::new(&mut layer);
        let ids: Vec<_> = lent.iter_mut().map(|lent| files.add(&mut lent.disk)).collect();
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
        let disk = cell.take_scratch(volume);
        return Lent {
            home,
            disk,
            reached: true,
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
    Lent { home, disk, reached }
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
