//! The databases that lie on a disk, whether a server runs on them or not.

use super::buffers::Buffers;
use super::cluster::Database;
use crate::cloud::disk::{Disk, Node};
use std::collections::BTreeMap;

/// The file of a data directory that lists its databases.
const DATABASES: &str = "/global/1262";

/// Returns the databases in all data directories of a disk, by the directory and the name, each as the bytes of a SQLite
/// file; templates and what is damaged are left out.
pub fn databases_on(disk: &Disk) -> Vec<(String, String, Vec<u8>)> {
    let mut found = Vec::new();
    for (path, node) in disk.walk() {
        let (Some(pgdata), Node::File(file)) = (path.strip_suffix(DATABASES), node) else {
            continue;
        };
        let listed: BTreeMap<String, Database> = serde_json::from_slice(&file.bytes()).unwrap_or_default();
        for (name, database) in listed.iter().filter(|(name, _)| !name.starts_with("template")) {
            if let Ok(bytes) = disk.read(&Buffers::path(pgdata, database.oid)) {
                found.push((pgdata.to_owned(), name.clone(), bytes));
            }
        }
    }
    found
}
