//! The garbage collector: what belongs to something that is gone goes too, in no order
//! (pkg/controller/garbagecollector).
//!
//! Deleting in the background takes the owner first and what it owns afterwards; in the foreground the other way round;
//! orphaning cuts the bonds. Left out: owners of custom kinds count as being there, as no operator runs here that makes
//! anything for them.

use super::{Actor, Change, Effect, MetaPatch, View};
use crate::api::{Key, Kind, Meta, Object, OwnerReference, Uid};
use crate::store::{DeleteOptions, Propagation};
use serde::{Deserialize, Serialize};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// The controller. It remembers nothing: the API server keeps who owns what.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GarbageCollector {}

/// How an owner stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is there.
    Solid,
    /// It is gone.
    Gone,
    /// It is to go once what it owns has gone.
    Waits,
}

impl Actor for GarbageCollector {
    const NAME: &'static str = "garbage-collector-controller";

    fn watches(&self) -> Vec<Kind> {
        Kind::known().filter(|kind| *kind != Kind::Event).collect()
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let owners = |object: Option<&Object>| object.map(|o| o.meta().owner_references.clone()).unwrap_or_default();
        let (before, after) = (change.before, change.after);
        let has_news = match after {
            None => true,
            Some(object) => owners(before) != object.meta().owner_references,
        };
        if has_news {
            // An owner that waits may now have nothing left to wait for.
            let object = change.object();
            let lost = owners(before)
                .into_iter()
                .filter_map(|owner| owner_key(object.meta(), &owner));
            wake.extend(lost.filter(|key| view.find(key).is_some_and(|owner| waits(owner.meta()))));
        }
        let Some(object) = after else {
            let orphans = view.dependents(change.object().meta().uid, |_| true);
            wake.extend(orphans.map(Object::key));
            return;
        };
        let meta = object.meta();
        let was_going = before.is_some_and(|before| before.meta().is_terminating());
        if meta.is_terminating() && (waits(meta) || has(meta, ORPHAN)) {
            wake.push(object.key());
            if !was_going {
                wake.extend(view.dependents(meta.uid, |_| true).map(Object::key));
            }
        } else if has_news
            && meta
                .owner_references
                .iter()
                .any(|o| standing(view, meta, o) != Standing::Solid)
        {
            wake.push(object.key());
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(object) = view.find(key) else {
            return vec![];
        };
        let meta = object.meta();
        if meta.is_terminating() {
            return match (has(meta, ORPHAN), has(meta, FOREGROUND)) {
                (true, _) => orphan(view, object),
                (_, true) => wait(view, object),
                _ => vec![],
            };
        }
        collect(view, object)
    }
}

/// Cuts the bonds to what an object owns, and then lets it go (`orphanDependents`).
fn orphan(view: &View<'_>, owner: &Object) -> Vec<Effect> {
    let uid = owner.meta().uid;
    let mut effects: Vec<Effect> = view
        .dependents(uid, |_| true)
        .map(|dependent| without_owners(dependent, vec![uid]))
        .collect();
    effects.push(without_finalizer(owner, ORPHAN));
    effects
}

/// Lets an object go once nothing that it owns blocks it any more (`processDeletingDependentsItem`).
fn wait(view: &View<'_>, owner: &Object) -> Vec<Effect> {
    let uid = owner.meta().uid;
    let blocks = |o: &OwnerReference| o.uid == uid && o.block_owner_deletion;
    let mut dependents = view.dependents(uid, |_| true);
    if dependents.any(|dependent| dependent.meta().owner_references.iter().any(blocks)) {
        return vec![];
    }
    vec![without_finalizer(owner, FOREGROUND)]
}

/// Deletes an object whose owners have all gone or wait for it, or forgets those of them (`attemptToDeleteItem`).
fn collect(view: &View<'_>, object: &Object) -> Vec<Effect> {
    let meta = object.meta();
    let of = |wanted: Standing| {
        let owners = meta.owner_references.iter();
        owners
            .filter(|o| standing(view, meta, o) == wanted)
            .map(|o| o.uid)
            .collect::<Vec<Uid>>()
    };
    let (solid, gone, waiting) = (of(Standing::Solid), of(Standing::Gone), of(Standing::Waits));
    if gone.is_empty() && waiting.is_empty() {
        return vec![];
    }
    if !solid.is_empty() {
        return vec![without_owners(object, [gone, waiting].concat())];
    }
    let mut effects = vec![];
    let mut dependents = view.dependents(meta.uid, |_| true).peekable();
    let propagation = if !waiting.is_empty() && dependents.peek().is_some() {
        // A circle of owners that all wait for one another is cut here.
        if dependents.any(|dependent| waits(dependent.meta())) {
            let mut unblocked = object.clone();
            for owner in &mut unblocked.meta_mut().owner_references {
                owner.block_owner_deletion = false;
            }
            unblocked.meta_mut().resource_version = 0;
            effects.push(Effect::Update(unblocked));
        }
        Propagation::Foreground
    } else if has(meta, ORPHAN) {
        Propagation::Orphan
    } else if has(meta, FOREGROUND) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    let options = DeleteOptions {
        uid: Some(meta.uid),
        propagation,
        ..DeleteOptions::default()
    };
    effects.push(Effect::Delete(object.key(), options));
    effects
}

fn standing(view: &View<'_>, dependent: &Meta, owner: &OwnerReference) -> Standing {
    let Some(key) = owner_key(dependent, owner) else {
        return Standing::Solid;
    };
    match view.find(&key).map(Object::meta).filter(|meta| meta.uid == owner.uid) {
        None => Standing::Gone,
        Some(meta) if waits(meta) => Standing::Waits,
        Some(_) => Standing::Solid,
    }
}

/// Returns where an owner stands; None for custom kinds.
fn owner_key(dependent: &Meta, owner: &OwnerReference) -> Option<Key> {
    let kind = Kind::of(&owner.api_version, &owner.kind)?;
    Some(if kind.is_namespaced() {
        Key::new(kind, dependent.namespace.clone(), owner.name.clone())
    } else {
        Key::cluster(kind, owner.name.clone())
    })
}

/// Says whether an object is to go once what it owns has gone.
fn waits(meta: &Meta) -> bool {
    meta.is_terminating() && has(meta, FOREGROUND)
}

fn has(meta: &Meta, finalizer: &str) -> bool {
    meta.finalizers.iter().any(|have| have == finalizer)
}

fn without_owners(object: &Object, drop_owners: Vec<Uid>) -> Effect {
    let patch = MetaPatch {
        drop_owners,
        ..MetaPatch::default()
    };
    Effect::Patch(object.key(), object.meta().uid, patch)
}

fn without_finalizer(object: &Object, finalizer: &'static str) -> Effect {
    let patch = MetaPatch {
        drop_finalizer: Some(finalizer.into()),
        ..MetaPatch::default()
    };
    Effect::Patch(object.key(), object.meta().uid, patch)
}

#[cfg(test)]
mod tests {
    use crate::actors::ActorId;
    use crate::actors::owners::adopted;
    use crate::actors::stage::Stage;
    use crate::api::{ConfigMap, Deployment, Pod, ReplicaSet, Resource};
    use crate::store::{DeleteOptions, Propagation};

    fn named<T: Resource + Default>(name: &str) -> T {
        let mut object = T::default();
        let meta = object.meta_mut();
        (meta.name, meta.namespace) = (name.into(), "default".into());
        object
    }

    /// A Deployment that owns a ReplicaSet that owns two pods on a node.
    fn family() -> Stage {
        let mut stage = Stage::new(&[ActorId::garbage]);
        let deployment = stage.put(named::<Deployment>("web"));
        let set = stage.put(adopted(&named::<ReplicaSet>("web-1"), deployment.as_controller()));
        for name in ["web-1-a", "web-1-b"] {
            stage.put(adopted(&named::<Pod>(name), set.as_controller()));
            stage.ready(name);
        }
        stage.settle();
        stage
    }

    fn delete(stage: &mut Stage, propagation: Propagation) {
        stage.delete::<Deployment>(
            "web",
            DeleteOptions {
                propagation,
                ..DeleteOptions::default()
            },
        );
        stage.settle();
    }

    #[test]
    fn in_the_background_the_owner_goes_first() {
        let mut stage = family();
        delete(&mut stage, Propagation::Background);
        assert!(stage.find::<Deployment>("web").is_none());
        assert!(stage.find::<ReplicaSet>("web-1").is_none());
        assert!(
            stage
                .names::<Pod>()
                .iter()
                .all(|pod| stage.get::<Pod>(pod).metadata.is_terminating())
        );
        stage.bury();
        stage.settle();
        assert!(stage.names::<Pod>().is_empty());
    }

    #[test]
    fn in_the_foreground_the_owner_waits_for_all_it_owns() {
        let mut stage = family();
        delete(&mut stage, Propagation::Foreground);
        assert!(stage.get::<Deployment>("web").metadata.is_terminating());
        assert!(stage.get::<ReplicaSet>("web-1").metadata.is_terminating());
        assert!(stage.get::<Pod>("web-1-a").metadata.is_terminating());
        stage.bury();
        stage.settle();
        assert!(stage.find::<ReplicaSet>("web-1").is_none());
        assert!(stage.find::<Deployment>("web").is_none());
    }

    #[test]
    fn orphans_stay_and_have_no_owner() {
        let mut stage = family();
        delete(&mut stage, Propagation::Orphan);
        assert!(stage.find::<Deployment>("web").is_none());
        let set = stage.get::<ReplicaSet>("web-1");
        assert!(set.metadata.owner_references.is_empty() && !set.metadata.is_terminating());
        assert!(stage.get::<Pod>("web-1-a").metadata.is_controlled_by(set.metadata.uid));
    }

    #[test]
    fn what_names_an_owner_that_never_was_is_collected() {
        let mut stage = family();
        let mut stranger = named::<Deployment>("web");
        stranger.metadata.uid = crate::api::Uid(77);
        stage.put(adopted(&named::<ConfigMap>("settings"), stranger.as_controller()));
        stage.settle();
        assert!(
            stage.find::<ConfigMap>("settings").is_none(),
            "the name is right, the uid is not"
        );
        assert!(stage.find::<ReplicaSet>("web-1").is_some());
    }

    #[test]
    fn one_owner_of_two_is_enough_to_stay() {
        let mut stage = family();
        let other = stage.put(named::<Deployment>("other"));
        let mut shared = adopted(
            &named::<ConfigMap>("settings"),
            stage.get::<Deployment>("web").as_controller(),
        );
        shared.metadata.owner_references.push(other.as_controller());
        stage.put(shared);
        delete(&mut stage, Propagation::Background);
        let settings = stage.get::<ConfigMap>("settings");
        assert_eq!(settings.metadata.owner_references, [other.as_controller()]);
    }

    #[test]
    fn a_restart_forgets_nothing() {
        let mut stage = family();
        stage.unheard(|stage| stage.delete::<Deployment>("web", DeleteOptions::default()));
        stage.settle();
        assert!(stage.find::<ReplicaSet>("web-1").is_none());
        assert!(stage.get::<Pod>("web-1-a").metadata.is_terminating());
    }
}
