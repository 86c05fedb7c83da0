//! Kubernetes objects as plain data: no time passes here, nothing is drawn, nothing is read or written.
//!
//! Only what is simulated is a field; no `Option` where Kubernetes has a default. Each struct carries [`Rest`]: the
//! valid fields that pglab keeps but does not simulate, so that a manifest goes in and comes out whole, and what is not
//! simulated can always be said.

#[macro_use]
mod words;
pub mod carried;

pub mod time;
pub mod quantity;
pub mod kind;
mod kinds;
pub mod key;
pub mod by_key;
pub mod meta;
pub mod selector;
pub mod condition;
pub mod container;
pub mod affinity;
pub mod volume;
pub mod pod;
pub mod node;
pub mod workload;
pub mod batch;
pub mod storage;
pub mod annotations;
pub mod migration;
pub mod service;
pub mod config;
pub mod event;
pub mod object;
pub mod hash;

pub use affinity::{
    Affinity, NodeAffinity, NodeSelector, NodeSelectorTerm, PodAffinity, PodAffinityTerm, PreferredSchedulingTerm,
    Toleration, TopologySpreadConstraint, WeightedPodAffinityTerm,
};
pub use batch::{CronJob, Job, JobSpec};
pub use by_key::ByKey;
pub use condition::{Condition, ConditionStatus};
pub use config::{ConfigMap, Namespace, PodDisruptionBudget, PriorityClass, Secret};
pub use container::{Container, ContainerPort, EnvVar, Probe, ResourceRequirements, VolumeMount};
pub use event::{Event, ObjectReference};
pub use key::Key;
pub use kind::Kind;
pub use meta::{ManagedFields, Meta, OwnerReference, Uid};
pub use node::{CsiNode, Node, Taint, TaintEffect};
pub use object::{Carried, Object, Resource};
pub use pod::{ContainerState, ContainerStatus, Phase, Pod, PodSpec, PodStatus, PodTemplate};
pub use quantity::{Quantity, Resources};
pub use selector::{LabelSelector, Requirement};
pub use service::{Endpoint, EndpointSlice, Service, ServicePort};
pub use storage::{PersistentVolume, PersistentVolumeClaim, StorageClass, VolumeAttachment};
pub use time::{Time, exact};
pub use volume::{Volume, VolumeSource};
pub use words::{IntOrString, Labels, Rest, Text};
pub use workload::{ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet};
