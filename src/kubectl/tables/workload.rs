//! Deployments, ReplicaSets, StatefulSets, DaemonSets and their revisions.

use super::{Look, Row, containers, format_labels, format_selector};
use crate::api::Object;

pub(super) const DEPLOYMENT: &[(&str, bool)] = &[
    ("NAME", false),
    ("READY", false),
    ("UP-TO-DATE", false),
    ("AVAILABLE", false),
    ("AGE", false),
    ("CONTAINERS", true),
    ("IMAGES", true),
    ("SELECTOR", true),
];

pub(super) fn deployment(object: &Object, look: &Look<'_>) -> Row {
    let Object::Deployment(deployment) = object else {
        return vec![];
    };
    let (spec, status) = (&deployment.spec, &deployment.status);
    let [names, images] = containers(&spec.template.spec.containers);
    vec![
        deployment.metadata.name.to_string(),
        format!("{}/{}", status.ready_replicas, spec.replicas),
        status.updated_replicas.to_string(),
        status.available_replicas.to_string(),
        look.age(object),
        names,
        images,
        format_selector(&spec.selector),
    ]
}

pub(super) const REPLICA_SET: &[(&str, bool)] = &[
    ("NAME", false),
    ("DESIRED", false),
    ("CURRENT", false),
    ("READY", false),
    ("AGE", false),
    ("CONTAINERS", true),
    ("IMAGES", true),
    ("SELECTOR", true),
];

pub(super) fn replica_set(object: &Object, look: &Look<'_>) -> Row {
    let Object::ReplicaSet(set) = object else { return vec![] };
    let [names, images] = containers(&set.spec.template.spec.containers);
    vec![
        set.metadata.name.to_string(),
        set.spec.replicas.to_string(),
        set.status.replicas.to_string(),
        set.status.ready_replicas.to_string(),
        look.age(object),
        names,
        images,
        format_selector(&set.spec.selector),
    ]
}

pub(super) const STATEFUL_SET: &[(&str, bool)] = &[
    ("NAME", false),
    ("READY", false),
    ("AGE", false),
    ("CONTAINERS", true),
    ("IMAGES", true),
];

pub(super) fn stateful_set(object: &Object, look: &Look<'_>) -> Row {
    let Object::StatefulSet(set) = object else {
        return vec![];
    };
    let [names, images] = containers(&set.spec.template.spec.containers);
    vec![
        set.metadata.name.to_string(),
        format!("{}/{}", set.status.ready_replicas, set.spec.replicas),
        look.age(object),
        names,
        images,
    ]
}

pub(super) const DAEMON_SET: &[(&str, bool)] = &[
    ("NAME", false),
    ("DESIRED", false),
    ("CURRENT", false),
    ("READY", false),
    ("UP-TO-DATE", false),
    ("AVAILABLE", false),
    ("NODE SELECTOR", false),
    ("AGE", false),
    ("CONTAINERS", true),
    ("IMAGES", true),
    ("SELECTOR", true),
];

pub(super) fn daemon_set(object: &Object, look: &Look<'_>) -> Row {
    let Object::DaemonSet(set) = object else { return vec![] };
    let status = &set.status;
    let [names, images] = containers(&set.spec.template.spec.containers);
    vec![
        set.metadata.name.to_string(),
        status.desired_number_scheduled.to_string(),
        status.current_number_scheduled.to_string(),
        status.number_ready.to_string(),
        status.updated_number_scheduled.to_string(),
        status.number_available.to_string(),
        format_labels(&set.spec.template.spec.node_selector),
        look.age(object),
        names,
        images,
        format_selector(&set.spec.selector),
    ]
}

pub(super) const REVISION: &[(&str, bool)] = &[
    ("NAME", false),
    ("CONTROLLER", false),
    ("REVISION", false),
    ("AGE", false),
];

pub(super) fn revision(object: &Object, look: &Look<'_>) -> Row {
    let Object::ControllerRevision(revision) = object else {
        return vec![];
    };
    let controller = revision.metadata.controller().map_or("<none>".to_owned(), |owner| {
        let group = owner.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        super::super::names::resource(&owner.kind.to_lowercase(), group, &owner.name)
    });
    vec![
        revision.metadata.name.to_string(),
        controller,
        revision.revision.to_string(),
        look.age(object),
    ]
}

/// The row of a workload's `Scale`: what is wished, and what there is.
pub(super) fn scale(object: &Object, look: &Look<'_>) -> Row {
    let tree = object.to_value();
    let number = |path: &str| tree.pointer(path).and_then(|n| n.as_i64()).unwrap_or(0).to_string();
    vec![
        object.meta().name.to_string(),
        number("/spec/replicas"),
        number("/status/replicas"),
        look.age(object),
    ]
}
