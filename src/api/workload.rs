//! The workloads of `apps/v1`: Deployment, ReplicaSet, StatefulSet, DaemonSet and ControllerRevision.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Condition, IntOrString, LabelSelector, Meta, PersistentVolumeClaim, PodTemplate, Text};
use serde_json::Value;

words! {
    /// A Deployment.
    pub struct Deployment {
        metadata: Meta = Meta::default(),
        spec: DeploymentSpec = DeploymentSpec::default(),
        status: DeploymentStatus = DeploymentStatus::default(),
    }

    /// What is asked of a Deployment.
    pub struct DeploymentSpec {
        replicas: i64 = 1,
        selector: LabelSelector = LabelSelector::default(),
        template: PodTemplate = PodTemplate::default(),
        strategy: DeploymentStrategy = DeploymentStrategy::default(),
        min_ready_seconds: i64,
        revision_history_limit: i64 = 10,
        paused: bool,
        progress_deadline_seconds: i64 = 600,
    }

    /// `RollingUpdate` or `Recreate`.
    pub struct DeploymentStrategy {
        #[serde(rename = "type")]
        kind: Text = "RollingUpdate".into(),
        /// None with `Recreate`; with `RollingUpdate` the API server always fills it in.
        rolling_update: Option<RollingUpdateDeployment>,
    }

    /// How many pods above and below the wanted number.
    pub struct RollingUpdateDeployment {
        max_unavailable: IntOrString = IntOrString::String("25%".to_owned()),
        max_surge: IntOrString = IntOrString::String("25%".to_owned()),
    }

    /// What became of a Deployment.
    pub struct DeploymentStatus {
        observed_generation: i64,
        replicas: i64,
        updated_replicas: i64,
        ready_replicas: i64,
        available_replicas: i64,
        unavailable_replicas: i64,
        terminating_replicas: Option<i64>,
        collision_count: Option<i64>,
        conditions: Vec<Condition>,
    }

    /// A ReplicaSet.
    pub struct ReplicaSet {
        metadata: Meta = Meta::default(),
        spec: ReplicaSetSpec = ReplicaSetSpec::default(),
        status: ReplicaSetStatus = ReplicaSetStatus::default(),
    }

    /// What is asked of a ReplicaSet.
    pub struct ReplicaSetSpec {
        replicas: i64 = 1,
        min_ready_seconds: i64,
        selector: LabelSelector = LabelSelector::default(),
        template: PodTemplate = PodTemplate::default(),
    }

    /// What became of a ReplicaSet.
    pub struct ReplicaSetStatus {
        replicas: i64 = 0,
        fully_labeled_replicas: i64,
        ready_replicas: i64,
        available_replicas: i64,
        terminating_replicas: Option<i64>,
        observed_generation: i64,
        conditions: Vec<Condition>,
    }

    /// A StatefulSet.
    pub struct StatefulSet {
        metadata: Meta = Meta::default(),
        spec: StatefulSetSpec = StatefulSetSpec::default(),
        status: StatefulSetStatus = StatefulSetStatus::default(),
    }

    /// What is asked of a StatefulSet.
    pub struct StatefulSetSpec {
        replicas: i64 = 1,
        selector: LabelSelector = LabelSelector::default(),
        template: PodTemplate = PodTemplate::default(),
        volume_claim_templates: Vec<PersistentVolumeClaim>,
        service_name: Text,
        pod_management_policy: Text = "OrderedReady".into(),
        update_strategy: StatefulSetUpdateStrategy = StatefulSetUpdateStrategy::default(),
        revision_history_limit: i64 = 10,
        min_ready_seconds: i64,
        persistent_volume_claim_retention_policy: ClaimRetentionPolicy = ClaimRetentionPolicy::default(),
        ordinals: Option<Ordinals>,
    }

    /// `RollingUpdate` or `OnDelete`.
    pub struct StatefulSetUpdateStrategy {
        #[serde(rename = "type")]
        kind: Text = "RollingUpdate".into(),
        /// None with `OnDelete`; with `RollingUpdate` the API server always fills it in.
        rolling_update: Option<RollingUpdateStatefulSet>,
    }

    /// The ordinal below which pods keep the old revision. `maxUnavailable` is dropped, as its feature is off.
    pub struct RollingUpdateStatefulSet {
        partition: i64 = 0,
    }

    /// What happens to claims when the set is deleted or scaled down: `Retain` or `Delete`.
    pub struct ClaimRetentionPolicy {
        when_deleted: Text = "Retain".into(),
        when_scaled: Text = "Retain".into(),
    }

    /// The first ordinal.
    pub struct Ordinals {
        start: i64 = 0,
    }

    /// What became of a StatefulSet.
    pub struct StatefulSetStatus {
        observed_generation: i64,
        replicas: i64 = 0,
        ready_replicas: i64,
        current_replicas: i64,
        updated_replicas: i64,
        current_revision: Text,
        update_revision: Text,
        collision_count: Option<i64>,
        conditions: Vec<Condition>,
        available_replicas: i64 = 0,
    }

    /// A DaemonSet.
    pub struct DaemonSet {
        metadata: Meta = Meta::default(),
        spec: DaemonSetSpec = DaemonSetSpec::default(),
        status: DaemonSetStatus = DaemonSetStatus::default(),
    }

    /// What is asked of a DaemonSet.
    pub struct DaemonSetSpec {
        selector: LabelSelector = LabelSelector::default(),
        template: PodTemplate = PodTemplate::default(),
        update_strategy: DaemonSetUpdateStrategy = DaemonSetUpdateStrategy::default(),
        min_ready_seconds: i64,
        revision_history_limit: i64 = 10,
    }

    /// `RollingUpdate` or `OnDelete`.
    pub struct DaemonSetUpdateStrategy {
        #[serde(rename = "type")]
        kind: Text = "RollingUpdate".into(),
        rolling_update: Option<RollingUpdateDaemonSet>,
    }

    /// How many nodes at once.
    pub struct RollingUpdateDaemonSet {
        max_unavailable: IntOrString = IntOrString::Int(1),
        max_surge: IntOrString = IntOrString::Int(0),
    }

    /// What became of a DaemonSet.
    pub struct DaemonSetStatus {
        current_number_scheduled: i64 = 0,
        number_misscheduled: i64 = 0,
        desired_number_scheduled: i64 = 0,
        number_ready: i64 = 0,
        observed_generation: i64,
        updated_number_scheduled: i64,
        number_available: i64,
        number_unavailable: i64,
    }

    /// A revision of a template, kept to go back to.
    pub struct ControllerRevision {
        metadata: Meta = Meta::default(),
        data: Value = Value::Null,
        revision: i64 = 0,
    }
}
