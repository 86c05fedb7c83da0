//! What a person does to the world: commands, each a step of its own.

use super::step::Who;
use super::world::World;
use crate::api::Object;
use crate::store::{DeleteOptions, Hand, Refusal, Store};

impl World {
    /// Puts a person's command on record; what is written for it names this step as its cause. Returns its number.
    pub fn person(&mut self, words: &str) -> u32 {
        self.record(Who::Person(words.into()), 0)
    }

    /// Writes to the API server for a person's command.
    pub fn by_person<R>(
        &mut self,
        step: u32,
        act: impl FnOnce(&mut Store, &mut Hand<'_>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        self.write(step, "person", "", act)
    }

    /// Creates an object for a person.
    pub fn create(&mut self, object: Object) -> Result<Object, Refusal> {
        let step = self.person(&format!("create {}", object.key()));
        let stream = object.key().to_string();
        self.write(step, "create", &stream, |store, hand| store.create(object, hand))
    }

    /// Replaces all but the status of an object for a person.
    pub fn update(&mut self, object: Object) -> Result<Object, Refusal> {
        let step = self.person(&format!("update {}", object.key()));
        self.by_person(step, |store, hand| store.update(object, hand))
    }

    /// Deletes an object for a person; None when it is gone at once.
    pub fn delete(&mut self, key: &crate::api::Key, options: &DeleteOptions) -> Result<Option<Object>, Refusal> {
        let step = self.person(&format!("delete {key}"));
        self.by_person(step, |store, hand| store.delete(key, options, hand))
    }
}
