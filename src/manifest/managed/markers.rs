//! Which fields are lists of items, sets, or owned as a whole.
//!
//! These are the markers `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and `x-kubernetes-map-type` of Kubernetes'
//! OpenAPI document (api/openapi-spec of 1.36), for what a default cluster serves. They are not those of strategic merge
//! patches (`patch::strategy`): a Service's ports are told apart by number and protocol here, and by number there.

/// Lists that are maps, and the fields that tell their items apart.
pub const KEYED: [(&str, &str, &[&str]); 35] = [
    ("ObjectMeta", "ownerReferences", &["uid"]),
    ("PodSpec", "containers", &["name"]),
    ("PodSpec", "initContainers", &["name"]),
    ("PodSpec", "ephemeralContainers", &["name"]),
    ("PodSpec", "volumes", &["name"]),
    ("PodSpec", "imagePullSecrets", &["name"]),
    ("PodSpec", "hostAliases", &["ip"]),
    (
        "PodSpec",
        "topologySpreadConstraints",
        &["topologyKey", "whenUnsatisfiable"],
    ),
    ("PodSpec", "schedulingGates", &["name"]),
    ("PodSpec", "resourceClaims", &["name"]),
    ("PodStatus", "podIPs", &["ip"]),
    ("PodStatus", "hostIPs", &["ip"]),
    ("PodStatus", "resourceClaimStatuses", &["name"]),
    ("Container", "ports", &["containerPort", "protocol"]),
    ("Container", "env", &["name"]),
    ("Container", "volumeMounts", &["mountPath"]),
    ("Container", "volumeDevices", &["devicePath"]),
    ("EphemeralContainer", "ports", &["containerPort", "protocol"]),
    ("EphemeralContainer", "env", &["name"]),
    ("EphemeralContainer", "volumeMounts", &["mountPath"]),
    ("EphemeralContainer", "volumeDevices", &["devicePath"]),
    ("ResourceRequirements", "claims", &["name"]),
    ("ContainerStatus", "volumeMounts", &["mountPath"]),
    ("ContainerStatus", "allocatedResourcesStatus", &["name"]),
    ("ServiceSpec", "ports", &["port", "protocol"]),
    ("ServiceAccount", "secrets", &["name"]),
    ("NodeStatus", "addresses", &["type"]),
    ("CSINodeSpec", "drivers", &["name"]),
    ("MutatingWebhookConfiguration", "webhooks", &["name"]),
    ("ValidatingWebhookConfiguration", "webhooks", &["name"]),
    ("MutatingWebhook", "matchConditions", &["name"]),
    ("ValidatingWebhook", "matchConditions", &["name"]),
    ("ValidatingAdmissionPolicySpec", "matchConditions", &["name"]),
    ("ValidatingAdmissionPolicySpec", "variables", &["name"]),
    ("MutatingAdmissionPolicySpec", "matchConditions", &["name"]),
];

/// Lists that are sets of plain values.
pub const SETS: [(&str, &str); 8] = [
    ("ObjectMeta", "finalizers"),
    ("NodeSpec", "podCIDRs"),
    ("CSIDriverSpec", "volumeLifecycleModes"),
    ("Endpoint", "addresses"),
    ("PodFailurePolicyOnExitCodesRequirement", "values"),
    ("ValidatingAdmissionPolicyBindingSpec", "validationActions"),
    ("UncountedTerminatedPods", "failed"),
    ("UncountedTerminatedPods", "succeeded"),
];

/// Maps that are owned as a whole.
pub const WHOLE_MAPS: [(&str, &str); 4] = [
    ("PodSpec", "nodeSelector"),
    ("ReplicationControllerSpec", "selector"),
    ("Scheduling", "nodeSelector"),
    ("ServiceSpec", "selector"),
];

/// Structs that are owned as a whole wherever they stand.
pub const ATOMIC: [&str; 26] = [
    "ConfigMapKeySelector",
    "CrossVersionObjectReference",
    "EndpointAddress",
    "EndpointPort",
    "LabelSelector",
    "LocalObjectReference",
    "MatchResources",
    "NamedRuleWithOperations",
    "NodeSelector",
    "NodeSelectorTerm",
    "ObjectFieldSelector",
    "ObjectReference",
    "OwnerReference",
    "ParamKind",
    "ParamRef",
    "ResourceFieldSelector",
    "RoleRef",
    "ScopeSelector",
    "ScopedResourceSelectorRequirement",
    "SecretKeySelector",
    "SecretReference",
    "Subject",
    "TopologySelectorLabelRequirement",
    "TopologySelectorTerm",
    "TypedLocalObjectReference",
    "FileKeySelector",
];

/// Fields that are owned field by field, although their struct is not.
pub const PARTED: [(&str, &str); 1] = [("PersistentVolumeSpec", "claimRef")];

/// What Go's structs hold by value below the fields of the objects themselves, and the one list that is always written.
pub const BY_VALUE: [(&str, &str); 21] = [
    ("DeploymentSpec", "template"),
    ("DeploymentSpec", "strategy"),
    ("StatefulSetSpec", "template"),
    ("StatefulSetSpec", "updateStrategy"),
    ("DaemonSetSpec", "template"),
    ("DaemonSetSpec", "updateStrategy"),
    ("ReplicaSetSpec", "template"),
    ("JobSpec", "template"),
    ("CronJobSpec", "jobTemplate"),
    ("JobTemplateSpec", "metadata"),
    ("JobTemplateSpec", "spec"),
    ("PodTemplateSpec", "metadata"),
    ("PodTemplateSpec", "spec"),
    ("PodSpec", "containers"),
    ("Container", "resources"),
    ("EphemeralContainer", "resources"),
    ("PersistentVolumeClaimSpec", "resources"),
    ("VolumeAttachmentSpec", "source"),
    ("CustomResourceDefinitionSpec", "names"),
    ("ServiceStatus", "loadBalancer"),
    ("IngressStatus", "loadBalancer"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::schema::{Type, schema};

    #[test]
    fn each_field_of_the_tables_exists_and_is_of_its_sort() {
        let sort = |owner: &str, field: &str| {
            let names = [
                owner.to_owned(),
                format!("{owner}~core/v1"),
                format!("{owner}~discovery/v1"),
            ];
            let found = names.iter().filter_map(|name| schema().definition(name));
            let mut fields = found.filter_map(|def| schema().field(def, field));
            let field = fields.next().unwrap_or_else(|| panic!("there is no {owner}.{field}"));
            field.of
        };
        for (owner, field, keys) in KEYED {
            let Type::List(inner) = sort(owner, field) else {
                panic!("{owner}.{field} is no list")
            };
            let Type::Object(def) = schema().inner(inner) else {
                panic!("{owner}.{field} has no structs")
            };
            assert!(
                keys.iter().all(|key| schema().field(def, key).is_some()),
                "{owner}.{field}"
            );
        }
        for (owner, field) in SETS {
            assert!(matches!(sort(owner, field), Type::List(_)), "{owner}.{field}");
        }
        for (owner, field) in WHOLE_MAPS {
            assert!(matches!(sort(owner, field), Type::Map(_)), "{owner}.{field}");
        }
        for (owner, field) in PARTED.iter().chain(&BY_VALUE) {
            let of = sort(owner, field);
            assert!(
                matches!(of, Type::Object(_)) || *field == "containers",
                "{owner}.{field}"
            );
        }
    }
}
