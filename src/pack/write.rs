//! Writing: serde's calls become tokens.

use super::token::Writer;
use super::{Error, FORM, shared};
use foldhash::fast::FixedState;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// The places of the strings in the table.
#[expect(
    clippy::disallowed_types,
    reason = "nobody asks for its order: a string's place is told by when it came"
)]
type Places = std::collections::HashMap<Box<str>, usize, FixedState>;

/// The places of the shared values.
#[expect(clippy::disallowed_types, reason = "as above")]
type PartPlaces = std::collections::HashMap<Box<[u8]>, usize, FixedState>;

/// A value on its way to bytes.
#[derive(Debug)]
pub(super) struct Packer {
    body: Writer,
    table: Writer,
    places: Places,
    /// The shared values, one after another, and which of them each is.
    parts: Writer,
    part_places: PartPlaces,
    /// Whether the fields of structs bear their names.
    named: bool,
}

impl Packer {
    /// Returns a value as bytes.
    pub fn pack(value: &impl Serialize, named: bool) -> Result<Vec<u8>, Error> {
        let mut packer = Self {
            body: Writer::default(),
            table: Writer::default(),
            places: Places::default(),
            parts: Writer::default(),
            part_places: PartPlaces::default(),
            named,
        };
        value.serialize(&mut packer)?;
        let len = packer.body.0.len() + packer.table.0.len() + packer.parts.0.len();
        let mut whole = Writer(Vec::with_capacity(len + 32));
        whole.0.push(FORM);
        whole.varint(packer.places.len() as u64);
        whole.0.append(&mut packer.table.0);
        whole.varint(packer.part_places.len() as u64);
        whole.0.append(&mut packer.parts.0);
        whole.0.append(&mut packer.body.0);
        Ok(whole.0)
    }

    fn str(&mut self, text: &str) {
        let place = match self.places.get(text) {
            Some(place) => *place,
            None => {
                let place = self.places.len();
                self.places.insert(text.into(), place);
                self.table.varint(text.len() as u64);
                self.table.0.extend(text.as_bytes());
                place
            }
        };
        self.body.str(place);
    }

    /// Writes a shared value. Those inside it are parts of their own, so that what is alike looks alike.
    fn shared(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        let around = std::mem::take(&mut self.body);
        value.serialize(&mut *self)?;
        let part = std::mem::replace(&mut self.body, around).0;
        let place = match self.part_places.get(part.as_slice()) {
            Some(place) => *place,
            None => {
                self.parts.varint(part.len() as u64);
                self.parts.0.extend(&part);
                let place = self.part_places.len();
                self.part_places.insert(part.into_boxed_slice(), place);
                place
            }
        };
        self.body.part(place);
        Ok(())
    }

    /// Begins a variant that holds something.
    fn variant(&mut self, name: &str) {
        self.body.map(Some(1));
        self.str(name);
    }

    /// Begins a struct.
    fn fields(&mut self, len: usize) {
        if self.named {
            self.body.map(Some(len));
        } else {
            self.body.seq(Some(len));
        }
    }

    fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        if self.named {
            self.str(name);
        }
        value.serialize(self)
    }
}

/// What is written one after another: its end is told if its length was not.
#[derive(Debug)]
pub(super) struct Several<'a> {
    packer: &'a mut Packer,
    open: bool,
}

impl Several<'_> {
    fn finish(self) -> Result<(), Error> {
        if self.open {
            self.packer.body.end();
        }
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident: $from:ty => $to:ident),* $(,)?) => {
        $(fn $method(self, value: $from) -> Result<(), Error> {
            self.body.$to(value.into());
            Ok(())
        })*
    };
}

impl<'a> Serializer for &'a mut Packer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Several<'a>;
    type SerializeTuple = Several<'a>;
    type SerializeTupleStruct = Several<'a>;
    type SerializeTupleVariant = Several<'a>;
    type SerializeMap = Several<'a>;
    type SerializeStruct = Several<'a>;
    type SerializeStructVariant = Several<'a>;

    numbers!(
        serialize_bool: bool => bool,
        serialize_u8: u8 => u64,
        serialize_u16: u16 => u64,
        serialize_u32: u32 => u64,
        serialize_u64: u64 => u64,
        serialize_i8: i8 => i64,
        serialize_i16: i16 => i64,
        serialize_i32: i32 => i64,
        serialize_i64: i64 => i64,
        serialize_u128: u128 => u128,
        serialize_f32: f32 => f64,
        serialize_f64: f64 => f64,
    );

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.str(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.str(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.body.bytes(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.body.nil();
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.body.nil();
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Error> {
        if name == shared::NAME {
            self.shared(value)
        } else {
            value.serialize(self)
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant);
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Several<'a>, Error> {
        self.body.seq(len);
        Ok(Several {
            packer: self,
            open: len.is_none(),
        })
    }

    fn serialize_tuple(self, len: usize) -> Result<Several<'a>, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Several<'a>, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Several<'a>, Error> {
        self.variant(variant);
        self.serialize_seq(Some(len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Several<'a>, Error> {
        self.body.map(len);
        Ok(Several {
            packer: self,
            open: len.is_none(),
        })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Several<'a>, Error> {
        self.fields(len);
        Ok(Several {
            packer: self,
            open: false,
        })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Several<'a>, Error> {
        self.variant(variant);
        self.serialize_struct(variant, len)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! several {
    ($($part:ident: $method:ident),* $(,)?) => {
        $(impl $part for Several<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                value.serialize(&mut *self.packer)
            }

            fn end(self) -> Result<(), Error> {
                self.finish()
            }
        })*
    };
}

several!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
);

impl SerializeMap for Several<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        key.serialize(&mut *self.packer)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.packer)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

macro_rules! structs {
    ($($part:ident),* $(,)?) => {
        $(impl $part for Several<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.packer.field(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.finish()
            }
        })*
    };
}

structs!(SerializeStruct, SerializeStructVariant);
