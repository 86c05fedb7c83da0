//! Claims about a world, each with its premise and its reason; shared by labs, property tests, search and book.
//!
//! A check shares no helper with what it judges (quantities and selectors apart): it looks at the world as a stranger
//! would, and says why not.

mod asked;
mod identity;
mod korean;
mod ordinals;
mod overfull;
mod rows;
mod writers;
mod zones;

pub use korean::KOREAN;

use crate::api::Key;
use crate::sim::World;

/// When a claim is meant to be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After every step.
    Always,
    /// Once nothing is due soon.
    Settled,
}

/// A claim about a world.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its name, as labs call it.
    pub name: &'static str,
    /// What it claims, in a sentence.
    pub claim: &'static str,
    /// Under what the claim is made; outside it, it may be broken without anybody being wrong.
    pub premise: &'static str,
    /// When it is meant to be so.
    pub when: When,
    /// Counts what the claim speaks of in a world: a claim about nothing holds, and proves nothing.
    pub meets: fn(&World) -> usize,
    /// Looks, and returns what was seen: `Ok` when the claim is so, `Err` with the reason when not. The key narrows the
    /// look to one object.
    pub holds: fn(&World, Option<&Key>) -> Result<String, String>,
}

/// All the checks.
pub const ALL: &[Check] = &[
    writers::CHECK,
    ordinals::CHECK,
    identity::CHECK,
    zones::CHECK,
    overfull::CHECK,
    rows::CHECK,
    asked::CHECK,
];

/// Returns the check of this name.
pub fn find(name: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.name == name)
}
