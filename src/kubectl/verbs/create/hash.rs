//! `--append-hash`: the name of a ConfigMap or Secret tells what is in it (kubectl's `pkg/util/hash`).

use super::finish::Made;
use crate::kubectl::output::compact_json;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Returns the ten letters that stand for what a ConfigMap or Secret holds.
pub fn of(made: &Made) -> String {
    let tree = &made.tree;
    let data = tree.get("data").cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let mut held = json!({"kind": tree["kind"], "name": tree["metadata"]["name"], "data": data});
    if tree["kind"] == "Secret" {
        held["type"] = tree.get("type").cloned().unwrap_or_else(|| "".into());
    }
    if let Some(binary) = tree.get("binaryData") {
        held["binaryData"] = binary.clone();
    }
    let sum = Sha256::digest(compact_json(&held).as_bytes());
    let hex: String = sum.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    // Letters that form no words by chance.
    let letter = |letter: char| match letter {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().map(letter).collect()
}
