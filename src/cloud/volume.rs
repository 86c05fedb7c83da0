//! An EBS volume: in one zone, attached to one machine at a time, and slow to change its state.

use super::Settings;
use super::disk::Disk;
use crate::api::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The id of a volume, `vol-…`.
pub type VolumeId = Arc<str>;

/// A volume, its state, and the disk with the bytes on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EbsVolume {
    /// Its zone.
    pub zone: Arc<str>,
    /// Its size in bytes.
    pub bytes: i64,
    /// What is on it: ext4, as the first mount would make it. Nobody can look at it before.
    pub disk: Disk,
    /// Whether it is slow: what takes a while takes [`SLOW_TIMES`] as long, and each wait of a server for it `slow_disk_io`.
    #[serde(default)]
    pub slow: bool,
    change: Change,
    /// When the latest growth is, or was, complete.
    grown_at: Option<Time>,
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
            disk: Disk::ext4(u64::try_from(bytes).unwrap_or_default()),
            slow: false,
            change: Change::Create { ready },
            grown_at: None,
        }
    }

    /// Returns how long the volume takes for what takes a sound one so many milliseconds.
    pub fn pace(&self, ms: i64) -> i64 {
        if self.slow { ms.saturating_mul(SLOW_TIMES) } else { ms }
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

    /// Says whether `machine` can read and write the volume now.
    pub fn serves(&self, machine: &str, now: Time) -> bool {
        matches!(&self.change, Change::Attach { machine: holder, ready } if **holder == *machine && *ready <= now)
    }

    /// Returns why the volume cannot be attached to `machine` now, in EC2's words.
    pub(super) fn attach_refusal(&self, id: &str, machine: &str, now: Time) -> Option<String> {
        match (self.state(now), self.attached_to(now)) {
            (VolumeState::Creating, _) => Some(format!("IncorrectState: {id} is not 'available'.")),
            (VolumeState::Attaching | VolumeState::InUse, Some(holder)) if **holder == *machine => None,
            (_, Some(_)) => Some(format!("VolumeInUse: {id} is already attached to an instance")),
            (_, None) => None,
        }
    }

    /// Begins to attach, and returns when it will be done; a volume that another machine has is refused.
    pub fn attach(&mut self, machine: Arc<str>, now: Time, ready: Time) -> Result<Time, String> {
        if let Some(refusal) = self.attach_refusal("the volume", &machine, now) {
            return Err(refusal);
        }
        if self.attached_to(now).is_none() {
            self.change = Change::Attach { machine, ready };
        }
        Ok(self.settled_at())
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

    /// Returns when its latest growth is, or was, complete; None when it never grew.
    pub fn grown_at(&self) -> Option<Time> {
        self.grown_at
    }

    /// Returns why the volume cannot grow to `bytes` now, in EC2's words.
    pub(super) fn grow_refusal(&self, id: &str, bytes: i64, now: Time) -> Option<String> {
        if bytes <= self.bytes {
            return None;
        }
        // EC2 modifies a volume once in six hours.
        self.grown_at.filter(|done| now - *done < COOL_DOWN_MS).map(|_| {
            format!("VolumeModificationRateExceeded: You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume. ({id})")
        })
    }

    /// Makes the volume larger, and returns when that is done. The size of its file system is another matter.
    pub(super) fn grow(&mut self, bytes: i64, now: Time, settings: &Settings) -> Time {
        if bytes <= self.bytes {
            return self.grown_at.unwrap_or(now).max(now);
        }
        self.bytes = bytes;
        let done = now + settings.volume_grow;
        self.grown_at = Some(done);
        done
    }

    /// Grows the file system to the size of its volume, as `resize2fs` does while it is mounted.
    pub(super) fn grow_file_system(&mut self) {
        self.disk.resize(u64::try_from(self.bytes).unwrap_or_default());
    }
}

/// How many times as long a slow volume takes.
pub const SLOW_TIMES: i64 = 10;

/// How long EC2 refuses a second modification of a volume, in milliseconds.
const COOL_DOWN_MS: i64 = 6 * 60 * 60 * 1000;
