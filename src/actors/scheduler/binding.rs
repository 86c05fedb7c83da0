//! From a chosen node to a bound pod: claims first (plugins/volumebinding, `Reserve` and `PreBind`), then the pod.
//!
//! Binding goes on beside the scheduling of other pods; several pods may wait for their volumes at once.

use super::cache::node::ClaimName;
use super::filters::volume_binding::Plan;
use super::volumes::{SELECTED_NODE, Volumes, reaches};
use crate::actors::{Effect, View};
use crate::api::{Node, ObjectReference, PersistentVolume, PersistentVolumeClaim, Pod, Resource, Time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long claims may take to be bound (`bindTimeoutSeconds`).
const TIMEOUT_MS: i64 = 600_000;

/// A pod on its way to a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// The node.
    pub node: Arc<str>,
    /// When it is given up.
    #[serde(with = "crate::api::exact")]
    deadline: Time,
    /// When it is looked at next.
    #[serde(with = "crate::api::exact")]
    pub next_look: Time,
    /// The volumes that were given to claims.
    bindings: Vec<(Arc<str>, ClaimName)>,
    /// The claims for which volumes are made.
    provisions: Vec<ClaimName>,
    /// Whether the API server was asked to bind the pod.
    pub is_last: bool,
}

impl Binding {
    /// Takes what a pod needs of volumes (`AssumePodVolumes`) and returns what is to be written for it
    /// (`bindAPIUpdate`): volumes get their claims, claims get the node where their volumes are wanted.
    ///
    /// Everything is written with the resource version of the cache: whoever wrote meanwhile wins.
    pub fn new(node: &Arc<str>, plan: &Plan, volumes: &mut Volumes, view: &View<'_>) -> (Self, Vec<Effect>) {
        let name = |claim: &PersistentVolumeClaim| (claim.metadata.namespace.clone(), claim.metadata.name.clone());
        let poll = view.settings.prebind_poll;
        let binding = Self {
            node: node.clone(),
            deadline: view.now + TIMEOUT_MS,
            next_look: view.now + poll,
            bindings: plan
                .bindings
                .iter()
                .map(|(v, c)| (v.metadata.name.clone(), name(c)))
                .collect(),
            provisions: plan.provisions.iter().map(|c| name(c)).collect(),
            is_last: false,
        };
        let mut effects = Vec::new();
        for (volume, claim) in &plan.bindings {
            let given = Arc::new(given_to(volume, claim));
            effects.push(Effect::Update(crate::api::Object::PersistentVolume(given.clone())));
            volumes.assume_volume(given);
        }
        for claim in &plan.provisions {
            let mut wanted = PersistentVolumeClaim::clone(claim);
            wanted.metadata.annotations.set(SELECTED_NODE, &**node);
            let wanted = Arc::new(wanted);
            effects.push(Effect::Update(crate::api::Object::PersistentVolumeClaim(
                wanted.clone(),
            )));
            volumes.assume_claim(wanted);
        }
        (binding, effects)
    }

    /// Makes the binding of a pod that needs nothing of volumes.
    pub fn at_once(node: &Arc<str>, view: &View<'_>) -> Self {
        let (mut binding, _) = Self::new(node, &Plan::default(), &mut Volumes::default(), view);
        binding.is_last = true;
        binding
    }

    /// Gives back what was taken (`RevertAssumedPodVolumes`).
    pub fn revert(&self, volumes: &mut Volumes) {
        for (volume, _) in &self.bindings {
            volumes.revert_volume(volume);
        }
        for (namespace, name) in &self.provisions {
            volumes.revert_claim(namespace, name);
        }
    }

    /// Says whether all claims are bound, or why it is to be given up (`checkBindings`).
    pub fn check(&self, view: &View<'_>) -> Result<bool, String> {
        let claim_of = |(namespace, name): &ClaimName| {
            let claim = view.get::<PersistentVolumeClaim>(namespace, name);
            claim.ok_or_else(|| format!("could not find v1.PersistentVolumeClaim \"{namespace}/{name}\""))
        };
        let node = view.get::<Node>("", &self.node).ok_or_else(|| {
            format!(
                "binding volumes: failed to get node \"{0}\": node \"{0}\" not found",
                self.node
            )
        })?;
        let reached = |volume: &PersistentVolume| {
            if reaches(volume, &node.metadata.labels) {
                return Ok(());
            }
            let name = &volume.metadata.name;
            Err(format!(
                "binding volumes: pv \"{name}\" node affinity doesn't match node \"{}\": no matching NodeSelectorTerms",
                self.node
            ))
        };
        let mut all_bound = true;
        for (name, claim) in &self.bindings {
            let volume = view.get::<PersistentVolume>("", name).ok_or_else(|| {
                format!("binding volumes: failed to check binding: could not find v1.PersistentVolume \"{name}\"")
            })?;
            let claim = claim_of(claim).map_err(|why| format!("binding volumes: failed to check binding: {why}"))?;
            reached(volume)?;
            if volume
                .spec
                .claim_ref
                .as_ref()
                .is_none_or(|to| to.uid == Default::default())
            {
                return Err(format!("binding volumes: ClaimRef got reset for pv \"{name}\""));
            }
            all_bound &= claim.is_bound();
        }
        for name in &self.provisions {
            let claim =
                claim_of(name).map_err(|why| format!("binding volumes: failed to check provisioning pvc: {why}"))?;
            // The provisioner takes the annotation away when it could not make a volume there.
            if claim.metadata.annotations.get(SELECTED_NODE).map(String::as_str) != Some(&*self.node) {
                return Err(format!(
                    "binding volumes: provisioning failed for PVC \"{}\"",
                    claim.metadata.name
                ));
            }
            if !claim.spec.volume_name.is_empty() {
                match view.get::<PersistentVolume>("", &claim.spec.volume_name) {
                    Some(volume) => reached(volume)?,
                    None => all_bound = false,
                }
            }
            all_bound &= claim.is_bound();
        }
        if !all_bound && view.now >= self.deadline {
            return Err("binding volumes: context deadline exceeded".to_owned());
        }
        Ok(all_bound)
    }

    /// Returns the words for something that went wrong.
    pub fn words_for(&self, what: &str) -> String {
        if self.is_last {
            format!("running Bind plugin \"DefaultBinder\": {what}")
        } else {
            format!("running PreBind plugin \"VolumeBinding\": {what}")
        }
    }

    /// Returns what binds the pod and says so.
    pub fn bind(&self, pod: &Arc<Pod>) -> [Effect; 2] {
        let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
        [
            Effect::Bind {
                pod: pod.key(),
                uid: pod.metadata.uid,
                node: self.node.clone(),
            },
            Effect::normal(
                reference(pod),
                "Scheduled",
                format!("Successfully assigned {namespace}/{name} to {}", self.node),
            ),
        ]
    }
}

/// Returns a reference to a pod, as events about it hold.
pub fn reference(pod: &Arc<Pod>) -> ObjectReference {
    crate::api::Object::Pod(pod.clone()).reference()
}

/// Returns a volume that is given to a claim (component-helpers, `GetBindVolumeToClaim`).
fn given_to(volume: &PersistentVolume, claim: &Arc<PersistentVolumeClaim>) -> PersistentVolume {
    let mut given = volume.clone();
    let prebound = volume.spec.claim_ref.as_ref();
    if prebound.is_none() {
        given
            .metadata
            .annotations
            .set("pv.kubernetes.io/bound-by-controller", "yes");
    }
    if prebound.is_none_or(|to| to.uid == Default::default()) {
        given.spec.claim_ref = Some(crate::api::Object::PersistentVolumeClaim(claim.clone()).reference());
    }
    given
}
