//! The physical world that the API only hears about: zones, machines, network, disks.
//! Knows nothing of Kubernetes.

pub mod disk;
pub mod settings;
mod machine;
mod volume;

pub use machine::{Link, Machine, Power};
pub use settings::Settings;
pub use volume::{EbsVolume, VolumeId, VolumeState};

use crate::api::Time;
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
}

/// What a driver can ask of the cloud; each takes its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloudRequest {
    /// Make a volume.
    CreateVolume {
        /// Its id, chosen by whoever asks; asking twice for one id makes one volume.
        id: VolumeId,
        /// Its zone.
        zone: Arc<str>,
        /// Its size in bytes.
        bytes: i64,
    },
    /// Unmake a volume that is not attached.
    DeleteVolume(VolumeId),
    /// Attach a volume to a machine.
    Attach(VolumeId, Arc<str>),
    /// Detach a volume from a machine.
    Detach(VolumeId, Arc<str>),
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

    /// Begins what is asked and returns when it will be done, or why it is refused, in the cloud's own words.
    pub fn request(&mut self, request: &CloudRequest, now: Time, settings: &Settings) -> Result<Time, String> {
        match request {
            CloudRequest::CreateVolume { id, zone, bytes } => {
                let ready = now + settings.volume_provision;
                let volume = self
                    .volumes
                    .entry(id.clone())
                    .or_insert_with(|| EbsVolume::new(zone.clone(), *bytes, ready));
                Ok(volume.settled_at())
            }
            CloudRequest::DeleteVolume(id) => {
                let Some(volume) = self.volumes.get(id) else {
                    return Ok(now);
                };
                if volume.attached_to(now).is_some() {
                    return Err(format!("VolumeInUse: Volume {id} is currently attached"));
                }
                self.volumes.remove(id);
                Ok(now)
            }
            CloudRequest::Attach(id, machine) => {
                let to = self
                    .machines
                    .get(machine)
                    .ok_or_else(|| format!("InvalidInstanceID.NotFound: {machine}"))?;
                let zone = to.zone.clone();
                let volume = self
                    .volumes
                    .get_mut(id)
                    .ok_or_else(|| format!("InvalidVolume.NotFound: {id}"))?;
                if volume.zone != zone {
                    return Err(format!(
                        "InvalidVolume.ZoneMismatch: The volume '{id}' is not in the same availability zone as instance '{machine}'"
                    ));
                }
                volume.attach(machine.clone(), now, now + settings.volume_attach)
            }
            CloudRequest::Detach(id, machine) => match self.volumes.get_mut(id) {
                Some(volume) => volume.detach(machine, now, now + settings.volume_detach),
                None => Ok(now),
            },
        }
    }

    /// Says whether the machine of a node is on and can reach the API server.
    pub fn reaches_api(&self, node: &str) -> bool {
        self.machines
            .get(node)
            .is_some_and(|m| m.power == Power::On && m.link == Link::Up)
    }
}
