//! Deployments, ReplicaSets, StatefulSets and DaemonSets.

use super::page::{Page, date, selector};
use super::{container, pod, storage, volume};
use crate::api::{
    Condition, DaemonSet, Deployment, LabelSelector, Phase, Pod, PodTemplate, ReplicaSet, StatefulSet, Uid,
};
use crate::kubectl::tables::{Look, format_labels, format_selector};
use std::sync::Arc;

/// Writes a pod template (`DescribePodTemplate`).
pub(super) fn template(page: &mut Page, template: &PodTemplate) {
    let spec = &template.spec;
    page.line(0, "Pod Template:");
    page.labels("  Labels", template.metadata.labels.iter());
    if !template.metadata.annotations.is_empty() {
        page.annotations("  Annotations", &template.metadata);
    }
    if !spec.service_account_name.is_empty() {
        page.field(1, "Service Account", &spec.service_account_name);
    }
    if !spec.init_containers.is_empty() {
        container::containers(page, "Init Containers", &spec.init_containers, &[], None, "  ");
    }
    container::containers(page, "Containers", &spec.containers, &[], None, "  ");
    volume::volumes(page, &spec.volumes, "  ");
    pod::spread(page, &spec.topology_spread_constraints, "  ");
    if !spec.priority_class_name.is_empty() {
        page.field(1, "Priority Class Name", &spec.priority_class_name);
    }
    pod::placement(page, spec, "  ");
}

pub(super) fn deployment(page: &mut Page, deployment: &Deployment, look: &Look<'_>) {
    let (meta, spec, status) = (&deployment.metadata, &deployment.spec, &deployment.status);
    page.name(meta);
    page.field(0, "CreationTimestamp", date(meta.creation_timestamp));
    page.marks(meta);
    page.field(0, "Selector", selector(&spec.selector));
    page.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            spec.replicas,
            status.updated_replicas,
            status.replicas,
            status.available_replicas,
            status.unavailable_replicas
        ),
    );
    page.field(0, "StrategyType", &spec.strategy.kind);
    page.field(0, "MinReadySeconds", spec.min_ready_seconds);
    if let Some(rolling) = &spec.strategy.rolling_update {
        let text = format!(
            "{} max unavailable, {} max surge",
            rolling.max_unavailable, rolling.max_surge
        );
        page.field(0, "RollingUpdateStrategy", text);
    }
    template(page, &spec.template);
    conditions(page, &status.conditions);
    let mut sets: Vec<&Arc<ReplicaSet>> = look
        .store
        .list::<ReplicaSet>(&meta.namespace)
        .filter(|set| set.metadata.is_controlled_by(meta.uid))
        .collect();
    if sets.is_empty() {
        return;
    }
    sets.sort_by(|a, b| {
        let key = |set: &ReplicaSet| (set.metadata.creation_timestamp, set.metadata.name.clone());
        key(a).cmp(&key(b))
    });
    let new = sets
        .iter()
        .position(|set| same_template(&set.spec.template, &spec.template));
    let new = new.map(|at| sets.remove(at));
    page.field(0, "OldReplicaSets", named_sets(&sets));
    page.field(0, "NewReplicaSet", named_sets(new.as_slice()));
}

/// Says whether two templates are alike but for the hash that tells their pods apart (`EqualIgnoreHash`).
fn same_template(of_set: &PodTemplate, wanted: &PodTemplate) -> bool {
    let mut plain = of_set.clone();
    plain.metadata.labels.remove("pod-template-hash");
    let mut wanted = wanted.clone();
    wanted.metadata.labels.remove("pod-template-hash");
    plain == wanted
}

fn named_sets(sets: &[&Arc<ReplicaSet>]) -> String {
    if sets.is_empty() {
        return "<none>".to_owned();
    }
    let text = |set: &&Arc<ReplicaSet>| {
        let (created, wanted) = (set.status.replicas, set.spec.replicas);
        format!("{} ({created}/{wanted} replicas created)", set.metadata.name)
    };
    sets.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// Writes conditions with their reasons.
fn conditions(page: &mut Page, conditions: &[Condition]) {
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tReason");
    page.line(1, "----\t------\t------");
    for condition in conditions {
        page.line(
            1,
            format!("{} \t{:?}\t{}", condition.kind, condition.status, condition.reason),
        );
    }
}

pub(super) fn replica_set(page: &mut Page, set: &ReplicaSet, look: &Look<'_>) {
    page.name(&set.metadata);
    page.field(0, "Selector", format_selector(&set.spec.selector));
    page.marks(&set.metadata);
    page.controlled_by(&set.metadata);
    let (current, desired) = (set.status.replicas, set.spec.replicas);
    page.field(0, "Replicas", format!("{current} current / {desired} desired"));
    page.field(
        0,
        "Pods Status",
        phases(look, &set.metadata.namespace, &set.spec.selector, set.metadata.uid),
    );
    template(page, &set.spec.template);
    conditions(page, &set.status.conditions);
}

/// Returns how many pods of a controller stand in which phase (`getPodStatusForController`).
fn phases(look: &Look<'_>, namespace: &str, selector: &LabelSelector, uid: Uid) -> String {
    let pods = look.store.list::<Pod>(namespace);
    let (mut running, mut waiting, mut succeeded, mut failed) = (0, 0, 0, 0);
    for pod in pods.filter(|pod| pod.metadata.is_controlled_by(uid) && selector.matches(&pod.metadata.labels)) {
        match pod.status.phase {
            Phase::Running => running += 1,
            Phase::Pending => waiting += 1,
            Phase::Succeeded => succeeded += 1,
            Phase::Failed => failed += 1,
            Phase::Unknown => (),
        }
    }
    format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
}

pub(super) fn stateful_set(page: &mut Page, set: &StatefulSet, look: &Look<'_>) {
    let (meta, spec) = (&set.metadata, &set.spec);
    page.name(meta);
    page.field(0, "CreationTimestamp", date(meta.creation_timestamp));
    page.field(0, "Selector", selector(&spec.selector));
    page.marks(meta);
    page.field(
        0,
        "Replicas",
        format!("{} desired | {} total", spec.replicas, set.status.replicas),
    );
    page.field(0, "Update Strategy", &spec.update_strategy.kind);
    if let Some(rolling) = &spec.update_strategy.rolling_update {
        page.field(1, "Partition", rolling.partition);
    }
    page.field(
        0,
        "Pods Status",
        phases(look, &meta.namespace, &spec.selector, meta.uid),
    );
    template(page, &spec.template);
    storage::claim_templates(page, &spec.volume_claim_templates);
}

pub(super) fn daemon_set(page: &mut Page, set: &DaemonSet, look: &Look<'_>) {
    let (meta, spec, status) = (&set.metadata, &set.spec, &set.status);
    // kubectl 1.32 leaves the namespace out.
    page.field(0, "Name", &meta.name);
    page.field(0, "Selector", selector(&spec.selector));
    page.field(0, "Node-Selector", format_labels(&spec.template.spec.node_selector));
    page.marks(meta);
    let lines = [
        ("Desired Number of Nodes Scheduled", status.desired_number_scheduled),
        ("Current Number of Nodes Scheduled", status.current_number_scheduled),
        (
            "Number of Nodes Scheduled with Up-to-date Pods",
            status.updated_number_scheduled,
        ),
        ("Number of Nodes Scheduled with Available Pods", status.number_available),
        ("Number of Nodes Misscheduled", status.number_misscheduled),
    ];
    for (title, n) in lines {
        page.line(0, format!("{title}: {n}"));
    }
    page.field(
        0,
        "Pods Status",
        phases(look, &meta.namespace, &spec.selector, meta.uid),
    );
    template(page, &spec.template);
}
