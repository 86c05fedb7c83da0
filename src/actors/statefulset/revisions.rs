//! The revisions of a set's template, kept to go back to (pkg/controller/history/controller_history.go).

use super::pods;
use super::run::Run;
use crate::actors::owners::{self, Strays};
use crate::actors::{Effect, history};
use crate::api::{ControllerRevision, PodTemplate, Resource, StatefulSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The two revisions that a run works with.
pub(super) struct Revisions {
    /// All of the set's, oldest first, the update revision among them.
    pub all: Vec<ControllerRevision>,
    /// The name of the one that all pods were brought to last.
    pub current: Arc<str>,
    /// The name of the one that has the set's template.
    pub update: Arc<str>,
}

impl Run<'_> {
    /// Claims the set's revisions, and finds or makes the one that has its template (`getStatefulSetRevisions`).
    pub fn find_revisions(&mut self, strays: &mut Strays) -> Revisions {
        let set = Arc::clone(&self.set);
        let matches = |object: &crate::api::Meta| owners::selects(&set.spec.selector, object);
        let mut all = history::of(&self.view, &*set, &set.spec.selector);
        for orphan in strays.adoptable::<ControllerRevision>(&self.view, &*set, matches) {
            self.effects.push(Effect::adopt(&**orphan, set.as_controller()));
            all.push(owners::adopted(&**orphan, set.as_controller()));
        }
        history::sort(&mut all);
        let update = self.update_revision(&set, &mut all);
        let current = set.status.current_revision.as_ref();
        let current = all.iter().find(|revision| &*revision.metadata.name == current);
        let current = current.map_or(update.clone(), |revision| revision.metadata.name.clone());
        Revisions { all, current, update }
    }

    fn update_revision(&mut self, set: &StatefulSet, all: &mut Vec<ControllerRevision>) -> Arc<str> {
        // A spec that was looked at before needs no second look.
        if let Some(last) = all.last()
            && set.status.observed_generation == set.metadata.generation
            && *last.metadata.name == *set.status.update_revision
        {
            return last.metadata.name.clone();
        }
        let data = history::data_of(&set.spec.template);
        let next = all.last().map_or(1, |last| last.revision + 1);
        match all.iter().rposition(|revision| revision.data == data) {
            Some(place) if place + 1 == all.len() => all[place].metadata.name.clone(),
            Some(place) => {
                // Going back: the old revision becomes the newest.
                let mut revision = all.remove(place);
                revision.revision = next;
                self.effects.push(Effect::update(revision.clone()));
                all.push(revision);
                all[all.len() - 1].metadata.name.clone()
            }
            None => {
                let collisions = set.status.collision_count.unwrap_or_default();
                let revision = history::new(set, &set.spec.template, data, next, collisions);
                let name = revision.metadata.name.clone();
                self.effects.push(Effect::create(revision.clone()));
                all.push(revision);
                name
            }
        }
    }

    /// Returns the template of a revision; the set's own where that is broken.
    pub fn template_of(&self, revision: &str) -> PodTemplate {
        if *revision == *self.revisions().update {
            return self.set.spec.template.clone();
        }
        let revision = self.revisions().all.iter().find(|r| *r.metadata.name == *revision);
        let template = revision.and_then(|r| history::template_in(&r.data));
        template.unwrap_or_else(|| self.set.spec.template.clone())
    }

    /// Deletes the oldest revisions that are of no pod and beyond the limit (`truncateHistory`).
    pub fn cut_history(&mut self) {
        let revisions = self.revisions();
        let live: BTreeSet<&str> = [&*revisions.current, &*revisions.update]
            .into_iter()
            .chain(self.members.iter().map(|pod| pods::revision(pod)))
            .collect();
        let old = revisions.all.iter().filter(|r| !live.contains(&*r.metadata.name));
        let limit = self.set.spec.revision_history_limit;
        let old: Vec<_> = old.collect();
        let excess = usize::try_from(old.len() as i64 - limit.max(0)).unwrap_or_default();
        let cuts: Vec<Effect> = old.into_iter().take(excess).map(Effect::delete).collect();
        self.effects.extend(cuts);
    }
}

/// Returns the write that counts a collision: another revision has the name that this template would get.
pub(super) fn count_collision(set: &StatefulSet) -> Effect {
    let mut set = set.clone();
    *set.status.collision_count.get_or_insert_default() += 1;
    set.metadata.resource_version = 0;
    Effect::update_status(set)
}
