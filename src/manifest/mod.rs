//! From text to trees: every key and value knows its line and column.
