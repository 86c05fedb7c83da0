//! Bytes that are no text, carried through programs that pass on text: a packed file through a pipe.
//!
//! A byte that is no part of UTF-8 stands as a character of its own, U+F780 to U+F7FF for 0x80 to 0xFF, as Python's
//! `surrogateescape` does it with characters that Rust's texts cannot hold. These characters mean nothing to anybody
//! (private use); where a file has one, its bytes are carried one by one too, so that nothing is ever lost.

use std::borrow::Cow;

/// The character of byte 0x80.
const FIRST: u32 = 0xF780;

/// Returns bytes as a text that [`bytes_of`] makes the same bytes of again.
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(is_byte) => return Cow::Borrowed(text),
        _ => (),
    }
    let mut text = String::with_capacity(bytes.len() * 2);
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if is_byte(letter) {
                let mut buffer = [0; 4];
                text.extend(letter.encode_utf8(&mut buffer).bytes().map(letter_of));
            } else {
                text.push(letter);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(letter_of));
    }
    Cow::Owned(text)
}

/// Returns the bytes of a text, with those that were carried.
pub fn bytes_of(text: &str) -> Cow<'_, [u8]> {
    if !text.chars().any(is_byte) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        if is_byte(letter) {
            bytes.push((u32::from(letter) - FIRST) as u8 + 0x80);
        } else {
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Cow::Owned(bytes)
}

fn is_byte(letter: char) -> bool {
    (FIRST..FIRST + 0x80).contains(&u32::from(letter))
}

/// Only bytes from 0x80 on are ever carried: the others are letters of their own.
fn letter_of(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte.wrapping_sub(0x80) & 0x7F)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_lost_on_the_way(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = text_of(&bytes);
            prop_assert_eq!(&*bytes_of(&text), &*bytes);
        }
    }

    #[test]
    fn text_is_itself_and_private_letters_are_carried_too() {
        assert_eq!(text_of("주문 ok".as_bytes()), "주문 ok");
        let private = "a\u{f780}b".as_bytes();
        assert_ne!(text_of(private), "a\u{f780}b");
        assert_eq!(*bytes_of(&text_of(private)), *private);
    }
}
