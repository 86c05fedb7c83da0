//! Services and the slices of their endpoints.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{IntOrString, Meta, ObjectReference, Pod, Text};
use std::collections::BTreeMap;
use std::sync::Arc;

words! {
    /// A Service.
    pub struct Service {
        metadata: Meta = Meta::default(),
        spec: ServiceSpec = ServiceSpec::default(),
        status: ServiceStatus = ServiceStatus::default(),
    }

    /// What is asked of a Service.
    pub struct ServiceSpec {
        ports: Vec<ServicePort>,
        selector: BTreeMap<String, String>,
        /// `None` (the word) makes the Service headless.
        #[serde(rename = "clusterIP")]
        cluster_ip: Text,
        #[serde(rename = "clusterIPs")]
        cluster_ips: Vec<Text>,
        #[serde(rename = "type")]
        kind: Text = "ClusterIP".into(),
        external_name: String,
        session_affinity: Text = "None".into(),
        publish_not_ready_addresses: bool,
        external_traffic_policy: Text,
        ip_families: Vec<Text>,
        ip_family_policy: Text,
        internal_traffic_policy: Text = "Cluster".into(),
    }

    /// A port of a Service.
    pub struct ServicePort {
        name: Text,
        protocol: Text = "TCP".into(),
        app_protocol: Option<Text>,
        port: i64 = 0,
        target_port: IntOrString,
        node_port: i64,
    }

    /// What became of a Service.
    pub struct ServiceStatus {
        load_balancer: LoadBalancer = LoadBalancer::default(),
    }

    /// The addresses of a load balancer; none is ever given here, as no cloud has been asked for one.
    pub struct LoadBalancer {
        ingress: Vec<super::pod::Ip>,
    }

    /// A slice of the endpoints of a Service.
    pub struct EndpointSlice {
        metadata: Meta = Meta::default(),
        address_type: Text = "IPv4".into(),
        endpoints: Vec<Endpoint> = Vec::new(),
        ports: Vec<EndpointPort> = Vec::new(),
    }

    /// One endpoint: a pod behind a Service.
    pub struct Endpoint {
        addresses: Vec<Text> = Vec::new(),
        conditions: EndpointConditions = EndpointConditions::default(),
        hostname: Option<Text>,
        node_name: Option<Arc<str>>,
        target_ref: Option<ObjectReference>,
        zone: Option<Text>,
    }

    /// Whether it takes traffic.
    pub struct EndpointConditions {
        ready: bool = false,
        serving: bool = false,
        terminating: bool = false,
    }

    /// A port of the endpoints.
    pub struct EndpointPort {
        name: Text = "".into(),
        port: i64 = 0,
        protocol: Text = "TCP".into(),
        app_protocol: Option<Text>,
    }
}

impl ServicePort {
    /// Returns the port of a pod to which connections are sent; None where it is named and the pod has no such name
    /// (`FindPort` in pkg/api/v1/pod/util.go).
    pub fn number_at(&self, pod: &Pod) -> Option<i64> {
        match &self.target_port {
            IntOrString::Int(0) => Some(self.port),
            IntOrString::Int(number) => Some(*number),
            IntOrString::String(name) if name.is_empty() => Some(self.port),
            IntOrString::String(name) => {
                let sidecars = pod
                    .spec
                    .init_containers
                    .iter()
                    .filter(|init| init.restart_policy == "Always");
                let containers = pod.spec.containers.iter().chain(sidecars);
                let mut ports = containers.flat_map(|container| &container.ports);
                ports
                    .find(|port| port.name == *name && port.protocol == self.protocol)
                    .map(|port| port.container_port)
            }
        }
    }
}

/// Says whether a Service's selector picks a pod; an empty one picks none.
pub fn selects(selector: &BTreeMap<String, String>, pod: &Pod) -> bool {
    let labels = &pod.metadata.labels;
    !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

impl Service {
    /// Says whether the Service picks a pod by its labels; one without a selector picks none.
    pub fn selects(&self, pod: &Pod) -> bool {
        selects(&self.spec.selector, pod)
    }

    /// Says whether the Service has no address of its own, only DNS names of its pods.
    pub fn is_headless(&self) -> bool {
        self.spec.cluster_ip == "None"
    }
}
