//! Bytes as text and back, for `encode` and `decode`; and MD5.

use rusqlite::types::Value;

use super::text;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Base;

pub(super) fn encode(bytes: &[u8], format: &str) -> Result<Value, Report> {
    use base64::Engine;
    match format.to_lowercase().as_str() {
        "hex" => text(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        "base64" => {
            let plain = base64::engine::general_purpose::STANDARD.encode(bytes);
            // Lines of 76 letters, as in mails.
            let lines: Vec<&str> = plain
                .as_bytes()
                .chunks(76)
                .filter_map(|line| std::str::from_utf8(line).ok())
                .collect();
            text(lines.join("\n"))
        }
        "escape" => text(
            bytes
                .iter()
                .map(|byte| match byte {
                    b'\\' => "\\\\".to_owned(),
                    0 | 128.. => format!("\\{byte:03o}"),
                    byte => char::from(*byte).to_string(),
                })
                .collect::<String>(),
        ),
        _ => Err(unknown_encoding(format)),
    }
}

pub(super) fn decode(words: &str, format: &str) -> Result<Value, Report> {
    use base64::Engine;
    let squeezed: String = words.chars().filter(|c| !c.is_whitespace()).collect();
    match format.to_lowercase().as_str() {
        "hex" => crate::programs::sql::values::convert::input(
            &format!("\\x{squeezed}"),
            crate::programs::sql::values::Type::of(Base::Bytea),
            Default::default(),
        ),
        "base64" => base64::engine::general_purpose::STANDARD
            .decode(squeezed)
            .map(Value::Blob)
            .map_err(|_| Report::error("22023", "invalid base64 end sequence")),
        "escape" => crate::programs::sql::values::convert::input(
            words,
            crate::programs::sql::values::Type::of(Base::Bytea),
            Default::default(),
        ),
        _ => Err(unknown_encoding(format)),
    }
}

fn unknown_encoding(format: &str) -> Report {
    Report::error("22023", format!("unrecognized encoding: \"{format}\""))
}

/// MD5 (RFC 1321), which people use to fill tables with text.
pub(super) fn md5(bytes: &[u8]) -> String {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend_from_slice(&(bytes.len() as u64 * 8).to_le_bytes());
    for block in message.chunks(64) {
        let words: Vec<u32> = block
            .chunks(4)
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect();
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64_usize {
            let (mix, at) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), 7 * i % 16),
            };
            let sine = ((i as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(mix).wrapping_add(sine).wrapping_add(words[at]);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(SHIFTS[i / 16][i % 4]));
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d]) {
            *slot = slot.wrapping_add(value);
        }
    }
    state
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn md5_agrees_with_its_standard() {
        assert_eq!(md5(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        let long = "1234567890".repeat(8);
        assert_eq!(md5(long.as_bytes()), "57edf4a22be3c955ac49da2e2107b67a");
    }
}
