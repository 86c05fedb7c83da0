//! The volumes of a pod: where each one's bytes come from, what it waits for, and what goes wrong on the way.
//!
//! A ConfigMap or Secret that changes later is not mounted anew: a real kubelet refreshes the files about a minute
//! afterwards. Volumes of `volumeMode: Block` and `volumeAttributesClass` are left out.

use super::projected::{Files, downward, projected};
use crate::actors::{View, csi};
use crate::api::migration::{EBS_DRIVER, EFS_DRIVER};
use crate::api::volume::{ConfigMapSource, HostPath, KeyToPath, SecretSource};
use crate::api::{
    ConfigMap, Key, Kind, Node, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Volume, VolumeSource,
    storage::AccessMode,
};
use crate::cloud::efs_directory;
use crate::programs::runtime::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a kubelet finds out about a pod's volumes.
#[derive(Debug, Default)]
pub struct Found {
    /// The sources of those that are ready to be mounted; an emptyDir needs none.
    pub sources: BTreeMap<String, Source>,
    /// The attachable ones, by the names that a node's status lists.
    pub devices: Vec<String>,
    /// The names of those that are not ready.
    pub unmounted: Vec<String>,
    /// Those of them whose claims cannot even be looked at, and why.
    pub unprocessed: Vec<(String, String)>,
    /// What goes wrong when one is set up, in the words of the event.
    pub trouble: Option<String>,
    /// The objects that are waited for.
    pub awaited: Vec<Key>,
}

/// Returns the names of the volumes that a kubelet keeps in memory, so that no secret comes to lie on its disk: Secrets,
/// projected ones with tokens among them, downward ones, and emptyDirs of that medium (pkg/volume/secret, projected,
/// downwardapi, emptydir).
pub fn in_memory(pod: &Pod) -> BTreeSet<String> {
    let kept = pod.spec.volumes.iter().filter(|volume| match volume.source() {
        VolumeSource::Secret(_) => true,
        VolumeSource::EmptyDir(dir) => dir.medium == "Memory",
        VolumeSource::Other => ["projected", "downwardAPI"]
            .iter()
            .any(|kind| volume.rest.get(kind).is_some()),
        _ => false,
    });
    kept.map(|volume| volume.name.clone()).collect()
}

/// How the name of the volume begins that the API server puts into every pod.
const TOKEN: &str = "kube-api-access-";

/// Looks at all the volumes of a pod; `others` are the claims that other pods of the node use.
pub fn find(view: &View<'_>, pod: &Pod, node: &Node, others: &dyn Fn(&str) -> bool) -> Found {
    let mut found = Found::default();
    for volume in pod.spec.volumes.iter() {
        match volume.source() {
            VolumeSource::Claim(claim) => of_claim(view, pod, node, volume, &claim.claim_name, others, &mut found),
            VolumeSource::Ephemeral(_) => {
                let name = format!("{}-{}", pod.metadata.name, volume.name);
                of_claim(view, pod, node, volume, &name, others, &mut found);
            }
            VolumeSource::HostPath(host) => of_host_path(view, pod, volume, host, &mut found),
            VolumeSource::ConfigMap(map) => {
                let files = files_of_config_map(view, &pod.metadata.namespace, map, &mut found);
                take(volume, files, &mut found);
            }
            VolumeSource::Secret(secret) => {
                let files = files_of_secret(view, &pod.metadata.namespace, secret, &mut found);
                take(volume, files, &mut found);
            }
            VolumeSource::Nfs(nfs) => {
                let source = Source::Share {
                    server: nfs.server.as_str().into(),
                    path: nfs.path.clone(),
                };
                found.sources.insert(volume.name.clone(), source);
            }
            VolumeSource::Other if !volume.name.starts_with(TOKEN) => {
                if let Some(sources) = volume.rest.get("projected") {
                    let files = projected(view, pod, node, sources, &mut found);
                    take(volume, files, &mut found);
                } else if let Some(of_pod) = volume.rest.get("downwardAPI") {
                    take(volume, Ok(downward(pod, node, of_pod)), &mut found);
                }
            }
            // The first are directories of the pod's own. So are the others here, as they are only carried.
            VolumeSource::EmptyDir(_) | VolumeSource::Other => (),
        }
    }
    found
}

fn of_claim(
    view: &View<'_>,
    pod: &Pod,
    node: &Node,
    volume: &Volume,
    name: &str,
    others: &dyn Fn(&str) -> bool,
    found: &mut Found,
) {
    let namespace = &pod.metadata.namespace;
    let key = Key::new(Kind::PersistentVolumeClaim, namespace.clone(), name);
    let unprocessed = |found: &mut Found, key: Key, why: String| {
        found.unmounted.push(volume.name.clone());
        found.unprocessed.push((volume.name.clone(), why));
        found.awaited.push(key);
    };
    let Some(claim) = view.get::<PersistentVolumeClaim>(namespace, name) else {
        let why = format!(
            "error processing PVC {namespace}/{name}: failed to fetch PVC from API server: persistentvolumeclaims \
             \"{name}\" not found"
        );
        return unprocessed(found, key, why);
    };
    // pkg/kubelet/volumemanager/populator, `getPVCExtractPV`.
    if !claim.is_bound() {
        return unprocessed(
            found,
            key,
            format!("error processing PVC {namespace}/{name}: PVC is not bound"),
        );
    }
    let Some(pv) = view.get::<PersistentVolume>("", &claim.spec.volume_name) else {
        let key = Key::cluster(Kind::PersistentVolume, claim.spec.volume_name.clone());
        let why = format!(
            "error processing PVC {namespace}/{name}: failed to fetch PV {} from API server: persistentvolumes \"{}\" \
             not found",
            claim.spec.volume_name, claim.spec.volume_name
        );
        return unprocessed(found, key, why);
    };
    if pv.spec.access_modes.contains(&AccessMode::ReadWriteOncePod) && others(name) {
        found.unmounted.push(volume.name.clone());
        found.trouble.get_or_insert_with(|| {
            format!(
                "MountVolume.SetUp failed for volume \"{}\" : volume uses the ReadWriteOncePod access mode and is \
                 already in use by another pod",
                pv.metadata.name
            )
        });
        return;
    }
    let device = pv
        .csi()
        .filter(|(driver, _)| csi::needs_attachment(view, driver))
        .and_then(|_| pv.attach_name());
    let source = source_of(pv);
    if let Some(device) = device {
        let attached = node
            .status
            .volumes_attached
            .iter()
            .any(|attached| attached.name == device);
        found.devices.push(device);
        if !attached {
            found.unmounted.push(volume.name.clone());
            return;
        }
    }
    found.sources.insert(volume.name.clone(), source);
}

/// Returns where a volume's bytes are.
pub fn source_of(pv: &PersistentVolume) -> Source {
    let spec = &pv.spec;
    let share = |server: &str, path: &str| Source::Share {
        server: server.into(),
        path: path.to_owned(),
    };
    if let Some(nfs) = &spec.nfs {
        return share(&nfs.server, &nfs.path);
    }
    let host = spec.host_path.as_ref().map(|host| &host.path);
    if let Some(path) = host.or(spec.local.as_ref().map(|local| &local.path)) {
        return Source::Host(path.clone());
    }
    match pv.csi() {
        Some((EBS_DRIVER, handle)) => Source::Device(handle.into()),
        Some((EFS_DRIVER, handle)) => {
            let (server, path) = efs_directory(handle);
            share(server, &path)
        }
        // Of other drivers' volumes each handle names a disk of its own, which every node reaches.
        Some((_, handle)) => share(handle, "/"),
        // So does a kind of volume that is only carried.
        None => share(&format!("volume/{}", pv.metadata.name), "/"),
    }
}

fn of_host_path(view: &View<'_>, pod: &Pod, volume: &Volume, host: &HostPath, found: &mut Found) {
    let machine = view.cloud.machines.get(&pod.spec.node_name);
    let is_dir = machine.is_some_and(|machine| machine.disk.is_dir(&host.path));
    let exists = machine.is_some_and(|machine| machine.disk.exists(&host.path));
    // pkg/volume/hostpath, `checkTypeInternal`.
    let wrong = match host.kind.as_deref() {
        Some("Directory") if !is_dir => Some("directory"),
        Some("File") if !exists || is_dir => Some("file"),
        _ => None,
    };
    if let Some(what) = wrong {
        found.unmounted.push(volume.name.clone());
        found.trouble.get_or_insert_with(|| {
            format!(
                "MountVolume.SetUp failed for volume \"{}\" : hostPath type check failed: {} is not a {what}",
                volume.name, host.path
            )
        });
        return;
    }
    found
        .sources
        .insert(volume.name.clone(), Source::Host(host.path.clone()));
}

/// Takes the files of a volume, or tells why it cannot be mounted.
fn take(volume: &Volume, files: Result<Files, String>, found: &mut Found) {
    match files {
        Ok(files) => {
            found
                .sources
                .insert(volume.name.clone(), Source::Files(Arc::new(files)));
        }
        Err(why) => {
            found.unmounted.push(volume.name.clone());
            found
                .trouble
                .get_or_insert_with(|| format!("MountVolume.SetUp failed for volume \"{}\" : {why}", volume.name));
        }
    }
}

/// Returns the files of a ConfigMap as a volume names them, or why there are none.
pub(super) fn files_of_config_map(
    view: &View<'_>,
    namespace: &str,
    source: &ConfigMapSource,
    found: &mut Found,
) -> Result<Files, String> {
    let Some(map) = view.get::<ConfigMap>(namespace, &source.name) else {
        let key = Key::new(Kind::ConfigMap, namespace, source.name.as_str());
        return absent(source.optional, "configmap", &source.name, key, found);
    };
    let plain = map
        .data
        .iter()
        .map(|(name, text)| (name.clone(), text.clone().into_bytes()));
    let binary = map.binary_data.iter().map(|(name, text)| (name.clone(), decoded(text)));
    named(plain.chain(binary).collect(), &source.items, source.optional)
}

/// Returns the files of a Secret as a volume names them, or why there are none.
pub(super) fn files_of_secret(
    view: &View<'_>,
    namespace: &str,
    source: &SecretSource,
    found: &mut Found,
) -> Result<Files, String> {
    let Some(secret) = view.get::<Secret>(namespace, &source.secret_name) else {
        let key = Key::new(Kind::Secret, namespace, source.secret_name.as_str());
        return absent(source.optional, "secret", &source.secret_name, key, found);
    };
    let files = secret.data.iter();
    let files = files.map(|(name, text)| (name.clone(), decoded(text))).collect();
    named(files, &source.items, source.optional)
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap_or_default()
}

/// A Secret or ConfigMap that is not there is an empty directory where it is optional, and trouble elsewhere.
fn absent(optional: Option<bool>, kind: &str, name: &str, key: Key, found: &mut Found) -> Result<Files, String> {
    found.awaited.push(key);
    match optional {
        Some(true) => Ok(Files::new()),
        _ => Err(format!("{kind} \"{name}\" not found")),
    }
}

/// Names the files of a Secret or ConfigMap as `items` says.
fn named(files: Files, items: &[KeyToPath], optional: Option<bool>) -> Result<Files, String> {
    if items.is_empty() {
        return Ok(files);
    }
    let mut named = Files::new();
    for item in items {
        match files.get(&item.key) {
            Some(bytes) => {
                named.insert(item.path.clone(), bytes.clone());
            }
            None if optional == Some(true) => (),
            None => return Err(format!("references non-existent config key: {}", item.key)),
        }
    }
    Ok(named)
}
