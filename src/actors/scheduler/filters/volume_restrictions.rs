//! A claim with the access mode ReadWriteOncePod is for one pod in the whole cluster.
//!
//! Left out: conflicts of disks that pods name without a claim (GCE, EBS, RBD, iSCSI volumes inline), which are only
//! carried.

use super::{Filtering, Site};
use crate::actors::View;
use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::actors::scheduler::volumes::Volumes;
use crate::api::storage::AccessMode;
use crate::api::{Pod, VolumeSource};

/// Turns a pod away whose claim does not exist (plugins/volumerestrictions, `PreFilter`).
pub fn before(pod: &Pod, view: &View<'_>, volumes: &Volumes) -> Result<(), String> {
    for volume in pod.spec.volumes.iter() {
        if let VolumeSource::Claim(source) = volume.source()
            && volumes
                .claim(view, &pod.metadata.namespace, &source.claim_name)
                .is_none()
        {
            return Err(format!("persistentvolumeclaim \"{}\" not found", source.claim_name));
        }
    }
    Ok(())
}

/// Judges a node (plugins/volumerestrictions): all nodes alike, but for the pods imagined gone.
pub fn check(filtering: &Filtering<'_>, site: &Site<'_>) -> Verdict {
    for name in &filtering.claims.once {
        let gone = site.minus.iter().filter(|pod| pod.claims.contains(name)).count();
        let come = site.plus.iter().filter(|pod| pod.claims.contains(name)).count();
        if filtering.core.users_of(name) as usize + come > gone {
            return Plugin::VolumeRestrictions.rejects(
                "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
            );
        }
    }
    Ok(())
}

/// Says whether a claim is for one pod only.
pub fn is_for_one_pod(claim: &crate::api::PersistentVolumeClaim) -> bool {
    claim.spec.access_modes.contains(&AccessMode::ReadWriteOncePod)
}
