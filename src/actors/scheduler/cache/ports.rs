//! Ports of a node that pods take for themselves.

use crate::api::{PodSpec, Text};
use serde::{Deserialize, Serialize};

/// A port of a node; an empty address means all of the node's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostPort {
    ip: String,
    protocol: Text,
    port: i64,
}

impl HostPort {
    /// Says whether both cannot be had on one node (`framework.HostPortInfo.CheckConflict`).
    pub fn conflicts(&self, other: &HostPort) -> bool {
        let overlap = self.ip.is_empty() || other.ip.is_empty() || self.ip == other.ip;
        overlap && self.protocol == other.protocol && self.port == other.port
    }
}

/// Returns the ports of the node that a pod takes (pkg/scheduler/util, `GetHostPorts`). With the host's network every
/// container port is one, as the API server fills them in.
pub fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    let sidecars = spec.init_containers.iter().filter(|c| c.restart_policy == "Always");
    let ports = spec.containers.iter().chain(sidecars).flat_map(|c| &c.ports);
    ports
        .filter_map(|port| {
            let number = match port.host_port {
                0 if spec.host_network => port.container_port,
                given => given,
            };
            let ip = port.rest.get("hostIP").and_then(|ip| ip.as_str()).unwrap_or_default();
            (number > 0).then(|| HostPort {
                ip: if ip == "0.0.0.0" { "" } else { ip }.to_owned(),
                protocol: port.protocol.clone(),
                port: number,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_port_on_other_addresses_is_no_conflict() {
        let spec: PodSpec = serde_json::from_value(json!({"containers": [{"name": "c", "ports": [
            {"containerPort": 1, "hostPort": 80, "hostIP": "10.0.0.1"},
            {"containerPort": 2, "hostPort": 80, "hostIP": "10.0.0.2"},
            {"containerPort": 3, "hostPort": 80, "hostIP": "0.0.0.0"},
            {"containerPort": 4, "hostPort": 80, "hostIP": "0.0.0.0", "protocol": "UDP"},
            {"containerPort": 5},
        ]}]}))
        .unwrap();
        let [one, two, all, udp] = host_ports(&spec).try_into().unwrap();
        assert!(!one.conflicts(&two));
        assert!(one.conflicts(&all) && all.conflicts(&two));
        assert!(!all.conflicts(&udp));
    }
}
