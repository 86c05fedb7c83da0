//! Stories of names and ways: a whole world, whose pods are given their nodes by hand.

use super::*;
use crate::cloud::Link;
use crate::programs::runtime::{Dead, Ground};
use crate::sim::{ClusterSpec, Fault, World};
use serde_json::{Value, json};

fn world() -> World {
    let mut world = ClusterSpec::default().world(1, Settings::default());
    world.settle(60_000);
    world
}

/// Lets everything come to rest, and the proxies hear of it.
fn settle(world: &mut World) {
    world.settle(60_000);
    world.run_for(world.settings.service_lag + 1);
}

fn put(world: &mut World, kind: Kind, mut tree: Value) {
    tree["metadata"]["namespace"] = "default".into();
    world.create(Object::from_value(&kind, tree).unwrap()).unwrap();
}

/// A web server on a node, with a name in the Service `web`.
fn web(world: &mut World, name: &str, node: &str) {
    put(
        world,
        Kind::Pod,
        json!({
            "metadata": {"name": name, "labels": {"app": "web"}},
            "spec": {
                "nodeName": node, "hostname": name, "subdomain": "web",
                "containers": [{"name": "c", "image": "nginx:1.27", "ports": [{"name": "http", "containerPort": 80}]}],
            },
        }),
    );
}

fn service(world: &mut World, name: &str, spec: Value) {
    put(world, Kind::Service, json!({"metadata": {"name": name}, "spec": spec}));
}

fn outside() -> Place {
    Place::Outside {
        namespace: "default".into(),
    }
}

/// The place of a pod.
fn inside(world: &World, name: &str) -> Place {
    let pod = world.store().get::<crate::api::Pod>("default", name).unwrap();
    Place::Pod {
        node: pod.spec.node_name.clone(),
        namespace: "default".into(),
        uid: pod.metadata.uid,
        ip: pod.status.pod_ip.clone(),
    }
}

fn names(world: &mut World, from: &Place, host: &str) -> Vec<String> {
    world.on_machines(|_, ground: &mut Ground<'_>| {
        let found = ground.routes.resolve(from, host);
        found.into_iter().flatten().map(|ip| ip.to_string()).collect()
    })
}

/// Where a connection ends: a node, or the reason why not.
fn reach(world: &mut World, from: &Place, host: &str, port: u16) -> String {
    world.on_machines(|runtime, ground| match runtime.find(ground, from, host, port) {
        Ok(far) => far.node.to_string(),
        Err(Dead::UnknownHost) => "unknown".to_owned(),
        Err(Dead::Refused(_)) => "refused".to_owned(),
        Err(Dead::Lost(_)) => "lost".to_owned(),
    })
}

#[test]
fn a_headless_service_is_the_names_and_addresses_of_its_ready_pods() {
    let mut world = world();
    service(
        &mut world,
        "web",
        json!({"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"port": 80}]}),
    );
    settle(&mut world);
    assert!(names(&mut world, &outside(), "web").is_empty(), "no pods, no records");
    web(&mut world, "web-0", "node-a1");
    web(&mut world, "web-1", "node-b1");
    settle(&mut world);
    let mut all = names(&mut world, &outside(), "web.default.svc.cluster.local");
    all.sort();
    assert_eq!(all, ["10.244.0.2", "10.244.1.2"]);
    assert_eq!(names(&mut world, &outside(), "web-1.web"), ["10.244.1.2"]);
    assert!(names(&mut world, &outside(), "web-2.web").is_empty());
    let elsewhere = Place::Outside {
        namespace: "other".into(),
    };
    assert!(
        names(&mut world, &elsewhere, "web").is_empty(),
        "short names are looked up at home"
    );
    assert_eq!(names(&mut world, &elsewhere, "web-1.web.default"), ["10.244.1.2"]);
}

#[test]
fn a_service_s_address_leads_to_its_ready_pods_in_turn() {
    let mut world = world();
    service(
        &mut world,
        "front",
        json!({"selector": {"app": "web"}, "ports": [{"port": 8080, "targetPort": "http"}]}),
    );
    settle(&mut world);
    assert_eq!(
        reach(&mut world, &outside(), "front", 8080),
        "refused",
        "nobody stands behind it yet"
    );
    assert_eq!(reach(&mut world, &outside(), "front", 9), "lost");
    assert_eq!(reach(&mut world, &outside(), "nobody", 8080), "unknown");
    web(&mut world, "web-0", "node-a1");
    web(&mut world, "web-1", "node-b1");
    settle(&mut world);
    let mut ends: Vec<String> = (0..20).map(|_| reach(&mut world, &outside(), "front", 8080)).collect();
    ends.sort();
    ends.dedup();
    assert_eq!(ends, ["node-a1", "node-b1"]);
}

#[test]
fn a_node_port_is_open_on_every_node() {
    let mut world = world();
    let ports = json!([{"port": 80, "nodePort": 30080}]);
    service(
        &mut world,
        "front",
        json!({"type": "NodePort", "selector": {"app": "web"}, "ports": ports}),
    );
    web(&mut world, "web-0", "node-a1");
    settle(&mut world);
    let address = world.cloud.machines["node-c2"].address();
    assert_eq!(reach(&mut world, &outside(), &address, 30080), "node-a1");
}

#[test]
fn a_node_that_is_cut_off_neither_hears_nor_is_heard() {
    let mut world = world();
    service(
        &mut world,
        "front",
        json!({"selector": {"app": "web"}, "ports": [{"port": 80}]}),
    );
    web(&mut world, "web-0", "node-a1");
    web(&mut world, "web-1", "node-a1");
    web(&mut world, "web-2", "node-b1");
    settle(&mut world);
    let (same, far) = (inside(&world, "web-1"), inside(&world, "web-2"));
    world.befall(&Fault::Partition("node-a1".into()));
    assert_eq!(world.cloud.machines["node-a1"].link, Link::Cut);
    assert_eq!(reach(&mut world, &far, "10.244.0.2", 80), "lost");
    assert_eq!(reach(&mut world, &same, "10.244.1.2", 80), "lost");
    assert_eq!(
        reach(&mut world, &same, "10.244.0.2", 80),
        "node-a1",
        "what stays on the machine gets there"
    );
    world.befall(&Fault::Heal("node-a1".into()));
    assert_eq!(reach(&mut world, &far, "10.244.0.2", 80), "node-a1");
}

#[test]
fn the_proxies_hear_of_a_new_endpoint_a_moment_later() {
    let mut world = world();
    service(
        &mut world,
        "front",
        json!({"selector": {"app": "web"}, "ports": [{"port": 80}]}),
    );
    web(&mut world, "web-0", "node-a1");
    let is_there = |world: &World| {
        let mut slices = world.store().list::<EndpointSlice>("default");
        slices.any(|slice| {
            slice
                .endpoints
                .iter()
                .any(|endpoint| endpoint.conditions.ready && endpoint.target_ref.is_some())
        })
    };
    assert!(world.run_till(world.now() + 60_000, is_there));
    assert_eq!(reach(&mut world, &outside(), "front", 80), "refused");
    world.run_for(world.settings.service_lag);
    assert_eq!(reach(&mut world, &outside(), "front", 80), "node-a1");
}
