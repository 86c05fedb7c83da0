//! Pods: what is to run together on one node, and what became of it.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{
    Affinity, Condition, Container, Meta, Quantity, Resources, Text, Time, Toleration, TopologySpreadConstraint,
    Volume, condition,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

words! {
    /// A pod.
    pub struct Pod {
        metadata: Meta = Meta::default(),
        #[serde(with = "crate::pack::shared")]
        spec: Arc<PodSpec> = Arc::default(),
        status: PodStatus = PodStatus::default(),
    }

    /// The template that a controller makes pods of.
    pub struct PodTemplate {
        metadata: Meta = Meta::default(),
        #[serde(with = "crate::pack::shared")]
        spec: Arc<PodSpec> = Arc::default(),
    }

    /// What is asked of a pod.
    pub struct PodSpec {
        #[serde(with = "crate::pack::shared")]
        volumes: Arc<Vec<Volume>>,
        #[serde(with = "crate::pack::shared")]
        init_containers: Arc<Vec<Container>>,
        #[serde(with = "crate::pack::shared")]
        containers: Arc<Vec<Container>> = Arc::default(),
        restart_policy: Text = "Always".into(),
        termination_grace_period_seconds: i64 = 30,
        active_deadline_seconds: Option<i64>,
        dns_policy: Text = "ClusterFirst".into(),
        node_selector: BTreeMap<String, String>,
        service_account_name: Text,
        node_name: Arc<str>,
        host_network: bool,
        hostname: Text,
        subdomain: Text,
        #[serde(with = "crate::pack::shared::option")]
        affinity: Option<Arc<Affinity>>,
        scheduler_name: Text = "default-scheduler".into(),
        #[serde(with = "crate::pack::shared")]
        tolerations: Arc<Vec<Toleration>>,
        priority_class_name: Text,
        priority: Option<i64>,
        preemption_policy: Option<Text>,
        overhead: Resources,
        enable_service_links: Option<bool>,
        #[serde(with = "crate::pack::shared")]
        topology_spread_constraints: Arc<Vec<TopologySpreadConstraint>>,
        scheduling_gates: Vec<SchedulingGate>,
    }

    /// A reason not to schedule yet.
    pub struct SchedulingGate {
        name: String = String::new(),
    }

    /// What became of a pod.
    pub struct PodStatus {
        observed_generation: i64,
        phase: Phase = Phase::Pending,
        conditions: Vec<Condition>,
        message: Text,
        reason: Text,
        nominated_node_name: Arc<str>,
        #[serde(rename = "hostIP")]
        host_ip: Text,
        #[serde(rename = "hostIPs")]
        host_ips: Vec<Ip>,
        #[serde(rename = "podIP")]
        pod_ip: Text,
        #[serde(rename = "podIPs")]
        pod_ips: Vec<Ip>,
        start_time: Option<Time>,
        init_container_statuses: Vec<ContainerStatus>,
        container_statuses: Vec<ContainerStatus>,
        qos_class: Text,
    }

    /// An address.
    pub struct Ip {
        ip: Text = "".into(),
    }

    /// What became of a container.
    pub struct ContainerStatus {
        name: Text = "".into(),
        state: ContainerState = ContainerState::default(),
        last_state: ContainerState = ContainerState::default(),
        ready: bool = false,
        restart_count: i64 = 0,
        image: Text = "".into(),
        #[serde(rename = "imageID")]
        image_id: Text = "".into(),
        #[serde(rename = "containerID")]
        container_id: Text,
        started: Option<bool>,
    }

    /// The state of a container; at most one of the three is set.
    pub struct ContainerState {
        waiting: Option<Waiting>,
        running: Option<Running>,
        terminated: Option<Terminated>,
    }

    /// Not yet, and why.
    pub struct Waiting {
        reason: Text,
        message: Text,
    }

    /// Since when.
    pub struct Running {
        started_at: Option<Time>,
    }

    /// How it ended.
    pub struct Terminated {
        exit_code: i64 = 0,
        signal: i64,
        reason: Text,
        message: Text,
        started_at: Option<Time>,
        finished_at: Option<Time>,
        #[serde(rename = "containerID")]
        container_id: Text,
    }
}

/// Where a pod stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    #[default]
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

impl Phase {
    /// Says whether nothing will run in the pod any more (`podutil.IsPodTerminal`).
    pub fn is_terminal(self) -> bool {
        matches!(self, Phase::Succeeded | Phase::Failed)
    }
}

impl Pod {
    /// Says whether the pod's condition Ready is True (`podutil.IsPodReady`).
    pub fn is_ready(&self) -> bool {
        condition::is_true(&self.status.conditions, "Ready")
    }

    /// Says whether the pod has been ready for `min_ready_seconds` (`podutil.IsPodAvailable`).
    pub fn is_available(&self, min_ready_seconds: i64, now: Time) -> bool {
        let Some(ready) = condition::find(&self.status.conditions, "Ready").filter(|_| self.is_ready()) else {
            return false;
        };
        min_ready_seconds == 0
            || ready
                .last_transition_time
                .is_some_and(|since| now - since >= min_ready_seconds * 1000)
    }

    /// Says whether the pod has been given to a node.
    pub fn is_scheduled(&self) -> bool {
        !self.spec.node_name.is_empty()
    }

    /// Says whether the pod is neither ended nor asked to go (`controller.IsPodActive`).
    pub fn is_active(&self) -> bool {
        !self.status.phase.is_terminal() && !self.metadata.is_terminating()
    }

    /// Returns the names of the claims that the pod mounts, ephemeral ones included.
    pub fn claims(&self) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
        use super::VolumeSource::{Claim, Ephemeral};
        self.spec.volumes.iter().filter_map(|volume| match volume.source() {
            Claim(claim) => Some(claim.claim_name.as_str().into()),
            Ephemeral(_) => Some(format!("{}-{}", self.metadata.name, volume.name).into()),
            _ => None,
        })
    }

    /// Changes the spec; the containers and volumes stay shared with the template's.
    pub fn spec_mut(&mut self) -> &mut PodSpec {
        Arc::make_mut(&mut self.spec)
    }
}

impl PodSpec {
    /// Returns the effective request for a resource: the sum over the containers and sidecars, or the largest init
    /// container where that is more (`resourcehelper.PodRequests`).
    pub fn request(&self, resource: &str) -> Quantity {
        let mut sum = self
            .containers
            .iter()
            .map(|c| c.request(resource))
            .fold(Quantity::default(), Quantity::plus);
        let (mut sidecars, mut largest) = (Quantity::default(), Quantity::default());
        for init in self.init_containers.iter() {
            if init.restart_policy == "Always" {
                sidecars = sidecars.plus(init.request(resource));
                sum = sum.plus(init.request(resource));
                largest = largest.max(sidecars);
            } else {
                largest = largest.max(sidecars.plus(init.request(resource)));
            }
        }
        let overhead = self.overhead.get(resource).copied().unwrap_or_default();
        sum.max(largest).plus(overhead)
    }
}
