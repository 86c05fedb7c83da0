//! What is known of CSI drivers by those who are none: whether their volumes have to be attached to a node first.

use super::View;
use crate::api::migration::EFS_DRIVER;
use crate::api::{Key, Kind, Object};

/// The drivers that are known to say `attachRequired: false` of themselves; most manifests leave their CSIDriver out.
const NOT_ATTACHED: [&str; 5] = [
    EFS_DRIVER,
    "nfs.csi.k8s.io",
    "smb.csi.k8s.io",
    "file.csi.azure.com",
    "secrets-store.csi.k8s.io",
];

/// Says whether the volumes of a driver are attached to a node before they are mounted there: what its CSIDriver object
/// says, and without one what is known of the driver (`csiPlugin.CanAttach`).
pub fn needs_attachment(view: &View<'_>, driver: &str) -> bool {
    let declared = Kind::of("storage.k8s.io/v1", "CSIDriver")
        .and_then(|kind| view.find(&Key::cluster(kind, driver)))
        .and_then(|object| match object {
            Object::Carried(_, carried) => carried.rest.get("spec")?.get("attachRequired")?.as_bool(),
            _ => None,
        });
    declared.unwrap_or(!NOT_ATTACHED.contains(&driver))
}

/// Returns the finalizer by which a driver's attacher holds attachments and volumes
/// (kubernetes-csi/external-attacher, `GetFinalizerName`).
pub fn attacher_finalizer(driver: &str) -> String {
    let plain: String = driver
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("external-attacher/{plain}")
}
