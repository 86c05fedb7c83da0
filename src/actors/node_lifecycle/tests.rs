//! The controller's rules, each as a short story.

use super::NodeLifecycle;
use crate::actors::bench::Bench;
use crate::api::{Condition, ConditionStatus, Kind, Node, Pod, TaintEffect, Time, condition};
use crate::cloud::{Link, Power};
use serde_json::json;

type Story = Bench<NodeLifecycle>;

const NODES: [&str; 6] = ["node-a1", "node-a2", "node-b1", "node-b2", "node-c1", "node-c2"];

fn stage() -> Story {
    let mut story = Story::new();
    for name in NODES {
        let zone = format!("zone-{}", &name[5..6]);
        let conditions = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"]
            .map(|kind| json!({"type": kind, "status": if kind == "Ready" { "True" } else { "False" }}));
        let tree = json!({
            "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone}},
            "status": {"conditions": conditions},
        });
        story.put(Kind::Node, tree);
    }
    let spec = json!({"nodeName": "node-a1", "containers": []});
    let status = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    story.put(
        Kind::Pod,
        json!({"metadata": {"name": "db-0"}, "spec": spec, "status": status}),
    );
    story.pass(27_000);
    story.heard();
    story
}

/// Changes a machine as a fault does.
fn silence(story: &mut Story, node: &str) {
    let now = story.now;
    let machine = story.cloud.machines.get_mut(node).unwrap();
    machine.link = Link::Cut;
    machine.note(now);
    let key = story.key(Kind::Node, node);
    story.wake(&key);
}

/// Lets a machine be heard again, and plays its kubelet.
fn revive(story: &mut Story, node: &str) {
    let now = story.now;
    let machine = story.cloud.machines.get_mut(node).unwrap();
    (machine.link, machine.power) = (Link::Up, Power::On);
    machine.note(now);
    story.change_status::<Node>(node, |n| {
        condition::set(
            &mut n.status.conditions,
            Condition::new("Ready", true, "KubeletReady", "", now),
        );
    });
    story.run();
}

fn taints(story: &Story, node: &str) -> Vec<(String, TaintEffect)> {
    let node = story.get::<Node>(node);
    node.spec.taints.iter().map(|t| (t.key.clone(), t.effect)).collect()
}

fn is_emptied(story: &Story, node: &str) -> bool {
    taints(story, node)
        .iter()
        .any(|(_, effect)| *effect == TaintEffect::NoExecute)
}

#[test]
fn nodes_are_greeted_and_then_left_in_peace() {
    let mut story = Story::new();
    story.put(
        Kind::Node,
        json!({"metadata": {"name": "node-a1"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
    );
    story.pass(3_600_000);
    assert_eq!(
        story.heard(),
        ["Normal RegisteredNode Node node-a1 event: Registered Node node-a1 in Controller"]
    );
    assert!(story.wrote().is_empty());
}

#[test]
fn a_silent_node_is_doubted_after_the_grace_period_and_its_pods_with_it() {
    let mut story = stage();
    // Cut at 27 s: the last heartbeat came at 20 s, was seen at 20 s, and is too old at 70 s.
    silence(&mut story, "node-a1");
    story.pass(42_000);
    assert!(story.wrote().is_empty());
    story.pass(1_000);
    assert_eq!(story.now - Time::EPOCH, 70_000);
    assert_eq!(
        story.wrote(),
        ["status node/node-a1", "update node/node-a1", "status pod/db-0"]
    );
    assert_eq!(
        story.heard(),
        [
            "Normal NodeNotReady Node node-a1 status is now: NodeNotReady",
            "Warning NodeNotReady Node is not ready",
        ]
    );
    let node = story.get::<Node>("node-a1");
    for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
        let condition = condition::find(&node.status.conditions, kind).unwrap();
        assert_eq!(
            (condition.status, &*condition.reason),
            (ConditionStatus::Unknown, "NodeStatusUnknown")
        );
        assert_eq!(condition.message, "Kubelet stopped posting node status.");
    }
    let pod = story.get::<Pod>("db-0");
    assert!(!pod.is_ready() && !pod.metadata.is_terminating());
}

#[test]
fn taints_follow_against_new_pods_first_and_then_against_old_ones() {
    let mut story = stage();
    silence(&mut story, "node-a1");
    story.pass(50_000);
    let key = "node.kubernetes.io/unreachable".to_owned();
    assert_eq!(
        taints(&story, "node-a1"),
        [(key.clone(), TaintEffect::NoSchedule), (key, TaintEffect::NoExecute)]
    );
    assert!(
        story
            .get::<Node>("node-a1")
            .spec
            .taints
            .iter()
            .all(|t| t.time_added.is_some())
    );
}

#[test]
fn a_node_that_is_back_is_untainted_but_for_what_a_person_put_there() {
    let mut story = stage();
    silence(&mut story, "node-a1");
    story.pass(60_000);
    let taint = json!({"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"});
    story.change::<Node>("node-a1", |n| {
        n.spec.taints.push(serde_json::from_value(taint).unwrap())
    });
    story.pass(1_000);
    revive(&mut story, "node-a1");
    assert_eq!(taints(&story, "node-a1").len(), 2, "new pods may come at once");
    story.pass(5_000);
    assert_eq!(
        taints(&story, "node-a1"),
        [("node.kubernetes.io/out-of-service".to_owned(), TaintEffect::NoExecute)]
    );
}

#[test]
fn a_short_silence_is_not_noticed() {
    let mut story = stage();
    silence(&mut story, "node-a1");
    story.pass(35_000);
    revive(&mut story, "node-a1");
    story.wrote();
    story.pass(600_000);
    assert!(story.wrote().is_empty() && story.heard().is_empty());
}

#[test]
fn the_second_node_of_a_zone_is_emptied_ten_seconds_after_the_first() {
    let mut story = stage();
    silence(&mut story, "node-a1");
    silence(&mut story, "node-a2");
    silence(&mut story, "node-b1");
    story.pass(43_500);
    let emptied = NODES.map(|node| is_emptied(&story, node));
    assert_eq!(
        emptied,
        [true, false, true, false, false, false],
        "each zone has its own turn"
    );
    assert!(
        !taints(&story, "node-a2").is_empty(),
        "but new pods are kept away at once"
    );
    story.pass(9_000);
    assert!(!is_emptied(&story, "node-a2"));
    story.pass(1_000);
    assert!(is_emptied(&story, "node-a2"));
}

#[test]
fn when_no_node_is_well_nobody_is_driven_out() {
    let mut story = stage();
    for node in NODES {
        silence(&mut story, node);
    }
    story.pass(600_000);
    assert!(NODES.iter().all(|node| !story.get::<Node>(node).is_ready()));
    assert!(NODES.iter().all(|node| !is_emptied(&story, node)));
    revive(&mut story, "node-a1");
    story.pass(11_000);
    let emptied = NODES.iter().filter(|node| is_emptied(&story, node)).count();
    assert!(
        emptied >= 3,
        "one node a zone, when it turns out that the controller itself is well"
    );
}

#[test]
fn a_cordoned_node_is_tainted_and_an_uncordoned_one_is_not() {
    let mut story = stage();
    story.change::<Node>("node-a1", |n| n.spec.unschedulable = true);
    story.run();
    assert_eq!(
        taints(&story, "node-a1"),
        [("node.kubernetes.io/unschedulable".to_owned(), TaintEffect::NoSchedule)]
    );
    story.change::<Node>("node-a1", |n| n.spec.unschedulable = false);
    story.run();
    assert!(taints(&story, "node-a1").is_empty());
}

#[test]
fn a_node_without_a_machine_is_given_a_minute() {
    let mut story = stage();
    story.put(Kind::Node, json!({"metadata": {"name": "ghost"}}));
    story.pass(55_000);
    assert!(story.get::<Node>("ghost").status.conditions.is_empty());
    story.pass(15_000);
    let node = story.get::<Node>("ghost");
    assert_eq!(
        condition::find(&node.status.conditions, "Ready").unwrap().reason,
        "NodeStatusNeverUpdated"
    );
    assert!(
        taints(&story, "ghost")
            .iter()
            .any(|(key, _)| key == "node.kubernetes.io/unreachable")
    );
}

#[test]
fn a_controller_that_was_restarted_gives_a_silent_node_its_full_time() {
    let mut story = stage();
    silence(&mut story, "node-a1");
    story.pass(40_000);
    story.restart();
    story.heard();
    story.pass(45_000);
    assert!(story.heard().is_empty());
    story.pass(15_000);
    assert!(!story.heard().is_empty());
}
