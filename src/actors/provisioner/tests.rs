//! The provisioners' rules, each as a short story.

use super::{FINALIZER, Provisioner};
use crate::actors::bench::Bench;
use crate::api::annotations::{PROVISIONED_BY, SELECTED_NODE};
use crate::api::storage::VolumePhase;
use crate::api::{Kind, PersistentVolume, PersistentVolumeClaim};
use crate::cloud::{CloudRequest, VolumeState};
use serde_json::{Value, json};

type Story = Bench<Provisioner>;

/// Sets the stage: nodes in three zones, and a class.
fn stage(provisioner: &str, mode: &str, parameters: Value) -> Story {
    let mut story = Story::new();
    for zone in ["a", "b", "c"] {
        for number in 1..=2 {
            let labels = json!({"topology.kubernetes.io/zone": format!("zone-{zone}")});
            let tree = json!({"metadata": {"name": format!("node-{zone}{number}"), "labels": labels}});
            story.put(Kind::Node, tree);
        }
    }
    let tree = json!({
        "metadata": {"name": "class"},
        "provisioner": provisioner,
        "volumeBindingMode": mode,
        "parameters": parameters,
    });
    story.put(Kind::StorageClass, tree);
    story
}

/// Makes a claim that the binder has handed over to the driver.
fn claim(story: &mut Story, name: &str, driver: &str, more: Value) {
    let mut spec = json!({
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "5Gi"}},
        "storageClassName": "class",
    });
    for (key, value) in more.as_object().expect("a map") {
        spec[key] = value.clone();
    }
    let annotations = json!({"volume.kubernetes.io/storage-provisioner": driver});
    let tree = json!({"metadata": {"name": name, "annotations": annotations}, "spec": spec});
    story.put(Kind::PersistentVolumeClaim, tree);
}

fn volume_name(story: &Story, claim: &str) -> String {
    format!("pvc-{}", story.get::<PersistentVolumeClaim>(claim).metadata.uid)
}

#[test]
fn a_volume_is_made_in_the_zone_of_the_node_that_the_scheduler_chose() {
    let mut story = stage("ebs.csi.aws.com", "WaitForFirstConsumer", json!({}));
    claim(&mut story, "data", "ebs.csi.aws.com", json!({}));
    story.pass(60_000);
    assert!(story.heard().is_empty(), "it waits for a node");
    story.change::<PersistentVolumeClaim>("data", |c| c.metadata.annotations.set(SELECTED_NODE, "node-b2"));
    story.run();
    assert_eq!(
        story.heard(),
        ["Normal Provisioning External provisioner is provisioning volume for claim \"default/data\""]
    );
    assert!(story.wrote().is_empty(), "the cloud takes its time");
    story.pass(story.settings.volume_provision);
    let name = volume_name(&story, "data");
    assert_eq!(story.wrote(), [format!("create persistentvolume/{name}")]);
    assert_eq!(
        story.heard(),
        [format!(
            "Normal ProvisioningSucceeded Successfully provisioned volume {name}"
        )]
    );
    let volume = story.get::<PersistentVolume>(&name);
    let (driver, handle) = volume.csi().unwrap();
    assert_eq!((driver, handle.len()), ("ebs.csi.aws.com", "vol-".len() + 17));
    assert_eq!(&*story.cloud.volumes[handle].zone, "zone-b");
    let tree = serde_json::to_value(&**volume).unwrap();
    let place = &tree["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0];
    assert_eq!(
        *place,
        json!({"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["zone-b"]})
    );
    assert_eq!(volume.metadata.finalizers, [FINALIZER, "kubernetes.io/pv-protection"]);
    assert_eq!(volume.metadata.annotations.value(PROVISIONED_BY), "ebs.csi.aws.com");
    assert_eq!(
        volume.status.phase,
        VolumePhase::Pending,
        "binding it is another's work"
    );
    assert_eq!(volume.capacity().to_string(), "5Gi");
}

#[test]
fn immediate_claims_of_a_set_take_the_zones_in_turn() {
    let mut story = stage("ebs.csi.aws.com", "Immediate", json!({}));
    let mut zones = vec![];
    for ordinal in 0..3 {
        let name = format!("data-pg-{ordinal}");
        claim(&mut story, &name, "ebs.csi.aws.com", json!({}));
        story.pass(5_000);
        let volume = story.get::<PersistentVolume>(&volume_name(&story, &name)).clone();
        zones.push(story.cloud.volumes[volume.csi().unwrap().1].zone.to_string());
    }
    zones.sort();
    assert_eq!(zones, ["zone-a", "zone-b", "zone-c"]);
}

#[test]
fn allowed_topologies_and_the_old_zone_parameter_are_kept_to() {
    for (provisioner, parameters, allowed) in [
        (
            "ebs.csi.aws.com",
            json!({}),
            json!([{"matchLabelExpressions": [
                {"key": "topology.ebs.csi.aws.com/zone", "values": ["zone-c"]},
            ]}]),
        ),
        (
            "kubernetes.io/aws-ebs",
            json!({"type": "gp2", "zone": "zone-c"}),
            json!([]),
        ),
    ] {
        let mut story = stage("unused", "Immediate", json!({}));
        story.vanish(Kind::StorageClass, "class");
        let tree = json!({
            "metadata": {"name": "class"},
            "provisioner": provisioner,
            "parameters": parameters,
            "allowedTopologies": allowed,
        });
        story.put(Kind::StorageClass, tree);
        claim(&mut story, "data", "ebs.csi.aws.com", json!({}));
        story.pass(5_000);
        let volume = story.get::<PersistentVolume>(&volume_name(&story, "data")).clone();
        assert_eq!(&*story.cloud.volumes[volume.csi().unwrap().1].zone, "zone-c");
    }
}

#[test]
fn the_old_plugin_gets_a_volume_in_its_own_form() {
    let mut story = stage(
        "kubernetes.io/aws-ebs",
        "Immediate",
        json!({"type": "gp2", "fsType": "xfs"}),
    );
    claim(&mut story, "data", "ebs.csi.aws.com", json!({}));
    story.pass(5_000);
    let volume = story.get::<PersistentVolume>(&volume_name(&story, "data"));
    assert_eq!(
        volume.metadata.annotations.value(PROVISIONED_BY),
        "kubernetes.io/aws-ebs"
    );
    let old = volume.spec.aws_elastic_block_store.as_ref().unwrap();
    assert_eq!((&*old.fs_type, volume.spec.csi.is_none()), ("xfs", true));
    assert!(story.cloud.volumes.contains_key(&*old.volume_id));
}

#[test]
fn what_cannot_be_made_is_said_again_and_again_with_longer_pauses() {
    for (parameters, more, why) in [
        (
            json!({"type": "unknown"}),
            json!({}),
            "rpc error: code = Internal desc = Could not create volume \"NAME\": invalid AWS VolumeType \"unknown\"",
        ),
        (
            json!({"colour": "red"}),
            json!({}),
            "rpc error: code = InvalidArgument desc = Invalid parameter key colour for CreateVolume",
        ),
        (
            json!({}),
            json!({"accessModes": ["ReadWriteMany"]}),
            "rpc error: code = InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce] supported.",
        ),
    ] {
        let mut story = stage("ebs.csi.aws.com", "Immediate", parameters);
        claim(&mut story, "data", "ebs.csi.aws.com", more);
        story.pass(3_500);
        let said = story.heard();
        let why = why.replace("NAME", &volume_name(&story, "data"));
        assert_eq!(said.len(), 6, "at 0, 1 and 3 seconds: {said:?}");
        assert_eq!(
            said[1],
            format!("Warning ProvisioningFailed failed to provision volume with StorageClass \"class\": {why}")
        );
        assert!(story.cloud.volumes.is_empty());
    }
}

#[test]
fn a_node_that_has_gone_is_chosen_no_more() {
    let mut story = stage("ebs.csi.aws.com", "WaitForFirstConsumer", json!({}));
    claim(&mut story, "data", "ebs.csi.aws.com", json!({}));
    story.change::<PersistentVolumeClaim>("data", |c| c.metadata.annotations.set(SELECTED_NODE, "node-z9"));
    story.run();
    assert_eq!(
        story.heard()[1],
        "Warning ProvisioningFailed node \"node-z9\" not found"
    );
    let claim = story.get::<PersistentVolumeClaim>("data");
    assert!(!claim.metadata.annotations.contains_key(SELECTED_NODE));
}

#[test]
fn a_volume_whose_claim_went_while_it_was_made_is_not_forgotten() {
    let mut story = stage("ebs.csi.aws.com", "Immediate", json!({}));
    claim(&mut story, "data", "ebs.csi.aws.com", json!({}));
    story.run();
    let name = volume_name(&story, "data");
    story.vanish(Kind::PersistentVolumeClaim, "data");
    story.pass(5_000);
    assert!(story.find::<PersistentVolume>(&name).is_some());
}

#[test]
fn a_provisioner_that_nobody_runs_makes_nothing() {
    let mut story = stage("nobody.example.com", "Immediate", json!({}));
    claim(&mut story, "data", "nobody.example.com", json!({}));
    story.pass(60_000);
    assert!(story.heard().is_empty() && story.wrote().is_empty());
}

#[test]
fn a_shared_file_system_gives_each_claim_a_directory_in_no_zone() {
    let parameters = json!({"provisioningMode": "efs-ap", "fileSystemId": "fs-1", "directoryPerms": "700"});
    let mut story = stage("efs.csi.aws.com", "Immediate", parameters);
    claim(
        &mut story,
        "data",
        "efs.csi.aws.com",
        json!({"accessModes": ["ReadWriteMany"]}),
    );
    story.pass(5_000);
    let name = volume_name(&story, "data");
    let volume = story.get::<PersistentVolume>(&name).clone();
    assert!(volume.spec.node_affinity.is_none());
    let (_, handle) = volume.csi().unwrap();
    assert!(handle.starts_with("fs-1::fsap-"));
    let (server, path) = crate::cloud::efs_directory(handle);
    assert!(story.cloud.share(server).is_dir(&path));
}

/// Makes a volume and lets its claim go.
fn released(reclaim: &str) -> (Story, String, String) {
    let mut story = stage("ebs.csi.aws.com", "Immediate", json!({}));
    claim(&mut story, "data", "ebs.csi.aws.com", json!({}));
    story.pass(5_000);
    let name = volume_name(&story, "data");
    let handle = story.get::<PersistentVolume>(&name).csi().unwrap().1.to_owned();
    story.change::<PersistentVolume>(&name, |v| {
        v.spec.persistent_volume_reclaim_policy = serde_json::from_value(json!(reclaim)).unwrap();
    });
    story.heard();
    story.wrote();
    story.change_status::<PersistentVolume>(&name, |v| v.status.phase = VolumePhase::Released);
    (story, name, handle)
}

#[test]
fn a_released_volume_is_unmade_with_its_bytes_and_then_its_object() {
    let (mut story, name, handle) = released("Delete");
    story.run();
    assert!(!story.cloud.volumes.contains_key(&*handle));
    assert_eq!(
        story.wrote(),
        [
            format!("delete persistentvolume/{name}"),
            format!("update persistentvolume/{name}")
        ]
    );
    let volume = story.get::<PersistentVolume>(&name);
    assert_eq!(
        volume.metadata.finalizers,
        ["kubernetes.io/pv-protection"],
        "others take theirs off"
    );
}

#[test]
fn a_released_volume_with_policy_retain_is_left_alone() {
    let (mut story, _, handle) = released("Retain");
    story.pass(600_000);
    assert!(story.cloud.volumes.contains_key(&*handle));
    assert!(story.heard().is_empty() && story.wrote().is_empty());
}

#[test]
fn the_object_of_a_retained_volume_goes_when_a_person_deletes_it_and_the_disk_stays() {
    let (mut story, name, handle) = released("Retain");
    story.delete(Kind::PersistentVolume, &name);
    story.run();
    assert_eq!(story.wrote(), [format!("update persistentvolume/{name}")]);
    let volume = story.get::<PersistentVolume>(&name);
    assert_eq!(
        volume.metadata.finalizers,
        ["kubernetes.io/pv-protection"],
        "the last is another's"
    );
    assert!(story.cloud.volumes.contains_key(&*handle));
}

#[test]
fn a_volume_that_is_still_attached_is_not_unmade() {
    let (mut story, name, handle) = released("Delete");
    let attachment = json!({
        "metadata": {"name": "csi-1"},
        "spec": {"attacher": "ebs.csi.aws.com", "nodeName": "node-a1", "source": {"persistentVolumeName": name}},
    });
    story.put(Kind::VolumeAttachment, attachment);
    story.run();
    let why = format!("Warning VolumeFailedDelete persistentvolume {name} is still attached to node node-a1");
    assert_eq!(story.heard(), [why]);
    story.vanish(Kind::VolumeAttachment, "csi-1");
    let zone = story.cloud.volumes[&*handle].zone.clone();
    let machine = format!("node-{}1", zone.trim_start_matches("zone-"));
    let attach = CloudRequest::Attach(handle.as_str().into(), machine.as_str().into());
    story.cloud.request(&attach, story.now, &story.settings).unwrap();
    story.pass(1_000);
    assert!(story.heard()[0].contains("VolumeInUse"), "the cloud has the last word");
    let detach = CloudRequest::Detach(handle.as_str().into(), machine.as_str().into());
    story.cloud.request(&detach, story.now, &story.settings).unwrap();
    story.pass(10_000);
    assert!(story.cloud.volumes.is_empty());
}

#[test]
fn a_volume_that_a_person_deleted_goes_with_its_bytes_once_its_claim_is_gone() {
    let mut story = stage("ebs.csi.aws.com", "Immediate", json!({}));
    claim(&mut story, "data", "ebs.csi.aws.com", json!({}));
    story.pass(5_000);
    let name = volume_name(&story, "data");
    let handle = story.get::<PersistentVolume>(&name).csi().unwrap().1.to_owned();
    story.delete(Kind::PersistentVolume, &name);
    story.pass(60_000);
    assert_eq!(story.cloud.volumes[&*handle].state(story.now), VolumeState::Available);
    story.change_status::<PersistentVolume>(&name, |v| v.status.phase = VolumePhase::Released);
    story.pass(60_000);
    assert!(story.cloud.volumes.is_empty());
}
