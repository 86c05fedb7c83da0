//! `kubectl set image`: other images for the containers of a template.

use super::super::Verb;
use super::live::pod_spec;
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
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
    flag("local", Takes::Bool).refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text).moot(),
    flag("output", Takes::Text).short('o').refused(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::super::dry_run(&call.flags)?;
    let (images, words): (Vec<String>, Vec<String>) = call.flags.words.iter().cloned().partition(|w| w.contains('='));
    if words.is_empty() && call.flags.texts("filename").is_empty() {
        return Err(Trouble::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if images.is_empty() {
        return Err(Trouble::error("at least one image update is required"));
    }
    let images: Vec<(&str, &str)> = images.iter().filter_map(|image| image.split_once('=')).collect();
    let (keys, troubles) = if call.flags.texts("filename").is_empty() {
        targets::named(call, &words)?
    } else {
        (manifests::keys(call)?, vec![])
    };
    for key in keys {
        let old = call.find(&key)?;
        let mut tree = old.to_value();
        set(&mut tree, &key.kind, &images)?;
        let changed = if dry.is_dry() {
            tree != old.to_value()
        } else {
            call.replace(&old, tree)?
        };
        if changed {
            call.line(format!("{} image updated{}", names::of_key(&key), dry.suffix()));
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn set(tree: &mut Value, kind: &Kind, images: &[(&str, &str)]) -> Verdict {
    let spec = pod_spec(kind).and_then(|path| tree.pointer_mut(path));
    let Some(spec) = spec else {
        return Err(Trouble::error(format!(
            "the object is not a pod or does not have a pod template: {}",
            kind.name()
        )));
    };
    for (name, image) in images {
        let mut found = false;
        for list in ["initContainers", "containers"] {
            let containers = spec.get_mut(list).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                if *name == "*" || container["name"] == *name {
                    container["image"] = (*image).into();
                    found = true;
                }
            }
        }
        if !found {
            return Err(Trouble::error(format!("unable to find container named \"{name}\"")));
        }
    }
    Ok(())
}
