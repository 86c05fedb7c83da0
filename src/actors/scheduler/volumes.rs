//! Claims and volumes as the scheduler sees them: what its cache of the API shows, and what it has decided itself and
//! the API server has not confirmed yet (pkg/scheduler/util/assumecache).

use super::cache::node::ClaimName;
use super::pairs;
use crate::actors::View;
use crate::api::storage::{TopologyRequirement, TopologyTerm};
use crate::api::{Object, PersistentVolume, PersistentVolumeClaim, StorageClass};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The annotation by which the scheduler tells the provisioner where a volume is wanted.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

/// A provisioner's name that stands for none (component-helpers, `NotSupportedProvisioner`).
pub const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// What the scheduler keeps of claims and volumes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Volumes {
    #[serde(with = "pairs")]
    claims: BTreeMap<ClaimName, Arc<PersistentVolumeClaim>>,
    volumes: BTreeMap<Arc<str>, Arc<PersistentVolume>>,
    /// The names of volumes that no claim has, by class.
    free: BTreeMap<String, BTreeSet<Arc<str>>>,
    /// The names of volumes that name a claim, by that claim.
    #[serde(with = "pairs")]
    given: BTreeMap<ClaimName, BTreeSet<Arc<str>>>,
    /// The volumes that are attached to a node, by the name of the attachment.
    attached: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<str>>>,
}

impl Volumes {
    /// Takes notice of a change of a claim, a volume or an attachment.
    pub fn heed(&mut self, before: Option<&Object>, after: Option<&Object>) {
        match after.or(before) {
            Some(Object::PersistentVolumeClaim(claim)) => {
                let name = (claim.metadata.namespace.clone(), claim.metadata.name.clone());
                let newer = |have: &Arc<PersistentVolumeClaim>| {
                    claim.metadata.resource_version > have.metadata.resource_version
                };
                if after.is_none() || self.claims.get(&name).is_some_and(newer) {
                    self.claims.remove(&name);
                }
            }
            Some(Object::PersistentVolume(volume)) => {
                let name = &volume.metadata.name;
                let newer =
                    |have: &Arc<PersistentVolume>| volume.metadata.resource_version > have.metadata.resource_version;
                if after.is_none() || self.volumes.get(name).is_some_and(newer) {
                    self.volumes.remove(name);
                }
                if let Some(Object::PersistentVolume(old)) = before {
                    self.shelf(old).remove(name);
                }
                if after.is_some() {
                    self.shelf(volume).insert(name.clone());
                }
            }
            Some(Object::VolumeAttachment(attachment)) => {
                let on_node = self.attached.entry(attachment.spec.node_name.clone()).or_default();
                let name = &attachment.metadata.name;
                match attachment
                    .spec
                    .source
                    .persistent_volume_name
                    .as_ref()
                    .filter(|_| after.is_some())
                {
                    Some(volume) => on_node.insert(name.clone(), volume.clone()),
                    None => on_node.remove(name),
                };
            }
            _ => (),
        }
    }

    /// Returns the names of the volumes that are attached to a node, or are to be.
    pub fn attached(&self, node: &str) -> impl Iterator<Item = &Arc<str>> {
        self.attached.get(node).into_iter().flat_map(|volumes| volumes.values())
    }

    /// Returns the names beside which a volume's stands.
    fn shelf(&mut self, volume: &PersistentVolume) -> &mut BTreeSet<Arc<str>> {
        match &volume.spec.claim_ref {
            Some(claim) => self
                .given
                .entry((claim.namespace.clone(), claim.name.clone()))
                .or_default(),
            None => self.free.entry(volume.class().to_owned()).or_default(),
        }
    }

    /// Returns a claim: as assumed, or as the cache shows it.
    pub fn claim<'a>(&'a self, view: &View<'a>, namespace: &str, name: &str) -> Option<&'a Arc<PersistentVolumeClaim>> {
        let shown = view.get::<PersistentVolumeClaim>(namespace, name)?;
        let assumed = self.claims.get(&(namespace.into(), name.into()));
        Some(
            assumed
                .filter(|a| a.metadata.uid == shown.metadata.uid)
                .unwrap_or(shown),
        )
    }

    /// Returns a volume: as assumed, or as the cache shows it.
    pub fn volume<'a>(&'a self, view: &View<'a>, name: &str) -> Option<&'a Arc<PersistentVolume>> {
        let shown = view.get::<PersistentVolume>("", name)?;
        let assumed = self.volumes.get(name);
        Some(
            assumed
                .filter(|a| a.metadata.uid == shown.metadata.uid)
                .unwrap_or(shown),
        )
    }

    /// Returns the volumes that name a claim, and those of a class that name none; each by name.
    pub fn candidates<'a>(
        &'a self,
        view: View<'a>,
        claim: &PersistentVolumeClaim,
        class: &str,
    ) -> impl Iterator<Item = &'a Arc<PersistentVolume>> {
        let meta = &claim.metadata;
        let given = self.given.get(&(meta.namespace.clone(), meta.name.clone()));
        let names = given
            .into_iter()
            .flatten()
            .chain(self.free.get(class).into_iter().flatten());
        names.filter_map(move |name| self.volume(&view, name))
    }

    /// Assumes that a claim is as given.
    pub fn assume_claim(&mut self, claim: Arc<PersistentVolumeClaim>) {
        let name = (claim.metadata.namespace.clone(), claim.metadata.name.clone());
        self.claims.insert(name, claim);
    }

    /// Assumes that a volume is as given.
    pub fn assume_volume(&mut self, volume: Arc<PersistentVolume>) {
        self.volumes.insert(volume.metadata.name.clone(), volume);
    }

    /// Forgets what was assumed of a claim.
    pub fn revert_claim(&mut self, namespace: &str, name: &str) {
        self.claims.remove(&(namespace.into(), name.into()));
    }

    /// Forgets what was assumed of a volume.
    pub fn revert_volume(&mut self, name: &str) {
        self.volumes.remove(name);
    }
}

/// Says whether a node with these labels is within the `allowedTopologies` of a class
/// (`v1helper.MatchTopologySelectorTerms`).
pub fn allows_topology(class: &StorageClass, labels: &crate::api::Labels) -> bool {
    let terms = &class.allowed_topologies;
    let holds = |r: &TopologyRequirement| labels.get(&r.key).is_some_and(|have| r.values.contains(have));
    let matches = |term: &TopologyTerm| {
        !term.match_label_expressions.is_empty() && term.match_label_expressions.iter().all(holds)
    };
    terms.is_empty() || terms.iter().any(matches)
}

/// Says whether nodes with these labels can reach a volume (component-helpers, `CheckNodeAffinity`).
pub fn reaches(volume: &PersistentVolume, labels: &crate::api::Labels) -> bool {
    let required = volume.spec.node_affinity.as_ref().and_then(|a| a.required.as_ref());
    required.is_none_or(|selector| super::node_match::selects(selector, "", labels))
}

/// Returns the CSI driver of a class or volume source; the old in-tree name of EBS means its driver.
pub fn driver_name(provisioner: &str) -> &str {
    match provisioner {
        "kubernetes.io/aws-ebs" => "ebs.csi.aws.com",
        other => other,
    }
}

/// Returns driver and handle of a volume that a CSI driver serves.
pub fn driver_and_handle(volume: &PersistentVolume) -> Option<(String, String)> {
    let in_tree = volume.spec.aws_elastic_block_store.as_ref();
    let csi = volume.spec.csi.as_ref();
    csi.map(|csi| (csi.driver.to_string(), csi.volume_handle.to_string()))
        .or_else(|| in_tree.map(|aws| ("ebs.csi.aws.com".to_owned(), aws.volume_id.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_class_may_confine_its_volumes_to_some_zones() {
        let class = |allowed: serde_json::Value| -> StorageClass {
            serde_json::from_value(json!({"metadata": {"name": "c"}, "provisioner": "p", "allowedTopologies": allowed}))
                .unwrap()
        };
        let a = [("zone", "a")].into_iter().collect();
        let zones = |values: &[&str]| json!([{"matchLabelExpressions": [{"key": "zone", "values": values}]}]);
        assert!(allows_topology(&class(zones(&["a", "b"])), &a));
        assert!(!allows_topology(&class(zones(&["c"])), &a));
        assert!(allows_topology(&class(json!([])), &a));
    }
}
