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
#[derive(Clone)]
pub struct Page(Arc<[u8; PAGE_BYTES]>);

impl Page {
    /// Returns the page of zeros, always the same one.
    pub fn zero() -> Self {
        // A shared constant, not state: nobody can tell one page of zeros from another.
        static ZERO: OnceLock<Page> = OnceLock::new();
        ZERO.get_or_init(|| Self(Arc::new([0; PAGE_BYTES]))).clone()
    }

    /// Returns a page that begins with `bytes` and ends in zeros; what is over a page's size is cut.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let used = bytes.len().min(PAGE_BYTES);
        if bytes[..used].iter().all(|byte| *byte == 0) {
            return Self::zero();
        }
        let mut page = [0; PAGE_BYTES];
        page[..used].copy_from_slice(&bytes[..used]);
        Self(Arc::new(page))
    }

    /// Returns the bytes of the page.
    pub fn bytes(&self) -> &[u8; PAGE_BYTES] {
        &self.0
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
        let used = PAGE_BYTES - self.0.iter().rev().take_while(|byte| **byte == 0).count();
        write!(f, "Page({used} bytes)")
    }
}

// Without the zeros at the end, so that an empty page is empty: as base64 in text, as bytes elsewhere.
impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let used = PAGE_BYTES - self.0.iter().rev().take_while(|byte| **byte == 0).count();
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.0[..used]);
        }
        serializer.serialize_str(&STANDARD_NO_PAD.encode(&self.0[..used]))
    }
}

/// Takes bytes as they come.
struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of a page")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            STANDARD_NO_PAD.decode(text).map_err(D::Error::custom)?
        } else {
            deserializer.deserialize_byte_buf(Bytes)?
        };
        if bytes.len() > PAGE_BYTES {
            return Err(D::Error::custom(format!("a page of {} bytes", bytes.len())));
        }
        Ok(Self::from_bytes(&bytes))
    }
}
