//! Services that send connections where nobody takes them.

use super::World;
use crate::api::{Pod, Service};
use std::sync::Arc;

/// A port of a Service at whose pods connections are refused.
#[derive(Clone, Debug)]
pub struct Refusing {
    /// The place of the port among those of the Service.
    pub at: usize,
    /// A ready pod behind it.
    pub pod: Arc<Pod>,
    /// The port of the pod to which connections are sent.
    pub target: u16,
    /// The ports of the pod at which others find somebody.
    pub ears: Vec<u16>,
}

impl World {
    /// Returns the first port of a Service that a ready pod refuses for certain; None where all are taken, or nobody knows.
    ///
    /// Left out: UDP and SCTP, of which nobody hears that they are refused.
    pub fn refusing(&self, service: &Service) -> Option<Refusing> {
        if service.spec.kind == "ExternalName" {
            return None;
        }
        let pods = self.store().list::<Pod>(&service.metadata.namespace);
        let pods: Vec<_> = pods.filter(|pod| pod.is_ready() && service.selects(pod)).collect();
        let ports = service.spec.ports.iter().enumerate();
        let mut ports = ports.filter(|(_, port)| port.protocol == "TCP");
        ports.find_map(|(at, port)| {
            pods.iter().find_map(|pod| {
                let target = u16::try_from(port.number_at(pod)?).ok()?;
                let cell = self.runtime.cell(&pod.spec.node_name, pod.metadata.uid)?;
                cell.refuses(target).then(|| Refusing {
                    at,
                    pod: Arc::clone(pod),
                    target,
                    ears: cell.ears(),
                })
            })
        })
    }
}
