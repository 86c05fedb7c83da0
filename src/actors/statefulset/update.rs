//! What is done to the pods, and in which order (pkg/controller/statefulset/stateful_set_control.go,
//! `updateStatefulSet`): first the wanted ones from the lowest ordinal, then the condemned from the highest, then the
//! outdated from the highest; an orderly set takes one step and waits.

use super::pods;
use super::run::Run;
use crate::actors::Effect;
use crate::api::workload::StatefulSetStatus;
use crate::api::{Phase, Pod};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// It goes on.
    Go,
    /// It has to wait.
    Stop,
    /// It came to nothing, and is tried again.
    Fail,
}

/// How many pods a parallel set makes in one run (`MaxBatchSize`); the first of them wake it for the next.
const BATCH: usize = 500;

/// The wanted pods that there are, by ordinal.
type Wanted = BTreeMap<i64, Arc<Pod>>;

impl Run<'_> {
    /// Does what can be done now; returns the status that becomes of it.
    pub fn update(&mut self) -> (StatefulSetStatus, Flow) {
        let set = Arc::clone(&self.set);
        let status = self.count();
        if set.metadata.is_terminating() {
            return (status, Flow::Stop);
        }
        let (mut wanted, mut condemned) = (Wanted::new(), vec![]);
        for pod in &self.members {
            match pods::ordinal(pod) {
                ordinal if pods::wanted(&set).contains(&ordinal) => drop(wanted.insert(ordinal, Arc::clone(pod))),
                ordinal if ordinal >= 0 => condemned.push(Arc::clone(pod)),
                _ => (),
            }
        }
        condemned.sort_by_key(|pod| std::cmp::Reverse(pods::ordinal(pod)));
        let is_orderly = set.spec.pod_management_policy != "Parallel";
        let mut made = 0;
        for ordinal in pods::wanted(&set) {
            let flow = match wanted.get(&ordinal) {
                Some(pod) => self.process(&Arc::clone(pod), is_orderly),
                None if made == BATCH => return (status, Flow::Stop),
                None => {
                    made += 1;
                    self.create(ordinal, is_orderly)
                }
            };
            match flow {
                Flow::Go => (),
                Flow::Fail => return (status, Flow::Fail),
                Flow::Stop if is_orderly => return (status, Flow::Stop),
                Flow::Stop => (),
            }
        }
        for pod in &condemned {
            if !self.claims_are_settled(&pod.metadata) {
                self.settle_claims(&pod.metadata);
            }
        }
        if self.condemn(&wanted, &condemned, is_orderly) == Flow::Stop {
            return (status, Flow::Stop);
        }
        if set.spec.update_strategy.kind == "OnDelete" {
            return (status, Flow::Go);
        }
        self.renew(&wanted, status)
    }

    /// Brings one wanted pod into shape (`processReplica`).
    fn process(&mut self, pod: &Pod, is_orderly: bool) -> Flow {
        if pod.status.phase.is_terminal() {
            // The next one is made when this one is gone.
            if !pod.metadata.is_terminating() {
                self.delete(pod);
            }
            return Flow::Stop;
        }
        if pod.status.phase == Phase::Pending {
            if self.make_claims(pods::ordinal(pod), false) == Flow::Fail {
                return Flow::Fail;
            }
            self.settle_claims(&pod.metadata);
        }
        let set = Arc::clone(&self.set);
        let is_fit = pods::is_ready(pod) && !pods::is_unavailable(pod, &set, self.view.now);
        if is_orderly && !is_fit {
            return Flow::Stop;
        }
        let identity = pods::identity_matches(&set, pod);
        let storage = pods::storage_matches(&set, pod);
        if identity && storage && self.claims_are_settled(&pod.metadata) {
            return Flow::Go;
        }
        let mut mended = pod.clone();
        if !identity {
            pods::identify(&mut mended);
        }
        if !storage {
            pods::mount_claims(&set, &mut mended);
            if self.make_claims(pods::ordinal(pod), true) == Flow::Fail {
                return Flow::Fail;
            }
        }
        self.settle_claims(&pod.metadata);
        if mended != *pod {
            self.effects.push(Effect::update(mended));
        }
        self.say_of("Update", &pod.metadata.name);
        Flow::Go
    }

    /// Makes a pod, its claims first (`CreateStatefulPod`).
    fn create(&mut self, ordinal: i64, is_orderly: bool) -> Flow {
        // Kubernetes waits here for whatever wakes the set next; it is tried again, so as not to wait for ever.
        if self.has_stale_claim(ordinal) {
            return Flow::Fail;
        }
        if self.make_claims(ordinal, true) == Flow::Fail {
            return Flow::Fail;
        }
        let revision = self.revision_for(ordinal);
        let pod = pods::new(&self.set, &self.template_of(&revision), &revision, ordinal);
        self.effects.push(Effect::create(pod.clone()));
        self.settle_claims(&pod.metadata);
        self.say_of("Create", &pod.metadata.name);
        if is_orderly { Flow::Stop } else { Flow::Go }
    }

    /// Returns the revision of which a new pod is made: below the partition the old one (`newVersionedStatefulSetPod`).
    fn revision_for(&self, ordinal: i64) -> Arc<str> {
        let set = &self.set;
        let strategy = &set.spec.update_strategy;
        let kept = match &strategy.rolling_update {
            Some(rolling) => rolling.partition,
            None if strategy.kind == "RollingUpdate" => set.status.current_replicas,
            None => 0,
        };
        let revisions = self.revisions();
        if ordinal < pods::start(set) + kept {
            revisions.current.clone()
        } else {
            revisions.update.clone()
        }
    }

    /// Deletes condemned pods, the highest ordinal first; an orderly set one at a time, when all else is well
    /// (`processCondemned`).
    fn condemn(&mut self, wanted: &Wanted, condemned: &[Arc<Pod>], is_orderly: bool) -> Flow {
        let set = Arc::clone(&self.set);
        let now = self.view.now;
        let unavailable = |pod: &Pod| pods::is_unavailable(pod, &set, now);
        let all_wanted_are_well =
            pods::wanted(&set).all(|ordinal| wanted.get(&ordinal).is_some_and(|pod| !unavailable(pod)));
        // The lowest of the condemned that is not well may go, as nothing below it waits.
        let lowest = condemned
            .iter()
            .rev()
            .find(|pod| unavailable(pod))
            .filter(|_| all_wanted_are_well);
        for pod in condemned {
            if pod.metadata.is_terminating() {
                if is_orderly {
                    return Flow::Stop;
                }
                continue;
            }
            let is_fit = pods::is_ready(pod) && !unavailable(pod);
            if is_orderly && !is_fit && lowest.is_none_or(|lowest| lowest.metadata.uid != pod.metadata.uid) {
                return Flow::Stop;
            }
            self.delete(pod);
            if is_orderly {
                return Flow::Stop;
            }
        }
        Flow::Go
    }

    /// Deletes the outdated pod of the highest ordinal, when all above it are well.
    fn renew(&mut self, wanted: &Wanted, mut status: StatefulSetStatus) -> (StatefulSetStatus, Flow) {
        let partition = self
            .set
            .spec
            .update_strategy
            .rolling_update
            .as_ref()
            .map_or(0, |r| r.partition);
        let ordinals = pods::wanted(&self.set);
        for ordinal in (ordinals.start.saturating_add(partition)..ordinals.end).rev() {
            // One that has just been made is of the right revision, and not well yet.
            let Some(pod) = wanted.get(&ordinal) else {
                return (status, Flow::Stop);
            };
            let is_outdated = pods::revision(pod) != &*self.revisions().update;
            if is_outdated && !pod.metadata.is_terminating() {
                let pod = Arc::clone(pod);
                self.delete(&pod);
                status.current_replicas -= 1;
                return (status, Flow::Go);
            }
            if pods::is_unavailable(pod, &self.set, self.view.now) {
                return (status, Flow::Stop);
            }
        }
        (status, Flow::Go)
    }

    fn delete(&mut self, pod: &Pod) {
        self.effects.push(Effect::delete(pod));
        self.say_of("Delete", &pod.metadata.name);
    }
}
