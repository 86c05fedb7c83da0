//! An attempt to give a pod a node, and what is written about it.

use super::Scheduler;
use super::binding::{Binding, reference};
use super::cache::node::Placed;
use super::cycle::{Chosen, Cycle, Failure};
use super::happening::Happening;
use super::messages::{self, AFTER_TURNED_AWAY, NO_NODES, NOTHING_TO_DEALLOCATE};
use super::plugin::Plugins;
use super::preemption::{self, Preemption};
use super::queue::Place;
use crate::actors::{Effect, View};
use crate::api::{Condition, Key, Pod, Resource, condition};
use std::sync::Arc;

/// How an attempt failed.
struct Failed {
    message: String,
    /// The plugins that turned the pod down; none where something went wrong instead.
    turned_down_by: Plugins,
    /// Whether the pod is unschedulable rather than the victim of an error.
    is_unschedulable: bool,
    /// What becomes of the pod's nomination; None: it stays.
    nominate: Option<Arc<str>>,
    /// The pods that have to go for it.
    victims: Vec<Arc<Placed>>,
}

impl Scheduler {
    /// Tries to give a pod a node.
    pub(super) fn attempt(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(pod) = self.queue.get(key).map(|entry| entry.pod.clone()) else {
            return vec![];
        };
        if pod.metadata.is_terminating() {
            self.queue.remove(key, None);
            let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
            let message = format!("skip schedule deleting pod: {namespace}/{name}");
            return vec![Effect::warning(reference(&pod), "FailedScheduling", message)];
        }
        let Self {
            cache,
            volumes,
            nominated,
            lots,
            ..
        } = self;
        let lot = lots.draw(&pod);
        let (core, scratch) = (&cache.core, &mut cache.scratch);
        let shape = scratch.shapes.of(&pod, view, core.services);
        let cycle = Cycle {
            pod: &pod,
            shape: &shape,
            core,
            volumes,
            nominated,
            lot: lot.as_deref(),
            view: *view,
        };
        match cycle.run(scratch, self.start) {
            Ok(chosen) => {
                let node = core.info(chosen.slot).name.clone();
                self.start = chosen.next_start;
                self.cache.assume(&pod, &shape, &node);
                self.nominated.remove(pod.metadata.uid);
                self.begin_binding(view, &pod, &node, &chosen)
            }
            Err(failure) => {
                let (failed, start) = explain_failure(failure, nominated);
                self.start = start.unwrap_or(self.start);
                self.fail(view, &pod, failed)
            }
        }
    }

    /// Begins to bind a pod: at once, or when its claims are.
    fn begin_binding(&mut self, view: &View<'_>, pod: &Arc<Pod>, node: &Arc<str>, chosen: &Chosen) -> Vec<Effect> {
        let key = pod.key();
        if chosen.plan.bindings.is_empty() && chosen.plan.provisions.is_empty() {
            let binding = Binding::at_once(node, view);
            let effects = binding.bind(pod).into();
            self.queue.bind(&key, binding);
            return effects;
        }
        // While it waits, the pod says where it is going to be (`NominatedNodeNameForExpectation`, on since 1.35).
        let mut expecting = Pod::clone(pod);
        expecting.status.nominated_node_name = node.clone();
        let (binding, writes) = Binding::new(node, &chosen.plan, &mut self.volumes, view);
        let next_look = binding.next_look;
        self.queue.bind(&key, binding);
        let mut effects = vec![write_status(expecting)];
        effects.extend(writes);
        effects.push(Effect::WakeAt(key, next_look));
        effects
    }

    /// Looks whether a pod's claims are bound, and binds the pod if so.
    pub(super) fn go_on_binding(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(entry) = self.queue.get_mut(key) else {
            return vec![];
        };
        let pod = entry.pod.clone();
        let Place::Binding(binding) = &mut entry.place else {
            return vec![];
        };
        if binding.is_last || binding.next_look > view.now {
            return vec![];
        }
        match binding.check(view) {
            Ok(true) => {
                binding.is_last = true;
                binding.bind(&pod).into()
            }
            Ok(false) => {
                binding.next_look = view.now + view.settings.prebind_poll;
                vec![Effect::WakeAt(key.clone(), binding.next_look)]
            }
            Err(why) => self.take_back(view, key, &why),
        }
    }

    /// Takes a pod back from its node after something was refused or came to nothing.
    pub(super) fn take_back(&mut self, view: &View<'_>, key: &Key, why: &str) -> Vec<Effect> {
        let Some(entry) = self.queue.get(key) else {
            return vec![];
        };
        let pod = entry.pod.clone();
        let Place::Binding(binding) = &entry.place else {
            if entry.preempts {
                // Not all victims could be asked to go: the pod is tried again at once.
                self.queue.activate(key);
                return vec![Effect::WakeAt(key.clone(), view.now)];
            }
            return vec![];
        };
        binding.revert(&mut self.volumes);
        let failed = Failed {
            message: binding.words_for(why),
            turned_down_by: Plugins::default(),
            is_unschedulable: false,
            nominate: Some("".into()),
            victims: vec![],
        };
        self.cache.remove(pod.metadata.uid);
        let mut effects = self.fail(view, &pod, failed);
        // Its place is free again.
        let mut woken = Vec::new();
        self.stir(Happening::PodLeft(&pod), view, &mut woken);
        effects.extend(woken.into_iter().map(|key| Effect::WakeAt(key, view.now)));
        effects
    }

    /// Puts a pod aside and returns what is written about it (`handleSchedulingFailure`).
    fn fail(&mut self, view: &View<'_>, pod: &Arc<Pod>, failed: Failed) -> Vec<Effect> {
        let key = pod.key();
        let again_at = if failed.turned_down_by == Plugins::default() {
            self.queue.back_off(&key, view.now)
        } else {
            self.queue.wait(&key, failed.turned_down_by, view.now)
        };
        if let Some(entry) = self.queue.get_mut(&key) {
            entry.preempts = !failed.victims.is_empty();
        }
        let message = messages::truncated(&failed.message);
        let mut effects = vec![Effect::warning(reference(pod), "FailedScheduling", message)];
        let mut told = Pod::clone(pod);
        let reason = if failed.is_unschedulable {
            "Unschedulable"
        } else {
            "SchedulerError"
        };
        let scheduled = Condition::new("PodScheduled", false, reason, failed.message, view.now);
        let mut changed = condition::set(&mut told.status.conditions, scheduled);
        if let Some(node) = failed.nominate {
            changed |= told.status.nominated_node_name != node;
            told.status.nominated_node_name = node.clone();
            if node.is_empty() {
                self.nominated.remove(pod.metadata.uid);
            } else {
                let shape = self.cache.scratch.shapes.of(pod, view, self.cache.core.services);
                self.nominated.add(pod, &shape, &node);
                effects.extend(self.clear_less_important(view, &shape, &node));
            }
        }
        if changed {
            effects.insert(1, write_status(told));
        }
        for victim in &failed.victims {
            effects.extend(evict(view, pod, victim, &self.nominated_node(pod)));
        }
        effects.push(Effect::WakeAt(key, again_at));
        effects
    }

    fn nominated_node(&self, pod: &Pod) -> Arc<str> {
        self.nominated.node_of(pod.metadata.uid).cloned().unwrap_or_default()
    }

    /// Returns what takes the nomination from less important pods that wait for room on a node; they look elsewhere.
    fn clear_less_important(&self, view: &View<'_>, shape: &super::shape::Shape, node: &str) -> Vec<Effect> {
        let below = self.nominated.below(node, shape.priority());
        let told = below.filter_map(|placed| {
            let pod = view.get::<Pod>(&placed.key.namespace, &placed.key.name)?;
            let mut pod = Pod::clone(pod);
            pod.status.nominated_node_name = "".into();
            Some(write_status(pod))
        });
        told.collect()
    }
}

/// Puts a failure into words, and says where the next cycle begins to look.
fn explain_failure(failure: Failure<'_>, nominated: &super::nominated::Nominated) -> (Failed, Option<usize>) {
    let mut failed = Failed {
        message: String::new(),
        turned_down_by: Plugins::default(),
        is_unschedulable: true,
        nominate: None,
        victims: vec![],
    };
    match failure {
        Failure::NoNodes => {
            failed.message = NO_NODES.to_owned();
            failed.nominate = Some("".into());
            (failed, None)
        }
        Failure::TurnedAway { by, nodes } => {
            failed.message = messages::turned_away(nodes, &by.message, AFTER_TURNED_AWAY);
            failed.turned_down_by.insert(by.plugin);
            (failed, None)
        }
        Failure::Unfit(unfit) => {
            let core = unfit.filtering.core;
            let after = match preemption::preempt(&unfit, nominated) {
                Preemption::Victims { slot, victims } => {
                    failed.nominate = Some(core.info(slot).name.clone());
                    failed.victims = victims;
                    String::new()
                }
                Preemption::NoHelp(why) => {
                    failed.nominate = Some("".into());
                    format!("{NOTHING_TO_DEALLOCATE}, preemption: {why}")
                }
                Preemption::NotEligible(why) => format!("{NOTHING_TO_DEALLOCATE}, preemption: {why}"),
            };
            let rejections = unfit.rejections.iter().map(|(_, rejection)| rejection);
            failed.message = messages::unfit(core.order().len(), rejections, unfit.unseen, &after);
            failed.turned_down_by = unfit.plugins;
            (failed, Some(unfit.next_start))
        }
    }
}

/// Returns what makes a pod go for a more important one (`PreemptPod`). A pod that is on its way out already is left
/// alone.
fn evict(view: &View<'_>, preemptor: &Arc<Pod>, victim: &Placed, node: &str) -> Vec<Effect> {
    let Some(pod) = view.get::<Pod>(&victim.key.namespace, &victim.key.name) else {
        return vec![];
    };
    if pod.metadata.uid != victim.uid || pod.metadata.is_terminating() {
        return vec![];
    }
    let mut told = Pod::clone(pod);
    let message = "default-scheduler: preempting to accommodate a higher priority pod";
    let target = Condition::new("DisruptionTarget", true, preemption::REASON, message, view.now);
    condition::set(&mut told.status.conditions, target);
    vec![
        Effect::update_status(told),
        Effect::delete(&**pod),
        Effect::normal(
            reference(pod),
            "Preempted",
            format!("Preempted by pod {} on node {node}", preemptor.metadata.uid),
        ),
    ]
}

/// Returns a write of a pod's status over whatever stands there: nobody but the scheduler tells of a pod that has no
/// node (the real one sends a patch).
fn write_status(mut pod: Pod) -> Effect {
    pod.metadata.resource_version = 0;
    Effect::update_status(pod)
}
