//! The book's preprocessor: transcripts that are run, not typed.
//!
//! A chapter holds directives (`book/README.md` lists them); [`expand`] puts in their place what a [`Player`] plays.
//! Nothing here knows a chapter, or how a lab is played.

mod accepted;
mod directive;
mod draw;
mod expand;
mod press;
mod simulator;

pub use accepted::{Accepted, Difference};
pub use directive::{Directive, Piece, pieces};
pub use draw::draw;
pub use expand::{Expander, Player, Printed};
pub use press::{books, build, preprocess};
pub use simulator::Simulator;

#[cfg(test)]
mod tests;
