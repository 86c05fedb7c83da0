//! Evicting a pod: a deletion that a disruption budget can refuse.

use super::{DeleteOptions, Hand, Refusal, Store};
use crate::api::{Condition, Key, Phase, Pod, PodDisruptionBudget, Resource, condition};
use std::sync::Arc;

/// What a budget says when it is used up (pkg/registry/core/pod/storage/eviction.go).
const NO: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

impl Store {
    /// Asks for the eviction of a pod (the `eviction` subresource).
    ///
    /// The budget is charged at once, before its controller hears of the pod: two evictions cannot spend it twice.
    pub fn evict(&mut self, key: &Key, grace_seconds: Option<i64>, hand: &mut Hand<'_>) -> Result<(), Refusal> {
        let pod = self.get::<Pod>(&key.namespace, &key.name).cloned();
        let pod = pod.ok_or_else(|| Refusal::NotFound(key.clone()))?;
        let counts = pod.status.phase == Phase::Running && !pod.metadata.is_terminating();
        if counts && let Some(budget) = self.budget_of(&pod)? {
            self.charge(&budget, &pod, hand)?;
        }
        if counts {
            let mut marked = (*pod).clone();
            let why = ("EvictionByEvictionAPI", "Eviction API: evicting");
            let target = Condition::new("DisruptionTarget", true, why.0, why.1, hand.now);
            condition::set(&mut marked.status.conditions, target);
            marked.metadata.resource_version = 0;
            self.update_status(marked.into_object(), hand)?;
        }
        let options = DeleteOptions {
            grace_seconds,
            uid: Some(pod.metadata.uid),
            ..DeleteOptions::default()
        };
        self.delete(key, &options, hand).map(drop)
    }

    /// Returns the budget that covers a pod; two of them are one too many.
    fn budget_of(&self, pod: &Pod) -> Result<Option<Arc<PodDisruptionBudget>>, Refusal> {
        let covers = |budget: &&Arc<PodDisruptionBudget>| {
            let selector = budget.spec.selector.as_ref();
            selector.is_some_and(|selector| selector.matches(&pod.metadata.labels))
        };
        let mut budgets = self.list::<PodDisruptionBudget>(&pod.metadata.namespace).filter(covers);
        let first = budgets.next().cloned();
        if budgets.next().is_some() {
            let why =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(Refusal::BadRequest(why.to_owned()));
        }
        Ok(first)
    }

    fn charge(&mut self, budget: &PodDisruptionBudget, pod: &Pod, hand: &mut Hand<'_>) -> Result<(), Refusal> {
        let status = &budget.status;
        let unready_is_free = status.current_healthy >= status.desired_healthy && status.desired_healthy > 0;
        let always = budget
            .spec
            .rest
            .get("unhealthyPodEvictionPolicy")
            .and_then(|p| p.as_str())
            == Some("AlwaysAllow");
        if !pod.is_ready() && (always || unready_is_free) {
            return Ok(());
        }
        if status.observed_generation < budget.metadata.generation || status.disruptions_allowed <= 0 {
            return Err(Refusal::TooManyRequests(NO.to_owned()));
        }
        let mut charged = budget.clone();
        charged.status.disruptions_allowed -= 1;
        charged
            .status
            .disrupted_pods
            .insert(pod.metadata.name.to_string(), hand.now);
        if charged.status.disruptions_allowed == 0 {
            let used_up = Condition::new("DisruptionAllowed", false, "InsufficientPods", "", hand.now);
            condition::set(&mut charged.status.conditions, used_up);
        }
        self.update_status(charged.into_object(), hand).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{LabelSelector, Namespace, Time};

    #[test]
    fn a_budget_is_charged_at_once_and_then_says_no() {
        let mut store = Store::default();
        Hand::with(Time::EPOCH, 1, |hand| {
            let mut namespace = Namespace::default();
            namespace.metadata.name = "n".into();
            store.create(namespace.into_object(), hand).unwrap();
            let mut budget = PodDisruptionBudget::default();
            (budget.metadata.name, budget.metadata.namespace) = ("b".into(), "n".into());
            budget.spec.selector = Some(LabelSelector::default());
            let budget = store.create(budget.into_object(), hand).unwrap();
            let mut budget = (**PodDisruptionBudget::of(&budget).unwrap()).clone();
            (budget.status.disruptions_allowed, budget.status.observed_generation) = (1, 1);
            store.update_status(budget.into_object(), hand).unwrap();
            let mut keys = Vec::new();
            for name in ["p", "q"] {
                let mut pod = Pod::default();
                (pod.metadata.name, pod.metadata.namespace) = (name.into(), "n".into());
                let created = store.create(pod.into_object(), hand).unwrap();
                let mut pod = (**Pod::of(&created).unwrap()).clone();
                pod.status.phase = Phase::Running;
                store.update_status(pod.into_object(), hand).unwrap();
                keys.push(created.key());
            }
            assert_eq!(store.evict(&keys[0], None, hand), Ok(()));
            assert_eq!(
                store.evict(&keys[1], None, hand),
                Err(Refusal::TooManyRequests(NO.to_owned()))
            );
        });
    }
}
