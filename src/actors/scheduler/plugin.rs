//! The plugins of the scheduling framework, in the order in which they run, and what one says when it turns a pod away.

use crate::api::Text;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A plugin of the default profile (pkg/scheduler/apis/config/v1/default_plugins.go), in its order.
///
/// Left out: DynamicResources (no resource claims are simulated; only its words in messages remain) and the plugins that
/// have nothing to judge here (NodeDeclaredFeatures, GangScheduling).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the variants bear the plugins' own names")]
pub enum Plugin {
    NodeUnschedulable,
    NodeName,
    TaintToleration,
    NodeAffinity,
    NodePorts,
    NodeResourcesFit,
    VolumeRestrictions,
    NodeVolumeLimits,
    VolumeBinding,
    VolumeZone,
    PodTopologySpread,
    InterPodAffinity,
    NodeResourcesBalancedAllocation,
    ImageLocality,
}

impl Plugin {
    /// The plugins that filter nodes, in their order.
    pub const FILTERS: [Plugin; 12] = [
        Self::NodeUnschedulable,
        Self::NodeName,
        Self::TaintToleration,
        Self::NodeAffinity,
        Self::NodePorts,
        Self::NodeResourcesFit,
        Self::VolumeRestrictions,
        Self::NodeVolumeLimits,
        Self::VolumeBinding,
        Self::VolumeZone,
        Self::PodTopologySpread,
        Self::InterPodAffinity,
    ];
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A set of plugins.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugins(u16);

impl Plugins {
    /// Adds a plugin.
    pub fn insert(&mut self, plugin: Plugin) {
        self.0 |= 1 << plugin as u16;
    }

    /// Says whether the plugin is in the set.
    pub fn contains(self, plugin: Plugin) -> bool {
        self.0 & (1 << plugin as u16) != 0
    }

    /// Returns the plugins that filter and are in the set, in their order.
    pub fn iter(self) -> impl Iterator<Item = Plugin> {
        Plugin::FILTERS.into_iter().filter(move |plugin| self.contains(*plugin))
    }
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Why a plugin turns a pod away from a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Who.
    pub plugin: Plugin,
    /// Whether the removal of other pods could change it (`Unschedulable`, else `UnschedulableAndUnresolvable`).
    pub resolvable: bool,
    /// Why, each reason in the plugin's own words.
    pub reasons: Vec<Text>,
}

/// What a plugin says of a node.
pub type Verdict = Result<(), Rejection>;

impl Plugin {
    /// Turns a pod away for a reason that the removal of other pods could change.
    pub fn rejects(self, reason: impl Into<Text>) -> Verdict {
        Err(Rejection {
            plugin: self,
            resolvable: true,
            reasons: vec![reason.into()],
        })
    }

    /// Turns a pod away for a reason that no removal of pods changes.
    pub fn rejects_for_good(self, reason: impl Into<Text>) -> Verdict {
        Err(Rejection {
            plugin: self,
            resolvable: false,
            reasons: vec![reason.into()],
        })
    }
}
