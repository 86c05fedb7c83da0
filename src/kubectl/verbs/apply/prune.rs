//! `apply --prune`: objects that an earlier apply made and that no manifest names any more go.

use super::client::last_applied;
use super::delete;
use crate::api::{Key, Kind, Object, Uid};
use crate::kubectl::call::Call;
use crate::kubectl::names;
use crate::kubectl::select::LabelQuery;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::DryRun;
use crate::store::Propagation;
use std::collections::BTreeSet;

/// The kinds that are pruned unless `--prune-allowlist` names others (kubectl's `prune.go`); those in namespaces first.
const DEFAULT: [(&str, &str); 15] = [
    ("v1", "ConfigMap"),
    ("v1", "Endpoints"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("v1", "Namespace"),
];

/// Returns the kinds that are pruned.
pub(super) fn allowed(call: &Call<'_>) -> Verdict<Vec<Kind>> {
    let listed = call.flags.texts("prune-allowlist");
    if listed.is_empty() {
        let volume = [Kind::PersistentVolume];
        let known = DEFAULT.iter().filter_map(|(version, kind)| Kind::of(version, kind));
        return Ok(known.chain(volume).collect());
    }
    listed.iter().map(|text| read(text)).collect()
}

/// Reads `core/v1/ConfigMap` or `apps/v1/Deployment`.
fn read(text: &str) -> Verdict<Kind> {
    let parts: Vec<&str> = text.split('/').collect();
    let [group, version, kind] = parts.as_slice() else {
        return Err(Trouble::error(format!(
            "invalid GroupVersionKind format: {text}, please follow <group/version/kind>"
        )));
    };
    let api_version = match *group {
        "core" => (*version).to_owned(),
        group => format!("{group}/{version}"),
    };
    Kind::of(&api_version, kind).ok_or_else(|| {
        Trouble::error(format!(
            "error retrieving RESTMappings to prune: invalid resource {api_version}, Kind={kind}, Namespaced=true: no matches for kind \"{kind}\" in version \"{api_version}\""
        ))
    })
}

/// Deletes what was applied once, is selected, and was not visited now: in the namespaces that were visited, and
/// outside of namespaces.
pub(super) fn run(
    call: &mut Call<'_>,
    visited: &[(Key, Uid)],
    kinds: &[Kind],
    wanted: &LabelQuery,
    dry: DryRun,
    propagation: Propagation,
) -> Verdict {
    let namespaces: BTreeSet<String> = visited
        .iter()
        .filter(|(key, _)| key.kind.is_namespaced())
        .map(|(key, _)| key.namespace.to_string())
        .collect();
    let is_left = |object: &Object| {
        let was_applied = last_applied(&object.to_value()).is_some();
        let is_visited = visited.iter().any(|(_, uid)| *uid == object.meta().uid);
        was_applied && !is_visited && wanted.matches(&object.meta().labels)
    };
    let mut going: Vec<Key> = Vec::new();
    let within = namespaces.iter().map(|namespace| (namespace.as_str(), true));
    for (namespace, namespaced) in within.chain([("", false)]) {
        for kind in kinds.iter().filter(|kind| kind.is_namespaced() == namespaced) {
            let all = call.store().objects(kind, namespace);
            going.extend(all.filter(|object| is_left(object)).map(Object::key));
        }
    }
    for key in going {
        if !dry.is_dry() {
            delete(call, &key, propagation)?;
        }
        call.line(format!("{} pruned{}", names::of_key(&key), dry.suffix()));
    }
    Ok(())
}
