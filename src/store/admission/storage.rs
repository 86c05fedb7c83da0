//! What admission fills in for claims and volumes.

use super::super::{Refusal, Store};
use crate::api::storage::ClaimPhase;
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

impl Store {
    /// Refuses changes of a claim that nothing could follow: of a claim's spec only the size may change, once it is
    /// bound, upwards, and where its class allows it (`ValidatePersistentVolumeClaimUpdate`; admission plugin
    /// `PersistentVolumeClaimResize`). The difference of the two specs, which Kubernetes prints too, is left out.
    pub(super) fn admit_claim_update(
        &self,
        old: &PersistentVolumeClaim,
        new: &PersistentVolumeClaim,
    ) -> Result<(), Refusal> {
        let (before, after) = (old.request().as_milli(), new.request().as_milli());
        let bound = old.status.phase == ClaimPhase::Bound;
        let mut allowed = old.spec.clone();
        if bound {
            allowed.resources = new.spec.resources.clone();
        }
        // A volume and a class may be given where there was none.
        if allowed.volume_name.is_empty() {
            allowed.volume_name = new.spec.volume_name.clone();
        }
        if !old.has_class() {
            allowed.storage_class_name = new.spec.storage_class_name.clone();
        }
        allowed.rest = new.spec.rest.clone();
        let key = old.key();
        let invalid = |cause: &str| {
            let (key, causes) = (key.clone(), vec![cause.to_owned()]);
            Err(Refusal::Invalid { key, causes })
        };
        if allowed != new.spec {
            return invalid(
                "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
            );
        }
        let capacity = old.status.capacity.get("storage").map_or(0, |size| size.as_milli());
        if after < before && after <= capacity {
            return invalid("spec.resources.requests.storage: Forbidden: field can not be less than status.capacity");
        }
        let expandable = || {
            self.get::<StorageClass>("", old.class())
                .is_some_and(|class| class.allow_volume_expansion == Some(true))
        };
        if after > before && !expandable() {
            let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
            return Err(Refusal::Forbidden {
                key,
                why: why.to_owned(),
            });
        }
        Ok(())
    }
}

/// Adds the finalizer that keeps an object while it is in use.
pub(super) fn protect(object: &mut impl Resource, finalizer: &'static str) {
    let finalizers = &mut object.meta_mut().finalizers;
    if !finalizers.iter().any(|have| have == finalizer) {
        finalizers.push(finalizer.into());
    }
}
