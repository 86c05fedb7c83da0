//! At which ports of a pod somebody listens.

use super::container::Container;
use super::host::Cell;
use super::program::{Ear, Program};

impl Cell {
    /// Returns the container and the process that take a connection to one of the pod's addresses; None where it is
    /// refused.
    pub(super) fn listener(&self, address: &str, port: u16) -> Option<(usize, u32)> {
        self.containers.iter().enumerate().find_map(|(place, container)| {
            // An unknown program is taken to listen where its container says so.
            let idle = container.is_idle() && declared(container).any(|declared| declared == port);
            let mut programs = container.programs();
            let listener = programs.find(|(_, program)| idle || program.ear(address, port) == Ear::Open);
            listener.map(|(pid, _)| (place, pid))
        })
    }

    /// Says whether connections from other pods to a port are refused for certain: the programs here are known and do not
    /// listen there, or their containers name other ports.
    pub fn refuses(&self, port: u16) -> bool {
        self.alive && self.listener(&self.sandbox.ip, port).is_none() && !self.containers.iter().any(may_listen)
    }

    /// Returns the ports at which somebody takes connections from other pods, each once, in their containers' order.
    pub fn ears(&self) -> Vec<u16> {
        let mut ears = Vec::new();
        for container in &self.containers {
            let of_programs = container.programs().filter_map(|(_, program)| program.port());
            for port in of_programs.chain(declared(container)) {
                if !ears.contains(&port) && self.listener(&self.sandbox.ip, port).is_some() {
                    ears.push(port);
                }
            }
        }
        ears
    }
}

/// Says whether nobody knows where a container listens.
fn may_listen(container: &Container) -> bool {
    let unknown = |(_, program): (u32, &Program)| matches!(program, Program::Idle(_) | Program::Script(_));
    container.programs().any(unknown) && declared(container).next().is_none()
}

fn declared(container: &Container) -> impl Iterator<Item = u16> {
    let ports = container.spec().ports.iter();
    ports.filter_map(|port| u16::try_from(port.container_port).ok())
}
