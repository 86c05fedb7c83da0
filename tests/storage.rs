//! Storage in a whole world: the order of writes, the words and the waiting of a recorded control plane.

use pglab::api::storage::{ClaimPhase, VolumePhase};
use pglab::api::{
    Event, Key, Kind, Node, Object, PersistentVolume, PersistentVolumeClaim, Phase, Pod, VolumeAttachment,
};
use pglab::cloud::Settings;
use pglab::sim::{ClusterSpec, Fault, World};
use pglab::store::DeleteOptions;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

/// Makes a world of three zones with the classes that the stories use.
fn world() -> World {
    let mut world = ClusterSpec::default().world(1, Settings::default());
    world.run_for(5_000);
    for (name, provisioner, mode, reclaim, parameters) in [
        ("ebs", "ebs.csi.aws.com", "WaitForFirstConsumer", "Delete", json!({})),
        ("ebs-now", "ebs.csi.aws.com", "Immediate", "Delete", json!({})),
        (
            "ebs-kept",
            "ebs.csi.aws.com",
            "WaitForFirstConsumer",
            "Retain",
            json!({}),
        ),
        (
            "old",
            "kubernetes.io/aws-ebs",
            "WaitForFirstConsumer",
            "Delete",
            json!({"type": "gp2"}),
        ),
        (
            "efs",
            "efs.csi.aws.com",
            "Immediate",
            "Delete",
            json!({"provisioningMode": "efs-ap", "fileSystemId": "fs-1"}),
        ),
    ] {
        let class = json!({
            "metadata": {"name": name},
            "provisioner": provisioner,
            "volumeBindingMode": mode,
            "reclaimPolicy": reclaim,
            "parameters": parameters,
            "allowVolumeExpansion": true,
        });
        put(&mut world, Kind::StorageClass, class);
    }
    world
}

fn put(world: &mut World, kind: Kind, mut tree: Value) {
    if kind.is_namespaced() {
        tree["metadata"]["namespace"] = "default".into();
    }
    let object = Object::from_value(&kind, tree).expect("the test writes valid trees");
    world.create(object).expect("the test creates what can be created");
}

fn claim(world: &mut World, name: &str, class: &str, mode: &str) {
    let spec = json!({
        "accessModes": [mode],
        "storageClassName": class,
        "resources": {"requests": {"storage": "5Gi"}},
    });
    put(
        world,
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": name}, "spec": spec}),
    );
}

/// Makes a pod that mounts a claim at /data; `more` is merged into its spec.
fn pod(world: &mut World, name: &str, claim: &str, more: Value) {
    let mut spec = json!({
        "containers": [{
            "name": "main", "image": "busybox:1.36", "command": ["sleep", "1000000"],
            "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        }],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
    });
    for (key, value) in more.as_object().expect("a map") {
        spec[key] = value.clone();
    }
    put(world, Kind::Pod, json!({"metadata": {"name": name}, "spec": spec}));
}

fn on(node: &str) -> Value {
    json!({"nodeSelector": {"kubernetes.io/hostname": node}})
}

fn key(kind: Kind, name: &str) -> Key {
    let namespace = if kind.is_namespaced() { "default" } else { "" };
    Key::new(kind, namespace, name)
}

fn delete(world: &mut World, kind: Kind, name: &str, grace_seconds: Option<i64>) {
    let options = DeleteOptions {
        grace_seconds,
        ..DeleteOptions::default()
    };
    world
        .delete(&key(kind, name), &options)
        .expect("the test deletes what is there");
}

fn find_pod<'w>(world: &'w World, name: &str) -> Option<&'w Pod> {
    world.store().get::<Pod>("default", name).map(|pod| &**pod)
}

fn runs(world: &World, name: &str) -> bool {
    find_pod(world, name).is_some_and(|pod| pod.status.phase == Phase::Running && pod.is_ready())
}

fn node_of(world: &World, name: &str) -> String {
    find_pod(world, name)
        .expect("the pod is there")
        .spec
        .node_name
        .to_string()
}

fn volume_of<'w>(world: &'w World, claim: &str) -> &'w PersistentVolume {
    let claim = world
        .store()
        .get::<PersistentVolumeClaim>("default", claim)
        .expect("the claim is there");
    world
        .store()
        .get::<PersistentVolume>("", &claim.spec.volume_name)
        .expect("it is bound")
}

/// Waits until something is so, at most for some minutes of virtual time.
fn wait(world: &mut World, minutes: i64, what: &str, is_so: impl FnMut(&World) -> bool) {
    let deadline = world.now() + minutes * MINUTE;
    assert!(world.run_till(deadline, is_so), "never came to be: {what}");
}

fn said(world: &World, name: &str, reason: &str) -> Vec<String> {
    let events = world.store().list::<Event>("default");
    let about = events.filter(|event| *event.involved_object.name == *name && event.reason == reason);
    about.map(|event| event.message.to_string()).collect()
}

fn nodes_with(world: &World, volume: &str) -> Vec<String> {
    let attachments = world.store().list::<VolumeAttachment>("");
    let of_volume = attachments.filter(|a| a.spec.source.persistent_volume_name.as_deref() == Some(volume));
    of_volume.map(|a| a.spec.node_name.to_string()).collect()
}

#[test]
fn the_writes_from_a_claim_to_an_attached_volume_come_in_the_recorded_order() {
    let mut world = world();
    let from = world.store().head();
    claim(&mut world, "data", "ebs", "ReadWriteOnce");
    pod(&mut world, "db-0", "data", json!({}));
    wait(&mut world, 2, "the pod runs", |world| runs(world, "db-0"));
    let mut writes: Vec<String> = vec![];
    for revision in world.store().between(from, world.store().head()) {
        let object = revision.object();
        let tree = object.to_value();
        let annotations = &object.meta().annotations;
        let line = match object.kind() {
            Kind::PersistentVolumeClaim => {
                let step = match tree["status"]["phase"].as_str() {
                    Some("Bound") => "bound",
                    _ if annotations.contains_key("pv.kubernetes.io/bind-completed") => "has its volume",
                    _ if annotations.contains_key("volume.kubernetes.io/storage-provisioner") => "has its provisioner",
                    _ if annotations.contains_key("volume.kubernetes.io/selected-node") => "has its node",
                    _ => "pending",
                };
                format!("claim {step}")
            }
            Kind::PersistentVolume => {
                let held = object
                    .meta()
                    .finalizers
                    .iter()
                    .any(|f| f.starts_with("external-attacher/"));
                let phase = tree["status"]["phase"].as_str().unwrap_or_default().to_lowercase();
                format!("volume {phase}{}", if held { ", held by the attacher" } else { "" })
            }
            Kind::VolumeAttachment => match (tree["status"]["attached"].as_bool(), object.meta().finalizers.len()) {
                (Some(true), _) => "attachment done".to_owned(),
                (_, 0) => "attachment wanted".to_owned(),
                _ => "attachment held".to_owned(),
            },
            Kind::Node => {
                let count = |field: &str| tree["status"][field].as_array().map_or(0, Vec::len);
                format!("node uses {}, has {}", count("volumesInUse"), count("volumesAttached"))
            }
            Kind::Pod if revision.before.is_none() => "pod".to_owned(),
            _ => continue,
        };
        if writes.last() != Some(&line) {
            writes.push(line);
        }
    }
    assert_eq!(
        writes,
        [
            "claim pending",
            "pod",
            "claim has its node",
            "claim has its provisioner",
            "volume pending",
            "volume bound",
            "claim has its volume",
            "claim bound",
            "node uses 1, has 0",
            "attachment wanted",
            "attachment held",
            "volume bound, held by the attacher",
            "attachment done",
            "node uses 1, has 1",
        ]
    );
    let volume = volume_of(&world, "data").metadata.name.clone();
    assert_eq!(
        said(&world, "db-0", "SuccessfulAttachVolume"),
        [format!("AttachVolume.Attach succeeded for volume \"{volume}\" ")]
    );
}

#[test]
fn every_class_gives_a_volume_on_which_a_pod_runs() {
    for class in ["ebs", "ebs-now", "ebs-kept", "old", "efs"] {
        let mut world = world();
        claim(&mut world, "data", class, "ReadWriteOnce");
        pod(&mut world, "db-0", "data", json!({}));
        wait(&mut world, 2, class, |world| runs(world, "db-0"));
    }
}

#[test]
fn deleting_the_claim_unmakes_the_volume_with_its_bytes_or_keeps_it_as_the_policy_says() {
    for (class, kept) in [("ebs", false), ("ebs-kept", true)] {
        let mut world = world();
        claim(&mut world, "data", class, "ReadWriteOnce");
        pod(&mut world, "db-0", "data", json!({}));
        wait(&mut world, 2, "the pod runs", |world| runs(world, "db-0"));
        let volume = volume_of(&world, "data").metadata.name.clone();
        delete(&mut world, Kind::PersistentVolumeClaim, "data", None);
        world.run_for(MINUTE);
        assert!(
            world.store().get::<PersistentVolumeClaim>("default", "data").is_some(),
            "it is in use"
        );
        delete(&mut world, Kind::Pod, "db-0", None);
        world.run_for(10 * MINUTE);
        assert!(world.store().get::<PersistentVolumeClaim>("default", "data").is_none());
        assert!(nodes_with(&world, &volume).is_empty());
        let left = world.store().get::<PersistentVolume>("", &volume);
        assert_eq!(
            left.map(|volume| volume.status.phase),
            kept.then_some(VolumePhase::Released)
        );
        assert_eq!(world.cloud.volumes.len(), usize::from(kept));
    }
}

#[test]
fn a_second_pod_on_another_node_waits_for_a_volume_that_is_for_one() {
    let mut world = world();
    claim(&mut world, "data", "ebs", "ReadWriteOnce");
    pod(&mut world, "first", "data", on("node-a1"));
    wait(&mut world, 2, "the first runs", |world| runs(world, "first"));
    pod(&mut world, "second", "data", on("node-a2"));
    world.run_for(10 * MINUTE);
    assert!(!runs(&world, "second"));
    let volume = volume_of(&world, "data").metadata.name.clone();
    let word = format!("Multi-Attach error for volume \"{volume}\" Volume is already used by pod(s) first");
    assert_eq!(said(&world, "second", "FailedAttachVolume"), [word]);
    delete(&mut world, Kind::Pod, "first", None);
    wait(&mut world, 3, "the second runs", |world| runs(world, "second"));
    assert_eq!(nodes_with(&world, &volume), ["node-a2"]);
}

#[test]
fn a_shared_file_system_serves_pods_on_many_nodes_at_once() {
    let mut world = world();
    claim(&mut world, "data", "efs", "ReadWriteMany");
    pod(&mut world, "first", "data", on("node-a1"));
    pod(&mut world, "second", "data", on("node-b1"));
    wait(&mut world, 2, "both run", |world| {
        runs(world, "first") && runs(world, "second")
    });
    assert_eq!(world.store().list::<VolumeAttachment>("").count(), 0);
}

/// Runs a pod on node-a1, which is then cut off, and says that everything has been noticed.
fn lost(fault: Fault) -> World {
    let mut world = world();
    claim(&mut world, "data", "ebs", "ReadWriteOnce");
    pod(&mut world, "db-0", "data", on("node-a1"));
    wait(&mut world, 2, "the pod runs", |world| runs(world, "db-0"));
    assert!(world.befall(&fault));
    world
}

#[test]
fn a_lost_node_is_noticed_then_tainted_and_its_pod_is_marked_but_keeps_its_volume_for_ever() {
    let mut world = lost(Fault::StopNode("node-a1".into()));
    let dark = world.now();
    let node = |world: &World| world.store().get::<Node>("", "node-a1").cloned().expect("it is there");
    wait(&mut world, 2, "the node is doubted", |world| !node(world).is_ready());
    let noticed = world.now() - dark;
    assert!(
        (40_000..=56_000).contains(&noticed),
        "50 s after the last heartbeat: {noticed} ms"
    );
    world.run_for(1_000);
    assert!(!find_pod(&world, "db-0").unwrap().is_ready());
    assert_eq!(node(&world).spec.taints.len(), 2);
    wait(&mut world, 6, "the pod is marked", |world| {
        find_pod(world, "db-0").is_some_and(|pod| pod.metadata.is_terminating())
    });
    assert_eq!(
        said(&world, "db-0", "TaintManagerEviction"),
        ["Marking for deletion Pod default/db-0"]
    );
    world.run_for(60 * MINUTE);
    assert!(find_pod(&world, "db-0").is_some(), "nobody can say that it has stopped");
    let volume = volume_of(&world, "data").metadata.name.clone();
    assert_eq!(nodes_with(&world, &volume), ["node-a1"]);
}

#[test]
fn a_forced_deletion_frees_the_volume_of_a_lost_node_after_six_minutes() {
    let mut world = lost(Fault::StopNode("node-a1".into()));
    world.run_for(2 * MINUTE);
    delete(&mut world, Kind::Pod, "db-0", Some(0));
    pod(&mut world, "db-1", "data", on("node-a2"));
    world.run_for(5 * MINUTE);
    assert!(!runs(&world, "db-1"));
    assert!(said(&world, "db-1", "FailedAttachVolume")[0].contains("exclusively attached to one node"));
    wait(&mut world, 2, "the new pod runs", |world| runs(world, "db-1"));
}

#[test]
fn a_node_that_is_declared_out_of_service_gives_up_pod_and_volume_within_a_minute() {
    let mut world = lost(Fault::StopNode("node-a1".into()));
    world.run_for(7 * MINUTE);
    let mut node = Node::clone(world.store().get::<Node>("", "node-a1").unwrap());
    let taint = json!({"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"});
    node.spec.taints.push(serde_json::from_value(taint).unwrap());
    world.update(Object::Node(node.into())).unwrap();
    pod(&mut world, "db-1", "data", on("node-a2"));
    wait(&mut world, 1, "the new pod runs", |world| runs(world, "db-1"));
    assert!(find_pod(&world, "db-0").is_none());
    world.befall(&Fault::StartNode("node-a1".into()));
    world.run_for(MINUTE);
    let node = world.store().get::<Node>("", "node-a1").unwrap();
    assert!(node.is_ready());
    assert_eq!(node.spec.taints.len(), 1, "what a person put there stays");
}

#[test]
fn a_node_that_was_only_cut_off_cannot_write_any_more_once_its_volume_was_taken() {
    let mut world = lost(Fault::Partition("node-a1".into()));
    let handle = volume_of(&world, "data").csi().unwrap().1.to_owned();
    let now = world.now();
    assert!(world.cloud.disk_for("node-a1", &handle, now).is_ok());
    world.run_for(2 * MINUTE);
    delete(&mut world, Kind::Pod, "db-0", Some(0));
    pod(&mut world, "db-1", "data", on("node-a2"));
    wait(&mut world, 9, "the new pod runs", |world| runs(world, "db-1"));
    let now = world.now();
    assert!(world.cloud.disk_for("node-a1", &handle, now).is_err());
    assert!(world.cloud.disk_for("node-a2", &handle, now).is_ok());
}

#[test]
fn a_node_that_is_back_in_time_loses_nothing() {
    let mut world = lost(Fault::Partition("node-a1".into()));
    world.run_for(3 * MINUTE);
    world.befall(&Fault::Heal("node-a1".into()));
    wait(&mut world, 1, "the pod is ready again", |world| runs(world, "db-0"));
    world.run_for(10 * MINUTE);
    assert_eq!(
        said(&world, "db-0", "TaintManagerEviction"),
        ["Cancelling deletion of Pod default/db-0"]
    );
    assert!(world.store().get::<Node>("", "node-a1").unwrap().spec.taints.is_empty());
    assert_eq!(node_of(&world, "db-0"), "node-a1");
}

#[test]
fn a_claim_grows_under_a_running_pod() {
    let mut world = world();
    claim(&mut world, "data", "ebs", "ReadWriteOnce");
    pod(&mut world, "db-0", "data", json!({}));
    wait(&mut world, 2, "the pod runs", |world| runs(world, "db-0"));
    let mut larger = PersistentVolumeClaim::clone(world.store().get("default", "data").unwrap());
    let size = "8Gi".parse().unwrap();
    larger.spec.resources.requests.insert("storage".to_owned(), size);
    world.update(Object::PersistentVolumeClaim(larger.into())).unwrap();
    wait(&mut world, 1, "the claim is larger", |world| {
        let claim = world.store().get::<PersistentVolumeClaim>("default", "data").unwrap();
        claim.status.capacity["storage"].to_string() == "8Gi"
    });
    world.run_for(1_000);
    assert_eq!(said(&world, "db-0", "FileSystemResizeSuccessful").len(), 1);
}

#[test]
fn a_claim_that_nothing_serves_stays_pending_and_the_world_settles_all_the_same() {
    let mut world = world();
    claim(&mut world, "nobody", "absent", "ReadWriteOnce");
    assert!(world.settle(5 * MINUTE), "resyncs change nothing");
    let claim = world.store().get::<PersistentVolumeClaim>("default", "nobody").unwrap();
    assert_eq!(claim.status.phase, ClaimPhase::Pending);
    assert_eq!(
        said(&world, "nobody", "ProvisioningFailed"),
        ["storageclass.storage.k8s.io \"absent\" not found"]
    );
}
