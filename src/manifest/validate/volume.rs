//! Volumes of pods (core/validation, validateVolumes).

use super::{At, FieldError, Seen, names, one_of, required};

/// In the order in which the server looks: the second that it finds is the forbidden one.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "azureFile",
    "configMap",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
    "flexVolume",
];

/// Judges the volumes of a pod.
pub fn check(at: &At<'_>, errors: &mut Vec<FieldError>) {
    let mut seen = Seen::default();
    for volume in at.items() {
        source(&volume, errors);
        let name = volume.field("name");
        if name.text().is_empty() {
            errors.push(FieldError::required(name.path(), ""));
        } else {
            names::check(&name, names::dns_label(name.text()), errors);
        }
        seen.check(&name, errors);
    }
}

/// A volume without a source is an emptyDir, by default.
fn source(volume: &At<'_>, errors: &mut Vec<FieldError>) {
    let mut found = 0;
    for name in SOURCES {
        let source = volume.field(name);
        if !source.is_set() {
            continue;
        }
        found += 1;
        if found > 1 {
            errors.push(FieldError::forbidden(
                source.path(),
                "may not specify more than 1 volume type",
            ));
            continue;
        }
        match name {
            "hostPath" => {
                required(source.field("path"), errors);
                let path = source.field("path");
                if path.text().split('/').any(|part| part == "..") {
                    errors.push(FieldError::invalid(path.path(), path.text(), "must not contain '..'"));
                }
                let types = [
                    "",
                    "DirectoryOrCreate",
                    "Directory",
                    "FileOrCreate",
                    "File",
                    "Socket",
                    "CharDevice",
                    "BlockDevice",
                ];
                one_of(source.field("type"), &types, errors);
            }
            "secret" => {
                required(source.field("secretName"), errors);
                files(&source, errors);
            }
            "configMap" => {
                required(source.field("name"), errors);
                files(&source, errors);
            }
            "persistentVolumeClaim" => {
                let name = source.field("claimName");
                if name.text().is_empty() {
                    required(name, errors);
                } else {
                    names::check(&name, names::dns_subdomain(name.text()), errors);
                }
            }
            "nfs" => {
                required(source.field("server"), errors);
                required(source.field("path"), errors);
            }
            "csi" => required(source.field("driver"), errors),
            "projected" | "downwardAPI" => mode(source.field("defaultMode"), errors),
            "ephemeral" => {
                let template = source.field("volumeClaimTemplate");
                if template.is_set() {
                    super::storage::claim(&template.field("spec"), errors);
                } else {
                    errors.push(FieldError::required(template.path(), ""));
                }
            }
            _ => (),
        }
    }
}

fn files(source: &At<'_>, errors: &mut Vec<FieldError>) {
    mode(source.field("defaultMode"), errors);
    for item in source.field("items").items() {
        required(item.field("key"), errors);
        required(item.field("path"), errors);
        mode(item.field("mode"), errors);
    }
}

fn mode(at: At<'_>, errors: &mut Vec<FieldError>) {
    if at.int().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
        let detail = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.push(FieldError::invalid(at.path(), at.shown(), detail));
    }
}
