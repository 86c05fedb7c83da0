//! one-writer: two databases on one set of files is the end of both.

use super::{Check, When};
use crate::api::{Key, Uid};
use crate::programs::runtime::{Cell, Container, Program, Source};
use crate::sim::World;
use std::collections::BTreeMap;

/// No two pods run a PostgreSQL server on the same files at once.
pub const CHECK: Check = Check {
    name: "one-writer",
    claim: "The files of a database are never written by two pods at once.",
    premise: "The volume is a block device that one machine has at a time, its access mode is ReadWriteOncePod or its pods \
              are of a StatefulSet, and no pod on a live node is deleted by force.",
    when: When::Always,
    meets: |world| writers(world).len(),
    holds,
};

/// Returns who writes to which files: the pods that run a PostgreSQL server on a volume, by the volume and folder.
fn writers(world: &World) -> BTreeMap<String, Vec<(Uid, Key)>> {
    let mut writers: BTreeMap<String, Vec<(Uid, Key)>> = BTreeMap::new();
    for node in world.cloud.machines.keys() {
        for (uid, cell) in world.runtime.cells(node) {
            for container in cell.containers().iter().filter(|container| container.is_running()) {
                for (_, program) in container.programs() {
                    let Program::Postgres(server) = program else { continue };
                    if let Some(files) = files_of(node, cell, container, server.pgdata()) {
                        writers.entry(files).or_default().push((uid, cell.sandbox.key.clone()));
                    }
                }
            }
        }
    }
    writers
}

/// Returns the volume and the folder in which a server keeps its files; None when they are on no volume that another pod
/// could have too.
fn files_of(node: &str, cell: &Cell, container: &Container, data: &str) -> Option<String> {
    let mounts = container.spec().volume_mounts.iter();
    let mount = mounts
        .filter(|mount| holds_path(&mount.mount_path, data))
        .max_by_key(|mount| mount.mount_path.len())?;
    let place = match cell.sandbox.volumes.get(&mount.name)? {
        Source::Device(volume) => format!("volume {volume}"),
        Source::Share { server, path } => format!("{server}:{path}"),
        Source::Host(path) => format!("{node}:{path}"),
        _ => return None,
    };
    let below = data
        .strip_prefix(mount.mount_path.trim_end_matches('/'))
        .unwrap_or(data);
    Some(format!("{place}, {}{below}", mount.sub_path))
}

fn holds(world: &World, about: Option<&Key>) -> Result<String, String> {
    let writers = writers(world);
    for (files, pods) in &writers {
        let mut uids: Vec<Uid> = pods.iter().map(|(uid, _)| *uid).collect();
        uids.sort();
        uids.dedup();
        let meant = about.is_none_or(|key| pods.iter().any(|(_, pod)| *pod.name == *key.name));
        if uids.len() > 1 && meant {
            let names: Vec<String> = pods.iter().map(|(_, pod)| pod.to_string()).collect();
            return Err(format!("{} write to the same files ({files})", names.join(" and ")));
        }
    }
    Ok(match writers.len() {
        0 => "no database runs on a volume".to_owned(),
        1 => "one database runs on a volume, and one pod writes to it".to_owned(),
        databases => format!("{databases} databases run on volumes, and one pod writes to each"),
    })
}

/// Says whether `folder` holds `path`.
fn holds_path(folder: &str, path: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
