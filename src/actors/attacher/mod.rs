//! The attach-detach controller: decides which volume belongs to which node, and writes it down as VolumeAttachments.
//! Spared from knowing how a driver attaches: it waits until the attachment says that it is done.
//!
//! Source: pkg/controller/volume/attachdetach. It compares what is with what should be ten times a second; here it does
//! so at those instants only at which something has changed. Left out: volumes of plugins other than CSI, of which
//! none has to be attached any more, and ephemeral inline volumes.

mod desired;
mod memory;
mod report;
mod round;
mod words;
#[cfg(test)]
mod tests;

use super::attachments::Attachments;
use super::claim_users::ClaimUsers;
use super::{Actor, Change, Effect, View, csi};
use crate::api::storage::AccessMode;
use crate::api::{Key, Kind, Node, PersistentVolume, PersistentVolumeClaim, Pod, Resource, Time};
use desired::{Desired, wants_volumes};
use memory::Volume;
use round::Round;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The controller and what it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Attacher {
    users: ClaimUsers,
    attachments: Attachments,
    volumes: BTreeMap<Arc<str>, Volume>,
    /// What nodes that are deleted had mounted when they were last heard of.
    mounted_at_last: BTreeMap<Arc<str>, BTreeSet<String>>,
}

impl Actor for Attacher {
    const NAME: &'static str = "attachdetach-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![
            Kind::Pod,
            Kind::PersistentVolumeClaim,
            Kind::PersistentVolume,
            Kind::VolumeAttachment,
            Kind::Node,
        ]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let volume_key = |name: &Arc<str>| Key::cluster(Kind::PersistentVolume, name.clone());
        match change.object().kind() {
            Kind::Pod => {
                self.users.heed(change);
                let (before, after) = (change.before.and_then(Pod::of), change.after.and_then(Pod::of));
                if before.is_some_and(|p| wants_volumes(p)) == after.is_some_and(|p| wants_volumes(p)) {
                    return;
                }
                let pod = after.or(before).expect("a change has an object");
                for name in pod.claims() {
                    let claim = view.get::<PersistentVolumeClaim>(&pod.metadata.namespace, &name);
                    wake.extend(claim.filter(|c| c.is_bound()).map(|c| volume_key(&c.spec.volume_name)));
                }
            }
            Kind::PersistentVolumeClaim => {
                let claim = change.after.and_then(PersistentVolumeClaim::of);
                wake.extend(claim.filter(|c| c.is_bound()).map(|c| volume_key(&c.spec.volume_name)));
            }
            Kind::VolumeAttachment => {
                let Some((volume, node)) = self.attachments.heed(change) else {
                    return;
                };
                if change.after.is_none() {
                    self.forget(&volume, &node);
                    wake.push(Key::cluster(Kind::Node, node));
                }
                wake.push(volume_key(&volume));
            }
            Kind::Node => self.heed_node(change, wake),
            _ => wake.push(change.object().key()),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::Node {
            return self.report(view, &key.name);
        }
        let tick = next_tick(view);
        if view.now < tick {
            return vec![Effect::WakeAt(key.clone(), tick)];
        }
        self.compare(view, key)
    }
}

impl Attacher {
    /// Returns since when nobody wants a volume on a node any more, as the controller remembers it: six minutes later it
    /// is detached by force from a node that is not ready.
    pub fn unwanted_since(&self, volume: &str, node: &str) -> Option<Time> {
        self.volumes.get(volume)?.nodes.get(node)?.detach_since
    }

    /// Takes notice of what matters of a node: what it has mounted, whether it is well, how it is tainted.
    fn heed_node(&mut self, change: &Change<'_>, wake: &mut Vec<Key>) {
        let (before, after) = (change.before.and_then(Node::of), change.after.and_then(Node::of));
        let name = &change.object().meta().name;
        match (before, after) {
            (Some(gone), None) => {
                let mounted = gone.status.volumes_in_use.iter().cloned().collect();
                self.mounted_at_last.insert(name.clone(), mounted);
            }
            (_, Some(_)) => {
                self.mounted_at_last.remove(name);
            }
            _ => (),
        }
        let alike = |a: &Arc<Node>, b: &Arc<Node>| {
            a.status.volumes_in_use == b.status.volumes_in_use
                && a.status.volumes_attached == b.status.volumes_attached
                && a.is_ready() == b.is_ready()
                && a.spec.taints == b.spec.taints
        };
        if matches!((before, after), (Some(a), Some(b)) if alike(a, b)) {
            return;
        }
        let volumes = self.attachments.on_node(name).cloned();
        wake.extend(volumes.map(|volume| Key::cluster(Kind::PersistentVolume, volume)));
        if before.is_none() {
            wake.push(Key::cluster(Kind::Node, name.clone()));
        }
    }

    /// Compares what is attached of a volume with what should be (`reconciler.reconcile`): detaches first.
    fn compare(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let volume = view.get::<PersistentVolume>("", &key.name);
        let desired = volume.map_or_else(Desired::default, |volume| Desired::of(view, &self.users, volume));
        let mut memory = self.volumes.remove(&key.name).unwrap_or_default();
        if let Some(volume) = volume {
            memory.attach_name = volume.attach_name().unwrap_or_default();
            memory.for_many = is_for_many(volume);
        }
        memory.keep_told_where(|node| desired.contains(node));
        let mut round = Round {
            view,
            key,
            desired: &desired,
            effects: vec![],
            holders: vec![],
            busy: false,
        };
        let attachments: Vec<_> = self.attachments.of_volume(&key.name, view).collect();
        for attachment in attachments {
            round.look_at(&mut memory, attachment, &self.mounted_at_last);
        }
        // Whatever is under way with a volume for one node has to end before anything else begins.
        if (!round.busy || memory.for_many)
            && let Some(volume) = volume
        {
            let has = |node: &str| self.attachments.get(&key.name, node, view).is_some();
            round.attach(&mut memory, volume, has);
        }
        let effects = round.effects;
        if !memory.is_empty() {
            self.volumes.insert(key.name.clone(), memory);
        }
        effects
    }

    /// Forgets what was between a volume and a node: the attachment is gone.
    fn forget(&mut self, volume: &Arc<str>, node: &Arc<str>) {
        if let Some(memory) = self.volumes.get_mut(volume) {
            memory.nodes.remove(node);
            if memory.is_empty() {
                self.volumes.remove(volume);
            }
        }
    }
}

/// Says whether a volume may be attached to several nodes at once (`util.IsMultiAttachAllowed`).
fn is_for_many(volume: &PersistentVolume) -> bool {
    let modes = &volume.spec.access_modes;
    let for_many = |mode: &AccessMode| matches!(mode, AccessMode::ReadWriteMany | AccessMode::ReadOnlyMany);
    modes.is_empty() || modes.iter().any(for_many)
}

/// Returns this instant if the controller looks now, or the next at which it does.
fn next_tick(view: &View<'_>) -> Time {
    let period = view.settings.attach_loop.max(1);
    let passed = (view.now - Time::EPOCH).rem_euclid(period);
    if passed == 0 {
        view.now
    } else {
        view.now + (period - passed)
    }
}

/// Says whether a volume has to be attached at all.
fn is_attachable(view: &View<'_>, volume: &PersistentVolume) -> bool {
    volume
        .csi()
        .is_some_and(|(driver, _)| csi::needs_attachment(view, driver))
}
