//! How strategic merge patches treat a field: the `patchStrategy` and `patchMergeKey` tags of Kubernetes' structs.
//!
//! k8s-openapi does not carry them, so they stand here, from the types.go files of k8s.io/api 1.36 and
//! k8s.io/apimachinery; a test checks that each field exists.

use crate::manifest::schema::{Type, schema};

/// How the items of a list, or the fields of a map, are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strategy {
    /// How a list is merged.
    pub list: Merge,
    /// Whether the patch says which keys are to stay: for unions, of which only one member may be set.
    pub retains_keys: bool,
    /// Whether a map is replaced as a whole.
    pub replaces: bool,
}

/// How a list is merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Merge {
    /// It is replaced as a whole.
    #[default]
    Replace,
    /// As a set of plain values.
    Set,
    /// As a map, whose keys are this field of the items.
    By(&'static str),
}

/// Returns the type of a key's value, and how it is patched.
pub fn lookup(of: Type, key: &str) -> (Type, Strategy) {
    match of {
        Type::Object(def) => match schema().field(def, key) {
            Some(field) => (field.of, strategy(schema().name(def), key)),
            None => (Type::Any, Strategy::default()),
        },
        Type::Map(inner) => (schema().inner(inner), Strategy::default()),
        _ => (Type::Any, Strategy::default()),
    }
}

/// Returns the type of a list's items.
pub fn item(of: Type) -> Type {
    match of {
        Type::List(inner) => schema().inner(inner),
        _ => Type::Any,
    }
}

fn strategy(owner: &str, field: &str) -> Strategy {
    let found = TABLE.iter().find(|(known, name, _)| *name == field && *known == owner);
    let condition = field == "conditions" && CONDITIONS.contains(&owner);
    match found.map(|(_, _, tag)| *tag) {
        Some("retainKeys") => Strategy {
            retains_keys: true,
            ..Strategy::default()
        },
        Some("replace") => Strategy {
            replaces: true,
            ..Strategy::default()
        },
        Some("merge") => Strategy {
            list: Merge::Set,
            ..Strategy::default()
        },
        Some(tag) => match tag.strip_prefix("retainKeys,") {
            Some(key) => Strategy {
                list: Merge::By(key),
                retains_keys: true,
                replaces: false,
            },
            None => Strategy {
                list: Merge::By(tag),
                ..Strategy::default()
            },
        },
        None if condition => Strategy {
            list: Merge::By("type"),
            ..Strategy::default()
        },
        None => Strategy::default(),
    }
}

/// Struct, field, and its tag: a merge key, perhaps behind `retainKeys,`; `merge` for sets; `retainKeys`; `replace`.
const TABLE: [(&str, &str, &str); 38] = [
    ("ObjectMeta", "ownerReferences", "uid"),
    ("ObjectMeta", "finalizers", "merge"),
    ("PodSpec", "volumes", "retainKeys,name"),
    ("PodSpec", "initContainers", "name"),
    ("PodSpec", "containers", "name"),
    ("PodSpec", "ephemeralContainers", "name"),
    ("PodSpec", "imagePullSecrets", "name"),
    ("PodSpec", "hostAliases", "ip"),
    ("PodSpec", "topologySpreadConstraints", "topologyKey"),
    ("PodSpec", "schedulingGates", "name"),
    ("PodSpec", "resourceClaims", "retainKeys,name"),
    ("PodStatus", "podIPs", "ip"),
    ("PodStatus", "hostIPs", "ip"),
    ("PodStatus", "resourceClaimStatuses", "retainKeys,name"),
    ("Container", "ports", "containerPort"),
    ("Container", "env", "name"),
    ("Container", "volumeMounts", "mountPath"),
    ("Container", "volumeDevices", "devicePath"),
    ("EphemeralContainer", "ports", "containerPort"),
    ("EphemeralContainer", "env", "name"),
    ("EphemeralContainer", "volumeMounts", "mountPath"),
    ("EphemeralContainer", "volumeDevices", "devicePath"),
    ("ContainerStatus", "volumeMounts", "mountPath"),
    ("ContainerStatus", "allocatedResourcesStatus", "name"),
    ("ServiceSpec", "ports", "port"),
    ("ServiceAccount", "secrets", "name"),
    ("NodeSpec", "podCIDRs", "merge"),
    ("NodeStatus", "addresses", "type"),
    ("DeploymentSpec", "strategy", "retainKeys"),
    ("PodDisruptionBudgetSpec", "selector", "replace"),
    ("CSINodeSpec", "drivers", "name"),
    ("MutatingWebhookConfiguration", "webhooks", "name"),
    ("ValidatingWebhookConfiguration", "webhooks", "name"),
    ("MutatingWebhook", "matchConditions", "name"),
    ("ValidatingWebhook", "matchConditions", "name"),
    ("ValidatingAdmissionPolicySpec", "matchConditions", "name"),
    ("ValidatingAdmissionPolicySpec", "variables", "name"),
    ("MutatingAdmissionPolicySpec", "matchConditions", "name"),
];

/// Statuses whose `conditions` are merged by `type`.
const CONDITIONS: [&str; 17] = [
    "PodStatus",
    "NodeStatus",
    "NamespaceStatus",
    "PersistentVolumeClaimStatus",
    "ReplicationControllerStatus",
    "ServiceStatus",
    "DaemonSetStatus",
    "DeploymentStatus",
    "ReplicaSetStatus",
    "StatefulSetStatus",
    "JobStatus",
    "HorizontalPodAutoscalerStatus",
    "PodDisruptionBudgetStatus",
    "ServiceCIDRStatus",
    "FlowSchemaStatus",
    "PriorityLevelConfigurationStatus",
    "APIServiceStatus",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_of_the_table_exists() {
        let exists = |owner: &str, field: &str| {
            let names = [owner.to_owned(), format!("{owner}~autoscaling/v2")];
            names
                .iter()
                .filter_map(|name| schema().definition(name))
                .any(|def| schema().field(def, field).is_some())
        };
        for (owner, field, tag) in TABLE {
            assert!(exists(owner, field), "{owner}.{field}");
            assert!(!tag.is_empty(), "{owner}.{field} has no tag");
        }
        for owner in CONDITIONS {
            assert!(exists(owner, "conditions"), "{owner}.conditions");
        }
    }
}
