//! The ReplicaSet controller: as many pods of one template as were asked for, no matter which
//! (pkg/controller/replicaset/replica_set.go).
//!
//! It counts its pods as they change instead of counting them all each time, so that a set of thousands is as cheap as a
//! small one. No expectations are kept, as the kernel runs a key only once the cache shows the run's own writes; and
//! writes land one by one and the first refusal ends the run, so slow start needs no batches.

mod ranking;
mod status;
mod tally;

#[cfg(test)]
mod tests;

use super::owners::{self, Bond, Strays};
use super::{Actor, Change, Effect, View, WRITTEN};
use crate::api::{Key, Kind, Namespace, Object, Pod, ReplicaSet, Resource, Uid};
use crate::store::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tally::{Census, Tally};

/// How many pods a run makes or deletes at most (`BurstReplicas`).
const BURST: i64 = 500;

/// The controller and its memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ReplicaSetController {
    /// The pods of each set, counted.
    tallies: BTreeMap<Uid, Tally>,
    strays: Strays,
}

impl Actor for ReplicaSetController {
    const NAME: &'static str = "replicaset-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::ReplicaSet, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        match change.object() {
            Object::ReplicaSet(set) => self.heed_set(change, set, view, wake),
            Object::Pod(_) => self.heed_pod(change, view, wake),
            _ => (),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(set) = view.get::<ReplicaSet>(&key.namespace, &key.name) else {
            return vec![];
        };
        let mut effects = Vec::new();
        let census = self.claim(view, set, &mut effects);
        let missing = set.spec.replicas - census.active;
        // Nothing can be made in a namespace that is going: the controller sinks that refusal.
        let is_barred = view
            .get::<Namespace>("", &key.namespace)
            .is_some_and(|namespace| namespace.metadata.is_terminating());
        if set.metadata.is_terminating() {
        } else if missing > 0 && !is_barred {
            for _ in 0..missing.min(BURST) {
                effects.push(Effect::create(owners::pod_of(&set.spec.template, &**set)));
                let message = format!("Created pod: {WRITTEN}");
                effects.push(Effect::normal(reference(set), "SuccessfulCreate", message));
            }
        } else if missing < 0 {
            for pod in ranking::doomed(view, set, -missing.max(-BURST)) {
                effects.push(Effect::delete(&**pod));
                let message = format!("Deleted pod: {}", pod.metadata.name);
                effects.push(Effect::normal(reference(set), "SuccessfulDelete", message));
            }
        }
        effects.extend(status::update(set, &census, None, view.now));
        effects.extend(census.next_available.map(|at| Effect::WakeAt(key.clone(), at)));
        effects
    }

    fn refused(&mut self, view: &View<'_>, key: &Key, effect: &Effect, refusal: &Refusal) -> Vec<Effect> {
        let Some(set) = view.get::<ReplicaSet>(&key.namespace, &key.name) else {
            return vec![];
        };
        let (reason, said) = match effect {
            Effect::Create(_) => ("FailedCreate", format!("Error creating: {refusal}")),
            Effect::Delete(..) => ("FailedDelete", format!("Error deleting: {refusal}")),
            _ => return vec![],
        };
        let census = self.claim(view, set, &mut Vec::new());
        let mut effects = vec![Effect::warning(reference(set), reason, said)];
        effects.extend(status::update(set, &census, Some((reason, refusal)), view.now));
        effects
    }
}

impl ReplicaSetController {
    fn heed_set(&mut self, change: &Change<'_>, set: &ReplicaSet, view: &View<'_>, wake: &mut Vec<Key>) {
        let key = set.key();
        let Some(Object::ReplicaSet(now)) = change.after else {
            self.strays.forget(&key);
            return;
        };
        let before = change.before.and_then(ReplicaSet::of);
        if before.is_none() {
            self.strays.bid(&key);
        }
        let labels = |set: &ReplicaSet| set.spec.template.metadata.labels.clone();
        if before.is_some_and(|before| labels(before) != labels(now)) {
            let tally = self.tallies.entry(now.metadata.uid).or_default();
            tally.odd = view
                .owned::<Pod>(now.metadata.uid)
                .filter(|pod| !tally::is_regular(now, &pod.metadata))
                .map(|pod| pod.metadata.name.clone())
                .collect();
        }
        wake.push(key);
    }

    fn heed_pod(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let (before, after) = (change.before.and_then(Pod::of), change.after.and_then(Pod::of));
        let manager = |pod: &Arc<Pod>| owners::manager::<ReplicaSet>(&pod.metadata).cloned();
        let (old, new) = (before.and_then(manager), after.and_then(manager));
        let mut is_news = old.as_ref().map(|o| o.uid) != new.as_ref().map(|o| o.uid);
        if let (Some(owner), Some(pod)) = (&old, before) {
            self.tallies.entry(owner.uid).or_default().take(pod);
        }
        if let (Some(owner), Some(pod)) = (&new, after) {
            let tally = self.tallies.entry(owner.uid).or_default();
            tally.add(pod);
            let relabelled = before.is_none_or(|before| before.metadata.labels != pod.metadata.labels);
            if relabelled || is_news {
                let set = view.get::<ReplicaSet>(&pod.metadata.namespace, &owner.name);
                tally.judge(set.map(|set| &**set), &pod.metadata);
            }
            is_news |= relabelled || before.is_none_or(|before| tally::changes(before, pod));
        }
        let pod = change.object().meta();
        for owner in old.iter().chain(&new) {
            let Some(tally) = self.tallies.get_mut(&owner.uid) else {
                continue;
            };
            if new.as_ref().is_none_or(|new| new.uid != owner.uid) {
                tally.odd.remove(&pod.name);
            }
            if tally.is_empty() {
                self.tallies.remove(&owner.uid);
            }
        }
        if is_news {
            let key = |name: &Arc<str>| Key::new(Kind::ReplicaSet, pod.namespace.clone(), name.clone());
            wake.extend(old.iter().chain(&new).map(|owner| key(&owner.name)));
        }
        if let Some(stray) = self.strays.heed(change) {
            let namespace = stray.meta().namespace.clone();
            for set in view.objects(Kind::ReplicaSet, &change.object().meta().namespace) {
                let Object::ReplicaSet(set) = set else { continue };
                if owners::selects(&set.spec.selector, stray.meta()) {
                    let key = Key::new(Kind::ReplicaSet, namespace.clone(), set.metadata.name.clone());
                    self.strays.bid(&key);
                    wake.push(key);
                }
            }
        }
    }

    /// Adopts and releases pods, and counts those that are the set's.
    fn claim(&mut self, view: &View<'_>, set: &Arc<ReplicaSet>, effects: &mut Vec<Effect>) -> Census {
        let selector = &set.spec.selector;
        let mut census = self
            .tallies
            .get(&set.metadata.uid)
            .map(Tally::census)
            .unwrap_or_default();
        census.labelled = census.active;
        for name in self.tallies.get(&set.metadata.uid).iter().flat_map(|tally| &tally.odd) {
            let Some(pod) = view.get::<Pod>(&set.metadata.namespace, name) else {
                continue;
            };
            let matches = owners::selects(selector, &pod.metadata);
            if owners::bond(&pod.metadata, &set.metadata, matches) == Bond::Release {
                effects.push(Effect::release(&**pod, set.metadata.uid));
                census.count(pod, -1);
                census.labelled -= i64::from(pod.is_active());
            } else if pod.is_active() && !tally::is_fully_labelled(set, &pod.metadata) {
                census.labelled -= 1;
            }
        }
        for pod in self
            .strays
            .adoptable::<Pod>(view, &**set, |pod| owners::selects(selector, pod))
        {
            effects.push(Effect::adopt(&**pod, set.as_controller()));
            census.count(pod, 1);
            if pod.is_active() && tally::is_fully_labelled(set, &pod.metadata) {
                census.labelled += 1;
            }
        }
        census.available = census.ready;
        if set.spec.min_ready_seconds > 0 {
            status::count_available(view, set, &mut census);
        }
        census
    }
}

/// Returns a reference to the set, as its events bear it.
fn reference(set: &Arc<ReplicaSet>) -> crate::api::ObjectReference {
    Object::ReplicaSet(Arc::clone(set)).reference()
}
