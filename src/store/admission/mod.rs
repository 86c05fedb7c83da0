//! Admission: what the API server fills in, and what it refuses, before an object is stored.

mod pod;

use super::{Hand, Refusal, Store};
use crate::api::{Key, Kind, Namespace, Object, Resource, hash};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The settings of admission.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Admission {
    /// Seconds that a pod stays on a node that is not ready (`--default-not-ready-toleration-seconds`).
    pub not_ready_toleration_seconds: i64,
    /// Seconds that a pod stays on a node that is unreachable (`--default-unreachable-toleration-seconds`).
    pub unreachable_toleration_seconds: i64,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            not_ready_toleration_seconds: 300,
            unreachable_toleration_seconds: 300,
        }
    }
}

impl Store {
    /// Fills in what a new object leaves out; refuses one that breaks a rule.
    pub(super) fn admit_create(&mut self, object: &mut Object, hand: &mut Hand<'_>) -> Result<(), Refusal> {
        let key = object.key();
        if key.kind.is_namespaced() {
            let Some(namespace) = self.get::<Namespace>("", &key.namespace) else {
                return Err(Refusal::NotFound(Key::cluster(Kind::Namespace, key.namespace)));
            };
            if namespace.metadata.is_terminating() {
                let why = format!(
                    "unable to create new content in namespace {} because it is being terminated",
                    key.namespace
                );
                return Err(Refusal::Forbidden { key, why });
            }
        }
        match object {
            Object::Pod(pod) => self.admit_pod(Arc::make_mut(pod), hand)?,
            Object::Secret(secret) => Arc::make_mut(secret).fold_string_data(),
            Object::Namespace(namespace) => {
                let namespace = Arc::make_mut(namespace);
                let name = namespace.metadata.name.to_string();
                namespace.metadata.labels.set("kubernetes.io/metadata.name", name);
                namespace.spec.finalizers = vec!["kubernetes".into()];
            }
            Object::PersistentVolumeClaim(claim) => protect(Arc::make_mut(claim), "kubernetes.io/pvc-protection"),
            Object::PersistentVolume(volume) => protect(Arc::make_mut(volume), "kubernetes.io/pv-protection"),
            Object::Service(service) => {
                let service = Arc::make_mut(service);
                if service.spec.cluster_ip.is_empty() && service.spec.kind != "ExternalName" {
                    let draw = (hand.draw)();
                    service.spec.cluster_ip = format!("10.96.{}.{}", draw % 256, draw / 256 % 254 + 1).into();
                }
            }
            _ => (),
        }
        Ok(())
    }

    /// Fills in what an update leaves out; refuses one that breaks a rule.
    pub(super) fn admit_update(&mut self, _old: &Object, new: &mut Object, _: &mut Hand<'_>) -> Result<(), Refusal> {
        if let Object::Secret(secret) = new {
            Arc::make_mut(secret).fold_string_data();
        }
        Ok(())
    }
}

/// Adds the finalizer that keeps an object while it is in use (admission plugin `StorageObjectInUseProtection`).
fn protect(object: &mut impl Resource, finalizer: &'static str) {
    let finalizers = &mut object.meta_mut().finalizers;
    if !finalizers.iter().any(|have| have == finalizer) {
        finalizers.push(finalizer.into());
    }
}

/// Returns a short random ending for a name.
#[expect(
    dead_code,
    reason = "the token volume of pods comes with the ServiceAccount admission"
)]
fn suffix(hand: &mut Hand<'_>) -> String {
    hash::suffix((hand.draw)())
}
