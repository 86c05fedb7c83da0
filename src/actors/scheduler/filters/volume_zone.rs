//! A volume that bears the label of a zone is used only there. CSI volumes say so by node affinity instead.

use crate::actors::View;
use crate::actors::scheduler::plugin::{Plugin, Verdict};
use crate::actors::scheduler::volumes::Volumes;
use crate::api::storage::BindingMode;
use crate::api::{Node, Pod, StorageClass, VolumeSource};

/// A label of a volume, and the values that a node may have for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneLabel {
    key: &'static str,
    values: Vec<String>,
}

/// The labels that count, and the newer names of the old ones.
const LABELS: [(&str, &str); 4] = [
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ),
    ("topology.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("topology.kubernetes.io/region", "topology.kubernetes.io/region"),
];

/// Reads the zones of a pod's volumes (plugins/volumezone, `PreFilter`).
pub fn before(pod: &Pod, view: &View<'_>, volumes: &Volumes) -> Result<Vec<ZoneLabel>, String> {
    let mut labels = Vec::new();
    for volume in pod.spec.volumes.iter() {
        let VolumeSource::Claim(source) = volume.source() else {
            continue;
        };
        let name = &source.claim_name;
        let claim = volumes
            .claim(view, &pod.metadata.namespace, name)
            .ok_or_else(|| format!("persistentvolumeclaim \"{name}\" not found"))?;
        if claim.spec.volume_name.is_empty() {
            let class = claim.class();
            if class.is_empty() {
                return Err("PersistentVolumeClaim had no pv name and storageClass name".to_owned());
            }
            let class = view
                .get::<StorageClass>("", class)
                .ok_or_else(|| format!("storageclass.storage.k8s.io \"{class}\" not found"))?;
            if class.volume_binding_mode == BindingMode::WaitForFirstConsumer {
                continue;
            }
            return Err("PersistentVolume had no name".to_owned());
        }
        let name = &claim.spec.volume_name;
        let volume = volumes
            .volume(view, name)
            .ok_or_else(|| format!("persistentvolume \"{name}\" not found"))?;
        for (key, _) in LABELS {
            if let Some(value) = volume.metadata.labels.get(key) {
                // A volume of several zones bears them joined by two underscores.
                let values = value.split("__").map(str::to_owned).collect();
                labels.push(ZoneLabel { key, values });
            }
        }
    }
    Ok(labels)
}

/// Judges a node (plugins/volumezone).
pub fn check(zones: &[ZoneLabel], node: &Node) -> Verdict {
    let labels = &node.metadata.labels;
    if !LABELS.iter().any(|(key, _)| labels.contains_key(*key)) {
        return Ok(());
    }
    for zone in zones {
        let newer = LABELS
            .iter()
            .find(|(key, _)| *key == zone.key)
            .map_or(zone.key, |(_, newer)| newer);
        let have = labels.get(zone.key).or_else(|| labels.get(newer));
        if !have.is_some_and(|have| zone.values.contains(have)) {
            return Plugin::VolumeZone.rejects_for_good("node(s) had no available volume zone");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::node;

    #[test]
    fn an_old_label_of_a_volume_meets_the_new_one_of_a_node() {
        let label = |values: &[&str]| ZoneLabel {
            key: "failure-domain.beta.kubernetes.io/zone",
            values: values.iter().map(|v| (*v).to_owned()).collect(),
        };
        assert_eq!(check(&[label(&["zone-a", "zone-b"])], &node("n", "zone-b")), Ok(()));
        assert!(check(&[label(&["zone-a"])], &node("n", "zone-b")).is_err());
        assert_eq!(
            check(&[label(&["zone-a"])], &Node::default()),
            Ok(()),
            "a cluster without zones"
        );
    }
}
