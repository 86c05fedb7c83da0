//! A machine: the iron under a node.

use super::disk::Disk;
use crate::api::{Quantity, Time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A machine in a zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Its place in the order in which machines came: addresses are made of it.
    pub number: u32,
    /// Its zone.
    pub zone: Arc<str>,
    /// Its region.
    pub region: Arc<str>,
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
    /// Its own disk, with the directories that `hostPath` and `local` volumes name. It stays when the machine is off.
    pub disk: Disk,
    /// When its heartbeats were heard.
    pub pulse: Pulse,
}

/// Since when the heartbeats of a machine are heard, and since when no more: what a Lease would tell.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Pulse {
    /// Since when its kubelet sends heartbeats, or sent them at last.
    beats_since: Time,
    /// Since when no heartbeat of it arrives any more.
    silent_since: Option<Time>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            beats_since: Time::EPOCH,
            silent_since: None,
        }
    }
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
            number: 0,
            zone: zone.into(),
            region: "region-1".into(),
            cpu: Quantity::whole(4),
            memory: Quantity::bytes(16 << 30),
            pods: 110,
            attachable_volumes: 25,
            power: Power::On,
            link: Link::Up,
            kubelet: true,
            disk: Disk::empty(100 << 30),
            pulse: Pulse::default(),
        }
    }

    /// Says whether the machine runs.
    pub fn is_on(&self) -> bool {
        self.power == Power::On
    }

    /// Returns the machine's own address; it is made of its number.
    pub fn address(&self) -> String {
        let place = self.number + 10;
        format!("192.{}.{}.{}", 168 + (place >> 16), (place >> 8) & 255, place & 255)
    }

    /// Returns the first three bytes of the addresses of its pods, `10.244.0`; 27,000 machines have one of their own.
    pub fn pod_network(&self) -> String {
        let (high, low) = (self.number / 256, self.number % 256);
        // 10.96.0.0/12 belongs to the Services: after 10.255 the numbers go on below it.
        let second = if high < 12 { 244 + high } else { (high - 12) % 96 };
        format!("10.{second}.{low}")
    }

    /// Says whether the heartbeats of its kubelet reach the API server.
    pub fn is_heard(&self) -> bool {
        self.power == Power::On && self.link == Link::Up && self.kubelet
    }

    /// Takes note that power, link or kubelet may have changed just now. Heartbeats are computed from that, not stepped.
    pub fn note(&mut self, now: Time) {
        let heard = self.is_heard();
        let pulse = &mut self.pulse;
        match (heard, pulse.silent_since) {
            (true, Some(_)) => (pulse.beats_since, pulse.silent_since) = (now, None),
            (false, None) => pulse.silent_since = Some(now),
            _ => (),
        }
    }

    /// Returns when the kubelet wrote the node's status the last time: at `written`, or when it came back, and since then
    /// every `period_ms` for as long as it was heard.
    pub fn last_report(&self, written: Time, now: Time, period_ms: i64) -> Time {
        let from = written.max(self.pulse.beats_since);
        let until = self.pulse.silent_since.unwrap_or(now).min(now);
        let reports = (until - from).max(0) / period_ms.max(1);
        from + reports * period_ms
    }

    /// Returns when the latest heartbeat was sent that arrived, if there is one every `period_ms`.
    pub fn last_heartbeat(&self, now: Time, period_ms: i64) -> Time {
        let Pulse {
            beats_since,
            silent_since,
        } = self.pulse;
        let until = silent_since.unwrap_or(now).min(now);
        let beats = (until - beats_since).max(0) / period_ms.max(1);
        beats_since + beats * period_ms
    }
}
