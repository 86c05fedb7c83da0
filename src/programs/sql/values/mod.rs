//! Values: their types, how they are read, printed, compared and turned into one another.
//!
//! Each value lives in SQLite in a form that a curious eye can read: integers, floats and bytes as such, everything
//! else as the text that PostgreSQL prints.

mod types;
pub mod array;
pub mod calendar;
pub mod collation;
pub mod datetime;
pub mod decimal;
pub mod float;
pub mod interval;
pub mod json;
pub mod convert;

pub use types::{Base, Category, ColumnType, Modifier, Type};
