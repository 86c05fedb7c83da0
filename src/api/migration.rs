//! The volumes of the old in-tree plugins, and the CSI drivers that serve them since the plugins are gone
//! (k8s.io/csi-translation-lib). Their objects keep the old form; only the work goes elsewhere.

use super::PersistentVolume;

/// The CSI driver of EBS.
pub const EBS_DRIVER: &str = "ebs.csi.aws.com";

/// The CSI driver of EFS, which has no in-tree ancestor.
pub const EFS_DRIVER: &str = "efs.csi.aws.com";

/// The in-tree plugins that are migrated, with their drivers.
const MIGRATED: [(&str, &str); 7] = [
    ("kubernetes.io/aws-ebs", EBS_DRIVER),
    ("kubernetes.io/gce-pd", "pd.csi.storage.gke.io"),
    ("kubernetes.io/azure-disk", "disk.csi.azure.com"),
    ("kubernetes.io/azure-file", "file.csi.azure.com"),
    ("kubernetes.io/cinder", "cinder.csi.openstack.org"),
    ("kubernetes.io/vsphere-volume", "csi.vsphere.vmware.com"),
    ("kubernetes.io/portworx-volume", "pxd.portworx.com"),
];

/// Returns the driver to which an in-tree plugin is migrated.
pub fn driver_of(plugin: &str) -> Option<&'static str> {
    MIGRATED
        .iter()
        .find(|(name, _)| *name == plugin)
        .map(|(_, driver)| *driver)
}

impl PersistentVolume {
    /// Returns the CSI driver that serves the volume and the handle by which it knows it; in-tree EBS volumes are
    /// translated, those of other clouds are left out.
    pub fn csi(&self) -> Option<(&str, &str)> {
        if let Some(csi) = &self.spec.csi {
            return Some((&csi.driver, &csi.volume_handle));
        }
        let old = self.spec.aws_elastic_block_store.as_ref()?;
        // `aws://zone/vol-1` is an older spelling of `vol-1`.
        let id = old.volume_id.rsplit('/').next().unwrap_or(&old.volume_id);
        Some((EBS_DRIVER, id))
    }

    /// Returns the name by which nodes list the volume in `volumesInUse` and `volumesAttached`.
    pub fn attach_name(&self) -> Option<String> {
        let (driver, handle) = self.csi()?;
        Some(format!("kubernetes.io/csi/{driver}^{handle}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Object};
    use serde_json::json;

    fn volume(spec: serde_json::Value) -> PersistentVolume {
        let tree = json!({"metadata": {"name": "v"}, "spec": spec});
        let Ok(Object::PersistentVolume(volume)) = Object::from_value(&Kind::PersistentVolume, tree) else {
            panic!("a volume")
        };
        PersistentVolume::clone(&volume)
    }

    #[test]
    fn a_volume_of_the_old_plugin_is_served_by_the_driver() {
        for id in ["vol-1", "aws://us-east-1a/vol-1"] {
            let volume = volume(json!({"awsElasticBlockStore": {"volumeID": id, "fsType": "ext4"}}));
            assert_eq!(volume.csi(), Some((EBS_DRIVER, "vol-1")));
            assert_eq!(volume.attach_name().unwrap(), "kubernetes.io/csi/ebs.csi.aws.com^vol-1");
        }
        let directory = volume(json!({"hostPath": {"path": "/data"}}));
        assert_eq!(directory.csi(), None);
    }
}
