//! One run of the controller: the Deployment, its sets, and what is asked for so far.

use super::super::owners::{self, Bond, Strays};
use super::numbers;
use super::sets::{DESIRED_REPLICAS, MAX_REPLICAS};
use crate::actors::{Effect, View};
use crate::api::{Deployment, Object, ObjectReference, ReplicaSet, Resource, Time};
use std::sync::Arc;

/// A run: its copies are as they will be once the effects have landed.
pub(super) struct Run<'a> {
    pub view: View<'a>,
    pub now: Time,
    /// The Deployment with its status as the run has written it so far.
    pub deployment: Deployment,
    /// The sets that are the Deployment's; `new` is the place of the one with its template.
    pub sets: Vec<ReplicaSet>,
    pub new: Option<usize>,
    pub effects: Vec<Effect>,
    reference: ObjectReference,
}

impl<'a> Run<'a> {
    /// Begins a run: claims the sets.
    pub fn new(view: &View<'a>, stored: &Arc<Deployment>, strays: &mut Strays) -> Self {
        let mut run = Run {
            view: *view,
            now: view.now,
            deployment: Deployment::clone(stored),
            sets: vec![],
            new: None,
            effects: vec![],
            reference: Object::Deployment(Arc::clone(stored)).reference(),
        };
        let matches = |set: &crate::api::Meta| owners::selects(&stored.spec.selector, set);
        for set in view.owned::<ReplicaSet>(stored.metadata.uid) {
            match owners::bond(&set.metadata, &stored.metadata, matches(&set.metadata)) {
                Bond::Own => run.sets.push(ReplicaSet::clone(set)),
                Bond::Release => run.effects.push(Effect::release(&**set, stored.metadata.uid)),
                Bond::Adopt | Bond::Stranger => (),
            }
        }
        for set in strays.adoptable::<ReplicaSet>(view, &**stored, matches) {
            run.effects.push(Effect::adopt(&**set, stored.as_controller()));
            run.sets.push(owners::adopted(&**set, stored.as_controller()));
        }
        run.sets
            .sort_by_key(|set| (set.metadata.creation_timestamp, set.metadata.name.clone()));
        run
    }

    /// Returns the places of the old sets, oldest first.
    pub fn old(&self) -> Vec<usize> {
        (0..self.sets.len()).filter(|place| Some(*place) != self.new).collect()
    }

    /// Returns the places of the old sets that are wanted to have pods, oldest first.
    pub fn active_old(&self) -> Vec<usize> {
        let mut old = self.old();
        old.retain(|place| self.sets[*place].spec.replicas > 0);
        old
    }

    /// Returns how many pods all the sets together are wanted to have.
    pub fn total(&self) -> i64 {
        self.sets.iter().map(|set| set.spec.replicas).sum()
    }

    /// Says something of the Deployment.
    pub fn say(&mut self, reason: &'static str, message: String) {
        self.effects
            .push(Effect::normal(self.reference.clone(), reason, message));
    }

    /// Writes a set.
    pub fn write_set(&mut self, place: usize) {
        self.effects.push(Effect::update(self.sets[place].clone()));
        self.sets[place].metadata.resource_version = 0;
    }

    /// Writes the Deployment's status (and its annotations, which travel with it).
    pub fn write_status(&mut self) {
        self.effects.push(Effect::update_status(self.deployment.clone()));
        self.deployment.metadata.resource_version = 0;
    }

    /// Resizes a set and keeps its annotations up to date; says so if asked to. Returns whether the size changed
    /// (`scaleReplicaSet`).
    pub fn resize(&mut self, place: usize, size: i64, aloud: bool) -> bool {
        let set = &mut self.sets[place];
        let before = set.spec.replicas;
        let annotated = annotate(set, &self.deployment);
        set.spec.replicas = size;
        if before == size && !annotated {
            return false;
        }
        self.write_set(place);
        if before != size && aloud {
            let direction = if before < size { "up" } else { "down" };
            let name = &self.sets[place].metadata.name;
            let message = format!("Scaled {direction} replica set {name} from {before} to {size}");
            self.say("ScalingReplicaSet", message);
        }
        before != size
    }

    /// Resizes a set that has another size, and says so (`scaleReplicaSetAndRecordEvent`).
    pub fn scale_set(&mut self, place: usize, size: i64) -> bool {
        self.sets[place].spec.replicas != size && self.resize(place, size, true)
    }
}

/// Writes the numbers of the Deployment into a set's annotations; returns whether they changed (`SetReplicasAnnotations`).
pub(super) fn annotate(set: &mut ReplicaSet, deployment: &Deployment) -> bool {
    let mut changed = false;
    for (key, value) in [
        (DESIRED_REPLICAS, deployment.spec.replicas.to_string()),
        (MAX_REPLICAS, numbers::max_replicas(deployment).to_string()),
    ] {
        if set.metadata.annotations.value(key) != value {
            set.metadata.annotations.set(key, value);
            changed = true;
        }
    }
    changed
}
