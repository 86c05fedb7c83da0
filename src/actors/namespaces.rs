//! The namespace controller: a namespace goes when all that is in it has gone
//! (pkg/controller/namespace/deletion/namespaced_resources_deleter.go).
//!
//! Pods go first, then all the rest at once (`OrderedNamespaceDeletion`). While anything is left it looks again.

use super::{Actor, Change, Effect, View};
use crate::api::{Condition, Key, Kind, Namespace, Object, Pod, Resource, Time, condition};
use crate::store::DeleteOptions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The finalizer that is this controller's.
const FINALIZER: &str = "kubernetes";

/// How long a namespace that is asked to go rests before its contents are touched, so that all API servers have heard
/// of it (`namespaceDeletionGracePeriod`).
const GRACE_MS: i64 = 5_000;

/// The controller. It remembers nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NamespaceController {}

impl Actor for NamespaceController {
    const NAME: &'static str = "namespace-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Namespace]
    }

    fn heed(&mut self, change: &Change<'_>, _view: &View<'_>, wake: &mut Vec<Key>) {
        if change.after.is_some_and(|namespace| namespace.meta().is_terminating()) {
            wake.push(change.object().key());
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(namespace) = view.get::<Namespace>("", &key.name) else {
            return vec![];
        };
        let Some(since) = namespace.metadata.deletion_timestamp else {
            return vec![];
        };
        if !namespace.spec.finalizers.iter().any(|f| f == FINALIZER) {
            return vec![];
        }
        let begin = since + GRACE_MS;
        if view.now < begin {
            return vec![Effect::WakeAt(key.clone(), begin)];
        }
        let contents: Vec<&Object> = contents(view, &key.name).collect();
        let mut effects = vec![];
        effects.extend(tell(namespace, &contents, view.now));
        if contents.is_empty() {
            let mut namespace = Namespace::clone(namespace);
            namespace.spec.finalizers.retain(|f| f != FINALIZER);
            namespace.metadata.resource_version = 0;
            // The subresource `finalize`, which travels with the status here.
            effects.push(Effect::update_status(namespace));
            return effects;
        }
        let pods_are_left = contents.iter().any(|object| object.kind() == Kind::Pod);
        let due = contents
            .iter()
            .filter(|object| !pods_are_left || object.kind() == Kind::Pod)
            .filter(|object| !object.meta().is_terminating());
        effects.extend(due.map(|object| {
            let options = DeleteOptions {
                uid: Some(object.meta().uid),
                ..DeleteOptions::default()
            };
            Effect::Delete(object.key(), options)
        }));
        effects.push(Effect::WakeAt(key.clone(), view.now + patience(&contents, view.now)));
        effects
    }
}

/// Returns all that is in a namespace, events apart: they go when the rest has gone, and nobody waits for them.
fn contents<'a>(view: &View<'a>, namespace: &'a str) -> impl Iterator<Item = &'a Object> + use<'a> {
    let view = *view;
    view.kinds()
        .filter(|kind| kind.is_namespaced() && **kind != Kind::Event)
        .flat_map(move |kind| view.objects(kind.clone(), namespace))
}

/// Returns how long to wait before the next look: half of the longest grace period of the pods, and a second
/// (`ResourcesRemainingError`, `deleteAllContent`).
fn patience(contents: &[&Object], now: Time) -> i64 {
    let pods = contents.iter().filter_map(|object| Pod::of(object));
    let left = pods.map(|pod| match pod.metadata.deletion_timestamp {
        Some(deadline) => (deadline - now).clamp(0, pod.spec.termination_grace_period_seconds * 1000),
        None if pod.is_scheduled() => pod.spec.termination_grace_period_seconds * 1000,
        None => 0,
    });
    left.max().unwrap_or_default() / 2 + 1_000
}

/// Returns the write of the namespace's conditions: what is left in it, and what holds that
/// (pkg/controller/namespace/deletion/status_condition_utils.go).
fn tell(namespace: &Arc<Namespace>, contents: &[&Object], now: Time) -> Option<Effect> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut finalizers: BTreeMap<&str, usize> = BTreeMap::new();
    for object in contents {
        *kinds.entry(resource(&object.kind())).or_default() += 1;
        for finalizer in &object.meta().finalizers {
            *finalizers.entry(finalizer).or_default() += 1;
        }
    }
    let kinds: Vec<_> = kinds
        .iter()
        .map(|(kind, count)| format!("{kind} has {count} resource instances"))
        .collect();
    let finalizers: Vec<_> = finalizers
        .iter()
        .map(|(finalizer, count)| format!("{finalizer} in {count} resource instances"))
        .collect();
    let condition =
        |kind: &'static str, holds: bool, bad: &'static str, good: (&'static str, &'static str), why: String| {
            if holds {
                Condition::new(kind, true, bad, why, now)
            } else {
                Condition::new(kind, false, good.0, good.1, now)
            }
        };
    let removed = ("ContentRemoved", "All content successfully removed");
    let preserved = ("ContentHasNoFinalizers", "All content-preserving finalizers finished");
    let discovered = ("ResourcesDiscovered", "All resources successfully discovered");
    let parsed = ("ParsedGroupVersions", "All legacy kube types successfully parsed");
    let deleted = (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    );
    let none = String::new;
    let mut new = Namespace::clone(namespace);
    for condition in [
        condition("NamespaceDeletionDiscoveryFailure", false, "", discovered, none()),
        condition("NamespaceDeletionGroupVersionParsingFailure", false, "", parsed, none()),
        condition("NamespaceDeletionContentFailure", false, "", deleted, none()),
        condition(
            "NamespaceContentRemaining",
            !kinds.is_empty(),
            "SomeResourcesRemain",
            removed,
            format!("Some resources are remaining: {}", kinds.join(", ")),
        ),
        condition(
            "NamespaceFinalizersRemaining",
            !finalizers.is_empty(),
            "SomeFinalizersRemain",
            preserved,
            format!(
                "Some content in the namespace has finalizers remaining: {}",
                finalizers.join(", ")
            ),
        ),
    ] {
        condition::set(&mut new.status.conditions, condition);
    }
    (new.status != namespace.status).then(|| Effect::update_status(new))
}

/// Returns `pods.` or `deployments.apps`, as the conditions name a resource.
fn resource(kind: &Kind) -> String {
    let info = kind.info();
    format!("{}.{}", info.plural, info.group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::ActorId;
    use crate::actors::stage::Stage;
    use crate::api::{ConfigMap, Secret};

    fn full() -> Stage {
        let mut stage = Stage::new(&[ActorId::namespaces]);
        let mut pod = Pod::default();
        (pod.metadata.name, pod.metadata.namespace) = ("db".into(), "default".into());
        stage.put(pod);
        stage.ready("db");
        let mut secret = Secret::default();
        (secret.metadata.name, secret.metadata.namespace) = ("s".into(), "default".into());
        secret.metadata.finalizers = vec!["example.org/hold".into()];
        stage.put(secret);
        stage.delete::<Namespace>("default", DeleteOptions::default());
        stage
    }

    #[test]
    fn pods_go_first_then_the_rest_then_the_namespace() {
        let mut stage = full();
        stage.pass(4_999);
        assert!(stage.take_deeds().is_empty());
        stage.pass(1);
        assert_eq!(stage.take_deeds(), ["delete pod/db"]);
        stage.bury();
        stage.pass(60_000);
        assert_eq!(stage.take_deeds(), ["delete secret/s"]);
        let message = |stage: &Stage, kind: &str| {
            let namespace = stage.get::<Namespace>("default");
            let condition = condition::find(&namespace.status.conditions, kind).expect("it is told");
            condition.message.to_string()
        };
        assert_eq!(
            message(&stage, "NamespaceContentRemaining"),
            "Some resources are remaining: secrets. has 1 resource instances"
        );
        assert_eq!(
            message(&stage, "NamespaceFinalizersRemaining"),
            "Some content in the namespace has finalizers remaining: example.org/hold in 1 resource instances"
        );
        stage.edit::<Secret>("s", |secret| secret.metadata.finalizers.clear());
        stage.pass(60_000);
        assert!(stage.find::<Namespace>("default").is_none());
    }

    #[test]
    fn other_namespaces_are_left_alone() {
        let mut stage = full();
        stage.namespace("other");
        let mut map = ConfigMap::default();
        (map.metadata.name, map.metadata.namespace) = ("m".into(), "other".into());
        stage.put(map);
        stage.pass(60_000);
        assert_eq!(stage.names::<ConfigMap>(), ["m"]);
    }
}
