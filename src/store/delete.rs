//! Deleting: a wish at first, granted once the grace period is over and nothing holds the object any more.

use super::{Hand, Refusal, Store};
use crate::api::{Key, Kind, Object, Pod, Resource, Uid};
use serde::{Deserialize, Serialize};

/// What becomes of the objects that the deleted one owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Propagation {
    /// They go afterwards.
    #[default]
    Background,
    /// They go first.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteOptions {
    /// Seconds for a pod to end by itself; None: its own `terminationGracePeriodSeconds`.
    pub grace_seconds: Option<i64>,
    /// Only the object of this uid.
    pub uid: Option<Uid>,
    /// What becomes of what it owns.
    pub propagation: Propagation,
}

impl Store {
    /// Asks for the deletion of an object. Returns None when it is gone at once, and the object when it is only marked.
    pub fn delete(
        &mut self,
        key: &Key,
        options: &DeleteOptions,
        hand: &mut Hand<'_>,
    ) -> Result<Option<Object>, Refusal> {
        let old = self.find(key).cloned().ok_or_else(|| Refusal::NotFound(key.clone()))?;
        if options.uid.is_some_and(|uid| uid != old.meta().uid) {
            return Err(Refusal::OtherUid(key.clone()));
        }
        let grace = Pod::of(&old).map_or(0, |pod| grace_of(pod, options.grace_seconds));
        let mut marked = old.clone();
        let finalizer = match options.propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("foregroundDeletion"),
            Propagation::Orphan => Some("orphan"),
        };
        if let Some(finalizer) = finalizer.filter(|f| !old.meta().finalizers.iter().any(|have| have == f)) {
            marked.meta_mut().finalizers.push(finalizer.into());
        }
        if let Object::Namespace(namespace) = &mut marked {
            let namespace = std::sync::Arc::make_mut(namespace);
            namespace.status.phase = "Terminating".into();
        }
        let waits = grace > 0
            || !marked.meta().finalizers.is_empty()
            || matches!(&marked, Object::Namespace(n) if !n.spec.finalizers.is_empty());
        // Only pods end gracefully: one that is to go at once is marked first none the less, and a watch sees both
        // (apiserver/pkg/registry/generic/registry/store.go, `updateForGracefulDeletionAndFinalizers`).
        if !waits && old.kind() != Kind::Pod {
            self.commit(hand, Some(old), None);
            return Ok(None);
        }
        let meta = marked.meta_mut();
        let sooner = meta.deletion_grace_period_seconds.is_none_or(|before| grace < before);
        if meta.deletion_timestamp.is_none() || sooner {
            let is_new = meta.deletion_timestamp.is_none();
            meta.deletion_timestamp = Some(hand.now + grace * 1000);
            meta.deletion_grace_period_seconds = Some(grace);
            if is_new && super::status::has_generation(&old) {
                marked.meta_mut().generation += 1;
            }
        }
        let marked = if marked == old {
            old
        } else {
            self.commit(hand, Some(old), Some(marked))
                .expect("a mark leaves an object")
        };
        if waits {
            return Ok(Some(marked));
        }
        self.commit(hand, Some(marked), None);
        Ok(None)
    }
}

/// Returns the seconds that a pod gets: none where no kubelet could end it or it has ended
/// (pkg/registry/core/pod/strategy.go, `CheckGracefulDelete`).
fn grace_of(pod: &Pod, asked: Option<i64>) -> i64 {
    if !pod.is_scheduled() || pod.status.phase.is_terminal() {
        return 0;
    }
    asked.unwrap_or(pod.spec.termination_grace_period_seconds).max(0)
}
