//! When the controller stops believing in a node, and what it writes then.

use super::ready;
use crate::actors::View;
use crate::api::{Condition, ConditionStatus, Node, Time, condition};

/// The conditions that nobody knows any more when a node is silent.
const CONDITIONS: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/// Returns the first instant from `at` on at which the controller looks at all nodes.
pub(super) fn tick(view: &View<'_>, at: Time) -> Time {
    let period = view.settings.node_monitor_period.max(1);
    let passed = (at - Time::EPOCH).rem_euclid(period);
    if passed == 0 { at } else { at + (period - passed) }
}

/// Returns when the controller will have heard nothing of a node for too long, or has; None when there is nothing to
/// doubt, or nothing left to (`tryUpdateNodeHealth`).
///
/// The controller knows of a heartbeat when it looks, not when it was sent: so the patience begins at that look, and
/// ends at another.
pub(super) fn doubted_at(view: &View<'_>, node: &Node, began: Time) -> Option<Time> {
    if ready(node) == Some(ConditionStatus::Unknown) {
        return None;
    }
    let settings = view.settings;
    let (heard, patience) = match view.cloud.machines.get(&node.metadata.name) {
        Some(machine) if machine.is_heard() => return None,
        Some(machine) => (
            machine.last_heartbeat(view.now, settings.lease_period),
            settings.node_monitor_grace_period,
        ),
        None => (
            node.metadata.creation_timestamp.unwrap_or(began),
            settings.node_startup_grace_period,
        ),
    };
    Some(tick(view, tick(view, heard.max(began)) + patience))
}

/// Returns a node of which nobody knows anything any more.
pub(super) fn unknown(node: &Node, now: Time) -> Node {
    let mut unknown = node.clone();
    for kind in CONDITIONS {
        let old = condition::find(&node.status.conditions, kind);
        let new = match old {
            Some(old) => Condition {
                status: ConditionStatus::Unknown,
                reason: "NodeStatusUnknown".into(),
                message: "Kubelet stopped posting node status.".into(),
                last_transition_time: Some(now),
                ..old.clone()
            },
            None => Condition {
                last_heartbeat_time: node.metadata.creation_timestamp,
                ..Condition::new(
                    kind,
                    ConditionStatus::Unknown,
                    "NodeStatusNeverUpdated",
                    "Kubelet never posted node status.",
                    now,
                )
            },
        };
        condition::set(&mut unknown.status.conditions, new);
    }
    unknown
}
