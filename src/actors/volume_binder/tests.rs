//! The controller's rules, each as a short story, in the words and the order of a recorded control plane.

use super::VolumeBinder;
use crate::actors::bench::Bench;
use crate::api::annotations::{BOUND_BY_CONTROLLER, SELECTED_NODE, STORAGE_PROVISIONER};
use crate::api::storage::{ClaimPhase, VolumePhase};
use crate::api::{Kind, PersistentVolume, PersistentVolumeClaim, Resource};
use serde_json::{Value, json};

type Story = Bench<VolumeBinder>;

fn class(story: &mut Story, name: &str, provisioner: &str, mode: &str) {
    let tree = json!({"metadata": {"name": name}, "provisioner": provisioner, "volumeBindingMode": mode});
    story.put(Kind::StorageClass, tree);
}

fn claim(story: &mut Story, name: &str, class: Value) {
    let spec = json!({
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "5Gi"}},
        "storageClassName": class,
    });
    story.put(
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": name}, "spec": spec}),
    );
}

fn volume(story: &mut Story, name: &str, size: &str, more: Value) {
    let mut spec = json!({
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": size},
        "hostPath": {"path": "/data"},
    });
    for (key, value) in more.as_object().expect("a map") {
        spec[key] = value.clone();
    }
    story.put(
        Kind::PersistentVolume,
        json!({"metadata": {"name": name}, "spec": spec}),
    );
}

/// Does what the provisioner would: makes the volume of a claim.
fn provision(story: &mut Story, claim: &str) -> String {
    let claim = story.get::<PersistentVolumeClaim>(claim).clone();
    let name = format!("pvc-{}", claim.metadata.uid);
    let tree = json!({
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com"}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "5Gi"},
            "claimRef": claim.reference(),
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": claim.class(),
        },
    });
    story.put(Kind::PersistentVolume, tree);
    name
}

fn claim_phase(story: &Story, name: &str) -> ClaimPhase {
    story.get::<PersistentVolumeClaim>(name).status.phase
}

fn volume_phase(story: &Story, name: &str) -> VolumePhase {
    story.get::<PersistentVolume>(name).status.phase
}

#[test]
fn a_delayed_claim_waits_for_a_node_and_then_for_its_volume() {
    let mut story = Story::new();
    class(&mut story, "ebs", "ebs.csi.aws.com", "WaitForFirstConsumer");
    claim(&mut story, "data", json!("ebs"));
    story.run();
    let waiting = "Normal WaitForFirstConsumer waiting for first consumer to be created before binding";
    assert_eq!(story.heard(), [waiting]);
    story.pass(15_000);
    assert_eq!(story.heard(), [waiting], "it is said again at the resync");
    let pod = json!({"metadata": {"name": "db-0"}, "spec": {
        "containers": [],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
    }});
    story.put(Kind::Pod, pod);
    story.pass(15_000);
    assert_eq!(
        story.heard(),
        ["Normal WaitForPodScheduled waiting for pod db-0 to be scheduled"]
    );
    assert!(story.wrote().is_empty());

    story.change::<PersistentVolumeClaim>("data", |c| c.metadata.annotations.set(SELECTED_NODE, "node-b1"));
    story.run();
    assert_eq!(story.wrote(), ["update persistentvolumeclaim/data"]);
    let claim = story.get::<PersistentVolumeClaim>("data");
    assert_eq!(claim.metadata.annotations.value(STORAGE_PROVISIONER), "ebs.csi.aws.com");
    let said = story.heard();
    assert_eq!(said.len(), 1, "its own write is no news to the controller: {said:?}");
    assert!(said[0].starts_with("Normal ExternalProvisioning Waiting for a volume to be created either by"));

    let name = provision(&mut story, "data");
    story.run();
    assert_eq!(
        story.wrote(),
        [
            format!("status persistentvolume/{name}"),
            "update persistentvolumeclaim/data".to_owned(),
            "status persistentvolumeclaim/data".to_owned(),
        ],
        "the volume is bound before the claim"
    );
    let claim = story.get::<PersistentVolumeClaim>("data");
    assert_eq!(
        (claim.status.phase, &*claim.spec.volume_name),
        (ClaimPhase::Bound, &*name)
    );
    assert_eq!(claim.status.capacity["storage"].to_string(), "5Gi");
    assert_eq!(claim.metadata.annotations.value(BOUND_BY_CONTROLLER), "yes");
    assert!(story.heard().is_empty());
    story.pass(60_000);
    assert!(
        story.wrote().is_empty() && story.heard().is_empty(),
        "a bound claim is left in peace"
    );
}

#[test]
fn an_immediate_claim_asks_for_its_volume_at_once_and_the_old_plugin_means_the_driver() {
    for provisioner in ["ebs.csi.aws.com", "kubernetes.io/aws-ebs"] {
        let mut story = Story::new();
        class(&mut story, "gp", provisioner, "Immediate");
        claim(&mut story, "data", json!("gp"));
        story.run();
        let claim = story.get::<PersistentVolumeClaim>("data");
        assert_eq!(claim.metadata.annotations.value(STORAGE_PROVISIONER), "ebs.csi.aws.com");
        let word = "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.";
        assert_eq!(story.heard()[0], format!("Normal ExternalProvisioning {word}"));
    }
}

#[test]
fn a_claim_that_can_get_nothing_is_told_why_at_every_resync() {
    for (class_name, word) in [
        (
            Value::Null,
            "Normal FailedBinding no persistent volumes available for this claim and no storage class is set",
        ),
        (
            json!("nosuch"),
            "Warning ProvisioningFailed storageclass.storage.k8s.io \"nosuch\" not found",
        ),
        (
            json!("static"),
            "Warning ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner",
        ),
    ] {
        let mut story = Story::new();
        class(&mut story, "static", "kubernetes.io/no-provisioner", "Immediate");
        claim(&mut story, "data", class_name);
        story.pass(30_000);
        assert_eq!(story.heard(), [word; 3]);
        assert!(story.wrote().is_empty());
    }
}

#[test]
fn a_default_class_that_comes_late_is_given_to_claims_without_one_but_not_to_the_empty_class() {
    let mut story = Story::new();
    claim(&mut story, "later", Value::Null);
    claim(&mut story, "never", json!(""));
    story.run();
    for (name, second) in [("older", 0), ("newer", 1)] {
        story.now = story.now + second * 1000;
        let annotation = json!({"storageclass.kubernetes.io/is-default-class": "true"});
        let tree = json!({"metadata": {"name": name, "annotations": annotation}, "provisioner": "ebs.csi.aws.com"});
        story.put(Kind::StorageClass, tree);
    }
    story.pass(15_000);
    assert_eq!(story.get::<PersistentVolumeClaim>("later").class(), "newer");
    assert_eq!(story.get::<PersistentVolumeClaim>("never").class(), "");
}

#[test]
fn the_smallest_free_volume_that_is_large_enough_is_taken() {
    let mut story = Story::new();
    volume(&mut story, "large", "20Gi", json!({}));
    volume(&mut story, "fitting", "6Gi", json!({}));
    volume(&mut story, "small", "1Gi", json!({}));
    volume(
        &mut story,
        "shared",
        "5Gi",
        json!({"accessModes": ["ReadWriteOnce", "ReadWriteMany"]}),
    );
    volume(&mut story, "block", "5Gi", json!({"volumeMode": "Block"}));
    volume(&mut story, "classed", "5Gi", json!({"storageClassName": "other"}));
    story.run();
    story.wrote();
    claim(&mut story, "data", json!(""));
    story.run();
    assert_eq!(
        story.wrote(),
        [
            "update persistentvolume/fitting",
            "status persistentvolume/fitting",
            "update persistentvolumeclaim/data",
            "status persistentvolumeclaim/data",
        ]
    );
    let volume = story.get::<PersistentVolume>("fitting");
    assert_eq!(volume.metadata.annotations.value(BOUND_BY_CONTROLLER), "yes");
    assert_eq!(volume.status.phase, VolumePhase::Bound);
    let claim = story.get::<PersistentVolumeClaim>("data");
    assert_eq!(
        claim.status.capacity["storage"].to_string(),
        "6Gi",
        "the volume's size, not the wish"
    );
}

#[test]
fn a_volume_that_comes_later_is_found_at_the_next_resync_only() {
    let mut story = Story::new();
    claim(&mut story, "data", json!(""));
    story.pass(5_000);
    volume(&mut story, "static", "20Gi", json!({}));
    story.pass(9_000);
    assert_eq!(
        (volume_phase(&story, "static"), claim_phase(&story, "data")),
        (VolumePhase::Available, ClaimPhase::Pending)
    );
    story.pass(1_000);
    assert_eq!(
        (volume_phase(&story, "static"), claim_phase(&story, "data")),
        (VolumePhase::Bound, ClaimPhase::Bound)
    );
}

#[test]
fn a_selector_and_a_reservation_are_honoured() {
    let mut story = Story::new();
    let tree = json!({
        "metadata": {"name": "marked", "labels": {"disk": "fast"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "9Gi"}},
    });
    story.put(Kind::PersistentVolume, tree);
    volume(
        &mut story,
        "kept",
        "7Gi",
        json!({"claimRef": {"namespace": "default", "name": "mine"}, "storageClassName": "any"}),
    );
    volume(&mut story, "plain", "5Gi", json!({}));
    story.run();
    assert_eq!(
        volume_phase(&story, "kept"),
        VolumePhase::Available,
        "reserved, not bound"
    );
    let picky = json!({
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "",
        "selector": {"matchLabels": {"disk": "fast"}},
    });
    story.put(
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": "picky"}, "spec": picky}),
    );
    claim(&mut story, "mine", json!(""));
    story.run();
    assert_eq!(&*story.get::<PersistentVolumeClaim>("picky").spec.volume_name, "marked");
    assert_eq!(&*story.get::<PersistentVolumeClaim>("mine").spec.volume_name, "kept");
    let kept = story.get::<PersistentVolume>("kept");
    let reference = kept.spec.claim_ref.as_ref().unwrap();
    assert_eq!(reference.uid, story.get::<PersistentVolumeClaim>("mine").metadata.uid);
    assert!(
        !kept.metadata.annotations.contains_key(BOUND_BY_CONTROLLER),
        "a person reserved it"
    );
}

#[test]
fn two_claims_never_get_one_volume() {
    let mut story = Story::new();
    volume(&mut story, "only", "5Gi", json!({}));
    story.run();
    claim(&mut story, "first", json!(""));
    claim(&mut story, "second", json!(""));
    story.run();
    assert_eq!(claim_phase(&story, "first"), ClaimPhase::Bound);
    assert_eq!(claim_phase(&story, "second"), ClaimPhase::Pending);
}

#[test]
fn a_claim_that_names_its_volume_gets_it_or_is_told_why_not() {
    let mut story = Story::new();
    volume(&mut story, "small", "1Gi", json!({}));
    volume(&mut story, "right", "5Gi", json!({}));
    for (name, wish) in [("a", "small"), ("b", "right"), ("c", "right"), ("d", "absent")] {
        let spec = json!({
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "5Gi"}},
            "storageClassName": "",
            "volumeName": wish,
        });
        story.put(
            Kind::PersistentVolumeClaim,
            json!({"metadata": {"name": name}, "spec": spec}),
        );
        story.run();
    }
    let phases = ["a", "b", "c", "d"].map(|name| claim_phase(&story, name));
    assert_eq!(
        phases,
        [
            ClaimPhase::Pending,
            ClaimPhase::Bound,
            ClaimPhase::Pending,
            ClaimPhase::Pending
        ]
    );
    assert_eq!(
        story.heard(),
        [
            "Warning VolumeMismatch Cannot bind to requested volume \"small\": requested PV is too small",
            "Warning FailedBinding volume \"right\" already bound to a different claim.",
        ]
    );
}

#[test]
fn a_released_volume_is_kept_from_a_new_claim_of_the_same_name_until_its_claimref_is_taken_off() {
    let mut story = Story::new();
    volume(&mut story, "old", "5Gi", json!({}));
    story.run();
    claim(&mut story, "data", json!(""));
    story.run();
    story.vanish(Kind::PersistentVolumeClaim, "data");
    story.run();
    assert_eq!(volume_phase(&story, "old"), VolumePhase::Released);
    claim(&mut story, "data", json!(""));
    story.pass(30_000);
    assert_eq!(claim_phase(&story, "data"), ClaimPhase::Pending);
    story.change::<PersistentVolume>("old", |v| v.spec.claim_ref = None);
    story.run();
    assert_eq!(volume_phase(&story, "old"), VolumePhase::Available);
    story.pass(15_000);
    assert_eq!(claim_phase(&story, "data"), ClaimPhase::Bound);
}

#[test]
fn a_claim_whose_volume_vanished_is_lost_and_says_so_once() {
    let mut story = Story::new();
    volume(&mut story, "gone", "5Gi", json!({}));
    claim(&mut story, "data", json!(""));
    story.pass(15_000);
    story.heard();
    story.vanish(Kind::PersistentVolume, "gone");
    story.pass(60_000);
    assert_eq!(claim_phase(&story, "data"), ClaimPhase::Lost);
    assert_eq!(
        story.heard(),
        ["Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!"]
    );
}

#[test]
fn a_volume_that_was_made_for_a_claim_bound_elsewhere_is_released() {
    let mut story = Story::new();
    class(&mut story, "ebs", "ebs.csi.aws.com", "Immediate");
    claim(&mut story, "data", json!("ebs"));
    story.run();
    volume(&mut story, "mine", "5Gi", json!({"storageClassName": "ebs"}));
    story.pass(15_000);
    assert_eq!(&*story.get::<PersistentVolumeClaim>("data").spec.volume_name, "mine");
    let late = provision(&mut story, "data");
    story.run();
    assert_eq!(volume_phase(&story, &late), VolumePhase::Released);
}

#[test]
fn a_directory_with_policy_delete_cannot_be_deleted_and_that_is_said() {
    let mut story = Story::new();
    volume(
        &mut story,
        "dir",
        "5Gi",
        json!({"persistentVolumeReclaimPolicy": "Delete"}),
    );
    claim(&mut story, "data", json!(""));
    story.pass(15_000);
    story.heard();
    story.vanish(Kind::PersistentVolumeClaim, "data");
    story.run();
    assert_eq!(volume_phase(&story, "dir"), VolumePhase::Failed);
    assert_eq!(
        story.heard(),
        ["Warning VolumeFailedDelete host_path deleter only supports /tmp/.+ but received provided /data"]
    );
}

#[test]
fn a_volume_of_the_old_plugin_is_marked_with_its_driver() {
    let mut story = Story::new();
    let tree = json!({
        "metadata": {"name": "old", "annotations": {"pv.kubernetes.io/provisioned-by": "kubernetes.io/aws-ebs"}},
        "spec": {"capacity": {"storage": "1Gi"}, "awsElasticBlockStore": {"volumeID": "vol-1"}},
    });
    story.put(Kind::PersistentVolume, tree);
    story.run();
    let volume = story.get::<PersistentVolume>("old");
    assert_eq!(
        volume.metadata.annotations.value("pv.kubernetes.io/migrated-to"),
        "ebs.csi.aws.com"
    );
}

#[test]
fn a_volume_and_its_claim_of_one_file_are_bound_at_once() {
    let mut story = Story::new();
    volume(&mut story, "dir", "5Gi", json!({"storageClassName": "manual"}));
    claim(&mut story, "data", json!("manual"));
    story.pass(100);
    assert_eq!(claim_phase(&story, "data"), ClaimPhase::Bound);
    assert_eq!(story.heard(), Vec::<String>::new(), "nobody misses a class");
}

#[test]
fn a_volume_that_comes_later_waits_for_the_next_look_at_all_claims() {
    let mut story = Story::new();
    claim(&mut story, "data", json!("manual"));
    story.pass(1_000);
    volume(&mut story, "dir", "5Gi", json!({"storageClassName": "manual"}));
    story.pass(10_000);
    assert_eq!(claim_phase(&story, "data"), ClaimPhase::Pending);
    story.pass(5_000);
    assert_eq!(claim_phase(&story, "data"), ClaimPhase::Bound);
}
