//! The sidecar's rules, each as a short story.

use super::CsiAttacher;
use crate::actors::bench::Bench;
use crate::api::{Kind, PersistentVolume, VolumeAttachment};
use crate::cloud::{CloudRequest, VolumeState};
use serde_json::json;

type Story = Bench<CsiAttacher>;

const FINALIZER: &str = "external-attacher/ebs-csi-aws-com";

/// Sets the stage: a volume of zone-a, on which nobody has a hand.
fn stage() -> Story {
    let mut story = Story::new();
    let create = CloudRequest::CreateVolume {
        id: "vol-1".into(),
        zone: "zone-a".into(),
        bytes: 1 << 30,
    };
    story.now = story.cloud.request(&create, story.now, &story.settings).unwrap();
    let tree = json!({
        "metadata": {"name": "pv"},
        "spec": {"capacity": {"storage": "1Gi"}, "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}},
    });
    story.put(Kind::PersistentVolume, tree);
    story
}

fn attach(story: &mut Story, node: &str, driver: &str) {
    let spec = json!({"attacher": driver, "nodeName": node, "source": {"persistentVolumeName": "pv"}});
    story.put(
        Kind::VolumeAttachment,
        json!({"metadata": {"name": format!("csi-{node}")}, "spec": spec}),
    );
    story.run();
}

#[test]
fn an_attachment_is_held_then_attached_and_detached_before_it_goes() {
    let mut story = stage();
    attach(&mut story, "node-a1", "ebs.csi.aws.com");
    assert_eq!(
        story.wrote(),
        ["update volumeattachment/csi-node-a1", "update persistentvolume/pv"]
    );
    assert!(!story.get::<VolumeAttachment>("csi-node-a1").status.attached);
    story.pass(story.settings.volume_attach);
    assert_eq!(story.wrote(), ["status volumeattachment/csi-node-a1"]);
    assert!(story.get::<VolumeAttachment>("csi-node-a1").status.attached);
    assert_eq!(story.cloud.volumes["vol-1"].state(story.now), VolumeState::InUse);

    story.delete(Kind::VolumeAttachment, "csi-node-a1");
    story.run();
    assert!(story.wrote().is_empty(), "it waits for the cloud");
    story.pass(story.settings.volume_detach);
    assert_eq!(
        story.wrote(),
        [
            "status volumeattachment/csi-node-a1",
            "update volumeattachment/csi-node-a1"
        ]
    );
    assert!(story.find::<VolumeAttachment>("csi-node-a1").is_none());
    assert_eq!(story.cloud.volumes["vol-1"].state(story.now), VolumeState::Available);
}

#[test]
fn a_volume_that_another_machine_has_is_not_attached_and_the_error_stands_on_the_attachment() {
    let mut story = stage();
    attach(&mut story, "node-a1", "ebs.csi.aws.com");
    story.pass(5_000);
    attach(&mut story, "node-a2", "ebs.csi.aws.com");
    story.pass(10_000);
    let second = story.get::<VolumeAttachment>("csi-node-a2");
    assert!(!second.status.attached);
    assert_eq!(
        second.status.attach_error.as_ref().unwrap().message,
        "rpc error: code = Internal desc = Could not attach volume \"vol-1\" to node \"node-a2\": VolumeInUse: vol-1 is already attached to an instance"
    );
    story.delete(Kind::VolumeAttachment, "csi-node-a1");
    story.pass(60_000);
    let second = story.get::<VolumeAttachment>("csi-node-a2");
    assert!(second.status.attached && second.status.attach_error.is_none());
}

#[test]
fn a_volume_never_leaves_its_zone() {
    let mut story = stage();
    attach(&mut story, "node-b1", "ebs.csi.aws.com");
    story.pass(60_000);
    let error = story.get::<VolumeAttachment>("csi-node-b1").status.attach_error.clone();
    assert!(error.unwrap().message.contains("InvalidVolume.ZoneMismatch"));
}

#[test]
fn the_attachments_of_other_drivers_wait_for_ever() {
    let mut story = stage();
    attach(&mut story, "node-a1", "other.example.com");
    story.pass(600_000);
    assert!(story.wrote().is_empty());
}

#[test]
fn a_deleted_volume_is_held_until_its_attachments_are_gone() {
    let mut story = stage();
    attach(&mut story, "node-a1", "ebs.csi.aws.com");
    story.pass(5_000);
    story.delete(Kind::PersistentVolume, "pv");
    story.run();
    let held = |story: &Story| {
        story
            .get::<PersistentVolume>("pv")
            .metadata
            .finalizers
            .contains(&FINALIZER.into())
    };
    assert!(held(&story));
    story.delete(Kind::VolumeAttachment, "csi-node-a1");
    story.pass(5_000);
    assert!(!held(&story));
}
