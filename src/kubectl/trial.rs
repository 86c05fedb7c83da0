//! What the API server would say: a write that is tried on a copy of its state, as `--dry-run=server` asks it.
//!
//! Admission and validation run, and nothing is kept. The uid that such an object shows is drawn from the copy's own
//! numbers; it is not the one that the object gets when it is really made, as on a real server.

use super::call::Call;
use crate::api::Object;
use crate::manifest::validate;
use crate::store::{Hand, Refusal};
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
    let mut store = call.store().clone();
    Hand::with(call.now(), SEED, |hand| store.create(object, hand))
}

/// Returns what the server would make of a changed object.
pub fn update(call: &Call<'_>, object: Object) -> Result<Object, Refusal> {
    let mut store = call.store().clone();
    Hand::with(call.now(), SEED, |hand| store.update(object, hand))
}
