//! What a run met: a property that never meets what it is about proves nothing.

use crate::api::{Event, Key, Kind, Node, Object, Pod, Resource};
use crate::checks::Check;
use crate::sim::{Who, World};
use crate::store::Revision;
use std::collections::BTreeMap;
use std::fmt;

/// How often the mechanisms of a cluster were met, and how often checks had something to judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// How often each mechanism was met; those never met are not in it.
    pub mechanisms: BTreeMap<&'static str, usize>,
    /// What each check saw.
    pub checks: BTreeMap<&'static str, Looks>,
}

/// What a check saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// How often it looked.
    pub taken: usize,
    /// At how many of these looks there was something of which it speaks.
    pub met: usize,
}

/// The mechanisms that are counted.
pub const MECHANISMS: [&str; 14] = [
    "pod deleted by a person",
    "pod deleted by force",
    "container restarted",
    "node without power",
    "node cut off",
    "node not ready",
    "component restarted",
    "watch stalled",
    "pod evicted",
    "eviction cancelled",
    "Multi-Attach refused",
    "volume forced off",
    "volume attached",
    "write refused",
];

impl Met {
    /// Counts which mechanisms a world met.
    pub fn of(world: &World) -> Self {
        let mut met = Self::default();
        let store = world.store();
        for event in store.list::<Event>("") {
            let count = event.count.unwrap_or(1).max(1) as usize;
            let message = &*event.message;
            met.note(
                match &*event.reason {
                    "FailedAttachVolume" if message.starts_with("Multi-Attach") => "Multi-Attach refused",
                    "TaintManagerEviction" if message.starts_with("Marking") => "pod evicted",
                    "TaintManagerEviction" if message.starts_with("Cancelling") => "eviction cancelled",
                    "SuccessfulAttachVolume" => "volume attached",
                    _ => continue,
                },
                count,
            );
        }
        for (number, revision) in (1..).zip(store.between(0, store.head())) {
            if is_forced_off(world, number, revision) {
                met.note("volume forced off", 1);
            }
            match (&revision.before, &revision.after) {
                (Some(Object::Pod(before)), after) => {
                    let after = after.as_ref().and_then(Pod::of);
                    met.pod_changed(
                        before,
                        after.map(|pod| &**pod),
                        &world.steps()[revision.step as usize].who,
                    );
                }
                (Some(Object::Node(before)), Some(Object::Node(after))) if before.is_ready() && !after.is_ready() => {
                    met.note("node not ready", 1);
                }
                _ => (),
            }
        }
        for step in world.steps() {
            let Who::Fault(words) = &step.who else { continue };
            let fault = [
                ("loses power", "node without power"),
                ("is cut off", "node cut off"),
                (" restarts", "component restarted"),
                ("hears nothing", "watch stalled"),
            ];
            if let Some((_, what)) = fault.iter().find(|(part, _)| words.contains(part)) {
                met.note(what, 1);
            }
        }
        met.note("write refused", world.refusals());
        met
    }

    /// Counts one look of a check at a world.
    pub fn look(&mut self, check: &Check, world: &World) {
        let looks = self.checks.entry(check.name).or_default();
        looks.taken += 1;
        looks.met += usize::from((check.meets)(world) > 0);
    }

    /// Adds what another run met.
    pub fn add(&mut self, other: &Met) {
        for (what, n) in &other.mechanisms {
            self.note(what, *n);
        }
        for (check, more) in &other.checks {
            let looks = self.checks.entry(check).or_default();
            looks.taken += more.taken;
            looks.met += more.met;
        }
    }

    /// Returns which of some mechanisms were never met, and which checks never had anything to judge.
    pub fn never(&self, supposed: &[&'static str]) -> Vec<&'static str> {
        let mechanisms = supposed.iter().filter(|what| !self.mechanisms.contains_key(*what));
        let checks = self.checks.iter().filter(|(_, looks)| looks.met == 0);
        mechanisms.copied().chain(checks.map(|(check, _)| *check)).collect()
    }

    fn note(&mut self, what: &'static str, n: usize) {
        if n > 0 {
            *self.mechanisms.entry(what).or_default() += n;
        }
    }

    /// Counts what the change of a pod means; None: it is gone.
    fn pod_changed(&mut self, before: &Pod, after: Option<&Pod>, who: &Who) {
        let restarts = |pod: &Pod| -> i64 {
            let statuses = pod.status.container_statuses.iter();
            statuses.map(|status| status.restart_count).sum()
        };
        let more = after.map_or(0, |after| restarts(after) - restarts(before));
        self.note("container restarted", usize::try_from(more).unwrap_or_default());
        if !matches!(who, Who::Person(_)) {
            return;
        }
        match after {
            Some(after) if !before.metadata.is_terminating() && after.metadata.is_terminating() => {
                self.note("pod deleted by a person", 1);
            }
            // Only force lets a person end a pod that has a node, without its kubelet.
            None if before.is_scheduled() => self.note("pod deleted by force", 1),
            _ => (),
        }
    }
}

impl fmt::Display for Met {
    /// Writes a table: every check that looked, and every mechanism, those never met too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {:<28}{:>10}{:>14}", "check", "looks", "premise met")?;
        for (check, looks) in &self.checks {
            writeln!(f, "  {check:<28}{:>10}{:>14}", looks.taken, looks.met)?;
        }
        writeln!(f, "  {:<28}{:>10}", "mechanism", "met")?;
        for what in MECHANISMS {
            writeln!(f, "  {what:<28}{:>10}", self.mechanisms.get(what).unwrap_or(&0))?;
        }
        Ok(())
    }
}

/// Says whether a revision takes a volume from a node that is not ready.
fn is_forced_off(world: &World, number: u64, revision: &Revision) -> bool {
    let (Some(Object::VolumeAttachment(before)), after) = (&revision.before, &revision.after) else {
        return false;
    };
    let going = !before.metadata.is_terminating() && after.as_ref().is_none_or(|after| after.meta().is_terminating());
    let node = Key::cluster(Kind::Node, before.spec.node_name.clone());
    let node = world.store().find_at(&node, number).and_then(Node::of);
    going && node.is_none_or(|node| !node.is_ready())
}
