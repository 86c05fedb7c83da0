//! Who manages which field: `metadata.managedFields`, and server-side apply on top of it.
//!
//! All on values, and all as the API server does it (k8s.io/apimachinery, `pkg/util/managedfields`, with
//! sigs.k8s.io/structured-merge-diff below it). In reading order: `set` is a set of fields, as FieldsV1 writes it;
//! `markers` and `topology` say which lists are maps, and what is owned as a whole; `compare` tells two objects apart field by field;
//! `merge` lays one over another and takes fields away; `managers` are the entries of `managedFields`; [`update`] is what
//! every write does to them; [`apply`] is a write that says all that its manager wants; `conflict` is its refusal, and `faults` what else is wrong with it;
//! [`migrate`] turns a client-side applier into a server-side one.
//!
//! Left out: entries of an older apiVersion are read as if they were of the object's own; of more than ten managers that
//! update, the server folds the oldest into one (`ancient-changes`), and pglab keeps them all.

mod set;
mod markers;
mod topology;
mod compare;
mod merge;
mod managers;
mod update;
mod apply;
mod faults;
mod conflict;
mod migrate;

#[cfg(test)]
mod tests;

pub use apply::{Apply, apply, brings_managers};
pub use conflict::Conflicts;
pub use faults::{duplicates, typed_path};
pub use managers::{Entry, Managers, Operation};
pub use migrate::{is_applied, migrate};
pub use set::Set;
pub use update::{Writer, update};

use serde_json::Value;

/// Where the entries stand in an object.
const FIELD: &str = "managedFields";

/// Returns the entries of an object, as they are written there.
fn written(object: &Value) -> Option<&Value> {
    object.get("metadata")?.get(FIELD)
}

/// Returns an object without its entries, and without what another resource of the server's writes: its status, or all
/// but that (the `resetFields` of the registry's strategies).
fn managed_part(object: &Value, subresource: &str) -> Value {
    let Value::Object(all) = object else {
        return Value::Object(serde_json::Map::new());
    };
    let mut part = all.clone();
    part.retain(|field, _| (field == "status") == (subresource == "status"));
    if let Some(metadata) = part.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove(FIELD);
    }
    Value::Object(part)
}
