//! Who writes: every write of kubectl's names its field manager, and the entries of `metadata.managedFields` go along.
//!
//! On a real cluster the API server keeps them, for whoever writes. Here only what a person writes is noted: controllers,
//! the scheduler and the kubelets leave the entries as they are, so that a thousand pods of a Deployment carry none. What
//! they write has no owner, and an apply meets no conflict about it; of an object that they have made, and that nobody has
//! touched since, all belongs to `before-first-apply`, as on a server that had not kept entries before.

use super::call::Call;
use super::subresource::Subresource;
use crate::api::{ManagedFields, Object};
use crate::manifest::managed::{Managers, Writer, update};
use crate::store::{self, Refusal};
use serde_json::Value;

/// The manager of a request that names none: the first word of the client's user agent.
pub const KUBECTL: &str = "kubectl";

/// Returns the manager under which a verb writes, unless `--field-manager` names another: the defaults of kubectl's flag,
/// and the user agent for verbs that have no such flag.
pub fn default_manager(verb: &str) -> String {
    match verb.split(' ').next().unwrap_or(verb) {
        _ if ["apply set-last-applied", "rollout undo"].contains(&verb) => KUBECTL.to_owned(),
        "apply" | "diff" => "kubectl-client-side-apply".to_owned(),
        group @ ("annotate" | "autoscale" | "create" | "edit" | "expose" | "label" | "patch" | "replace"
        | "rollout" | "run" | "set" | "taint") => format!("kubectl-{group}"),
        _ => KUBECTL.to_owned(),
    }
}

impl Call<'_> {
    /// Returns the manager under which this call writes.
    pub fn manager(&self) -> String {
        match self.flags.text("field-manager") {
            // Without a name the server takes the user agent's.
            Some("") => KUBECTL.to_owned(),
            Some(name) => name.to_owned(),
            // The default of a server-side apply (kubectl's `GetApplyFieldManagerFlag`).
            None if self.flags.is_set("server-side") => KUBECTL.to_owned(),
            None => default_manager(self.verb),
        }
    }

    /// Returns a new object with its entries.
    pub fn sign_new(&self, object: Object) -> Object {
        self.sign_as(Value::Null, object, "")
    }

    /// Returns a changed object with its entries; `part` is the subresource that is written.
    pub fn sign(&self, old: &Object, new: Object, part: Option<Subresource>) -> Object {
        let part = match part {
            None => "",
            Some(Subresource::Status) => "status",
            Some(Subresource::Scale) => "scale",
        };
        self.sign_as(old.to_value(), new, part)
    }

    fn sign_as(&self, old: Value, new: Object, subresource: &str) -> Object {
        let kind = new.kind();
        let (manager, now) = (self.manager(), self.now().to_string());
        let writer = Writer {
            manager: &manager,
            subresource,
            api_version: &kind.api_version(),
            kind: kind.name(),
            now: &now,
        };
        // What is filled in for a writer is its own, as if it had written it.
        let mut filled = new.clone();
        match old.is_null() {
            true => store::fill_in(&mut filled),
            false => store::refill(&mut filled),
        }
        let managers = update(&old, &filled.to_value(), &writer);
        with_managers(new, &managers)
    }

    /// Creates an object.
    pub fn create(&mut self, object: Object) -> Result<Object, Refusal> {
        let signed = self.sign_new(object);
        self.cluster.create(signed)
    }
}

/// Returns an object with these entries in the place of its own.
pub fn with_managers(mut object: Object, managers: &Managers) -> Object {
    object.meta_mut().managed_fields = ManagedFields::new(&managers.to_value());
    object
}

/// Says whether two objects are the same but for the times of their entries: then nothing was written
/// (`IgnoreManagedFieldsTimestampsTransformer`).
pub fn differ_in_times_only(old: &Object, new: &Object) -> bool {
    let timeless = |object: &Object| {
        let mut managers = Managers::read(&object.meta().managed_fields.entries()).unwrap_or_default();
        managers.0.iter_mut().for_each(|entry| entry.time.clear());
        with_managers(object.clone(), &managers)
    };
    old == new || timeless(old) == timeless(new)
}
