//! The claims of a set's pods: made before their pods, kept when they go, and who takes them along when the set's policy
//! says so (pkg/controller/statefulset/stateful_pod_control.go and stateful_set_utils.go).

use super::pods;
use super::run::Run;
use super::update::Flow;
use crate::actors::Effect;
use crate::api::{Meta, OwnerReference, PersistentVolumeClaim, Pod, Resource, StatefulSet, Volume, VolumeSource};
use serde_json::json;
use std::sync::Arc;

/// Returns the name of the claim of a pod: template, set, ordinal.
pub(super) fn name(set: &StatefulSet, template: &PersistentVolumeClaim, ordinal: i64) -> String {
    format!("{}-{}-{ordinal}", template.metadata.name, set.metadata.name)
}

/// Returns the name of the claim that a volume of a pod is.
pub(super) fn claim_of(volume: &Volume) -> Option<&String> {
    match volume.source() {
        VolumeSource::Claim(claim) => Some(&claim.claim_name),
        _ => None,
    }
}

/// Returns the volume of a pod that is a claim.
pub(super) fn volume(volume: &str, claim: String) -> Volume {
    serde_json::from_value(json!({"name": volume, "persistentVolumeClaim": {"claimName": claim}}))
        .expect("this is what a volume looks like")
}

/// Returns a new claim of a pod.
fn new(set: &StatefulSet, template: &PersistentVolumeClaim, ordinal: i64) -> PersistentVolumeClaim {
    let mut claim = template.clone();
    claim.metadata.name = name(set, template, ordinal).into();
    claim.metadata.namespace = set.metadata.namespace.clone();
    for (key, value) in set.spec.selector.match_labels.iter() {
        claim.metadata.labels.set(key, value);
    }
    claim.status = Default::default();
    claim
}

/// Whose going takes a claim along.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    Set,
    Pod,
}

/// Returns whose going takes the claims of a pod along, by the set's policy: a condemned pod's, where scaling down
/// deletes; the set's, where its deletion does.
fn owner_of(set: &StatefulSet, ordinal: i64) -> Owner {
    let policy = &set.spec.persistent_volume_claim_retention_policy;
    let is_condemned = !pods::wanted(set).contains(&ordinal);
    match (&*policy.when_scaled, &*policy.when_deleted) {
        ("Delete", "Delete") if is_condemned => Owner::Pod,
        ("Delete", "Delete") => Owner::Set,
        ("Delete", _) if is_condemned => Owner::Pod,
        ("Retain", "Delete") => Owner::Set,
        _ => Owner::Nobody,
    }
}

/// Says whether a reference names an object of this kind and name, whatever its uid.
fn names<T: Resource>(reference: &OwnerReference, name: &str) -> bool {
    reference.kind == T::KIND.name() && reference.api_version == T::KIND.api_version() && *reference.name == *name
}

/// A claim's owners as its set and pod look at them.
struct Ownership<'a> {
    set: &'a StatefulSet,
    pod: &'a Meta,
}

impl Ownership<'_> {
    /// Says whether a reference is to the set or the pod, by name.
    fn is_ours(&self, reference: &OwnerReference) -> bool {
        names::<StatefulSet>(reference, &self.set.metadata.name) || names::<Pod>(reference, &self.pod.name)
    }

    /// Says whether a reference is to an earlier set or pod of the same name.
    fn is_stale(&self, reference: &OwnerReference) -> bool {
        self.is_ours(reference) && ![self.set.metadata.uid, self.pod.uid].contains(&reference.uid)
    }

    /// Says whether a claim that the policy is about has a manager who is neither the set nor the pod
    /// (`hasUnexpectedController`).
    fn is_managed_by_others(&self, claim: &PersistentVolumeClaim) -> bool {
        let policy = &self.set.spec.persistent_volume_claim_retention_policy;
        let retains = policy.when_scaled == "Retain" && policy.when_deleted == "Retain";
        let foreign = |o: &OwnerReference| {
            if self.is_ours(o) {
                self.is_stale(o)
            } else {
                o.controller
            }
        };
        !retains && claim.metadata.owner_references.iter().any(foreign)
    }

    /// Says whether a claim's owners are those that the policy wants, or are better left alone (`isClaimOwnerUpToDate`).
    fn is_settled(&self, claim: &PersistentVolumeClaim) -> bool {
        let owners = &claim.metadata.owner_references;
        let of_set = owners.iter().any(|o| o.uid == self.set.metadata.uid);
        let of_pod = owners.iter().any(|o| o.uid == self.pod.uid);
        if owners.iter().any(|o| self.is_stale(o)) {
            return true;
        }
        if self.is_managed_by_others(claim) {
            return !of_set && !of_pod;
        }
        let uids = [self.set.metadata.uid, self.pod.uid];
        if owners.iter().any(|o| uids.contains(&o.uid) && !o.controller) {
            return false;
        }
        let ordinal = pods::parent_and_ordinal(&self.pod.name).map_or(-1, |(_, ordinal)| ordinal);
        let wanted = owner_of(self.set, ordinal);
        of_set == (wanted == Owner::Set) && of_pod == (wanted == Owner::Pod)
    }

    /// Returns the claim with the owners that the policy wants (`updateClaimOwnerRefForSetAndPod`).
    fn settle(&self, claim: &PersistentVolumeClaim, ordinal: i64) -> PersistentVolumeClaim {
        let foreign = self.is_managed_by_others(claim);
        let mut claim = claim.clone();
        claim.metadata.owner_references.retain(|o| !self.is_ours(o));
        let owner = match owner_of(self.set, ordinal) {
            _ if foreign => None,
            Owner::Nobody => None,
            Owner::Set => Some(self.set.as_controller()),
            Owner::Pod => {
                let mut pod = Pod::default();
                pod.metadata = self.pod.clone();
                Some(pod.as_controller())
            }
        };
        claim.metadata.owner_references.extend(owner);
        claim
    }
}

impl Run<'_> {
    fn claim(&self, name: &str) -> Option<&'_ Arc<PersistentVolumeClaim>> {
        self.view.get(&self.set.metadata.namespace, name)
    }

    /// Makes the claims that a pod lacks. `aloud`: a failure is said of the pod too (`createPersistentVolumeClaims`).
    pub fn make_claims(&mut self, ordinal: i64, aloud: bool) -> Flow {
        let set = Arc::clone(&self.set);
        let pod = pods::name(&set, ordinal);
        let mut failures = vec![];
        for template in &set.spec.volume_claim_templates {
            let claim = name(&set, template, ordinal);
            match self.claim(&claim) {
                None => {
                    self.effects.push(Effect::create(new(&set, template, ordinal)));
                    let name = &set.metadata.name;
                    let message = format!("Create Claim {claim} Pod {pod} in StatefulSet {name} success");
                    self.say("SuccessfulCreate", message);
                }
                Some(there) if there.metadata.is_terminating() => {
                    failures.push(format!("pvc {claim} is being deleted"))
                }
                Some(_) => (),
            }
        }
        let failure = match failures.as_slice() {
            [] => return Flow::Go,
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        if aloud {
            self.warn_of("Create", &pod, &failure);
        }
        Flow::Fail
    }

    /// Says whether a claim of a pod that is to be made still belongs to a former pod of the name, and will go with it
    /// (`PodClaimIsStale`).
    pub fn has_stale_claim(&self, ordinal: i64) -> bool {
        let set = &self.set;
        let pod = pods::name(set, ordinal);
        set.spec.persistent_volume_claim_retention_policy.when_scaled == "Delete"
            && set.spec.volume_claim_templates.iter().any(|template| {
                let claim = self.claim(&name(set, template, ordinal));
                claim.is_some_and(|claim| claim.metadata.owner_references.iter().any(|o| names::<Pod>(o, &pod)))
            })
    }

    /// Says whether the owners of a pod's claims are those that the policy wants (`ClaimsMatchRetentionPolicy`).
    pub fn claims_are_settled(&self, pod: &Meta) -> bool {
        let ordinal = pods::parent_and_ordinal(&pod.name).map_or(-1, |(_, ordinal)| ordinal);
        let ownership = Ownership { set: &self.set, pod };
        self.set.spec.volume_claim_templates.iter().all(|template| {
            let claim = self.claim(&name(&self.set, template, ordinal));
            claim.is_none_or(|claim| ownership.is_settled(claim))
        })
    }

    /// Gives a pod's claims the owners that the policy wants (`UpdatePodClaimForRetentionPolicy`).
    pub fn settle_claims(&mut self, pod: &Meta) {
        let set = Arc::clone(&self.set);
        let ordinal = pods::parent_and_ordinal(&pod.name).map_or(-1, |(_, ordinal)| ordinal);
        let ownership = Ownership { set: &set, pod };
        for template in &set.spec.volume_claim_templates {
            let claim_name = name(&set, template, ordinal);
            let Some(claim) = self
                .view
                .get::<PersistentVolumeClaim>(&set.metadata.namespace, &claim_name)
            else {
                continue;
            };
            if ownership.is_managed_by_others(claim) {
                let message = format!(
                    "PersistentVolumeClaim {claim_name} has a conflicting OwnerReference that acts as a manging \
                     controller, the retention policy is ignored for this claim"
                );
                self.warn("ConflictingController", message);
            }
            if !ownership.is_settled(claim) {
                let settled = ownership.settle(claim, ordinal);
                self.effects.push(Effect::update(settled));
            }
        }
    }
}
