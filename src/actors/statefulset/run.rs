//! One run of the controller: the set, its pods and revisions, and what is asked for so far.

use super::revisions::Revisions;
use super::{is_member, pods};
use crate::actors::owners::{self, Bond, Strays};
use crate::actors::{Effect, View};
use crate::api::{Object, ObjectReference, Pod, Resource, StatefulSet};
use crate::store::Refusal;
use std::sync::Arc;

/// A run.
pub(super) struct Run<'a> {
    pub view: View<'a>,
    pub set: Arc<StatefulSet>,
    /// The pods that are the set's, adopted ones included.
    pub members: Vec<Arc<Pod>>,
    pub effects: Vec<Effect>,
    revisions: Option<Revisions>,
    reference: ObjectReference,
}

impl<'a> Run<'a> {
    /// Begins a run: claims revisions and pods.
    pub fn new(view: &View<'a>, set: &Arc<StatefulSet>, pods: &mut Strays, revisions: &mut Strays) -> Self {
        let mut run = Run {
            view: *view,
            set: Arc::clone(set),
            members: vec![],
            effects: vec![],
            revisions: None,
            reference: Object::StatefulSet(Arc::clone(set)).reference(),
        };
        run.claim_pods(pods);
        // In Kubernetes too the revisions are adopted first.
        let pods = std::mem::take(&mut run.effects);
        run.revisions = Some(run.find_revisions(revisions));
        run.effects.extend(pods);
        run
    }

    fn claim_pods(&mut self, strays: &mut Strays) {
        let set = Arc::clone(&self.set);
        for pod in self.view.owned::<Pod>(set.metadata.uid) {
            match owners::bond(&pod.metadata, &set.metadata, is_member(&set, &pod.metadata)) {
                Bond::Own => self.members.push(Arc::clone(pod)),
                Bond::Release => self.effects.push(Effect::release(&**pod, set.metadata.uid)),
                Bond::Adopt | Bond::Stranger => (),
            }
        }
        for pod in strays.adoptable::<Pod>(&self.view, &*set, |pod| is_member(&set, pod)) {
            self.effects.push(Effect::adopt(&**pod, set.as_controller()));
            self.members
                .push(Arc::new(owners::adopted(&**pod, set.as_controller())));
        }
    }

    /// Returns the set's revisions.
    pub fn revisions(&self) -> &Revisions {
        self.revisions.as_ref().expect("a run begins by finding them")
    }

    /// Says something good of the set.
    pub fn say(&mut self, reason: &'static str, message: String) {
        self.effects
            .push(Effect::normal(self.reference.clone(), reason, message));
    }

    /// Says something bad of the set.
    pub fn warn(&mut self, reason: &'static str, message: String) {
        self.effects
            .push(Effect::warning(self.reference.clone(), reason, message));
    }

    /// Says that something was done to a pod: `verb` is `Create`, `Update` or `Delete`.
    pub fn say_of(&mut self, verb: &'static str, pod: &str) {
        let message = format!("{verb} Pod {pod} in StatefulSet {} successful", self.set.metadata.name);
        self.effects.push(Effect::normal(
            self.reference.clone(),
            format!("Successful{verb}"),
            message,
        ));
    }

    /// Says that something could not be done to a pod.
    pub fn warn_of(&mut self, verb: &'static str, pod: &str, why: &str) {
        let message = format!(
            "{verb} Pod {pod} in StatefulSet {} failed error: {why}",
            self.set.metadata.name
        );
        self.effects.push(Effect::warning(
            self.reference.clone(),
            format!("Failed{verb}"),
            message,
        ));
    }

    /// Says what came of a refused effect.
    pub fn regret(&mut self, effect: &Effect, refusal: &Refusal) {
        let is_taken = matches!(refusal, Refusal::AlreadyExists(_));
        match effect {
            // A foreign pod of the name blocks the set without a word.
            Effect::Create(Object::Pod(pod)) if !is_taken => {
                self.warn_of("Create", &pod.metadata.name, &refusal.to_string());
            }
            Effect::Create(Object::PersistentVolumeClaim(claim)) => {
                let claim = &claim.metadata.name;
                let ordinal = pods::parent_and_ordinal(claim).map_or(0, |(_, ordinal)| ordinal);
                let pod = pods::name(&self.set, ordinal);
                if !is_taken {
                    let set = &self.set.metadata.name;
                    let message =
                        format!("Create Claim {claim} for Pod {pod} in StatefulSet {set} failed error: {refusal}");
                    self.warn("FailedCreate", message);
                }
                // A pod that waits for a claim it has lost is there already: nothing is said of it.
                if !self.members.iter().any(|member| *member.metadata.name == *pod) {
                    self.warn_of("Create", &pod, &format!("failed to create PVC {claim}: {refusal}"));
                }
            }
            Effect::Delete(key, _) if key.kind == Pod::KIND => {
                self.warn_of("Delete", &key.name, &refusal.to_string());
            }
            Effect::Update(Object::Pod(pod)) if !matches!(refusal, Refusal::Conflict(_)) => {
                self.warn_of("Update", &pod.metadata.name, &refusal.to_string());
            }
            _ => (),
        }
    }
}
