//! What runs on the machines: containers, and the programs in them.

use serde::{Deserialize, Serialize};

/// What a kubelet can do on its machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Deed {}

/// The containers of every machine.
#[derive(Clone, Debug, Default)]
pub struct Runtime {}
