//! From text to trees: every key and value knows its line and column.
pub mod place;
pub mod source;
pub mod path;
pub mod tree;
pub mod trouble;
pub mod read;
pub mod schema;
