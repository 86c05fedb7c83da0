//! Where pods go when they may go anywhere.

use crate::actors::scheduler::Explanation;
use crate::actors::scheduler::testing::{Cluster, labelled, node, pod};
use crate::api::{Kind, Node, Pod, Taint, TaintEffect};
use serde_json::json;
use std::collections::BTreeMap;

/// Returns how many pods there are in each zone, or on each node.
fn spread(cluster: &Cluster, of: impl Fn(&str) -> String) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for pod in cluster.store.list::<Pod>("") {
        *counts.entry(of(&pod.spec.node_name)).or_default() += 1;
    }
    counts
}

#[test]
fn pods_of_a_service_are_spread_over_zones_and_nodes_though_nobody_asked() {
    let mut cluster = Cluster::of_six();
    cluster.apply(
        Kind::Service,
        json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"selector": {"app": "web"}}}),
    );
    for n in 0..6 {
        cluster.create(labelled(&format!("web-{n}"), &[("app", "web")], "100m", json!({})));
        cluster.run();
        if n == 2 {
            let zones = spread(&cluster, |node| node[..6].to_owned());
            assert_eq!(zones.into_values().collect::<Vec<_>>(), [1, 1, 1]);
        }
    }
    assert_eq!(
        spread(&cluster, str::to_owned).into_values().collect::<Vec<_>>(),
        [1; 6]
    );
}

#[test]
fn pods_of_a_set_are_spread_by_the_set_s_selector() {
    let mut cluster = Cluster::of_six();
    let set = cluster.apply(
        Kind::StatefulSet,
        json!({"metadata": {"name": "pg", "namespace": "default"},
            "spec": {"replicas": 3, "serviceName": "pg", "selector": {"matchLabels": {"app": "pg"}}}}),
    );
    // A crowd of other pods stands in one zone only.
    for n in 0..4 {
        let spec = json!({"nodeSelector": {"topology.kubernetes.io/zone": "zone-a"}});
        cluster.create(labelled(&format!("other-{n}"), &[("app", "x")], "10m", spec));
    }
    for n in 0..3 {
        let mut pod = labelled(&format!("pg-{n}"), &[("app", "pg")], "100m", json!({}));
        let crate::api::Object::StatefulSet(set) = &set else {
            panic!("a set was made")
        };
        pod.metadata.owner_references = vec![crate::api::Resource::as_controller(&**set)];
        cluster.create(pod);
        cluster.run();
    }
    let mut zones: Vec<&str> = (0..3)
        .map(|n| &cluster.node_of(["pg-0", "pg-1", "pg-2"][n])[..6])
        .collect();
    zones.sort_unstable();
    assert_eq!(zones, ["node-a", "node-b", "node-c"]);
}

#[test]
fn a_node_that_would_rather_not_is_taken_last() {
    let mut cluster = Cluster::new();
    cluster.create(node("rather-not", "zone-a"));
    cluster.create(node("welcome", "zone-a"));
    cluster.change::<Node>("", "rather-not", |node| {
        node.spec.taints.push(Taint {
            key: "k".into(),
            effect: TaintEffect::PreferNoSchedule,
            ..Taint::default()
        });
    });
    for n in 0..4 {
        cluster.create(labelled(&format!("p{n}"), &[], "100m", json!({})));
    }
    cluster.run();
    assert_eq!(
        spread(&cluster, str::to_owned),
        BTreeMap::from([("welcome".to_owned(), 4)])
    );
}

#[test]
fn a_preference_among_nodes_is_followed() {
    let mut cluster = Cluster::of_six();
    let wish = json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "preference": {"matchExpressions": [
            {"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-b2"]}]}}]}}});
    for n in 0..3 {
        cluster.create(labelled(&format!("p{n}"), &[], "100m", wish.clone()));
    }
    cluster.run();
    assert_eq!(
        spread(&cluster, str::to_owned),
        BTreeMap::from([("node-b2".to_owned(), 3)])
    );
}

#[test]
fn pods_that_like_each_other_meet_and_the_first_of_its_kind_may_go_anywhere() {
    let mut cluster = Cluster::of_six();
    let near = |rule: &str, term: serde_json::Value| json!({"affinity": {"podAffinity": {rule: [term]}}});
    let term = json!({"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "topology.kubernetes.io/zone"});
    let must = near("requiredDuringSchedulingIgnoredDuringExecution", term.clone());
    for n in 0..4 {
        cluster.create(labelled(&format!("web-{n}"), &[("app", "web")], "100m", must.clone()));
        cluster.run();
    }
    assert_eq!(
        spread(&cluster, |node| node[..6].to_owned()).len(),
        1,
        "all in the zone of the first"
    );
    let likes = near(
        "preferredDuringSchedulingIgnoredDuringExecution",
        json!({"weight": 100, "podAffinityTerm": term}),
    );
    let zone = cluster.node_of("web-0")[..6].to_owned();
    cluster.create(labelled("cache", &[("app", "cache")], "100m", likes));
    cluster.run();
    assert!(cluster.node_of("cache").starts_with(&zone));
}

#[test]
fn equal_nodes_are_drawn_by_the_pod_s_uid() {
    let placed = |seed: u64| {
        let mut cluster = Cluster::of_six();
        cluster.stir_chance(seed);
        cluster.create(pod("p", json!({})));
        cluster.run();
        cluster.node_of("p").to_owned()
    };
    assert_eq!(placed(1), placed(1));
    let nodes: std::collections::BTreeSet<String> = (0..40).map(placed).collect();
    assert_eq!(nodes.len(), 6, "every node gets its turn under some seed");
}

#[test]
fn what_every_plugin_says_of_every_node_can_be_asked() {
    let mut cluster = Cluster::of_six();
    cluster.change::<Node>("", "node-a1", |node| node.spec.unschedulable = true);
    cluster.create(labelled(
        "big",
        &[],
        "5",
        json!({"nodeSelector": {"topology.kubernetes.io/zone": "zone-a"}}),
    ));
    cluster.run();
    let explanation = cluster.scheduler.explain(&cluster.view(), cluster.pod("big"));
    let Explanation::Nodes(nodes) = explanation else {
        panic!("no plugin turns the pod away at once")
    };
    let said = |name: &str| -> Vec<String> {
        let node = nodes.iter().find(|n| *n.node == *name).unwrap();
        let bad = node.verdicts.iter().filter(|(_, verdict)| verdict.is_err());
        bad.map(|(plugin, _)| plugin.to_string()).collect()
    };
    assert_eq!(said("node-a1"), ["NodeUnschedulable", "NodeResourcesFit"]);
    assert_eq!(said("node-b1"), ["NodeAffinity", "NodeResourcesFit"]);
    cluster.create(pod("small", json!({})));
    cluster.deliver();
    let Explanation::Nodes(nodes) = cluster.scheduler.explain(&cluster.view(), cluster.pod("small")) else {
        panic!("no plugin turns the pod away at once")
    };
    assert_eq!(nodes.iter().filter(|n| n.score.is_some()).count(), 5);
}
