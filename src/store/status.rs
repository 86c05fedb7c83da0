//! The two halves of an object: who writes the spec leaves the status alone, and the other way round.

use crate::api::Object;
use std::sync::Arc;

macro_rules! halves {
    (status: [$($kind:ident),* $(,)?], spec: [$($with_spec:ident),* $(,)?]) => {
        /// Gives `new` the status of `old`: a write of the spec does not touch it.
        pub(super) fn keep_status(new: &mut Object, old: &Object) {
            match (new, old) {
                $((Object::$kind(new), Object::$kind(old)) if new.status != old.status => {
                    Arc::make_mut(new).status = old.status.clone();
                })*
                (Object::Carried(_, new), Object::Carried(_, old))
                    if new.rest.get("status") != old.rest.get("status") =>
                {
                    match old.rest.get("status") {
                        Some(status) => Arc::make_mut(new).rest.insert("status".to_owned(), status.clone()),
                        None => Arc::make_mut(new).rest.remove("status"),
                    };
                }
                _ => (),
            }
        }

        /// Returns `old` with the status of `new`: a write of the status touches nothing else.
        pub(super) fn with_status(old: &Object, new: &Object) -> Object {
            match (old, new) {
                $((Object::$kind(old), Object::$kind(new)) => {
                    let mut merged = (**old).clone();
                    merged.status = new.status.clone();
                    Object::$kind(Arc::new(merged))
                })*
                _ => new.clone(),
            }
        }

        /// Says whether the specs differ, so that the generation must rise.
        pub(super) fn spec_differs(old: &Object, new: &Object) -> bool {
            match (old, new) {
                $((Object::$with_spec(old), Object::$with_spec(new)) => old.spec != new.spec,)*
                // A slice is all spec (pkg/registry/discovery/endpointslice/strategy.go).
                (Object::EndpointSlice(old), Object::EndpointSlice(new)) => {
                    old.endpoints != new.endpoints
                        || old.ports != new.ports
                        || old.metadata.labels != new.metadata.labels
                }
                _ => false,
            }
        }

        /// Says whether objects of this kind count generations.
        pub(super) fn has_generation(object: &Object) -> bool {
            matches!(object, Object::EndpointSlice(_) | $(Object::$with_spec(_))|*)
        }
    };
}

halves!(
    status: [
        Namespace, Node, Service, PersistentVolume, PersistentVolumeClaim, VolumeAttachment, Deployment, ReplicaSet,
        StatefulSet, DaemonSet, Job, CronJob, PodDisruptionBudget, Pod,
    ],
    // Kinds whose registry strategy counts generations.
    spec: [Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob, PodDisruptionBudget, Pod]
);
