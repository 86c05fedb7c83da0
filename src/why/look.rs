//! Looking around in a world: who uses what, who owns what, how a machine is, what is due.

use super::answer::{Coming, Mover, Way};
use crate::actors::ActorId;
use crate::api::{Key, Kind, Meta, Node, Object, PersistentVolume, PersistentVolumeClaim, Pod, Time, VolumeAttachment};
use crate::cloud::{EbsVolume, Link, Power, VolumeId};
use crate::sim::{Due, Fault, Step, Who, World, told_of_images};
use crate::store::Store;
use std::sync::Arc;

/// A world that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Look<'w> {
    pub world: &'w World,
    pub store: &'w Store,
    pub now: Time,
}

/// How the machine of a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plight {
    /// It is heard.
    Fine,
    /// It has no power.
    Off,
    /// It went down, and boots.
    Booting,
    /// It is cut off.
    Cut,
    /// Its kubelet does not run.
    Mute,
    /// There is no such machine.
    Missing,
}

impl<'w> Look<'w> {
    /// Looks at a world.
    pub fn new(world: &'w World) -> Self {
        Self {
            world,
            store: world.store(),
            now: world.now(),
        }
    }

    /// Returns when an actor comes back to a key by itself.
    pub fn timer(&self, actor: ActorId, key: &Key) -> Option<Time> {
        let mut due = self.world.due();
        due.find_map(|(at, due)| match due {
            Due::Timer(id, of) if *id == actor && of == key && at > self.now => Some(at),
            _ => None,
        })
    }

    /// Returns what an actor's timer for a key brings; the words are those of [`Coming::new`].
    pub fn coming(&self, actor: ActorId, key: &Key, en: &str, ko: &str) -> Option<Coming> {
        self.timer(actor, key).map(|at| Coming::new(self.now, at, en, ko))
    }

    /// Returns how the machine of a node is.
    pub fn plight(&self, node: &str) -> Plight {
        match self.world.cloud.machines.get(node) {
            None => Plight::Missing,
            Some(machine) if machine.power == Power::Off => match self.boots_at(node) {
                Some(_) => Plight::Booting,
                None => Plight::Off,
            },
            Some(machine) if machine.link == Link::Cut => Plight::Cut,
            Some(machine) if !machine.kubelet => Plight::Mute,
            Some(_) => Plight::Fine,
        }
    }

    /// Returns when a machine that boots runs again.
    pub fn boots_at(&self, node: &str) -> Option<Time> {
        let mut due = self.world.due();
        due.find_map(|(at, due)| match due {
            Due::Boot(of, _) if **of == *node => Some(at),
            _ => None,
        })
    }

    /// Returns when the API server's picture of a node becomes NotReady; None where it is heard, or is heard before.
    pub fn doubted(&self, node: &Node) -> Option<Coming> {
        let lifecycle = &self.world.actors().node_lifecycle;
        let at = lifecycle.doubts_at(&self.world.view(), node)?;
        let words = ("the API server notices (NotReady)", "API 서버가 알아차림(NotReady)");
        let back = self.boots_at(&node.metadata.name);
        let notices = at > self.now && back.is_none_or(|back| at < back);
        notices.then(|| Coming::new(self.now, at, words.0, words.1))
    }

    /// Returns the disk of a volume, where it is one of the cloud's.
    pub fn disk(&self, volume: &PersistentVolume) -> Option<(&'w VolumeId, &'w EbsVolume)> {
        let (_, handle) = volume.csi()?;
        self.world.cloud.volumes.get_key_value(handle)
    }

    /// Returns the ways by which the machine of a node comes back: patience, where it does so by itself.
    pub fn ways_back(&self, node: &str) -> Vec<Way> {
        match self.boots_at(node) {
            // Its kubelet, and what runs there, need some seconds more.
            Some(at) => vec![Way::wait(at - self.now + 15_000)],
            None => self.mending(node).map(Way::mend).into_iter().collect(),
        }
    }

    /// Returns what mends the machine of a node.
    pub fn mending(&self, node: &str) -> Option<Fault> {
        match self.plight(node) {
            Plight::Off => Some(Fault::StartNode(node.into())),
            Plight::Cut => Some(Fault::Heal(node.into())),
            Plight::Fine | Plight::Booting | Plight::Mute | Plight::Missing => None,
        }
    }

    /// Returns when somebody last mended what an image does, or a disk of a pod that runs it.
    pub fn mended_at(&self, pod: &Pod, image: &str) -> Option<Time> {
        let claims = pod.claims().filter_map(|name| self.claim(pod, &name));
        let volumes = claims.filter_map(|claim| self.volume(claim));
        let disks = volumes.filter_map(|volume| self.disk(volume));
        let healed: Vec<String> = disks.map(|(id, _)| Fault::HealDisk(id.clone()).to_string()).collect();
        let mends = |step: &&Step| match &step.who {
            Who::Fault(words) => {
                healed.iter().any(|healed| **healed == **words)
                    || told_of_images(words).is_some_and(|told| told.lifted && told.means(image))
            }
            _ => false,
        };
        self.world.steps().iter().rev().find(mends).map(|step| step.at)
    }

    /// Returns the pods that use a claim and have not ended.
    pub fn users(&self, namespace: &str, claim: &str) -> Vec<&'w Arc<Pod>> {
        let pods = self
            .store
            .list::<Pod>("")
            .filter(|pod| *pod.metadata.namespace == *namespace);
        pods.filter(|pod| !pod.status.phase.is_terminal() && pod.claims().any(|used| used == *claim))
            .collect()
    }

    /// Returns a pod's claim by its name.
    pub fn claim(&self, pod: &Pod, name: &str) -> Option<&'w Arc<PersistentVolumeClaim>> {
        self.store.get(&pod.metadata.namespace, name)
    }

    /// Returns the volume of a claim.
    pub fn volume(&self, claim: &PersistentVolumeClaim) -> Option<&'w Arc<PersistentVolume>> {
        self.store.get("", &claim.spec.volume_name)
    }

    /// Returns the attachments of a volume.
    pub fn attachments(&self, volume: &str) -> Vec<&'w Arc<VolumeAttachment>> {
        let all = self.store.list::<VolumeAttachment>("");
        all.filter(|a| a.spec.source.persistent_volume_name.as_deref() == Some(volume))
            .collect()
    }

    /// Returns a node.
    pub fn node(&self, name: &str) -> Option<&'w Arc<Node>> {
        self.store.get("", name)
    }

    /// Returns the object that manages another one.
    pub fn manager(&self, meta: &Meta) -> Option<&'w Object> {
        let owner = meta.controller()?;
        let kind = Kind::of(&owner.api_version, &owner.kind)?;
        let key = match kind.is_namespaced() {
            true => Key::new(kind, meta.namespace.clone(), owner.name.clone()),
            false => Key::cluster(kind, owner.name.clone()),
        };
        self.store.find(&key).filter(|found| found.meta().uid == owner.uid)
    }

    /// Returns the object at the top of those that manage another one.
    pub fn top(&self, meta: &Meta) -> Option<&'w Object> {
        let mut top = self.manager(meta)?;
        // Owners can be written in a ring; nobody is managed through more than a few.
        for _ in 0..8 {
            match self.manager(top.meta()) {
                Some(above) => top = above,
                None => break,
            }
        }
        Some(top)
    }

    /// Returns the pods that an object manages, directly or through others.
    pub fn pods_of(&self, object: &Object) -> Vec<&'w Arc<Pod>> {
        self.store.pods_of(object.meta().uid)
    }

    /// Returns who must act where a node's machine is not well.
    pub fn mover_of(&self, node: &str) -> Mover {
        match self.plight(node) {
            Plight::Fine => Mover::Component(format!("kubelet ({node})").into()),
            Plight::Booting => Mover::Booting(node.into()),
            _ => Mover::Machine(node.into()),
        }
    }
}

/// Returns a name as a person reads it: the uid in a volume's name is cut short.
pub(super) fn short(name: &str) -> String {
    match name.strip_prefix("pvc-") {
        Some(uid) if uid.len() == 36 && uid.is_char_boundary(8) => format!("pvc-{}…", &uid[..8]),
        _ => name.to_owned(),
    }
}
