//! What happens in the cluster that could help a pod that waits: the queueing hints of the plugins.
//!
//! Each plugin says for which happenings it wants to be asked (`EventsToRegister`), and whether one of them may make a
//! pod fit that it has turned down.

use super::cache::amounts::Amounts;
use super::cache::ports::host_ports;
use super::filters::{node_resources_fit, node_unschedulable, taint_toleration};
use super::node_match::meets_requirements;
use super::plugin::{Plugin, Plugins};
use super::spread::Spreading;
use super::term::{Wish, terms_of};
use crate::actors::View;
use crate::api::{CsiNode, Namespace, Node, PersistentVolumeClaim, Pod, StorageClass};
use std::sync::Arc;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Happening<'a> {
    /// A pod came to a node.
    PodCame(&'a Pod),
    /// The labels or requests of a pod on a node changed.
    PodChanged(&'a Pod, &'a Pod),
    /// A pod left its node.
    PodLeft(&'a Pod),
    /// A node came.
    NodeCame(&'a Node),
    /// A node changed.
    NodeChanged(&'a Node, &'a Node),
    /// A node went.
    NodeLeft,
    /// A claim came or changed.
    Claim(&'a PersistentVolumeClaim),
    /// A volume came or changed.
    Volume,
    /// A class came or changed.
    Class(Option<&'a StorageClass>, &'a StorageClass),
    /// The drivers of a node came or changed.
    Drivers(Option<&'a CsiNode>, &'a CsiNode),
    /// A volume was detached.
    Detached,
}

impl Happening<'_> {
    /// Returns the plugins that want to be asked.
    pub fn interests(self) -> Plugins {
        use Plugin::{
            InterPodAffinity, NodeAffinity, NodeName, NodePorts, NodeResourcesFit, NodeUnschedulable, NodeVolumeLimits,
            PodTopologySpread, TaintToleration, VolumeBinding, VolumeRestrictions, VolumeZone,
        };
        let asked: &[Plugin] = match self {
            Self::PodCame(_) => &[PodTopologySpread, InterPodAffinity],
            Self::PodChanged(..) => &[PodTopologySpread, InterPodAffinity, NodeResourcesFit],
            Self::PodLeft(_) => &[
                NodePorts,
                NodeResourcesFit,
                VolumeRestrictions,
                NodeVolumeLimits,
                PodTopologySpread,
                InterPodAffinity,
            ],
            Self::NodeCame(_) => &[
                NodeUnschedulable,
                NodeName,
                TaintToleration,
                NodeAffinity,
                NodePorts,
                NodeResourcesFit,
                VolumeBinding,
                VolumeZone,
                PodTopologySpread,
                InterPodAffinity,
            ],
            Self::NodeChanged(..) => &[
                NodeUnschedulable,
                TaintToleration,
                NodeAffinity,
                NodeResourcesFit,
                VolumeBinding,
                VolumeZone,
                PodTopologySpread,
                InterPodAffinity,
            ],
            Self::NodeLeft => &[PodTopologySpread],
            Self::Claim(_) => &[VolumeRestrictions, NodeVolumeLimits, VolumeBinding, VolumeZone],
            Self::Volume => &[VolumeBinding, VolumeZone],
            Self::Class(..) => &[VolumeBinding, VolumeZone],
            Self::Drivers(..) => &[NodeVolumeLimits, VolumeBinding],
            Self::Detached => &[NodeVolumeLimits],
        };
        let mut plugins = Plugins::default();
        for plugin in asked {
            plugins.insert(*plugin);
        }
        plugins
    }

    /// Says whether what happened may help a pod that a plugin has turned down.
    pub fn may_help(self, plugin: Plugin, pod: &Pod, view: &View<'_>) -> bool {
        match self {
            Self::PodCame(other) => concerns(plugin, pod, other, view),
            Self::PodChanged(before, after) => {
                if plugin == Plugin::NodeResourcesFit {
                    return asks_for_less(before, after);
                }
                before.metadata.labels != after.metadata.labels
                    && (concerns(plugin, pod, before, view) || concerns(plugin, pod, after, view))
            }
            Self::PodLeft(other) => match plugin {
                Plugin::NodePorts => {
                    let (wanted, freed) = (host_ports(&pod.spec), host_ports(&other.spec));
                    wanted.iter().any(|port| freed.iter().any(|f| f.conflicts(port)))
                }
                Plugin::VolumeRestrictions => {
                    pod.metadata.namespace == other.metadata.namespace
                        && pod.claims().any(|claim| other.claims().any(|c| c == claim))
                }
                Plugin::NodeVolumeLimits => other.claims().next().is_some(),
                Plugin::PodTopologySpread | Plugin::InterPodAffinity => concerns(plugin, pod, other, view),
                _ => true,
            },
            Self::NodeCame(node) => suits(plugin, pod, node),
            Self::NodeChanged(before, after) => {
                suits(plugin, pod, after) && (!suits(plugin, pod, before) || still_helps(plugin, pod, before, after))
            }
            Self::Claim(claim) => {
                let own = |name: std::borrow::Cow<'_, str>| *name == *claim.metadata.name;
                pod.metadata.namespace == claim.metadata.namespace && pod.claims().any(own)
            }
            Self::Class(before, after) => {
                before.is_none_or(|before| before.allowed_topologies != after.allowed_topologies)
            }
            Self::Drivers(before, after) => before.is_none_or(|before| before.spec != after.spec),
            Self::NodeLeft | Self::Volume | Self::Detached => true,
        }
    }
}

/// Says whether a pod was scaled down in place.
fn asks_for_less(before: &Pod, after: &Pod) -> bool {
    if Arc::ptr_eq(&before.spec, &after.spec) {
        return false;
    }
    let (before, after) = (Amounts::of_pod(&before.spec), Amounts::of_pod(&after.spec));
    after.cpu_milli < before.cpu_milli || after.memory < before.memory || after.ephemeral < before.ephemeral
}

/// Says whether another pod matters to the wishes that a pod has about others.
fn concerns(plugin: Plugin, pod: &Pod, other: &Pod, view: &View<'_>) -> bool {
    let meta = &other.metadata;
    if plugin == Plugin::PodTopologySpread {
        let spreading = Spreading::of(pod, None);
        return spreading
            .hard
            .iter()
            .any(|c| c.selection.matches(&meta.namespace, &meta.labels));
    }
    let own = terms_of(pod, view);
    let mut required = own.iter().filter(|term| !matches!(term.wish, Wish::Prefers(_)));
    if required.any(|term| term.selection.matches(&meta.namespace, &meta.labels)) {
        return true;
    }
    // The other may have wanted this one away.
    let namespace = view.get::<Namespace>("", &pod.metadata.namespace);
    let labels = namespace.map(|n| &n.metadata.labels);
    let theirs = terms_of(other, view);
    let mut away = theirs.iter().filter(|term| term.wish == Wish::MustBeAway);
    away.any(|term| term.means(&pod.metadata.namespace, labels, &pod.metadata.labels))
}

/// Says whether, by what one plugin sees of a node alone, the pod could run there.
fn suits(plugin: Plugin, pod: &Pod, node: &Node) -> bool {
    match plugin {
        Plugin::NodeUnschedulable => node_unschedulable::check(pod, node).is_ok(),
        Plugin::TaintToleration => taint_toleration::check(pod, node).is_ok(),
        Plugin::NodeAffinity => meets_requirements(pod, node),
        Plugin::NodeResourcesFit => {
            let mut info = super::cache::node::NodeInfo::default();
            info.set_node(&Arc::new(node.clone()));
            node_resources_fit::check(&Amounts::of_pod(&pod.spec), &info).is_ok()
        }
        _ => true,
    }
}

/// Says whether a change of a node helps though the node suited before.
fn still_helps(plugin: Plugin, pod: &Pod, before: &Node, after: &Node) -> bool {
    let relabelled = before.metadata.labels != after.metadata.labels;
    match plugin {
        Plugin::NodeResourcesFit => {
            let wanted = |name: &String| !pod.spec.request(name).is_zero() || name == "pods";
            let more = |(name, amount): (&String, &crate::api::Quantity)| {
                wanted(name) && before.status.allocatable.get(name).is_none_or(|had| had < amount)
            };
            after.status.allocatable.iter().any(more)
        }
        Plugin::VolumeBinding | Plugin::VolumeZone | Plugin::InterPodAffinity => relabelled,
        Plugin::PodTopologySpread => {
            relabelled
                || before.spec.taints != after.spec.taints
                || before.spec.unschedulable != after.spec.unschedulable
        }
        _ => false,
    }
}
