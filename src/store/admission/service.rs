//! What admission fills in for a Service: addresses and ports.

use super::super::{Hand, Refusal, Store};
use crate::api::{IntOrString, Resource, Service};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

/// The addresses of Services, 10.96.0.0/12 (kubeadm's `--service-cluster-ip-range`), as the numbers of their bits.
const ADDRESSES: RangeInclusive<u32> = 0x0a60_0000..=0x0a6f_ffff;

/// The ports that nodes open for Services (`--service-node-port-range`).
const NODE_PORTS: RangeInclusive<i64> = 30_000..=32_767;

/// Returns why a Service cannot have an address that it names (pkg/registry/core/service/ipallocator). What is no IPv4
/// address is the rim's to refuse.
fn refused_address(wanted: &str, taken: &BTreeSet<String>) -> Option<&'static str> {
    let address: Ipv4Addr = wanted.parse().ok()?;
    if !ADDRESSES.contains(&address.to_bits()) {
        return Some("the provided network does not match the current range");
    }
    taken.contains(wanted).then_some("provided IP is already allocated")
}

impl Store {
    /// Fills in a new Service. Refused when an address or a port that it wants is taken.
    pub(super) fn admit_service(&mut self, service: &mut Service, hand: &mut Hand<'_>) -> Result<(), Refusal> {
        fill_in(service);
        choose_families(service);
        let external = service.spec.kind == "ExternalName";
        let taken: BTreeSet<String> = self
            .list::<Service>("")
            .map(|s| s.spec.cluster_ip.to_string())
            .collect();
        let wanted = service.spec.cluster_ip.clone();
        if wanted.is_empty() && !external {
            let mut draws = std::iter::repeat_with(|| (hand.draw)());
            let addresses = draws
                .by_ref()
                .map(|draw| format!("10.96.{}.{}", draw % 256, draw / 256 % 254 + 1));
            let free = addresses.take(10_000).find(|address| !taken.contains(address));
            service.spec.cluster_ip = free.unwrap_or_default().into();
        } else if let Some(why) = refused_address(&wanted, &taken) {
            let cause =
                format!("spec.clusterIPs: Invalid value: [\"{wanted}\"]: failed to allocate IP {wanted}: {why}");
            return Err(invalid(service, cause));
        }
        if !service.spec.cluster_ip.is_empty() {
            service.spec.cluster_ips = vec![service.spec.cluster_ip.clone()];
        }
        self.give_node_ports(service, hand)
    }

    /// Fills in a changed Service: what it had and does not mention stays.
    pub(super) fn admit_service_update(
        &mut self,
        old: &Service,
        new: &mut Service,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        let external = new.spec.kind == "ExternalName";
        if new.spec.cluster_ip.is_empty() && !external {
            new.spec.cluster_ip = old.spec.cluster_ip.clone();
            new.spec.cluster_ips = old.spec.cluster_ips.clone();
        }
        for (new, old) in new.spec.ports.iter_mut().zip(&old.spec.ports) {
            if new.node_port == 0 && new.port == old.port {
                new.node_port = old.node_port;
            }
        }
        fill_in(new);
        choose_families(new);
        self.give_node_ports(new, hand)
    }

    fn give_node_ports(&self, service: &mut Service, hand: &mut Hand<'_>) -> Result<(), Refusal> {
        if !matches!(&*service.spec.kind, "NodePort" | "LoadBalancer") {
            service.spec.ports.iter_mut().for_each(|port| port.node_port = 0);
            return Ok(());
        }
        let key = service.key();
        let others = self.list::<Service>("").filter(|other| other.key() != key);
        let mut taken: BTreeSet<i64> = others
            .flat_map(|other| other.spec.ports.iter().map(|p| p.node_port))
            .collect();
        for place in 0..service.spec.ports.len() {
            let wanted = service.spec.ports[place].node_port;
            if wanted != 0 {
                let path = format!("spec.ports[{place}].nodePort: Invalid value: {wanted}");
                if !NODE_PORTS.contains(&wanted) {
                    let cause = format!(
                        "{path}: provided port is not in the valid range. The range of valid ports is 30000-32767"
                    );
                    return Err(invalid(service, cause));
                }
                if !taken.insert(wanted) {
                    return Err(invalid(service, format!("{path}: provided port is already allocated")));
                }
                continue;
            }
            let size = (NODE_PORTS.end() - NODE_PORTS.start() + 1) as u64;
            let first = ((hand.draw)() % size) as i64;
            let ports = (0..size as i64).map(|n| NODE_PORTS.start() + (first + n) % size as i64);
            let free = ports.into_iter().find(|port| !taken.contains(port));
            if let Some(free) = free {
                taken.insert(free);
                service.spec.ports[place].node_port = free;
            }
        }
        Ok(())
    }
}

fn invalid(service: &Service, cause: String) -> Refusal {
    let (key, causes) = (service.key(), vec![cause]);
    Refusal::Invalid { key, causes }
}

/// Fills in what needs no state (pkg/apis/core/v1/defaults.go, `SetDefaults_Service`).
pub(super) fn fill_in(service: &mut Service) {
    let spec = &mut service.spec;
    for port in &mut spec.ports {
        if port.target_port == IntOrString::default() {
            port.target_port = IntOrString::Int(port.port);
        }
    }
    if matches!(&*spec.kind, "NodePort" | "LoadBalancer") && spec.external_traffic_policy.is_empty() {
        spec.external_traffic_policy = "Cluster".into();
    }
}

/// Fills in the families of the addresses (pkg/registry/core/service/storage/alloc.go, `initIPFamilyFields`).
fn choose_families(service: &mut Service) {
    let spec = &mut service.spec;
    if spec.kind == "ExternalName" {
        return;
    }
    if spec.ip_families.is_empty() {
        spec.ip_families = vec!["IPv4".into()];
    }
    if spec.ip_family_policy.is_empty() {
        spec.ip_family_policy = "SingleStack".into();
    }
}
