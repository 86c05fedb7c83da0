//! The window: verbs, tables and descriptions as kubectl words them.
