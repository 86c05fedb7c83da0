//! A step: something that happened, and the step that caused it.

use crate::actors::ActorId;
use crate::api::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who took a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// The beginning of the world.
    Beginning,
    /// A person, with these words.
    Person(Arc<str>),
    /// Misfortune, in these words.
    Fault(Arc<str>),
    /// A component.
    Actor(ActorId),
    /// The programs on a machine.
    Machine(Arc<str>),
    /// A client outside the cluster, by its place.
    Client(u32),
}

/// A step; its number is its place among the steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When it was taken.
    pub at: Time,
    /// The number of the step that caused it; the beginning causes itself.
    pub cause: u32,
    /// Who took it.
    pub who: Who,
}
