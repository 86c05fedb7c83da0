//! From a chosen node to a bound pod, with claims on the way.

use super::messages::bind_claim;
use crate::actors::Effect;
use crate::actors::scheduler::testing::{Cluster, pod};
use crate::api::{Key, Kind, PersistentVolume, PersistentVolumeClaim, condition};
use serde_json::{Value, json};

const SELECTED: &str = "volume.kubernetes.io/selected-node";

fn class(cluster: &mut Cluster, name: &str, provisioner: &str, more: Value) {
    let mut class = json!({"metadata": {"name": name}, "provisioner": provisioner,
        "volumeBindingMode": "WaitForFirstConsumer"});
    class
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    cluster.apply(Kind::StorageClass, class);
}

fn claim(cluster: &mut Cluster, name: &str, class: &str) {
    cluster.apply(
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"accessModes": ["ReadWriteOnce"],
            "storageClassName": class, "resources": {"requests": {"storage": "5Gi"}}}}),
    );
}

fn volume(cluster: &mut Cluster, name: &str, class: &str, size: &str, zone: &str) {
    cluster.apply(
        Kind::PersistentVolume,
        json!({"metadata": {"name": name}, "spec": {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"],
            "storageClassName": class, "local": {"path": "/d"}, "nodeAffinity": {"required": {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}}},
            "status": {"phase": "Available"}}),
    );
}

fn using(claim: &str) -> Value {
    json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]})
}

fn selected(cluster: &Cluster, name: &str) -> String {
    let claim = cluster.store.get::<PersistentVolumeClaim>("default", name).unwrap();
    claim.metadata.annotations.value(SELECTED).to_owned()
}

#[test]
fn a_claim_that_waits_for_its_consumer_gets_the_node_and_the_pod_a_second_later() {
    let mut cluster = Cluster::of_six();
    class(&mut cluster, "ebs", "ebs.csi.aws.com", json!({}));
    claim(&mut cluster, "data", "ebs");
    cluster.create(pod("pg-0", using("data")));
    cluster.run();
    let node = selected(&cluster, "data");
    assert_ne!(node, "");
    assert_eq!(
        *cluster.pod("pg-0").status.nominated_node_name,
        *node,
        "it says where it is going to be"
    );
    bind_claim(&mut cluster, "data", &format!("zone-{}", &node[5..6]));
    cluster.run_for(999);
    assert_eq!(cluster.node_of("pg-0"), "", "PreBind looks once a second");
    cluster.run_for(1);
    assert_eq!(cluster.node_of("pg-0"), node);
    assert_eq!(cluster.pod("pg-0").status.nominated_node_name, "".into());
    let (_, reason, message) = cluster.events.last().unwrap();
    assert_eq!(
        (reason.as_str(), message.clone()),
        ("Scheduled", format!("Successfully assigned default/pg-0 to {node}"))
    );
}

#[test]
fn two_pods_that_share_an_unbound_claim_race_and_one_loses() {
    let mut cluster = Cluster::of_six();
    class(&mut cluster, "ebs", "ebs.csi.aws.com", json!({}));
    claim(&mut cluster, "shared", "ebs");
    cluster.create(pod("db-1", using("shared")));
    cluster.create(pod("db-2", using("shared")));
    let keys = cluster.deliver();
    // Both are worked on before the watch brings what the first one wrote.
    for key in &keys {
        cluster.work_on(key);
    }
    let node = selected(&cluster, "shared");
    cluster.run_for(100);
    assert_eq!(
        cluster.message("db-2"),
        "running PreBind plugin \"VolumeBinding\": Operation cannot be fulfilled on persistentvolumeclaims \"shared\": \
         the object has been modified; please apply your changes to the latest version and try again"
    );
    let told = condition::find(&cluster.pod("db-2").status.conditions, "PodScheduled").unwrap();
    assert_eq!(&*told.reason, "SchedulerError");
    assert_eq!(cluster.pod("db-2").status.nominated_node_name, "".into());
    bind_claim(&mut cluster, "shared", &format!("zone-{}", &node[5..6]));
    cluster.run_for(2_500);
    assert_eq!(cluster.node_of("db-1"), node);
    assert_eq!(cluster.node_of("db-2")[..6], node[..6], "in the zone of the volume");
}

#[test]
fn the_smallest_volume_that_is_big_enough_is_given() {
    let mut cluster = Cluster::of_six();
    class(&mut cluster, "local", "kubernetes.io/no-provisioner", json!({}));
    volume(&mut cluster, "small", "local", "1Gi", "zone-a");
    volume(&mut cluster, "large", "local", "100Gi", "zone-a");
    volume(&mut cluster, "right", "local", "10Gi", "zone-a");
    volume(&mut cluster, "other", "elsewhere", "5Gi", "zone-a");
    claim(&mut cluster, "data", "local");
    cluster.create(pod("p", using("data")));
    cluster.run();
    let given = cluster.store.get::<PersistentVolume>("", "right").unwrap();
    assert_eq!(given.spec.claim_ref.as_ref().map(|to| &*to.name), Some("data"));
    assert!(cluster.pod("p").status.nominated_node_name.starts_with("node-a"));
    assert_eq!(selected(&cluster, "data"), "", "nothing is to be made");
}

#[test]
fn two_pods_do_not_get_the_same_volume() {
    let mut cluster = Cluster::of_six();
    class(&mut cluster, "local", "kubernetes.io/no-provisioner", json!({}));
    volume(&mut cluster, "v1", "local", "10Gi", "zone-a");
    for name in ["one", "two"] {
        claim(&mut cluster, name, "local");
        cluster.create(pod(name, using(name)));
    }
    let keys = cluster.deliver();
    for key in &keys {
        cluster.work_on(key);
    }
    assert_eq!(
        cluster.message("two"),
        "0/6 nodes are available: 6 node(s) didn't find available persistent volumes to bind. no new claims to \
         deallocate, preemption: 0/6 nodes are available: 6 Preemption is not helpful for scheduling."
    );
    volume(&mut cluster, "v2", "local", "10Gi", "zone-b");
    cluster.run();
    assert!(
        cluster.pod("two").status.nominated_node_name.starts_with("node-b"),
        "a new volume wakes it"
    );
}

#[test]
fn a_class_that_allows_one_zone_confines_the_pod_to_it() {
    let mut cluster = Cluster::of_six();
    let only_c = json!({"allowedTopologies": [{"matchLabelExpressions": [
        {"key": "topology.kubernetes.io/zone", "values": ["zone-c"]}]}]});
    class(&mut cluster, "ebs-c", "ebs.csi.aws.com", only_c);
    claim(&mut cluster, "data", "ebs-c");
    cluster.create(pod("p", using("data")));
    cluster.run();
    assert!(selected(&cluster, "data").starts_with("node-c"));
}

#[test]
fn when_no_volume_could_be_made_there_the_pod_is_scheduled_anew() {
    let mut cluster = Cluster::of_six();
    class(&mut cluster, "ebs", "ebs.csi.aws.com", json!({}));
    claim(&mut cluster, "data", "ebs");
    cluster.create(pod("p", using("data")));
    cluster.run();
    // The provisioner takes the annotation away.
    cluster.change::<PersistentVolumeClaim>("default", "data", |claim| {
        claim.metadata.annotations.remove(SELECTED);
    });
    cluster.run_for(1_000);
    assert_eq!(
        cluster.message("p"),
        "running PreBind plugin \"VolumeBinding\": binding volumes: provisioning failed for PVC \"data\""
    );
    cluster.run_for(2_000);
    assert_ne!(selected(&cluster, "data"), "");
}

#[test]
fn after_ten_minutes_it_is_given_up() {
    let mut cluster = Cluster::of_six();
    class(&mut cluster, "slow", "nobody.example.com", json!({}));
    claim(&mut cluster, "data", "slow");
    cluster.create(pod("p", using("data")));
    cluster.run_for(599_000);
    assert_eq!(cluster.message("p"), "");
    cluster.run_for(2_000);
    assert_eq!(
        cluster.message("p"),
        "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded"
    );
}

#[test]
fn several_pods_wait_for_their_volumes_at_once() {
    let mut cluster = Cluster::of_six();
    class(&mut cluster, "ebs", "ebs.csi.aws.com", json!({}));
    for n in 0..4 {
        claim(&mut cluster, &format!("d{n}"), "ebs");
        cluster.create(pod(&format!("p{n}"), using(&format!("d{n}"))));
    }
    cluster.run();
    for n in 0..4 {
        let name = format!("d{n}");
        let zone = format!("zone-{}", &selected(&cluster, &name)[5..6]);
        bind_claim(&mut cluster, &name, &zone);
    }
    cluster.run_for(1_000);
    assert!((0..4).all(|n| !cluster.node_of(&format!("p{n}")).is_empty()));
}

#[test]
fn a_pod_that_is_deleted_while_it_waits_gives_its_place_back() {
    let mut cluster = Cluster::new();
    cluster.create(crate::actors::scheduler::testing::node("n", "zone-a"));
    class(&mut cluster, "ebs", "ebs.csi.aws.com", json!({}));
    claim(&mut cluster, "data", "ebs");
    let mut spec = using("data");
    spec["containers"] = json!([{"name": "c", "resources": {"requests": {"cpu": "3"}}}]);
    cluster.create(pod("p", spec.clone()));
    cluster.run();
    cluster.create(pod("next", json!({"containers": spec["containers"]})));
    cluster.run();
    assert_eq!(cluster.node_of("next"), "");
    cluster.delete(Kind::Pod, "default", "p");
    cluster.run();
    assert_eq!(cluster.node_of("next"), "n");
}

#[test]
fn a_binding_that_is_refused_takes_the_pod_back() {
    let mut cluster = Cluster::of_six();
    cluster.create(pod("p", json!({})));
    let key = cluster.deliver().remove(0);
    let effects = cluster.ask(&key);
    assert!(matches!(&effects[0], Effect::Bind { .. }));
    // Somebody else was quicker.
    let uid = cluster.pod("p").metadata.uid;
    let pod_key = Key::new(Kind::Pod, "default", "p");
    cluster.bind_by_hand(&pod_key, uid, "node-c2");
    cluster.land(&key, effects);
    cluster.run_for(5_000);
    assert_eq!(cluster.node_of("p"), "node-c2");
    assert!(!cluster.events.iter().any(|(_, reason, _)| reason == "Scheduled"));
}
