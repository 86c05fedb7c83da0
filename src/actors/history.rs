//! Revisions of a template, as StatefulSets and DaemonSets keep them (pkg/controller/history/controller_history.go).

use super::View;
use super::owners::{self, Bond};
use crate::api::{ControllerRevision, LabelSelector, PodTemplate, Resource, hash};
use serde_json::{Value, json};

/// The label that holds the hash of a revision.
pub(super) const HASH: &str = "controller.kubernetes.io/hash";

/// Returns the revisions of a workload that are there.
pub(super) fn of(view: &View<'_>, owner: &impl Resource, selector: &LabelSelector) -> Vec<ControllerRevision> {
    let is_own = |revision: &ControllerRevision| {
        let matches = owners::selects(selector, &revision.metadata);
        owners::bond(&revision.metadata, owner.meta(), matches) == Bond::Own
    };
    let all = view.owned::<ControllerRevision>(owner.meta().uid);
    all.filter(|revision| is_own(revision))
        .map(|revision| (**revision).clone())
        .collect()
}

/// Sorts revisions, the oldest first.
pub(super) fn sort(revisions: &mut [ControllerRevision]) {
    revisions.sort_by_key(|r| (r.revision, r.metadata.creation_timestamp, r.metadata.name.clone()));
}

/// Returns the patch that restores a template.
pub(super) fn data_of(template: &PodTemplate) -> Value {
    let mut template = serde_json::to_value(template).expect("an object of the API is always JSON");
    template["$patch"] = "replace".into();
    json!({"spec": {"template": template}})
}

/// Returns the template that a patch restores.
pub(super) fn template_in(data: &Value) -> Option<PodTemplate> {
    let mut template = data.get("spec")?.get("template")?.clone();
    template.as_object_mut()?.remove("$patch");
    serde_json::from_value(template).ok()
}

/// Returns a new revision of a workload, named after the workload and the hash of the data.
pub(super) fn new(
    owner: &impl Resource,
    template: &PodTemplate,
    data: Value,
    number: i64,
    collisions: i64,
) -> ControllerRevision {
    let hash = hash::revision_hash(&data, collisions);
    let mut revision = ControllerRevision {
        data,
        revision: number,
        ..ControllerRevision::default()
    };
    let meta = owner.meta();
    let prefix: String = meta.name.chars().take(223).collect();
    revision.metadata.name = format!("{prefix}-{hash}").into();
    revision.metadata.namespace = meta.namespace.clone();
    revision.metadata.labels = template.metadata.labels.clone();
    revision.metadata.labels.set(HASH, hash);
    revision.metadata.annotations = meta.annotations.clone();
    revision.metadata.owner_references = vec![owner.as_controller()];
    revision
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_comes_back_from_its_patch_as_it_was() {
        let mut template = PodTemplate::default();
        template.metadata.labels.set("app", "db");
        template.rest.set("x", json!(1));
        assert_eq!(template_in(&data_of(&template)), Some(template));
        assert_eq!(template_in(&Value::Null), None);
    }
}
