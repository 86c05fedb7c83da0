//! Conditions: what is true of an object, since when, and why.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Text, Time};
use serde::{Deserialize, Serialize};

/// True, False, or nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConditionStatus {
    True,
    False,
    #[default]
    Unknown,
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

words! {
    /// One condition of a status.
    pub struct Condition {
        #[serde(rename = "type")]
        kind: Text = "".into(),
        status: ConditionStatus = ConditionStatus::Unknown,
        last_heartbeat_time: Option<Time>,
        last_probe_time: Option<Time>,
        last_update_time: Option<Time>,
        last_transition_time: Option<Time>,
        /// The generation of the object that the condition speaks of.
        observed_generation: i64,
        reason: Text,
        message: Text,
    }
}

impl Condition {
    /// Makes a condition that changed at `now`.
    pub fn new(
        kind: impl Into<Text>,
        status: impl Into<ConditionStatus>,
        reason: impl Into<Text>,
        message: impl Into<Text>,
        now: Time,
    ) -> Self {
        Self {
            kind: kind.into(),
            status: status.into(),
            reason: reason.into(),
            message: message.into(),
            last_transition_time: Some(now),
            ..Self::default()
        }
    }
}

/// Returns the condition of type `kind`, if it is there.
pub fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|c| c.kind == kind)
}

/// Says whether the condition of type `kind` is there and True.
pub fn is_true(conditions: &[Condition], kind: &str) -> bool {
    find(conditions, kind).is_some_and(|c| c.status == ConditionStatus::True)
}

/// Sets a condition by its type; the time of transition stays when the status does. Returns whether anything changed.
pub fn set(conditions: &mut Vec<Condition>, mut new: Condition) -> bool {
    let Some(old) = conditions.iter_mut().find(|c| c.kind == new.kind) else {
        conditions.push(new);
        return true;
    };
    if old.status == new.status {
        new.last_transition_time = old.last_transition_time;
    }
    let changed = *old != new;
    *old = new;
    changed
}
