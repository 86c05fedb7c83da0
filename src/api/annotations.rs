//! The annotations by which the components of storage talk to one another.

/// On a claim: both sides of its binding are done.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// On a claim or volume: the controller chose the other side, not a person.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// On a claim: the node on which its first pod is to run, by the scheduler.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// On a claim: the provisioner that is to make its volume.
pub const STORAGE_PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
/// The same under its old name; both are still written.
pub const BETA_STORAGE_PROVISIONER: &str = "volume.beta.kubernetes.io/storage-provisioner";
/// On a volume: the provisioner that made it.
pub const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// On a volume of an old in-tree plugin: the driver that serves it now.
pub const MIGRATED_TO: &str = "pv.kubernetes.io/migrated-to";

/// How often a DaemonSet's template has changed, counted from 1: a field of older versions, served as an annotation
/// (pkg/apis/apps/v1/conversion.go).
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";
