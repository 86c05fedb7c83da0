//! The heartbeats of a node's kubelet. They are computed from its machine's pulse and not written, so that a cluster in
//! which nothing happens has nothing to do; whoever reads a node finds them in it. Its `resourceVersion` stays, where a
//! real one grows with every report.

use super::cluster::Cluster;
use crate::api::{Node, Object};
use std::sync::Arc;

/// Brings the heartbeats of a node up to date; other objects have none.
pub fn refresh(object: &mut Object, cluster: &dyn Cluster) {
    let Object::Node(node) = object else { return };
    let conditions = node.status.conditions.iter();
    let Some(written) = conditions.filter_map(|condition| condition.last_heartbeat_time).max() else {
        return;
    };
    let Some(at) = cluster
        .reported(&node.metadata.name, written)
        .filter(|at| *at > written)
    else {
        return;
    };
    let node: &mut Node = Arc::make_mut(node);
    for condition in &mut node.status.conditions {
        // A kubelet that reports tells all of its conditions anew.
        condition.last_heartbeat_time = condition.last_heartbeat_time.map(|_| at);
    }
}
