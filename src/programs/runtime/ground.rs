//! What programs stand on: the disks under them, the way to others, the time, and chance.

use crate::api::{Text, Time, Uid};
use crate::cloud::{Cloud, Settings};
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

/// Names and addresses, as the network of the cluster knows them at this instant.
pub trait Routes {
    /// Returns the addresses of a host name (or of an address itself), best first; None when the name is unknown.
    fn resolve(&self, from: &Place, host: &str) -> Option<Vec<Text>>;

    /// Returns where a connection to an address and port ends.
    fn route(&self, cloud: &Cloud, from: &Place, address: &str, port: u16) -> Route;
}

/// From where a connection is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// From outside the cluster.
    Outside,
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

/// Where a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// At this pod and port.
    Pod {
        /// The node on which it runs.
        node: Arc<str>,
        /// Its uid.
        uid: Uid,
        /// The port.
        port: u16,
    },
    /// At once: nobody is there.
    Refused,
    /// Nowhere: packets are lost.
    Lost,
}

/// A network without names or ways: for tests, and for machines that are alone.
#[derive(Clone, Copy, Debug)]
pub struct NoRoutes;

impl Routes for NoRoutes {
    fn resolve(&self, _from: &Place, _host: &str) -> Option<Vec<Text>> {
        None
    }

    fn route(&self, _cloud: &Cloud, _from: &Place, _address: &str, _port: u16) -> Route {
        Route::Lost
    }
}
