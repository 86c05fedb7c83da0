//! The Deployment controller: one ReplicaSet for each template there was, and pods that move from the old ones to the new
//! (pkg/controller/deployment/deployment_controller.go).
//!
//! Rolling back is kubectl's work: it writes an old template into the Deployment. Left out: the rollback annotation of
//! extensions/v1beta1.

mod numbers;
mod progress;
mod rollout;
mod run;
mod scale;
mod sets;

#[cfg(test)]
mod tests;

use super::owners::{self, Strays};
use super::{Actor, Change, Effect, View};
use crate::api::{Deployment, Key, Kind, Object, Pod, ReplicaSet, Resource};
use crate::store::Refusal;
use run::Run;
use serde::{Deserialize, Serialize};

/// The controller and its memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DeploymentController {
    strays: Strays,
}

impl Actor for DeploymentController {
    const NAME: &'static str = "deployment-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Deployment, Kind::ReplicaSet, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        match change.object() {
            Object::Deployment(deployment) => {
                let key = deployment.key();
                match (change.before, change.after) {
                    (_, None) => self.strays.forget(&key),
                    (None, _) => self.strays.bid(&key),
                    _ => (),
                }
                wake.push(key);
            }
            Object::ReplicaSet(_) => self.heed_set(change, view, wake),
            Object::Pod(pod) if change.after.is_none() => wake.extend(recreated_by(pod, view)),
            _ => (),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(deployment) = view.get::<Deployment>(&key.namespace, &key.name) else {
            return vec![];
        };
        let mut run = Run::new(view, deployment, &mut self.strays);
        if deployment.metadata.is_terminating() {
            run.find_sets();
            run.sync_status();
            return run.effects;
        }
        run.check_paused();
        run.find_sets();
        if deployment.spec.paused || run.is_scaling() {
            run.scale();
            if deployment.spec.paused {
                run.clean_up();
            }
            run.sync_status();
        } else if deployment.spec.strategy.kind == "Recreate" {
            run.recreate();
        } else {
            run.roll();
        }
        run.effects
    }

    fn refused(&mut self, view: &View<'_>, key: &Key, effect: &Effect, refusal: &Refusal) -> Vec<Effect> {
        match (effect, view.get::<Deployment>(&key.namespace, &key.name)) {
            (Effect::Create(Object::ReplicaSet(set)), Some(deployment)) => {
                sets::not_created(view, deployment, set, refusal)
            }
            _ => vec![],
        }
    }
}

impl DeploymentController {
    fn heed_set(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let namespace = &change.object().meta().namespace;
        for object in change.before.iter().chain(&change.after) {
            if let Some(owner) = owners::manager::<Deployment>(object.meta()) {
                let key = Key::new(Kind::Deployment, namespace.clone(), owner.name.clone());
                if wake.last() != Some(&key) {
                    wake.push(key);
                }
            }
        }
        let Some(stray) = self.strays.heed(change) else {
            return;
        };
        for deployment in view.list::<Deployment>(&change.object().meta().namespace) {
            if owners::selects(&deployment.spec.selector, stray.meta()) {
                self.strays.bid(&deployment.key());
                wake.push(deployment.key());
            }
        }
    }
}

/// Returns the Deployment that waits for this pod to be gone before it makes new ones (`deletePod`).
fn recreated_by(pod: &Pod, view: &View<'_>) -> Option<Key> {
    let set = owners::manager::<ReplicaSet>(&pod.metadata)?;
    let set = view.get::<ReplicaSet>(&pod.metadata.namespace, &set.name)?;
    let owner = owners::manager::<Deployment>(&set.metadata)?;
    let deployment = view.get::<Deployment>(&pod.metadata.namespace, &owner.name)?;
    (deployment.spec.strategy.kind == "Recreate").then(|| deployment.key())
}
