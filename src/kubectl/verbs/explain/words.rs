//! What kinds and fields mean here, in our own words: those that a course on databases needs.

use super::sample::Judge;

/// Returns what is said of a kind.
pub fn of_kind(kind: &str, judge: &Judge) -> String {
    let words = KINDS.iter().find(|(known, _)| *known == kind).map(|(_, words)| *words);
    let does = if judge.acts() {
        "pglab simulates it."
    } else {
        "pglab keeps and serves it; nothing here acts on it."
    };
    words.map_or(does.to_owned(), |words| format!("{words} {does}"))
}

/// Returns what is said of a field: by its last names, and for the kinds that differ by the kind too.
pub fn of_field(kind: &str, path: &[&str]) -> Option<&'static str> {
    let full = format!("{kind}.{}", path.join("."));
    let fits = |known: &str| full == known || full.ends_with(&format!(".{known}"));
    FIELDS.iter().find(|(known, _)| fits(known)).map(|(_, words)| *words)
}

const KINDS: &[(&str, &str)] = &[
    (
        "Pod",
        "One or more containers that run on one node and share an address and volumes.",
    ),
    (
        "StatefulSet",
        "Pods with lasting names, each with claims of its own that outlive it.",
    ),
    (
        "Deployment",
        "Pods that are all alike and can be replaced, kept by ReplicaSets, one for each template.",
    ),
    ("ReplicaSet", "So many pods of one template; usually a Deployment's."),
    ("DaemonSet", "One pod on each node."),
    ("Job", "Pods that run to their end."),
    ("CronJob", "Jobs on a schedule."),
    (
        "Service",
        "A lasting name, and unless it is headless an address, for the pods that a selector picks.",
    ),
    (
        "PersistentVolumeClaim",
        "A wish for a disk, which one PersistentVolume fulfils.",
    ),
    (
        "PersistentVolume",
        "A disk as the cluster knows it, wherever it really is.",
    ),
    ("StorageClass", "How disks are made when a claim asks for one."),
    (
        "VolumeAttachment",
        "The wish that a disk be attached to a node, and whether it is.",
    ),
    ("Node", "A machine on which pods run."),
    (
        "Namespace",
        "A room for names: objects of the same name may stand in different namespaces.",
    ),
    ("ConfigMap", "Settings as keys and values, for pods to read."),
    ("Secret", "As a ConfigMap, in base64, for what should not be shown."),
    ("PodDisruptionBudget", "How many pods must stay when nodes are drained."),
    ("PriorityClass", "How important pods are when there is no room for all."),
    (
        "EndpointSlice",
        "The addresses behind a Service, and which of them are ready.",
    ),
    ("Event", "Something that happened to an object."),
    (
        "ControllerRevision",
        "A template as it once was, so that a StatefulSet can go back to it.",
    ),
    (
        "HorizontalPodAutoscaler",
        "The wish that the number of replicas follow the load.",
    ),
];

const FIELDS: &[(&str, &str)] = &[
    ("apiVersion", "The group and version in which the object is written."),
    ("metadata.name", "The name, once in its namespace and kind."),
    ("metadata.namespace", "The namespace."),
    ("metadata.labels", "Keys and values by which objects are selected."),
    ("metadata.annotations", "Keys and values that nothing selects by."),
    ("metadata.finalizers", "Who must let go before the object is gone."),
    (
        "metadata.ownerReferences",
        "Whose object it is: it goes when they are gone.",
    ),
    ("metadata.deletionTimestamp", "Since when the object is asked to go."),
    (
        "metadata.resourceVersion",
        "The number of the write that made the object so.",
    ),
    ("metadata.generation", "Counts the changes of the spec."),
    ("metadata.uid", "Tells two objects of the same name apart."),
    ("metadata", "The name, labels and owners of the object."),
    (
        "StatefulSet.spec.replicas",
        "How many pods there shall be, numbered from 0.",
    ),
    ("spec.replicas", "How many pods there shall be."),
    (
        "StatefulSet.spec.serviceName",
        "The headless Service that gives the pods their names in DNS.",
    ),
    (
        "spec.podManagementPolicy",
        "OrderedReady makes pods one after the other, Parallel all at once.",
    ),
    (
        "spec.volumeClaimTemplates",
        "The claims that each pod gets, named after the template and the pod.",
    ),
    (
        "persistentVolumeClaimRetentionPolicy.whenDeleted",
        "Whether claims go with the set.",
    ),
    (
        "persistentVolumeClaimRetentionPolicy.whenScaled",
        "Whether claims go when their pod's number does.",
    ),
    (
        "updateStrategy.rollingUpdate.partition",
        "Pods with a lower number keep the old template.",
    ),
    ("spec.updateStrategy", "How pods follow a changed template."),
    ("spec.strategy", "How pods are replaced when the template changes."),
    ("rollingUpdate.maxSurge", "How many pods more there may be meanwhile."),
    (
        "rollingUpdate.maxUnavailable",
        "How many pods may be missing meanwhile.",
    ),
    (
        "spec.minReadySeconds",
        "How long a pod must be ready until it counts as available.",
    ),
    ("spec.revisionHistoryLimit", "How many old templates are kept."),
    (
        "spec.progressDeadlineSeconds",
        "After so long without progress a rollout counts as failed.",
    ),
    ("spec.template", "What the pods are made of."),
    ("spec.selector", "Which pods belong to it."),
    ("spec.backoffLimit", "How many pods may fail."),
    ("spec.completions", "How many pods must succeed."),
    ("spec.parallelism", "How many pods may run at once."),
    ("spec.schedule", "When a job is made, in the five fields of cron."),
    ("spec.containers", "The programs of the pod."),
    (
        "spec.initContainers",
        "Programs that run before the others, one after the other.",
    ),
    ("spec.nodeName", "The node to which the pod is bound."),
    ("spec.nodeSelector", "Labels that a node must have."),
    ("spec.affinity", "Which nodes and which other pods it seeks or avoids."),
    (
        "spec.tolerations",
        "Which taints of nodes it puts up with, and for how long.",
    ),
    (
        "spec.topologySpreadConstraints",
        "How evenly pods are spread over zones or nodes.",
    ),
    (
        "spec.terminationGracePeriodSeconds",
        "How long a container may take to end before it is killed.",
    ),
    ("spec.restartPolicy", "Whether containers that ended are started again."),
    ("spec.priorityClassName", "How important the pod is."),
    ("spec.volumes", "The disks and files that containers can mount."),
    ("spec.hostname", "The name that the pod has inside."),
    ("spec.subdomain", "The headless Service under which the pod has a name."),
    ("containers.name", "The container's name, once in its pod."),
    ("containers.image", "What is run."),
    (
        "containers.imagePullPolicy",
        "When the registry is asked for the image.",
    ),
    ("containers.command", "Takes the place of the image's entrypoint."),
    ("containers.args", "Takes the place of the image's command."),
    ("containers.env", "Variables of the environment."),
    (
        "containers.envFrom",
        "Variables from all keys of a ConfigMap or Secret.",
    ),
    (
        "containers.resources",
        "What the container asks for and may not exceed.",
    ),
    (
        "resources.requests",
        "What is set aside on the node, which the scheduler counts.",
    ),
    ("resources.limits", "What may not be exceeded."),
    ("containers.volumeMounts", "Where volumes appear inside."),
    (
        "containers.livenessProbe",
        "A question whose failing restarts the container.",
    ),
    (
        "containers.readinessProbe",
        "A question whose failing keeps traffic away.",
    ),
    (
        "containers.startupProbe",
        "A question that holds the others back until it was answered once.",
    ),
    ("spec.clusterIP", "The Service's address; None makes it headless."),
    (
        "spec.publishNotReadyAddresses",
        "Whether pods have names before they are ready.",
    ),
    ("spec.externalName", "The host that the Service is another name of."),
    (
        "spec.accessModes",
        "How the disk may be used: by one node, by one pod, or by many.",
    ),
    ("spec.storageClassName", "The class that makes or picks the disk."),
    ("spec.volumeName", "The PersistentVolume that fulfils the claim."),
    (
        "spec.persistentVolumeReclaimPolicy",
        "What becomes of the disk when its claim is gone.",
    ),
    (
        "StorageClass.reclaimPolicy",
        "What becomes of a disk when its claim is gone.",
    ),
    ("StorageClass.provisioner", "Who makes the disks."),
    (
        "StorageClass.volumeBindingMode",
        "Whether a disk is made at once, or where its first pod will run.",
    ),
    ("StorageClass.allowVolumeExpansion", "Whether claims may grow."),
    ("spec.minAvailable", "How many pods must stay."),
    ("spec.taints", "What keeps pods away from the node."),
    ("spec.unschedulable", "Whether the node takes no new pods."),
    ("kind", "The kind of the object."),
    ("spec", "What is asked for."),
    ("status", "What has become of it."),
];
