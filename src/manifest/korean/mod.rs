//! What is wrong with a manifest, in Korean. What the API server says of a value in its own words stays as it is.

mod objects;
mod text;

use crate::tongue::Table;

/// What is wrong, and what to do about it.
pub const KOREAN: Table = Table(&[text::TEXT, objects::OBJECTS]);
