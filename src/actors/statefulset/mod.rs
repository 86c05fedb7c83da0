//! The StatefulSet controller: pods with names that stay, each with its own claims, one after the other
//! (pkg/controller/statefulset).
//!
//! No expectations are kept, as the kernel runs a key only once the cache shows the run's own writes. Writes land one by
//! one: where Kubernetes tries all the claims of a pod, or a whole batch of a parallel set, before it gives up, here the
//! first refusal ends the run.

mod claims;
mod pods;
mod revisions;
mod run;
mod status;
mod update;

#[cfg(test)]
mod tests;

use super::owners::{self, Strays};
use super::{Actor, Change, Effect, View};
use crate::api::{ControllerRevision, Key, Kind, Meta, Object, Resource, StatefulSet};
use crate::store::Refusal;
use run::Run;
use serde::{Deserialize, Serialize};

/// The controller and its memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StatefulSetController {
    pods: Strays,
    revisions: Strays,
}

impl Actor for StatefulSetController {
    const NAME: &'static str = "statefulset-controller";

    /// Claims are looked at, but their changes wake nobody.
    fn watches(&self) -> Vec<Kind> {
        vec![Kind::StatefulSet, Kind::ControllerRevision, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        match change.object() {
            Object::StatefulSet(set) => {
                let key = set.key();
                for strays in [&mut self.pods, &mut self.revisions] {
                    match (change.before, change.after) {
                        (_, None) => strays.forget(&key),
                        (None, _) => strays.bid(&key),
                        _ => (),
                    }
                }
                wake.push(key);
            }
            Object::ControllerRevision(_) => {
                self.revisions.heed(change);
            }
            Object::Pod(_) => self.heed_pod(change, view, wake),
            _ => (),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(set) = view.get::<StatefulSet>(&key.namespace, &key.name) else {
            return vec![];
        };
        let mut run = Run::new(view, set, &mut self.pods, &mut self.revisions);
        let (status, flow) = run.update();
        run.write_status(status);
        if flow == update::Flow::Fail {
            run.effects.push(Effect::Retry);
        } else {
            run.cut_history();
            run.wake_when_available();
        }
        run.effects
    }

    fn refused(&mut self, view: &View<'_>, key: &Key, effect: &Effect, refusal: &Refusal) -> Vec<Effect> {
        let Some(set) = view.get::<StatefulSet>(&key.namespace, &key.name) else {
            return vec![];
        };
        if let (Effect::Create(Object::ControllerRevision(wanted)), Refusal::AlreadyExists(_)) = (effect, refusal) {
            // One with the same template is no collision: it is a former set's, about to go
            // (pkg/controller/history/controller_history.go, `CreateControllerRevision`).
            let there = view.get::<ControllerRevision>(&key.namespace, &wanted.metadata.name);
            let is_same = there.is_some_and(|there| there.data == wanted.data);
            return (!is_same)
                .then(|| revisions::count_collision(set))
                .into_iter()
                .collect();
        }
        let mut run = Run::new(view, set, &mut self.pods, &mut self.revisions);
        run.effects.clear();
        run.regret(effect, refusal);
        let status = run.count();
        run.write_status(status);
        run.effects
    }
}

impl StatefulSetController {
    fn heed_pod(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        for object in change.before.iter().chain(&change.after) {
            if let Some(owner) = owners::manager::<StatefulSet>(object.meta()) {
                let key = Key::new(Kind::StatefulSet, object.meta().namespace.clone(), owner.name.clone());
                if wake.last() != Some(&key) {
                    wake.push(key);
                }
            }
        }
        let Some(stray) = self.pods.heed(change) else { return };
        for set in view.list::<StatefulSet>(&change.object().meta().namespace) {
            if is_member(set, stray.meta()) {
                self.pods.bid(&set.key());
                wake.push(set.key());
            }
        }
    }
}

/// Says whether a pod's labels and its name are those of a set's pods: no other is adopted, and others are released.
fn is_member(set: &StatefulSet, pod: &Meta) -> bool {
    pods::parent_and_ordinal(&pod.name).is_some_and(|(parent, _)| parent == &*set.metadata.name)
        && owners::selects(&set.spec.selector, pod)
}
