//! Who manages what: the rules of adoption, release and making that the workload controllers share
//! (pkg/controller/controller_ref_manager.go and controller_utils.go). Knows no kind of workload.

use super::{Change, View};
use crate::api::{Key, LabelSelector, Meta, Object, OwnerReference, Pod, PodTemplate, Resource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an owner has to do with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bond {
    /// It manages the object.
    Own,
    /// Nobody manages the object, and its labels are the owner's.
    Adopt,
    /// It manages the object, but the labels are no longer its own.
    Release,
    /// None of its business.
    Stranger,
}

/// Returns what `owner`, whose selector does or does not match, has to do with an object (`ClaimObject`).
pub(super) fn bond(object: &Meta, owner: &Meta, matches: bool) -> Bond {
    match object.controller() {
        Some(controller) if controller.uid != owner.uid => Bond::Stranger,
        Some(_) if matches => Bond::Own,
        Some(_) if owner.is_terminating() => Bond::Stranger,
        Some(_) => Bond::Release,
        None if owner.is_terminating() || object.is_terminating() || !matches => Bond::Stranger,
        None => Bond::Adopt,
    }
}

/// Returns the object as it is once it has one more owner, who manages it; a later write of it must not mind that.
pub(super) fn adopted<T: Resource>(object: &T, owner: OwnerReference) -> T {
    let mut object = object.clone();
    object.meta_mut().owner_references.push(owner);
    object.meta_mut().resource_version = 0;
    object
}

/// Returns the name of the manager, if it is of this kind.
pub(super) fn manager<T: Resource>(object: &Meta) -> Option<&OwnerReference> {
    object.controller().filter(|owner| owner.kind == T::KIND.name())
}

/// Returns a pod made of a template for its manager, who may still give it a name (`GetPodFromTemplate`).
pub(super) fn pod_of(template: &PodTemplate, owner: &impl Resource) -> Pod {
    let mut pod = Pod {
        spec: Arc::clone(&template.spec),
        ..Pod::default()
    };
    pod.metadata.generate_name = format!("{}-", owner.meta().name);
    pod.metadata.namespace = owner.meta().namespace.clone();
    pod.metadata.labels = template.metadata.labels.clone();
    pod.metadata.annotations = template.metadata.annotations.clone();
    pod.metadata.finalizers = template.metadata.finalizers.clone();
    pod.metadata.owner_references = vec![owner.as_controller()];
    pod
}

/// The objects that nobody manages, and the owners that have not looked through them yet.
///
/// Kubernetes' controllers look through everything in the namespace each time; here they look only when a stray has
/// turned up that is theirs, or when they are new themselves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Strays {
    strays: BTreeSet<Key>,
    looking: BTreeSet<Key>,
}

impl Strays {
    /// Takes notice of a change; returns the object when it has just become a stray, or a stray has other labels now.
    pub fn heed<'a>(&mut self, change: &Change<'a>) -> Option<&'a Object> {
        let key = change.object().key();
        let stray = change.after.filter(|object| object.meta().controller().is_none());
        let Some(stray) = stray else {
            self.strays.remove(&key);
            return None;
        };
        let is_new = self.strays.insert(key);
        let before = change.before.map(|object| &object.meta().labels);
        (is_new || before != Some(&stray.meta().labels)).then_some(stray)
    }

    /// Bids an owner look through the strays when it works next.
    pub fn bid(&mut self, owner: &Key) {
        self.looking.insert(owner.clone());
    }

    /// Forgets an owner that is gone.
    pub fn forget(&mut self, owner: &Key) {
        self.looking.remove(owner);
    }

    /// Returns the strays that `owner` may adopt; once there are none it need not look again until it is bidden.
    pub fn adoptable<'a, T: Resource + 'a>(
        &mut self,
        view: &View<'a>,
        owner: &impl Resource,
        matches: impl Fn(&Meta) -> bool,
    ) -> Vec<&'a Arc<T>> {
        let key = owner.key();
        if !self.looking.contains(&key) {
            return vec![];
        }
        let first = Key::new(T::KIND, key.namespace.clone(), "");
        let here = self.strays.range(first..);
        let here = here.take_while(|stray| stray.kind == T::KIND && stray.namespace == key.namespace);
        let objects = here.filter_map(|stray| view.find(stray)).filter_map(T::of);
        let found: Vec<_> = objects
            .filter(|object| bond(object.meta(), owner.meta(), matches(object.meta())) == Bond::Adopt)
            .collect();
        if found.is_empty() {
            self.looking.remove(&key);
        }
        found
    }
}

/// Says whether a selector that may not be empty matches (apps/v1 refuses empty ones).
pub(super) fn selects(selector: &LabelSelector, object: &Meta) -> bool {
    !selector.is_empty() && selector.matches(&object.labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ReplicaSet, Time, Uid};

    fn owner() -> ReplicaSet {
        let mut owner = ReplicaSet::default();
        (owner.metadata.name, owner.metadata.uid) = ("web".into(), Uid(1));
        owner
    }

    #[test]
    fn an_orphan_with_the_right_labels_is_adopted_and_one_on_its_way_out_is_not() {
        let mut orphan = Meta::default();
        assert_eq!(bond(&orphan, &owner().metadata, true), Bond::Adopt);
        assert_eq!(bond(&orphan, &owner().metadata, false), Bond::Stranger);
        orphan.deletion_timestamp = Some(Time::EPOCH);
        assert_eq!(bond(&orphan, &owner().metadata, true), Bond::Stranger);
    }

    #[test]
    fn a_pod_with_foreign_labels_is_released_but_not_by_an_owner_that_is_going() {
        let mut owner = owner();
        let pod = Pod::default();
        let mut pod = adopted(&pod, owner.as_controller());
        assert_eq!(bond(&pod.metadata, &owner.metadata, true), Bond::Own);
        assert_eq!(bond(&pod.metadata, &owner.metadata, false), Bond::Release);
        owner.metadata.deletion_timestamp = Some(Time::EPOCH);
        assert_eq!(bond(&pod.metadata, &owner.metadata, false), Bond::Stranger);
        pod.metadata.owner_references[0].uid = Uid(2);
        assert_eq!(bond(&pod.metadata, &owner.metadata, true), Bond::Stranger);
    }
}
