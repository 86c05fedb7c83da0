//! The cluster's network: names, addresses, and where a connection ends.
//! It is computed from the API's objects at each call; nothing is kept.

use crate::api::{Text, Time};
use crate::cloud::{Cloud, Settings};
use crate::programs::Routes;
use crate::programs::runtime::{Place, Route};
use crate::store::Store;

/// The names and ways of the cluster at an instant.
#[derive(Clone, Copy)]
pub struct Paths<'a> {
    _store: &'a Store,
}

impl<'a> Paths<'a> {
    /// Looks at the network as it is at `now`.
    pub fn new(store: &'a Store, _now: Time, _settings: &Settings) -> Self {
        Self { _store: store }
    }
}

impl Routes for Paths<'_> {
    fn resolve(&self, _from: &Place, _host: &str) -> Option<Vec<Text>> {
        None
    }

    fn route(&self, _cloud: &Cloud, _from: &Place, _address: &str, _port: u16) -> Route {
        Route::Lost
    }
}
