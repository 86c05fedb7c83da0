//! Which mechanisms a run met: a property that never meets what it is about proves nothing.

use crate::api::{Event, Key, Kind, Node, Object, Pod, Resource};
use crate::sim::{Who, World};
use crate::store::Revision;
use std::collections::BTreeMap;

/// How often each mechanism was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met(pub BTreeMap<&'static str, usize>);

/// The mechanisms that are counted.
pub const MECHANISMS: [&str; 9] = [
    "pod deleted by a person",
    "container restarted",
    "node lost",
    "component restarted",
    "Multi-Attach refused",
    "pod evicted",
    "volume forced off",
    "write refused",
    "volume attached",
];

impl Met {
    /// Counts what happened in a world.
    pub fn of(world: &World) -> Self {
        let mut met = Self::default();
        let mut add = |what: &'static str, n: usize| *met.0.entry(what).or_default() += n;
        let store = world.store();
        for event in store.list::<Event>("") {
            let count = event.count.unwrap_or(1).max(1) as usize;
            match &*event.reason {
                "FailedAttachVolume" if event.message.starts_with("Multi-Attach") => add("Multi-Attach refused", count),
                "TaintManagerEviction" if event.message.starts_with("Marking") => add("pod evicted", count),
                "SuccessfulAttachVolume" => add("volume attached", count),
                _ => (),
            }
        }
        for (number, revision) in (1..).zip(store.between(0, store.head())) {
            if is_forced_off(world, number, revision) {
                add("volume forced off", 1);
            }
            let (Some(Object::Pod(before)), Some(Object::Pod(after))) = (&revision.before, &revision.after) else {
                continue;
            };
            let restarts = |pod: &Pod| {
                pod.status
                    .container_statuses
                    .iter()
                    .map(|s| s.restart_count)
                    .sum::<i64>()
            };
            add(
                "container restarted",
                (restarts(after) - restarts(before)).max(0) as usize,
            );
        }
        for step in world.steps() {
            match &step.who {
                Who::Person(words) if words.starts_with("delete pod/") => add("pod deleted by a person", 1),
                Who::Fault(words) if words.contains("loses power") || words.contains("cut off") => add("node lost", 1),
                Who::Fault(words) if words.ends_with(" restarts") => add("component restarted", 1),
                _ => (),
            }
        }
        add("write refused", world.refusals());
        met
    }

    /// Adds what another run met.
    pub fn add(&mut self, other: &Met) {
        for (what, n) in &other.0 {
            *self.0.entry(what).or_default() += n;
        }
    }

    /// Returns the mechanisms that were never met, of those that are counted.
    pub fn never(&self) -> Vec<&'static str> {
        MECHANISMS
            .into_iter()
            .filter(|what| self.0.get(what).is_none_or(|n| *n == 0))
            .collect()
    }
}

/// Says whether a revision takes a volume from a node that is not ready.
fn is_forced_off(world: &World, number: u64, revision: &Revision) -> bool {
    let (Some(Object::VolumeAttachment(before)), after) = (&revision.before, &revision.after) else {
        return false;
    };
    let going = !before.metadata.is_terminating() && after.as_ref().is_none_or(|after| after.meta().is_terminating());
    let node = Key::cluster(Kind::Node, before.spec.node_name.clone());
    going
        && world
            .store()
            .find_at(&node, number)
            .and_then(Node::of)
            .is_none_or(|node| !node.is_ready())
}
