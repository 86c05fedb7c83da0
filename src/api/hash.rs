//! The hashes that make names: of templates, revisions and attachments, and random suffixes.

use sha2::{Digest, Sha256};

/// The letters of generated names: no vowels, so that no word comes out (`k8s.io/apimachinery/pkg/util/rand`).
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Returns the 32-bit FNV-1a hash of some bytes.
pub fn fnv32a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// Returns the 32-bit FNV-1 hash of some bytes.
pub fn fnv32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte)
    })
}

/// Returns the 64-bit FNV-1a hash of some bytes.
pub fn fnv64a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Returns a number's decimal digits as letters fit for a name (`rand.SafeEncodeString`).
pub fn safe_encode(number: u32) -> String {
    number
        .to_string()
        .bytes()
        .map(|digit| LETTERS[digit as usize % LETTERS.len()] as char)
        .collect()
}

/// Returns the five letters of a generated name, made of one draw.
pub fn suffix(mut draw: u64) -> String {
    let mut letters = String::with_capacity(5);
    for _ in 0..5 {
        letters.push(LETTERS[(draw % 27) as usize] as char);
        draw /= 27;
    }
    letters
}

/// Returns the hash by which a template is told from others. Its value is pglab's own, not Kubernetes': that one is a
/// hash over Go's memory layout, which only Go can compute.
pub fn template_hash(template: &impl serde::Serialize, collisions: i64) -> String {
    let mut bytes = serde_json::to_vec(template).expect("an object of the API is always JSON");
    if collisions > 0 {
        bytes.extend(collisions.to_le_bytes());
    }
    safe_encode(fnv32a(&bytes))
}

/// Returns the hash that names a revision (pkg/controller/history/controller_history.go, `HashControllerRevision`): over
/// the patch as JSON with sorted keys, and over the count of collisions in decimal. It is the very one of Kubernetes.
pub fn revision_hash(patch: &serde_json::Value, collisions: i64) -> String {
    safe_encode(fnv32(format!("{patch}{collisions}").as_bytes()))
}

/// Returns the lower-case hexadecimal SHA-256 of some bytes.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes.as_ref())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_well_known_ones() {
        assert_eq!(fnv32a(b"a"), 0xe40c_292c);
        assert_eq!(fnv32(b"a"), 0x050c_5d7e);
        assert_eq!(fnv64a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(safe_encode(1_234_567_890), "56789bcdf4");
        assert!(sha256_hex("").starts_with("e3b0c44298fc1c14"));
    }
}
