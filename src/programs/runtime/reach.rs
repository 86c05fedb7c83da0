//! Reach: which pod a connection ends at, and whether cables lead there.

use super::Runtime;
use super::ground::{Forward, Ground, Place};
use super::program::Program;
use crate::api::{Text, Uid};
use crate::cloud::{Cloud, Machine};
use std::sync::Arc;

/// The far end of a connection: a process that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Far {
    /// The node.
    pub node: Arc<str>,
    /// The pod.
    pub pod: Uid,
    /// The place of its container.
    pub container: usize,
    /// The number of the process.
    pub pid: u32,
    /// The address under which it was found.
    pub address: Text,
}

/// Why there is no far end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dead {
    /// The name has no address.
    UnknownHost,
    /// Somebody is there and says that nobody listens.
    Refused(Text),
    /// Nobody answers at all.
    Lost(Text),
}

impl Runtime {
    /// Finds who listens at a host and port; every address of the host is tried in turn.
    pub fn find(&self, ground: &mut Ground<'_>, from: &Place, host: &str, port: u16) -> Result<Far, Dead> {
        let addresses = if is_address(host) {
            vec![host.to_owned().into()]
        } else {
            self.addresses(ground, from, host).ok_or(Dead::UnknownHost)?
        };
        let mut last = Dead::UnknownHost;
        for address in addresses {
            match self.find_at(ground, from, &address, port) {
                Ok(far) => return Ok(far),
                Err(dead) => last = dead,
            }
        }
        Err(last)
    }

    /// Returns the addresses of a host name: `/etc/hosts` first, then DNS.
    pub fn addresses(&self, ground: &mut Ground<'_>, from: &Place, host: &str) -> Option<Vec<Text>> {
        if host == "localhost" {
            return Some(vec!["127.0.0.1".into()]);
        }
        if let Place::Pod { node, uid, ip, .. } = from
            && let Some(cell) = self.cell(node, *uid)
            && cell.sandbox.hostname == host
        {
            return Some(vec![ip.clone()]);
        }
        let mut addresses = ground.routes.resolve(from, host)?;
        // CoreDNS deals out the addresses in turn (its plugin `loadbalance`).
        if addresses.len() > 1 {
            let turn = (ground.draw)() as usize % addresses.len();
            addresses.rotate_left(turn);
        }
        Some(addresses)
    }

    fn find_at(&self, ground: &mut Ground<'_>, from: &Place, address: &Text, port: u16) -> Result<Far, Dead> {
        let turn = (ground.draw)();
        let (target, target_port) = match ground.routes.forward(ground.cloud, from, address, port, turn) {
            Forward::Plain => (address.clone(), port),
            Forward::To(target, target_port) => (target, target_port),
            Forward::Refused => return Err(Dead::Refused(address.clone())),
            Forward::Lost => return Err(Dead::Lost(address.clone())),
        };
        let loopback = target.starts_with("127.") || target == "::1";
        let (node, pod) = match from {
            Place::Pod { node, uid, .. } if loopback => (Arc::clone(node), *uid),
            _ if loopback => return Err(Dead::Refused(address.clone())),
            _ => self
                .owner(ground.cloud, &target)
                .ok_or_else(|| Dead::Lost(address.clone()))?,
        };
        if !leads(ground.cloud, from, &node) {
            return Err(Dead::Lost(address.clone()));
        }
        let cell = self.cell(&node, pod).ok_or_else(|| Dead::Lost(address.clone()))?;
        let listener = cell.listener(&target, target_port);
        let (container, pid) = listener.ok_or_else(|| Dead::Refused(address.clone()))?;
        Ok(Far {
            node,
            pod,
            container,
            pid,
            address: address.clone(),
        })
    }

    /// Returns the pod whose sandbox has an address, with its node.
    fn owner(&self, cloud: &Cloud, address: &str) -> Option<(Arc<str>, Uid)> {
        let (network, _) = address.rsplit_once('.')?;
        let on = |machine: &Machine| machine.pod_network() == network || machine.address() == address;
        let (node, _) = cloud.machines.iter().find(|(_, machine)| on(machine))?;
        let mut cells = self.cells(node);
        let (uid, _) = cells.find(|(_, cell)| cell.alive && cell.sandbox.ip == address)?;
        Some((Arc::clone(node), uid))
    }
}

/// Says whether packets get from a place to a node, and back.
pub fn leads(cloud: &Cloud, from: &Place, node: &str) -> bool {
    match from {
        // What stays on one machine needs no cable.
        Place::Pod { node: own, .. } if **own == *node => cloud.machines.get(node).is_some_and(Machine::is_on),
        Place::Pod { node: own, .. } => cloud.reaches_api(own) && cloud.reaches_api(node),
        Place::Outside { .. } => cloud.reaches_api(node),
    }
}

/// Says whether a host is given as an address.
pub fn is_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
}

impl Runtime {
    /// Returns the program at the far end of a connection, if it is still there.
    pub(super) fn program(&self, far: &Far) -> Option<&Program> {
        let container = self.cell(&far.node, far.pod)?.containers.get(far.container)?;
        let process = container.processes.iter().find(|process| process.pid == far.pid);
        process.map(|process| &process.program)
    }
}
