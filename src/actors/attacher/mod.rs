//! The attach-detach controller: decides which volume belongs to which node, and writes it down as VolumeAttachments.
//! Spared from knowing how a driver attaches: it waits until the attachment says that it is done.
//!
//! Source: pkg/controller/volume/attachdetach. It compares what is with what should be ten times a second; here it does
//! so at those instants only at which something has changed. Left out: volumes of plugins other than CSI, of which
//! none has to be attached any more, and ephemeral inline volumes.

mod desired;
mod memory;
mod report;
mod words;
#[cfg(test)]
mod tests;

use super::attachments::Attachments;
use super::claim_users::ClaimUsers;
use super::{Actor, Change, Effect, View, csi};
use crate::api::storage::AccessMode;
use crate::api::{
    Key, Kind, Node, PersistentVolume, PersistentVolumeClaim, Pod, Resource, TaintEffect, Time, VolumeAttachment, hash,
};
use desired::{Desired, wants_volumes};
use memory::{Attempt, Pair, Volume};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long one attempt waits for the driver, in milliseconds (`watchTimeout` of the CSI attacher).
const ATTACH_TIMEOUT_MS: i64 = 120_000;

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
        if !round.busy || memory.for_many {
            if let Some(volume) = volume {
                let has = |node: &str| self.attachments.get(&key.name, node, view).is_some();
                round.attach(&mut memory, volume, has);
            }
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

/// One look at one volume.
struct Round<'r, 'v> {
    view: &'r View<'v>,
    key: &'r Key,
    desired: &'r Desired<'v>,
    effects: Vec<Effect>,
    /// The nodes that have the volume.
    holders: Vec<Arc<str>>,
    /// Whether an attachment or detachment is under way.
    busy: bool,
}

impl Round<'_, '_> {
    /// Looks at one attachment: is it done, is it still wanted, may it go?
    fn look_at(
        &mut self,
        memory: &mut Volume,
        attachment: &Arc<VolumeAttachment>,
        mounted_at_last: &BTreeMap<Arc<str>, BTreeSet<String>>,
    ) {
        let node = &attachment.spec.node_name;
        if attachment.metadata.is_terminating() {
            self.busy = true;
            return;
        }
        let wanted = self.desired.contains(node);
        let reported = is_reported(self.view, node, &memory.attach_name);
        let attach_name = memory.attach_name.clone();
        let pair = memory.nodes.entry(node.clone()).or_default();
        if attachment.status.attached {
            self.take_note(pair, node, reported);
        } else if self.is_under_way(pair, attachment, wanted) {
            self.busy = true;
            return;
        }
        self.holders.push(node.clone());
        if wanted {
            (pair.detach_since, pair.unreported) = (None, false);
            return;
        }
        if !self.may_detach(pair, node, &attach_name, mounted_at_last) {
            return;
        }
        self.busy = true;
        if reported {
            // First the node is told that the volume is no longer safe to mount; then it is detached.
            pair.unreported = true;
            self.effects.push(self.wake_node(node));
        } else {
            self.effects.push(Effect::delete(&**attachment));
        }
    }

    /// Takes note that an attachment is done, and says so on the pods that waited for it. What a node already reports
    /// was announced before this controller started.
    fn take_note(&mut self, pair: &mut Pair, node: &Arc<str>, reported: bool) {
        if pair.announced {
            return;
        }
        (pair.announced, pair.attempt) = (true, None);
        if reported {
            return;
        }
        for pod in self.desired.pods(node) {
            self.effects.push(words::attached(pod, &self.key.name));
        }
        self.effects.push(self.wake_node(node));
    }

    /// Says whether the driver may still be attaching; a failure is said on the pods, again and again with pauses.
    fn is_under_way(&mut self, pair: &mut Pair, attachment: &VolumeAttachment, wanted: bool) -> bool {
        let now = self.view.now;
        let attempt = pair.attempt.get_or_insert(Attempt::new(now));
        if now < attempt.began {
            return wanted;
        }
        let times_out = attempt.began + ATTACH_TIMEOUT_MS;
        let why = match &attachment.status.attach_error {
            Some(error) => error.message.clone(),
            None if now < times_out => {
                self.effects.push(Effect::WakeAt(self.key.clone(), times_out));
                return true;
            }
            None => words::timed_out(attachment, self.desired.handle()),
        };
        if !wanted {
            return false;
        }
        for pod in self.desired.pods(&attachment.spec.node_name) {
            self.effects.push(words::failed(pod, &self.key.name, &why));
        }
        attempt.failed(now);
        self.effects.push(Effect::WakeAt(self.key.clone(), attempt.began));
        true
    }

    /// Says whether a volume that nobody wants on a node any more may be taken from it now. It may not while it is
    /// mounted; unless the node is out of service, or is not well and has had its time.
    fn may_detach(
        &mut self,
        pair: &mut Pair,
        node: &str,
        attach_name: &str,
        mounted_at_last: &BTreeMap<Arc<str>, BTreeSet<String>>,
    ) -> bool {
        let now = self.view.now;
        let object = self.view.get::<Node>("", node);
        let since = *pair.detach_since.get_or_insert(now);
        let mounted = match object {
            Some(node) => node.status.volumes_in_use.iter().any(|name| name == attach_name),
            None => mounted_at_last
                .get(node)
                .is_some_and(|names| names.contains(attach_name)),
        };
        let patience = self.view.settings.force_detach;
        let forced = now - since > patience && !object.is_some_and(|node| node.is_ready());
        let out_of_service = object.is_some_and(|node| is_out_of_service(node));
        if mounted && !forced && !out_of_service {
            if now - since <= patience {
                self.effects
                    .push(Effect::WakeAt(self.key.clone(), since + patience + 1));
            }
            return false;
        }
        true
    }

    /// Attaches the volume where it is wanted, or says why it cannot be.
    fn attach(&mut self, memory: &mut Volume, volume: &PersistentVolume, has: impl Fn(&str) -> bool) {
        for (node, pods) in self.desired.iter() {
            if has(node) {
                continue;
            }
            let pair = memory.nodes.entry(node.clone()).or_default();
            if !memory.for_many && !self.holders.is_empty() {
                if !pair.told {
                    pair.told = true;
                    let others = self.desired.pods_except(node);
                    for pod in pods {
                        self.effects.push(words::multi_attach(pod, &self.key.name, &others));
                    }
                }
                continue;
            }
            *pair = Pair {
                attempt: Some(Attempt::new(self.view.now)),
                ..Pair::default()
            };
            self.effects.extend(new_attachment(volume, node).map(Effect::create));
            if !memory.for_many {
                return;
            }
        }
    }

    fn wake_node(&self, node: &Arc<str>) -> Effect {
        Effect::WakeAt(Key::cluster(Kind::Node, node.clone()), self.view.now)
    }
}

/// Returns the attachment of a volume to a node. Its name follows from the two (`getAttachmentName`).
fn new_attachment(volume: &PersistentVolume, node: &Arc<str>) -> Option<VolumeAttachment> {
    let (driver, handle) = volume.csi()?;
    let mut attachment = VolumeAttachment::default();
    attachment.metadata.name = format!("csi-{}", hash::sha256_hex(&format!("{handle}{driver}{node}"))).into();
    attachment.spec.attacher = driver.to_owned().into();
    attachment.spec.node_name = node.clone();
    attachment.spec.source.persistent_volume_name = Some(volume.metadata.name.clone());
    Some(attachment)
}

/// Says whether a volume may be attached to several nodes at once (`util.IsMultiAttachAllowed`).
fn is_for_many(volume: &PersistentVolume) -> bool {
    let modes = &volume.spec.access_modes;
    let for_many = |mode: &AccessMode| matches!(mode, AccessMode::ReadWriteMany | AccessMode::ReadOnlyMany);
    modes.is_empty() || modes.iter().any(for_many)
}

/// Says whether a person has declared the node dead, so that its volumes may be taken at once.
fn is_out_of_service(node: &Node) -> bool {
    node.spec
        .taints
        .iter()
        .any(|taint| taint.key == "node.kubernetes.io/out-of-service" && taint.effect == TaintEffect::NoExecute)
}

/// Says whether a node's status lists a volume as attached.
fn is_reported(view: &View<'_>, node: &str, attach_name: &str) -> bool {
    view.get::<Node>("", node)
        .is_some_and(|node| node.status.volumes_attached.iter().any(|v| v.name == attach_name))
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
