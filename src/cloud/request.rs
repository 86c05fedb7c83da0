//! What drivers ask of the cloud, how long each wish takes, and why it is refused.

use super::file_system::FileSystem;
use super::{Cloud, EbsVolume, Settings, VolumeId};
use crate::api::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a driver can ask of the cloud; each takes its time, and asking twice is asking once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloudRequest {
    /// Make a volume.
    CreateVolume {
        /// Its id, chosen by whoever asks.
        id: VolumeId,
        /// Its zone.
        zone: Arc<str>,
        /// Its size in bytes.
        bytes: i64,
    },
    /// Unmake a volume that is not attached, with all that is on it.
    DeleteVolume(VolumeId),
    /// Attach a volume to a machine.
    Attach(VolumeId, Arc<str>),
    /// Detach a volume from a machine, whether it is mounted there or not.
    Detach(VolumeId, Arc<str>),
    /// Make a volume larger; what is on it stays, and sees the new size once its file system is grown.
    Grow {
        /// The volume.
        id: VolumeId,
        /// Its new size in bytes.
        bytes: i64,
    },
    /// Grow the file system of a volume to the volume's size, on the machine that has it.
    GrowFileSystem(VolumeId, Arc<str>),
    /// Make an access point of a shared file system: a directory with a door of its own.
    CreateAccessPoint {
        /// The file system.
        server: Arc<str>,
        /// The directory.
        path: String,
    },
    /// Unmake an access point; the files in its directory stay.
    DeleteAccessPoint {
        /// The file system.
        server: Arc<str>,
        /// The directory.
        path: String,
    },
}

impl Cloud {
    /// Begins what is asked and returns when it will be done, or why it is refused, in the cloud's own words.
    ///
    /// How many volumes a machine takes is not counted here: the scheduler keeps to it.
    pub fn request(&mut self, request: &CloudRequest, now: Time, settings: &Settings) -> Result<Time, String> {
        if let Some(refusal) = self.refusal(request, now) {
            return Err(refusal);
        }
        Ok(match request {
            CloudRequest::CreateVolume { id, zone, bytes } => {
                let ready = now + settings.volume_provision;
                self.volumes
                    .entry(id.clone())
                    .or_insert_with(|| EbsVolume::new(zone.clone(), *bytes, ready))
                    .settled_at()
            }
            CloudRequest::DeleteVolume(id) => {
                self.volumes.remove(id);
                now
            }
            CloudRequest::Attach(id, machine) => {
                let volume = self.volumes.get_mut(id).expect("its absence is a refusal");
                let ready = now + volume.pace(settings.volume_attach);
                volume.attach(machine.clone(), now, ready)?
            }
            CloudRequest::Detach(id, machine) => match self.volumes.get_mut(id) {
                Some(volume) => {
                    let ready = now + volume.pace(settings.volume_detach);
                    volume.detach(machine, now, ready)?
                }
                None => now,
            },
            CloudRequest::Grow { id, bytes } => {
                let volume = self.volumes.get_mut(id).expect("its absence is a refusal");
                volume.grow(*bytes, now, settings)
            }
            CloudRequest::GrowFileSystem(id, _) => {
                let volume = self.volumes.get_mut(id).expect("its absence is a refusal");
                volume.grow_file_system();
                now + settings.file_system_grow
            }
            CloudRequest::CreateAccessPoint { server, path } => {
                let system = self.file_systems.entry(server.clone()).or_insert_with(FileSystem::new);
                system.open(path, now + settings.access_point)
            }
            CloudRequest::DeleteAccessPoint { server, path } => {
                if let Some(system) = self.file_systems.get_mut(server) {
                    system.close(path);
                }
                now
            }
        })
    }

    /// Returns why a wish would be refused now, in the cloud's own words; None when it would not.
    pub fn refusal(&self, request: &CloudRequest, now: Time) -> Option<String> {
        let missing = |id: &VolumeId| format!("InvalidVolume.NotFound: The volume '{id}' does not exist.");
        match request {
            CloudRequest::DeleteVolume(id) => {
                let holder = self.volumes.get(id)?.attached_to(now)?;
                Some(format!("VolumeInUse: Volume {id} is currently attached to {holder}"))
            }
            CloudRequest::Attach(id, machine) => {
                let Some(volume) = self.volumes.get(id) else {
                    return Some(missing(id));
                };
                let Some(to) = self.machines.get(machine) else {
                    return Some(format!(
                        "InvalidInstanceID.NotFound: The instance ID '{machine}' does not exist"
                    ));
                };
                if volume.zone != to.zone {
                    return Some(format!(
                        "InvalidVolume.ZoneMismatch: The volume '{id}' is not in the same availability zone as instance '{machine}'"
                    ));
                }
                volume.attach_refusal(id, machine, now)
            }
            CloudRequest::Grow { id, bytes } => match self.volumes.get(id) {
                None => Some(missing(id)),
                Some(volume) => volume.grow_refusal(id, *bytes, now),
            },
            CloudRequest::GrowFileSystem(id, machine) => match self.volumes.get(id) {
                Some(volume) if volume.serves(machine, now) => None,
                _ => Some(format!("{id} is not attached to {machine}")),
            },
            CloudRequest::CreateVolume { .. }
            | CloudRequest::Detach(..)
            | CloudRequest::CreateAccessPoint { .. }
            | CloudRequest::DeleteAccessPoint { .. } => None,
        }
    }
}
