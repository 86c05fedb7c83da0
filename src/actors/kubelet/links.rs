//! The environment variables by which a container finds the Services that were there when it started
//! (pkg/kubelet/envvars, `FromServices`). A Service without an address has none.
//!
//! The API server's own Service, `kubernetes`, is in every container; the runtime adds it.

use crate::api::Service;
use crate::programs::outcome::Env;

/// Adds the variables of a Service.
pub fn add(env: &mut Env, service: &Service) {
    let ip = &*service.spec.cluster_ip;
    if ip.is_empty() || ip == "None" {
        return;
    }
    let name = variable(&service.metadata.name);
    env.insert(format!("{name}_SERVICE_HOST"), ip.to_owned());
    for (place, port) in service.spec.ports.iter().enumerate() {
        let number = port.port;
        if place == 0 {
            env.insert(format!("{name}_SERVICE_PORT"), number.to_string());
        }
        if !port.name.is_empty() {
            env.insert(
                format!("{name}_SERVICE_PORT_{}", variable(&port.name)),
                number.to_string(),
            );
        }
        let protocol = port.protocol.to_lowercase();
        let url = format!("{protocol}://{ip}:{number}");
        // What links between Docker containers were once.
        if place == 0 {
            env.insert(format!("{name}_PORT"), url.clone());
        }
        let link = format!("{name}_PORT_{number}_{}", port.protocol.to_uppercase());
        env.insert(format!("{link}_PROTO"), protocol);
        env.insert(format!("{link}_PORT"), number.to_string());
        env.insert(format!("{link}_ADDR"), ip.to_owned());
        env.insert(link, url);
    }
}

/// Returns a name as a variable has it.
fn variable(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ServicePort;

    #[test]
    fn a_service_has_the_variables_that_kubernetes_gives_it() {
        let mut service = Service::default();
        service.metadata.name = "redis-primary".into();
        service.spec.cluster_ip = "10.0.0.11".into();
        let port = |name: &str, port: i64, protocol: &str| ServicePort {
            name: name.to_owned().into(),
            port,
            protocol: protocol.to_owned().into(),
            ..ServicePort::default()
        };
        service.spec.ports = vec![port("main", 6379, "TCP"), port("gossip-in", 53, "UDP")];
        let mut env = Env::new();
        add(&mut env, &service);
        let text: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            text,
            [
                "REDIS_PRIMARY_PORT=tcp://10.0.0.11:6379",
                "REDIS_PRIMARY_PORT_53_UDP=udp://10.0.0.11:53",
                "REDIS_PRIMARY_PORT_53_UDP_ADDR=10.0.0.11",
                "REDIS_PRIMARY_PORT_53_UDP_PORT=53",
                "REDIS_PRIMARY_PORT_53_UDP_PROTO=udp",
                "REDIS_PRIMARY_PORT_6379_TCP=tcp://10.0.0.11:6379",
                "REDIS_PRIMARY_PORT_6379_TCP_ADDR=10.0.0.11",
                "REDIS_PRIMARY_PORT_6379_TCP_PORT=6379",
                "REDIS_PRIMARY_PORT_6379_TCP_PROTO=tcp",
                "REDIS_PRIMARY_SERVICE_HOST=10.0.0.11",
                "REDIS_PRIMARY_SERVICE_PORT=6379",
                "REDIS_PRIMARY_SERVICE_PORT_GOSSIP_IN=53",
                "REDIS_PRIMARY_SERVICE_PORT_MAIN=6379",
            ]
        );
        service.spec.cluster_ip = "None".into();
        let mut none = Env::new();
        add(&mut none, &service);
        assert!(none.is_empty(), "a headless Service has no address to tell");
    }
}
