//! A Service without endpoints: whom it selects, and why nobody answers.

use super::answer::{Finding, Said, Stuck, Way};
use super::listening::refused;
use super::look::Look;
use super::pod;
use super::remedy::operate;
use crate::api::{EndpointSlice, IntOrString, Pod, Resource, Service};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Finds what keeps a Service from sending traffic to somebody.
pub(super) fn find(look: &Look<'_>, service: &Arc<Service>) -> Vec<Finding> {
    if service.spec.selector.is_empty() || service.spec.kind == "ExternalName" {
        return vec![];
    }
    let pods: Vec<&Arc<Pod>> = look.store.list::<Pod>(&service.metadata.namespace).collect();
    let selected: Vec<&Arc<Pod>> = pods
        .iter()
        .copied()
        .filter(|pod| service.selects(pod))
        .filter(|pod| !pod.status.phase.is_terminal())
        .collect();
    if selected.is_empty() {
        return vec![no_selection(service, &pods)];
    }
    let mut found: Vec<Finding> = unknown_port(service, &selected).into_iter().collect();
    let slices = look.store.list::<EndpointSlice>(&service.metadata.namespace);
    let mut own = slices.filter(|slice| slice.metadata.is_controlled_by(service.metadata.uid));
    if own.any(|slice| slice.endpoints.iter().any(|endpoint| endpoint.conditions.ready)) {
        found.extend(refused(look, service));
        return found;
    }
    let mut below: Vec<Finding> = selected.iter().take(3).flat_map(|pod| pod::find(look, pod).0).collect();
    below.dedup_by(|a, b| a.stuck == b.stuck && a.text == b.text);
    let names: Vec<&str> = selected.iter().take(5).map(|pod| &*pod.metadata.name).collect();
    let names = names.join(", ");
    let text = Said::new(
        format!("none of the pods that it selects is ready: {names}"),
        format!("고른 Pod 가운데 준비된 것이 없음: {names}"),
    );
    let mut finding = Finding::new(Stuck::PodsNotReady, service.key(), text);
    match below.first() {
        Some(first) => {
            finding.mover = first.mover.clone();
            finding.ways = first.ways.clone();
        }
        None => {
            finding = finding
                .by_component("endpointslice-controller")
                .ways([Way::wait(5_000)])
        }
    }
    found.push(finding);
    found.extend(below);
    found
}

fn words_of(labels: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    words.join(",")
}

/// Tells of a selector that selects nobody; the pods whose labels come nearest are likely meant.
fn no_selection(service: &Service, pods: &[&Arc<Pod>]) -> Finding {
    let selector = &service.spec.selector;
    let name = &service.metadata.name;
    let text = Said::new(
        format!("no pod has the labels that it selects: {}", words_of(selector)),
        format!("선택하는 레이블({})을 가진 Pod가 없음", words_of(selector)),
    );
    let likeness = |pod: &Pod| -> usize {
        let of_selector: usize = selector
            .iter()
            .map(|(k, v)| {
                pod.metadata
                    .labels
                    .get(k)
                    .map_or(20, |have| strsim::osa_distance(have, v))
            })
            .sum();
        // Of strangers, the one that bears the Service's own name.
        of_selector * 100 + strsim::osa_distance(&pod.metadata.name, name)
    };
    let nearest = pods
        .iter()
        .filter(|pod| !pod.metadata.labels.is_empty())
        .min_by_key(|pod| likeness(pod));
    // What controllers put on their pods is no mark of the application.
    let made = |key: &str| key.contains("hash") || key.contains("kubernetes.io/") || key.contains("controller-uid");
    let way = nearest.and_then(|pod| {
        let labels: BTreeMap<String, String> = pod
            .metadata
            .labels
            .iter()
            .filter(|(k, _)| !made(k))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        // Those of the selector's own keys, where the pod has them all.
        let own: BTreeMap<String, String> = labels
            .iter()
            .filter(|(k, _)| selector.contains_key(*k))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let wanted = if own.len() == selector.len() { own } else { labels };
        let words = Said::new(
            format!("select {}, as pod {} is labelled", words_of(&wanted), pod.metadata.name),
            format!("Pod {}의 레이블대로 {} 선택", pod.metadata.name, words_of(&wanted)),
        );
        let change = json!([{"op": "replace", "path": "/spec/selector", "value": wanted}]);
        (!wanted.is_empty()).then(|| Way::command(words, operate(&service.key(), &change)))
    });
    Finding::new(Stuck::NoSelection, service.key(), text).ways(way)
}

/// Tells of a port that the Service names and no selected pod has.
fn unknown_port(service: &Service, selected: &[&Arc<Pod>]) -> Option<Finding> {
    let has = |pod: &Pod, name: &str| {
        pod.spec
            .containers
            .iter()
            .flat_map(|c| &c.ports)
            .any(|port| port.name == name)
    };
    let unknown = service
        .spec
        .ports
        .iter()
        .enumerate()
        .find_map(|(at, port)| match &port.target_port {
            IntOrString::String(name) if !selected.iter().any(|pod| has(pod, name)) => Some((at, name)),
            _ => None,
        });
    let (at, name) = unknown?;
    let mut ports = selected
        .iter()
        .flat_map(|pod| pod.spec.containers.iter())
        .flat_map(|container| &container.ports);
    let other = ports.next();
    let text = Said::new(
        format!("it sends traffic to the port named {name}, and no container of its pods names one so"),
        format!("이름이 {name}인 포트로 보내는데 Pod의 어떤 컨테이너에도 그런 이름이 없음"),
    );
    let to = match other {
        Some(port) if !port.name.is_empty() => json!(port.name),
        Some(port) => json!(port.container_port),
        None => json!(service.spec.ports[at].port),
    };
    let words = Said::new(format!("send it to {to} instead"), format!("대신 {to}(으)로 보내기"));
    let change = json!([{"op": "replace", "path": format!("/spec/ports/{at}/targetPort"), "value": to}]);
    let act = operate(&service.key(), &change);
    Some(Finding::new(Stuck::NamedPort, service.key(), text).ways([Way::command(words, act)]))
}
