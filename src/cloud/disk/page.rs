//! A page: 4 KiB that many worlds share until one of them changes it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The size of a page in bytes: ext4's block, and the page of the databases on it.
pub const PAGE_BYTES: usize = 4096;

/// One page, shared.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Page(#[serde(with = "crate::pack::shared")] Arc<Block>);

/// The bytes of a page.
#[derive(PartialEq)]
struct Block([u8; PAGE_BYTES]);

impl Page {
    /// Returns the page of zeros, always the same one.
    pub fn zero() -> Self {
        // A shared constant, not state: nobody can tell one page of zeros from another.
        static ZERO: OnceLock<Page> = OnceLock::new();
        ZERO.get_or_init(|| Self(Arc::new(Block([0; PAGE_BYTES])))).clone()
    }

    /// Returns a page that begins with `bytes` and ends in zeros; what is over a page's size is cut.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let used = bytes.len().min(PAGE_BYTES);
        if bytes[..used].iter().all(|byte| *byte == 0) {
            return Self::zero();
        }
        let mut page = [0; PAGE_BYTES];
        page[..used].copy_from_slice(&bytes[..used]);
        Self(Arc::new(Block(page)))
    }

    /// Returns the bytes of the page.
    pub fn bytes(&self) -> &[u8; PAGE_BYTES] {
        &self.0.0
    }

    /// Tells whether both are one page in memory, without looking at the bytes.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        self.is_shared_with(other) || self.0 == other.0
    }
}

impl Eq for Page {}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({} bytes)", self.0.used().len())
    }
}

impl Block {
    /// Returns the bytes without the zeros at the end, so that an empty page is empty.
    fn used(&self) -> &[u8] {
        let zeros = self.0.iter().rev().take_while(|byte| **byte == 0).count();
        &self.0[..PAGE_BYTES - zeros]
    }

    fn of<E: Error>(used: &[u8]) -> Result<Self, E> {
        let mut block = [0; PAGE_BYTES];
        let place = block.get_mut(..used.len());
        place
            .ok_or_else(|| E::custom(format!("a page of {} bytes", used.len())))?
            .copy_from_slice(used);
        Ok(Self(block))
    }
}

// As base64 in text, as bytes elsewhere.
impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&STANDARD_NO_PAD.encode(self.used()))
        } else {
            serializer.serialize_bytes(self.used())
        }
    }
}

/// Takes bytes as they come.
struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Block;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of a page")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Block, E> {
        Block::of(bytes)
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            Self::of(&STANDARD_NO_PAD.decode(text).map_err(D::Error::custom)?)
        } else {
            deserializer.deserialize_byte_buf(Bytes)
        }
    }
}
