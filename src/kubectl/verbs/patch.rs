//! `kubectl patch`: a change of some fields.

use super::Verb;
use crate::api::{Key, Kind};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
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
    flag("local", Takes::Bool).refused(),
    flag("subresource", Takes::Text).refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text).moot(),
    flag("output", Takes::Text).short('o').refused(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let kind = call.flags.text("type").unwrap_or("strategic").to_lowercase();
    if !matches!(kind.as_str(), "strategic" | "merge" | "json") {
        return Err(Trouble::error(format!(
            "--type must be one of [json merge strategic], not \"{kind}\""
        )));
    }
    let patch = text(call)?;
    let words = call.flags.words.clone();
    let (keys, troubles) = if call.flags.texts("filename").is_empty() {
        if words.is_empty() {
            return Err(Trouble::error(
                "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            ));
        }
        targets::named(call, &words)?
    } else {
        (manifests::keys(call)?, vec![])
    };
    for key in keys {
        let patch = parse(&patch)?;
        let old = call.find(&key)?;
        let tree = lay(&kind, &key, &patch, &old.to_value())?;
        // What the server drops from a patch has still changed who manages the field, so kubectl sees a change.
        let asks = tree != old.to_value();
        let changed = dry.is_dry() || call.replace(&old, tree)? || asks;
        let unchanged = if changed { "" } else { " (no change)" };
        call.line(format!("{} patched{}{unchanged}", names::of_key(&key), dry.suffix()));
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn text(call: &Call<'_>) -> Verdict<String> {
    if let Some(path) = call.flags.text("patch-file") {
        let found = call.files.read(path).map_err(Trouble::error)?;
        return Ok(found.into_iter().map(|(_, text)| text).collect());
    }
    match call.flags.text("patch") {
        Some(patch) if !patch.is_empty() => Ok(patch.to_owned()),
        _ => Err(call.usage("must specify --patch or --patch-file containing the contents of the patch")),
    }
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

/// Returns the tree after the patch; the API server's complaint where it does not fit.
fn lay(how: &str, key: &Key, patch: &Value, tree: &Value) -> Verdict<Value> {
    let (version, kind) = (key.kind.api_version(), key.kind.name());
    match how {
        "json" => patch::json_patch(tree, patch).map_err(|why| {
            Trouble::verbatim(format!(
                "The request is invalid: the server rejected our request due to an error in our request: {why}"
            ))
        }),
        "merge" => Ok(patch::merge(tree, patch)),
        _ if Kind::of(&version, kind).is_none() => Err(Trouble::verbatim(
            "Error from server (UnsupportedMediaType): the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )),
        _ => patch::strategic(&version, kind, tree, patch)
            .map_err(|why| Trouble::refused(&Refusal::BadRequest(why.to_string()))),
    }
}
