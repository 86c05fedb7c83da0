//! The pods of a set: their names, their identity, and how a new one looks
//! (pkg/controller/statefulset/stateful_set_utils.go).

use super::claims;
use crate::actors::owners;
use crate::api::{Pod, PodTemplate, StatefulSet, Time, Volume};
use std::ops::Range;
use std::sync::Arc;

const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";
/// The label that says which revision a pod is of.
pub(super) const REVISION: &str = "controller-revision-hash";

/// Splits `pg-0` into the set's name and the ordinal.
pub(super) fn parent_and_ordinal(name: &str) -> Option<(&str, i64)> {
    let (parent, ordinal) = name.rsplit_once('-')?;
    let is_number = !ordinal.is_empty() && ordinal.bytes().all(|digit| digit.is_ascii_digit());
    let ordinal: i32 = ordinal.parse().ok().filter(|_| is_number)?;
    Some((parent, i64::from(ordinal)))
}

/// Returns the ordinal of a pod; -1 where it has none.
pub(super) fn ordinal(pod: &Pod) -> i64 {
    parent_and_ordinal(&pod.metadata.name).map_or(-1, |(_, ordinal)| ordinal)
}

/// Returns the name of a set's pod.
pub(super) fn name(set: &StatefulSet, ordinal: i64) -> String {
    format!("{}-{ordinal}", set.metadata.name)
}

/// Returns the first ordinal of a set.
pub(super) fn start(set: &StatefulSet) -> i64 {
    set.spec.ordinals.as_ref().map_or(0, |ordinals| ordinals.start)
}

/// Returns the ordinals that are asked for.
pub(super) fn wanted(set: &StatefulSet) -> Range<i64> {
    start(set)..start(set).saturating_add(set.spec.replicas)
}

/// Returns the revision of a pod, or "".
pub(super) fn revision(pod: &Pod) -> &str {
    pod.metadata.labels.value(REVISION)
}

/// Says whether a pod runs and is ready.
pub(super) fn is_ready(pod: &Pod) -> bool {
    pod.status.phase == crate::api::Phase::Running && pod.is_ready()
}

/// Says whether a pod is on its way out, or has not been ready for long enough.
pub(super) fn is_unavailable(pod: &Pod, set: &StatefulSet, now: Time) -> bool {
    pod.metadata.is_terminating() || !pod.is_available(set.spec.min_ready_seconds, now)
}

/// Says whether a pod bears the name that its label says (`identityMatches`).
pub(super) fn identity_matches(set: &StatefulSet, pod: &Pod) -> bool {
    *pod.metadata.name == name(set, ordinal(pod)) && pod.metadata.labels.value(POD_NAME) == &*pod.metadata.name
}

/// Says whether a pod mounts the claims that are its own (`storageMatches`).
pub(super) fn storage_matches(set: &StatefulSet, pod: &Pod) -> bool {
    set.spec.volume_claim_templates.iter().all(|template| {
        let claim = claims::name(set, template, ordinal(pod));
        let volume = pod
            .spec
            .volumes
            .iter()
            .find(|volume| volume.name == *template.metadata.name);
        volume.is_some_and(|volume| claims::claim_of(volume) == Some(&claim))
    })
}

/// Gives a pod the labels of its identity (`updateIdentity`).
pub(super) fn identify(pod: &mut Pod) {
    let name = pod.metadata.name.to_string();
    let index = ordinal(pod).to_string();
    pod.metadata.labels.set(POD_NAME, name);
    pod.metadata.labels.set(POD_INDEX, index);
}

/// Puts the volumes of the claims before the others; one of the same name gives way (`updateStorage`).
pub(super) fn mount_claims(set: &StatefulSet, pod: &mut Pod) {
    let ordinal = ordinal(pod);
    let templates = &set.spec.volume_claim_templates;
    if templates.is_empty() {
        return;
    }
    let mut volumes: Vec<Volume> = templates
        .iter()
        .map(|template| claims::volume(&template.metadata.name, claims::name(set, template, ordinal)))
        .collect();
    let is_other = |volume: &&Volume| templates.iter().all(|t| volume.name != *t.metadata.name);
    volumes.extend(pod.spec.volumes.iter().filter(is_other).cloned());
    pod.spec_mut().volumes = Arc::new(volumes);
}

/// Returns a new pod (`newStatefulSetPod`).
pub(super) fn new(set: &StatefulSet, template: &PodTemplate, revision: &str, ordinal: i64) -> Pod {
    let mut pod = owners::pod_of(template, set);
    pod.metadata.name = name(set, ordinal).into();
    identify(&mut pod);
    let hostname = pod.metadata.name.to_string();
    let spec = pod.spec_mut();
    spec.hostname = hostname.into();
    spec.subdomain = set.spec.service_name.clone();
    mount_claims(set, &mut pod);
    pod.metadata.labels.set(REVISION, revision);
    pod
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ordinal_is_what_stands_after_the_last_hyphen() {
        assert_eq!(parent_and_ordinal("pg-0"), Some(("pg", 0)));
        assert_eq!(parent_and_ordinal("my-pg-12"), Some(("my-pg", 12)));
        for name in ["pg", "pg-", "pg-a", "pg-+1", "pg-99999999999"] {
            assert_eq!(parent_and_ordinal(name), None, "{name}");
        }
    }
}
