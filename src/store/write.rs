//! Creating, updating and binding: optimistic concurrency, generations, and no revision without a change.

use super::{Hand, Refusal, Store, status};
use crate::api::{Condition, Key, Kind, Meta, Node, Object, Pod, Resource, Uid, condition, hash};
use std::sync::Arc;

/// The labels of a node that its pods get when they are bound (admission plugin `PodTopologyLabels`, on since 1.35).
const TOPOLOGY_LABELS: [&str; 2] = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

impl Store {
    /// Creates an object and returns it as stored. Refused when the name is taken, its namespace is missing or going,
    /// there is no room for it, or admission finds fault with it.
    pub fn create(&mut self, mut object: Object, hand: &mut Hand<'_>) -> Result<Object, Refusal> {
        let generated = object.meta().name.is_empty() && !object.meta().generate_name.is_empty();
        if generated {
            self.generate_name(&mut object, hand);
        }
        let key = object.key();
        if object.meta().name.is_empty() {
            return Err(Refusal::BadRequest("resource name may not be empty".to_owned()));
        }
        if self.find(&key).is_some() {
            return Err(Refusal::AlreadyExists(key));
        }
        if !self.has_room(&key.kind) {
            return Err(Refusal::OutOfSpace);
        }
        let meta = object.meta_mut();
        meta.uid = Uid((u128::from((hand.draw)()) << 64) | u128::from((hand.draw)()));
        meta.creation_timestamp = Some(hand.now);
        meta.deletion_timestamp = None;
        meta.deletion_grace_period_seconds = None;
        meta.generation = 0;
        self.admit_create(&mut object, hand)?;
        if status::has_generation(&object) {
            object.meta_mut().generation = 1;
        }
        Ok(self
            .commit(hand, None, Some(object))
            .expect("a creation leaves an object"))
    }

    /// Gives an object a name of its base and five letters; one that is taken is drawn anew, eight times at most
    /// (`RetryGenerateName`, on since 1.31).
    fn generate_name(&self, object: &mut Object, hand: &mut Hand<'_>) {
        // The base is cut so that the whole still fits a label (apiserver/pkg/storage/names, `SimpleNameGenerator`).
        let base: String = object.meta().generate_name.chars().take(58).collect();
        for _ in 0..8 {
            object.meta_mut().name = format!("{base}{}", hash::suffix((hand.draw)())).into();
            if self.find(&object.key()).is_none() {
                return;
            }
        }
    }

    /// Replaces everything but the status, and returns the object as stored. A resource version of 0 means "whatever
    /// is there". Once deletion was asked for and the last finalizer is gone, so is the object.
    pub fn update(&mut self, object: Object, hand: &mut Hand<'_>) -> Result<Object, Refusal> {
        let (key, old) = self.current(&object)?;
        let mut new = object;
        status::keep_status(&mut new, &old);
        let meta = new.meta_mut();
        meta.uid = old.meta().uid;
        meta.creation_timestamp = old.meta().creation_timestamp;
        meta.deletion_timestamp = old.meta().deletion_timestamp;
        meta.deletion_grace_period_seconds = old.meta().deletion_grace_period_seconds;
        meta.generation = old.meta().generation;
        meta.resource_version = old.meta().resource_version;
        self.admit_update(&old, &mut new, hand)?;
        if status::spec_differs(&old, &new) {
            new.meta_mut().generation += 1;
        }
        self.land(&key, old, new, hand)
    }

    /// Changes the metadata of an object as it stands now, whatever the writer saw last (a patch).
    pub fn amend(
        &mut self,
        key: &Key,
        uid: Uid,
        change: impl FnOnce(&mut Meta),
        hand: &mut Hand<'_>,
    ) -> Result<Object, Refusal> {
        let mut object = self.find(key).cloned().ok_or_else(|| Refusal::NotFound(key.clone()))?;
        if object.meta().uid != uid {
            return Err(Refusal::OtherUid(key.clone()));
        }
        change(object.meta_mut());
        self.update(object, hand)
    }

    /// Replaces the status only, and returns the object as stored. A Deployment's status takes its annotations along
    /// (pkg/registry/apps/deployment/strategy.go): its controller writes the revision that way.
    pub fn update_status(&mut self, object: Object, hand: &mut Hand<'_>) -> Result<Object, Refusal> {
        let (key, old) = self.current(&object)?;
        let mut new = status::with_status(&old, &object);
        // The entries of the managers go along with every write, where the writer knows of them.
        let managers = &object.meta().managed_fields;
        if !managers.is_empty() && new.meta().managed_fields != *managers {
            new.meta_mut().managed_fields = managers.clone();
        }
        match (&mut new, &object) {
            (Object::Deployment(_), _) => new.meta_mut().annotations = object.meta().annotations.clone(),
            // The subresource `finalize` of namespaces: plain updates leave `spec.finalizers` as they are.
            (Object::Namespace(new), Object::Namespace(meant)) if new.spec.finalizers != meant.spec.finalizers => {
                Arc::make_mut(new).spec.finalizers = meant.spec.finalizers.clone();
            }
            _ => (),
        }
        self.land(&key, old, new, hand)
    }

    /// Gives a pod to a node (the `binding` subresource): the node's name, the condition PodScheduled, and the labels
    /// of the node's topology.
    pub fn bind(&mut self, pod: &Key, uid: Uid, node: &str, hand: &mut Hand<'_>) -> Result<Object, Refusal> {
        let old = self.find(pod).cloned().ok_or_else(|| Refusal::NotFound(pod.clone()))?;
        let Some(bound) = Pod::of(&old).filter(|p| p.metadata.uid == uid && !p.is_scheduled()) else {
            return Err(Refusal::Conflict(pod.clone()));
        };
        if bound.metadata.is_terminating() {
            return Err(Refusal::Conflict(pod.clone()));
        }
        let mut bound = (**bound).clone();
        bound.spec_mut().node_name = node.into();
        bound.status.nominated_node_name = "".into();
        let scheduled = Condition::new("PodScheduled", true, "", "", hand.now);
        condition::set(&mut bound.status.conditions, scheduled);
        self.label_topology(&mut bound);
        self.land(pod, old, bound.into_object(), hand)
    }

    /// Copies the labels of its node's topology to a pod.
    pub(super) fn label_topology(&self, pod: &mut Pod) {
        if let Some(node) = self.get::<Node>("", &pod.spec.node_name) {
            for label in TOPOLOGY_LABELS {
                if let Some(value) = node.metadata.labels.get(label) {
                    pod.metadata.labels.set(label, value);
                }
            }
        }
    }

    /// Returns the key and the stored object, if the writer saw the newest revision of it.
    fn current(&self, seen: &Object) -> Result<(Key, Object), Refusal> {
        let key = seen.key();
        let old = self.find(&key).cloned().ok_or_else(|| Refusal::NotFound(key.clone()))?;
        let (meant, held) = (seen.meta(), old.meta());
        if meant.uid != Uid::default() && meant.uid != held.uid {
            return Err(Refusal::OtherUid(key));
        }
        if meant.resource_version != 0 && meant.resource_version != held.resource_version {
            return Err(Refusal::Conflict(key));
        }
        Ok((key, old))
    }

    /// Commits a change, if it is one; removes what nothing holds any more.
    fn land(&mut self, _key: &Key, old: Object, new: Object, hand: &mut Hand<'_>) -> Result<Object, Refusal> {
        // A write that changes nothing gets no revision, or a controller would wake itself for ever.
        if old == new {
            return Ok(old);
        }
        let released = new.meta().is_terminating() && is_held(&old) && !is_held(&new);
        if released && !waits_for_its_kubelet(&new) {
            self.commit(hand, Some(old), None);
            return Ok(new);
        }
        Ok(self
            .commit(hand, Some(old), Some(new))
            .expect("an update leaves an object"))
    }
}

/// Says whether somebody must agree before the object can go.
fn is_held(object: &Object) -> bool {
    !object.meta().finalizers.is_empty()
        || matches!(object, Object::Namespace(namespace) if !namespace.spec.finalizers.is_empty())
}

/// Says whether a pod still has a grace period, which its kubelet ends.
fn waits_for_its_kubelet(object: &Object) -> bool {
    object.kind() == Kind::Pod
        && object
            .meta()
            .deletion_grace_period_seconds
            .is_some_and(|grace| grace > 0)
}

impl Hand<'_> {
    /// Makes a hand for tests and for the very first objects: no step, draws counted from `seed`.
    pub fn with<R>(now: crate::api::Time, seed: u64, act: impl FnOnce(&mut Hand<'_>) -> R) -> R {
        let mut n = seed;
        let mut draw = || {
            n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = n;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        act(&mut Hand {
            now,
            step: 0,
            draw: &mut draw,
        })
    }
}
