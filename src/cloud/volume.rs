//! An EBS volume: in one zone, attached to one machine at a time, and slow to change its state.

use crate::api::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The id of a volume, `vol-…`.
pub type VolumeId = Arc<str>;

/// A volume and its state; the bytes on it are its disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EbsVolume {
    /// Its zone.
    pub zone: Arc<str>,
    /// Its size in bytes.
    pub bytes: i64,
    change: Change,
}

/// The latest change of state, and when it is complete.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Change {
    Create { ready: Time },
    Attach { machine: Arc<str>, ready: Time },
    Detach { machine: Arc<str>, ready: Time },
}

/// The states of a volume, as `describe-volumes` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are EC2's own words")]
pub enum VolumeState {
    Creating,
    Available,
    Attaching,
    InUse,
    Detaching,
}

impl EbsVolume {
    /// Makes a volume that is available from `ready` on.
    pub fn new(zone: Arc<str>, bytes: i64, ready: Time) -> Self {
        Self {
            zone,
            bytes,
            change: Change::Create { ready },
        }
    }

    /// Returns the state.
    pub fn state(&self, now: Time) -> VolumeState {
        match &self.change {
            Change::Create { ready } if now < *ready => VolumeState::Creating,
            Change::Attach { ready, .. } if now < *ready => VolumeState::Attaching,
            Change::Attach { .. } => VolumeState::InUse,
            Change::Detach { ready, .. } if now < *ready => VolumeState::Detaching,
            Change::Create { .. } | Change::Detach { .. } => VolumeState::Available,
        }
    }

    /// Returns the instant from which the latest change of state is complete.
    pub fn settled_at(&self) -> Time {
        match &self.change {
            Change::Create { ready } | Change::Attach { ready, .. } | Change::Detach { ready, .. } => *ready,
        }
    }

    /// Returns the machine that has the volume, be it while attaching, in use, or still detaching.
    pub fn attached_to(&self, now: Time) -> Option<&Arc<str>> {
        match &self.change {
            Change::Attach { machine, .. } => Some(machine),
            Change::Detach { machine, ready } if now < *ready => Some(machine),
            _ => None,
        }
    }

    /// Begins to attach, and returns when it will be done; a volume that another machine has is refused.
    pub fn attach(&mut self, machine: Arc<str>, now: Time, ready: Time) -> Result<Time, String> {
        match (self.state(now), self.attached_to(now)) {
            (VolumeState::Creating, _) => Err("IncorrectState: the volume is not 'available'".to_owned()),
            (VolumeState::Attaching | VolumeState::InUse, Some(holder)) if *holder == machine => Ok(self.settled_at()),
            (_, Some(holder)) => Err(format!(
                "VolumeInUse: the volume is already attached to instance {holder}"
            )),
            (_, None) => {
                self.change = Change::Attach { machine, ready };
                Ok(ready)
            }
        }
    }

    /// Begins to detach from `machine`, and returns when it will be done.
    pub fn detach(&mut self, machine: &str, now: Time, ready: Time) -> Result<Time, String> {
        match &self.change {
            Change::Attach { machine: holder, .. } if **holder == *machine => {
                self.change = Change::Detach {
                    machine: holder.clone(),
                    ready,
                };
                Ok(ready)
            }
            Change::Detach { ready, .. } => Ok((*ready).max(now)),
            _ => Ok(now),
        }
    }
}
