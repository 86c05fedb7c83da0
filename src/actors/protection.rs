//! Keeps claims while pods use them, and volumes while claims have them: deleting one in use only marks it.
//!
//! Source: pkg/controller/volume/pvcprotection and pvprotection, two controllers of one idea.

use super::claim_users::ClaimUsers;
use super::{Actor, Change, Effect, View};
use crate::api::storage::VolumePhase;
use crate::api::{Key, Kind, PersistentVolume, PersistentVolumeClaim, Pod, Resource};
use serde::{Deserialize, Serialize};

/// The finalizer of claims.
const CLAIM: &str = "kubernetes.io/pvc-protection";

/// The finalizer of volumes.
const VOLUME: &str = "kubernetes.io/pv-protection";

/// The two controllers and what they remember.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Protection {
    users: ClaimUsers,
}

impl Actor for Protection {
    const NAME: &'static str = "pvc-protection-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Pod, Kind::PersistentVolumeClaim, Kind::PersistentVolume]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let Some(pod) = Pod::of(change.object()) else {
            let protected = |f: &crate::api::Text| f == CLAIM || f == VOLUME;
            let concerned = change
                .after
                .map(|object| object.meta())
                .is_some_and(|meta| meta.is_terminating() || !meta.finalizers.iter().any(protected));
            if concerned {
                wake.push(change.object().key());
            }
            return;
        };
        self.users.heed(change);
        // Only a pod that has gone can free a claim.
        if change.after.is_some() {
            return;
        }
        let claims = pod
            .claims()
            .map(|name| Key::new(Kind::PersistentVolumeClaim, pod.metadata.namespace.clone(), &*name));
        let marked = |key: &Key| view.find(key).is_some_and(|claim| claim.meta().is_terminating());
        wake.extend(claims.filter(marked));
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        if key.kind == Kind::PersistentVolume {
            let volume = view.get::<PersistentVolume>("", &key.name);
            return volume.map_or(vec![], |volume| {
                let in_use = volume.status.phase == VolumePhase::Bound;
                protect(&**volume, VOLUME, in_use)
            });
        }
        let claim = view.get::<PersistentVolumeClaim>(&key.namespace, &key.name);
        claim.map_or(vec![], |claim| {
            // A pod that is not scheduled is kept from starting by the claim's deletion; one that has ended still counts.
            let in_use = self.users.of(claim, view).any(|pod| pod.is_scheduled());
            protect(&**claim, CLAIM, in_use)
        })
    }
}

/// Puts the finalizer on what is not asked to go, and takes it off what is and may.
fn protect(object: &impl Resource, finalizer: &'static str, in_use: bool) -> Vec<Effect> {
    let protected = object.meta().finalizers.iter().any(|f| f == finalizer);
    let terminating = object.meta().is_terminating();
    let mut changed = object.clone();
    match (terminating, protected) {
        (false, false) => changed.meta_mut().finalizers.push(finalizer.into()),
        (true, true) if !in_use => changed.meta_mut().finalizers.retain(|f| f != finalizer),
        _ => return vec![],
    }
    vec![Effect::update(changed)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::bench::Bench;
    use serde_json::json;

    type Story = Bench<Protection>;

    fn claim(story: &mut Story) {
        story.put(
            Kind::PersistentVolumeClaim,
            json!({"metadata": {"name": "data"}, "spec": {}}),
        );
        story.run();
    }

    fn pod(story: &mut Story, name: &str, node: &str, phase: &str) {
        let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
        let spec = json!({"nodeName": node, "containers": [], "volumes": volumes});
        story.put(
            Kind::Pod,
            json!({"metadata": {"name": name}, "spec": spec, "status": {"phase": phase}}),
        );
        story.run();
    }

    fn is_there(story: &Story) -> bool {
        story.find::<PersistentVolumeClaim>("data").is_some()
    }

    #[test]
    fn a_claim_stays_until_its_last_scheduled_pod_is_gone() {
        let mut story = Story::new();
        claim(&mut story);
        pod(&mut story, "running", "node-a1", "Running");
        pod(&mut story, "ended", "node-a1", "Succeeded");
        pod(&mut story, "waiting", "", "Pending");
        story.delete(Kind::PersistentVolumeClaim, "data");
        story.run();
        assert!(is_there(&story));
        story.vanish(Kind::Pod, "running");
        story.run();
        assert!(is_there(&story), "a pod that has ended holds its claim too");
        story.vanish(Kind::Pod, "ended");
        story.run();
        assert!(!is_there(&story), "one that is not scheduled does not");
    }

    #[test]
    fn a_claim_that_nobody_uses_goes_at_once() {
        let mut story = Story::new();
        claim(&mut story);
        story.delete(Kind::PersistentVolumeClaim, "data");
        story.run();
        assert!(!is_there(&story));
    }

    #[test]
    fn a_bound_volume_stays_until_it_is_released() {
        let mut story = Story::new();
        let spec = json!({"capacity": {"storage": "1Gi"}});
        let tree = json!({"metadata": {"name": "pv"}, "spec": spec, "status": {"phase": "Bound"}});
        story.put(Kind::PersistentVolume, tree);
        story.delete(Kind::PersistentVolume, "pv");
        story.run();
        assert!(story.find::<PersistentVolume>("pv").is_some());
        story.change_status::<PersistentVolume>("pv", |v| v.status.phase = VolumePhase::Released);
        story.run();
        assert!(story.find::<PersistentVolume>("pv").is_none());
    }

    #[test]
    fn a_claim_that_lost_its_protection_gets_it_back() {
        let mut story = Story::new();
        claim(&mut story);
        story.change::<PersistentVolumeClaim>("data", |c| c.metadata.finalizers.clear());
        story.run();
        assert_eq!(story.get::<PersistentVolumeClaim>("data").metadata.finalizers, [CLAIM]);
    }
}
