//! Where a volume should be attached: wherever a pod that uses it is scheduled and not ended
//! (pkg/controller/volume/attachdetach/cache/desired_state_of_world.go).

use super::super::claim_users::ClaimUsers;
use super::is_attachable;
use crate::actors::View;
use crate::api::storage::ClaimPhase;
use crate::api::{Node, PersistentVolume, PersistentVolumeClaim, Pod, condition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The nodes that should have a volume, each with the pods that want it there.
#[derive(Clone, Debug, Default)]
pub(super) struct Desired<'v> {
    /// In the order in which the first pod came to each node.
    nodes: Vec<(Arc<str>, Vec<&'v Arc<Pod>>)>,
    handle: &'v str,
}

impl<'v> Desired<'v> {
    /// Finds out who wants a volume, and where.
    pub fn of(view: &View<'v>, users: &ClaimUsers, volume: &'v Arc<PersistentVolume>) -> Self {
        let (Some((_, handle)), Some(reference)) = (volume.csi(), &volume.spec.claim_ref) else {
            return Self::default();
        };
        let claim = view
            .get::<PersistentVolumeClaim>(&reference.namespace, &reference.name)
            .filter(|claim| claim.metadata.uid == reference.uid && claim.status.phase == ClaimPhase::Bound)
            .filter(|claim| claim.spec.volume_name == volume.metadata.name);
        let Some(claim) = claim.filter(|_| is_attachable(view, volume)) else {
            return Self::default();
        };
        let mut nodes: BTreeMap<&Arc<str>, Vec<&'v Arc<Pod>>> = BTreeMap::new();
        for pod in users.named(&reference.namespace, &claim.metadata.name, view) {
            // A node that does not exist is not managed.
            if wants_volumes(pod) && view.get::<Node>("", &pod.spec.node_name).is_some() {
                nodes.entry(&pod.spec.node_name).or_default().push(pod);
            }
        }
        let mut nodes: Vec<_> = nodes.into_iter().map(|(node, pods)| (node.clone(), pods)).collect();
        // Kubernetes takes them in no order; who came first is a fair choice, and always the same.
        nodes.sort_by_key(|(_, pods)| pods.iter().map(|pod| came(pod)).min());
        Self { nodes, handle }
    }

    /// Says whether a node should have the volume.
    pub fn contains(&self, node: &str) -> bool {
        self.nodes.iter().any(|(name, _)| **name == *node)
    }

    /// Returns the nodes with the pods on them.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &[&'v Arc<Pod>])> {
        self.nodes.iter().map(|(node, pods)| (node, pods.as_slice()))
    }

    /// Returns the pods that want the volume on a node.
    pub fn pods(&self, node: &str) -> &[&'v Arc<Pod>] {
        self.nodes
            .iter()
            .find(|(name, _)| **name == *node)
            .map_or(&[], |(_, pods)| pods)
    }

    /// Returns the pods that want the volume on other nodes than this one.
    pub fn pods_except(&self, node: &str) -> Vec<&'v Arc<Pod>> {
        let others = self.nodes.iter().filter(|(name, _)| **name != *node);
        others.flat_map(|(_, pods)| pods.iter().copied()).collect()
    }

    /// Returns the handle by which the driver knows the volume.
    pub fn handle(&self) -> &str {
        self.handle
    }
}

/// Says whether a pod wants its volumes on its node: it is scheduled there, and something runs, or will
/// (`util.IsPodTerminated` is what ends it).
pub(super) fn wants_volumes(pod: &Pod) -> bool {
    let nothing_runs = pod
        .status
        .container_statuses
        .iter()
        .all(|status| status.state.terminated.is_some() || status.state.waiting.is_some());
    let ended = pod.status.phase.is_terminal() || pod.metadata.is_terminating() && nothing_runs;
    pod.is_scheduled() && !ended
}

/// Returns when a pod was scheduled, for putting pods in order.
fn came(pod: &Pod) -> (Option<crate::api::Time>, &Arc<str>) {
    let scheduled = condition::find(&pod.status.conditions, "PodScheduled");
    (scheduled.and_then(|c| c.last_transition_time), &pod.metadata.name)
}
