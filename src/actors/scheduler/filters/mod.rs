//! The filters: each says of one node whether the pod may run there. One plugin a file.

pub mod node_unschedulable;
pub mod node_name;
pub mod taint_toleration;
pub mod node_affinity;
pub mod node_ports;
pub mod node_resources_fit;
pub mod volume_restrictions;
pub mod node_volume_limits;
pub mod volume_binding;
pub mod volume_zone;
pub mod pod_topology_spread;
pub mod inter_pod_affinity;

use super::cache::Core;
use super::cache::node::{NodeInfo, Placed};
use super::cache::scratch::Scratch;
use super::cache::tree::Slot;
use super::plugin::{Plugin, Verdict};
use super::shape::Shape;
use super::volumes::Volumes;
use crate::actors::View;
use crate::api::{Node, Pod};
use inter_pod_affinity::Nearness;
use pod_topology_spread::Skews;
use std::sync::Arc;
use volume_binding::PodClaims;
use volume_zone::ZoneLabel;

/// A node as a filter looks at it: as it is, or as it would be without some pods or with some more.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// Its place.
    pub slot: Slot,
    /// The node with its pods.
    pub info: &'a NodeInfo,
    /// The node.
    pub node: &'a Node,
    /// The pods that are imagined gone; `info` is without them already.
    pub minus: &'a [Arc<Placed>],
    /// The pods that are imagined there; `info` is with them already.
    pub plus: &'a [Arc<Placed>],
}

/// What the filters know of the pod and of the whole cluster before they look at nodes (the cycle state).
pub struct Filtering<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// What it asks for.
    pub shape: &'a Shape,
    /// The nodes and pods.
    pub core: &'a Core,
    /// The API as the scheduler sees it.
    pub view: View<'a>,
    /// Claims and volumes.
    pub volumes: &'a Volumes,
    /// The pod's claims.
    pub claims: PodClaims,
    /// The zones of its volumes.
    zones: Vec<ZoneLabel>,
    /// How its hard constraints stand.
    skews: Skews,
    /// How it stands to other pods.
    nearness: Nearness,
}

/// Why a pod is turned away before any node was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// Who.
    pub plugin: Plugin,
    /// In which words.
    pub message: String,
}

impl<'a> Filtering<'a> {
    /// Runs what comes before the filters (`RunPreFilterPlugins`). The order in which plugins may turn the pod away is
    /// theirs.
    pub fn new(
        pod: &'a Pod,
        shape: &'a Shape,
        core: &'a Core,
        scratch: &mut Scratch,
        view: View<'a>,
        volumes: &'a Volumes,
    ) -> Result<Self, TurnedAway> {
        let turned_away = |plugin| move |message| TurnedAway { plugin, message };
        node_affinity::before(pod).map_err(turned_away(Plugin::NodeAffinity))?;
        volume_restrictions::before(pod, &view, volumes).map_err(turned_away(Plugin::VolumeRestrictions))?;
        let claims = PodClaims::of(pod, &view, volumes).map_err(turned_away(Plugin::VolumeBinding))?;
        let zones = volume_zone::before(pod, &view, volumes).map_err(turned_away(Plugin::VolumeZone))?;
        let skews = Skews::new(pod, shape, core, scratch);
        let nearness = Nearness::new(shape, core, scratch, &view);
        Ok(Self {
            pod,
            shape,
            core,
            view,
            volumes,
            claims,
            zones,
            skews,
            nearness,
        })
    }

    /// Asks one plugin about a node.
    pub fn ask(&self, plugin: Plugin, site: &Site<'_>) -> Verdict {
        match plugin {
            Plugin::NodeUnschedulable => node_unschedulable::check(self.pod, site.node),
            Plugin::NodeName => node_name::check(self.pod, site.node),
            Plugin::TaintToleration => taint_toleration::check(self.pod, site.node),
            Plugin::NodeAffinity => node_affinity::check(self.pod, site.node),
            Plugin::NodePorts => node_ports::check(&self.shape.ports, site.info),
            Plugin::NodeResourcesFit => node_resources_fit::check(&self.shape.request, site.info),
            Plugin::VolumeRestrictions => volume_restrictions::check(self, site),
            Plugin::NodeVolumeLimits => node_volume_limits::check(self, site),
            Plugin::VolumeBinding => volume_binding::check(self, site.node),
            Plugin::VolumeZone => volume_zone::check(&self.zones, site.node),
            Plugin::PodTopologySpread => self.skews.check(self.shape, site),
            Plugin::InterPodAffinity => self.nearness.check(self.shape, site),
            // These two only score.
            Plugin::NodeResourcesBalancedAllocation | Plugin::ImageLocality => Ok(()),
        }
    }

    /// Asks all plugins about a node, in their order, until one turns the pod away.
    pub fn check(&self, site: &Site<'_>) -> Verdict {
        Plugin::FILTERS
            .into_iter()
            .try_for_each(|plugin| self.ask(plugin, site))
    }
}

/// Asks the plugins that look at nothing but the node and what is on it, in their order.
pub fn check_node_alone(pod: &Pod, shape: &Shape, info: &NodeInfo, node: &Node) -> Verdict {
    node_unschedulable::check(pod, node)?;
    node_name::check(pod, node)?;
    taint_toleration::check(pod, node)?;
    node_affinity::check(pod, node)?;
    node_ports::check(&shape.ports, info)?;
    node_resources_fit::check(&shape.request, info)
}
