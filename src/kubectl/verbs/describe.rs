//! `kubectl describe`: all that is worth knowing of some objects.

use super::Verb;
use crate::api::Object;
use crate::kubectl::call::Call;
use crate::kubectl::describe;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::manifests;
use crate::kubectl::targets::{self, Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};

pub(super) const DESCRIBE: Verb = Verb {
    name: "describe",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("all-namespaces", Takes::Bool).short('A'),
    flag("selector", Takes::Text).short('l'),
    flag("show-events", Takes::Bool),
    flag("filename", Takes::Text).short('f'),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("chunk-size", Takes::Int).moot(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let targets = read_targets(call, &words)?;
    let selection = Selection::of(call, targets.first().map(Target::kind))?;
    let (mut found, mut troubles) = (Vec::new(), Vec::new());
    for target in &targets {
        match selection.shown(call, target) {
            Ok(objects) => found.extend(objects),
            Err(trouble) => match beginning_with(call, target) {
                objects if objects.is_empty() => troubles.push(trouble),
                objects => found.extend(objects),
            },
        }
    }
    let with_events = call.flags.bool("show-events").unwrap_or(true);
    let pages: Vec<String> = found
        .iter()
        .map(|object| describe::describe(object, &call.look(), with_events))
        .collect();
    // Two empty lines part one from the next.
    call.say(pages.join("\n\n"));
    if pages.is_empty() && troubles.is_empty() {
        let everywhere = selection.everywhere || targets.iter().any(|target| !target.kind().is_namespaced());
        let text = if everywhere {
            "No resources found".to_owned()
        } else {
            format!("No resources found in {} namespace.", call.namespace)
        };
        call.warn(text);
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Reads what the words or the files name; names go with one kind only.
fn read_targets(call: &Call<'_>, words: &[String]) -> Verdict<Vec<Target>> {
    if !call.flags.texts("filename").is_empty() {
        let manifests = manifests::read(call)?;
        targets::refuse_words_with_files(words)?;
        return manifests
            .iter()
            .map(|manifest| Ok(Target::One(manifest.kind.clone(), manifest.key(call)?.name.to_string())))
            .collect();
    }
    if words.is_empty() {
        return Err(Trouble::error(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    }
    if words.len() > 1 && words[0].contains(',') {
        return Err(Trouble::error("you may only specify a single resource type"));
    }
    targets::read(call, words)
}

/// A name that nothing has is taken as the beginning of names (kubectl's `DescribeMatchingResources`).
fn beginning_with(call: &Call<'_>, target: &Target) -> Vec<Object> {
    let Target::One(kind, prefix) = target else {
        return vec![];
    };
    let namespace = if kind.is_namespaced() {
        call.namespace.as_str()
    } else {
        ""
    };
    let all = call.store().objects(kind, namespace);
    all.filter(|object| object.meta().name.starts_with(prefix.as_str()))
        .cloned()
        .collect()
}
