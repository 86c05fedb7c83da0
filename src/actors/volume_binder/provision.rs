//! A claim for which there is no volume: its class, and the word to its provisioner.

use crate::actors::{Effect, View};
use crate::api::annotations::{BETA_STORAGE_PROVISIONER, STORAGE_PROVISIONER};
use crate::api::{PersistentVolumeClaim, Resource, StorageClass, migration};
use std::cmp::Reverse;

/// Gives a claim without a class the default class, if there is one by now (`assignDefaultStorageClass`). A claim of
/// the empty class wants none.
pub(super) fn assign_default_class(view: &View<'_>, claim: &PersistentVolumeClaim) -> Option<Effect> {
    if claim.has_class() {
        return None;
    }
    // Of several the newest counts, then the first by name (`util.GetDefaultClass`).
    let class = view
        .list::<StorageClass>("")
        .filter(|class| class.is_default())
        .min_by_key(|class| (Reverse(class.metadata.creation_timestamp), class.metadata.name.clone()))?;
    let mut classed = claim.clone();
    classed.spec.storage_class_name = Some(class.metadata.name.to_string().into());
    Some(Effect::update(classed))
}

/// Names the provisioner in the claim's annotations, and says that it is waited for (`provisionClaim`).
pub(super) fn provision(view: &View<'_>, claim: &PersistentVolumeClaim) -> Vec<Effect> {
    let failed = |why: String| vec![Effect::warning(claim.reference(), "ProvisioningFailed", why)];
    let Some(class) = view.get::<StorageClass>("", claim.class()) else {
        return failed(format!("storageclass.storage.k8s.io \"{}\" not found", claim.class()));
    };
    let provisioner = match migration::driver_of(&class.provisioner) {
        Some(driver) => driver,
        None if class.provisioner.starts_with("kubernetes.io/") => {
            return failed(format!("no volume plugin matched name: {}", class.provisioner));
        }
        None => &class.provisioner,
    };
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    );
    let event = Effect::normal(claim.reference(), "ExternalProvisioning", message);
    name_provisioner(claim, provisioner)
        .into_iter()
        .chain([event])
        .collect()
}

/// Returns the write of the provisioner's name, unless it stands there (`setClaimProvisioner`).
fn name_provisioner(claim: &PersistentVolumeClaim, provisioner: &str) -> Option<Effect> {
    if claim.metadata.annotations.value(STORAGE_PROVISIONER) == provisioner {
        return None;
    }
    let mut named = claim.clone();
    named.metadata.annotations.set(BETA_STORAGE_PROVISIONER, provisioner);
    named.metadata.annotations.set(STORAGE_PROVISIONER, provisioner);
    Some(Effect::update(named))
}
