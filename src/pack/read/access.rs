//! What serde's visitors take values from: rows, maps, shared values and variants.

use super::{Error, Unpacker};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Values that follow one another.
pub(super) struct Several<'a, 'de> {
    unpacker: &'a mut Unpacker<'de>,
    /// How many are left; `None` when that is told at their end.
    left: Option<usize>,
}

impl<'a, 'de> Several<'a, 'de> {
    pub fn new(unpacker: &'a mut Unpacker<'de>, left: Option<usize>) -> Self {
        Self { unpacker, left }
    }

    /// Says whether another one follows.
    fn another(&mut self) -> bool {
        match &mut self.left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => {
                let more = !self.unpacker.reader.took_end();
                if !more {
                    self.left = Some(0);
                }
                more
            }
        }
    }

    /// Says that all were read, or what is left over.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.another() {
            Err(Error::damaged("more values than are asked for"))
        } else {
            Ok(())
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Several<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.another() {
            seed.deserialize(&mut *self.unpacker).map(Some)
        } else {
            Ok(None)
        }
    }

    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

impl<'de> MapAccess<'de> for &mut Several<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if self.another() {
            seed.deserialize(&mut *self.unpacker).map(Some)
        } else {
            Ok(None)
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.unpacker)
    }

    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

/// A shared value: its place, then itself.
pub(super) struct Part<'a, 'de> {
    pub unpacker: &'a mut Unpacker<'de>,
    pub place: usize,
    pub told: bool,
}

impl<'de> SeqAccess<'de> for Part<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if !self.told {
            self.told = true;
            return seed.deserialize(self.place.into_deserializer()).map(Some);
        }
        let around = self.unpacker.enter(self.place)?;
        let value = seed.deserialize(&mut *self.unpacker)?;
        self.unpacker.leave(around)?;
        Ok(Some(value))
    }
}

impl<'de> EnumAccess<'de> for &mut Unpacker<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = seed.deserialize(&mut *self)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Unpacker<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Err(Error::damaged("a variant that holds something, and should not"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_struct("", fields, visitor)
    }
}
