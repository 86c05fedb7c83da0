//! How fast the nodes of a zone are emptied: one in ten seconds, fewer when much of the zone is down, and none when all
//! the cluster seems to be (`handleDisruption`).

use crate::actors::View;
use crate::api::{Node, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often nodes that wait are looked at, in milliseconds (`NodeEvictionPeriod`).
const LOOK_MS: i64 = 100;

/// From how many nodes on a zone that is partly down is still emptied, ten times slower
/// (`--large-cluster-size-threshold`, `--secondary-node-eviction-rate`).
const LARGE: usize = 50;

/// The zones by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Zones {
    zones: BTreeMap<String, Zone>,
    all_dead: bool,
}

/// One zone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Zone {
    ready: usize,
    /// The nodes that are not well.
    dead: BTreeSet<Arc<str>>,
    state: State,
    /// The nodes that wait for their turn, in order.
    line: Vec<Arc<str>>,
    /// When the last turn was taken.
    last_turn: Option<Time>,
}

/// How much of a zone is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Normal,
    Partial,
    Full,
}

impl Zone {
    /// Returns how much of the zone is down (`ComputeZoneState`).
    fn judge(&self) -> State {
        match (self.ready, self.dead.len()) {
            (0, 1..) => State::Full,
            // `--unhealthy-zone-threshold` 0.55
            (ready, dead) if dead > 2 && dead * 100 >= (ready + dead) * 55 => State::Partial,
            _ => State::Normal,
        }
    }

    /// Returns the pause between two turns; None: no turns at all.
    fn pause(&self, normal: i64) -> Option<i64> {
        match self.state {
            State::Normal | State::Full => Some(normal),
            State::Partial if self.ready + self.dead.len() > LARGE => Some(normal.saturating_mul(10)),
            State::Partial => None,
        }
    }
}

impl Zones {
    /// Takes notice of a node's change; returns the nodes that have to be looked at, as their zones' pace has changed.
    pub fn heed(&mut self, before: Option<&Arc<Node>>, after: Option<&Arc<Node>>, now: Time) -> Vec<Arc<str>> {
        let place = |node: &Arc<Node>| (node.zone().to_owned(), node.is_ready());
        let (old, new) = (before.map(place), after.map(place));
        if let (Some(gone), None) = (before, after) {
            self.remove_from_line(gone);
        }
        if old == new {
            return vec![];
        }
        let Some(name) = after.or(before).map(|node| &node.metadata.name) else {
            return vec![];
        };
        if let Some((zone, ready)) = old {
            let zone = self.zones.entry(zone).or_default();
            zone.ready -= usize::from(ready && zone.ready > 0);
            zone.dead.remove(name);
        }
        if let Some((zone, ready)) = new {
            let zone = self.zones.entry(zone).or_default();
            zone.ready += usize::from(ready);
            if !ready {
                zone.dead.insert(name.clone());
            }
        }
        self.zones.retain(|_, zone| zone.ready > 0 || !zone.dead.is_empty());
        self.judge(now)
    }

    fn judge(&mut self, now: Time) -> Vec<Arc<str>> {
        let were_all_dead = self.all_dead;
        self.all_dead = !self.zones.is_empty() && self.zones.values().all(|zone| zone.judge() == State::Full);
        let mut woken = vec![];
        for zone in self.zones.values_mut() {
            let state = zone.judge();
            if state != zone.state || were_all_dead != self.all_dead {
                zone.state = state;
                if self.all_dead {
                    zone.last_turn = Some(now);
                }
                woken.extend(zone.dead.iter().cloned());
            }
        }
        woken
    }

    /// Says whether no node of the cluster is well.
    pub fn all_are_dead(&self) -> bool {
        self.all_dead
    }

    /// Puts a node into its zone's line and returns when its turn may come; None while there are no turns.
    pub fn turn_of(&mut self, view: &View<'_>, node: &Node) -> Option<Time> {
        let zone = self.zones.entry(node.zone().to_owned()).or_default();
        let name = &node.metadata.name;
        let place = zone.line.iter().position(|waiting| waiting == name);
        // A node that comes into the line is seen at the next look.
        let earliest = if place.is_some() { view.now } else { view.now + 1 };
        let place = place.unwrap_or_else(|| {
            zone.line.push(name.clone());
            zone.line.len() - 1
        });
        let pause = zone.pause(view.settings.node_eviction_pause)?;
        let first = zone.last_turn.map_or(earliest, |last| (last + pause).max(earliest));
        let at = first + pause * place as i64;
        let passed = (at - Time::EPOCH).rem_euclid(LOOK_MS);
        Some(if passed == 0 { at } else { at + (LOOK_MS - passed) })
    }

    /// Lets a node take its zone's turn.
    pub fn take_turn(&mut self, node: &Node, now: Time) {
        self.remove_from_line(node);
        if let Some(zone) = self.zones.get_mut(node.zone()) {
            zone.last_turn = Some(now);
        }
    }

    /// Takes a node out of its zone's line.
    pub fn remove_from_line(&mut self, node: &Node) {
        if let Some(zone) = self.zones.get_mut(node.zone()) {
            zone.line.retain(|waiting| *waiting != node.metadata.name);
        }
    }
}
