//! Services and their endpoints.

use super::{Look, Row, format_labels, or_none};
use crate::api::{EndpointSlice, Object, Service};
use crate::store::Store;

pub(super) const SERVICE: &[(&str, bool)] = &[
    ("NAME", false),
    ("TYPE", false),
    ("CLUSTER-IP", false),
    ("EXTERNAL-IP", false),
    ("PORT(S)", false),
    ("AGE", false),
    ("SELECTOR", true),
];

pub(super) fn service(object: &Object, look: &Look<'_>) -> Row {
    let Object::Service(service) = object else {
        return vec![];
    };
    let spec = &service.spec;
    let ports: Vec<String> = spec
        .ports
        .iter()
        .map(|port| match port.node_port {
            0 => format!("{}/{}", port.port, port.protocol),
            node_port => format!("{}:{node_port}/{}", port.port, port.protocol),
        })
        .collect();
    vec![
        service.metadata.name.to_string(),
        spec.kind.to_string(),
        or_none(&spec.cluster_ip),
        external_ip(service),
        or_none(&ports.join(",")),
        look.age(object),
        format_labels(&spec.selector),
    ]
}

/// Returns the address outside the cluster (`getServiceExternalIP`).
fn external_ip(service: &Service) -> String {
    let given = service.spec.rest.get("externalIPs").and_then(|ips| ips.as_array());
    let mut addresses: Vec<&str> = Vec::new();
    match &*service.spec.kind {
        "ExternalName" => return service.spec.external_name.clone(),
        "LoadBalancer" => addresses.extend(service.status.load_balancer.ingress.iter().map(|ip| &*ip.ip)),
        _ => (),
    }
    addresses.extend(given.into_iter().flatten().filter_map(|ip| ip.as_str()));
    match (addresses.is_empty(), &*service.spec.kind) {
        (false, _) => addresses.join(","),
        (true, "LoadBalancer") => "<pending>".to_owned(),
        (true, _) => "<none>".to_owned(),
    }
}

pub(super) const SLICE: &[(&str, bool)] = &[
    ("NAME", false),
    ("ADDRESSTYPE", false),
    ("PORTS", false),
    ("ENDPOINTS", false),
    ("AGE", false),
];

pub(super) fn slice(object: &Object, look: &Look<'_>) -> Row {
    let Object::EndpointSlice(slice) = object else {
        return vec![];
    };
    let ports: Vec<String> = slice.ports.iter().map(|port| port.port.to_string()).collect();
    // All addresses, whether they take traffic or not.
    let addresses: Vec<String> = slice
        .endpoints
        .iter()
        .flat_map(|endpoint| endpoint.addresses.iter().map(ToString::to_string))
        .collect();
    vec![
        slice.metadata.name.to_string(),
        slice.address_type.to_string(),
        some_of(&ports, "<unset>"),
        some_of(&addresses, "<unset>"),
        look.age(object),
    ]
}

/// Returns the first three, and how many more there are.
fn some_of(items: &[String], none: &str) -> String {
    match items.len() {
        0 => none.to_owned(),
        1..=3 => items.join(","),
        n => format!("{} + {} more...", items[..3].join(","), n - 3),
    }
}

/// Returns the addresses, with ports, that take a Service's traffic: what its Endpoints object would hold.
pub fn endpoints_of(store: &Store, service: &Service, port: Option<&str>) -> Vec<String> {
    let meta = &service.metadata;
    let mut found = Vec::new();
    for slice in store.list::<EndpointSlice>(&meta.namespace) {
        if slice.metadata.labels.value("kubernetes.io/service-name") != &*meta.name {
            continue;
        }
        let ready = || slice.endpoints.iter().filter(|endpoint| endpoint.conditions.ready);
        let addresses = || ready().flat_map(|endpoint| endpoint.addresses.iter());
        if slice.ports.is_empty() && service.spec.ports.is_empty() {
            found.extend(addresses().map(ToString::to_string));
        }
        for slice_port in slice.ports.iter().filter(|p| port.is_none_or(|name| p.name == name)) {
            found.extend(addresses().map(|address| format!("{address}:{}", slice_port.port)));
        }
    }
    found
}

pub(super) const ENDPOINTS: &[(&str, bool)] = &[("NAME", false), ("ENDPOINTS", false), ("AGE", false)];

/// Returns the row of an Endpoints object. It is never stored: the row is made of the Service of the same name, as the
/// controller that mirrors one into the other would do.
pub(super) fn endpoints(object: &Object, look: &Look<'_>) -> Row {
    let meta = object.meta();
    let service = look.store.get::<Service>(&meta.namespace, &meta.name);
    let mut addresses = service.map_or(vec![], |service| endpoints_of(look.store, service, None));
    addresses.sort();
    vec![meta.name.to_string(), some_of(&addresses, "<none>"), look.age(object)]
}
