//! What an actor can ask for.

use crate::api::{Key, Meta, Object, ObjectReference, OwnerReference, Resource, Text, Time, Uid};
use crate::cloud::CloudRequest;
use crate::programs::Deed;
use crate::store::DeleteOptions;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Stands in an event's message for the name of the object that the same run wrote last: only the API server knows the
/// name that it generated (`Created pod: web-75588d8b7b-8fc45`). The kernel puts the name in.
pub const WRITTEN: char = '\u{fffc}';

/// One wish; the kernel lands the wishes of a run one at a time, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Effect {
    /// Create an object.
    Create(Object),
    /// Replace all but the status of an object.
    Update(Object),
    /// Replace the status of an object.
    UpdateStatus(Object),
    /// Change who owns an object or what holds it, whatever else was changed meanwhile.
    Patch(Key, Uid, MetaPatch),
    /// Delete an object.
    Delete(Key, DeleteOptions),
    /// Give a pod to a node.
    Bind {
        /// The pod.
        pod: Key,
        /// The pod's uid: not another of the same name.
        uid: Uid,
        /// The node's name.
        node: Arc<str>,
    },
    /// Say something of an object.
    Event(EventNote),
    /// Stop here, and come back after a back-off: what returning an error does in Go, where nobody was asked.
    Retry,
    /// Come back to `Key` at an instant.
    WakeAt(Key, Time),
    /// Ask the cloud for something (drivers only). The key that asked comes again when it is done.
    Cloud(CloudRequest),
    /// Do something on a machine (kubelets only).
    Deed(Arc<str>, Deed),
}

/// A change of an object's bonds. It is merged into whatever is there, so it is never refused as out of date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaPatch {
    /// An owner more.
    pub add_owner: Option<OwnerReference>,
    /// Owners fewer.
    pub drop_owners: Vec<Uid>,
    /// A finalizer fewer.
    pub drop_finalizer: Option<Text>,
}

impl MetaPatch {
    /// Merges the change into an object's metadata.
    pub fn apply(&self, meta: &mut Meta) {
        meta.owner_references
            .retain(|owner| !self.drop_owners.contains(&owner.uid));
        meta.owner_references.extend(self.add_owner.clone());
        meta.finalizers
            .retain(|finalizer| Some(finalizer) != self.drop_finalizer.as_ref());
    }
}

/// What is said of an object; repeated and similar ones are combined before they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventNote {
    /// The object.
    pub about: ObjectReference,
    /// Whether it is a `Warning`; else `Normal`.
    pub warning: bool,
    /// `SuccessfulCreate`.
    pub reason: Text,
    /// The sentence; [`WRITTEN`] in it stands for a name.
    pub message: String,
    /// Who says it, where it is not the actor's own name (a CSI driver, the kubelet of a node).
    pub component: Option<Text>,
    /// The node of the speaker, for kubelets.
    pub host: Arc<str>,
}

impl Effect {
    /// Asks for the creation of an object.
    pub fn create(object: impl Resource) -> Self {
        Self::Create(object.into_object())
    }

    /// Asks for the replacement of all but the status of an object.
    pub fn update(object: impl Resource) -> Self {
        Self::Update(object.into_object())
    }

    /// Asks for the replacement of the status of an object.
    pub fn update_status(object: impl Resource) -> Self {
        Self::UpdateStatus(object.into_object())
    }

    /// Asks for one owner more.
    pub fn adopt<T: Resource>(object: &T, owner: OwnerReference) -> Self {
        let patch = MetaPatch {
            add_owner: Some(owner),
            ..MetaPatch::default()
        };
        Self::Patch(object.key(), object.meta().uid, patch)
    }

    /// Asks for one owner fewer.
    pub fn release<T: Resource>(object: &T, owner: Uid) -> Self {
        let patch = MetaPatch {
            drop_owners: vec![owner],
            ..MetaPatch::default()
        };
        Self::Patch(object.key(), object.meta().uid, patch)
    }

    /// Asks for the deletion of exactly this object, in the background.
    pub fn delete<T: Resource>(object: &T) -> Self {
        let uid = Some(object.meta().uid);
        Self::Delete(
            object.key(),
            DeleteOptions {
                uid,
                ..DeleteOptions::default()
            },
        )
    }

    /// Says something of an object, as a Normal event.
    pub fn normal(about: ObjectReference, reason: impl Into<Text>, message: impl Into<String>) -> Self {
        let (reason, message) = (reason.into(), message.into());
        Self::Event(EventNote {
            about,
            warning: false,
            reason,
            message,
            component: None,
            host: "".into(),
        })
    }

    /// Says something of an object, as a Warning.
    pub fn warning(about: ObjectReference, reason: impl Into<Text>, message: impl Into<String>) -> Self {
        let (reason, message) = (reason.into(), message.into());
        Self::Event(EventNote {
            about,
            warning: true,
            reason,
            message,
            component: None,
            host: "".into(),
        })
    }
}
