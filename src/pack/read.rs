//! Reading: tokens become calls of serde's visitors. Each type gets only the calls that it can take, as every call that
//! could come is code in the program.

mod access;

use super::token::{Reader, Token};
use super::{Error, FORM, shared};
use access::{Part, Several};
use serde::de::{Deserialize, Deserializer, IntoDeserializer, Visitor};

/// So deep may values lie in one another: deeper than any object, shallower than the stack.
const DEPTH_MAX: usize = 128;

/// So often may shared values be copied where nobody can share them: few bytes could stand for more than all memory.
const COPIES_MAX: u32 = 100_000;

/// Bytes on their way to a value.
#[derive(Debug)]
pub(super) struct Unpacker<'de> {
    reader: Reader<'de>,
    table: Vec<&'de str>,
    /// The shared values.
    parts: Vec<Reader<'de>>,
    /// The part that is read: those in it stand before it.
    part: usize,
    /// How deep the value that is read lies.
    depth: usize,
    /// How often a shared value was copied.
    copies: u32,
}

impl<'de> Unpacker<'de> {
    /// Reads a value from bytes.
    pub fn unpack<T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
        let mut unpacker = Self::open(bytes)?;
        let _memory = shared::Memory::of(unpacker.parts.len());
        let value = T::deserialize(&mut unpacker)?;
        if unpacker.reader.is_at_end() {
            Ok(value)
        } else {
            Err(Error::damaged("they go on too long"))
        }
    }

    fn open(bytes: &'de [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        if reader.slice(1)? != [FORM] {
            return Err(Error::damaged("another form"));
        }
        let mut table = Vec::new();
        for _ in 0..reader.varint()? {
            let len = reader.len()?;
            let text = std::str::from_utf8(reader.slice(len)?);
            table.push(text.map_err(|_| Error::damaged("a string that is not UTF-8"))?);
        }
        let mut parts = Vec::new();
        for _ in 0..reader.varint()? {
            let len = reader.len()?;
            parts.push(Reader::new(reader.slice(len)?));
        }
        Ok(Self {
            reader,
            table,
            part: parts.len(),
            parts,
            depth: 0,
            copies: 0,
        })
    }

    fn token(&mut self) -> Result<Token<'de>, Error> {
        self.reader.token(&self.table)
    }

    fn deeper(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Error::damaged("they lie too deep in one another"));
        }
        Ok(())
    }

    /// Begins to read a part, and returns what [`Self::leave`] needs.
    fn enter(&mut self, place: usize) -> Result<(Reader<'de>, usize), Error> {
        self.deeper()?;
        match self.parts.get(place) {
            Some(part) if place < self.part => Ok((
                std::mem::replace(&mut self.reader, *part),
                std::mem::replace(&mut self.part, place),
            )),
            _ => Err(Error::damaged("a part that is not there")),
        }
    }

    /// Ends the reading of a part.
    fn leave(&mut self, around: (Reader<'de>, usize)) -> Result<(), Error> {
        if !self.reader.is_at_end() {
            return Err(Error::damaged("a part that goes on too long"));
        }
        (self.reader, self.part) = around;
        self.depth -= 1;
        Ok(())
    }

    fn seq<V: Visitor<'de>>(&mut self, len: Option<usize>, visitor: V) -> Result<V::Value, Error> {
        self.deeper()?;
        let mut several = Several::new(self, len);
        let value = visitor.visit_seq(&mut several)?;
        several.finish()?;
        self.depth -= 1;
        Ok(value)
    }

    fn map<V: Visitor<'de>>(&mut self, len: Option<usize>, visitor: V) -> Result<V::Value, Error> {
        self.deeper()?;
        let mut several = Several::new(self, len);
        let value = visitor.visit_map(&mut several)?;
        several.finish()?;
        self.depth -= 1;
        Ok(value)
    }
}

/// The error of a token where another was due.
#[cold]
fn unexpected(token: Token<'_>, due: &str) -> Error {
    Error::damaged(&format!("{token:?} instead of {due}"))
}

macro_rules! numbers {
    ($($method:ident),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.token()? {
                Token::U64(value) => visitor.visit_u64(value),
                Token::I64(value) => visitor.visit_i64(value),
                token => Err(unexpected(token, "a number")),
            }
        })*
    };
}

macro_rules! strings {
    ($($method:ident),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.token()? {
                Token::Str(value) => visitor.visit_borrowed_str(value),
                token => Err(unexpected(token, "a string")),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Unpacker<'de> {
    type Error = Error;

    numbers!(
        deserialize_u8,
        deserialize_u16,
        deserialize_u32,
        deserialize_u64,
        deserialize_i8,
        deserialize_i16,
        deserialize_i32,
        deserialize_i64,
    );
    strings!(deserialize_char, deserialize_str, deserialize_string);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Nil => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::U64(value) => visitor.visit_u64(value),
            Token::I64(value) => visitor.visit_i64(value),
            Token::U128(value) => visitor.visit_u128(value),
            Token::F64(value) => visitor.visit_f64(value),
            Token::Str(value) => visitor.visit_borrowed_str(value),
            Token::Bytes(value) => visitor.visit_borrowed_bytes(value),
            Token::Seq(len) => self.seq(len, visitor),
            Token::Map(len) => self.map(len, visitor),
            Token::End => Err(unexpected(Token::End, "a value")),
            // Somebody keeps a copy of what comes, whatever it is: there a shared value is like any other.
            Token::Part(place) => {
                self.copies += 1;
                if self.copies > COPIES_MAX {
                    return Err(Error::damaged("too many copies of shared values"));
                }
                let around = self.enter(place)?;
                let value = self.deserialize_any(visitor)?;
                self.leave(around)?;
                Ok(value)
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Bool(value) => visitor.visit_bool(value),
            token => Err(unexpected(token, "yes or no")),
        }
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::U128(value) => visitor.visit_u128(value),
            token => Err(unexpected(token, "a wide number")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::F64(value) => visitor.visit_f64(value),
            token => Err(unexpected(token, "a broken number")),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Bytes(value) => visitor.visit_borrowed_bytes(value),
            token => Err(unexpected(token, "bytes")),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.reader.took_nil() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Nil => visitor.visit_unit(),
            token => Err(unexpected(token, "nothing")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        if name != shared::NAME {
            return visitor.visit_newtype_struct(self);
        }
        match self.token()? {
            Token::Part(place) => visitor.visit_seq(Part {
                unpacker: self,
                place,
                told: false,
            }),
            token => Err(unexpected(token, "a shared value")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Seq(len) => self.seq(len, visitor),
            token => Err(unexpected(token, "a row")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Map(len) => self.map(len, visitor),
            token => Err(unexpected(token, "a map")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Seq(len) => self.seq(len, visitor),
            Token::Map(len) => self.map(len, visitor),
            token => Err(unexpected(token, "a struct")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Str(name) => visitor.visit_enum(name.into_deserializer()),
            Token::Map(Some(1)) => {
                self.deeper()?;
                let value = visitor.visit_enum(&mut *self)?;
                self.depth -= 1;
                Ok(value)
            }
            token => Err(unexpected(token, "a variant")),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
