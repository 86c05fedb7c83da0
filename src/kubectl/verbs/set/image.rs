//! `kubectl set image`: other images for the containers of a template.

use super::live::spec_of;
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::{DryRun, Verb, dry_run, put, refuse_local_on_server};
use crate::kubectl::{manifests, names, targets};
use serde_json::Value;

pub(in crate::kubectl::verbs) const SET_IMAGE: Verb = Verb {
    name: "set image",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("all", Takes::Bool),
    flag("selector", Takes::Text).short('l'),
    flag("local", Takes::Bool),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = dry_run(&call.flags)?;
    let mut teller = Teller::of(call)?;
    let (words, images) = split(&call.flags.words);
    let local = call.flags.is_set("local");
    if local && call.flags.texts("filename").is_empty() && !words.is_empty() {
        return Err(Trouble::error(
            "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'",
        ));
    }
    if words.is_empty() && call.flags.texts("filename").is_empty() {
        return Err(targets::nothing_named());
    }
    let found: Vec<(Key, Value, Option<Object>)> = if local {
        let manifests = manifests::read(call)?;
        let each = manifests.into_iter().map(|manifest| {
            let key = manifest.key(call)?;
            Ok((key, manifest.document.value, None))
        });
        each.collect::<Verdict<_>>()?
    } else {
        let (keys, troubles) = targets::wanted(call, &words)?;
        if let Some(trouble) = Trouble::many(troubles) {
            return Err(trouble);
        }
        let each = keys.into_iter().map(|key| {
            let object = call.find(&key)?;
            Ok((key, object.to_value(), Some(object)))
        });
        each.collect::<Verdict<_>>()?
    };
    refuse_nonsense(call, &images, dry)?;
    let mut troubles = Vec::new();
    for (key, mut tree, old) in found {
        let before = tree.clone();
        if let Err(trouble) = set(&mut tree, &key, &images) {
            troubles.push(trouble);
            continue;
        }
        if tree == before {
            continue;
        }
        let done = format!("image updated{}", dry.suffix());
        let told = match old {
            Some(old) => {
                let (object, _) = put(call, &old, tree, dry)?;
                teller.tell(call, &object, &done)
            }
            None => teller.tell_tree(call, &names::of_key(&key), &tree, &done),
        };
        troubles.extend(told.err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Parts the resources from `container=image`.
fn split(words: &[String]) -> (Vec<String>, Vec<(String, String)>) {
    let is_image = |word: &&String| word.contains('=') && !word.starts_with('=');
    let (images, words): (Vec<&String>, Vec<&String>) = words.iter().partition(is_image);
    let images = images.iter().filter_map(|image| image.split_once('='));
    let images = images
        .map(|(name, image)| (name.to_owned(), image.to_owned()))
        .collect();
    (words.into_iter().cloned().collect(), images)
}

fn refuse_nonsense(call: &Call<'_>, images: &[(String, String)], dry: DryRun) -> Verdict {
    if images.is_empty() {
        return Err(Trouble::error("at least one image update is required"));
    }
    if images.len() > 1 && images.iter().any(|(name, _)| name == "*") {
        return Err(Trouble::error(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs",
        ));
    }
    match call.flags.is_set("local") {
        true => refuse_local_on_server(dry),
        false => Ok(()),
    }
}

fn set(tree: &mut Value, key: &Key, images: &[(String, String)]) -> Verdict {
    let spec = spec_of(key, tree)?;
    let mut missing = Vec::new();
    for (name, image) in images {
        let mut found = false;
        for list in ["initContainers", "containers"] {
            let containers = spec.get_mut(list).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                if name == "*" || container["name"] == name.as_str() {
                    container["image"] = image.as_str().into();
                    found = true;
                }
            }
        }
        if !found {
            missing.push(format!("error: unable to find container named \"{name}\""));
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Trouble::verbatim(missing.join("\n"))),
    }
}
