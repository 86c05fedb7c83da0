//! A file: a length and the pages that hold its bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::page::{PAGE_BYTES, Page};

/// A file on a disk. Bytes past the last page, up to the length, are zeros that cost no memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    len: u64,
    pages: Arc<Vec<Page>>,
}

impl File {
    /// Returns a file with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            len: bytes.len() as u64,
            pages: Arc::new(bytes.chunks(PAGE_BYTES).map(Page::from_bytes).collect()),
        }
    }

    /// Returns a file of whole pages.
    pub fn from_pages(pages: &[Page]) -> Self {
        Self {
            len: (pages.len() * PAGE_BYTES) as u64,
            pages: Arc::new(pages.to_vec()),
        }
    }

    /// Returns a file of `len` zeros.
    pub fn zeros(len: u64) -> Self {
        Self {
            len,
            pages: Arc::default(),
        }
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Tells whether the file has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the bytes that the file takes on its disk: whole pages.
    pub fn blocks(&self) -> u64 {
        self.len.div_ceil(PAGE_BYTES as u64) * PAGE_BYTES as u64
    }

    /// Returns all bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let len = usize::try_from(self.len).expect("a simulated file fits into memory");
        let mut bytes: Vec<u8> = self
            .pages
            .iter()
            .flat_map(|page| page.bytes())
            .copied()
            .take(len)
            .collect();
        bytes.resize(len, 0);
        bytes
    }

    /// Returns the file's pages, shared with it.
    pub fn pages(&self) -> Vec<Page> {
        let mut pages = self.pages.as_ref().clone();
        let whole = usize::try_from(self.len.div_ceil(PAGE_BYTES as u64)).expect("a simulated file fits into memory");
        pages.resize(whole, Page::zero());
        pages
    }

    /// Keeps the pages of `old` where they are equal, and returns how many pages are new.
    pub(super) fn share_with(&mut self, old: Option<&Self>) -> u64 {
        let mut new = 0;
        for (number, page) in Arc::make_mut(&mut self.pages).iter_mut().enumerate() {
            match old.and_then(|old| old.pages.get(number)) {
                Some(same) if same == page => *page = same.clone(),
                _ => new += 1,
            }
        }
        new
    }
}
