//! The rim: from text to trees, with located errors. It knows what Kubernetes *is*, and nothing of what an object *does*.
//!
//! ```text
//! Source ──read──▶ Reading ──────judge──────▶ Vec<Trouble>      file:line:column, caret, hint
//!                  │ documents: tree, value    (all of all files at once; one error refuses everything)
//!                  └ troubles: no YAML, tabs
//! Document ──words──▶ what kubectl and the API server say of it, for the kubectl window
//! value ──validate──▶ what the API server refuses in an object, wherever it came from
//! ```
//!
//! In reading order: `source`, `place`, `path` and `tree` are the nouns; `read` makes trees of texts; `schema` is the table
//! of what Kubernetes 1.36 knows; `orphan` puts back keys that have lost their indentation; `document` is one object;
//! `validate` holds the API server's rules; `judge` says what is wrong in words for a person; `words` in kubectl's own;
//! `patch` and `managed` are what the server makes of a change, and of who made it.
//!
//! Left out: objects of CustomResourceDefinitions are not checked against their schema, their metadata apart.

pub mod source;
pub mod place;
pub mod path;
pub mod tree;
pub mod trouble;
pub mod read;
pub mod schema;
pub mod orphan;
pub mod document;
pub mod validate;
pub mod judge;
pub mod words;
pub mod patch;
pub mod managed;
mod similar;
mod korean;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod stress;

pub use document::Document;
pub use judge::{Declared, Foreign, Policy, is_for_kubectl, judge, judge_document};
pub use korean::KOREAN;
pub use path::Path;
pub use place::Place;
pub use read::{Reading, read};
pub use schema::schema;
pub use similar::did_you_mean;
pub use source::Source;
pub use tree::Tree;
pub use trouble::{Rule, Severity, Trouble};
pub use validate::{FieldError, Verdict, validate};
