//! What runs on the machines: containers, and the programs in them.

use crate::api::{Key, Time};
use crate::cloud::{Cloud, Settings};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a kubelet can do on its machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Deed {}

/// Somebody asks to be woken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// When.
    pub at: Time,
    /// Whom.
    pub whom: Whom,
}

/// Who is to be woken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whom {
    /// The programs of a machine.
    Machine(Arc<str>),
    /// The kubelet, for a pod (or for its node).
    Pod(Key),
}

/// The containers of every machine.
#[derive(Clone, Debug, Default)]
pub struct Runtime {}

impl Runtime {
    /// Does what a kubelet asks for on its machine; returns who is to be woken.
    pub fn perform(&mut self, _: &mut Cloud, _node: &str, deed: Deed, _now: Time, _: &Settings) -> Vec<Wake> {
        match deed {}
    }

    /// Lets the programs of a machine do what is due; returns who is to be woken.
    pub fn advance(&mut self, _: &mut Cloud, _node: &str, _now: Time, _: &Settings) -> Vec<Wake> {
        vec![]
    }
}
