//! Pulling images: what a machine has of them, and how far the last pull of each has come.

use super::deed::Wake;
use super::ground::Ground;
use super::image::{Image, Rule, full_name, matches};
use super::{Runtime, host::Host};
use crate::api::{Key, Text, Time};
use serde::{Deserialize, Serialize};

/// The last pull of an image on one machine. The image itself stays on the machine's disk, whatever becomes of later
/// pulls: nothing removes it, as there is always room (the kubelet's image garbage collection is left out).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Since when it is on its way, or was.
    since: Time,
    /// When it is over, or was.
    until: Time,
    /// What the registry says where it refuses.
    refusal: Option<String>,
    /// Whether the machine had the image before.
    held: bool,
}

impl Pull {
    /// Says whether the machine has the image.
    pub fn is_there(&self, now: Time) -> bool {
        self.held || self.came(now).is_some()
    }

    /// Returns since when the pull was on its way and when it brought the image; None when it has not.
    pub fn came(&self, now: Time) -> Option<(Time, Time)> {
        (self.refusal.is_none() && self.until <= now).then_some((self.since, self.until))
    }

    /// Returns when the registry refused, and what it said; None when it has not.
    pub fn refused(&self, now: Time) -> Option<(Time, &str)> {
        let why = self.refusal.as_deref()?;
        (self.until <= now).then_some((self.until, why))
    }

    /// Returns when a pull that is on its way is over; None when it is over already.
    pub fn ends(&self, now: Time) -> Option<Time> {
        (self.until > now).then_some(self.until)
    }
}

impl Host {
    /// Says whether the machine has an image.
    fn has(&self, image: &str, now: Time) -> bool {
        self.images.get(image).is_some_and(|pull| pull.is_there(now))
    }

    /// Takes note that a container runs of an image: whichever way it came, it is there.
    pub(super) fn hold(&mut self, image: &Text, now: Time) {
        if !self.has(image, now) {
            let (refusal, held) = (None, true);
            let (since, until) = (now, now);
            let pull = Pull {
                since,
                until,
                refusal,
                held,
            };
            self.images.insert(image.clone(), pull);
        }
    }

    /// Breaks off the pulls that are on their way; images that came before stay.
    pub(super) fn break_off_pulls(&mut self, now: Time) {
        self.images.retain(|_, pull| {
            if pull.ends(now).is_some() {
                (pull.since, pull.until, pull.refusal) = (now, now, None);
                return pull.held;
            }
            true
        });
    }
}

impl Runtime {
    /// Returns the last pull of an image on a machine; None when it was never asked for.
    pub fn pull(&self, node: &str, image: &str) -> Option<&Pull> {
        self.hosts.get(node)?.images.get(image)
    }

    /// Returns the machines that have an image of a pattern, by name: pods there start without its registry.
    pub fn holders(&self, pattern: &str, now: Time) -> Vec<&str> {
        let holds = |host: &Host| {
            let mut there = host.images.iter().filter(|(_, pull)| pull.is_there(now));
            there.any(|(image, _)| is_of(pattern, image))
        };
        let hosts = self.hosts.iter().filter(|(_, host)| holds(host));
        hosts.map(|(node, _)| &**node).collect()
    }

    /// Says whether any machine was ever asked for an image of a pattern.
    pub fn knows(&self, pattern: &str) -> bool {
        let known = |host: &Host| host.images.keys().any(|image| is_of(pattern, image));
        self.hosts.values().any(known)
    }

    pub(super) fn begin_pull(&mut self, ground: &Ground<'_>, node: &str, pod: Key, image: Text) -> Wake {
        let (now, settings) = (ground.now, ground.settings);
        let known = Image::of(&image);
        let missing = match self.images.of(&image) {
            Some(rule) => *rule == Rule::Missing,
            None => !known.exists,
        };
        let host = self.host_mut(node);
        // Whoever asks while the image is on its way waits for the same pull.
        let under_way = host.images.get(&image).filter(|pull| pull.refusal.is_none());
        if let Some(until) = under_way.and_then(|pull| pull.ends(now)) {
            return Wake::pod(pod, until);
        }
        let held = host.has(&image, now);
        let takes = match (missing, held) {
            // A registry says no within a second.
            (true, _) => settings.image_pull.min(1000),
            // A copy that is there needs only a look at the registry, whether it is still the same.
            (false, true) => settings.image_pull.min(500),
            (false, false) => settings.image_pull,
        };
        let full = known.full;
        let refusal = missing.then(|| {
            format!(
                "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve \
                 reference \"{full}\": {full}: not found"
            )
        });
        let (since, until) = (now, now + takes);
        let pull = Pull {
            since,
            until,
            refusal,
            held,
        };
        host.images.insert(image, pull);
        Wake::pod(pod, until)
    }
}

/// Says whether a pattern means an image, by its name as written or by its whole name.
fn is_of(pattern: &str, image: &str) -> bool {
    matches(pattern, image) || matches(pattern, &full_name(image))
}
