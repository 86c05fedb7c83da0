//! The will of the cluster: controllers, scheduler and kubelets, each a file of its own, never using one another.
//!
//! An actor looks (a [`View`]: what the real component could see) and asks ([`Effect`]s, which the kernel lands one at a
//! time). What a real component keeps in memory is plain data in its struct, and is lost when it restarts; it is changed
//! by the actor itself rather than by effects, because it is nobody else's business.

mod effect;
mod history;
mod node_match;
mod owners;
mod sparing;
#[cfg(test)]
mod stage;
mod view;
mod claim_users;
mod attachments;
mod node_pods;
pub mod csi;
#[cfg(test)]
mod bench;

pub mod deployment;
pub mod replicaset;
pub mod statefulset;
pub mod daemonset;
pub mod job;
pub mod cronjob;
pub mod volume_binder;
pub mod provisioner;
pub mod attacher;
pub mod csi_attacher;
pub mod resizer;
pub mod protection;
pub mod endpoints;
pub mod node_lifecycle;
pub mod taint_eviction;
pub mod pod_gc;
pub mod disruption;
pub mod garbage;
pub mod namespaces;
pub mod front_door;
pub mod scheduler;
pub mod kubelet;

pub use effect::{Effect, EventNote, MetaPatch, WRITTEN};
pub use view::View;

use crate::api::{Key, Kind};
use crate::store::Refusal;
use std::sync::Arc;

/// A component of the control plane, or all the kubelets.
pub trait Actor {
    /// The component's name, as its events bear it.
    const NAME: &'static str;

    /// Whether it works on one key at a time; others work on many at once, but never twice on the same.
    const SERIAL: bool = false;

    /// The kinds it watches.
    fn watches(&self) -> Vec<Kind>;

    /// Takes notice of a change (the informers' event handlers) and adds the keys to work on to `wake`.
    ///
    /// After a restart every object there is comes by once more, as if just created.
    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>);

    /// Works on one key: looks at the world, and returns what is asked for, in order.
    ///
    /// It is not called for a key before its view shows its own last writes for that key. The first effect that is
    /// refused drops the rest, and the key comes again after a back-off.
    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect>;

    /// Learns that an effect of a run for `key` was refused, and returns what is still to be done before the key comes
    /// again: what Go code does between an error and its return (it says so in an event, it writes the status). The
    /// kernel lands these too; a refusal among them is not told.
    fn refused(&mut self, _view: &View<'_>, _key: &Key, _effect: &Effect, _refusal: &Refusal) -> Vec<Effect> {
        vec![]
    }

    /// Returns the node from which it works on `key`; None: beside the API server, which it always reaches.
    fn place(&self, _key: &Key) -> Option<Arc<str>> {
        None
    }
}

/// A change as a watch brings it.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The object before; None when it is new to the watcher.
    pub before: Option<&'a crate::api::Object>,
    /// The object after; None when it is gone.
    pub after: Option<&'a crate::api::Object>,
}

impl<'a> Change<'a> {
    /// Returns the object after the change, or the last of it when it is gone.
    pub fn object(&self) -> &'a crate::api::Object {
        self.after.or(self.before).expect("a change has an object")
    }
}

macro_rules! actors {
    ($($field:ident: $actor:ty,)*) => {
        /// All the actors with their memories; plain data.
        #[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
        #[expect(missing_docs, reason = "the fields are the actors' names")]
        pub struct Actors { $(pub $field: $actor,)* }

        /// Names an actor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[expect(missing_docs, non_camel_case_types, reason = "the variants are the fields of `Actors`")]
        pub enum ActorId { $($field,)* }

        impl ActorId {
            /// All of them, in the order in which they are told of a change.
            pub const ALL: &'static [ActorId] = &[$(ActorId::$field,)*];

            /// Returns the component's name, as its events bear it.
            pub fn name(self) -> &'static str {
                match self { $(ActorId::$field => <$actor as Actor>::NAME,)* }
            }

            /// Says whether the actor works on one key at a time.
            pub fn is_serial(self) -> bool {
                match self { $(ActorId::$field => <$actor as Actor>::SERIAL,)* }
            }
        }

        impl Actors {
            /// See [`Actor::watches`].
            pub fn watches(&self, id: ActorId) -> Vec<Kind> {
                match id { $(ActorId::$field => self.$field.watches(),)* }
            }

            /// See [`Actor::heed`].
            pub fn heed(&mut self, id: ActorId, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
                match id { $(ActorId::$field => self.$field.heed(change, view, wake),)* }
            }

            /// See [`Actor::reconcile`].
            pub fn reconcile(&mut self, id: ActorId, view: &View<'_>, key: &Key) -> Vec<Effect> {
                match id { $(ActorId::$field => self.$field.reconcile(view, key),)* }
            }

            /// See [`Actor::refused`].
            pub fn refused(
                &mut self,
                id: ActorId,
                view: &View<'_>,
                key: &Key,
                effect: &Effect,
                refusal: &Refusal,
            ) -> Vec<Effect> {
                match id { $(ActorId::$field => self.$field.refused(view, key, effect, refusal),)* }
            }

            /// See [`Actor::place`].
            pub fn place(&self, id: ActorId, key: &Key) -> Option<Arc<str>> {
                match id { $(ActorId::$field => self.$field.place(key),)* }
            }

            /// Restarts an actor: its memory is as new.
            pub fn restart(&mut self, id: ActorId) {
                match id { $(ActorId::$field => self.$field = Default::default(),)* }
            }
        }
    };
}

actors! {
    deployment: deployment::DeploymentController,
    replicaset: replicaset::ReplicaSetController,
    statefulset: statefulset::StatefulSetController,
    daemonset: daemonset::DaemonSetController,
    job: job::JobController,
    cronjob: cronjob::CronJobController,
    volume_binder: volume_binder::VolumeBinder,
    provisioner: provisioner::Provisioner,
    attacher: attacher::Attacher,
    csi_attacher: csi_attacher::CsiAttacher,
    resizer: resizer::Resizer,
    protection: protection::Protection,
    endpoints: endpoints::EndpointSliceController,
    node_lifecycle: node_lifecycle::NodeLifecycle,
    taint_eviction: taint_eviction::TaintEviction,
    pod_gc: pod_gc::PodGc,
    disruption: disruption::Disruption,
    garbage: garbage::GarbageCollector,
    namespaces: namespaces::NamespaceController,
    front_door: front_door::FrontDoor,
    scheduler: scheduler::Scheduler,
    kubelet: kubelet::Kubelet,
}
