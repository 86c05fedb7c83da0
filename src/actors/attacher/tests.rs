//! The controller's rules, each as a short story. The driver is played by hand.

use super::Attacher;
use crate::actors::bench::Bench;
use crate::api::{Kind, Node, Pod, VolumeAttachment};
use serde_json::{Value, json};

type Story = Bench<Attacher>;

const NAME: &str = "kubernetes.io/csi/ebs.csi.aws.com^vol-1";
const SINGLE: &str = "Warning FailedAttachVolume Multi-Attach error for volume \"pv\" Volume is already exclusively attached to one node and can't be attached to another";

fn attachment_name(node: &str) -> String {
    format!(
        "csi-{}",
        crate::api::hash::sha256_hex(format!("vol-1ebs.csi.aws.com{node}"))
    )
}

/// Sets the stage: two nodes, and a volume bound to the claim `data`.
fn stage(modes: Value, driver: &str) -> Story {
    let mut story = Story::new();
    for name in ["node-a1", "node-a2"] {
        let conditions = json!([{"type": "Ready", "status": "True"}]);
        story.put(
            Kind::Node,
            json!({"metadata": {"name": name}, "status": {"conditions": conditions}}),
        );
    }
    let claim = json!({
        "metadata": {"name": "data", "annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
        "spec": {"accessModes": modes, "volumeName": "pv"},
        "status": {"phase": "Bound"},
    });
    let claim = story.put(Kind::PersistentVolumeClaim, claim);
    let volume = json!({
        "metadata": {"name": "pv"},
        "spec": {
            "accessModes": modes,
            "capacity": {"storage": "1Gi"},
            "claimRef": claim.reference(),
            "csi": {"driver": driver, "volumeHandle": "vol-1"},
        },
    });
    story.put(Kind::PersistentVolume, volume);
    story
}

fn block() -> Story {
    stage(json!(["ReadWriteOnce"]), "ebs.csi.aws.com")
}

fn pod(story: &mut Story, name: &str, node: &str) {
    let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    let tree = json!({
        "metadata": {"name": name},
        "spec": {"nodeName": node, "containers": [{"name": "db"}], "volumes": volumes},
        "status": {"phase": "Running", "containerStatuses": [{"name": "db", "state": {"running": {}}}]},
    });
    story.put(Kind::Pod, tree);
    story.pass(200);
}

fn is_there(story: &Story, node: &str) -> bool {
    story.find::<VolumeAttachment>(&attachment_name(node)).is_some()
}

/// Plays the driver: what is to be attached is attached.
fn driver_attaches(story: &mut Story, node: &str) {
    story.change_status::<VolumeAttachment>(&attachment_name(node), |a| a.status.attached = true);
    story.pass(200);
}

/// Plays the kubelet: it mounts the volume, or lets it go.
fn mounts(story: &mut Story, node: &str, mounted: bool) {
    story.change_status::<Node>(node, |n| {
        n.status.volumes_in_use = if mounted { vec![NAME.to_owned()] } else { vec![] };
    });
    story.pass(200);
}

fn makes_unready(story: &mut Story, node: &str) {
    story.change_status::<Node>(node, |n| {
        n.status.conditions[0].status = crate::api::ConditionStatus::Unknown
    });
    story.pass(200);
}

/// Attaches the volume to node-a1 for db-0, and mounts it there.
fn running() -> Story {
    let mut story = block();
    pod(&mut story, "db-0", "node-a1");
    driver_attaches(&mut story, "node-a1");
    mounts(&mut story, "node-a1", true);
    story.heard();
    story.wrote();
    story
}

fn reported(story: &Story, node: &str) -> Vec<String> {
    let node = story.get::<Node>(node);
    node.status.volumes_attached.iter().map(|v| v.name.clone()).collect()
}

#[test]
fn a_scheduled_pod_gets_its_volume_attached_and_the_node_is_told() {
    let mut story = block();
    pod(&mut story, "db-0", "node-a1");
    let name = attachment_name("node-a1");
    assert_eq!(story.wrote(), [format!("create volumeattachment/{name}")]);
    assert!(story.heard().is_empty(), "the driver is at work");
    assert!(reported(&story, "node-a1").is_empty());
    driver_attaches(&mut story, "node-a1");
    assert_eq!(
        story.heard(),
        ["Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \"pv\" "]
    );
    assert_eq!(story.wrote(), ["status node/node-a1"]);
    assert_eq!(reported(&story, "node-a1"), [NAME]);
}

#[test]
fn a_volume_is_detached_once_its_pod_has_ended_and_the_node_let_it_go() {
    let mut story = running();
    story.change_status::<Pod>("db-0", |p| p.status.phase = crate::api::Phase::Succeeded);
    story.pass(5_000);
    assert!(story.wrote().is_empty(), "it is still mounted");
    mounts(&mut story, "node-a1", false);
    let name = attachment_name("node-a1");
    assert_eq!(
        story.wrote(),
        [
            "status node/node-a1".to_owned(),
            format!("delete volumeattachment/{name}")
        ],
        "the node is told before the volume is taken"
    );
    assert!(!is_there(&story, "node-a1"));
}

#[test]
fn a_new_pod_on_the_same_node_needs_no_new_attachment() {
    let mut story = running();
    story.vanish(Kind::Pod, "db-0");
    story.pass(200);
    pod(&mut story, "db-0", "node-a1");
    mounts(&mut story, "node-a1", false);
    mounts(&mut story, "node-a1", true);
    assert!(story.wrote().is_empty() && story.heard().is_empty());
}

#[test]
fn a_second_pod_on_another_node_is_told_once_who_has_the_volume() {
    let mut story = running();
    pod(&mut story, "db-1", "node-a2");
    story.pass(600_000);
    assert_eq!(
        story.heard(),
        ["Warning FailedAttachVolume Multi-Attach error for volume \"pv\" Volume is already used by pod(s) db-0"]
    );
    assert!(!is_there(&story, "node-a2"));
    story.vanish(Kind::Pod, "db-0");
    mounts(&mut story, "node-a1", false);
    assert!(!is_there(&story, "node-a1"));
    assert!(is_there(&story, "node-a2"), "it moves when the first is gone");
}

#[test]
fn a_pod_whose_forerunner_was_deleted_by_force_is_told_that_one_node_has_the_volume() {
    let mut story = running();
    story.vanish(Kind::Pod, "db-0");
    pod(&mut story, "db-0", "node-a2");
    assert_eq!(story.heard(), [SINGLE]);
}

#[test]
fn a_dead_node_gives_its_volume_up_six_minutes_after_its_pod_object_is_gone() {
    let mut story = running();
    makes_unready(&mut story, "node-a1");
    story.delete(Kind::Pod, "db-0");
    pod(&mut story, "db-1", "node-a2");
    story.pass(3_600_000);
    assert!(is_there(&story, "node-a1"), "a Terminating pod keeps it, however long");
    story.vanish(Kind::Pod, "db-0");
    story.pass(359_000);
    assert!(is_there(&story, "node-a1"));
    story.pass(1_500);
    assert!(!is_there(&story, "node-a1") && is_there(&story, "node-a2"));
}

#[test]
fn a_living_node_never_gives_up_what_it_has_mounted() {
    let mut story = running();
    story.vanish(Kind::Pod, "db-0");
    story.pass(3_600_000);
    assert!(is_there(&story, "node-a1"));
}

#[test]
fn a_node_that_is_out_of_service_gives_its_volume_up_at_once() {
    let mut story = running();
    makes_unready(&mut story, "node-a1");
    story.vanish(Kind::Pod, "db-0");
    story.pass(1_000);
    assert!(is_there(&story, "node-a1"));
    let taint = json!({"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"});
    story.change::<Node>("node-a1", |n| {
        n.spec.taints.push(serde_json::from_value(taint).unwrap())
    });
    story.pass(200);
    assert!(!is_there(&story, "node-a1"));
}

#[test]
fn a_node_whose_object_was_deleted_counts_as_dead() {
    let mut story = running();
    story.vanish(Kind::Node, "node-a1");
    story.vanish(Kind::Pod, "db-0");
    story.pass(300_000);
    assert!(is_there(&story, "node-a1"), "what it had mounted is not forgotten");
    story.pass(61_000);
    assert!(!is_there(&story, "node-a1"));
}

#[test]
fn what_the_driver_says_of_a_failure_is_said_on_the_pod_with_growing_pauses() {
    let mut story = block();
    pod(&mut story, "db-0", "node-a1");
    story.change_status::<VolumeAttachment>(&attachment_name("node-a1"), |a| {
        a.status.attach_error = Some(serde_json::from_value(json!({"message": "no"})).unwrap());
    });
    story.pass(4_000);
    let said = story.heard();
    assert_eq!(
        said[0],
        "Warning FailedAttachVolume AttachVolume.Attach failed for volume \"pv\" : no"
    );
    assert_eq!(said.len(), 4, "at 0, 0.5, 1.5 and 3.5 seconds");
    driver_attaches(&mut story, "node-a1");
    assert!(story.heard()[0].starts_with("Normal SuccessfulAttachVolume"));
}

#[test]
fn a_driver_that_nobody_runs_is_waited_for_two_minutes_at_a_time() {
    let mut story = stage(json!(["ReadWriteOnce"]), "nobody.example.com");
    pod(&mut story, "db-0", "node-a1");
    story.pass(121_000);
    assert_eq!(
        story.heard(),
        [
            "Warning FailedAttachVolume AttachVolume.Attach failed for volume \"pv\" : timed out waiting for external-attacher of nobody.example.com CSI driver to attach volume vol-1"
        ]
    );
}

#[test]
fn a_volume_for_many_is_attached_to_many_and_a_shared_file_system_to_none() {
    let mut story = stage(json!(["ReadWriteMany"]), "ebs.csi.aws.com");
    pod(&mut story, "db-0", "node-a1");
    pod(&mut story, "db-1", "node-a2");
    assert!(is_there(&story, "node-a1") && is_there(&story, "node-a2"));
    let mut story = stage(json!(["ReadWriteMany"]), "efs.csi.aws.com");
    pod(&mut story, "db-0", "node-a1");
    assert!(story.wrote().is_empty());
}

#[test]
fn a_restarted_controller_finds_out_what_is_attached_and_says_nothing_twice() {
    let mut story = running();
    story.restart();
    story.pass(1_000);
    assert!(story.heard().is_empty() && story.wrote().is_empty());
    assert_eq!(reported(&story, "node-a1"), [NAME]);
    story.vanish(Kind::Pod, "db-0");
    mounts(&mut story, "node-a1", false);
    assert!(!is_there(&story, "node-a1"), "and it goes on as if nothing had been");
}
