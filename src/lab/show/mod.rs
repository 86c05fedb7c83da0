//! How a play looks: for a person, or for a program.

mod json;
mod markdown;
mod text;

pub use json::Json;
pub use text::{Look, Screenplay};
