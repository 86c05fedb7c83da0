//! Services and the slices of their endpoints.

use super::page::Page;
use crate::api::{EndpointSlice, Service};
use crate::kubectl::tables::{Look, endpoints_of, format_labels};
use serde_json::Value;

pub(super) fn service(page: &mut Page, service: &Service, look: &Look<'_>) {
    let spec = &service.spec;
    page.name(&service.metadata);
    page.marks(&service.metadata);
    page.field(0, "Selector", format_labels(&spec.selector));
    page.field(0, "Type", &spec.kind);
    if !spec.ip_family_policy.is_empty() {
        page.field(0, "IP Family Policy", &spec.ip_family_policy);
    }
    let or_none = |list: &[crate::api::Text]| match list {
        [] => "<none>".to_owned(),
        list => list.join(","),
    };
    page.field(0, "IP Families", or_none(&spec.ip_families));
    page.field(0, "IP", &spec.cluster_ip);
    page.field(0, "IPs", or_none(&spec.cluster_ips));
    let outside = spec.rest.get("externalIPs").and_then(Value::as_array);
    if let Some(outside) = outside.filter(|outside| !outside.is_empty()) {
        let outside: Vec<&str> = outside.iter().filter_map(Value::as_str).collect();
        page.field(0, "External IPs", outside.join(","));
    }
    if !spec.external_name.is_empty() {
        page.field(0, "External Name", &spec.external_name);
    }
    let ingress = &service.status.load_balancer.ingress;
    if !ingress.is_empty() {
        let ips: Vec<&str> = ingress.iter().map(|ip| &*ip.ip).collect();
        page.field(0, "LoadBalancer Ingress", ips.join(", "));
    }
    for port in &spec.ports {
        let name = if port.name.is_empty() { "<unset>" } else { &port.name };
        page.field(0, "Port", format!("{name}\t{}/{}", port.port, port.protocol));
        page.field(0, "TargetPort", format!("{}/{}", port.target_port, port.protocol));
        if let Some(protocol) = &port.app_protocol {
            page.field(0, "AppProtocol", protocol);
        }
        if port.node_port != 0 {
            page.field(0, "NodePort", format!("{name}\t{}/{}", port.node_port, port.protocol));
        }
        page.field(0, "Endpoints", endpoints(service, &port.name, look));
    }
    page.field(0, "Session Affinity", &spec.session_affinity);
    if !spec.external_traffic_policy.is_empty() {
        page.field(0, "External Traffic Policy", &spec.external_traffic_policy);
    }
    if !spec.internal_traffic_policy.is_empty() && spec.kind != "ExternalName" {
        page.field(0, "Internal Traffic Policy", &spec.internal_traffic_policy);
    }
}

/// Returns the addresses that take the traffic of a port: none at all is told from none that is ready.
fn endpoints(service: &Service, port: &str, look: &Look<'_>) -> String {
    let meta = &service.metadata;
    let is_of = |slice: &EndpointSlice| slice.metadata.labels.value("kubernetes.io/service-name") == &*meta.name;
    if !look
        .store
        .list::<EndpointSlice>(&meta.namespace)
        .any(|slice| is_of(slice))
    {
        return "<none>".to_owned();
    }
    let found = endpoints_of(look.store, service, Some(port));
    match found.len() {
        0..=3 => found.join(","),
        n => format!("{} + {} more...", found[..3].join(","), n - 3),
    }
}

pub(super) fn slice(page: &mut Page, slice: &EndpointSlice) {
    page.name(&slice.metadata);
    page.marks(&slice.metadata);
    page.field(0, "AddressType", &slice.address_type);
    if slice.ports.is_empty() {
        page.line(0, "Ports: <unset>");
    } else {
        page.line(0, "Ports:");
        page.line(1, "Name\tPort\tProtocol");
        page.line(1, "----\t----\t--------");
        for port in &slice.ports {
            let name = if port.name.is_empty() { "<unset>" } else { &port.name };
            page.line(1, format!("{name}\t{}\t{}", port.port, port.protocol));
        }
    }
    if slice.endpoints.is_empty() {
        page.line(0, "Endpoints: <none>");
        return;
    }
    page.line(0, "Endpoints:");
    for endpoint in &slice.endpoints {
        page.field(1, "- Addresses", endpoint.addresses.join(", "));
        page.line(2, "Conditions:");
        page.field(3, "Ready", endpoint.conditions.ready);
        page.field(2, "Hostname", endpoint.hostname.as_deref().unwrap_or("<unset>"));
        if let Some(target) = &endpoint.target_ref {
            page.field(2, "TargetRef", format!("{}/{}", target.kind, target.name));
        }
        page.field(2, "NodeName", endpoint.node_name.as_deref().unwrap_or("<unset>"));
        page.field(2, "Zone", endpoint.zone.as_deref().unwrap_or("<unset>"));
    }
}
