//! Scripts of choices: drawn, played, shrunk, and shown again.
//!
//! A [`Script`] is what a property test draws: misfortunes with the time between them, and the choices of the kernel. The
//! calm choice comes first everywhere, so that what fails shrinks into a short, quiet story. After the last misfortune
//! everything is mended, and the world must find its way.

mod met;
mod script;

pub use met::{Looks, MECHANISMS, Met};
pub use script::{Act, Broken, Played, Script, Set};
