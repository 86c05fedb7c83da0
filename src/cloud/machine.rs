//! A machine: the iron under a node.

use crate::api::Quantity;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A machine in a zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Its zone.
    pub zone: Arc<str>,
    /// Its cpus.
    pub cpu: Quantity,
    /// Its memory.
    pub memory: Quantity,
    /// How many pods its kubelet takes.
    pub pods: i64,
    /// How many volumes can be attached to it.
    pub attachable_volumes: i64,
    /// Whether it runs.
    pub power: Power,
    /// Whether it reaches the rest.
    pub link: Link,
    /// Whether the kubelet's process runs on it (containers live on without it).
    pub kubelet: bool,
}

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    /// It runs.
    #[default]
    On,
    /// It is off: what was in its memory is gone.
    Off,
}

/// Whether a machine reaches the rest of the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// It does.
    #[default]
    Up,
    /// It is cut off, and goes on by itself. Its disks stay attached: they have a network of their own.
    Cut,
}

impl Machine {
    /// Makes a running machine of four cpus and 16 GiB.
    pub fn new(zone: impl Into<Arc<str>>) -> Self {
        Self {
            zone: zone.into(),
            cpu: Quantity::whole(4),
            memory: Quantity::bytes(16 << 30),
            pods: 110,
            attachable_volumes: 25,
            power: Power::On,
            link: Link::Up,
            kubelet: true,
        }
    }
}
