//! One look at one volume: which of its attachments are done, which may go, and what has to be attached.

use super::desired::Desired;
use super::memory::{Attempt, Pair, Volume};
use super::words;
use crate::actors::{Effect, View};
use crate::api::{Key, Kind, Node, PersistentVolume, TaintEffect, VolumeAttachment, hash};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long one attempt waits for the driver, in milliseconds (`watchTimeout` of the CSI attacher).
const ATTACH_TIMEOUT_MS: i64 = 120_000;

/// One look at one volume.
pub(super) struct Round<'r, 'v> {
    pub view: &'r View<'v>,
    pub key: &'r Key,
    pub desired: &'r Desired<'v>,
    pub effects: Vec<Effect>,
    /// The nodes that have the volume.
    pub holders: Vec<Arc<str>>,
    /// Whether an attachment or detachment is under way.
    pub busy: bool,
}

impl Round<'_, '_> {
    /// Looks at one attachment: is it done, is it still wanted, may it go?
    pub fn look_at(
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
            pair.detach_since = None;
            if std::mem::take(&mut pair.unreported) {
                // It was about to be detached, and its node was told so: now it is told otherwise.
                self.effects.push(self.wake_node(node));
            }
            return;
        }
        if !self.may_detach(pair, node, &attach_name, mounted_at_last) {
            return;
        }
        self.busy = true;
        if reported {
            // First the node is told that the volume is no longer safe to mount; then it is detached, in one go.
            pair.unreported = true;
            self.effects.extend(untold(self.view, node, &attach_name));
        }
        self.effects.push(Effect::delete(&**attachment));
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
    pub fn attach(&mut self, memory: &mut Volume, volume: &PersistentVolume, has: impl Fn(&str) -> bool) {
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
    attachment.metadata.name = format!("csi-{}", hash::sha256_hex(format!("{handle}{driver}{node}"))).into();
    attachment.spec.attacher = driver.to_owned().into();
    attachment.spec.node_name = node.clone();
    attachment.spec.source.persistent_volume_name = Some(volume.metadata.name.clone());
    Some(attachment)
}

/// Says whether a person has declared the node dead, so that its volumes may be taken at once.
fn is_out_of_service(node: &Node) -> bool {
    node.spec
        .taints
        .iter()
        .any(|taint| taint.key == "node.kubernetes.io/out-of-service" && taint.effect == TaintEffect::NoExecute)
}

/// Returns the write that takes a volume from the list of a node's attached volumes.
fn untold(view: &View<'_>, node: &str, attach_name: &str) -> Option<Effect> {
    let mut told = Node::clone(view.get::<Node>("", node)?);
    told.status.volumes_attached.retain(|volume| volume.name != attach_name);
    Some(Effect::update_status(told))
}

/// Says whether a node's status lists a volume as attached.
fn is_reported(view: &View<'_>, node: &str, attach_name: &str) -> bool {
    view.get::<Node>("", node)
        .is_some_and(|node| node.status.volumes_attached.iter().any(|v| v.name == attach_name))
}
