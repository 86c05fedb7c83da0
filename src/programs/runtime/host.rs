//! One machine's share of the runtime: the sandboxes on it, their containers, and the images that it has pulled.

use super::container::Container;
use super::deed::{Sandbox, Source};
use super::pull::Pull;
use crate::api::{Text, Time, Uid};
use crate::cloud::disk::Disk;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The room that an emptyDir has, in bytes: neither the machine's disk nor `sizeLimit` is counted.
const SCRATCH_BYTES: u64 = 20 << 30;

/// What runs on one machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Host {
    /// The pods by uid.
    pub(super) pods: BTreeMap<Uid, Cell>,
    /// The images by name: what became of the last pull of each.
    pub(super) images: BTreeMap<Text, Pull>,
    /// The last number that was given to a sandbox; its address ends in it.
    last_number: u8,
}

/// A pod's sandbox with its containers and what only it has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// Its address and volumes.
    pub sandbox: Sandbox,
    /// From when on containers can be started in it.
    pub ready_at: Time,
    /// Whether the sandbox itself runs: not after the machine was off.
    pub alive: bool,
    /// The disks of its own: emptyDirs, and the files of ConfigMaps and Secrets.
    pub(super) scratch: BTreeMap<String, Disk>,
    /// Its containers, in order of their first start.
    pub(super) containers: Vec<Container>,
    /// The instant for which the machine was last called for them.
    pub(super) called_for: Option<Time>,
}

impl Host {
    /// Returns an address that no sandbox of the machine has, in turn (the `host-local` plugin of CNI).
    pub(super) fn free_address(&mut self, network: &str) -> Text {
        for _ in 0..=u8::MAX {
            self.last_number = if self.last_number >= 254 {
                2
            } else {
                self.last_number.max(1) + 1
            };
            let address = format!("{network}.{}", self.last_number);
            if self.pods.values().all(|cell| cell.sandbox.ip != address) {
                return address.into();
            }
        }
        // 253 pods are more than any kubelet takes.
        format!("{network}.255").into()
    }
}

impl Cell {
    /// Makes a cell in which nothing runs yet.
    pub(super) fn new(sandbox: Sandbox, ready_at: Time) -> Self {
        let mut cell = Self {
            sandbox,
            ready_at,
            alive: true,
            scratch: BTreeMap::new(),
            containers: Vec::new(),
            called_for: None,
        };
        cell.lay_out();
        cell
    }

    /// Makes the disks for the files of ConfigMaps and Secrets.
    fn lay_out(&mut self) {
        for (name, source) in &self.sandbox.volumes {
            let Source::Files(files) = source else { continue };
            let mut disk = Disk::empty(SCRATCH_BYTES);
            for (path, bytes) in files.iter() {
                let path = format!("/{path}");
                // A path that leads through another file of the same volume stays out; the API server refuses it.
                let _ = disk
                    .mkdir_all(crate::cloud::disk::parent(&path))
                    .and_then(|()| disk.write(&path, bytes));
            }
            self.scratch.insert(name.clone(), disk);
        }
    }

    /// Gives the cell a new sandbox, as after a restart of the machine; containers and emptyDirs stay.
    pub(super) fn renew(&mut self, sandbox: Sandbox, ready_at: Time) {
        (self.sandbox, self.ready_at, self.alive) = (sandbox, ready_at, true);
        self.lay_out();
    }

    /// Returns a container by its name.
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name() == name)
    }

    /// Returns the containers, in order of their first start.
    pub fn containers(&self) -> &[Container] {
        &self.containers
    }

    pub(super) fn place_of(&self, name: &str) -> Option<usize> {
        self.containers.iter().position(|container| container.name() == name)
    }

    /// Takes a disk of the cell's own out, so that it can be lent; it is made when it is missing.
    pub(super) fn take_scratch(&mut self, name: &str) -> Disk {
        self.scratch.remove(name).unwrap_or_else(|| Disk::empty(SCRATCH_BYTES))
    }
}
