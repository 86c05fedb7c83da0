//! The kinds of objects: their groups, versions, plurals and short names, as `kubectl api-resources` lists them.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

type Word = Cow<'static, str>;

/// What the API server knows of a kind before it sees an object of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KindInfo {
    /// `StatefulSet`.
    pub kind: Word,
    /// `apps`, or "" for the core group.
    pub group: Word,
    /// `v1`.
    pub version: Word,
    /// `statefulsets`.
    pub plural: Word,
    /// `statefulset`.
    pub singular: Word,
    /// `sts`; several are parted by commas, and a kind without one has "".
    pub short: Word,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// A kind of object: one that is simulated, or one that is only carried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants are Kubernetes' own kinds")]
pub enum Kind {
    Namespace,
    Node,
    CsiNode,
    StorageClass,
    PriorityClass,
    Secret,
    ConfigMap,
    Service,
    EndpointSlice,
    PersistentVolume,
    PersistentVolumeClaim,
    VolumeAttachment,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ControllerRevision,
    Job,
    CronJob,
    PodDisruptionBudget,
    Pod,
    Event,
    /// A kind that is stored and served, and acts on nothing.
    Carried(Arc<KindInfo>),
}

const fn info(
    kind: &'static str,
    group: &'static str,
    plural: &'static str,
    singular: &'static str,
    short: &'static str,
    namespaced: bool,
) -> KindInfo {
    KindInfo {
        kind: Cow::Borrowed(kind),
        group: Cow::Borrowed(group),
        version: Cow::Borrowed("v1"),
        plural: Cow::Borrowed(plural),
        singular: Cow::Borrowed(singular),
        short: Cow::Borrowed(short),
        namespaced,
    }
}

const fn w(word: &'static str) -> Word {
    Cow::Borrowed(word)
}

/// The simulated kinds, in the order of the enum.
static SIMULATED: [KindInfo; 22] = [
    info("Namespace", "", "namespaces", "namespace", "ns", false),
    info("Node", "", "nodes", "node", "no", false),
    info("CSINode", "storage.k8s.io", "csinodes", "csinode", "", false),
    info(
        "StorageClass",
        "storage.k8s.io",
        "storageclasses",
        "storageclass",
        "sc",
        false,
    ),
    info(
        "PriorityClass",
        "scheduling.k8s.io",
        "priorityclasses",
        "priorityclass",
        "pc",
        false,
    ),
    info("Secret", "", "secrets", "secret", "", true),
    info("ConfigMap", "", "configmaps", "configmap", "cm", true),
    info("Service", "", "services", "service", "svc", true),
    info(
        "EndpointSlice",
        "discovery.k8s.io",
        "endpointslices",
        "endpointslice",
        "",
        true,
    ),
    info(
        "PersistentVolume",
        "",
        "persistentvolumes",
        "persistentvolume",
        "pv",
        false,
    ),
    info(
        "PersistentVolumeClaim",
        "",
        "persistentvolumeclaims",
        "persistentvolumeclaim",
        "pvc",
        true,
    ),
    info(
        "VolumeAttachment",
        "storage.k8s.io",
        "volumeattachments",
        "volumeattachment",
        "",
        false,
    ),
    info("Deployment", "apps", "deployments", "deployment", "deploy", true),
    info("ReplicaSet", "apps", "replicasets", "replicaset", "rs", true),
    info("StatefulSet", "apps", "statefulsets", "statefulset", "sts", true),
    info("DaemonSet", "apps", "daemonsets", "daemonset", "ds", true),
    info(
        "ControllerRevision",
        "apps",
        "controllerrevisions",
        "controllerrevision",
        "",
        true,
    ),
    info("Job", "batch", "jobs", "job", "", true),
    info("CronJob", "batch", "cronjobs", "cronjob", "cj", true),
    info(
        "PodDisruptionBudget",
        "policy",
        "poddisruptionbudgets",
        "poddisruptionbudget",
        "pdb",
        true,
    ),
    info("Pod", "", "pods", "pod", "po", true),
    info("Event", "", "events", "event", "ev", true),
];

const SIMULATED_KINDS: [Kind; 22] = [
    Kind::Namespace,
    Kind::Node,
    Kind::CsiNode,
    Kind::StorageClass,
    Kind::PriorityClass,
    Kind::Secret,
    Kind::ConfigMap,
    Kind::Service,
    Kind::EndpointSlice,
    Kind::PersistentVolume,
    Kind::PersistentVolumeClaim,
    Kind::VolumeAttachment,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ControllerRevision,
    Kind::Job,
    Kind::CronJob,
    Kind::PodDisruptionBudget,
    Kind::Pod,
    Kind::Event,
];

/// Kubernetes' own kinds that are stored and served, and act on nothing here.
static CARRIED: [KindInfo; 25] = [
    info("ServiceAccount", "", "serviceaccounts", "serviceaccount", "sa", true),
    info("Endpoints", "", "endpoints", "endpoints", "ep", true),
    info("LimitRange", "", "limitranges", "limitrange", "limits", true),
    info("ResourceQuota", "", "resourcequotas", "resourcequota", "quota", true),
    info(
        "ReplicationController",
        "",
        "replicationcontrollers",
        "replicationcontroller",
        "rc",
        true,
    ),
    info("PodTemplate", "", "podtemplates", "podtemplate", "", true),
    info("Role", "rbac.authorization.k8s.io", "roles", "role", "", true),
    info(
        "RoleBinding",
        "rbac.authorization.k8s.io",
        "rolebindings",
        "rolebinding",
        "",
        true,
    ),
    info(
        "ClusterRole",
        "rbac.authorization.k8s.io",
        "clusterroles",
        "clusterrole",
        "",
        false,
    ),
    info(
        "ClusterRoleBinding",
        "rbac.authorization.k8s.io",
        "clusterrolebindings",
        "clusterrolebinding",
        "",
        false,
    ),
    info(
        "NetworkPolicy",
        "networking.k8s.io",
        "networkpolicies",
        "networkpolicy",
        "netpol",
        true,
    ),
    info("Ingress", "networking.k8s.io", "ingresses", "ingress", "ing", true),
    info(
        "IngressClass",
        "networking.k8s.io",
        "ingressclasses",
        "ingressclass",
        "",
        false,
    ),
    info(
        "CustomResourceDefinition",
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        "customresourcedefinition",
        "crd,crds",
        false,
    ),
    KindInfo {
        kind: w("HorizontalPodAutoscaler"),
        group: w("autoscaling"),
        version: w("v2"),
        plural: w("horizontalpodautoscalers"),
        singular: w("horizontalpodautoscaler"),
        short: w("hpa"),
        namespaced: true,
    },
    info("Lease", "coordination.k8s.io", "leases", "lease", "", true),
    info("CSIDriver", "storage.k8s.io", "csidrivers", "csidriver", "", false),
    info(
        "CSIStorageCapacity",
        "storage.k8s.io",
        "csistoragecapacities",
        "csistoragecapacity",
        "",
        true,
    ),
    info(
        "VolumeAttributesClass",
        "storage.k8s.io",
        "volumeattributesclasses",
        "volumeattributesclass",
        "vac",
        false,
    ),
    info(
        "RuntimeClass",
        "node.k8s.io",
        "runtimeclasses",
        "runtimeclass",
        "",
        false,
    ),
    info(
        "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        "mutatingwebhookconfiguration",
        "",
        false,
    ),
    info(
        "ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
        "validatingwebhookconfiguration",
        "",
        false,
    ),
    info(
        "APIService",
        "apiregistration.k8s.io",
        "apiservices",
        "apiservice",
        "",
        false,
    ),
    info(
        "CertificateSigningRequest",
        "certificates.k8s.io",
        "certificatesigningrequests",
        "certificatesigningrequest",
        "csr",
        false,
    ),
    info(
        "PriorityLevelConfiguration",
        "flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations",
        "prioritylevelconfiguration",
        "",
        false,
    ),
];

impl Kind {
    /// Returns what is known of the kind.
    pub fn info(&self) -> &KindInfo {
        match self {
            Kind::Carried(info) => info,
            simulated => &SIMULATED[simulated.place()],
        }
    }

    /// Returns the kind's place among the simulated ones.
    fn place(&self) -> usize {
        SIMULATED_KINDS
            .iter()
            .position(|kind| kind == self)
            .expect("every simulated kind is in the table")
    }

    /// Returns `StatefulSet`.
    pub fn name(&self) -> &str {
        &self.info().kind
    }

    /// Returns `statefulset`, as a story and kubectl's lists name an object.
    pub fn singular(&self) -> &str {
        &self.info().singular
    }

    /// Returns `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        let info = self.info();
        if info.group.is_empty() {
            info.version.to_string()
        } else {
            format!("{}/{}", info.group, info.version)
        }
    }

    /// Says whether objects of the kind live in namespaces.
    pub fn is_namespaced(&self) -> bool {
        self.info().namespaced
    }

    /// Returns Kubernetes' own kind of this `apiVersion` and `kind`, if there is one.
    pub fn of(api_version: &str, kind: &str) -> Option<Kind> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let found = Self::known().find(|known| known.info().kind == kind && known.info().group == group)?;
        // Events are served in two groups; other versions than the stored one are not served.
        (found.info().version == version || found == Kind::Event)
            .then_some(found)
            .or_else(|| (kind == "Event" && group == "events.k8s.io").then_some(Kind::Event))
    }

    /// Returns all of Kubernetes' own kinds: the simulated ones, then the carried ones.
    pub fn known() -> impl Iterator<Item = Kind> {
        SIMULATED_KINDS
            .iter()
            .cloned()
            .chain(CARRIED.iter().map(|info| Kind::Carried(Arc::new(info.clone()))))
    }

    /// Returns the kind that a word of the command line means: `pods`, `po`, `pod`, `statefulsets.apps` …
    pub fn from_word(word: &str) -> Option<Kind> {
        let word = word.to_ascii_lowercase();
        Self::known().find(|kind| kind.info().answers_to(&word))
    }
}

impl KindInfo {
    /// Says whether a lower-case word of the command line means this kind.
    pub fn answers_to(&self, word: &str) -> bool {
        let (word, group) = word.split_once('.').map_or((word, None), |(w, g)| (w, Some(g)));
        let named = !word.is_empty()
            && (word == self.plural || word == self.singular || self.short.split(',').any(|s| s == word));
        let in_group = group.is_none_or(|g| {
            g == self.group
                || g.strip_prefix(&*self.version)
                    .is_some_and(|g| g.strip_prefix('.') == Some(&*self.group))
        });
        named && in_group
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = SIMULATED_KINDS.iter().position(|known| known == self);
        match place.and_then(|place| u8::try_from(place).ok()) {
            Some(place) if !serializer.is_human_readable() => serializer.serialize_u8(place),
            _ => self.info().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            KindInfo::deserialize(deserializer).map(Kind::from)
        } else {
            deserializer.deserialize_any(Compact)
        }
    }
}

impl From<KindInfo> for Kind {
    fn from(info: KindInfo) -> Self {
        let known = SIMULATED.iter().position(|simulated| *simulated == info);
        known.map_or_else(|| Kind::Carried(Arc::new(info)), |place| SIMULATED_KINDS[place].clone())
    }
}

/// Reads a kind of a saved world: a simulated one is its place, as each key begins with one; another is whole.
struct Compact;

impl<'de> Visitor<'de> for Compact {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind or its place")
    }

    fn visit_u64<E: Error>(self, place: u64) -> Result<Kind, E> {
        let known = usize::try_from(place).ok().and_then(|place| SIMULATED_KINDS.get(place));
        known
            .cloned()
            .ok_or_else(|| E::custom(format!("there is no kind number {place}")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, fields: A) -> Result<Kind, A::Error> {
        KindInfo::deserialize(SeqAccessDeserializer::new(fields)).map(Kind::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Kind, A::Error> {
        KindInfo::deserialize(MapAccessDeserializer::new(fields)).map(Kind::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_simulated_kind_stands_in_its_place() {
        for (kind, info) in SIMULATED_KINDS.iter().zip(&SIMULATED) {
            assert_eq!(kind.info(), info);
        }
        assert_eq!(Kind::of("apps/v1", "StatefulSet"), Some(Kind::StatefulSet));
        assert_eq!(Kind::of("storage.k8s.io/v1", "CSINode"), Some(Kind::CsiNode));
        assert_eq!(Kind::of("extensions/v1beta1", "Deployment"), None);
    }

    #[test]
    fn people_may_say_it_short_or_long() {
        for word in ["po", "pod", "pods", "Pod"] {
            assert_eq!(Kind::from_word(word), Some(Kind::Pod));
        }
        assert_eq!(Kind::from_word("statefulsets.apps"), Some(Kind::StatefulSet));
        assert_eq!(Kind::from_word("deployments.v1.apps"), Some(Kind::Deployment));
        assert_eq!(Kind::from_word("cats"), None);
    }
}
