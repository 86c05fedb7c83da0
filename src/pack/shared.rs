//! Values that many hold: written once, and held by many again when they are read.
//!
//! For fields: `#[serde(with = "crate::pack::shared")]`. In other formats such a field is like any other.

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The name by which the writer and the reader know a shared value.
pub(super) const NAME: &str = "pglab::pack::shared";

thread_local! {
    /// The shared values that were read so far, by their places. Serde's calls have no room to pass them on; they live
    /// while one value is read, and change nothing but how often it is read.
    static READ: RefCell<Vec<Option<Arc<dyn Any + Send + Sync>>>> = const { RefCell::new(Vec::new()) };
}

/// The memory of what was read, for the reading of one value.
#[derive(Debug)]
pub(super) struct Memory(Vec<Option<Arc<dyn Any + Send + Sync>>>);

impl Memory {
    /// Begins with so many places, all empty.
    pub fn of(places: usize) -> Self {
        Self(READ.replace(vec![None; places]))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        READ.set(std::mem::take(&mut self.0));
    }
}

/// Writes a shared value.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer, T: Serialize>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        value.serialize(serializer)
    } else {
        serializer.serialize_newtype_struct(NAME, &**value)
    }
}

/// Reads a shared value; those that were one in memory are one again.
///
/// # Errors
/// The deserializer's.
pub fn deserialize<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Arc<T>, D::Error>
where
    T: Deserialize<'de> + Send + Sync + 'static,
{
    if deserializer.is_human_readable() {
        T::deserialize(deserializer).map(Arc::new)
    } else {
        deserializer.deserialize_newtype_struct(NAME, Shared(PhantomData))
    }
}

/// Reads a place, and the value in it when it was not read yet.
struct Shared<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Send + Sync + 'static> Visitor<'de> for Shared<T> {
    type Value = Arc<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a shared value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut part: A) -> Result<Arc<T>, A::Error> {
        let missing = || A::Error::custom("a shared value is not there");
        let place: usize = part.next_element()?.ok_or_else(missing)?;
        let known = READ.with_borrow(|read| read.get(place).cloned().flatten());
        if let Some(known) = known.and_then(|known| known.downcast().ok()) {
            return Ok(known);
        }
        let value = Arc::new(part.next_element::<T>()?.ok_or_else(missing)?);
        READ.with_borrow_mut(|read| {
            if let Some(slot) = read.get_mut(place) {
                *slot = Some(value.clone());
            }
        });
        Ok(value)
    }

    // A format in which a shared value is like any other.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

/// The same for a value that may be missing.
pub mod option {
    use super::{Arc, Deserialize, Deserializer, Serialize, Serializer};

    struct Held<'a, T>(&'a Arc<T>);

    impl<T: Serialize> Serialize for Held<'_, T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            super::serialize(self.0, serializer)
        }
    }

    struct Read<T>(Arc<T>);

    impl<'de, T: Deserialize<'de> + Send + Sync + 'static> Deserialize<'de> for Read<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            super::deserialize(deserializer).map(Read)
        }
    }

    /// Writes a shared value or nothing.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer, T: Serialize>(value: &Option<Arc<T>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Held).serialize(serializer)
    }

    /// Reads a shared value or nothing.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<Arc<T>>, D::Error>
    where
        T: Deserialize<'de> + Send + Sync + 'static,
    {
        Ok(Option::<Read<T>>::deserialize(deserializer)?.map(|read| read.0))
    }
}
