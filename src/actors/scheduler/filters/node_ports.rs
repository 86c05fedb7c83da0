//! Two pods cannot have the same port of one node.

use crate::actors::scheduler::cache::node::NodeInfo;
use crate::actors::scheduler::cache::ports::HostPort;
use crate::actors::scheduler::plugin::{Plugin, Verdict};

/// Judges a node (plugins/nodeports).
pub fn check(wanted: &[HostPort], info: &NodeInfo) -> Verdict {
    let taken = |port: &HostPort| info.ports.iter().any(|have| have.conflicts(port));
    if wanted.iter().any(taken) {
        return Plugin::NodePorts.rejects("node(s) didn't have free ports for the requested pod ports");
    }
    Ok(())
}
