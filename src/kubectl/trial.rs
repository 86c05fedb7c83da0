//! What the API server would say: a write that is tried on a copy of its state, as `--dry-run=server` asks it.
//!
//! Admission and validation run, and nothing is kept. The uid that such an object shows is drawn from the copy's own
//! numbers; it is not the one that the object gets when it is really made, as on a real server.

use super::call::Call;
use crate::api::Object;
use crate::store::{Hand, Refusal};

/// The seed of what a trial draws: uids that nobody keeps.
const SEED: u64 = 0x7ea1;

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
