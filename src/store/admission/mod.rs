//! Admission: what the API server fills in, and what it refuses, before an object is stored.
//!
//! Only what needs the state of the cluster stands here; rules that an object breaks by itself are the rim's
//! (`manifest::validate`), which judges what people write.

mod container;
mod immutable;
mod limits;
mod pod;
mod quota;
mod service;
mod storage;
mod workload;

use super::{Hand, Refusal, Store};
use crate::api::quantity::Resources;
use crate::api::{Key, Kind, Namespace, Object, StatefulSet};
use pod::Furnished;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// The settings of admission.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Admission {
    /// Seconds that a pod stays on a node that is not ready (`--default-not-ready-toleration-seconds`).
    pub not_ready_toleration_seconds: i64,
    /// Seconds that a pod stays on a node that is unreachable (`--default-unreachable-toleration-seconds`).
    pub unreachable_toleration_seconds: i64,
    /// What was lately filled in for pods of one template: pods made alike share their containers.
    #[serde(skip)]
    furnished: Vec<Furnished>,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            not_ready_toleration_seconds: 300,
            unreachable_toleration_seconds: 300,
            furnished: Vec::new(),
        }
    }
}

impl Admission {
    /// Changes how many seconds pods stay on a node that is not ready, and on one that is unreachable.
    pub fn tolerate_for(&mut self, not_ready_seconds: i64, unreachable_seconds: i64) {
        // What was filled in under the old settings is forgotten with them.
        *self = Self {
            not_ready_toleration_seconds: not_ready_seconds,
            unreachable_toleration_seconds: unreachable_seconds,
            furnished: Vec::new(),
        };
    }
}

/// Fills in what a reader of the API fills in without looking at anything else (the defaulters of pkg/apis). What needs
/// the state of the cluster is admission's, and comes later.
pub fn fill_in(object: &mut Object) {
    match object {
        Object::Pod(pod) => pod::fill_in(Arc::make_mut(pod)),
        Object::Service(service) => service::fill_in(Arc::make_mut(service)),
        Object::Namespace(namespace) => name_label(Arc::make_mut(namespace)),
        Object::Job(job) => workload::complete(Arc::make_mut(job)),
        other => workload::fill_in(other),
    }
}

/// Does so for an object that was filled in before: a StatefulSet's strategy that has a type already is left without
/// parameters, as OnDelete has none (pkg/apis/apps/v1/defaults.go, `SetDefaults_StatefulSet`).
pub fn refill(object: &mut Object) {
    let is_bare = |set: &StatefulSet| set.spec.update_strategy.rolling_update.is_none();
    let bare = matches!(object, Object::StatefulSet(set) if is_bare(set));
    fill_in(object);
    if let Object::StatefulSet(set) = object
        && bare
    {
        Arc::make_mut(set).spec.update_strategy.rolling_update = None;
    }
}

/// Labels a namespace with its own name (pkg/apis/core/v1/defaults.go, `SetDefaults_Namespace`).
fn name_label(namespace: &mut Namespace) {
    let name = namespace.metadata.name.to_string();
    namespace.metadata.labels.set("kubernetes.io/metadata.name", name);
}

impl Store {
    /// Fills in what a new object leaves out; refuses one that breaks a rule.
    pub(super) fn admit_create(&mut self, object: &mut Object, hand: &mut Hand<'_>) -> Result<(), Refusal> {
        self.refuse_homeless(&object.key())?;
        match &mut *object {
            Object::Pod(pod) => self.admit_pod(Arc::make_mut(pod))?,
            Object::Service(service) => self.admit_service(Arc::make_mut(service), hand)?,
            Object::PersistentVolumeClaim(claim) => {
                self.admit_claim(Arc::make_mut(claim));
                self.limit_claim(claim)?;
            }
            Object::PersistentVolume(volume) => storage::protect(Arc::make_mut(volume), storage::VOLUME_IN_USE),
            Object::Namespace(namespace) => {
                let namespace = Arc::make_mut(namespace);
                name_label(namespace);
                namespace.spec.finalizers = vec!["kubernetes".into()];
            }
            Object::Job(job) => workload::admit_job(Arc::make_mut(job)),
            Object::DaemonSet(_) => {
                workload::fill_in(object);
                workload::count_templates(None, object);
            }
            other => {
                workload::fill_in(other);
                quota::forget_status(other);
            }
        }
        self.keep_within_quotas(None, object, hand.now)
    }

    /// Fills in what an update leaves out; refuses one that breaks a rule.
    pub(super) fn admit_update(&mut self, old: &Object, new: &mut Object, hand: &mut Hand<'_>) -> Result<(), Refusal> {
        match (old, &mut *new) {
            (Object::Service(old), Object::Service(new)) => self.admit_service_update(old, Arc::make_mut(new), hand)?,
            (Object::Namespace(old), Object::Namespace(new)) => {
                Arc::make_mut(new).spec.finalizers = old.spec.finalizers.clone();
            }
            (Object::PersistentVolumeClaim(old), Object::PersistentVolumeClaim(new)) => {
                self.admit_claim_update(old, new)?;
            }
            (Object::PersistentVolumeClaim(_), _) | (Object::Pod(_), _) => (),
            (_, Object::StatefulSet(_)) => refill(new),
            (_, Object::DaemonSet(_)) => {
                workload::fill_in(new);
                workload::count_templates(Some(old), new);
            }
            (_, other) => {
                workload::fill_in(other);
                quota::forget_status(other);
            }
        }
        self.refuse_change(old, new)?;
        match new {
            // Of what can change afterwards, these take more.
            Object::PersistentVolumeClaim(_) | Object::Service(_) => self.keep_within_quotas(Some(old), new, hand.now),
            _ => Ok(()),
        }
    }

    /// Refuses an object whose namespace is missing, or is going (admission plugin `NamespaceLifecycle`).
    fn refuse_homeless(&self, key: &Key) -> Result<(), Refusal> {
        if !key.kind.is_namespaced() {
            return Ok(());
        }
        let Some(namespace) = self.get::<Namespace>("", &key.namespace) else {
            return Err(Refusal::NotFound(Key::cluster(Kind::Namespace, key.namespace.clone())));
        };
        if namespace.metadata.is_terminating() {
            let why = format!(
                "unable to create new content in namespace {} because it is being terminated",
                key.namespace
            );
            return Err(Refusal::Forbidden { key: key.clone(), why });
        }
        Ok(())
    }
}

/// Reads amounts by resource; what is none is left out.
fn amounts(value: &Value) -> Resources {
    let pairs = value.as_object().into_iter().flatten();
    let read = |amount: &Value| match amount {
        Value::String(text) => text.parse().ok(),
        other => other.to_string().parse().ok(),
    };
    pairs
        .filter_map(|(resource, amount)| Some((resource.clone(), read(amount)?)))
        .collect()
}

#[cfg(test)]
mod tests;
