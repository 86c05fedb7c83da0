//! One run of the controller: pods more, pods fewer, and old ones replaced.

use super::fit::{self, Fit};
use super::{Failures, WAIT_MS};
use crate::actors::owners::{self, Bond, Strays};
use crate::actors::{Effect, View, WRITTEN, history};
use crate::api::annotations::TEMPLATE_GENERATION;
use crate::api::workload::DaemonSetStatus;
use crate::api::{ControllerRevision, DaemonSet, Node, Object, ObjectReference, Phase, Pod, Resource, condition};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The label that holds the hash of a pod's template.
const HASH: &str = "controller-revision-hash";

/// How many pods a run makes or deletes at most (`BurstReplicas`).
const BURST: usize = 250;

/// A run.
pub(super) struct Run<'a> {
    view: View<'a>,
    set: Arc<DaemonSet>,
    /// Each node with the set's pods there, and whether one belongs.
    nodes: BTreeMap<Arc<str>, (Fit, Vec<Arc<Pod>>)>,
    revisions: Vec<ControllerRevision>,
    hash: String,
    /// The pods that this run deletes.
    doomed: BTreeSet<Arc<str>>,
    pub effects: Vec<Effect>,
    reference: ObjectReference,
}

impl<'a> Run<'a> {
    /// Begins a run: claims pods, and finds or makes the revision of the template.
    pub fn new(view: &View<'a>, set: &Arc<DaemonSet>, strays: &mut Strays) -> Self {
        let mut run = Run {
            view: *view,
            set: Arc::clone(set),
            nodes: BTreeMap::new(),
            revisions: history::of(view, &**set, &set.spec.selector),
            hash: String::new(),
            doomed: BTreeSet::new(),
            effects: vec![],
            reference: Object::DaemonSet(Arc::clone(set)).reference(),
        };
        run.find_revision();
        let model = fit::pod_of(set);
        for node in view.list::<Node>("") {
            let fit = fit::fit(&model, node);
            run.nodes.insert(node.metadata.name.clone(), (fit, vec![]));
        }
        let matches = |pod: &crate::api::Meta| owners::selects(&set.spec.selector, pod);
        let mut pods = vec![];
        for pod in view.owned::<Pod>(set.metadata.uid) {
            match owners::bond(&pod.metadata, &set.metadata, matches(&pod.metadata)) {
                Bond::Own => pods.push(Arc::clone(pod)),
                Bond::Release => run.effects.push(Effect::release(&**pod, set.metadata.uid)),
                Bond::Adopt | Bond::Stranger => (),
            }
        }
        for pod in strays.adoptable::<Pod>(view, &**set, matches) {
            run.effects.push(Effect::adopt(&**pod, set.as_controller()));
            pods.push(Arc::clone(pod));
        }
        pods.sort_by_key(|pod| (pod.metadata.creation_timestamp, pod.metadata.name.clone()));
        for pod in pods {
            // The pods of a node that is gone are left to the pod garbage collector.
            if let Some((_, there)) = fit::node_of(&pod).and_then(|node| run.nodes.get_mut(&node)) {
                there.push(pod);
            }
        }
        run
    }

    fn find_revision(&mut self) {
        history::sort(&mut self.revisions);
        let data = history::data_of(&self.set.spec.template);
        let next = self.revisions.last().map_or(1, |last| last.revision + 1);
        match self.revisions.iter().rposition(|revision| revision.data == data) {
            Some(place) if place + 1 == self.revisions.len() => (),
            Some(place) => {
                let mut revision = self.revisions.remove(place);
                revision.revision = next;
                self.effects.push(Effect::update(revision.clone()));
                self.revisions.push(revision);
            }
            None => {
                let revision = history::new(&*self.set, &self.set.spec.template, data, next, 0);
                self.effects.push(Effect::create(revision.clone()));
                self.revisions.push(revision);
            }
        }
        let newest = self.revisions.last().expect("one was just found or made");
        self.hash = newest.metadata.labels.value(history::HASH).to_owned();
    }

    fn say(&mut self, reason: &'static str, message: String) {
        self.effects
            .push(Effect::normal(self.reference.clone(), reason, message));
    }

    fn delete(&mut self, pod: &Pod) {
        if self.doomed.len() < BURST && self.doomed.insert(pod.metadata.name.clone()) {
            self.effects.push(Effect::delete(pod));
            self.say("SuccessfulDelete", format!("Deleted pod: {}", pod.metadata.name));
        }
    }

    /// Makes the pods that are missing and deletes those that do not belong (`manage`, `podsShouldBeOnNode`).
    pub fn manage(&mut self, failures: &mut BTreeMap<Arc<str>, Failures>) {
        let mut missing = vec![];
        for (node, (fit, pods)) in self.nodes.clone() {
            let alive = pods.iter().filter(|pod| !pod.metadata.is_terminating());
            match fit {
                Fit::Belongs if pods.is_empty() => missing.push(node),
                Fit::Stranger => alive.for_each(|pod| self.delete(pod)),
                Fit::Belongs | Fit::MayStay => {
                    let mut running = vec![];
                    for pod in alive {
                        match pod.status.phase {
                            Phase::Failed => self.kill_failed(&node, pod, failures),
                            Phase::Succeeded => {
                                let name = &pod.metadata.name;
                                let namespace = &pod.metadata.namespace;
                                let message = format!(
                                    "Found succeeded daemon pod {namespace}/{name} on node {node}, will try to delete it"
                                );
                                self.say("SucceededDaemonPod", message);
                                self.delete(pod);
                            }
                            _ => running.push(pod),
                        }
                    }
                    // Of several only the oldest stays.
                    running.into_iter().skip(1).for_each(|pod| self.delete(pod));
                }
            }
        }
        for node in missing.into_iter().take(BURST) {
            let mut pod = fit::pod_of(&self.set);
            fit::confine(&mut pod, &node);
            pod.metadata.labels.set(HASH, self.hash.clone());
            pod.metadata.labels.set("pod-template-generation", self.generation());
            self.effects.push(Effect::create(pod));
            self.say("SuccessfulCreate", format!("Created pod: {WRITTEN}"));
        }
    }

    /// Returns the old counter of template changes.
    fn generation(&self) -> String {
        let counter = self.set.metadata.annotations.get(TEMPLATE_GENERATION);
        counter.cloned().unwrap_or_else(|| "1".to_owned())
    }

    /// Deletes a failed pod, after a pause that grows with each failure on the node.
    fn kill_failed(&mut self, node: &Arc<str>, pod: &Pod, failures: &mut BTreeMap<Arc<str>, Failures>) {
        let now = self.view.now;
        let failure = failures.entry(node.clone()).or_default();
        let until = failure.since + failure.wait_ms;
        if failure.wait_ms > 0 && now < until {
            self.effects.push(Effect::WakeAt(self.set.key(), until));
            return;
        }
        // After twice the longest pause all is forgotten.
        let is_old = now - failure.since > 2 * WAIT_MS.1;
        failure.wait_ms = if failure.wait_ms == 0 || is_old {
            WAIT_MS.0
        } else {
            (failure.wait_ms * 2).min(WAIT_MS.1)
        };
        failure.since = now;
        let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
        let message = format!("Found failed daemon pod {namespace}/{name} on node {node}, will try to kill it");
        self.effects
            .push(Effect::warning(self.reference.clone(), "FailedDaemonPod", message));
        self.delete(pod);
    }

    fn is_available(&self, pod: &Pod) -> bool {
        pod.is_available(self.set.spec.min_ready_seconds, self.view.now)
    }

    fn is_new(&self, pod: &Pod) -> bool {
        pod.metadata.labels.value(HASH) == self.hash
    }

    /// Deletes old pods, as far as enough others are available (pkg/controller/daemon/update.go, `rollingUpdate`).
    pub fn roll(&mut self) {
        if self.set.spec.update_strategy.kind != "RollingUpdate" {
            return;
        }
        let wanted = self.nodes.values().filter(|(fit, _)| *fit == Fit::Belongs).count() as i64;
        let rolling = self.set.spec.update_strategy.rolling_update.clone().unwrap_or_default();
        // A share that rounds to nothing is still one, or nothing could move.
        let limit = rolling.max_unavailable.of(wanted, true).max(1);
        let (mut unavailable, mut free, mut candidates) = (0, vec![], vec![]);
        for (fit, pods) in self.nodes.values() {
            if *fit != Fit::Belongs {
                continue;
            }
            let alive: Vec<_> = pods.iter().filter(|pod| !pod.metadata.is_terminating()).collect();
            match alive.as_slice() {
                [pod] if self.is_new(pod) => unavailable += i64::from(!self.is_available(pod)),
                // One that is of no use anyway costs nothing.
                [pod] if !self.is_available(pod) => free.push(Arc::clone(pod)),
                [pod] => candidates.push(Arc::clone(pod)),
                _ => unavailable += 1,
            }
        }
        let room = usize::try_from(limit - unavailable - free.len() as i64).unwrap_or_default();
        for pod in free.into_iter().chain(candidates.into_iter().take(room)) {
            self.delete(&pod);
        }
    }

    /// Deletes the oldest revisions that are of no pod and beyond the limit.
    pub fn cut_history(&mut self) {
        let pods = self.nodes.values().flat_map(|(_, pods)| pods);
        let live: BTreeSet<&str> = pods.map(|pod| pod.metadata.labels.value(HASH)).collect();
        let (_, older) = self.revisions.split_last().expect("the newest is the template's own");
        let is_dead = |r: &&ControllerRevision| !live.contains(r.metadata.labels.value(history::HASH));
        let old: Vec<_> = older.iter().filter(is_dead).collect();
        let limit = self.set.spec.revision_history_limit.max(0);
        let excess = usize::try_from(old.len() as i64 - limit).unwrap_or_default();
        let cuts: Vec<_> = old.into_iter().take(excess).map(Effect::delete).collect();
        self.effects.extend(cuts);
    }

    /// Writes the status, if it says anything new (`updateDaemonSetStatus`).
    pub fn write_status(&mut self) {
        let mut status = DaemonSetStatus {
            observed_generation: self.set.metadata.generation,
            rest: self.set.status.rest.clone(),
            ..DaemonSetStatus::default()
        };
        let mut next = None;
        for (fit, pods) in self.nodes.values() {
            let oldest = pods.first();
            if *fit != Fit::Belongs {
                status.number_misscheduled += i64::from(oldest.is_some());
                continue;
            }
            status.desired_number_scheduled += 1;
            let Some(pod) = oldest else { continue };
            status.current_number_scheduled += 1;
            status.updated_number_scheduled += i64::from(self.is_new(pod));
            if pod.is_ready() {
                status.number_ready += 1;
                if self.is_available(pod) {
                    status.number_available += 1;
                } else {
                    let ready = condition::find(&pod.status.conditions, "Ready");
                    let since = ready.and_then(|ready| ready.last_transition_time);
                    let at = since.map(|since| since + self.set.spec.min_ready_seconds * 1000);
                    next = [next, at].into_iter().flatten().min();
                }
            }
        }
        status.number_unavailable = status.desired_number_scheduled - status.number_available;
        if status != self.set.status {
            let mut set = DaemonSet::clone(&self.set);
            set.status = status;
            // Nobody else writes it.
            set.metadata.resource_version = 0;
            self.effects.push(Effect::update_status(set));
        }
        self.effects.extend(next.map(|at| Effect::WakeAt(self.set.key(), at)));
    }
}
