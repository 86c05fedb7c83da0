//! What happens when the number of pods is changed in the middle of a rollout: each set grows or shrinks by its share
//! (pkg/controller/deployment/sync.go, `scale`).

use super::numbers;
use super::run::Run;
use super::sets::DESIRED_REPLICAS;
use std::cmp::Reverse;

impl Run<'_> {
    /// Says whether the number has been changed since the sets were last resized (`isScalingEvent`).
    pub fn is_scaling(&self) -> bool {
        let active = self.sets.iter().filter(|set| set.spec.replicas > 0);
        active
            .filter_map(|set| numbers::annotated(set, DESIRED_REPLICAS))
            .any(|desired| desired != self.deployment.spec.replicas)
    }

    /// Resizes without rolling out.
    pub fn scale(&mut self) {
        if let Some(place) = self.only_active() {
            self.scale_set(place, self.deployment.spec.replicas);
        } else if self.is_saturated() {
            // The new set is whole: what the old ones still have is too much.
            for place in self.active_old() {
                self.scale_set(place, 0);
            }
        } else if self.deployment.spec.strategy.kind == "RollingUpdate" {
            self.share_out();
        }
    }

    /// Returns the place of the only set that is wanted to have pods; where none is, of the new one, or else the newest
    /// (`FindActiveOrLatest`).
    fn only_active(&self) -> Option<usize> {
        let mut active = (0..self.sets.len()).filter(|place| self.sets[*place].spec.replicas > 0);
        match (active.next(), active.next()) {
            (None, _) => self.new.or_else(|| self.old().last().copied()),
            (only, None) => only,
            _ => None,
        }
    }

    /// Says whether the new set has all its pods, and all are available.
    fn is_saturated(&self) -> bool {
        let wanted = self.deployment.spec.replicas;
        self.new.map(|new| &self.sets[new]).is_some_and(|set| {
            set.spec.replicas == wanted
                && numbers::annotated(set, DESIRED_REPLICAS) == Some(wanted)
                && set.status.available_replicas == wanted
        })
    }

    /// Gives each set its share of what is to be added or taken, the largest first; it also bears the remainder.
    fn share_out(&mut self) {
        let mut active: Vec<usize> = (0..self.sets.len())
            .filter(|place| self.sets[*place].spec.replicas > 0)
            .collect();
        let wanted = self.deployment.spec.replicas;
        let allowed = if wanted > 0 {
            numbers::max_replicas(&self.deployment)
        } else {
            0
        };
        let to_add = allowed - self.total();
        // Of equal sets the newer grow first, and the older shrink first.
        if to_add > 0 {
            active.reverse();
        }
        active.sort_by_key(|place| Reverse(self.sets[*place].spec.replicas));
        let mut added = 0;
        let mut sizes: Vec<i64> = Vec::with_capacity(active.len());
        for place in &active {
            let set = &self.sets[*place];
            let share = numbers::proportion(set, &self.deployment, to_add, added);
            sizes.push(set.spec.replicas + share);
            added += share;
        }
        if let Some(largest) = sizes.first_mut() {
            *largest = (*largest + to_add - added).max(0);
        }
        for (place, size) in active.into_iter().zip(sizes) {
            self.resize(place, size, true);
        }
    }
}
