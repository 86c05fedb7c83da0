//! What an update may not change, once an object is there (the kinds' `ValidateUpdate`, pkg/apis/*/validation).
//!
//! Left out: after the first line the API server shows how two Go structures differ, which only Go can write down.

use super::super::{Refusal, Store};
use crate::api::storage::ClaimPhase;
use crate::api::{
    ConfigMap, Job, Object, PersistentVolume, PersistentVolumeClaim, Pod, PodSpec, Secret, Service, StatefulSet,
    StorageClass,
};
use serde::Serialize;
use std::sync::Arc;

impl Store {
    /// Refuses an update that changes what cannot be changed.
    pub(super) fn refuse_change(&self, old: &Object, new: &Object) -> Result<(), Refusal> {
        let causes = match (old, new) {
            (Object::Pod(old), Object::Pod(new)) => pod(old, new),
            (Object::StatefulSet(old), Object::StatefulSet(new)) => stateful_set(old, new),
            (Object::Deployment(old), Object::Deployment(new)) => {
                fixed("spec.selector", &old.spec.selector, &new.spec.selector)
            }
            (Object::ReplicaSet(old), Object::ReplicaSet(new)) => {
                fixed("spec.selector", &old.spec.selector, &new.spec.selector)
            }
            (Object::DaemonSet(old), Object::DaemonSet(new)) => {
                fixed("spec.selector", &old.spec.selector, &new.spec.selector)
            }
            (Object::Job(old), Object::Job(new)) => job(old, new),
            (Object::Service(old), Object::Service(new)) => service(old, new),
            (Object::PersistentVolumeClaim(old), Object::PersistentVolumeClaim(new)) => {
                self.refuse_growth(old, new)?;
                claim(old, new)
            }
            (Object::PersistentVolume(old), Object::PersistentVolume(new)) => volume(old, new),
            (Object::StorageClass(old), Object::StorageClass(new)) => class(old, new),
            (Object::Secret(old), Object::Secret(new)) => secret(old, new),
            (Object::ConfigMap(old), Object::ConfigMap(new)) => config_map(old, new),
            (Object::PriorityClass(old), Object::PriorityClass(new)) if old.value != new.value => {
                vec!["value: Forbidden: may not be changed in an update.".to_owned()]
            }
            _ => vec![],
        };
        match causes.is_empty() {
            true => Ok(()),
            false => Err(Refusal::Invalid { key: new.key(), causes }),
        }
    }

    /// Refuses a larger claim whose class does not let it grow (admission plugin `PersistentVolumeClaimResize`).
    fn refuse_growth(&self, old: &PersistentVolumeClaim, new: &PersistentVolumeClaim) -> Result<(), Refusal> {
        if new.request() <= old.request() {
            return Ok(());
        }
        let why = if old.status.phase != ClaimPhase::Bound {
            "Only bound persistent volume claims can be expanded"
        } else {
            let class = old.spec.storage_class_name.as_deref().unwrap_or("");
            let class = self.get::<StorageClass>("", class);
            if class.is_some_and(|class| class.allow_volume_expansion == Some(true)) {
                return Ok(());
            }
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
        };
        Err(Refusal::Forbidden {
            key: crate::api::Resource::key(new),
            why: why.to_owned(),
        })
    }
}

/// Returns the refusal of a field that differs.
fn fixed<T: PartialEq + Serialize>(path: &str, old: &T, new: &T) -> Vec<String> {
    if old == new {
        return vec![];
    }
    let value = serde_json::to_string(new).expect("a field of the API is always JSON");
    vec![format!("{path}: Invalid value: {value}: field is immutable")]
}

fn pod(old: &Pod, new: &Pod) -> Vec<String> {
    if old.spec == new.spec {
        return vec![];
    }
    // What may change is made alike; the rest must be so already.
    let mut changed = PodSpec::clone(&new.spec);
    let images = |to: &mut Arc<Vec<crate::api::Container>>, from: &[crate::api::Container]| {
        for (to, from) in Arc::make_mut(to).iter_mut().zip(from) {
            to.image = from.image.clone();
        }
    };
    images(&mut changed.containers, &old.spec.containers);
    images(&mut changed.init_containers, &old.spec.init_containers);
    changed.active_deadline_seconds = old.spec.active_deadline_seconds;
    if old
        .spec
        .tolerations
        .iter()
        .all(|had| new.spec.tolerations.contains(had))
    {
        changed.tolerations = Arc::clone(&old.spec.tolerations);
    }
    // A pod that is held by a gate is not scheduled yet: gates may go, and its place may still be narrowed.
    if !old.spec.scheduling_gates.is_empty() {
        changed.scheduling_gates = old.spec.scheduling_gates.clone();
        changed.node_selector = old.spec.node_selector.clone();
        changed.affinity = old.spec.affinity.clone();
    }
    if changed == *old.spec {
        return vec![];
    }
    vec!["spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)".to_owned()]
}

fn stateful_set(old: &StatefulSet, new: &StatefulSet) -> Vec<String> {
    let (old, new) = (&old.spec, &new.spec);
    let same = old.selector == new.selector
        && old.service_name == new.service_name
        && old.pod_management_policy == new.pod_management_policy
        && old.volume_claim_templates == new.volume_claim_templates
        && old.rest == new.rest;
    if same {
        return vec![];
    }
    vec!["spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden".to_owned()]
}

fn job(old: &Job, new: &Job) -> Vec<String> {
    let mut causes = Vec::new();
    if old.spec.completion_mode != "Indexed" {
        causes.extend(fixed("spec.completions", &old.spec.completions, &new.spec.completions));
    }
    causes.extend(fixed("spec.selector", &old.spec.selector, &new.spec.selector));
    // A Job that has not begun may still be told where to run.
    if !(old.spec.suspend && old.status.start_time.is_none()) {
        causes.extend(fixed("spec.template", &old.spec.template, &new.spec.template));
    }
    causes
}

fn service(old: &Service, new: &Service) -> Vec<String> {
    let (was, is) = (&old.spec.cluster_ip, &new.spec.cluster_ip);
    if was.is_empty() || was == is || old.spec.kind == "ExternalName" || new.spec.kind == "ExternalName" {
        return vec![];
    }
    vec![format!(
        "spec.clusterIPs[0]: Invalid value: [\"{is}\"]: may not change once set"
    )]
}

fn claim(old: &PersistentVolumeClaim, new: &PersistentVolumeClaim) -> Vec<String> {
    let mut changed = new.spec.clone();
    // The controllers may name the volume once, and a class where none was named.
    if old.spec.volume_name.is_empty() {
        changed.volume_name = old.spec.volume_name.clone();
    }
    if old.spec.storage_class_name.is_none() {
        changed.storage_class_name = None;
    }
    let is_bound = old.status.phase == ClaimPhase::Bound;
    if is_bound {
        changed.resources.requests = old.spec.resources.requests.clone();
        let attributes = "volumeAttributesClassName";
        if let Some(had) = old.spec.rest.get(attributes) {
            changed.rest.set(attributes, had.clone());
        }
    }
    if changed != old.spec {
        return vec!["spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims".to_owned()];
    }
    let capacity = old.status.capacity.get("storage");
    if is_bound && new.request() < old.request() && capacity.is_some_and(|capacity| new.request() < *capacity) {
        return vec![
            "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity".to_owned(),
        ];
    }
    vec![]
}

fn volume(old: &PersistentVolume, new: &PersistentVolume) -> Vec<String> {
    let (old, new) = (&old.spec, &new.spec);
    let same = old.csi == new.csi
        && old.aws_elastic_block_store == new.aws_elastic_block_store
        && old.nfs == new.nfs
        && old.host_path == new.host_path
        && old.local == new.local;
    if same {
        return vec![];
    }
    vec!["spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation".to_owned()]
}

fn class(old: &StorageClass, new: &StorageClass) -> Vec<String> {
    let mut causes = Vec::new();
    if old.parameters != new.parameters {
        causes.push("parameters: Forbidden: updates to parameters are forbidden.".to_owned());
    }
    causes.extend(fixed("provisioner", &old.provisioner, &new.provisioner));
    causes.extend(fixed("reclaimPolicy", &old.reclaim_policy, &new.reclaim_policy));
    causes.extend(fixed(
        "volumeBindingMode",
        &old.volume_binding_mode,
        &new.volume_binding_mode,
    ));
    causes
}

fn secret(old: &Secret, new: &Secret) -> Vec<String> {
    let mut causes = fixed("type", &old.kind, &new.kind);
    if old.immutable == Some(true) {
        if new.immutable != Some(true) {
            causes.push("immutable: Forbidden: field is immutable when `immutable` is set".to_owned());
        }
        if old.data != new.data {
            causes.push("data: Forbidden: field is immutable when `immutable` is set".to_owned());
        }
    }
    causes
}

fn config_map(old: &ConfigMap, new: &ConfigMap) -> Vec<String> {
    if old.immutable != Some(true) {
        return vec![];
    }
    let cause = |field: &str| format!("{field}: Forbidden: field is immutable when `immutable` is set");
    let mut causes = Vec::new();
    if new.immutable != Some(true) {
        causes.push(cause("immutable"));
    }
    if old.data != new.data {
        causes.push(cause("data"));
    }
    if old.binary_data != new.binary_data {
        causes.push(cause("binaryData"));
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Toleration};
    use serde_json::{Value, json};

    fn refused(kind: &Kind, old: Value, new: Value) -> Vec<String> {
        let read = |tree: Value| Object::from_value(kind, tree).unwrap();
        match Store::default().refuse_change(&read(old), &read(new)) {
            Ok(()) => vec![],
            Err(Refusal::Invalid { causes, .. }) => causes,
            Err(other) => vec![other.to_string()],
        }
    }

    #[test]
    fn a_pod_may_get_another_image_and_more_tolerations_only() {
        let pod =
            |image: &str, command: &str| json!({"spec": {"containers": [{"image": image, "command": [command]}]}});
        assert_eq!(refused(&Kind::Pod, pod("a", "x"), pod("b", "x")), [""; 0]);
        assert!(refused(&Kind::Pod, pod("a", "x"), pod("a", "y"))[0].starts_with("spec: Forbidden: pod updates"));
        let mut more = Pod::default();
        let toleration = Toleration {
            key: "k".into(),
            ..Toleration::default()
        };
        more.spec_mut().tolerations = Arc::new(vec![toleration]);
        assert!(super::pod(&Pod::default(), &more).is_empty());
        assert_eq!(super::pod(&more, &Pod::default()).len(), 1);
    }

    #[test]
    fn a_claim_grows_only_when_bound_and_its_class_allows_it() {
        let claim = |size: &str, phase: &str| {
            json!({"metadata": {"name": "c"}, "spec": {"resources": {"requests": {"storage": size}}},
                   "status": {"phase": phase, "capacity": {"storage": "5Gi"}}})
        };
        let kind = Kind::PersistentVolumeClaim;
        let grown = refused(&kind, claim("5Gi", "Pending"), claim("6Gi", "Pending"));
        assert!(grown[0].ends_with("Only bound persistent volume claims can be expanded"));
        let grown = refused(&kind, claim("5Gi", "Bound"), claim("6Gi", "Bound"));
        assert!(grown[0].ends_with("the storageclass that provisions the pvc must support resize"));
        let shrunk = refused(&kind, claim("5Gi", "Bound"), claim("1Gi", "Bound"));
        assert_eq!(
            shrunk,
            ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"]
        );
    }

    #[test]
    fn what_is_fixed_is_named() {
        let class = |provisioner: &str| json!({"provisioner": provisioner});
        assert_eq!(
            refused(&Kind::StorageClass, class("a"), class("b")),
            ["provisioner: Invalid value: \"b\": field is immutable"]
        );
        let service = |ip: &str| json!({"spec": {"clusterIP": ip}});
        assert_eq!(
            refused(&Kind::Service, service("None"), service("10.0.0.77")),
            ["spec.clusterIPs[0]: Invalid value: [\"10.0.0.77\"]: may not change once set"]
        );
        let secret = |data: &str| json!({"immutable": true, "data": {"a": data}});
        assert_eq!(
            refused(&Kind::Secret, secret("eA=="), secret("eQ==")),
            ["data: Forbidden: field is immutable when `immutable` is set"]
        );
    }
}
