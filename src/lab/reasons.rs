//! Why an object is not as it asks to be: of itself, of what it made, of what that waits for.

use crate::api::storage::ClaimPhase;
use crate::api::{Condition, ConditionStatus, Event, Key, Kind, Object, PersistentVolumeClaim, Pod, Uid};
use crate::sim::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Of how many objects the same is told one by one; the others are counted.
const TOLD_ALIKE: usize = 3;

/// How many different reasons are told; the others are counted.
const TOLD: usize = 12;

/// A world, with the last thing that was said of each object: looked for once, since there may be many of both.
pub(super) struct Warnings<'a> {
    world: &'a World,
    /// The newest warning about an object; of a claim, the newest event of any type.
    last: BTreeMap<Uid, &'a Arc<Event>>,
}

/// One reason: who says it, and what.
type Reason = (Key, String);

impl<'a> Warnings<'a> {
    /// Reads what was said in a world.
    pub fn of(world: &'a World) -> Self {
        let mut last: BTreeMap<Uid, &Arc<Event>> = BTreeMap::new();
        let age = |event: &Event| {
            (
                event.last_timestamp.max(event.event_time),
                event.metadata.resource_version,
            )
        };
        for event in world.store().list::<Event>("") {
            let about = &event.involved_object;
            if event.kind == "Warning" || about.kind == "PersistentVolumeClaim" {
                let newest = last.entry(about.uid).or_insert(event);
                if age(event) >= age(newest) {
                    *newest = event;
                }
            }
        }
        Self { world, last }
    }

    /// Returns why an object is not as it asks to be; what many say alike is told of a few of them.
    pub fn reasons(&self, object: &Object) -> Vec<String> {
        let mut reasons = self.own(object);
        let mut owners: Vec<Uid> = vec![object.meta().uid];
        while let Some(owner) = owners.pop() {
            let store = self.world.store();
            for object in store.owned_by(owner).filter_map(|key| store.find(key)) {
                if matches!(object.kind(), Kind::ReplicaSet | Kind::Job) {
                    owners.push(object.meta().uid);
                }
                let well = matches!(object, Object::Pod(pod) if pod.is_ready() && !pod.metadata.is_terminating());
                if !well {
                    reasons.extend(self.own(object));
                }
            }
        }
        told(reasons)
    }

    /// Returns what an object itself, and the claims of a pod, have to say.
    fn own(&self, object: &Object) -> Vec<Reason> {
        let mut says: Vec<String> = Vec::new();
        let mut claims = Vec::new();
        match object {
            Object::Pod(pod) => {
                says.extend(pod_reasons(pod));
                for name in pod.claims() {
                    let store = self.world.store();
                    let claim = store.get::<PersistentVolumeClaim>(&pod.metadata.namespace, &name);
                    if let Some(claim) = claim.filter(|claim| claim.status.phase != ClaimPhase::Bound) {
                        claims.extend(self.own(&Object::PersistentVolumeClaim(Arc::clone(claim))));
                    }
                }
            }
            Object::Deployment(d) => says.extend(failing(&d.status.conditions)),
            Object::ReplicaSet(s) => says.extend(failing(&s.status.conditions)),
            Object::Job(job) => says.extend(failing(&job.status.conditions)),
            _ => (),
        }
        let said = self.last.get(&object.meta().uid);
        let said = said.map(|event| event.message.trim_end().to_owned());
        let key = object.key();
        let of = |what: String| (key.clone(), what);
        let own = says.into_iter().map(of);
        own.chain(claims).chain(said.map(of)).collect()
    }
}

/// Returns reasons as sentences, each once.
fn told(reasons: Vec<Reason>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    // What is said, by how it is said; the places keep the order in which it was said first.
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut alike: Vec<(String, Vec<Key>)> = Vec::new();
    for (key, what) in reasons {
        if seen.insert((key.clone(), what.clone())) {
            let place = *places.entry(what.clone()).or_insert_with(|| {
                alike.push((what, vec![]));
                alike.len() - 1
            });
            alike[place].1.push(key);
        }
    }
    let mut told = Vec::new();
    for (what, keys) in alike.iter().take(TOLD) {
        // "and 1 more" would take the room of the one that it counts.
        let few = if keys.len() <= TOLD_ALIKE + 1 {
            keys.len()
        } else {
            TOLD_ALIKE
        };
        told.extend(keys[..few].iter().map(|key| format!("{key}: {what}")));
        if keys.len() > few {
            told.push(format!("and {} more say the same", keys.len() - few));
        }
    }
    if alike.len() > TOLD {
        told.push(format!("and {} more reasons", alike.len() - TOLD));
    }
    told
}

/// The conditions that say that something failed.
fn failing(conditions: &[Condition]) -> impl Iterator<Item = String> {
    conditions.iter().filter_map(|c| {
        let bad = match &*c.kind {
            "ReplicaFailure" | "Failed" => c.status == ConditionStatus::True,
            "Progressing" => c.status == ConditionStatus::False,
            _ => false,
        };
        bad.then(|| c.message.to_string())
    })
}

fn pod_reasons(pod: &Pod) -> Vec<String> {
    let unscheduled = pod
        .status
        .conditions
        .iter()
        .find(|c| c.kind == "PodScheduled" && c.status == ConditionStatus::False);
    if let Some(unscheduled) = unscheduled {
        return vec![unscheduled.message.to_string()];
    }
    let statuses = pod
        .status
        .init_container_statuses
        .iter()
        .chain(&pod.status.container_statuses);
    let mut reasons: Vec<String> = statuses
        .filter_map(|s| {
            let waiting = s.state.waiting.as_ref()?;
            let ended = s
                .last_state
                .terminated
                .as_ref()
                .map(|t| format!(", last exit code {}", t.exit_code));
            let message = if waiting.message.is_empty() {
                String::new()
            } else {
                format!(": {}", waiting.message)
            };
            Some(format!(
                "container {} waits: {}{message}{}",
                s.name,
                waiting.reason,
                ended.unwrap_or_default()
            ))
        })
        .collect();
    if pod.metadata.is_terminating() {
        reasons.push("asked to end, and still there".to_owned());
    }
    if reasons.is_empty() && !pod.is_ready() {
        reasons.push(format!("{:?}, not ready", pod.status.phase));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::api::{Key, Kind};

    fn of(pods: std::ops::Range<u32>, what: &str) -> Vec<(Key, String)> {
        let key = |n| Key::new(Kind::Pod, "default", format!("p{n}"));
        pods.map(|n| (key(n), what.to_owned())).collect()
    }

    #[test]
    fn what_many_say_alike_is_told_of_a_few() {
        let all = [of(0..1, "no room"), of(1..2, "no image"), of(0..9, "no room")].concat();
        assert_eq!(
            told(all),
            [
                "pod/p0: no room",
                "pod/p1: no room",
                "pod/p2: no room",
                "and 6 more say the same",
                "pod/p1: no image",
            ]
        );
        assert_eq!(
            told(of(0..4, "no room")).len(),
            4,
            "one more is told rather than counted"
        );
    }

    #[test]
    fn of_very_many_reasons_the_last_are_counted() {
        let many: Vec<_> = (0..20).flat_map(|n| of(n..n + 1, &format!("reason {n}"))).collect();
        let told = told(many);
        assert_eq!(told.len(), 13);
        assert_eq!(told[12], "and 8 more reasons");
    }
}
