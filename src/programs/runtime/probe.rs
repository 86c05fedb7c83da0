//! Probes: how a container answers when it is asked whether it is well.

use super::Runtime;
use super::container::{Answer, Container};
use super::deed::ProbeKind;
use super::ground::Ground;
use super::host::Cell;
use super::image::Rule;
use super::program::Ear;
use crate::api::{IntOrString, Probe, Uid};

impl Runtime {
    /// Asks a container, and keeps the answer in it.
    pub(super) fn probe(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        name: &str,
        kind: ProbeKind,
        probe: &Probe,
    ) {
        let Some(place) = self.place(node, pod, name) else {
            return;
        };
        let Some(cell) = self.cell(node, pod) else { return };
        let container = &cell.containers()[place];
        if !container.is_running() {
            return;
        }
        let never = kind == ProbeKind::Readiness && self.images.of(&container.spec().image) == Some(&Rule::NeverReady);
        let found = if never {
            Err("pglab: its image was set to be never ready".to_owned())
        } else {
            answer(cell, container, probe)
        };
        let version = container.version;
        if let Some(container) = self.container_mut(node, pod, place) {
            container.keep(Answer {
                kind,
                at: ground.now,
                found,
                version,
                lasting: true,
            });
        }
    }
}

fn answer(cell: &Cell, container: &Container, probe: &Probe) -> Result<(), String> {
    if let Some(tcp) = &probe.tcp_socket {
        let port = number(container, &tcp.port)?;
        return reach(cell, port).map_err(|why| format!("dial tcp {}:{port}: {why}", host(cell, &tcp.host)));
    }
    if let Some(grpc) = &probe.grpc {
        let port = u16::try_from(grpc.port).unwrap_or_default();
        return reach(cell, port).map_err(|_| {
            format!(
                "timeout: failed to connect service \"{}:{port}\" within 1s: context deadline exceeded",
                cell.sandbox.ip
            )
        });
    }
    if let Some(http) = &probe.http_get {
        let port = number(container, &http.port)?;
        let (host, scheme) = (host(cell, &http.host), http.scheme.to_lowercase());
        let path = if http.path.starts_with('/') {
            http.path.clone()
        } else {
            format!("/{}", http.path)
        };
        return reach(cell, port)
            .map_err(|why| format!("Get \"{scheme}://{host}:{port}{path}\": dial tcp {host}:{port}: {why}"));
    }
    Ok(())
}

fn host<'a>(cell: &'a Cell, named: &'a str) -> &'a str {
    if named.is_empty() { &cell.sandbox.ip } else { named }
}

/// Returns the number of a port that may be given by the name that the container has for it.
fn number(container: &Container, port: &IntOrString) -> Result<u16, String> {
    let number = match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => {
            let ports = &container.spec().ports;
            let named = ports
                .iter()
                .find(|port| port.name == *name)
                .map(|port| port.container_port);
            named.or_else(|| name.parse().ok())
        }
    };
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("couldn't find port {port}"))
}

/// Says whether somebody in the pod listens at a port.
fn reach(cell: &Cell, port: u16) -> Result<(), &'static str> {
    let programs = cell.containers().iter().flat_map(Container::programs);
    let ears = programs.map(|(_, program)| program.ear(port));
    // Nobody knows at which ports an unknown program listens: those that its container names are taken for open.
    let mut named = cell.containers().iter().filter(|container| container.is_idle());
    let open = named.any(|container| {
        container
            .spec()
            .ports
            .iter()
            .any(|p| p.container_port == i64::from(port))
    });
    if open || ears.into_iter().any(|ear| ear == Ear::Open) {
        Ok(())
    } else {
        Err("connect: connection refused")
    }
}
