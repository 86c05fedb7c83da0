//! `kubectl patch`: a change of some fields.

use super::Verb;
use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Teller;
use crate::kubectl::subresource::{Subresource, scale};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{manifests, names, targets};
use crate::manifest::patch;
use crate::store::Refusal;
use serde_json::Value;

pub(super) const PATCH: Verb = Verb {
    name: "patch",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("patch", Takes::Text).short('p'),
    flag("patch-file", Takes::Text),
    flag("type", Takes::Text),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("local", Takes::Bool),
    flag("subresource", Takes::Text),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let patch = text(call)?;
    let local = call.flags.is_set("local");
    if local && !call.flags.words.is_empty() {
        return Err(Trouble::error("cannot specify --local and server resources"));
    }
    if local {
        super::refuse_local_on_server(dry)?;
    }
    let how = call.flags.text("type").unwrap_or("strategic").to_lowercase();
    if !matches!(how.as_str(), "strategic" | "merge" | "json") {
        return Err(Trouble::error(format!(
            "--type must be one of [json merge strategic], not \"{how}\""
        )));
    }
    if let Some(path) = call.flags.text("patch-file").filter(|path| !path.is_empty())
        && call.files.read(path).is_err()
    {
        return Err(Trouble::error(format!(
            "unable to read patch file: open {path}: no such file or directory"
        )));
    }
    let mut teller = Teller::unparted(call)?;
    if local {
        return run_local(call, &how, &patch, &mut teller);
    }
    let words = call.flags.words.clone();
    let (keys, mut troubles) = targets::wanted(call, &words)?;
    for key in keys {
        let patched = patch_one(call, &key, &how, &patch, dry, &mut teller);
        troubles.extend(patched.err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn text(call: &Call<'_>) -> Verdict<String> {
    let inline = call.flags.text("patch").filter(|patch| !patch.is_empty());
    let file = call.flags.text("patch-file").filter(|path| !path.is_empty());
    match (inline, file) {
        (Some(_), Some(_)) => Err(Trouble::error("cannot specify --patch and --patch-file together")),
        (Some(patch), None) => Ok(patch.to_owned()),
        (None, Some(path)) => {
            let found = call.files.read(path).unwrap_or_default();
            Ok(found.into_iter().map(|(_, text)| text).collect())
        }
        (None, None) => Err(Trouble::error(
            "must specify --patch or --patch-file containing the contents of the patch",
        )),
    }
}

/// Patches the objects of files, and asks no server.
fn run_local(call: &mut Call<'_>, how: &str, patch: &str, teller: &mut Teller) -> Verdict {
    for manifest in manifests::read(call)? {
        let key = manifest.key(call)?;
        let patch = parse(patch).map_err(|_| Trouble::error("invalid JSON document"))?;
        let before = &manifest.document.value;
        let after = lay(how, &key, &patch, before, true)?;
        let done = done(after != *before);
        teller.tell_tree(call, &names::of_key(&key), &after, done)?;
    }
    Ok(())
}

/// What is said of a patch; a dry run is not told of, as kubectl 1.32 forgets it.
fn done(changed: bool) -> &'static str {
    if changed { "patched" } else { "patched (no change)" }
}

fn patch_one(
    call: &mut Call<'_>,
    key: &Key,
    how: &str,
    patch: &str,
    dry: super::DryRun,
    teller: &mut Teller,
) -> Verdict {
    let patch = parse(patch)?;
    let old = call.find(key)?;
    let Some(word) = call.flags.text("subresource").filter(|word| !word.is_empty()) else {
        let new = lay(how, key, &patch, &old.to_value(), false)?;
        // What the server drops from a patch has still changed who manages the field, so kubectl sees a change.
        let asks = new != old.to_value();
        let (object, changed) = super::put(call, &old, new, dry)?;
        return teller.tell(call, &object, done(changed || asks));
    };
    match Subresource::of(&key.kind, word) {
        Some(Subresource::Status) => {
            let new = lay(how, key, &patch, &old.to_value(), false)?;
            let (object, changed) = put_status(call, &old, new, dry)?;
            teller.tell(call, &object, done(changed))
        }
        Some(Subresource::Scale) => {
            let before = scale(&old);
            let after = match how {
                "json" => lay(how, key, &patch, &before, false)?,
                _ => patch::merge(&before, &patch),
            };
            let mut new = old.to_value();
            new["spec"]["replicas"] = after["spec"]["replicas"].clone();
            let (object, changed) = super::put_part(call, &old, new, dry, Some(Subresource::Scale))?;
            let name = format!("scale.autoscaling/{}", key.name);
            teller.tell_tree(call, &name, &scale(&object), done(changed))
        }
        None => Err(Trouble::verbatim(
            "Error from server (NotFound): the server could not find the requested resource",
        )),
    }
}

/// Puts the status of a changed tree in the place of an object's; all else stays.
fn put_status(call: &mut Call<'_>, old: &Object, new: Value, dry: super::DryRun) -> Verdict<(Object, bool)> {
    let before = old.to_value();
    let mut merged = before.clone();
    merged["status"] = new.get("status").cloned().unwrap_or_default();
    if dry.is_dry() || merged == before {
        let changed = merged != before;
        let object = Object::from_value(&old.kind(), merged).map_err(|why| Trouble::error(why.to_string()))?;
        return Ok((object, changed));
    }
    let bad = |why: serde_json::Error| Trouble::refused(&Refusal::BadRequest(why.to_string()));
    let mut object = Object::from_value(&old.kind(), merged).map_err(bad)?;
    object.meta_mut().resource_version = old.meta().resource_version;
    let object = call.sign(old, object, Some(Subresource::Status));
    Ok((call.cluster.update_status(object)?, true))
}

/// Reads a patch: JSON, or YAML that is made JSON.
fn parse(text: &str) -> Verdict<Value> {
    let bad = |why: String| Trouble::refused(&Refusal::BadRequest(why));
    if let Ok(patch) = serde_json::from_str(text) {
        return Ok(patch);
    }
    if text.trim_start().starts_with(['{', '[']) {
        return Err(bad(go_complaint(text)));
    }
    let tree = crate::manifest::read::yaml::read(text, 1);
    match tree.ok().and_then(|yaml| yaml.tree) {
        Some(tree) => Ok(tree.to_value()),
        None => Err(Trouble::error(format!("unable to parse \"{text}\": not YAML"))),
    }
}

/// Returns what Go's `encoding/json` says of text that is no JSON, as far as its first keys go.
fn go_complaint(text: &str) -> String {
    let inner = text.trim_start().strip_prefix('{').map(str::trim_start);
    match inner.and_then(|inner| inner.chars().next()) {
        Some(c) if c != '"' && c != '}' => {
            format!("invalid character '{c}' looking for beginning of object key string")
        }
        _ => "unexpected end of JSON input".to_owned(),
    }
}

/// Returns the tree after the patch; the API server's complaint where it does not fit, or kubectl's own.
fn lay(how: &str, key: &Key, patch: &Value, tree: &Value, local: bool) -> Verdict<Value> {
    let (version, kind) = (key.kind.api_version(), key.kind.name());
    match how {
        "json" => patch::json_patch(tree, patch).map_err(|why| match local {
            true => Trouble::error(why.to_string()),
            false => Trouble::verbatim(format!(
                "The request is invalid: the server rejected our request due to an error in our request: {why}"
            )),
        }),
        "merge" => Ok(patch::merge(tree, patch)),
        _ if Kind::of(&version, kind).is_none() => Err(Trouble::verbatim(
            "Error from server (UnsupportedMediaType): the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )),
        _ => patch::strategic(&version, kind, tree, patch)
            .map_err(|why| Trouble::refused(&Refusal::BadRequest(why.to_string()))),
    }
}
