//! What admission fills in for claims and volumes.

use super::super::Store;
use crate::api::{PersistentVolumeClaim, Resource, StorageClass};

/// The finalizer of a volume (admission plugin `StorageObjectInUseProtection`).
pub(super) const VOLUME_IN_USE: &str = "kubernetes.io/pv-protection";

/// The finalizer of a claim.
const CLAIM_IN_USE: &str = "kubernetes.io/pvc-protection";

impl Store {
    /// Fills in the default class of a claim that names none (admission plugin `DefaultStorageClass`): the newest of those
    /// that are marked.
    pub(super) fn admit_claim(&mut self, claim: &mut PersistentVolumeClaim) {
        protect(claim, CLAIM_IN_USE);
        let beta = claim
            .metadata
            .annotations
            .contains_key("volume.beta.kubernetes.io/storage-class");
        if claim.spec.storage_class_name.is_none() && !beta {
            let marked = self.list::<StorageClass>("").filter(|class| class.is_default());
            let newest = marked.max_by_key(|class| class.metadata.creation_timestamp);
            claim.spec.storage_class_name = newest.map(|class| class.metadata.name.to_string().into());
        }
    }
}

/// Adds the finalizer that keeps an object while it is in use.
pub(super) fn protect(object: &mut impl Resource, finalizer: &'static str) {
    let finalizers = &mut object.meta_mut().finalizers;
    if !finalizers.iter().any(|have| have == finalizer) {
        finalizers.push(finalizer.into());
    }
}
