//! The volumes as files: every database that lies on one is a SQLite file in the folder, for `sqlite3` and curious eyes.
//! They are copies: nothing reads them back.

use crate::api::{PersistentVolume, PersistentVolumeClaim, Resource};
use crate::cloud::disk::Disk;
use crate::programs::sql::databases_on;
use crate::sim::World;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How the names of our files end.
const END: &str = ".db";

/// Writes the databases on all volumes into `dir`, and removes those that are no more. Files that have not changed are not
/// touched; what cannot be written is left for the next time.
pub(super) fn volumes(world: &World, dir: &Path) {
    let wanted = contents(world);
    if wanted.is_empty() && !dir.exists() {
        return;
    }
    for old in files(dir) {
        let name = old.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_none_or(|name| !wanted.contains_key(&name)) {
            let _: std::io::Result<()> = std::fs::remove_file(&old);
        }
    }
    for (name, bytes) in &wanted {
        let path = dir.join(name);
        if std::fs::read(&path).is_ok_and(|there| there == *bytes) {
            continue;
        }
        let _: std::io::Result<()> = write(dir, &path, bytes);
    }
}

/// Returns the exports that stand in `dir`: files whose names end as ours do.
pub(super) fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(END))
        .collect();
    found.sort();
    found
}

/// A reader sees the old file or the new one, never a half.
fn write(dir: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let draft = path.with_extension("new");
    std::fs::write(&draft, bytes)?;
    std::fs::rename(&draft, path)
}

/// Returns what the files are to hold, by their names: `data-pg-0.shop.db`, with the namespace in front where it is not
/// `default`.
fn contents(world: &World) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut add = |owner: &str, disk: &Disk| {
        for (pgdata, database, bytes) in databases_on(disk) {
            let mut name = format!("{owner}.{database}{END}").replace(['/', '\\'], "_");
            if all.contains_key(&name) {
                name = format!("{owner}.{}.{database}{END}", pgdata.trim_matches('/')).replace(['/', '\\'], "_");
            }
            all.insert(name, bytes);
        }
    };
    let mut claimed: BTreeMap<String, String> = BTreeMap::new();
    for volume in world.store().list::<PersistentVolume>("") {
        let Some(csi) = &volume.spec.csi else { continue };
        claimed.insert(csi.volume_handle.to_string(), owner(world, volume));
    }
    for (id, volume) in &world.cloud.volumes {
        let owner = claimed.get(&**id).cloned().unwrap_or_else(|| id.to_string());
        add(&owner, &volume.disk);
    }
    for (server, system) in &world.cloud.file_systems {
        add(server, &system.disk);
    }
    all
}

/// Returns the name of the claim that a volume is bound to, or the volume's own.
fn owner(world: &World, volume: &PersistentVolume) -> String {
    let claim = volume.spec.claim_ref.as_ref();
    let bound = claim.and_then(|claim| {
        world
            .store()
            .get::<PersistentVolumeClaim>(&claim.namespace, &claim.name)
    });
    match bound.filter(|claim| claim.spec.volume_name == volume.metadata.name) {
        Some(claim) if *claim.metadata.namespace == *"default" => claim.metadata.name.to_string(),
        Some(claim) => format!("{}.{}", claim.metadata.namespace, claim.meta().name),
        None => volume.metadata.name.to_string(),
    }
}
