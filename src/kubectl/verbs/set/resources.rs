//! `kubectl set resources`: what containers ask for, and may not exceed.

use super::super::{Verb, flags};
use super::COMMON;
use super::live::{containers, each, spec_of};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::targets;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::create::quantities;
use serde_json::Value;

pub(in crate::kubectl::verbs) const SET_RESOURCES: Verb = Verb {
    name: "set resources",
    aliases: &[],
    flags: flags![COMMON;
        flag("containers", Takes::Text).short('c'),
        flag("limits", Takes::Text),
        flag("requests", Takes::Text),
        flag("selector", Takes::Text).short('l'),
    ],
    run,
};

fn run(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    if words.is_empty() && call.flags.texts("filename").is_empty() {
        return Err(targets::nothing_named());
    }
    let given = |flag: &str| call.flags.text(flag).filter(|text| !text.is_empty());
    if given("limits").is_none() && given("requests").is_none() {
        return Err(Trouble::error(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let mut wanted: Vec<(&str, Value)> = Vec::new();
    for flag in ["limits", "requests"] {
        if let Some(text) = given(flag) {
            wanted.push((flag, quantities(text)?));
        }
    }
    let pattern = call.flags.text("containers").unwrap_or("*").to_owned();
    each(call, &words, "resource requirements updated", false, |_, key, tree| {
        let found = containers(spec_of(key, tree)?, &pattern);
        if found.is_empty() {
            return Err(Trouble::error(format!("unable to find container named {pattern}")));
        }
        for container in found {
            for (field, map) in &wanted {
                for (name, quantity) in map.as_object().into_iter().flatten() {
                    container["resources"][*field][name] = quantity.clone();
                }
            }
        }
        Ok(())
    })
}
