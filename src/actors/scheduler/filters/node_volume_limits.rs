//! A node attaches only so many volumes of a driver (CSINode `allocatable.count`).

use super::{Filtering, Site};
use crate::actors::View;
use crate::actors::scheduler::cache::node::ClaimName;
use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::actors::scheduler::volumes::{Volumes, driver_and_handle, driver_name};
use crate::api::{CsiNode, PersistentVolume, StorageClass};
use std::collections::{BTreeMap, BTreeSet};

/// A volume of a driver: driver and handle.
type DriverVolume = (String, String);

/// Judges a node (plugins/nodevolumelimits/csi.go): volumes of the pods there, and volumes that are still attached.
pub fn check(filtering: &Filtering<'_>, site: &Site<'_>) -> Verdict {
    if filtering.claims.names.is_empty() {
        return Ok(());
    }
    let view = &filtering.view;
    let node = &site.node.metadata.name;
    let limits = limits_of(view, node);
    let at_most = filtering.claims.names.len() + site.info.claims.len() + filtering.volumes.attached(node).count();
    // Far from the limit it need not be known which claim is which volume.
    if limits.values().all(|limit| at_most as i64 <= *limit) {
        return Ok(());
    }
    let of_claims = |names: &mut dyn Iterator<Item = &ClaimName>| -> BTreeSet<DriverVolume> {
        names
            .filter_map(|name| volume_of(view, filtering.volumes, name))
            .collect()
    };
    let mut new = of_claims(&mut filtering.claims.names.iter());
    let mut there = of_claims(&mut site.info.claims.keys());
    // Volumes that are still attached count too, whether or not a pod there needs them (`getNodeVolumeAttachmentInfo`).
    let attached = filtering.volumes.attached(node);
    there.extend(attached.filter_map(|name| driver_and_handle(view.get::<PersistentVolume>("", name)?)));
    new.retain(|volume| !there.contains(volume));
    for (driver, limit) in limits {
        let count = |volumes: &BTreeSet<DriverVolume>| volumes.iter().filter(|(d, _)| *d == driver).count() as i64;
        let added = count(&new);
        if added > 0 && count(&there) + added > limit {
            return Plugin::NodeVolumeLimits.rejects("node(s) exceed max volume count");
        }
    }
    Ok(())
}

/// Returns how many volumes of each driver a node attaches.
fn limits_of(view: &View<'_>, node: &str) -> BTreeMap<String, i64> {
    let Some(csi_node) = view.get::<CsiNode>("", node) else {
        return BTreeMap::new();
    };
    let count = |driver: &crate::api::node::CsiNodeDriver| driver.allocatable.as_ref()?.count;
    let limited = csi_node.spec.drivers.iter();
    limited
        .filter_map(|driver| Some((driver.name.to_string(), count(driver)?)))
        .collect()
}

/// Returns the volume of a claim; of one that is not bound yet, the one that its class would make.
fn volume_of(view: &View<'_>, volumes: &Volumes, (namespace, name): &ClaimName) -> Option<DriverVolume> {
    let claim = volumes.claim(view, namespace, name)?;
    if claim.spec.volume_name.is_empty() {
        let class = view.get::<StorageClass>("", claim.class())?;
        let driver = driver_name(&class.provisioner).to_owned();
        return Some((driver, format!("{namespace}/{name}")));
    }
    driver_and_handle(volumes.volume(view, &claim.spec.volume_name)?)
}
