//! Claims, volumes, classes and CSI nodes.

use super::page::{Page, capital, date, or_none};
use super::volume::{host_path, nfs_source};
use crate::api::storage::ClaimTemplate;
use crate::api::{CsiNode, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass};
use crate::kubectl::tables::{Look, claim_class, format_labels, modes};
use std::collections::BTreeMap;

pub(super) fn claim(page: &mut Page, claim: &PersistentVolumeClaim, look: &Look<'_>) {
    page.name(&claim.metadata);
    page.field(0, "StorageClass", claim_class(claim));
    match claim.metadata.deletion_timestamp {
        Some(at) => page.field(0, "Status", format!("Terminating (lasts {})", look.since(Some(at)))),
        None => page.field(0, "Status", format!("{:?}", claim.status.phase)),
    }
    page.field(0, "Volume", &claim.spec.volume_name);
    page.marks(&claim.metadata);
    page.field(0, "Finalizers", format!("[{}]", claim.metadata.finalizers.join(" ")));
    let has_volume = !claim.spec.volume_name.is_empty();
    let capacity = claim.status.capacity.get("storage");
    let capacity = capacity.map_or("0".to_owned(), ToString::to_string);
    page.field(0, "Capacity", if has_volume { capacity } else { String::new() });
    let access = if has_volume {
        modes(&claim.status.access_modes)
    } else {
        String::new()
    };
    page.field(0, "Access Modes", access);
    page.field(0, "VolumeMode", &claim.spec.volume_mode);
    if let Some(source) = claim.spec.rest.get("dataSource") {
        page.line(0, "DataSource:");
        for (title, field) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if let Some(text) = source[field].as_str() {
                page.field(1, title, text);
            }
        }
    }
    let users: Vec<String> = look
        .store
        .list::<Pod>(&claim.metadata.namespace)
        .filter(|pod| pod.claims().any(|name| *name == *claim.metadata.name))
        .map(|pod| pod.metadata.name.to_string())
        .collect();
    page.list("Used By", users);
    if !claim.status.conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
        page.line(
            1,
            "----\t------\t-----------------\t------------------\t------\t-------",
        );
        for c in &claim.status.conditions {
            let (probed, changed) = (date(c.last_probe_time), date(c.last_transition_time));
            let text = format!(
                "{} \t{:?} \t{probed} \t{changed} \t{} \t{}",
                c.kind, c.status, c.reason, c.message
            );
            page.line(1, text);
        }
    }
}

/// Writes the claim that an ephemeral volume makes, as far as a template has it.
pub(super) fn ephemeral(page: &mut Page, template: &ClaimTemplate) {
    let class = template.spec.storage_class_name.as_deref().unwrap_or("");
    page.field(2, "StorageClass", class);
    page.field(2, "Volume", "");
    page.labels("    Labels", template.metadata.labels.iter());
    page.annotations("    Annotations", &template.metadata);
    page.field(2, "Capacity", "");
    page.field(2, "Access Modes", "");
    page.field(2, "VolumeMode", &template.spec.volume_mode);
}

/// Writes the claim templates of a StatefulSet.
pub(super) fn claim_templates(page: &mut Page, templates: &[PersistentVolumeClaim]) {
    if templates.is_empty() {
        page.line(0, "Volume Claims:\t<none>");
        return;
    }
    page.line(0, "Volume Claims:");
    for template in templates {
        page.field(1, "Name", &template.metadata.name);
        page.field(1, "StorageClass", claim_class(template));
        page.labels("  Labels", template.metadata.labels.iter());
        page.labels("  Annotations", template.metadata.annotations.iter());
        let capacity = template.spec.resources.requests.get("storage");
        page.field(
            1,
            "Capacity",
            capacity.map_or("<default>".to_owned(), ToString::to_string),
        );
        let modes: Vec<String> = template
            .spec
            .access_modes
            .iter()
            .map(|mode| format!("{mode:?}"))
            .collect();
        page.field(1, "Access Modes", format!("[{}]", modes.join(" ")));
    }
}

pub(super) fn volume(page: &mut Page, volume: &PersistentVolume, look: &Look<'_>) {
    let (meta, spec) = (&volume.metadata, &volume.spec);
    page.field(0, "Name", &meta.name);
    page.marks(meta);
    page.field(0, "Finalizers", format!("[{}]", meta.finalizers.join(" ")));
    page.field(0, "StorageClass", &spec.storage_class_name);
    match meta.deletion_timestamp {
        Some(at) => page.field(0, "Status", format!("Terminating (lasts {})", look.since(Some(at)))),
        None => page.field(0, "Status", format!("{:?}", volume.status.phase)),
    }
    let claim = spec.claim_ref.as_ref();
    page.field(
        0,
        "Claim",
        claim.map_or(String::new(), |c| format!("{}/{}", c.namespace, c.name)),
    );
    page.field(
        0,
        "Reclaim Policy",
        format!("{:?}", spec.persistent_volume_reclaim_policy),
    );
    page.field(0, "Access Modes", modes(&spec.access_modes));
    page.field(0, "VolumeMode", &spec.volume_mode);
    let capacity = spec.capacity.get("storage");
    page.field(0, "Capacity", capacity.map_or("0".to_owned(), ToString::to_string));
    node_affinity(page, volume);
    page.field(0, "Message", &volume.status.message);
    page.line(0, "Source:");
    source(page, volume);
}

fn node_affinity(page: &mut Page, volume: &PersistentVolume) {
    let required = volume
        .spec
        .node_affinity
        .as_ref()
        .and_then(|affinity| affinity.required.as_ref());
    let Some(required) = required else {
        page.line(0, "Node Affinity:\t<none>");
        return;
    };
    page.line(0, "Node Affinity:\t");
    if required.node_selector_terms.is_empty() {
        page.line(1, "Required Terms:\t<none>");
        return;
    }
    page.line(1, "Required Terms:\t");
    for (n, term) in required.node_selector_terms.iter().enumerate() {
        if term.match_expressions.is_empty() {
            page.line(2, format!("Term {n}:\t<none>"));
        }
        for (i, wanted) in term.match_expressions.iter().enumerate() {
            let head = if i == 0 { format!("Term {n}:") } else { String::new() };
            let values = match wanted.values.as_slice() {
                [] => String::new(),
                values => format!(" [{}]", values.join(", ")),
            };
            page.line(
                2,
                format!("{head}\t{} {}{values}", wanted.key, wanted.operator.to_lowercase()),
            );
        }
    }
}

fn source(page: &mut Page, volume: &PersistentVolume) {
    let spec = &volume.spec;
    if let Some(path) = &spec.host_path {
        host_path(page, path);
    } else if let Some(aws) = &spec.aws_elastic_block_store {
        page.field(2, "Type", "AWSElasticBlockStore (a Persistent Disk resource in AWS)");
        page.field(2, "VolumeID", &aws.volume_id);
        page.field(2, "FSType", &aws.fs_type);
        page.field(
            2,
            "Partition",
            aws.rest.get("partition").and_then(|p| p.as_i64()).unwrap_or(0),
        );
        page.field(
            2,
            "ReadOnly",
            aws.rest.get("readOnly").and_then(|r| r.as_bool()).unwrap_or(false),
        );
    } else if let Some(nfs) = &spec.nfs {
        nfs_source(page, nfs);
    } else if let Some(local) = &spec.local {
        page.field(
            2,
            "Type",
            "LocalVolume (a persistent volume backed by local storage on a node)",
        );
        page.field(2, "Path", &local.path);
    } else if let Some(csi) = &spec.csi {
        page.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
        page.field(2, "Driver", &csi.driver);
        page.field(2, "FSType", &csi.fs_type);
        page.field(2, "VolumeHandle", &csi.volume_handle);
        page.field(2, "ReadOnly", csi.read_only);
        attributes(page, &csi.volume_attributes);
    } else {
        page.line(1, "<unknown>");
    }
}

/// The first attribute stands four spaces after its column begins: kubectl indents inside the cell.
fn attributes(page: &mut Page, attributes: &BTreeMap<String, String>) {
    if attributes.is_empty() {
        page.line(2, "VolumeAttributes:\t<none>");
    }
    for (i, (key, value)) in attributes.iter().enumerate() {
        let head = if i == 0 { "VolumeAttributes:\t" } else { "    \t" };
        page.line(2, format!("{head}    {key}={value}"));
    }
}

pub(super) fn class(page: &mut Page, class: &StorageClass) {
    page.field(0, "Name", &class.metadata.name);
    page.field(0, "IsDefaultClass", if class.is_default() { "Yes" } else { "No" });
    page.field(0, "Annotations", format_labels(class.metadata.annotations.iter()));
    page.field(0, "Provisioner", &class.provisioner);
    page.field(0, "Parameters", format_labels(&class.parameters));
    let expands = class.allow_volume_expansion.map_or("<unset>", capital);
    page.field(0, "AllowVolumeExpansion", expands);
    if class.mount_options.is_empty() {
        page.line(0, "MountOptions:\t<none>");
    } else {
        page.line(0, "MountOptions:");
        for option in &class.mount_options {
            page.line(1, option);
        }
    }
    page.field(0, "ReclaimPolicy", format!("{:?}", class.reclaim_policy));
    page.field(0, "VolumeBindingMode", format!("{:?}", class.volume_binding_mode));
    let topologies = class.rest.get("allowedTopologies").and_then(|t| t.as_array());
    if let Some(topologies) = topologies.filter(|topologies| !topologies.is_empty()) {
        page.line(0, "AllowedTopologies:\t");
        for (n, term) in topologies.iter().enumerate() {
            for (i, wanted) in term["matchLabelExpressions"]
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
            {
                let head = if i == 0 { format!("Term {n}:") } else { String::new() };
                let values = wanted["values"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|v| v.as_str());
                let values: Vec<&str> = values.collect();
                let key = wanted["key"].as_str().unwrap_or("");
                page.line(1, format!("{head}\t{key} in [{}]", values.join(", ")));
            }
        }
    }
}

pub(super) fn csi_node(page: &mut Page, node: &CsiNode) {
    page.field(0, "Name", &node.metadata.name);
    page.marks(&node.metadata);
    page.field(0, "CreationTimestamp", date(node.metadata.creation_timestamp));
    page.line(0, "Spec:");
    if node.spec.drivers.is_empty() {
        return;
    }
    page.line(1, "Drivers:");
    for driver in &node.spec.drivers {
        page.line(2, format!("{}:", driver.name));
        page.field(3, "Node ID", &driver.node_id);
        if let Some(count) = driver.allocatable.as_ref().and_then(|allocatable| allocatable.count) {
            page.line(3, "Allocatables:");
            page.field(4, "Count", count);
        }
        if !driver.topology_keys.is_empty() {
            page.field(
                3,
                "Topology Keys",
                or_none(&format!("[{}]", driver.topology_keys.join(" "))),
            );
        }
    }
}
