//! Preemption: which less important pods would have to go so that a pod fits, and on which node that does least harm
//! (pkg/scheduler/framework/preemption, plugins/defaultpreemption).

use super::cache::node::Placed;
use super::cache::tree::Slot;
use super::cycle::{Unfit, check_with_nominated, tie};
use super::messages::unfit;
use super::nominated::Nominated;
use super::plugin::{Plugin, Rejection};
use crate::api::{Pod, PodDisruptionBudget, Time, condition};
use std::cmp::Reverse;
use std::sync::Arc;

/// The reason of the condition that a victim gets (`PodReasonPreemptionByScheduler`).
pub const REASON: &str = "PreemptionByScheduler";

/// What preemption comes to.
#[derive(Debug)]
pub enum Preemption {
    /// Pods have to go from a node, and the pod is to wait for it.
    Victims {
        /// The node.
        slot: Slot,
        /// Those that go, the most important first.
        victims: Vec<Arc<Placed>>,
    },
    /// It does not help; the pod's nomination is forgotten.
    NoHelp(String),
    /// The pod may not; its nomination, if it has one, stays.
    NotEligible(&'static str),
}

/// A node on which the pod would fit without some others.
struct Candidate {
    slot: Slot,
    victims: Vec<Arc<Placed>>,
    /// How many victims a budget would rather keep.
    violations: usize,
}

/// How many candidates are enough: a tenth of the nodes, and at least a hundred (`DefaultPreemptionArgs`).
fn candidates_to_find(nodes: usize) -> usize {
    (nodes / 10).max(100).min(nodes)
}

/// Looks for pods that could go.
pub fn preempt(unfit_pod: &Unfit<'_>, nominated: &Nominated) -> Preemption {
    let filtering = &unfit_pod.filtering;
    let (pod, core) = (filtering.pod, filtering.core);
    if pod.spec.preemption_policy.as_deref() == Some("Never") {
        return Preemption::NotEligible("not eligible due to preemptionPolicy=Never.");
    }
    if waits_for_victims(unfit_pod) {
        return Preemption::NotEligible("not eligible due to a terminating pod on the nominated node.");
    }
    let potential: Vec<Slot> = unfit_pod
        .rejections
        .iter()
        .filter(|(_, r)| r.resolvable)
        .map(|(slot, _)| *slot)
        .collect();
    let wanted = candidates_to_find(potential.len());
    let offset = tie(pod.metadata.uid, potential.len()).unwrap_or(0);
    let budgets: Vec<&PodDisruptionBudget> = filtering.view.list("").map(|budget| &**budget).collect();
    let (mut harmless, mut harmful, mut rejections) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..potential.len() {
        let slot = potential[(offset + i) % potential.len()];
        match select_victims(unfit_pod, nominated, &budgets, slot) {
            Ok(candidate) if candidate.violations == 0 => harmless.push(candidate),
            Ok(candidate) => harmful.push(candidate),
            Err(rejection) => rejections.push(rejection),
        }
        if !harmless.is_empty() && harmless.len() + harmful.len() >= wanted {
            break;
        }
    }
    harmless.append(&mut harmful);
    let start_of = |placed: &Placed| start_time(unfit_pod, placed);
    match least_harmful(harmless, start_of) {
        Some(best) => Preemption::Victims {
            slot: best.slot,
            victims: best.victims,
        },
        None => {
            let unseen = Some("Preemption is not helpful for scheduling");
            Preemption::NoHelp(unfit(core.order().len(), &rejections, unseen, ""))
        }
    }
}

/// Says whether pods that had to go for this one are still on their way out (`PodEligibleToPreemptOthers`).
fn waits_for_victims(unfit_pod: &Unfit<'_>) -> bool {
    let filtering = &unfit_pod.filtering;
    let Some(slot) = filtering.core.slot(&filtering.pod.status.nominated_node_name) else {
        return false;
    };
    let rejection = unfit_pod.rejections.iter().find(|(at, _)| *at == slot);
    if rejection.is_some_and(|(_, r)| !r.resolvable) {
        return false;
    }
    let less_important = |p: &&Arc<Placed>| p.shape.priority() < filtering.shape.priority();
    let mut others = filtering.core.info(slot).pods.iter().filter(less_important);
    others.any(|placed| {
        let pod = filtering.view.get::<Pod>(&placed.key.namespace, &placed.key.name);
        pod.is_some_and(|pod| {
            pod.metadata.is_terminating()
                && condition::find(&pod.status.conditions, "DisruptionTarget").is_some_and(|c| c.reason == REASON)
        })
    })
}

/// Returns when a pod started; one that has not yet counts as starting now.
fn start_time(unfit_pod: &Unfit<'_>, placed: &Placed) -> Time {
    let view = &unfit_pod.filtering.view;
    let pod = view.get::<Pod>(&placed.key.namespace, &placed.key.name);
    pod.and_then(|pod| pod.status.start_time).unwrap_or(view.now)
}

/// Finds the pods that would have to go from a node: all less important ones are imagined gone, then brought back one by
/// one, the most important first, as long as the pod still fits (`SelectVictimsOnNode`).
fn select_victims(
    unfit_pod: &Unfit<'_>,
    nominated: &Nominated,
    budgets: &[&PodDisruptionBudget],
    slot: Slot,
) -> Result<Candidate, Rejection> {
    let filtering = &unfit_pod.filtering;
    let mut info = filtering.core.info(slot).clone();
    let less_important = |p: &&Arc<Placed>| p.shape.priority() < filtering.shape.priority();
    let mut gone: Vec<Arc<Placed>> = info.pods.iter().filter(less_important).cloned().collect();
    if gone.is_empty() {
        return Err(Rejection {
            plugin: Plugin::NodeResourcesFit,
            resolvable: false,
            reasons: vec!["No preemption victims found for incoming pod".into()],
        });
    }
    for pod in &gone {
        info.remove(pod.uid);
    }
    check_with_nominated(filtering, nominated, slot, &info, &gone)?;
    gone.sort_by_key(|pod| (Reverse(pod.shape.priority()), start_time(unfit_pod, pod), pod.uid));
    let (protected, free) = by_budget(gone.clone(), budgets, unfit_pod);
    let (mut victims, mut violations) = (Vec::new(), 0);
    for (pod, is_protected) in protected
        .into_iter()
        .map(|p| (p, true))
        .chain(free.into_iter().map(|p| (p, false)))
    {
        let place = gone
            .iter()
            .position(|have| have.uid == pod.uid)
            .expect("each is brought back once");
        gone.remove(place);
        info.add(pod.clone());
        if check_with_nominated(filtering, nominated, slot, &info, &gone).is_err() {
            info.remove(pod.uid);
            gone.push(pod.clone());
            violations += usize::from(is_protected);
            victims.push(pod);
        }
    }
    victims.sort_by_key(|pod| (Reverse(pod.shape.priority()), start_time(unfit_pod, pod), pod.uid));
    Ok(Candidate {
        slot,
        victims,
        violations,
    })
}

/// Splits pods into those whose going would break a disruption budget, and the others (`filterPodsWithPDBViolation`).
fn by_budget(
    pods: Vec<Arc<Placed>>,
    budgets: &[&PodDisruptionBudget],
    unfit_pod: &Unfit<'_>,
) -> (Vec<Arc<Placed>>, Vec<Arc<Placed>>) {
    let mut allowed: Vec<i64> = budgets.iter().map(|budget| budget.status.disruptions_allowed).collect();
    let view = &unfit_pod.filtering.view;
    pods.into_iter().partition(|placed| {
        let labels = view
            .get::<Pod>(&placed.key.namespace, &placed.key.name)
            .map(|pod| &pod.metadata.labels);
        let labels = labels.unwrap_or(&placed.labels);
        let mut breaks = false;
        for (budget, allowed) in budgets.iter().zip(&mut allowed) {
            let selector = budget.spec.selector.as_ref();
            let covers = budget.metadata.namespace == placed.key.namespace
                && !labels.is_empty()
                && selector.is_some_and(|s| !s.is_empty() && s.matches(labels))
                && !budget.status.disrupted_pods.contains_key(&*placed.key.name);
            if covers {
                *allowed -= 1;
                breaks |= *allowed < 0;
            }
        }
        breaks
    })
}

/// Picks the candidate that does least harm (`pickOneNodeForPreemption`): the fewest broken budgets, the least important
/// first victim, the smallest sum of priorities, the fewest victims, the youngest of the most important ones; then the
/// first that was found.
fn least_harmful(candidates: Vec<Candidate>, start_of: impl Fn(&Placed) -> Time) -> Option<Candidate> {
    let harm = |candidate: &Candidate| {
        let victims = &candidate.victims;
        let highest = victims.first().map_or(i64::MIN, |pod| pod.shape.priority());
        // Each priority is made positive, so that fewer pods of negative priority count as less harm.
        let sum: i64 = victims.iter().map(|pod| pod.shape.priority() + (1 << 31)).sum();
        let highest_ones = victims.iter().filter(|pod| pod.shape.priority() == highest);
        let earliest = highest_ones.map(|pod| start_of(pod)).min();
        (candidate.violations, highest, sum, victims.len(), Reverse(earliest))
    };
    candidates
        .into_iter()
        .filter(|candidate| !candidate.victims.is_empty())
        .min_by_key(harm)
}
