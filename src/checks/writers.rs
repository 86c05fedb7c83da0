//! one-writer: two databases on one set of files is the end of both.

use super::{Check, When};
use crate::api::{Key, Uid};
use crate::programs::runtime::{Program, Source};
use crate::sim::World;
use std::collections::BTreeMap;

/// No two pods run a PostgreSQL server on the same files at once.
pub const CHECK: Check = Check {
    name: "one-writer",
    claim: "The files of a database are never written by two pods at once.",
    premise: "The volume is a block device that one machine has at a time, its access mode is ReadWriteOncePod or its pods \
              are of a StatefulSet, and no pod on a live node is deleted by force.",
    when: When::Always,
    holds,
};

fn holds(world: &World, about: Option<&Key>) -> Result<String, String> {
    let mut writers: BTreeMap<String, Vec<(Uid, Key)>> = BTreeMap::new();
    for node in world.cloud.machines.keys() {
        for (uid, cell) in world.runtime.cells(node) {
            for container in cell.containers().iter().filter(|container| container.is_running()) {
                for (_, program) in container.programs() {
                    let Program::Postgres(server) = program else { continue };
                    let data = server.pgdata();
                    let mounts = container
                        .spec()
                        .volume_mounts
                        .iter()
                        .filter(|m| holds_path(&m.mount_path, data));
                    let Some(mount) = mounts.max_by_key(|m| m.mount_path.len()) else {
                        continue;
                    };
                    let place = match cell.sandbox.volumes.get(&mount.name) {
                        Some(Source::Device(volume)) => format!("volume {volume}"),
                        Some(Source::Share { server, path }) => format!("{server}:{path}"),
                        Some(Source::Host(path)) => format!("{node}:{path}"),
                        _ => continue,
                    };
                    let below = data
                        .strip_prefix(mount.mount_path.trim_end_matches('/'))
                        .unwrap_or(data);
                    let files = format!("{place}, {}{below}", mount.sub_path);
                    writers.entry(files).or_default().push((uid, cell.sandbox.key.clone()));
                }
            }
        }
    }
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
    let databases = writers.len();
    Ok(match databases {
        0 => "no database runs on a volume".to_owned(),
        1 => "one database runs on a volume, and one pod writes to it".to_owned(),
        _ => format!("{databases} databases run on volumes, and one pod writes to each"),
    })
}

/// Says whether `folder` holds `path`.
fn holds_path(folder: &str, path: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
