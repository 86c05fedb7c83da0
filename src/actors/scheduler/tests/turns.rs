//! Whose turn it is: importance, back-off, gates, and what wakes a pod that waits.

use crate::actors::scheduler::testing::{Cluster, labelled, pod};
use crate::api::{Key, Kind, Node, Pod, Quantity, condition};
use serde_json::json;

fn key(name: &str) -> Key {
    Key::new(Kind::Pod, "default", name)
}

#[test]
fn a_pod_that_is_turned_down_says_why_and_waits() {
    let mut cluster = Cluster::of_six();
    cluster.create(pod("p", json!({"nodeSelector": {"disk": "ssd"}})));
    cluster.run();
    let told = condition::find(&cluster.pod("p").status.conditions, "PodScheduled").unwrap();
    assert_eq!((&*told.reason, &*told.message), ("Unschedulable", cluster.message("p")));
    let head = cluster.store.head();
    cluster.run_for(60_000);
    assert_eq!(cluster.store.head(), head, "nothing happens, so nothing is tried");
}

#[test]
fn a_label_on_a_node_wakes_the_pod_that_waits_for_it_and_no_other() {
    let mut cluster = Cluster::of_six();
    cluster.create(pod("ssd", json!({"nodeSelector": {"disk": "ssd"}})));
    cluster.create(pod("gpu", json!({"nodeSelector": {"disk": "gpu"}})));
    cluster.run();
    cluster.change::<Node>("", "node-c2", |node| node.metadata.labels.set("disk", "ssd"));
    cluster.run();
    assert_eq!(cluster.node_of("ssd"), "node-c2");
    assert_eq!(cluster.events.iter().filter(|(k, ..)| *k == key("gpu")).count(), 1);
}

#[test]
fn uncordoning_schedules_at_once_whatever_the_back_off() {
    let mut cluster = Cluster::new();
    cluster.create(crate::actors::scheduler::testing::node("n", "zone-a"));
    cluster.change::<Node>("", "n", |node| node.spec.unschedulable = true);
    cluster.create(pod("p", json!({})));
    cluster.run();
    assert_eq!(cluster.node_of("p"), "");
    cluster.change::<Node>("", "n", |node| node.spec.unschedulable = false);
    cluster.run();
    assert_eq!(cluster.node_of("p"), "n");
}

#[test]
fn the_end_of_a_pod_makes_room_for_one_that_waits() {
    let mut cluster = Cluster::new();
    cluster.create(crate::actors::scheduler::testing::node("n", "zone-a"));
    for name in ["first", "second"] {
        cluster.create(labelled(name, &[], "3", json!({})));
        cluster.run();
    }
    assert_eq!((cluster.node_of("first"), cluster.node_of("second")), ("n", ""));
    cluster.end("first");
    cluster.run();
    assert_eq!(
        cluster.node_of("second"),
        "n",
        "an ended pod takes nothing, though it is still there"
    );
}

#[test]
fn a_bigger_node_wakes_only_whom_it_is_big_enough_for() {
    let mut cluster = Cluster::of_six();
    cluster.create(labelled("six", &[], "6", json!({})));
    cluster.create(labelled("sixty", &[], "60", json!({})));
    cluster.run();
    cluster.change::<Node>("", "node-a1", |node| {
        node.status.allocatable.insert("cpu".into(), Quantity::whole(8));
    });
    cluster.run();
    assert_eq!(cluster.node_of("six"), "node-a1");
    assert_eq!(cluster.events.iter().filter(|(k, ..)| *k == key("sixty")).count(), 1);
}

#[test]
fn the_more_important_pod_goes_first_though_it_came_last() {
    let mut cluster = Cluster::new();
    cluster.create(crate::actors::scheduler::testing::node("n", "zone-a"));
    for (name, priority) in [("low", 1), ("high", 100)] {
        let mut spec = json!({"priorityClassName": format!("p{priority}"), "preemptionPolicy": "Never"});
        spec["terminationGracePeriodSeconds"] = json!(0);
        cluster.create(labelled(name, &[], "3", spec));
    }
    cluster.run();
    assert_eq!((cluster.node_of("low"), cluster.node_of("high")), ("", "n"));
    assert!(cluster.message("low").contains("1 Insufficient cpu"));
}

#[test]
fn a_gated_pod_is_not_tried_before_its_gate_is_gone() {
    let mut cluster = Cluster::of_six();
    cluster.create(pod("gated", json!({"schedulingGates": [{"name": "example.com/wait"}]})));
    cluster.run();
    assert_eq!((cluster.node_of("gated"), cluster.message("gated")), ("", ""));
    let told = condition::find(&cluster.pod("gated").status.conditions, "PodScheduled").unwrap();
    assert_eq!(&*told.reason, "SchedulingGated");
    cluster.change::<Pod>("default", "gated", |pod| pod.spec_mut().scheduling_gates.clear());
    cluster.run();
    assert_ne!(cluster.node_of("gated"), "");
}

#[test]
fn a_pod_of_another_scheduler_is_left_alone() {
    let mut cluster = Cluster::of_six();
    cluster.create(pod("other", json!({"schedulerName": "my-sched"})));
    cluster.run_for(1_000_000);
    assert_eq!((cluster.node_of("other"), cluster.events.len()), ("", 0));
}

#[test]
fn after_five_minutes_a_pod_is_tried_though_nothing_happened() {
    let mut cluster = Cluster::of_six();
    cluster.create(pod("p", json!({"nodeSelector": {"disk": "ssd"}})));
    cluster.run();
    cluster.run_for(299_000);
    assert_eq!(cluster.events.len(), 1);
    cluster.run_for(31_000);
    assert_eq!(cluster.events.len(), 2);
}

#[test]
fn without_nodes_a_pod_backs_off_longer_and_longer() {
    let mut cluster = Cluster::new();
    cluster.create(pod("p", json!({})));
    cluster.run();
    let mut tries = vec![];
    for second in 1..=40 {
        let before = cluster.events.len();
        cluster.run_for(1_000);
        if cluster.events.len() > before {
            tries.push(second);
        }
    }
    // After 1, 2, 4, 8, 10 and 10 seconds, each found over half a second later: in the second after.
    assert_eq!(tries, [2, 4, 8, 16, 26, 36]);
    cluster.create(crate::actors::scheduler::testing::node("n", "zone-a"));
    cluster.run_for(10_000);
    assert_eq!(cluster.node_of("p"), "n");
}

#[test]
fn a_restarted_scheduler_takes_up_where_the_old_one_left() {
    let mut cluster = Cluster::of_six();
    for n in 0..6 {
        cluster.create(labelled(&format!("p{n}"), &[], "3", json!({})));
    }
    cluster.create(labelled("seventh", &[], "3", json!({})));
    cluster.run();
    cluster.restart();
    assert_eq!(cluster.node_of("seventh"), "");
    cluster.end("p0");
    cluster.run();
    assert_eq!(cluster.node_of("seventh"), cluster.node_of("p0"));
}

#[test]
fn a_memory_can_be_written_down_and_read_again() {
    let mut cluster = Cluster::of_six();
    for n in 0..4 {
        cluster.create(labelled(&format!("p{n}"), &[("app", "web")], "1", json!({})));
    }
    cluster.create(pod("waits", json!({"nodeSelector": {"disk": "ssd"}})));
    cluster.run();
    let saved = serde_json::to_string(&cluster.scheduler).unwrap();
    cluster.scheduler = serde_json::from_str(&saved).unwrap();
    assert_eq!(serde_json::to_string(&cluster.scheduler).unwrap(), saved);
    cluster.change::<Node>("", "node-c2", |node| node.metadata.labels.set("disk", "ssd"));
    cluster.run();
    assert_eq!(cluster.node_of("waits"), "node-c2");
}
