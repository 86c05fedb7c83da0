//! How pods move from the old sets to the new (pkg/controller/deployment/rolling.go and recreate.go).

use super::numbers;
use super::run::Run;
use crate::api::Pod;

impl Run<'_> {
    /// Rolls: some new pods more, some old pods fewer, never beyond the fenceposts (`rolloutRolling`).
    pub fn roll(&mut self) {
        self.make_set();
        let scaled = self.grow_new() || self.shrink_old();
        if !scaled && self.is_complete(&self.deployment.status.clone()) {
            self.clean_up();
        }
        self.sync_rollout_status();
    }

    /// Replaces all at once: the old pods must be gone before the first new one is made (`rolloutRecreate`).
    pub fn recreate(&mut self) {
        let mut scaled = false;
        for place in self.active_old() {
            scaled |= self.scale_set(place, 0);
        }
        if !scaled && !self.old_pods_run() {
            self.make_set();
            if let Some(new) = self.new {
                self.scale_set(new, self.deployment.spec.replicas);
            }
            if self.is_complete(&self.deployment.status.clone()) {
                self.clean_up();
            }
        }
        self.sync_rollout_status();
    }

    /// Brings the new set to its size, as far as there is room; returns whether it did (`reconcileNewReplicaSet`).
    fn grow_new(&mut self) -> bool {
        let Some(new) = self.new else { return false };
        let size = self.sets[new].spec.replicas;
        let wanted = self.deployment.spec.replicas;
        let size = if size > wanted {
            wanted
        } else {
            numbers::new_size(&self.deployment, self.total(), size)
        };
        self.scale_set(new, size)
    }

    /// Takes pods away from the old sets, as far as enough are available without them; returns whether it did
    /// (`reconcileOldReplicaSets`).
    fn shrink_old(&mut self) -> bool {
        let Some(new) = self.new.map(|new| &self.sets[new]) else {
            return false;
        };
        let old = self.active_old();
        let min_available = self.deployment.spec.replicas - numbers::max_unavailable(&self.deployment);
        let new_unavailable = new.spec.replicas - new.status.available_replicas;
        let spare = self.total() - min_available - new_unavailable;
        if old.is_empty() || spare <= 0 {
            return false;
        }
        let cleaned = self.drop_unhealthy(&old, spare);
        let available: i64 = self
            .active_old()
            .iter()
            .chain(&self.new)
            .map(|place| self.sets[*place].status.available_replicas)
            .sum();
        let dropped = self.drop_healthy(&old, available - min_available);
        cleaned + dropped > 0
    }

    /// Takes away old pods that are of no use anyway, at most `spare` (`cleanupUnhealthyReplicas`).
    fn drop_unhealthy(&mut self, old: &[usize], spare: i64) -> i64 {
        let mut dropped = 0;
        for &place in old {
            let set = &self.sets[place];
            let unhealthy = set.spec.replicas - set.status.available_replicas;
            let count = unhealthy.min(spare - dropped);
            if count > 0 {
                self.scale_set(place, set.spec.replicas - count);
                dropped += count;
            }
        }
        dropped
    }

    /// Takes away old pods, oldest set first, at most `spare` (`scaleDownOldReplicaSetsForRollingUpdate`).
    fn drop_healthy(&mut self, old: &[usize], spare: i64) -> i64 {
        let mut dropped = 0;
        for &place in old {
            let size = self.sets[place].spec.replicas;
            let count = size.min(spare - dropped);
            if count > 0 {
                self.scale_set(place, size - count);
                dropped += count;
            }
        }
        dropped
    }

    /// Says whether a pod of an old set may still run (`oldPodsRunning`).
    fn old_pods_run(&self) -> bool {
        let counted: i64 = self.old().iter().map(|place| self.sets[*place].status.replicas).sum();
        if counted > 0 {
            return true;
        }
        self.old().iter().any(|place| {
            let pods = self.view.owned::<Pod>(self.sets[*place].metadata.uid);
            pods.into_iter().any(|pod| !pod.status.phase.is_terminal())
        })
    }
}
