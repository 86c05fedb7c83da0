//! Plain data as bytes: the form of a saved world, of its journal and of what it has forgotten.
//!
//! Every string stands once, in a table behind the data, however many objects bear it: a cluster is made of few words.
//! What is read borrows them from there.
//!
//! This is a format of our own because the ready ones cost more than the rest of the program: a reader of MessagePack,
//! made anew for each of hundreds of types, was a quarter of all code that a build had to optimize, and a field's name
//! was written once for each object. Here a type brings only the calls that it can take; all else is shared.
//!
//! A value that many hold ([`shared`]) stands once too, in a part of its own.
//!
//! Numbers are at most 64 bits wide but for unsigned ones of 128; `Option<Option<T>>` and `Option<()>` do not keep what
//! is inside.

mod read;
pub mod shared;
mod token;
mod write;

use serde::{Deserialize, Serialize};
use std::fmt;

/// The first byte: another one is another form.
const FORM: u8 = 0xb1;

/// Returns a value as bytes; a struct is the row of its fields. Values that are alike have the same bytes.
///
/// # Errors
/// What a value's own `Serialize` refuses.
pub fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    write::Packer::pack(value, false)
}

/// Returns a value as bytes in which each field of a struct bears its name: a later version of the struct can read them.
///
/// # Errors
/// What a value's own `Serialize` refuses.
pub fn to_named_bytes(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    write::Packer::pack(value, true)
}

/// Reads a value from bytes of either form.
///
/// # Errors
/// Bytes that end too early, go on too long or are not of this form, and what a value's own `Deserialize` refuses.
pub fn from_bytes<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    read::Unpacker::unpack(bytes)
}

/// Why a value could not be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// Bytes that are not what they should be.
    #[cold]
    fn damaged(what: &str) -> Self {
        Self(format!("damaged bytes: {what}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

#[cfg(test)]
mod tests;
