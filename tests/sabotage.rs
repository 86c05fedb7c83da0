//! Sabotages against checks: each sabotage breaks the simulator or the operator's conduct in one small way, and some check
//! says so; left alone, and in honest misfortune, no check says anything.
//!
//! Nothing in the program knows of this. A component is sabotaged by silencing it (its watch brings nothing) while an
//! impostor does its work badly; a disk, a node and the API server by changing what they hold. The table is compared whole
//! with `tests/golden/sabotage.txt`; `PGLAB_BLESS=1 cargo test --test sabotage` accepts it as it is.

mod common;

use common::impostor::{bind_all, make_all_at_once, other_zone, silence, write};
use common::{
    database, deployment_on_shared_files, deployment_with_claim, deployment_without_claim, object, shared_database,
};
use pglab::actors::ActorId;
use pglab::api::{Key, Kind, Object, Pod, Resource};
use pglab::checks::{self, When};
use pglab::explore::Set;
use pglab::programs::client::Orders;
use pglab::sim::{Calm, Fault, World};
use pglab::store::DeleteOptions;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is done to a world.
type Deed = fn(&mut World);

struct Row {
    name: &'static str,
    set: fn() -> Set,
    /// What happens before anything is asked for.
    before: Deed,
    /// What happens once all is up and a client has written for a while.
    deed: Deed,
    /// An impostor at work, again and again: while the set comes up, and after the deed.
    impostors: [Deed; 2],
}

/// A row in which something befalls a set that is up.
const fn row(name: &'static str, set: fn() -> Set, deed: Deed) -> Row {
    Row {
        name,
        set,
        before: nothing,
        deed,
        impostors: [nothing; 2],
    }
}

/// Nobody is at fault here: the checks must be silent.
const HONEST: &[Row] = &[
    row("StatefulSet: nothing happens", database, nothing),
    row("StatefulSet: the pod is deleted", database, delete_the_pod),
    row(
        "StatefulSet: the node loses power for a while",
        database,
        power_off_and_on,
    ),
    row(
        "StatefulSet: the node is cut off for a while",
        database,
        cut_off_and_heal,
    ),
    row("Deployment: nothing happens", deployment_with_claim, nothing),
    row("Deployment: the pod is deleted", deployment_with_claim, delete_the_pod),
    row(
        "Deployment: the node loses power for a while",
        deployment_with_claim,
        power_off_and_on,
    ),
    row(
        "Deployment: the node is cut off for a while",
        deployment_with_claim,
        cut_off_and_heal,
    ),
    row("files on a server: the pod is deleted", shared_database, delete_the_pod),
    row("emptyDir: the process crashes", deployment_without_claim, crash),
];

const SABOTAGES: &[Row] = &[
    row(
        "a pod is deleted by force from a live node, files on a server",
        shared_database,
        |world| {
            cut_off(world);
            world.run_for(120_000);
            delete_by_force(world);
        },
    ),
    row(
        "a claim for one node is given files on a server",
        deployment_on_shared_files,
        cut_off,
    ),
    Row {
        before: |world| silence(world, ActorId::statefulset, 120_000),
        impostors: [|world| make_all_at_once(world, 0), nothing],
        ..row("the StatefulSet controller makes all pods at once", database, nothing)
    },
    Row {
        before: |world| silence(world, ActorId::statefulset, 120_000),
        impostors: [|world| make_all_at_once(world, 1), nothing],
        ..row(
            "the StatefulSet controller gives a pod another's claim",
            database,
            nothing,
        )
    },
    row("the API server loses a claim", database, lose_the_claim),
    Row {
        impostors: [nothing, |world| bind_all(world, other_zone)],
        ..row("the scheduler ignores zones", database, |world| {
            silence(world, ActorId::scheduler, FOR_EVER_MS);
            delete_the_pod(world);
        })
    },
    row("an operator gives nodes another zone's label", database, |world| {
        change_nodes(world, |node| {
            node["metadata"]["labels"]["topology.kubernetes.io/zone"] = "zone-x".into()
        });
    }),
    Row {
        impostors: [nothing, |world| bind_all(world, |_, _| Some("node-a1".into()))],
        ..row("the scheduler overfills a node", database, |world| {
            silence(world, ActorId::scheduler, FOR_EVER_MS);
            ask_for_pods(world);
        })
    },
    row("nodes have less than they said", database, |world| {
        change_nodes(world, |node| node["status"]["allocatable"]["cpu"] = "200m".into());
    }),
    row(
        "a disk forgets what was written when power fails",
        database,
        forget_pages,
    ),
    row("an operator deletes the claim with the pod", database, |world| {
        delete(world, &key(Kind::PersistentVolumeClaim, "rows-db-0"), None);
        delete_the_pod(world);
    }),
    row(
        "a database keeps its files in an emptyDir",
        deployment_without_claim,
        delete_the_pod,
    ),
    row("the Deployment controller never looks", database, |world| {
        silence(world, ActorId::deployment, FOR_EVER_MS);
        ask_for_web(world);
    }),
    row("the kubelets never start anything", database, |world| {
        silence(world, ActorId::kubelet, FOR_EVER_MS);
        ask_for_web(world);
    }),
];

#[test]
fn every_sabotage_is_caught_every_check_catches_one_and_honest_misfortune_is_not_blamed() {
    let mut table = String::new();
    for (number, check) in (1..).zip(checks::ALL) {
        table.push_str(&format!("{number} {}\n", check.name));
    }
    let mut caught_by = BTreeSet::new();
    for (title, rows) in [
        ("Left alone, and in honest misfortune", HONEST),
        ("Sabotaged", SABOTAGES),
    ] {
        let numbers: Vec<String> = (1..=checks::ALL.len()).map(|n| n.to_string()).collect();
        table.push_str(&format!("\n{title:<66}{}\n", numbers.join(" ")));
        for row in rows {
            let broken = play(row);
            let marks = checks::ALL
                .iter()
                .map(|check| if broken.contains(check.name) { "X" } else { "." });
            let line = format!("  {:<64}{}\n", row.name, marks.collect::<Vec<_>>().join(" "));
            print!("{line}");
            table.push_str(&line);
            assert_eq!(broken.is_empty(), title != "Sabotaged", "{}: {broken:?}", row.name);
            caught_by.extend(broken);
        }
    }
    let all: BTreeSet<&str> = checks::ALL.iter().map(|check| check.name).collect();
    assert_eq!(caught_by, all, "every check catches a sabotage");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/sabotage.txt");
    if std::env::var_os("PGLAB_BLESS").is_some() {
        std::fs::write(golden, &table).expect("the golden table can be written");
    }
    let accepted = std::fs::read_to_string(golden).unwrap_or_default();
    assert_eq!(table, accepted, "see {golden}; PGLAB_BLESS=1 accepts");
}

const FOR_EVER_MS: i64 = 10 * 365 * 86_400_000;

/// Longer than a toleration, a forced detachment and a back-off together.
const LONG_MS: i64 = 1_200_000;

/// Plays a row, and returns the names of the checks that were broken at any time.
fn play(row: &Row) -> BTreeSet<&'static str> {
    let set = (row.set)();
    let mut broken = BTreeSet::new();
    let mut world = set.cluster.world(1, set.settings.clone());
    world.settle(60_000);
    (row.before)(&mut world);
    for object in &set.objects {
        world.create(object.clone()).expect("the set is made of good objects");
    }
    watch(&mut world, 180_000, row.impostors[0], &mut broken);
    world.start_client(Orders {
        every_ms: 5_000,
        ..set.client.expect("somebody writes")
    });
    watch(&mut world, 30_000, row.impostors[0], &mut broken);
    (row.deed)(&mut world);
    look(&world, When::Always, &mut broken);
    watch(&mut world, LONG_MS, row.impostors[1], &mut broken);
    look(&world, When::Settled, &mut broken);
    broken
}

/// Lets time pass, with an impostor at work, and looks at the checks that always hold.
fn watch(world: &mut World, ms: i64, impostor: Deed, broken: &mut BTreeSet<&'static str>) {
    let until = world.now() + ms;
    for steps in 1usize.. {
        impostor(world);
        let went_on = world.step(until, &mut Calm);
        if !went_on || steps.is_multiple_of(8) {
            look(world, When::Always, broken);
        }
        if !went_on {
            return world.run_until(until);
        }
    }
}

fn look(world: &World, when: When, broken: &mut BTreeSet<&'static str>) {
    for check in checks::ALL.iter().filter(|check| check.when == when) {
        if (check.holds)(world, None).is_err() {
            broken.insert(check.name);
        }
    }
}

fn nothing(_: &mut World) {}

fn key(kind: Kind, name: &str) -> Key {
    Key::new(kind, "default", name)
}

/// Returns the pod with the database: the one that the client's Service means.
fn the_pod(world: &World) -> Arc<Pod> {
    let mut pods = world.store().list::<Pod>("default");
    let found = pods.find(|pod| pod.metadata.labels.value("app") == "db" && !pod.metadata.is_terminating());
    found.expect("the database is up").clone()
}

fn delete(world: &mut World, key: &Key, grace_seconds: Option<i64>) {
    let options = DeleteOptions {
        grace_seconds,
        ..DeleteOptions::default()
    };
    world.delete(key, &options).expect("it is there");
}

fn delete_the_pod(world: &mut World) {
    let pod = the_pod(world).key();
    delete(world, &pod, None);
}

fn delete_by_force(world: &mut World) {
    let pod = the_pod(world).key();
    delete(world, &pod, Some(0));
}

fn crash(world: &mut World) {
    let pod = the_pod(world);
    let fault = Fault::Crash {
        namespace: pod.metadata.namespace.clone(),
        pod: pod.metadata.name.clone(),
        container: None,
    };
    assert!(world.befall(&fault));
}

fn cut_off(world: &mut World) {
    let node = the_pod(world).spec.node_name.clone();
    assert!(world.befall(&Fault::Partition(node)));
}

fn cut_off_and_heal(world: &mut World) {
    let node = the_pod(world).spec.node_name.clone();
    assert!(world.befall(&Fault::Partition(node.clone())));
    world.run_for(600_000);
    assert!(world.befall(&Fault::Heal(node)));
}

fn power_off_and_on(world: &mut World) {
    let node = the_pod(world).spec.node_name.clone();
    assert!(world.befall(&Fault::StopNode(node.clone())));
    world.run_for(600_000);
    assert!(world.befall(&Fault::StartNode(node)));
}

/// Asks for eight pods of a cpu each: more than a node has.
fn ask_for_web(world: &mut World) {
    let requests = json!({"cpu": "1"});
    let web = json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 8, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "nginx:1.27", "resources": {"requests": requests}}]},
            },
        },
    });
    world.create(object(Kind::Deployment, web)).expect("a good Deployment");
}

/// Asks for eight pods of a cpu each that nobody makes again when a kubelet turns them away.
fn ask_for_pods(world: &mut World) {
    for number in 0..8 {
        let containers = json!([{"name": "web", "image": "nginx:1.27", "resources": {"requests": {"cpu": "1"}}}]);
        let pod = json!({"metadata": {"name": format!("web-{number}")}, "spec": {"containers": containers}});
        world.create(object(Kind::Pod, pod)).expect("a good pod");
    }
}

/// Takes the claim of the database away as if it had never been: nothing holds it.
fn lose_the_claim(world: &mut World) {
    let claim = key(Kind::PersistentVolumeClaim, "rows-db-0");
    let uid = world.store().find(&claim).expect("the claim is there").meta().uid;
    write(world, |store, hand| {
        store.amend(&claim, uid, |meta| meta.finalizers.clear(), hand)
    });
    delete(world, &claim, None);
}

/// Changes what the API server holds of every node, metadata and status.
fn change_nodes(world: &mut World, change: fn(&mut Value)) {
    let nodes: Vec<Object> = world.store().objects(&Kind::Node, "").cloned().collect();
    for node in nodes {
        let mut tree = node.to_value();
        change(&mut tree);
        // Written whatever else was written meanwhile.
        let meta = tree["metadata"].as_object_mut().expect("a node has metadata");
        meta.remove("resourceVersion");
        let changed = Object::from_value(&Kind::Node, tree).expect("still a node");
        write(world, |store, hand| store.update(changed.clone(), hand));
        write(world, |store, hand| store.update_status(changed, hand));
    }
}

/// The machine of the database loses power, and its disk comes back as it was half a minute before.
fn forget_pages(world: &mut World) {
    let node = the_pod(world).spec.node_name.clone();
    let attached = |world: &World| {
        let now = world.now();
        let mut volumes = world.cloud.volumes.iter();
        let found = volumes.find(|(_, volume)| volume.serves(&node, now) && volume.disk.exists("/pgdata/PG_VERSION"));
        found.map(|(id, volume)| (id.clone(), volume.disk.clone()))
    };
    let (id, before) = attached(world).expect("the database has a disk");
    world.run_for(30_000);
    assert!(world.befall(&Fault::StopNode(node.clone())));
    world.cloud.volumes.get_mut(&id).expect("the disk is there").disk = before;
    world.run_for(10_000);
    assert!(world.befall(&Fault::StartNode(node)));
}
