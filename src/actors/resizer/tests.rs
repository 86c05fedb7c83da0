//! The rules of growing, each as a short story.

use super::Resizer;
use crate::actors::bench::Bench;
use crate::api::{Kind, Node, PersistentVolume, PersistentVolumeClaim, condition};
use crate::cloud::CloudRequest;
use serde_json::json;

type Story = Bench<Resizer>;

/// Sets the stage: a bound claim of 5Gi on an EBS volume of zone-a.
fn stage() -> Story {
    let mut story = Story::new();
    let create = CloudRequest::CreateVolume {
        id: "vol-1".into(),
        zone: "zone-a".into(),
        bytes: 5 << 30,
    };
    story.now = story.cloud.request(&create, story.now, &story.settings).unwrap();
    story.put(Kind::Node, json!({"metadata": {"name": "node-a1"}}));
    let class = json!({"metadata": {"name": "ebs"}, "provisioner": "ebs.csi.aws.com", "allowVolumeExpansion": true});
    story.put(Kind::StorageClass, class);
    let claim = json!({
        "metadata": {"name": "data"},
        "spec": {"volumeName": "pv", "storageClassName": "ebs", "resources": {"requests": {"storage": "5Gi"}}},
        "status": {"phase": "Bound", "capacity": {"storage": "5Gi"}},
    });
    story.put(Kind::PersistentVolumeClaim, claim);
    let spec = json!({"capacity": {"storage": "5Gi"}, "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}});
    story.put(
        Kind::PersistentVolume,
        json!({"metadata": {"name": "pv"}, "spec": spec}),
    );
    story.run();
    story
}

fn ask(story: &mut Story, size: &str) {
    story.change::<PersistentVolumeClaim>("data", |claim| {
        let size = size.parse().unwrap();
        claim.spec.resources.requests.insert("storage".to_owned(), size);
    });
    story.run();
}

/// Attaches the volume and mounts it.
fn mount(story: &mut Story) {
    let attach = CloudRequest::Attach("vol-1".into(), "node-a1".into());
    story.now = story.cloud.request(&attach, story.now, &story.settings).unwrap();
    let tree = json!({
        "metadata": {"name": "csi-1"},
        "spec": {"attacher": "ebs.csi.aws.com", "nodeName": "node-a1", "source": {"persistentVolumeName": "pv"}},
        "status": {"attached": true},
    });
    story.put(Kind::VolumeAttachment, tree);
    story.change_status::<Node>("node-a1", |n| {
        n.status.volumes_in_use = vec!["kubernetes.io/csi/ebs.csi.aws.com^vol-1".to_owned()];
    });
    story.run();
}

fn capacity(story: &Story) -> String {
    story.get::<PersistentVolumeClaim>("data").status.capacity["storage"].to_string()
}

#[test]
fn a_mounted_volume_grows_with_its_file_system_while_it_is_in_use() {
    let mut story = stage();
    mount(&mut story);
    ask(&mut story, "8Gi");
    story.pass(10_000);
    assert_eq!(capacity(&story), "8Gi");
    assert_eq!(story.get::<PersistentVolume>("pv").capacity().to_string(), "8Gi");
    assert_eq!(story.cloud.volumes["vol-1"].disk.capacity(), 8 << 30);
    assert!(story.get::<PersistentVolumeClaim>("data").status.conditions.is_empty());
    assert_eq!(
        story.heard(),
        [
            "Normal ExternalExpanding waiting for an external controller to expand this PVC",
            "Normal Resizing External resizer is resizing volume pv",
            "Normal FileSystemResizeRequired Require file system resize of volume on node",
            "Normal FileSystemResizeSuccessful MountVolume.NodeExpandVolume succeeded for volume \"pv\" node-a1",
        ]
    );
}

#[test]
fn a_volume_that_nobody_mounts_waits_with_its_file_system_for_a_pod() {
    let mut story = stage();
    ask(&mut story, "8Gi");
    story.pass(600_000);
    assert_eq!(capacity(&story), "5Gi");
    assert_eq!(story.cloud.volumes["vol-1"].bytes, 8 << 30);
    let claim = story.get::<PersistentVolumeClaim>("data");
    assert!(condition::is_true(&claim.status.conditions, "FileSystemResizePending"));
    mount(&mut story);
    story.pass(5_000);
    assert_eq!(capacity(&story), "8Gi");
}

#[test]
fn a_second_growth_within_six_hours_is_refused_by_the_cloud_and_comes_later() {
    let mut story = stage();
    mount(&mut story);
    ask(&mut story, "8Gi");
    story.pass(10_000);
    story.heard();
    ask(&mut story, "9Gi");
    story.pass(10_000);
    let said = story.heard();
    let failed = said
        .iter()
        .find(|line| line.starts_with("Warning VolumeResizeFailed"))
        .unwrap();
    assert!(failed.contains("resize volume \"pv\" by resizer \"ebs.csi.aws.com\" failed: rpc error"));
    assert!(failed.contains("6 hours"));
    story.pass(7 * 3_600_000);
    assert_eq!(capacity(&story), "9Gi");
}
