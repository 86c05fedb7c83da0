//! What to do with a volume.

use super::VolumeBinder;
use super::binding::{set_volume_phase, unbind};
use crate::actors::{Effect, View};
use crate::api::annotations::{MIGRATED_TO, PROVISIONED_BY};
use crate::api::storage::{ReclaimPolicy, VolumePhase};
use crate::api::{PersistentVolume, PersistentVolumeClaim, Resource, Uid, migration};
use std::sync::Arc;

impl VolumeBinder {
    /// Decides what becomes of a volume (`syncVolume`).
    pub(super) fn sync_volume(&mut self, view: &View<'_>, volume: &Arc<PersistentVolume>) -> Vec<Effect> {
        if let Some(effect) = note_migration(volume) {
            return vec![effect];
        }
        let Some(reference) = volume.spec.claim_ref.as_ref().filter(|r| r.uid != Uid::default()) else {
            // Free, or reserved for a claim that will come for it.
            return set_volume_phase(volume, VolumePhase::Available, "", view.now)
                .into_iter()
                .collect();
        };
        let claim = view
            .get::<PersistentVolumeClaim>(&reference.namespace, &reference.name)
            // A claim of the same name, made after the first was deleted, is another claim.
            .filter(|claim| claim.metadata.uid == reference.uid);
        let Some(claim) = claim else {
            return release(view, volume);
        };
        if claim.spec.volume_name.is_empty() {
            return finish_binding(view, volume, claim);
        }
        if claim.spec.volume_name == volume.metadata.name {
            return set_volume_phase(volume, VolumePhase::Bound, "", view.now)
                .into_iter()
                .collect();
        }
        // The claim is bound elsewhere.
        let made_for_it = volume.metadata.annotations.contains_key(PROVISIONED_BY);
        if made_for_it && volume.spec.persistent_volume_reclaim_policy == ReclaimPolicy::Delete {
            return release(view, volume);
        }
        unbind(volume, view.now)
    }
}

/// Lets the claim's own turn finish a binding of which only the volume's side is written, as provisioners leave it.
fn finish_binding(view: &View<'_>, volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> Vec<Effect> {
    if volume.spec.volume_mode == claim.spec.volume_mode {
        return vec![Effect::WakeAt(claim.key(), view.now)];
    }
    let (for_volume, for_claim) = (
        format!(
            "Cannot bind PersistentVolume to requested PersistentVolumeClaim \"{}\" due to incompatible volumeMode.",
            claim.metadata.name
        ),
        format!(
            "Cannot bind PersistentVolume \"{}\" to requested PersistentVolumeClaim due to incompatible volumeMode.",
            volume.metadata.name
        ),
    );
    vec![
        Effect::warning(volume.reference(), "VolumeMismatch", for_volume),
        Effect::warning(claim.reference(), "VolumeMismatch", for_claim),
    ]
}

/// Marks a volume whose claim is gone as released, and reclaims it as its policy says. A deletion that failed is not
/// tried again before the volume changes; Kubernetes tries for ever, with the same outcome.
fn release(view: &View<'_>, volume: &Arc<PersistentVolume>) -> Vec<Effect> {
    let phase = volume.status.phase;
    // A failure stays on show while the reclaiming is tried again.
    let marked = (phase != VolumePhase::Released && phase != VolumePhase::Failed)
        .then(|| set_volume_phase(volume, VolumePhase::Released, "", view.now))
        .flatten();
    let policy = volume.spec.persistent_volume_reclaim_policy;
    let reclaimed = match policy {
        ReclaimPolicy::Delete if phase != VolumePhase::Failed && !volume.metadata.is_terminating() => {
            delete_by_plugin(view, volume)
        }
        _ => vec![],
    };
    marked.into_iter().chain(reclaimed).collect()
}

/// Deletes a released volume if that is this controller's business and not a driver's (`deleteVolumeOperation`).
fn delete_by_plugin(view: &View<'_>, volume: &Arc<PersistentVolume>) -> Vec<Effect> {
    let name = &volume.metadata.name;
    let trouble = match volume.metadata.annotations.get(PROVISIONED_BY) {
        Some(plugin) if !plugin.starts_with("kubernetes.io/") || migration::driver_of(plugin).is_some() => {
            return vec![];
        }
        Some(plugin) => format!("no volume plugin matched name: {plugin}"),
        None if volume.spec.aws_elastic_block_store.is_some() => return vec![],
        None => match &volume.spec.host_path {
            Some(directory) if directory.path.starts_with("/tmp/") => return vec![Effect::delete(&**volume)],
            Some(directory) => {
                let path = &directory.path;
                format!("host_path deleter only supports /tmp/.+ but received provided {path}")
            }
            None => {
                format!("error getting deleter volume plugin for volume \"{name}\": no deletable volume plugin matched")
            }
        },
    };
    let failed = set_volume_phase(volume, VolumePhase::Failed, &trouble, view.now);
    let event = Effect::warning(volume.reference(), "VolumeFailedDelete", trouble);
    failed.into_iter().chain([event]).collect()
}

/// Says on a volume of an old in-tree plugin which driver serves it (`updateMigrationAnnotations`).
fn note_migration(volume: &PersistentVolume) -> Option<Effect> {
    let plugin = volume.metadata.annotations.get(PROVISIONED_BY)?;
    let driver = migration::driver_of(plugin)?;
    if volume.metadata.annotations.value(MIGRATED_TO) == driver {
        return None;
    }
    let mut noted = volume.clone();
    noted.metadata.annotations.set(MIGRATED_TO, driver);
    Some(Effect::update(noted))
}
