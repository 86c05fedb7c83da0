//! Claims, volumes and classes (core/validation, pkg/apis/storage/validation).

use super::{At, FieldError, names, numbers, one_of, required, scheduling, selector};

const ACCESS_MODES: [&str; 4] = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

/// Judges the spec of a claim, or of a claim's template.
pub fn claim(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    let modes = spec.field("accessModes");
    if modes.count() == 0 {
        errors.push(FieldError::required(modes.path(), "at least 1 access mode is required"));
    }
    selector::check(&spec.field("selector"), errors);
    access_modes(&modes, errors);

    let resources = spec.field("resources");
    let requests = resources.field("requests");
    let storage = requests.field("storage");
    // The server forgets `requests` in the path.
    let shown = format!("{}[storage]", resources.path());
    if !storage.is_set() {
        errors.push(FieldError::required(storage.path(), "").shown_as(shown));
    } else if numbers::quantity(storage).is_some_and(|amount| amount.as_milli() <= 0) {
        let detail = "must be greater than zero";
        errors.push(FieldError::invalid(storage.path(), storage.shown(), detail).shown_as(shown));
    }
    let class = spec.field("storageClassName");
    if !class.text().is_empty() {
        names::check(&class, names::dns_subdomain(class.text()), errors);
    }
    one_of(spec.field("volumeMode"), &["Block", "Filesystem"], errors);
}

fn access_modes(modes: &At<'_>, errors: &mut Vec<FieldError>) {
    let found: Vec<&str> = modes
        .value()
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|mode| mode.as_str())
        .collect();
    let list = modes.path().to_string();
    for mode in modes.items() {
        if mode.value().is_some_and(serde_json::Value::is_string) && !ACCESS_MODES.contains(&mode.text()) {
            errors.push(FieldError::not_supported(mode.path(), mode.text(), &ACCESS_MODES).shown_as(list.clone()));
        }
    }
    if found.contains(&"ReadWriteOncePod") && found.len() > 1 {
        errors.push(FieldError::forbidden(
            modes.path(),
            "may not use ReadWriteOncePod with other access modes",
        ));
    }
}

/// Judges the spec of a PersistentVolume.
pub fn volume(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    let (modes, capacity) = (spec.field("accessModes"), spec.field("capacity"));
    if modes.count() == 0 {
        errors.push(FieldError::required(modes.path(), ""));
    }
    access_modes(&modes, errors);
    let storage = capacity.field("storage");
    if capacity.count() == 0 {
        errors.push(FieldError::required(capacity.path(), ""));
    } else if !storage.is_set() || capacity.count() > 1 {
        errors.push(FieldError::not_supported(
            capacity.path(),
            capacity.shown(),
            &["storage"],
        ));
    } else if numbers::quantity(storage).is_some_and(|amount| amount.as_milli() <= 0) {
        errors.push(FieldError::invalid(
            storage.path(),
            storage.shown(),
            "must be greater than zero",
        ));
    }
    one_of(
        spec.field("persistentVolumeReclaimPolicy"),
        &["Delete", "Recycle", "Retain"],
        errors,
    );
    one_of(spec.field("volumeMode"), &["Block", "Filesystem"], errors);
    let affinity = spec.field("nodeAffinity").field("required").is_set();
    if affinity {
        let node_affinity = spec.field("nodeAffinity");
        scheduling::node_terms(&node_affinity.field("required").field("nodeSelectorTerms"), errors);
    }
    source(spec, affinity, errors);
}

fn source(spec: &At<'_>, has_affinity: bool, errors: &mut Vec<FieldError>) {
    let sources = [
        "hostPath",
        "gcePersistentDisk",
        "awsElasticBlockStore",
        "glusterfs",
        "flocker",
        "nfs",
        "rbd",
        "quobyte",
        "cephfs",
        "iscsi",
        "cinder",
        "fc",
        "flexVolume",
        "azureFile",
        "vsphereVolume",
        "photonPersistentDisk",
        "portworxVolume",
        "azureDisk",
        "scaleIO",
        "local",
        "storageos",
        "csi",
    ];
    let mut found = 0;
    for name in sources {
        let source = spec.field(name);
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
            "hostPath" | "local" => required(source.field("path"), errors),
            "csi" => {
                required(source.field("driver"), errors);
                required(source.field("volumeHandle"), errors);
            }
            "nfs" => {
                required(source.field("server"), errors);
                required(source.field("path"), errors);
            }
            _ => (),
        }
        if name == "local" && !has_affinity {
            let path = spec.field("nodeAffinity").path();
            errors.push(FieldError::required(path, "Local volume requires node affinity"));
        }
    }
    if found == 0 {
        errors.push(FieldError::required(spec.path(), "must specify a volume type"));
    }
}

/// Judges a StorageClass.
pub fn class(top: &At<'_>, errors: &mut Vec<FieldError>) {
    let provisioner = top.field("provisioner");
    if provisioner.text().is_empty() {
        required(provisioner, errors);
    } else {
        names::check(
            &provisioner,
            names::qualified(&provisioner.text().to_lowercase()),
            errors,
        );
    }
    one_of(top.field("reclaimPolicy"), &["Delete", "Retain"], errors);
    one_of(
        top.field("volumeBindingMode"),
        &["Immediate", "WaitForFirstConsumer"],
        errors,
    );
}
