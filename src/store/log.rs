//! One entry of the log: what stood there before, what stands there now, and which step wrote it.

use crate::api::{Key, Object, Time};

/// A change of one object; its number is its place in the log, from 1.
#[derive(Clone, Debug)]
pub struct Revision {
    /// When it was written.
    pub at: Time,
    /// The step that wrote it.
    pub step: u32,
    /// The object before; None when it was created.
    pub before: Option<Object>,
    /// The object after; None when it was deleted.
    pub after: Option<Object>,
}

impl Revision {
    /// Returns the object after the change, or the last of it when it is gone.
    pub fn object(&self) -> &Object {
        self.after
            .as_ref()
            .or(self.before.as_ref())
            .expect("a revision changes something")
    }

    /// Returns the key of the object.
    pub fn key(&self) -> Key {
        self.object().key()
    }
}
