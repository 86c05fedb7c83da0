//! The CronJob controller: Jobs by the calendar (pkg/controller/cronjob/cronjob_controllerv2.go).

mod run;
mod schedule;
mod zone;

#[cfg(test)]
mod tests;

use super::owners;
use super::{Actor, Change, Effect, View};
use crate::api::{CronJob, Key, Kind, Object, Resource, Time, Uid};
use crate::store::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A Job that was started and does not stand in the CronJob's status yet: its name, and the time it was due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Started {
    job: Arc<str>,
    due: Time,
}

/// The controller and its memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CronJobController {
    /// By the CronJob's uid. Only the API server knows a new Job's uid, which the status holds: the next run writes it.
    /// A controller that crashes in between calls the Job unexpected, as Kubernetes' does.
    started: BTreeMap<Uid, Started>,
}

impl Actor for CronJobController {
    const NAME: &'static str = "cronjob-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::CronJob, Kind::Job]
    }

    fn heed(&mut self, change: &Change<'_>, _view: &View<'_>, wake: &mut Vec<Key>) {
        let meta = change.object().meta();
        match change.object() {
            Object::CronJob(cron) => {
                if change.after.is_none() {
                    self.started.remove(&meta.uid);
                }
                wake.push(cron.key());
            }
            Object::Job(_) => {
                if let Some(owner) = owners::manager::<CronJob>(meta) {
                    wake.push(Key::new(Kind::CronJob, meta.namespace.clone(), owner.name.clone()));
                }
            }
            _ => (),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(cron) = view.get::<CronJob>(&key.namespace, &key.name) else {
            return vec![];
        };
        let mut run = run::Run::new(view, cron);
        run.review(self.started.remove(&cron.metadata.uid));
        if let Some(started) = run.start() {
            self.started.insert(cron.metadata.uid, started);
        }
        run.clean_up();
        run.end()
    }

    fn refused(&mut self, view: &View<'_>, key: &Key, effect: &Effect, refusal: &Refusal) -> Vec<Effect> {
        let Some(cron) = view.get::<CronJob>(&key.namespace, &key.name) else {
            return vec![];
        };
        let Effect::Create(Object::Job(_)) = effect else {
            return vec![];
        };
        self.started.remove(&cron.metadata.uid);
        if matches!(refusal, Refusal::AlreadyExists(_)) {
            return vec![];
        }
        let about = Object::CronJob(Arc::clone(cron)).reference();
        let message = format!("Error creating job: {refusal}");
        vec![Effect::warning(about, "FailedCreate", message)]
    }
}
