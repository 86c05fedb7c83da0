//! Not yet built.

use super::{Actor, Change, Effect, View};
use crate::api::{Key, Kind};
use serde::{Deserialize, Serialize};

/// Not yet built.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JobController {}

impl Actor for JobController {
    const NAME: &'static str = "job-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![]
    }

    fn heed(&mut self, _change: &Change<'_>, _view: &View<'_>, _wake: &mut Vec<Key>) {}

    fn reconcile(&mut self, _view: &View<'_>, _key: &Key) -> Vec<Effect> {
        vec![]
    }
}
