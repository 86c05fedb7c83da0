//! The disruption controller: how many pods of a budget may be missing now (pkg/controller/disruption/disruption.go).
//!
//! The eviction itself is the API server's; it charges the budget at once, and this controller sets it right afterwards.
//! Left out: the scale of custom kinds, and the warning that a pod has two budgets.

use super::{Actor, Change, Effect, View};
use crate::api::{
    Condition, Deployment, IntOrString, Key, Kind, Labels, Object, Pod, PodDisruptionBudget, ReplicaSet, Resource,
    StatefulSet, Time, Uid, condition,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long an evicted pod may take until it is asked to go; after that it counts as staying (`DeletionTimeout`).
const EVICTED_MS: i64 = 120_000;

/// The controller. It remembers nothing: evictions stand in the budget's status.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Disruption {}

impl Actor for Disruption {
    const NAME: &'static str = "controllermanager";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::PodDisruptionBudget, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        match change.object() {
            Object::PodDisruptionBudget(budget) => wake.push(budget.key()),
            Object::Pod(_) if matters(change) => {
                let both = change.before.iter().chain(&change.after);
                let labels: Vec<&Labels> = both.map(|object| &object.meta().labels).collect();
                let budgets = view.list::<PodDisruptionBudget>(&change.object().meta().namespace);
                let covers = |budget: &&Arc<PodDisruptionBudget>| labels.iter().any(|labels| covers(budget, labels));
                wake.extend(budgets.filter(covers).map(|budget| budget.key()));
            }
            _ => (),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(budget) = view.get::<PodDisruptionBudget>(&key.namespace, &key.name) else {
            return vec![];
        };
        let pods: Vec<&Arc<Pod>> = view
            .list::<Pod>(&budget.metadata.namespace)
            .filter(|pod| covers(budget, &pod.metadata.labels))
            .collect();
        let mut effects = vec![];
        let about = Object::PodDisruptionBudget(Arc::clone(budget)).reference();
        if pods.is_empty() {
            effects.push(Effect::normal(about.clone(), "NoPods", "No matching pods found"));
        }
        let (expected, desired) = match expectation(view, budget, &pods) {
            Ok(found) => found,
            Err(why) => {
                let message = format!("Failed to calculate the number of expected pods: {why}");
                effects.push(Effect::warning(
                    about,
                    "CalculateExpectedPodCountFailed",
                    message.clone(),
                ));
                effects.extend(fail(budget, message, view.now));
                effects.push(Effect::Retry);
                return effects;
            }
        };
        let (disrupted, recheck) = disrupted(budget, &pods, view.now, &mut effects);
        let is_healthy = |pod: &&Arc<Pod>| {
            !pod.metadata.is_terminating() && !disrupted.contains_key(&*pod.metadata.name) && pod.is_ready()
        };
        let healthy = pods.iter().copied().filter(|pod| is_healthy(pod)).count() as i64;
        effects.extend(write(budget, healthy, desired, expected, disrupted, view.now));
        effects.extend(recheck.map(|at| Effect::WakeAt(key.clone(), at)));
        effects
    }
}

/// Says whether a change of a pod can matter to a budget.
fn matters(change: &Change<'_>) -> bool {
    let facts = |object: Option<&Object>| {
        let pod = object.and_then(Pod::of)?;
        let meta = &pod.metadata;
        Some((
            pod.is_ready(),
            meta.is_terminating(),
            meta.labels.clone(),
            meta.controller().cloned(),
        ))
    };
    facts(change.before) != facts(change.after)
}

/// Says whether a budget is for pods with these labels; an empty selector is for all.
fn covers(budget: &PodDisruptionBudget, labels: &Labels) -> bool {
    budget
        .spec
        .selector
        .as_ref()
        .is_some_and(|selector| selector.matches(labels))
}

/// Returns how many pods there should be, and how many must be healthy (`getExpectedPodCount`).
fn expectation(view: &View<'_>, budget: &PodDisruptionBudget, pods: &[&Arc<Pod>]) -> Result<(i64, i64), String> {
    if let Some(missing) = &budget.spec.max_unavailable {
        let expected = scale(view, pods)?;
        return Ok((expected, (expected - missing.of(expected, true)).max(0)));
    }
    match &budget.spec.min_available {
        None => Ok((0, 0)),
        Some(IntOrString::Int(number)) => Ok((pods.len() as i64, *number)),
        Some(share) => {
            let expected = scale(view, pods)?;
            Ok((expected, share.of(expected, true)))
        }
    }
}

/// Returns how many pods the pods' managers want together; pods without a manager do not count (`getExpectedScale`).
fn scale(view: &View<'_>, pods: &[&Arc<Pod>]) -> Result<i64, String> {
    let mut scales: BTreeMap<Uid, i64> = BTreeMap::new();
    for pod in pods {
        let namespace = &pod.metadata.namespace;
        let Some(owner) = pod.metadata.controller() else {
            continue;
        };
        let found = match &*owner.kind {
            "ReplicaSet" => view
                .get::<ReplicaSet>(namespace, &owner.name)
                .filter(|set| set.metadata.uid == owner.uid)
                .map(|set| above(view, set).unwrap_or((set.metadata.uid, set.spec.replicas))),
            "StatefulSet" => view
                .get::<StatefulSet>(namespace, &owner.name)
                .filter(|set| set.metadata.uid == owner.uid)
                .map(|set| (set.metadata.uid, set.spec.replicas)),
            kind => {
                let resource = Kind::of(&owner.api_version, kind).map(|kind| crate::store::resource_name(&kind));
                let resource = resource.unwrap_or_else(|| kind.to_lowercase());
                return Err(format!("{resource} does not implement the scale subresource"));
            }
        };
        let (uid, replicas) =
            found.ok_or_else(|| format!("found no controller ref for pod \"{}\"", pod.metadata.name))?;
        scales.insert(uid, replicas);
    }
    Ok(scales.values().sum())
}

/// Returns the Deployment that a set is of, and its size.
fn above(view: &View<'_>, set: &ReplicaSet) -> Option<(Uid, i64)> {
    let owner = set.metadata.controller()?;
    let deployment = view.get::<Deployment>(&set.metadata.namespace, &owner.name)?;
    (deployment.metadata.uid == owner.uid).then_some((owner.uid, deployment.spec.replicas))
}

/// Returns the evicted pods that have not been asked to go yet, and when to look at them again (`buildDisruptedPodMap`).
fn disrupted(
    budget: &PodDisruptionBudget,
    pods: &[&Arc<Pod>],
    now: Time,
    effects: &mut Vec<Effect>,
) -> (BTreeMap<String, Time>, Option<Time>) {
    let (mut kept, mut recheck) = (BTreeMap::new(), None);
    for pod in pods.iter().filter(|pod| !pod.metadata.is_terminating()) {
        let Some(since) = budget.status.disrupted_pods.get(&*pod.metadata.name) else {
            continue;
        };
        let until = *since + EVICTED_MS;
        if until < now {
            let message = format!(
                "Pod was expected by PDB {}/{} to be deleted but it wasn't",
                budget.metadata.namespace, budget.metadata.name
            );
            let about = Object::Pod(Arc::clone(pod)).reference();
            effects.push(Effect::warning(about, "NotDeleted", message));
        } else {
            kept.insert(pod.metadata.name.to_string(), *since);
            recheck = [recheck, Some(until + 1)].into_iter().flatten().min();
        }
    }
    (kept, recheck)
}

/// Returns the write of the status, if it says anything new (`updatePdbStatus`).
fn write(
    budget: &PodDisruptionBudget,
    healthy: i64,
    desired: i64,
    expected: i64,
    disrupted: BTreeMap<String, Time>,
    now: Time,
) -> Option<Effect> {
    let mut new = budget.clone();
    let status = &mut new.status;
    // A budget that covers no pod allows nothing, so that its first pods are safe.
    status.disruptions_allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    status.current_healthy = healthy;
    status.desired_healthy = desired;
    status.expected_pods = expected;
    status.disrupted_pods = disrupted;
    status.observed_generation = budget.metadata.generation;
    let (allowed, reason) = match status.disruptions_allowed {
        0 => (false, "InsufficientPods"),
        _ => (true, "SufficientPods"),
    };
    let condition = Condition::new("DisruptionAllowed", allowed, reason, "", now);
    condition::set(&mut status.conditions, condition);
    (new.status != budget.status).then(|| Effect::update_status(new))
}

/// Returns the write of a status that allows nothing, as the count failed (`failSafe`).
fn fail(budget: &PodDisruptionBudget, message: String, now: Time) -> Option<Effect> {
    let mut new = budget.clone();
    new.status.disruptions_allowed = 0;
    new.status.observed_generation = budget.metadata.generation;
    let condition = Condition::new("DisruptionAllowed", false, "SyncFailed", message, now);
    condition::set(&mut new.status.conditions, condition);
    (new.status != budget.status).then(|| Effect::update_status(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::ActorId;
    use crate::actors::stage::Stage;
    use crate::store::DeleteOptions;

    /// A budget over a StatefulSet of three whose pods run.
    fn budget(spec: &str) -> Stage {
        let mut stage = Stage::new(&[ActorId::disruption]);
        let mut set = StatefulSet::default();
        (set.metadata.name, set.metadata.namespace) = ("pg".into(), "default".into());
        set.spec.replicas = 3;
        let set = stage.put(set);
        stage.apply(&format!(
            "
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: pg}}
spec: {{{spec}, selector: {{matchLabels: {{app: pg}}}}}}
"
        ));
        stage.settle();
        for name in ["pg-0", "pg-1", "pg-2"] {
            let mut pod = Pod::default();
            (pod.metadata.name, pod.metadata.namespace) = (name.into(), "default".into());
            pod.metadata.labels.set("app", "pg");
            pod.metadata.owner_references = vec![set.as_controller()];
            stage.put(pod);
        }
        stage.settle();
        stage
    }

    /// Returns allowed, healthy, desired and expected.
    fn counts(stage: &Stage) -> (i64, i64, i64, i64) {
        let status = &stage.get::<PodDisruptionBudget>("pg").status;
        (
            status.disruptions_allowed,
            status.current_healthy,
            status.desired_healthy,
            status.expected_pods,
        )
    }

    fn reason(stage: &Stage) -> String {
        let status = &stage.get::<PodDisruptionBudget>("pg").status;
        condition::find(&status.conditions, "DisruptionAllowed")
            .unwrap()
            .reason
            .to_string()
    }

    #[test]
    fn before_its_pods_there_are_none_and_nothing_is_allowed() {
        // fidelity s16: said twice, as its own status wakes it.
        let mut stage = budget("maxUnavailable: 1");
        assert_eq!(stage.take_events(), ["Normal NoPods No matching pods found"; 2]);
        assert_eq!(counts(&stage), (0, 0, 2, 3));
        assert_eq!(reason(&stage), "InsufficientPods");
    }

    #[test]
    fn one_of_three_may_go_once_all_are_ready() {
        let mut stage = budget("maxUnavailable: 1");
        stage.all_ready();
        stage.settle();
        assert_eq!(counts(&stage), (1, 3, 2, 3));
        assert_eq!(reason(&stage), "SufficientPods");
        stage.delete::<Pod>("pg-1", DeleteOptions::default());
        stage.settle();
        assert_eq!(counts(&stage), (0, 2, 2, 3));
    }

    #[test]
    fn a_number_counts_the_pods_there_are_and_a_share_the_pods_there_should_be() {
        let mut stage = budget("minAvailable: 2");
        stage.all_ready();
        stage.delete::<Pod>("pg-2", DeleteOptions::default());
        stage.bury();
        stage.settle();
        assert_eq!(counts(&stage), (0, 2, 2, 2));
        let mut stage = budget("minAvailable: 50%");
        stage.all_ready();
        stage.settle();
        assert_eq!(counts(&stage), (1, 3, 2, 3));
    }

    #[test]
    fn an_evicted_pod_counts_as_gone_until_it_is_or_two_minutes_have_passed() {
        let mut stage = budget("maxUnavailable: 1");
        stage.all_ready();
        stage.settle();
        let now = stage.now;
        stage.status::<PodDisruptionBudget>("pg", |budget| {
            budget.status.disrupted_pods.insert("pg-1".to_owned(), now);
        });
        stage.settle();
        assert_eq!(counts(&stage), (0, 2, 2, 3));
        stage.take_events();
        stage.pass(120_002);
        assert_eq!(counts(&stage), (1, 3, 2, 3));
        assert_eq!(
            stage.take_events(),
            ["Warning NotDeleted Pod was expected by PDB default/pg to be deleted but it wasn't"]
        );
    }

    #[test]
    fn pods_of_a_manager_without_a_size_cannot_be_counted_by_share() {
        let mut stage = budget("maxUnavailable: 1");
        stage.edit::<Pod>("pg-0", |pod| {
            pod.metadata.owner_references[0].kind = "DaemonSet".into();
        });
        stage.settle();
        assert!(
            stage.take_events().contains(
                &"Warning CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: \
              daemonsets.apps does not implement the scale subresource"
                    .to_owned()
            )
        );
        assert_eq!(reason(&stage), "SyncFailed");
    }
}
