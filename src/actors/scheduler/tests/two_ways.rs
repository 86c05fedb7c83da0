//! The short way and the long way lead to the same node: a property over random clusters.

use crate::actors::scheduler::testing::{Cluster, labelled, node};
use crate::api::{Kind, Node, Pod, Quantity, Taint, TaintEffect};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Something that happens to a cluster.
#[derive(Clone, Debug)]
enum Act {
    /// A pod of a template comes.
    Come(usize),
    /// A pod goes.
    Go(usize),
    /// A node is cordoned, or uncordoned.
    Cordon(usize),
    /// A node gets a soft taint, or loses it.
    Taint(usize),
    /// A node moves to another zone.
    Move(usize, usize),
    /// A node comes.
    Grow(usize),
    /// A node grows bigger or smaller.
    Resize(usize, i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (0..TEMPLATES).prop_map(Act::Come),
        2 => (0..100usize).prop_map(Act::Go),
        1 => (0..100usize).prop_map(Act::Cordon),
        1 => (0..100usize).prop_map(Act::Taint),
        1 => (0..100usize, 0..4usize).prop_map(|(node, zone)| Act::Move(node, zone)),
        1 => (0..4usize).prop_map(Act::Grow),
        1 => (0..100usize, 1..9i64).prop_map(|(node, cpu)| Act::Resize(node, cpu)),
    ]
}

const TEMPLATES: usize = 6;

/// Templates that take the short way, and some that make others take the long one.
fn template(n: usize) -> (&'static str, &'static str, Value) {
    match n {
        0 => ("web", "100m", json!({})),
        1 => ("web", "700m", json!({})),
        2 => ("free", "0", json!({})),
        3 => (
            "picky",
            "300m",
            json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 7, "preference": {"matchExpressions": [
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["zone-1"]}]}}]}}}),
        ),
        4 => (
            "soft",
            "200m",
            json!({"topologySpreadConstraints": [{"maxSkew": 2, "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "ScheduleAnyway", "nodeTaintsPolicy": "Honor",
                "labelSelector": {"matchLabels": {"app": "soft"}}}]}),
        ),
        _ => (
            "shy",
            "200m",
            json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": {"matchLabels": {"app": "shy"}}, "topologyKey": "kubernetes.io/hostname"}]}}}),
        ),
    }
}

/// Returns the pods with their nodes, and whether the scheduler knows the short way to some.
fn play(nodes: usize, acts: &[Act], forgetful: bool) -> (Vec<(String, String)>, bool) {
    let mut cluster = Cluster::new();
    let mut names: Vec<String> = Vec::new();
    let grow = |cluster: &mut Cluster, names: &mut Vec<String>, zone: usize| {
        let name = format!("n{}", names.len());
        let mut new = node(&name, &format!("zone-{zone}"));
        if zone == 3 {
            new.metadata.labels.remove("topology.kubernetes.io/zone");
        }
        cluster.create(new);
        names.push(name);
    };
    for n in 0..nodes {
        grow(&mut cluster, &mut names, n % 3);
    }
    cluster.apply(
        Kind::Service,
        json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"selector": {"app": "web"}}}),
    );
    let mut pods = Vec::new();
    for (n, act) in acts.iter().enumerate() {
        match act {
            Act::Come(of) => {
                let (app, cpu, spec) = template(*of);
                let name = format!("p{n}");
                cluster.create(labelled(&name, &[("app", app)], cpu, spec));
                pods.push(name);
            }
            Act::Go(n) if !pods.is_empty() => {
                let name = pods.remove(n % pods.len());
                cluster.delete(Kind::Pod, "default", &name);
            }
            Act::Go(_) => (),
            Act::Cordon(n) => cluster.change::<Node>("", &names[n % names.len()], |node| {
                node.spec.unschedulable = !node.spec.unschedulable;
            }),
            Act::Taint(n) => cluster.change::<Node>("", &names[n % names.len()], |node| {
                if node.spec.taints.pop().is_none() {
                    node.spec.taints.push(Taint {
                        key: "k".into(),
                        effect: TaintEffect::PreferNoSchedule,
                        ..Taint::default()
                    });
                }
            }),
            Act::Move(n, zone) => cluster.change::<Node>("", &names[n % names.len()], |node| {
                node.metadata
                    .labels
                    .set("topology.kubernetes.io/zone", format!("zone-{zone}"));
            }),
            Act::Grow(zone) => grow(&mut cluster, &mut names, *zone),
            Act::Resize(n, cpu) => cluster.change::<Node>("", &names[n % names.len()], |node| {
                node.status.allocatable.insert("cpu".into(), Quantity::whole(*cpu));
            }),
        }
        if forgetful {
            // A copied scheduler has no scratch paper: each pod is the first of its template, and goes the long way.
            cluster.scheduler = cluster.scheduler.clone();
        }
        cluster.run();
    }
    let took_the_short_way = cluster.scheduler.cache.scratch.rankings.len() > 0;
    let pods = cluster.store.list::<Pod>("");
    let placed = pods.map(|pod| (pod.metadata.name.to_string(), pod.spec.node_name.to_string()));
    (placed.collect(), took_the_short_way)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn both_ways_lead_to_the_same_node(nodes in 1..12usize, acts in prop::collection::vec(act(), 1..60)) {
        prop_assert_eq!(play(nodes, &acts, false).0, play(nodes, &acts, true).0);
    }
}

#[test]
fn both_ways_look_at_the_same_share_of_many_nodes() {
    let acts: Vec<Act> = (0..300).map(|n| Act::Come(n % 4)).collect();
    let ((short, took_it), (long, took_it_too)) = (play(230, &acts, false), play(230, &acts, true));
    assert_eq!((took_it, took_it_too), (true, false));
    assert_eq!(short, long);
}
