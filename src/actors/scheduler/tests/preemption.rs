//! Who has to go for whom.

use crate::actors::Effect;
use crate::actors::scheduler::testing::{Cluster, VERY_IMPORTANT, labelled, node};
use crate::api::{Key, Kind, Pod, Time, condition};
use serde_json::{Value, json};

fn with_priority(priority: i64) -> Value {
    json!({"priorityClassName": format!("p{priority}")})
}

/// A full cluster: a pod of low priority and 3 cpus on each of six nodes.
fn full() -> Cluster {
    let mut cluster = Cluster::of_six();
    for n in 0..6 {
        cluster.create(labelled(
            &format!("low-{n}"),
            &[("app", "low")],
            "3",
            with_priority(100),
        ));
        cluster.run();
    }
    cluster
}

fn victim(cluster: &Cluster) -> Option<&Pod> {
    let mut pods = cluster.store.list::<Pod>("");
    pods.find(|pod| pod.metadata.is_terminating()).map(|pod| &**pod)
}

#[test]
fn a_pod_goes_for_a_more_important_one_and_everything_is_said_in_order() {
    let mut cluster = full();
    cluster.create(labelled("vip", &[], "3", with_priority(VERY_IMPORTANT)));
    let woken = cluster.deliver();
    let effects = cluster.ask(&woken[0]);
    let told: Vec<String> = effects
        .iter()
        .map(|effect| match effect {
            Effect::Event(note) => note.reason.to_string(),
            Effect::UpdateStatus(object) => format!("status of {}", object.key()),
            Effect::Delete(key, _) => format!("delete {key}"),
            Effect::WakeAt(..) => "wake".to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    let name = told[2].trim_start_matches("status of ").to_owned();
    let expected = [
        "FailedScheduling".to_owned(),
        "status of pod/vip".to_owned(),
        format!("status of {name}"),
        format!("delete {name}"),
        "Preempted".to_owned(),
        "wake".to_owned(),
    ];
    assert_eq!(told, expected);
    cluster.land(&woken[0], effects);
    assert_eq!(cluster.message("vip"), "0/6 nodes are available: 6 Insufficient cpu.");
    let gone = victim(&cluster).expect("somebody goes");
    let target = condition::find(&gone.status.conditions, "DisruptionTarget").unwrap();
    assert_eq!(&*target.reason, "PreemptionByScheduler");
    let node = gone.spec.node_name.clone();
    assert_eq!(cluster.pod("vip").status.nominated_node_name, node);
    let uid = cluster.pod("vip").metadata.uid;
    let (_, _, preempted) = cluster
        .events
        .iter()
        .find(|(_, reason, _)| reason == "Preempted")
        .unwrap();
    assert_eq!(*preempted, format!("Preempted by pod {uid} on node {node}"));
}

#[test]
fn the_important_pod_is_bound_as_soon_as_its_victim_has_ended() {
    let mut cluster = full();
    cluster.create(labelled("vip", &[], "3", with_priority(VERY_IMPORTANT)));
    cluster.run();
    let (name, node) = victim(&cluster)
        .map(|pod| (pod.metadata.name.clone(), pod.spec.node_name.clone()))
        .unwrap();
    // The room is kept: a pod of the same size that comes meanwhile does not get it, nor does it take another's.
    cluster.create(labelled("peer", &[], "3", with_priority(100)));
    cluster.run();
    assert_eq!(cluster.node_of("vip"), "", "the victim still runs");
    cluster.end(&name);
    cluster.run();
    assert_eq!(cluster.node_of("vip"), &*node);
    assert_eq!(cluster.pod("vip").status.nominated_node_name, "".into());
    assert_eq!(
        cluster.message("peer"),
        "0/6 nodes are available: 6 Insufficient cpu. no new claims to deallocate, \
         preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod."
    );
}

#[test]
fn whoever_may_not_preempt_waits() {
    let mut cluster = full();
    let spec = json!({"priorityClassName": "p1000000", "preemptionPolicy": "Never"});
    cluster.create(labelled("np", &[], "3", spec));
    cluster.run();
    assert!(victim(&cluster).is_none());
    assert_eq!(
        cluster.message("np"),
        "0/6 nodes are available: 6 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never."
    );
}

#[test]
fn while_its_victim_is_on_its_way_a_pod_takes_no_second_one() {
    let mut cluster = full();
    cluster.create(labelled("vip", &[], "3", with_priority(VERY_IMPORTANT)));
    cluster.run();
    cluster.run_for(400_000);
    let going = cluster
        .store
        .list::<Pod>("")
        .filter(|pod| pod.metadata.is_terminating())
        .count();
    assert_eq!(going, 1);
    assert!(
        cluster
            .message("vip")
            .ends_with("preemption: not eligible due to a terminating pod on the nominated node."),
        "{}",
        cluster.message("vip")
    );
}

#[test]
fn only_as_many_go_as_must_and_the_least_important_ones() {
    let mut cluster = Cluster::new();
    cluster.create(node("n", "zone-a"));
    for (name, cpu, priority) in [("a", "1", 10), ("b", "1", 20), ("c", "2", 5)] {
        cluster.create(labelled(name, &[], cpu, with_priority(priority)));
        cluster.run();
    }
    cluster.create(labelled("vip", &[], "1", with_priority(100)));
    cluster.run();
    assert_eq!(victim(&cluster).map(|pod| &*pod.metadata.name), Some("c"));
    assert_eq!(
        cluster
            .store
            .list::<Pod>("")
            .filter(|pod| pod.metadata.is_terminating())
            .count(),
        1
    );
}

#[test]
fn a_budget_is_spared_where_another_node_will_do() {
    let mut cluster = full();
    let labels = [("app", "protected")];
    for n in 0..6 {
        // All but one are protected.
        if n != 3 {
            cluster.change::<Pod>("default", &format!("low-{n}"), |pod| {
                pod.metadata.labels = labels.into_iter().collect()
            });
        }
    }
    cluster.apply(
        Kind::PodDisruptionBudget,
        json!({"metadata": {"name": "b", "namespace": "default"},
            "spec": {"minAvailable": 5, "selector": {"matchLabels": {"app": "protected"}}}}),
    );
    cluster.create(labelled("vip", &[], "3", with_priority(VERY_IMPORTANT)));
    cluster.run();
    assert_eq!(victim(&cluster).map(|pod| &*pod.metadata.name), Some("low-3"));
}

#[test]
fn among_equals_the_youngest_goes() {
    let mut cluster = full();
    for n in 0..6i64 {
        let started = Time::EPOCH + [5, 1, 9, 3, 2, 4][n as usize] * 1000;
        cluster.change::<Pod>("default", &format!("low-{n}"), |pod| {
            pod.status.start_time = Some(started)
        });
    }
    cluster.create(labelled("vip", &[], "3", with_priority(VERY_IMPORTANT)));
    cluster.run();
    assert_eq!(victim(&cluster).map(|pod| &*pod.metadata.name), Some("low-2"));
}

#[test]
fn when_a_victim_cannot_be_asked_the_pod_is_tried_again_at_once() {
    let mut cluster = full();
    cluster.create(labelled("vip", &[], "3", with_priority(VERY_IMPORTANT)));
    let key = cluster.deliver().remove(0);
    let effects = cluster.ask(&key);
    // Each pod's status changes before the wish lands: the scheduler's writes are stale.
    for n in 0..6 {
        cluster.change::<Pod>("default", &format!("low-{n}"), |pod| {
            pod.status.pod_ip = "10.0.0.1".into()
        });
    }
    cluster.land(&key, effects);
    assert!(victim(&cluster).is_none());
    cluster.run_for(100);
    assert!(victim(&cluster).is_some());
    let vip = Key::new(Kind::Pod, "default", "vip");
    assert_eq!(
        cluster
            .events
            .iter()
            .filter(|(k, reason, _)| *k == vip && reason == "FailedScheduling")
            .count(),
        2
    );
}
