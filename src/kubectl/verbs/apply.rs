//! `kubectl apply`: what is written shall be so; what was written before and is no more shall go.

use super::{DryRun, Verb};
use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::manifests::{self, Manifest};
use crate::kubectl::output::{self, Form};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{names, output::compact_json, trial};
use crate::manifest::Policy;
use crate::manifest::patch;
use crate::store::Refusal;
use serde_json::{Map, Value};

pub(super) const APPLY: Verb = Verb {
    name: "apply",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("selector", Takes::Text).short('l').refused(),
    flag("server-side", Takes::Bool).refused(),
    flag("force-conflicts", Takes::Bool).refused(),
    flag("prune", Takes::Bool).refused(),
    flag("prune-allowlist", Takes::Text).refused(),
    flag("all", Takes::Bool).refused(),
    flag("cascade", Takes::Optional("background")).moot(),
    flag("force", Takes::Bool).refused(),
    flag("grace-period", Takes::Int).moot(),
    flag("timeout", Takes::Duration).moot(),
    flag("wait", Takes::Bool).moot(),
    flag("overwrite", Takes::Bool).moot(),
    flag("openapi-patch", Takes::Bool).moot(),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text).moot(),
    flag("subresource", Takes::Text).refused(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

/// The annotation that remembers what was written the last time.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let form = Form::parse(call.flags.text("output").unwrap_or(""))?;
    if call.flags.texts("filename").is_empty() {
        return Err(Trouble::error("must specify one of -f and -k"));
    }
    if let Some(word) = call.flags.words.first() {
        return Err(call.usage(format!("Unexpected args: [{word}]")));
    }
    let files = manifests::read_all(call)?;
    let mut troubles = files.troubles;
    if files.manifests.is_empty() && troubles.is_empty() {
        return Err(Trouble::error("no objects passed to apply"));
    }
    let policy = manifests::policy(call);
    let mut done = Vec::new();
    for manifest in &files.manifests {
        match apply(call, manifest, &policy, dry) {
            Ok((object, word)) => {
                if matches!(form, Form::Table { .. }) {
                    call.line(format!("{} {word}{}", names::of_key(&object.key()), dry.suffix()));
                } else {
                    done.push(object);
                }
            }
            Err(trouble) => troubles.push(trouble),
        }
    }
    if !done.is_empty() {
        call.say(output::print(&form, &done, done.len() == 1, true));
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn apply(call: &mut Call<'_>, manifest: &Manifest, policy: &Policy, dry: DryRun) -> Verdict<(Object, &'static str)> {
    manifest.check(call, policy)?;
    let key = manifest.key(call)?;
    let written = manifest.tree(&key);
    let Some(old) = call.store().find(&key).cloned() else {
        let object = manifest.object(remembering(written))?;
        let doing = format!("error when creating \"{}\": ", manifest.file());
        let created = match dry {
            DryRun::Client => Ok(object),
            DryRun::Server => trial::create(call, object),
            DryRun::No => call.cluster.create(object),
        };
        return created
            .map(|object| (object, "created"))
            .map_err(|refusal| Trouble::refused_while(&doing, &refusal));
    };
    let current = old.to_value();
    let before = remembered(&current);
    if before.is_none() {
        call.warn(format!(
            "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            key.kind.info().plural, key.name
        ));
    }
    let wanted = remembering(written);
    let Some((patch, merged)) = merged(&old, &before.unwrap_or_default(), &wanted, &current)? else {
        return Ok((old, "unchanged"));
    };
    if dry.is_dry() {
        let changed = manifest.object(merged)?;
        let judged = match dry {
            DryRun::Server => trial::update(call, changed),
            _ => Ok(changed),
        };
        return judged
            .map(|object| (object, "configured"))
            .map_err(|refusal| while_patching(manifest, &key, &patch, &refusal));
    }
    let replaced = call.try_replace(&old, merged);
    replaced.map_err(|refusal| while_patching(manifest, &key, &patch, &refusal))?;
    Ok((call.find(&key)?, "configured"))
}

/// Returns what was written the last time, as the annotation of a tree remembers it.
pub(super) fn remembered(tree: &Value) -> Option<Value> {
    let text = tree.pointer(&format!("/metadata/annotations/{}", LAST_APPLIED.replace('/', "~1")));
    serde_json::from_str(text?.as_str()?).ok()
}

/// Returns the patch and what the object becomes by it; None when kubectl would send an empty one.
///
/// Kinds of Kubernetes' own are patched strategically, others as plain JSON.
pub(super) fn merged(old: &Object, before: &Value, wanted: &Value, current: &Value) -> Verdict<Option<(Value, Value)>> {
    let (version, kind) = (old.kind().api_version(), old.kind().name().to_owned());
    let bad = |why: patch::PatchError| Trouble::error(format!("creating patch: {why}"));
    let is_empty = |patch: &Value| patch.as_object().is_some_and(Map::is_empty);
    if Kind::of(&version, &kind).is_none() {
        let patch = patch::three_way_merge(before, wanted, current);
        let merged = patch::merge(current, &patch);
        return Ok((!is_empty(&patch)).then_some((patch, merged)));
    }
    let patch = patch::three_way(&version, &kind, before, wanted, current).map_err(bad)?;
    if is_empty(&patch) {
        return Ok(None);
    }
    let merged = patch::strategic(&version, &kind, current, &patch).map_err(bad)?;
    Ok(Some((patch, merged)))
}

/// Returns the refusal of a patch with what was sent, and to whom (`addSourceToErr` in kubectl's apply.go).
fn while_patching(manifest: &Manifest, key: &Key, patch: &Value, refusal: &Refusal) -> Trouble {
    let info = key.kind.info();
    let (group, version, file) = (&info.group, &info.version, manifest.file());
    let doing = format!(
        "error when applying patch:\n{}\nto:\nResource: \"{group}/{version}, Resource={}\", GroupVersionKind: \"{group}/{version}, Kind={}\"\nName: \"{}\", Namespace: \"{}\"\nfor: \"{file}\": error when patching \"{file}\": ",
        compact_json(patch),
        info.plural,
        info.kind,
        key.name,
        key.namespace
    );
    Trouble::refused_while(&doing, refusal)
}

/// Returns a tree with the annotation that remembers it (kubectl's `GetModifiedConfiguration`).
pub(super) fn remembering(mut tree: Value) -> Value {
    let Some(meta) = tree.get_mut("metadata").and_then(Value::as_object_mut) else {
        return tree;
    };
    let annotations = meta.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    let text = compact_json(&tree) + "\n";
    tree["metadata"]["annotations"][LAST_APPLIED] = text.into();
    tree
}
