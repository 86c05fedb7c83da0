//! `kubectl create configmap`.

use super::super::{Verb, flags};
use super::COMMON;
use super::finish::{Made, made, name};
use super::hash;
use super::sources::{Vessel, pairs};
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::trouble::Verdict;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

pub(in crate::kubectl::verbs) const CONFIG_MAP: Verb = Verb {
    name: "create configmap",
    aliases: &["create cm"],
    flags: flags![COMMON;
        flag("from-literal", Takes::Text),
        flag("from-file", Takes::Text),
        flag("from-env-file", Takes::Text),
        flag("append-hash", Takes::Bool),
    ],
    run,
};

fn run(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let mut map = Made::new(Kind::ConfigMap, &name, json!({}));
    for (key, bytes) in pairs(call, Vessel::ConfigMap, &name)? {
        // What is no text goes among the binary data.
        match String::from_utf8(bytes) {
            Ok(text) => map.tree["data"][key] = text.into(),
            Err(bytes) => map.tree["binaryData"][key] = STANDARD.encode(bytes.as_bytes()).into(),
        }
    }
    if call.flags.is_set("append-hash") {
        map.tree["metadata"]["name"] = format!("{name}-{}", hash::of(&map)).into();
    }
    made(call, map, "failed to create configmap: ")
}
