//! What admission fills in for a pod.

use super::super::{Refusal, Store};
use super::container;
use crate::api::{
    Condition, Container, Pod, PriorityClass, Quantity, Resource, TaintEffect, Text, Toleration, Uid, Volume,
    VolumeMount, condition, hash,
};
use serde_json::json;
use std::sync::Arc;

/// Where the token of the service account is mounted.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How many templates are remembered.
const REMEMBERED: usize = 64;

/// What a pod brought, and what it was given: pods of one template and one owner are given the same.
#[derive(Clone, Debug)]
pub(super) struct Furnished {
    owner: Uid,
    brought: Shared,
    given: Shared,
}

/// The parts of a pod that pods of one template share.
#[derive(Clone, Debug)]
struct Shared {
    containers: Arc<Vec<Container>>,
    init_containers: Arc<Vec<Container>>,
    volumes: Arc<Vec<Volume>>,
    tolerations: Arc<Vec<Toleration>>,
}

impl Shared {
    fn of(pod: &Pod) -> Self {
        Self {
            containers: pod.spec.containers.clone(),
            init_containers: pod.spec.init_containers.clone(),
            volumes: pod.spec.volumes.clone(),
            tolerations: pod.spec.tolerations.clone(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.containers, &other.containers)
            && Arc::ptr_eq(&self.init_containers, &other.init_containers)
            && Arc::ptr_eq(&self.volumes, &other.volumes)
            && Arc::ptr_eq(&self.tolerations, &other.tolerations)
    }

    fn into_pod(self, pod: &mut Pod) {
        let spec = pod.spec_mut();
        spec.containers = self.containers;
        spec.init_containers = self.init_containers;
        spec.volumes = self.volumes;
        spec.tolerations = self.tolerations;
    }
}

impl Store {
    /// Fills in the service account and its token, tolerations, priority and quality of service of a new pod.
    pub(super) fn admit_pod(&mut self, pod: &mut Pod) -> Result<(), Refusal> {
        if pod.spec.service_account_name.is_empty() {
            pod.spec_mut().service_account_name = "default".into();
        }
        // The field's old name goes on being filled in (pkg/apis/core/v1/conversion.go).
        if pod.spec.rest.get("serviceAccount").is_none() {
            let name = pod.spec.service_account_name.to_string();
            pod.spec_mut().rest.set("serviceAccount", name.into());
        }
        link_services(pod);
        self.give_priority(pod)?;
        let owner = pod.metadata.controller().map(|owner| owner.uid).unwrap_or_default();
        let brought = Shared::of(pod);
        let known = self
            .admission
            .furnished
            .iter()
            .rev()
            .find(|f| f.owner == owner && f.brought.is(&brought));
        match known {
            Some(known) => known.given.clone().into_pod(pod),
            None => {
                container::fill_in(&mut pod.spec);
                self.tolerate(pod);
                mount_token(pod, owner);
                if self.admission.furnished.len() >= REMEMBERED {
                    self.admission.furnished.remove(0);
                }
                let given = Shared::of(pod);
                self.admission.furnished.push(Furnished { owner, brought, given });
            }
        }
        self.limit_pod(pod)?;
        // One that names its node by itself gets the labels at once.
        self.label_topology(pod);
        pod.status.qos_class = quality(pod);
        if !pod.spec.scheduling_gates.is_empty() {
            gate(pod);
        }
        Ok(())
    }

    /// Resolves the priority class (admission plugin `Priority`).
    fn give_priority(&self, pod: &mut Pod) -> Result<(), Refusal> {
        let name = &pod.spec.priority_class_name;
        let class = if name.is_empty() {
            let mut defaults = self.list::<PriorityClass>("").filter(|class| class.global_default);
            defaults.next()
        } else if let Some(built_in) = built_in_priority(name) {
            let spec = pod.spec_mut();
            spec.priority = Some(built_in);
            spec.preemption_policy.get_or_insert("PreemptLowerPriority".into());
            return Ok(());
        } else {
            let class = self.get::<PriorityClass>("", name);
            if class.is_none() {
                let why = format!("no PriorityClass with name {name} was found");
                return Err(Refusal::Forbidden { key: pod.key(), why });
            }
            class
        };
        let (priority, policy, name) = match class {
            Some(class) => (
                class.value,
                class.preemption_policy.clone(),
                Text::Owned(class.metadata.name.to_string()),
            ),
            None => (0, "PreemptLowerPriority".into(), "".into()),
        };
        let spec = pod.spec_mut();
        spec.priority = Some(priority);
        spec.preemption_policy.get_or_insert(policy);
        spec.priority_class_name = name;
        Ok(())
    }

    /// Adds the tolerations that let a pod stay a while on a node in trouble (admission plugin
    /// `DefaultTolerationSeconds`).
    fn tolerate(&self, pod: &mut Pod) {
        for (key, seconds) in [
            (
                "node.kubernetes.io/not-ready",
                self.admission.not_ready_toleration_seconds,
            ),
            (
                "node.kubernetes.io/unreachable",
                self.admission.unreachable_toleration_seconds,
            ),
        ] {
            let covers = |t: &Toleration| {
                (t.key.is_empty() || t.key == key) && t.effect.is_none_or(|effect| effect == TaintEffect::NoExecute)
            };
            if !pod.spec.tolerations.iter().any(covers) {
                Arc::make_mut(&mut pod.spec_mut().tolerations).push(Toleration {
                    key: key.to_owned(),
                    operator: "Exists".into(),
                    effect: Some(TaintEffect::NoExecute),
                    toleration_seconds: Some(seconds),
                    ..Toleration::default()
                });
            }
        }
    }
}

/// Fills in what a pod leaves out of its containers (pkg/apis/core/v1/defaults.go, `SetDefaults_PodSpec`).
pub(super) fn fill_in(pod: &mut Pod) {
    link_services(pod);
    container::fill_in(&mut pod.spec);
}

fn link_services(pod: &mut Pod) {
    if pod.spec.enable_service_links.is_none() {
        pod.spec_mut().enable_service_links = Some(true);
    }
}

/// Says that a pod is not to be scheduled yet (pkg/registry/core/pod, `applySchedulingGatedCondition`).
fn gate(pod: &mut Pod) {
    let conditions = &mut pod.status.conditions;
    if condition::find(conditions, "PodScheduled").is_none() {
        conditions.push(Condition {
            kind: "PodScheduled".into(),
            status: false.into(),
            reason: "SchedulingGated".into(),
            message: "Scheduling is blocked due to non-empty scheduling gates".into(),
            ..Condition::default()
        });
    }
}

/// Returns the priority of the two classes that every cluster has.
fn built_in_priority(name: &str) -> Option<i64> {
    match name {
        "system-cluster-critical" => Some(2_000_000_000),
        "system-node-critical" => Some(2_000_001_000),
        _ => None,
    }
}

/// Mounts the token of the service account (admission plugin `ServiceAccount`).
///
/// The five letters of the volume's name are random on a real cluster; here pods of one owner share them, so that they
/// can share their containers too.
fn mount_token(pod: &mut Pod, owner: Uid) {
    let refused = pod
        .spec
        .rest
        .get("automountServiceAccountToken")
        .is_some_and(|value| value == false);
    if refused
        || pod
            .spec
            .containers
            .iter()
            .all(|c| c.volume_mounts.iter().any(|m| m.mount_path == TOKEN_PATH))
    {
        return;
    }
    let seed = if owner == Uid::default() {
        hash::fnv64a(pod.metadata.name.as_bytes())
    } else {
        (owner.0 >> 64) as u64
    };
    let name = format!("kube-api-access-{}", hash::suffix(seed));
    let mut volume = Volume {
        name: name.clone(),
        ..Volume::default()
    };
    volume.rest.set(
        "projected",
        json!({
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
            ],
        }),
    );
    let spec = pod.spec_mut();
    Arc::make_mut(&mut spec.volumes).push(volume);
    for containers in [&mut spec.containers, &mut spec.init_containers] {
        if containers.is_empty() {
            continue;
        }
        for container in Arc::make_mut(containers) {
            if container.volume_mounts.iter().all(|m| m.mount_path != TOKEN_PATH) {
                container.volume_mounts.push(VolumeMount {
                    name: name.clone(),
                    read_only: true,
                    mount_path: TOKEN_PATH.to_owned(),
                    ..VolumeMount::default()
                });
            }
        }
    }
}

/// Returns the quality of service (`qos.ComputePodQOS`): Guaranteed when every container limits cpu and memory to what
/// it requests, BestEffort when none asks for anything.
fn quality(pod: &Pod) -> Text {
    let containers = || pod.spec.containers.iter().chain(pod.spec.init_containers.iter());
    let counts = |resource: &&str| {
        containers().any(|c| {
            let asked = c
                .resources
                .requests
                .get(*resource)
                .or(c.resources.limits.get(*resource));
            asked.is_some_and(|amount| !amount.is_zero())
        })
    };
    if !["cpu", "memory"].iter().any(counts) {
        return "BestEffort".into();
    }
    let guaranteed = |c: &Container| {
        ["cpu", "memory"].iter().all(|resource| {
            let limit: Option<&Quantity> = c.resources.limits.get(*resource);
            limit.is_some_and(|limit| {
                !limit.is_zero()
                    && c.resources
                        .requests
                        .get(*resource)
                        .is_none_or(|request| request == limit)
            })
        })
    };
    if containers().all(guaranteed) {
        "Guaranteed".into()
    } else {
        "Burstable".into()
    }
}
