//! The volumes of a pod or a template.

use super::page::Page;
use super::storage;
use crate::api::{Volume, VolumeSource};
use serde_json::Value;

/// Writes volumes; `indent` is that of a template.
pub(super) fn volumes(page: &mut Page, volumes: &[Volume], indent: &str) {
    if volumes.is_empty() {
        page.line(0, format!("{indent}Volumes:\t<none>"));
        return;
    }
    page.line(0, format!("{indent}Volumes:"));
    for volume in volumes {
        let space = if indent.is_empty() { "" } else { " " };
        page.line(1, format!("{space}{}:", volume.name));
        source(page, volume);
    }
}

fn source(page: &mut Page, volume: &Volume) {
    match volume.source() {
        VolumeSource::Claim(claim) => {
            page.field(
                2,
                "Type",
                "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
            );
            page.field(2, "ClaimName", &claim.claim_name);
            page.field(2, "ReadOnly", claim.read_only);
        }
        VolumeSource::EmptyDir(dir) => {
            page.field(
                2,
                "Type",
                "EmptyDir (a temporary directory that shares a pod's lifetime)",
            );
            page.field(2, "Medium", &dir.medium);
            let limit = dir.size_limit.filter(|limit| !limit.is_zero());
            page.field(
                2,
                "SizeLimit",
                limit.map_or("<unset>".to_owned(), |limit| limit.to_string()),
            );
        }
        VolumeSource::HostPath(path) => host_path(page, path),
        VolumeSource::Secret(secret) => {
            page.field(2, "Type", "Secret (a volume populated by a Secret)");
            page.field(2, "SecretName", &secret.secret_name);
            page.field(2, "Optional", secret.optional.unwrap_or(false));
        }
        VolumeSource::ConfigMap(map) => {
            page.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
            page.field(2, "Name", &map.name);
            page.field(2, "Optional", map.optional.unwrap_or(false));
        }
        VolumeSource::Nfs(nfs) => nfs_source(page, nfs),
        VolumeSource::Ephemeral(ephemeral) => {
            page.field(
                2,
                "Type",
                "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
            );
            if let Some(template) = &ephemeral.volume_claim_template {
                storage::ephemeral(page, template);
            }
        }
        VolumeSource::Other => carried(page, volume),
    }
}

/// Writes a directory of the node.
pub(super) fn host_path(page: &mut Page, path: &crate::api::volume::HostPath) {
    page.field(2, "Type", "HostPath (bare host directory volume)");
    page.field(2, "Path", &path.path);
    page.field(2, "HostPathType", path.kind.as_deref().unwrap_or(""));
}

/// Writes a directory of a file server.
pub(super) fn nfs_source(page: &mut Page, nfs: &crate::api::volume::NfsSource) {
    page.field(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
    page.field(2, "Server", &nfs.server);
    page.field(2, "Path", &nfs.path);
    page.field(2, "ReadOnly", nfs.read_only);
}

/// Writes a source that is only carried: projected and downward volumes in kubectl's words, others by name alone.
fn carried(page: &mut Page, volume: &Volume) {
    if let Some(projected) = volume.rest.get("projected") {
        projected_source(page, projected);
    } else if let Some(downward) = volume.rest.get("downwardAPI") {
        page.field(
            2,
            "Type",
            "DownwardAPI (a volume populated by information about the pod)",
        );
        page.line(2, "Items:");
        for item in downward["items"].as_array().into_iter().flatten() {
            let from = item
                .pointer("/fieldRef/fieldPath")
                .or(item.pointer("/resourceFieldRef/resource"));
            let from = from.and_then(Value::as_str).unwrap_or("");
            page.line(3, format!("{from} -> {}", item["path"].as_str().unwrap_or("")));
        }
    } else if let Some(csi) = volume.rest.get("csi") {
        page.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
        page.field(2, "Driver", csi["driver"].as_str().unwrap_or(""));
        page.field(2, "FSType", csi["fsType"].as_str().unwrap_or(""));
        page.field(2, "ReadOnly", csi["readOnly"].as_bool().unwrap_or(false));
    } else {
        page.line(1, "<unknown>");
    }
}

fn projected_source(page: &mut Page, projected: &Value) {
    page.field(
        2,
        "Type",
        "Projected (a volume that contains injected data from multiple sources)",
    );
    for source in projected["sources"].as_array().into_iter().flatten() {
        // kubectl 1.32 prints where a missing value lies in its memory when there is one, and `<nil>` when there is none.
        let optional = |of: &Value| {
            of["optional"]
                .as_bool()
                .map_or("<nil>".to_owned(), |yes| yes.to_string())
        };
        if let Some(secret) = source.get("secret") {
            page.field(2, "SecretName", secret["name"].as_str().unwrap_or(""));
            page.field(2, "SecretOptionalName", optional(secret));
        } else if source.get("downwardAPI").is_some() {
            page.field(2, "DownwardAPI", "true");
        } else if let Some(map) = source.get("configMap") {
            page.field(2, "ConfigMapName", map["name"].as_str().unwrap_or(""));
            page.field(2, "ConfigMapOptional", optional(map));
        } else if let Some(token) = source.get("serviceAccountToken") {
            let seconds = token["expirationSeconds"].as_i64().unwrap_or(3600);
            page.field(2, "TokenExpirationSeconds", seconds);
        }
    }
}
