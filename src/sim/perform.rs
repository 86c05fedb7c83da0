//! What becomes of an effect: a write, an event, a timer, a request to the cloud, a deed on a machine.

use super::world::World;
use crate::actors::{ActorId, Effect, WRITTEN};
use crate::api::Key;
use crate::store::Refusal;

impl World {
    /// Does what one effect asks for.
    pub(super) fn perform(&mut self, id: ActorId, key: &Key, effect: Effect, step: u32) -> Result<(), Refusal> {
        let writes = matches!(
            effect,
            Effect::Create(_)
                | Effect::Update(_)
                | Effect::UpdateStatus(_)
                | Effect::Patch(..)
                | Effect::Delete(..)
                | Effect::Bind { .. }
        );
        let place = self.actors.place(id, key);
        let reaches = place.as_ref().is_none_or(|node| self.cloud.reaches_api(node));
        if writes && !reaches {
            return Err(Refusal::Unreachable);
        }
        match effect {
            Effect::Create(object) => {
                let meta = object.meta();
                let name = if meta.name.is_empty() {
                    meta.generate_name.as_str()
                } else {
                    &meta.name
                };
                let stream = format!("{}/{}/{name}", object.kind().name(), meta.namespace);
                let created = self.write(step, "create", &stream, |store, hand| store.create(object, hand))?;
                if let Some(landing) = self.lane(id).landing.get_mut(key) {
                    landing.written = created.meta().name.clone();
                }
                Ok(())
            }
            Effect::Update(object) => self
                .write(step, "update", "", |store, hand| store.update(object, hand))
                .map(drop),
            Effect::UpdateStatus(object) => self
                .write(step, "update", "", |store, hand| store.update_status(object, hand))
                .map(drop),
            Effect::Patch(key, uid, patch) => {
                let amended = self.write(step, "update", "", |store, hand| {
                    store.amend(&key, uid, |meta| patch.apply(meta), hand)
                });
                match amended {
                    // What is gone has no bonds any more.
                    Err(Refusal::NotFound(_)) => Ok(()),
                    other => other.map(drop),
                }
            }
            Effect::Delete(key, options) => {
                match self.write(step, "delete", "", |store, hand| store.delete(&key, &options, hand)) {
                    // Somebody else was quicker: what was wished for is so.
                    Err(Refusal::NotFound(_)) => Ok(()),
                    other => other.map(drop),
                }
            }
            Effect::Bind { pod, uid, node } => self
                .write(step, "bind", "", |store, hand| store.bind(&pod, uid, &node, hand))
                .map(drop),
            Effect::Event(mut note) => {
                if note.message.contains(WRITTEN) {
                    let landing = self.lane(id).landing.get(key);
                    let name = landing.map(|landing| landing.written.clone()).unwrap_or_default();
                    note.message = note.message.replace(WRITTEN, &name);
                }
                if reaches {
                    self.say(id.name(), note, step);
                }
                Ok(())
            }
            // A run that gives up is ended before it comes here.
            Effect::Retry => Ok(()),
            Effect::WakeAt(key, at) => {
                self.set_timer(id, key, at, step);
                Ok(())
            }
            Effect::Cloud(request) => {
                let (now, settings) = (self.now, &self.settings);
                // A refusal of the cloud is seen in the cloud's state when the driver looks again.
                let done = self
                    .cloud
                    .request(&request, now, settings)
                    .unwrap_or(now + settings.api_write);
                self.set_timer(id, key.clone(), done, step);
                Ok(())
            }
            Effect::Deed(node, deed) => {
                let wakes = self.on_machines(|runtime, ground| runtime.perform(ground, &node, deed));
                self.heed_machines(wakes);
                Ok(())
            }
        }
    }
}
