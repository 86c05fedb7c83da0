//! Whole messages, word for word as a recorded Kubernetes 1.36.2 printed them on two nodes in each of three zones.

use crate::actors::scheduler::testing::{Cluster, labelled, pod};
use crate::api::{Kind, Node, PersistentVolumeClaim, Taint};
use serde_json::{Value, json};

const NO_HELP: &str =
    "no new claims to deallocate, preemption: 0/6 nodes are available: 6 Preemption is not helpful for scheduling.";
const NO_VICTIMS: &str =
    "no new claims to deallocate, preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod.";

/// Says what the scheduler says of a pod with this spec.
fn said_of(cluster: &mut Cluster, spec: Value) -> String {
    cluster.create(pod("p", spec));
    cluster.run();
    cluster.message("p").to_owned()
}

fn asking(resources: Value) -> Value {
    json!({"containers": [{"name": "main", "image": "nginx:1.25", "resources": {"requests": resources}}]})
}

fn taint(cluster: &mut Cluster, node: &str) {
    cluster.change::<Node>("", node, |node| {
        node.spec.taints.push(Taint {
            key: "dedicated".into(),
            value: "db".into(),
            ..Taint::default()
        });
    });
}

fn cordon(cluster: &mut Cluster, node: &str) {
    cluster.change::<Node>("", node, |node| node.spec.unschedulable = true);
}

const NODES: [&str; 6] = ["node-a1", "node-a2", "node-b1", "node-b2", "node-c1", "node-c2"];

#[test]
fn a_pod_that_exceeds_every_node() {
    for (resources, reasons) in [
        (json!({"cpu": "100"}), "6 Insufficient cpu"),
        (json!({"memory": "1000Gi"}), "6 Insufficient memory"),
        (
            json!({"cpu": "100", "memory": "1000Gi"}),
            "6 Insufficient cpu, 6 Insufficient memory",
        ),
        (json!({"nvidia.com/gpu": "1"}), "6 Insufficient nvidia.com/gpu"),
    ] {
        let said = said_of(&mut Cluster::of_six(), asking(resources));
        assert_eq!(said, format!("0/6 nodes are available: {reasons}. {NO_HELP}"));
    }
}

#[test]
fn a_selector_or_an_affinity_that_nothing_matches() {
    let mut cluster = Cluster::of_six();
    assert_eq!(
        said_of(&mut cluster, json!({"nodeSelector": {"disktype": "ssd"}})),
        format!("0/6 nodes are available: 6 node(s) didn't match Pod's node affinity/selector. {NO_HELP}")
    );
    let near_nothing = json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "nothing"}}, "topologyKey": "kubernetes.io/hostname"}]}}});
    assert_eq!(
        said_of(&mut Cluster::of_six(), near_nothing),
        format!("0/6 nodes are available: 6 node(s) didn't match pod affinity rules. {NO_HELP}")
    );
}

#[test]
fn taints_and_cordons() {
    let mut tainted = Cluster::of_six();
    NODES.iter().for_each(|node| taint(&mut tainted, node));
    assert_eq!(
        said_of(&mut tainted, json!({})),
        format!("0/6 nodes are available: 6 node(s) had untolerated taint(s). {NO_HELP}")
    );
    let mut cordoned = Cluster::of_six();
    NODES.iter().for_each(|node| cordon(&mut cordoned, node));
    assert_eq!(
        said_of(&mut cordoned, json!({})),
        format!("0/6 nodes are available: 6 node(s) were unschedulable. {NO_HELP}")
    );
}

#[test]
fn each_node_is_counted_under_its_first_reason() {
    let mut cluster = Cluster::of_six();
    taint(&mut cluster, "node-a1");
    taint(&mut cluster, "node-a2");
    cordon(&mut cluster, "node-b1");
    cordon(&mut cluster, "node-b2");
    assert_eq!(
        said_of(&mut cluster, asking(json!({"cpu": "5"}))),
        format!(
            "0/6 nodes are available: 2 Insufficient cpu, 2 node(s) had untolerated taint(s), 2 node(s) were unschedulable. {NO_HELP}"
        )
    );
}

#[test]
fn the_seventh_pod_on_a_host_port() {
    let mut cluster = Cluster::of_six();
    let spec = json!({"containers": [{"name": "main", "ports": [{"containerPort": 80, "hostPort": 8080}]}]});
    for n in 1..=7 {
        cluster.create(pod(&format!("hp{n}"), spec.clone()));
        cluster.run();
    }
    assert_eq!(
        cluster.message("hp7"),
        format!("0/6 nodes are available: 6 node(s) didn't have free ports for the requested pod ports. {NO_VICTIMS}")
    );
}

#[test]
fn the_seventh_pod_that_wants_its_host_for_itself() {
    let mut cluster = Cluster::of_six();
    let spec = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "anti"}}, "topologyKey": "kubernetes.io/hostname"}]}}});
    for n in 1..=7 {
        cluster.create(labelled(&format!("anti-{n}"), &[("app", "anti")], "100m", spec.clone()));
        cluster.run();
    }
    assert_eq!(
        cluster.message("anti-7"),
        format!("0/6 nodes are available: 6 node(s) didn't match pod anti-affinity rules. {NO_VICTIMS}")
    );
    let stranger = labelled("stranger", &[("app", "anti")], "100m", json!({}));
    cluster.create(stranger);
    cluster.run();
    assert_eq!(
        cluster.message("stranger"),
        format!("0/6 nodes are available: 6 node(s) didn't satisfy existing pods anti-affinity rules. {NO_VICTIMS}")
    );
}

#[test]
fn cordoned_nodes_still_count_as_a_domain() {
    let mut cluster = Cluster::of_six();
    let spec = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "spr"}}}]});
    for n in 1..=9 {
        if n == 7 {
            cordon(&mut cluster, "node-c1");
            cordon(&mut cluster, "node-c2");
        }
        cluster.create(labelled(&format!("spr-{n}"), &[("app", "spr")], "100m", spec.clone()));
        cluster.run();
    }
    assert_eq!(
        cluster.message("spr-9"),
        "0/6 nodes are available: 2 node(s) were unschedulable, 4 node(s) didn't match pod topology spread constraints. \
         no new claims to deallocate, preemption: 0/6 nodes are available: 2 Preemption is not helpful for scheduling, \
         4 No preemption victims found for incoming pod."
    );
}

#[test]
fn a_topology_that_no_node_has() {
    let spec = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "rack",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "sprx"}}}]});
    assert_eq!(
        said_of(&mut Cluster::of_six(), spec),
        format!(
            "0/6 nodes are available: 6 node(s) didn't match pod topology spread constraints (missing required label). {NO_HELP}"
        )
    );
}

#[test]
fn no_node_at_all() {
    assert_eq!(
        said_of(&mut Cluster::new(), json!({})),
        "no nodes available to schedule pods"
    );
}

#[test]
fn a_pod_of_a_daemon_set_whose_node_is_full() {
    let mut cluster = Cluster::of_six();
    let mut spec = asking(json!({"cpu": "5"}));
    spec["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-b1"]}]}]}}});
    assert_eq!(
        said_of(&mut cluster, spec),
        format!(
            "0/6 nodes are available: 1 Insufficient cpu, 5 node(s) didn't satisfy plugin(s) [NodeAffinity]. {NO_HELP}"
        )
    );
}

fn claim(name: &str, class: Option<&str>) -> Value {
    json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "storageClassName": class, "resources": {"requests": {"storage": "5Gi"}}}})
}

fn using(claims: &[&str]) -> Value {
    let volumes: Vec<Value> = claims
        .iter()
        .map(|c| json!({"name": c, "persistentVolumeClaim": {"claimName": c}}))
        .collect();
    json!({"volumes": volumes})
}

#[test]
fn claims_that_are_not_there_or_not_bound_or_going() {
    let mut cluster = Cluster::of_six();
    assert_eq!(
        said_of(&mut cluster, using(&["missing"])),
        "0/6 nodes are available: persistentvolumeclaim \"missing\" not found. not found"
    );
    for class in [None, Some("does-not-exist"), Some("ebs-imm")] {
        let mut cluster = Cluster::of_six();
        cluster.apply(
            Kind::StorageClass,
            json!({"metadata": {"name": "ebs-imm"}, "provisioner": "ebs.csi.aws.com"}),
        );
        cluster.apply(Kind::PersistentVolumeClaim, claim("d", class));
        assert_eq!(
            said_of(&mut cluster, using(&["d"])),
            "0/6 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
        );
    }
    let mut cluster = Cluster::of_six();
    cluster.apply(Kind::PersistentVolumeClaim, claim("d", None));
    cluster.delete(Kind::PersistentVolumeClaim, "default", "d");
    assert_eq!(
        said_of(&mut cluster, using(&["d"])),
        "0/6 nodes are available: persistentvolumeclaim \"d\" is being deleted. not found"
    );
}

/// Gives a claim a volume in a zone.
pub(super) fn bind_claim(cluster: &mut Cluster, name: &str, zone: &str) {
    cluster.apply(
        Kind::PersistentVolume,
        json!({"metadata": {"name": format!("pv-{name}")}, "spec": {
            "capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "ebs",
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": format!("vol-{name}")},
            "claimRef": {"namespace": "default", "name": name},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}}},
            "status": {"phase": "Bound"}}),
    );
    cluster.change::<PersistentVolumeClaim>("default", name, |claim| {
        claim.spec.volume_name = format!("pv-{name}").into();
        claim.metadata.annotations.set("pv.kubernetes.io/bind-completed", "yes");
        claim.status.phase = crate::api::storage::ClaimPhase::Bound;
    });
}

#[test]
fn volumes_of_other_zones() {
    let mut cluster = Cluster::of_six();
    for (name, zone) in [("v1", "zone-b"), ("v2", "zone-a")] {
        cluster.apply(Kind::PersistentVolumeClaim, claim(name, Some("ebs")));
        bind_claim(&mut cluster, name, zone);
    }
    cordon(&mut cluster, "node-b1");
    cordon(&mut cluster, "node-b2");
    cluster.create(pod("pg-0", using(&["v1"])));
    cluster.run();
    assert_eq!(
        cluster.message("pg-0"),
        format!(
            "0/6 nodes are available: 2 node(s) were unschedulable, 4 node(s) didn't match PersistentVolume's node affinity. {NO_HELP}"
        )
    );
    cluster.change::<Node>("", "node-b1", |node| node.spec.unschedulable = false);
    cluster.create(pod("twovol", using(&["v1", "v2"])));
    cluster.run();
    assert_eq!(
        cluster.message("twovol"),
        format!(
            "0/6 nodes are available: 1 node(s) were unschedulable, 5 node(s) didn't match PersistentVolume's node affinity. {NO_HELP}"
        )
    );
    let mut elsewhere = using(&["v2"]);
    elsewhere["nodeSelector"] = json!({"topology.kubernetes.io/zone": "zone-c"});
    cluster.create(pod("wrongzone", elsewhere));
    cluster.run();
    assert_eq!(
        cluster.message("wrongzone"),
        format!(
            "0/6 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match PersistentVolume's node affinity, \
             3 node(s) didn't match Pod's node affinity/selector. {NO_HELP}"
        )
    );
}

#[test]
fn a_claim_for_one_pod_only() {
    let mut cluster = Cluster::of_six();
    let mut once = claim("once", Some("ebs"));
    once["spec"]["accessModes"] = json!(["ReadWriteOncePod"]);
    cluster.apply(Kind::PersistentVolumeClaim, once);
    bind_claim(&mut cluster, "once", "zone-b");
    cluster.create(pod("first", using(&["once"])));
    cluster.run();
    // Two zones are ruled out by the volume only after the restriction, which all nodes share.
    assert_eq!(
        said_of(&mut cluster, using(&["once"])),
        format!(
            "0/6 nodes are available: 6 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod. {NO_VICTIMS}"
        )
    );
    cluster.end("first");
    cluster.run();
    assert!(cluster.node_of("p").starts_with("node-b"), "the claim is free again");
}

#[test]
fn nodes_that_cannot_attach_another_volume() {
    let mut cluster = Cluster::of_six();
    for node in NODES {
        cluster.apply(
            Kind::CsiNode,
            json!({"metadata": {"name": node}, "spec": {"drivers": [
                {"name": "ebs.csi.aws.com", "nodeID": node, "allocatable": {"count": 1}}]}}),
        );
    }
    for (n, zone) in ["zone-a", "zone-a", "zone-b", "zone-b", "zone-c", "zone-c", "zone-c"]
        .iter()
        .enumerate()
    {
        let name = format!("d{n}");
        cluster.apply(Kind::PersistentVolumeClaim, claim(&name, Some("ebs")));
        bind_claim(&mut cluster, &name, zone);
        cluster.create(pod(&format!("pg-{n}"), using(&[&name])));
        cluster.run();
    }
    assert_eq!(
        cluster.message("pg-6"),
        format!("0/6 nodes are available: 6 node(s) exceed max volume count. {NO_VICTIMS}")
    );
}
