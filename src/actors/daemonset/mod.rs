//! The DaemonSet controller: one pod on each node that fits (pkg/controller/daemon/daemon_controller.go).
//!
//! The pods are bound by the scheduler: each is confined to its node by affinity. Left out: `maxSurge` (an update deletes
//! first), and revisions are not adopted.

mod fit;
mod run;

#[cfg(test)]
mod tests;

use super::owners::{self, Strays};
use super::{Actor, Change, Effect, View};
use crate::api::{DaemonSet, Key, Kind, Node, Object, Resource, Time, Uid};
use crate::store::Refusal;
use run::Run;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first wait after a failed pod on a node, and the longest (`failedPodsBackoff`).
const WAIT_MS: (i64, i64) = (1_000, 900_000);

/// How a node stands with the failed pods of a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Failures {
    wait_ms: i64,
    since: Time,
}

/// The controller and its memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DaemonSetController {
    strays: Strays,
    /// The failures of each set, by node.
    failures: BTreeMap<Uid, BTreeMap<Arc<str>, Failures>>,
}

impl Actor for DaemonSetController {
    const NAME: &'static str = "daemonset-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::DaemonSet, Kind::Node, Kind::Pod]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        match change.object() {
            Object::DaemonSet(set) => {
                let key = set.key();
                match (change.before, change.after) {
                    (_, None) => {
                        self.strays.forget(&key);
                        self.failures.remove(&set.metadata.uid);
                    }
                    (None, _) => self.strays.bid(&key),
                    _ => (),
                }
                wake.push(key);
            }
            Object::Node(_) if matters(change) => wake.extend(view.list::<DaemonSet>("").map(|set| set.key())),
            Object::Pod(_) => self.heed_pod(change, view, wake),
            _ => (),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(set) = view.get::<DaemonSet>(&key.namespace, &key.name) else {
            return vec![];
        };
        let failures = self.failures.entry(set.metadata.uid).or_default();
        let mut run = Run::new(view, set, &mut self.strays);
        if !set.metadata.is_terminating() {
            run.manage(failures);
            run.roll();
            run.cut_history();
        }
        run.write_status();
        run.effects
    }

    fn refused(&mut self, view: &View<'_>, key: &Key, effect: &Effect, refusal: &Refusal) -> Vec<Effect> {
        match (effect, view.get::<DaemonSet>(&key.namespace, &key.name)) {
            (Effect::Create(Object::Pod(_)), Some(set)) => {
                let about = Object::DaemonSet(Arc::clone(set)).reference();
                vec![Effect::warning(
                    about,
                    "FailedCreate",
                    format!("Error creating: {refusal}"),
                )]
            }
            _ => vec![],
        }
    }
}

impl DaemonSetController {
    fn heed_pod(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        for object in change.before.iter().chain(&change.after) {
            if let Some(owner) = owners::manager::<DaemonSet>(object.meta()) {
                let key = Key::new(Kind::DaemonSet, object.meta().namespace.clone(), owner.name.clone());
                if wake.last() != Some(&key) {
                    wake.push(key);
                }
            }
        }
        let Some(stray) = self.strays.heed(change) else { return };
        for set in view.list::<DaemonSet>(&change.object().meta().namespace) {
            if owners::selects(&set.spec.selector, stray.meta()) {
                self.strays.bid(&set.key());
                wake.push(set.key());
            }
        }
    }
}

/// Says whether a change of a node can matter to a set: its labels, its taints, whether it is there.
fn matters(change: &Change<'_>) -> bool {
    let facts = |node: &Arc<Node>| {
        (
            node.metadata.labels.clone(),
            node.spec.taints.clone(),
            node.spec.unschedulable,
        )
    };
    change.before.and_then(Node::of).map(facts) != change.after.and_then(Node::of).map(facts)
}
