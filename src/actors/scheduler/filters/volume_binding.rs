//! A bound claim goes where its volume can be reached; an unbound one goes where a volume can be found or made.
//!
//! Left out: CSIStorageCapacity (no simulated driver runs out of space), and the translation of the old in-tree volumes'
//! zone labels.

use super::Filtering;
use crate::actors::View;
use crate::actors::scheduler::cache::node::ClaimName;
use crate::actors::scheduler::plugin::{Plugin, Rejection, Verdict};
use crate::actors::scheduler::volumes::{NO_PROVISIONER, SELECTED_NODE, Volumes, allows_topology, reaches};
use crate::api::storage::{BindingMode, ClaimPhase, VolumePhase};
use crate::api::{Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass, Text, VolumeSource};
use std::sync::Arc;

/// The claims of a pod, sorted by what is to be done about them (volumebinding/binder.go, `GetPodVolumeClaims`).
#[derive(Clone, Debug, Default)]
pub struct PodClaims {
    /// All of them.
    pub names: Vec<ClaimName>,
    /// Those that are for one pod only.
    pub once: Vec<ClaimName>,
    /// The volumes of those that are bound; None where the volume is missing.
    bound: Vec<Option<Arc<PersistentVolume>>>,
    /// Those that wait for a node to be chosen, the smallest first.
    delayed: Vec<Arc<PersistentVolumeClaim>>,
}

/// What is to be done about a pod's claims once it goes to a node.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Volumes to give to claims.
    pub bindings: Vec<(Arc<PersistentVolume>, Arc<PersistentVolumeClaim>)>,
    /// Claims for which volumes are to be made near the node.
    pub provisions: Vec<Arc<PersistentVolumeClaim>>,
}

impl PodClaims {
    /// Sorts the claims of a pod, or says why it cannot run anywhere yet (plugins/volumebinding, `PreFilter`).
    pub fn of(pod: &Pod, view: &View<'_>, volumes: &Volumes) -> Result<Self, String> {
        let namespace = &pod.metadata.namespace;
        let mut claims = Self::default();
        let mut waits = false;
        for volume in pod.spec.volumes.iter() {
            let (name, own) = match volume.source() {
                VolumeSource::Claim(source) => (source.claim_name.clone(), false),
                VolumeSource::Ephemeral(_) => (format!("{}-{}", pod.metadata.name, volume.name), true),
                _ => continue,
            };
            let claim = volumes.claim(view, namespace, &name).ok_or_else(|| {
                if own {
                    format!("waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\"")
                } else {
                    format!("persistentvolumeclaim \"{name}\" not found")
                }
            })?;
            let volume_name = &claim.spec.volume_name;
            if claim.status.phase == ClaimPhase::Lost {
                return Err(format!(
                    "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume_name}\""
                ));
            }
            if claim.metadata.is_terminating() {
                return Err(format!("persistentvolumeclaim \"{name}\" is being deleted"));
            }
            if own && !claim.metadata.is_controlled_by(pod.metadata.uid) {
                return Err(format!(
                    "PVC {namespace}/{name} was not created for pod {namespace}/{} (pod is not owner)",
                    pod.metadata.name
                ));
            }
            let name: ClaimName = (namespace.clone(), name.into());
            if super::volume_restrictions::is_for_one_pod(claim) {
                claims.once.push(name.clone());
            }
            claims.names.push(name);
            if claim.is_bound() {
                claims.bound.push(volumes.volume(view, volume_name).cloned());
                continue;
            }
            let class = view.get::<StorageClass>("", claim.class());
            let delays = class.is_some_and(|c| c.volume_binding_mode == BindingMode::WaitForFirstConsumer);
            if delays && volume_name.is_empty() {
                claims.delayed.push(claim.clone());
            } else {
                waits = true;
            }
        }
        if waits {
            return Err("pod has unbound immediate PersistentVolumeClaims".to_owned());
        }
        claims.delayed.sort_by_key(|claim| claim.request());
        Ok(claims)
    }
}

/// Judges a node (plugins/volumebinding).
pub fn check(filtering: &Filtering<'_>, node: &Node) -> Verdict {
    plan(filtering, node).map(drop)
}

/// Says what is to be done about the pod's claims if it goes to a node, or why it cannot (`FindPodVolumes`).
pub fn plan(filtering: &Filtering<'_>, node: &Node) -> Result<Plan, Rejection> {
    let claims = &filtering.claims;
    let mut reasons: Vec<Text> = Vec::new();
    let labels = &node.metadata.labels;
    let first_bad = claims
        .bound
        .iter()
        .find(|volume| volume.as_ref().is_none_or(|v| !reaches(v, labels)));
    if let Some(Some(_)) = first_bad {
        reasons.push("node(s) didn't match PersistentVolume's node affinity".into());
    }
    let plan = plan_unbound(filtering, node);
    if plan.is_none() {
        reasons.push("node(s) didn't find available persistent volumes to bind".into());
    }
    if let Some(None) = first_bad {
        reasons.push("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)".into());
    }
    match plan {
        Some(plan) if reasons.is_empty() => Ok(plan),
        _ => Err(Rejection {
            plugin: Plugin::VolumeBinding,
            resolvable: false,
            reasons,
        }),
    }
}

/// Finds a volume for each claim that waits, or a class that can make one near the node.
fn plan_unbound(filtering: &Filtering<'_>, node: &Node) -> Option<Plan> {
    let mut plan = Plan::default();
    let mut to_match = Vec::new();
    for claim in &filtering.claims.delayed {
        match claim.metadata.annotations.get(SELECTED_NODE) {
            Some(selected) if **selected != *node.metadata.name => return None,
            Some(_) => plan.provisions.push(claim.clone()),
            None => to_match.push(claim),
        }
    }
    for claim in to_match {
        match find_volume(filtering, claim, node, &plan) {
            Some(volume) => plan.bindings.push((volume.clone(), claim.clone())),
            None => plan.provisions.push(claim.clone()),
        }
    }
    let can_be_made = |claim: &Arc<PersistentVolumeClaim>| {
        let class = filtering.view.get::<StorageClass>("", claim.class());
        class.is_some_and(|class| {
            !class.provisioner.is_empty()
                && class.provisioner != NO_PROVISIONER
                && allows_topology(class, &node.metadata.labels)
        })
    };
    plan.provisions.iter().all(can_be_made).then_some(plan)
}

/// Finds the smallest volume that a claim can have on a node (component-helpers, `FindMatchingVolume`).
fn find_volume<'a>(
    filtering: &'a Filtering<'_>,
    claim: &PersistentVolumeClaim,
    node: &Node,
    plan: &Plan,
) -> Option<&'a Arc<PersistentVolume>> {
    let class = claim.class();
    let mut best: Option<&Arc<PersistentVolume>> = None;
    for volume in filtering.volumes.candidates(filtering.view, claim, class) {
        let spec = &volume.spec;
        let taken = plan
            .bindings
            .iter()
            .any(|(have, _)| have.metadata.name == volume.metadata.name);
        let big_enough = volume.capacity() >= claim.request();
        if taken || !big_enough || spec.volume_mode != claim.spec.volume_mode || volume.metadata.is_terminating() {
            continue;
        }
        let within_reach = reaches(volume, &node.metadata.labels);
        if spec.claim_ref.is_some() {
            if volume.is_claimed_by(claim) {
                return within_reach.then_some(volume);
            }
            continue;
        }
        let selector = claim.spec.selector.as_ref();
        let fits = volume.status.phase == VolumePhase::Available
            && selector.is_none_or(|s| s.matches(&volume.metadata.labels))
            && volume.class() == class
            && within_reach
            && claim
                .spec
                .access_modes
                .iter()
                .all(|mode| spec.access_modes.contains(mode));
        if fits && best.is_none_or(|best| volume.capacity() < best.capacity()) {
            best = Some(volume);
        }
    }
    best
}
