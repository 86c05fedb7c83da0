//! What programs stand on: the disks under them, the way to others, the time, and chance.

use crate::api::{Text, Time, Uid};
use crate::cloud::{Cloud, Settings};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The world around the machines, lent for one act.
pub struct Ground<'a> {
    /// The disks and the cables.
    pub cloud: &'a mut Cloud,
    /// Names and addresses.
    pub routes: &'a dyn Routes,
    /// The time.
    pub now: Time,
    /// How long things take.
    pub settings: &'a Settings,
    /// Draws a number.
    pub draw: &'a mut dyn FnMut() -> u64,
}

/// Names and virtual addresses, as the network of the cluster knows them at this instant. Which pod has an address, and
/// whether a cable leads there, the machines know by themselves.
pub trait Routes {
    /// Returns the addresses of a host name, in the order in which they are tried; None when the name is unknown.
    fn resolve(&self, from: &Place, host: &str) -> Option<Vec<Text>>;

    /// Returns the name that DNS has for an address of a Service, or of a pod behind a headless one.
    fn name_of(&self, _address: &str) -> Option<String> {
        None
    }

    /// Returns where packets to an address and port are sent; `turn` decides among several.
    fn forward(&self, cloud: &Cloud, from: &Place, address: &str, port: u16, turn: u64) -> Forward;
}

/// From where a connection is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// From outside the cluster. Short names are looked up in this namespace, as if there were a tunnel for them.
    Outside {
        /// The namespace.
        namespace: Arc<str>,
    },
    /// From a pod.
    Pod {
        /// The node on which it runs.
        node: Arc<str>,
        /// Its namespace, in which short names are looked up.
        namespace: Arc<str>,
        /// Its uid.
        uid: Uid,
        /// Its address.
        ip: Text,
    },
}

impl Place {
    /// Returns the namespace in which short names are looked up.
    pub fn namespace(&self) -> &Arc<str> {
        match self {
            Self::Outside { namespace } | Self::Pod { namespace, .. } => namespace,
        }
    }

    /// Returns the address that servers see.
    pub fn ip(&self) -> &str {
        match self {
            Self::Outside { .. } => "192.168.0.1",
            Self::Pod { ip, .. } => ip,
        }
    }
}

/// Where packets are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forward {
    /// To the address itself: it is nobody's virtual one.
    Plain,
    /// To this endpoint of a Service.
    To(Text, u16),
    /// Back at once: the Service has no endpoints.
    Refused,
    /// Nowhere: the Service has no such port.
    Lost,
}

/// A network without names or Services: for tests, and for machines that are alone.
#[derive(Clone, Copy, Debug)]
pub struct NoRoutes;

impl Routes for NoRoutes {
    fn resolve(&self, _from: &Place, _host: &str) -> Option<Vec<Text>> {
        None
    }

    fn forward(&self, _cloud: &Cloud, _from: &Place, _address: &str, _port: u16, _turn: u64) -> Forward {
        Forward::Plain
    }
}
