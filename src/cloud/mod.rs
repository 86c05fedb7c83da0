//! The physical world that the API only hears about: zones, machines, network, disks.
//! Knows nothing of Kubernetes.

pub mod disk;
pub mod settings;
mod machine;
mod volume;
mod file_system;
mod request;
#[cfg(test)]
mod tests;

pub use file_system::{FileSystem, efs_directory};
pub use machine::{Link, Machine, Power};
pub use request::CloudRequest;
pub use settings::Settings;
pub use volume::{EbsVolume, SLOW_TIMES, VolumeId, VolumeState};

use crate::api::Time;
use disk::{Disk, DiskError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The data centre: machines in zones, volumes in zones, and the cables between them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cloud {
    /// The machines, by the name of their node.
    pub machines: BTreeMap<Arc<str>, Machine>,
    /// The volumes, by id.
    pub volumes: BTreeMap<VolumeId, EbsVolume>,
    /// The shared file systems, by the name of their server.
    pub file_systems: BTreeMap<Arc<str>, FileSystem>,
}

impl Cloud {
    /// Puts up a machine under a node's name; the next number is its own. One that stands already stays as it is.
    pub fn add_machine(&mut self, name: impl Into<Arc<str>>, machine: Machine) -> &mut Machine {
        let next = self.machines.values().map(|m| m.number + 1).max().unwrap_or(0);
        self.machines.entry(name.into()).or_insert(Machine {
            number: next,
            ..machine
        })
    }

    /// Takes a machine away; volumes that were attached to it are free at once.
    pub fn remove_machine(&mut self, name: &str, now: Time) {
        self.machines.remove(name);
        for volume in self.volumes.values_mut() {
            // Nothing is attached to an instance that is terminated: there is nothing to wait for.
            let _: Result<Time, String> = volume.detach(name, now, now);
        }
    }

    /// Says whether the machine of a node is on and can reach the API server.
    pub fn reaches_api(&self, node: &str) -> bool {
        self.machines
            .get(node)
            .is_some_and(|m| m.power == Power::On && m.link == Link::Up)
    }

    /// Returns the disk of an attached volume, for the machine that has it and for no other: an input/output error is
    /// all that a machine gets whose volume was taken away, however sure it is that the volume is mounted.
    pub fn disk_for(&mut self, machine: &str, id: &str, now: Time) -> Result<&mut Disk, DiskError> {
        let volume = self.volumes.get_mut(id).ok_or(DiskError::Io)?;
        if !volume.serves(machine, now) {
            return Err(DiskError::Io);
        }
        Ok(&mut volume.disk)
    }

    /// Returns the disk of a file server, which is there as soon as somebody asks for it. Every machine reaches it, a
    /// machine that is cut off too: storage has a network of its own.
    pub fn share(&mut self, server: &str) -> &mut Disk {
        let system = self.file_systems.entry(server.into()).or_insert_with(FileSystem::new);
        &mut system.disk
    }
}
