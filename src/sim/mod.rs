//! Time and chance: the world, its steps, its clock and its choosers.
//!
//! A [`World`] is plain data: clone it, compare it, save it. Everything that happens in it is a step, taken from one
//! queue; which of the steps that are due comes first is asked of a [`Chooser`], and nowhere else.

mod chance;
mod chooser;
mod cluster;
mod fault;
mod input;
mod kernel;
mod lane;
mod machines;
mod network;
mod outside;
mod perform;
mod queue;
mod recorder;
mod refusing;
mod run;
mod saved;
mod step;
mod story;
mod unchanged;
mod user;
mod world;

pub use chance::Chance;
pub use chooser::{Calm, Chooser, Script, Seeded};
pub use cluster::ClusterSpec;
pub use fault::Fault;
pub use input::{Input, Taken};
pub use network::Paths;
pub use queue::Due;
pub use refusing::Refusing;
pub use saved::Past;
pub use step::{Step, Who};
pub use story::{Happening, ImagesTold, Lang, Line, clock, images, misfortune, rule_words, told_of_images};
pub use world::World;

/// The version of the rules by which worlds go on.
///
/// It must be raised whenever the same inputs at the same instants with the same seed tell another story: what was saved
/// under other rules cannot be continued, and a replay would end elsewhere. `tests/determinism.rs` holds the stories of the
/// labs against accepted ones, and says when this number is to be raised.
pub const RULES_VERSION: u32 = 9;

#[cfg(test)]
mod tests;
