//! What the API server would say: a write that is tried on a copy of its state, as `--dry-run=server` asks it.
//!
//! Admission and validation run, and nothing is kept. The uid that such an object shows is drawn from the copy's own
//! numbers; it is not the one that the object gets when it is really made, as on a real server.

use super::call::Call;
use super::subresource::Subresource;
use crate::api::{Key, Object};
use crate::manifest::validate;
use crate::store::{Hand, Refusal, Store};
use serde_json::Value;

/// The seed of what a trial draws: uids that nobody keeps.
const SEED: u64 = 0x7ea1;

/// Says whether the server would take a new object, as far as its own fields go.
pub fn judge(object: &Object) -> Result<(), Refusal> {
    judge_change(object, &Value::Null, &object.to_value())
}

/// Says whether the server would take a change of an object's tree: what it took before is no reason to refuse it now.
pub fn judge_change(object: &Object, before: &Value, after: &Value) -> Result<(), Refusal> {
    let key = object.key();
    let (version, kind) = (key.kind.api_version(), key.kind.name());
    let causes = |tree: &Value| -> Vec<String> {
        let verdict = validate(&version, kind, tree);
        verdict.refusals.iter().map(ToString::to_string).collect()
    };
    let known = if before.is_null() { vec![] } else { causes(before) };
    let causes: Vec<String> = causes(after)
        .into_iter()
        .filter(|cause| !known.contains(cause))
        .collect();
    match causes.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Invalid { key, causes }),
    }
}

/// Returns what the server would make of a new object.
pub fn create(call: &Call<'_>, object: Object) -> Result<Object, Refusal> {
    let object = call.sign_new(object);
    let mut store = call.store().clone();
    Hand::with(call.now(), SEED, |hand| store.create(object, hand))
}

/// Returns what the server would make of a changed object, which is written through a subresource where one is named.
pub fn update(call: &Call<'_>, object: Object, part: Option<Subresource>) -> Result<Object, Refusal> {
    let old = call.store().find(&object.key());
    let object = match old {
        Some(old) => call.sign(old, object, part),
        None => object,
    };
    let mut store = call.store().clone();
    Hand::with(call.now(), SEED, |hand| store.update(object, hand))
}

/// The API server of a call that may be a trial: then it is a copy, which is forgotten with this.
pub struct Server<'s, 'c> {
    /// The call.
    pub call: &'s mut Call<'c>,
    copy: Option<Store>,
}

impl<'s, 'c> Server<'s, 'c> {
    /// Returns the server that a call reaches; `trial`: a copy of it.
    pub fn of(call: &'s mut Call<'c>, trial: bool) -> Self {
        let copy = trial.then(|| call.store().clone());
        Self { call, copy }
    }

    /// Returns the object at a key.
    pub fn find(&self, key: &Key) -> Option<Object> {
        let store = self.copy.as_ref().unwrap_or_else(|| self.call.store());
        store.find(key).cloned()
    }

    /// Creates an object that is signed already.
    pub fn create(&mut self, object: Object) -> Result<Object, Refusal> {
        match &mut self.copy {
            Some(store) => Hand::with(self.call.now(), SEED, |hand| store.create(object, hand)),
            None => self.call.cluster.create(object),
        }
    }

    /// Replaces an object by one that is signed already.
    pub fn update(&mut self, object: Object) -> Result<Object, Refusal> {
        match &mut self.copy {
            Some(store) => Hand::with(self.call.now(), SEED, |hand| store.update(object, hand)),
            None => self.call.cluster.update(object),
        }
    }
}
