//! The cluster's network: names, virtual addresses, and the endpoints behind them.
//!
//! It is computed from the API's objects at each call, as kube-proxy and CoreDNS knew them a moment ago; nothing is
//! kept. Left out: IPv6, NetworkPolicies, `internalTrafficPolicy`, and hints of topology.

use crate::api::{Endpoint, EndpointSlice, IntOrString, Key, Kind, Object, Resource, Service, ServicePort, Text, Time};
use crate::cloud::{Cloud, Machine, Settings};
use crate::programs::Routes;
use crate::programs::runtime::{Forward, Place, ZONE};
use crate::store::Store;
use std::sync::Arc;

/// The names and ways of the cluster at an instant.
#[derive(Clone, Copy)]
pub struct Paths<'a> {
    store: &'a Store,
    /// The newest revision that has reached the proxies and DNS.
    at: u64,
}

impl<'a> Paths<'a> {
    /// Looks at the network as it is at `now`.
    pub fn new(store: &'a Store, now: Time, settings: &Settings) -> Self {
        let at = store.newest_until(now + -settings.service_lag);
        Self { store, at }
    }

    fn service(&self, namespace: &str, name: &str) -> Option<&'a Arc<Service>> {
        let key = Key::new(Kind::Service, namespace, name);
        Service::of(self.store.find_at(&key, self.at)?)
    }

    fn services(&self) -> impl Iterator<Item = &'a Arc<Service>> {
        let (store, at) = (self.store, self.at);
        let objects = store.objects(&Kind::Service, "");
        objects
            .filter_map(move |object| store.as_of(object, at))
            .filter_map(Service::of)
    }

    /// Returns the endpoints of a Service that take traffic, each with the slice that it stands in.
    fn endpoints(&self, service: &'a Service) -> Vec<(&'a EndpointSlice, &'a Endpoint)> {
        let meta = &service.metadata;
        let slices = self.store.objects(&Kind::EndpointSlice, &meta.namespace);
        let slices = slices
            .filter_map(|object: &Object| self.store.as_of(object, self.at))
            .filter_map(EndpointSlice::of)
            .filter(|slice| slice.metadata.labels.value("kubernetes.io/service-name") == &*meta.name);
        let all = slices.flat_map(|slice| slice.endpoints.iter().map(move |endpoint| (&**slice, endpoint)));
        let (mut ready, mut serving) = (Vec::new(), Vec::new());
        for (slice, endpoint) in all {
            if endpoint.conditions.ready {
                ready.push((slice, endpoint));
            } else if endpoint.conditions.serving && endpoint.conditions.terminating {
                serving.push((slice, endpoint));
            }
        }
        // With nobody else left, those that are about to go still get traffic (`ProxyTerminatingEndpoints`).
        if ready.is_empty() && !service.is_headless() {
            serving
        } else {
            ready
        }
    }

    /// Returns the addresses of one full name of the cluster, without its zone: `pg.shop.svc`, `pg-0.pg.shop.svc`.
    fn records(&self, name: &str) -> Option<Vec<Text>> {
        let parts: Vec<&str> = name.split('.').collect();
        match parts.as_slice() {
            [service, namespace, "svc"] => {
                let service = self.service(namespace, service)?;
                if service.is_headless() {
                    let found = self.endpoints(service);
                    return all_addresses(found.into_iter().map(|(_, endpoint)| endpoint));
                }
                match &*service.spec.cluster_ip {
                    "" => None,
                    ip => Some(vec![ip.to_owned().into()]),
                }
            }
            [host, service, namespace, "svc"] => {
                let service = self.service(namespace, service)?;
                let found = self.endpoints(service);
                let named = found.into_iter().map(|(_, endpoint)| endpoint);
                all_addresses(named.filter(|endpoint| endpoint.hostname.as_deref() == Some(*host)))
            }
            [ip, _, "pod"] => {
                let ip = ip.replace('-', ".");
                ip.parse::<std::net::IpAddr>()
                    .ok()
                    .map(|ip| vec![ip.to_string().into()])
            }
            _ => None,
        }
    }

    /// Returns what an `ExternalName` stands for, if the name is one.
    fn alias(&self, name: &str) -> Option<&'a str> {
        let parts: Vec<&str> = name.split('.').collect();
        let [service, namespace, "svc"] = parts.as_slice() else {
            return None;
        };
        let service = self.service(namespace, service)?;
        (service.spec.kind == "ExternalName").then_some(service.spec.external_name.as_str())
    }

    fn lookup(&self, from: &Place, host: &str, depth: usize) -> Option<Vec<Text>> {
        let namespace = from.namespace();
        let host = host.trim_end_matches('.');
        // The search list of a pod's resolv.conf, in its order; each ends in the cluster's zone.
        let full = host.strip_suffix(ZONE).and_then(|name| name.strip_suffix('.'));
        let searched = [
            format!("{host}.{namespace}.svc"),
            format!("{host}.svc"),
            host.to_owned(),
        ];
        let candidates = searched.iter().map(String::as_str).chain(full);
        for name in candidates {
            if let Some(found) = self.records(name) {
                return Some(found);
            }
            if let Some(alias) = self.alias(name).filter(|_| depth < 8) {
                return self.lookup(from, alias, depth + 1);
            }
        }
        None
    }
}

fn all_addresses<'e>(endpoints: impl Iterator<Item = &'e Endpoint>) -> Option<Vec<Text>> {
    let found: Vec<Text> = endpoints
        .flat_map(|endpoint| endpoint.addresses.iter().cloned())
        .collect();
    // A headless Service without endpoints has no records at all.
    (!found.is_empty()).then_some(found)
}

impl Routes for Paths<'_> {
    fn resolve(&self, from: &Place, host: &str) -> Option<Vec<Text>> {
        self.lookup(from, host, 0)
    }

    fn name_of(&self, address: &str) -> Option<String> {
        let full = |name: &str, service: &Service| {
            let meta = &service.metadata;
            format!("{name}{}.{}.svc.{ZONE}", meta.name, meta.namespace)
        };
        if let Some(service) = self.services().find(|service| service.spec.cluster_ip == address) {
            return Some(full("", service));
        }
        // CoreDNS has names for addresses only behind headless Services; a pod without a hostname goes by its address.
        self.services()
            .filter(|service| service.spec.cluster_ip == "None")
            .find_map(|service| {
                let endpoints = self.endpoints(service);
                let (_, endpoint) = endpoints
                    .into_iter()
                    .find(|(_, endpoint)| endpoint.addresses.iter().any(|known| known == address))?;
                let dashed = address.replace('.', "-");
                let name = endpoint.hostname.as_deref().unwrap_or(&dashed);
                Some(full(&format!("{name}."), service))
            })
    }

    fn forward(&self, cloud: &Cloud, from: &Place, address: &str, port: u16, turn: u64) -> Forward {
        let wanted = i64::from(port);
        let by_ip = |service: &&Arc<Service>| service.spec.cluster_ip == address;
        let (service, port) = match self.services().find(by_ip) {
            Some(service) => {
                let port = service.spec.ports.iter().find(|p| p.port == wanted);
                (service, port)
            }
            // A node's own address: its high ports may belong to Services.
            None if cloud
                .machines
                .values()
                .any(|machine: &Machine| machine.address() == address) =>
            {
                let found = self.services().find_map(|service| {
                    let port = service
                        .spec
                        .ports
                        .iter()
                        .find(|p| p.node_port == wanted && wanted != 0)?;
                    Some((service, port))
                });
                match found {
                    Some((service, port)) => (service, Some(port)),
                    None => return Forward::Plain,
                }
            }
            None => return Forward::Plain,
        };
        let Some(port) = port else { return Forward::Lost };
        let endpoints = self.endpoints(service);
        let targets: Vec<(&Text, u16)> = endpoints
            .iter()
            .filter_map(|(slice, endpoint)| Some((endpoint.addresses.first()?, target_of(slice, port)?)))
            .collect();
        if targets.is_empty() {
            return Forward::Refused;
        }
        let turn = match &*service.spec.session_affinity {
            "ClientIP" => crate::api::hash::fnv64a(from.ip().as_bytes()),
            _ => turn,
        };
        let (target, port) = targets[(turn % targets.len() as u64) as usize];
        Forward::To(target.clone(), port)
    }
}

/// Returns the port of a slice's endpoints to which a port of the Service leads.
fn target_of(slice: &EndpointSlice, port: &ServicePort) -> Option<u16> {
    let named = slice.ports.iter().find(|p| p.name == port.name).map(|p| p.port);
    let number = named.or(match &port.target_port {
        // Slices that a person wrote may leave names out.
        IntOrString::Int(number) if slice.ports.is_empty() && *number > 0 => Some(*number),
        _ => None,
    })?;
    u16::try_from(number).ok()
}

#[cfg(test)]
mod tests;
