//! Texts to trees.
pub mod split;
pub mod yaml;
pub mod scalar;
pub mod tabs;
pub mod json;
pub mod fault;
mod diagnose;
mod indentation;
