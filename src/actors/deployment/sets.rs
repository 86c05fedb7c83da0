//! Which set is the new one, how it is made, and how many old ones are kept to go back to
//! (pkg/controller/deployment/sync.go, `getNewReplicaSet`, and util/deployment_util.go).

use super::numbers;
use super::progress::{FAILED, set_condition};
use super::run::{Run, annotate};
use crate::actors::{Effect, View};
use crate::api::{Deployment, Object, PodTemplate, ReplicaSet, Resource, hash};
use crate::store::Refusal;
use std::sync::Arc;

pub(super) const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
pub(super) const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
const HASH: &str = "pod-template-hash";

/// The annotations of a Deployment that are not its sets' business.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
];

/// `revisionHistoryLimit` and `progressDeadlineSeconds` that mean "none".
pub(super) const NO_LIMIT: i64 = i32::MAX as i64;

impl Run<'_> {
    /// Finds the set that has the Deployment's template: of several the oldest. Brings its annotations up to date.
    pub fn find_sets(&mut self) {
        let template = bare(&self.deployment.spec.template);
        self.new = self.sets.iter().position(|set| bare(&set.spec.template) == template);
        let Some(place) = self.new else { return };
        let revision = self.next_revision();
        let ready_seconds = self.deployment.spec.min_ready_seconds;
        let set = &mut self.sets[place];
        let mut changed = copy_annotations(set, &self.deployment) | set_revision(set, revision);
        changed |= set.spec.min_ready_seconds != ready_seconds;
        set.spec.min_ready_seconds = ready_seconds;
        if changed {
            self.write_set(place);
            return;
        }
        let revision = self.sets[place].metadata.annotations.value(REVISION).to_owned();
        let mut changed = self.show_revision(revision);
        if self.has_deadline() && self.progressing().is_none() {
            let message = format!("Found new replica set \"{}\"", self.sets[place].metadata.name);
            changed |= self.set_progressing(true, "FoundNewReplicaSet", message);
        }
        if changed {
            self.write_status();
        }
    }

    /// Makes the set for the Deployment's template, if there is none.
    pub fn make_set(&mut self) {
        if self.new.is_some() {
            return;
        }
        let deployment = &self.deployment;
        let revision = self.next_revision();
        let hash = hash::template_hash(
            &deployment.spec.template,
            deployment.status.collision_count.unwrap_or_default(),
        );
        let mut set = ReplicaSet::default();
        set.spec.template = deployment.spec.template.clone();
        set.spec.template.metadata.labels.set(HASH, hash.as_str());
        set.spec.selector = deployment.spec.selector.clone();
        set.spec.selector.match_labels.set(HASH, hash.as_str());
        set.spec.min_ready_seconds = deployment.spec.min_ready_seconds;
        set.metadata.name = format!("{}-{hash}", deployment.metadata.name).into();
        set.metadata.namespace = deployment.metadata.namespace.clone();
        set.metadata.labels = set.spec.template.metadata.labels.clone();
        set.metadata.owner_references = vec![deployment.as_controller()];
        let size = numbers::new_size(deployment, self.total(), 0);
        set.spec.replicas = size;
        copy_annotations(&mut set, deployment);
        set_revision(&mut set, revision);
        annotate(&mut set, deployment);
        let name = set.metadata.name.clone();
        self.effects.push(Effect::create(set.clone()));
        if size > 0 {
            self.say(
                "ScalingReplicaSet",
                format!("Scaled up replica set {name} from 0 to {size}"),
            );
        }
        self.new = Some(self.sets.len());
        self.sets.push(set);
        let mut changed = self.show_revision(revision.to_string());
        if self.has_deadline() {
            let message = format!("Created new replica set \"{name}\"");
            changed |= self.set_progressing(true, "NewReplicaSetCreated", message);
        }
        if changed {
            self.write_status();
        }
    }

    /// Deletes old sets beyond the limit of history, the oldest revisions first; never one that still has pods
    /// (`cleanupDeployment`).
    pub fn clean_up(&mut self) {
        let limit = self.deployment.spec.revision_history_limit;
        if limit == NO_LIMIT {
            return;
        }
        let mut old = self.old();
        old.retain(|place| !self.sets[*place].metadata.is_terminating());
        old.sort_by_key(|place| revision_of(&self.sets[*place]));
        let excess = usize::try_from(old.len() as i64 - limit).unwrap_or_default();
        for place in old.into_iter().take(excess) {
            let set = &self.sets[place];
            let is_idle = set.status.replicas == 0 && set.spec.replicas == 0;
            if is_idle && set.metadata.generation <= set.status.observed_generation {
                self.effects.push(Effect::delete(set));
            }
        }
    }

    /// Returns the revision that a new set gets: one more than the old ones have.
    fn next_revision(&self) -> i64 {
        let old = self.old();
        old.iter()
            .map(|place| revision_of(&self.sets[*place]))
            .max()
            .unwrap_or_default()
            + 1
    }

    /// Shows a revision in the Deployment's annotations; returns whether it is news.
    fn show_revision(&mut self, revision: String) -> bool {
        let annotations = &mut self.deployment.metadata.annotations;
        if annotations.value(REVISION) == revision {
            return false;
        }
        annotations.set(REVISION, revision);
        true
    }
}

/// Returns what is to be done when a set could not be made.
pub(super) fn not_created(
    view: &View<'_>,
    stored: &Arc<Deployment>,
    set: &ReplicaSet,
    refusal: &Refusal,
) -> Vec<Effect> {
    let mut deployment = Deployment::clone(stored);
    deployment.metadata.resource_version = 0;
    if let Refusal::AlreadyExists(key) = refusal {
        let there = view.get::<ReplicaSet>(&key.namespace, &key.name);
        let is_ours = there.is_some_and(|there| {
            there.metadata.is_controlled_by(deployment.metadata.uid)
                && bare(&there.spec.template) == bare(&deployment.spec.template)
        });
        if is_ours {
            return vec![];
        }
        // Another template has the same hash: the next try counts the collision in.
        *deployment.status.collision_count.get_or_insert_default() += 1;
        return vec![Effect::update_status(deployment)];
    }
    let message = format!("Failed to create new replica set \"{}\": {refusal}", set.metadata.name);
    let reference = Object::Deployment(Arc::clone(stored)).reference();
    let said = Effect::warning(reference, FAILED, message.clone());
    if deployment.spec.progress_deadline_seconds != NO_LIMIT {
        set_condition(
            &mut deployment.status.conditions,
            "Progressing",
            false,
            FAILED,
            message,
            view.now,
        );
        return vec![Effect::update_status(deployment), said];
    }
    vec![said]
}

/// Returns a template without the label that only the sets' own templates have.
fn bare(template: &PodTemplate) -> PodTemplate {
    let mut template = template.clone();
    if template.metadata.labels.contains_key(HASH) {
        template.metadata.labels.remove(HASH);
    }
    template
}

/// Returns the revision of a set; 0 where it has none.
pub(super) fn revision_of(set: &ReplicaSet) -> i64 {
    numbers::annotated(set, REVISION).unwrap_or_default()
}

/// Copies what the Deployment is annotated with, `kubernetes.io/change-cause` above all: it sticks to all later
/// revisions. Returns whether anything changed.
fn copy_annotations(set: &mut ReplicaSet, deployment: &Deployment) -> bool {
    let mut changed = false;
    for (key, value) in deployment.metadata.annotations.iter() {
        if !NOT_COPIED.contains(&key.as_str()) && set.metadata.annotations.get(key) != Some(value) {
            set.metadata.annotations.set(key, value);
            changed = true;
        }
    }
    changed
}

/// Raises the revision of a set, and remembers those that it had before (`SetNewReplicaSetAnnotations`).
fn set_revision(set: &mut ReplicaSet, revision: i64) -> bool {
    let annotations = &mut set.metadata.annotations;
    let before = annotations.get(REVISION).cloned();
    let number: i64 = match &before {
        Some(text) if !text.is_empty() => match text.parse() {
            Ok(number) => number,
            Err(_) => return false,
        },
        _ => 0,
    };
    if number >= revision {
        return false;
    }
    annotations.set(REVISION, revision.to_string());
    if let Some(before) = before {
        let history = annotations.value(REVISION_HISTORY);
        let history = if history.is_empty() {
            before
        } else {
            format!("{history},{before}")
        };
        annotations.set(REVISION_HISTORY, history);
    }
    true
}
