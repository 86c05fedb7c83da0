//! Stories of Services and the pods behind them.

use super::*;
use crate::actors::bench::Bench;
use serde_json::json;

type Stage = Bench<EndpointSliceController>;

fn service(bench: &mut Stage, name: &str, more: serde_json::Value) {
    let mut spec =
        json!({"selector": {"app": "pg"}, "ports": [{"name": "postgres", "port": 5432, "targetPort": "pg"}]});
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    bench.put(
        Kind::Service,
        json!({"metadata": {"name": name, "labels": {"team": "shop"}}, "spec": spec}),
    );
    bench.run();
}

fn pod(bench: &mut Stage, name: &str, port_name: &str) {
    bench.put(
        Kind::Pod,
        json!({
            "metadata": {"name": name, "labels": {"app": "pg"}},
            "spec": {
                "nodeName": "node-a1", "hostname": name, "subdomain": "pg",
                "containers": [{"name": "c", "ports": [{"name": port_name, "containerPort": 5432}]}],
            },
        }),
    );
}

fn set(bench: &mut Stage, name: &str, ip: &str, ready: bool) {
    let now = bench.now;
    bench.change_status::<Pod>(name, |pod| {
        pod.status.pod_ip = ip.to_owned().into();
        let ready = crate::api::Condition::new("Ready", ready, "", "", now);
        condition::set(&mut pod.status.conditions, ready);
    });
    bench.run();
}

fn slices(bench: &Stage, service: &str) -> Vec<Arc<EndpointSlice>> {
    let slices = bench.store.list::<EndpointSlice>("default");
    slices
        .filter(|slice| slice.metadata.labels.value(SERVICE_NAME) == service)
        .cloned()
        .collect()
}

fn shown(bench: &Stage, service: &str) -> Vec<String> {
    let slices = slices(bench, service);
    let endpoints = slices.iter().flat_map(|slice| &slice.endpoints);
    endpoints
        .map(|endpoint| {
            let EndpointConditions {
                ready,
                serving,
                terminating,
                ..
            } = endpoint.conditions;
            let host = endpoint.hostname.as_deref().unwrap_or("-");
            format!("{} {host} {ready} {serving} {terminating}", endpoint.addresses[0])
        })
        .collect()
}

#[test]
fn a_service_gets_its_slice_before_any_pod_is_there() {
    let mut bench = Stage::new();
    service(&mut bench, "pg", json!({"clusterIP": "None"}));
    let slices = slices(&bench, "pg");
    assert_eq!(slices.len(), 1);
    assert!(slices[0].ports.is_empty() && slices[0].endpoints.is_empty());
    assert!(slices[0].metadata.name.starts_with("pg-"));
    let labels = &slices[0].metadata.labels;
    assert_eq!(labels.value("team"), "shop");
    assert!(labels.contains_key(HEADLESS));
    assert_eq!(slices[0].metadata.generation, 1);
}

#[test]
fn endpoints_follow_their_pods_and_the_slice_keeps_its_name() {
    let mut bench = Stage::new();
    service(&mut bench, "pg", json!({}));
    let name = slices(&bench, "pg")[0].metadata.name.clone();
    pod(&mut bench, "pg-0", "pg");
    bench.run();
    assert!(shown(&bench, "pg").is_empty(), "no address, no endpoint");
    set(&mut bench, "pg-0", "10.244.0.2", false);
    assert_eq!(shown(&bench, "pg"), ["10.244.0.2 pg-0 false false false"]);
    set(&mut bench, "pg-0", "10.244.0.2", true);
    assert_eq!(shown(&bench, "pg"), ["10.244.0.2 pg-0 true true false"]);
    bench.delete(Kind::Pod, "pg-0");
    bench.run();
    assert_eq!(shown(&bench, "pg"), ["10.244.0.2 pg-0 false true true"]);
    bench.vanish(Kind::Pod, "pg-0");
    bench.run();
    assert!(shown(&bench, "pg").is_empty());
    let slices = slices(&bench, "pg");
    assert_eq!((slices.len(), &slices[0].metadata.name), (1, &name));
}

#[test]
fn a_new_pod_of_an_old_name_comes_last() {
    let mut bench = Stage::new();
    service(&mut bench, "pg", json!({}));
    for n in 0..2 {
        pod(&mut bench, &format!("pg-{n}"), "pg");
        set(&mut bench, &format!("pg-{n}"), &format!("10.244.0.{n}"), true);
    }
    bench.vanish(Kind::Pod, "pg-0");
    pod(&mut bench, "pg-0", "pg");
    set(&mut bench, "pg-0", "10.244.0.7", true);
    assert_eq!(
        shown(&bench, "pg"),
        ["10.244.0.1 pg-1 true true false", "10.244.0.7 pg-0 true true false"]
    );
}

#[test]
fn only_the_governing_service_gives_names_and_one_may_publish_those_that_are_not_ready() {
    let mut bench = Stage::new();
    service(&mut bench, "pg", json!({"clusterIP": "None"}));
    service(
        &mut bench,
        "pg-all",
        json!({"clusterIP": "None", "publishNotReadyAddresses": true}),
    );
    pod(&mut bench, "pg-0", "pg");
    set(&mut bench, "pg-0", "10.244.0.2", false);
    assert_eq!(shown(&bench, "pg"), ["10.244.0.2 pg-0 false false false"]);
    assert_eq!(shown(&bench, "pg-all"), ["10.244.0.2 - true false false"]);
}

#[test]
fn a_named_port_that_a_pod_does_not_know_is_missing_and_nothing_is_said() {
    let mut bench = Stage::new();
    service(&mut bench, "pg", json!({}));
    pod(&mut bench, "pg-0", "other");
    set(&mut bench, "pg-0", "10.244.0.2", true);
    let slices = slices(&bench, "pg");
    assert!(slices[0].ports.is_empty());
    assert_eq!(slices[0].endpoints.len(), 1);
    assert!(bench.heard().is_empty());
}

#[test]
fn no_selector_no_slice_and_a_pod_that_loses_its_label_leaves() {
    let mut bench = Stage::new();
    service(&mut bench, "bare", json!({"selector": {}}));
    assert!(slices(&bench, "bare").is_empty());
    service(&mut bench, "pg", json!({}));
    pod(&mut bench, "pg-0", "pg");
    set(&mut bench, "pg-0", "10.244.0.2", true);
    bench.change::<Pod>("pg-0", |pod| pod.metadata.labels.set("app", "other"));
    bench.run();
    assert!(shown(&bench, "pg").is_empty());
}

#[test]
fn a_slice_takes_a_hundred_endpoints() {
    let mut bench = Stage::new();
    service(&mut bench, "pg", json!({}));
    for n in 0..150 {
        pod(&mut bench, &format!("pg-{n}"), "pg");
        set(
            &mut bench,
            &format!("pg-{n}"),
            &format!("10.244.{}.{}", n / 100, n % 100),
            true,
        );
    }
    let mut sizes: Vec<usize> = slices(&bench, "pg").iter().map(|slice| slice.endpoints.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100]);
}
