//! The three-way merge that kubectl itself makes: what was written the last time, what is written now, what there is.

use super::{Applied, LAST_APPLIED, delete};
use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::manifests::Manifest;
use crate::kubectl::output::compact_json;
use crate::kubectl::trial;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::DryRun;
use crate::manifest::Policy;
use crate::manifest::patch;
use crate::store::{Propagation, Refusal};
use serde_json::{Map, Value};

/// Applies one object of a file.
pub(super) fn apply(
    call: &mut Call<'_>,
    manifest: &Manifest,
    policy: &Policy,
    dry: DryRun,
    propagation: Propagation,
) -> Verdict<Applied> {
    manifest.check(call, policy)?;
    let key = manifest.key(call)?;
    let written = manifest.tree(&key);
    let Some(old) = call.store().find(&key).cloned() else {
        let object = manifest.object(remembering(written))?;
        return create(call, manifest, object, dry);
    };
    let current = old.to_value();
    let before = last_applied(&current);
    if before.is_none() {
        call.warn(format!(
            "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            key.kind.info().plural, key.name
        ));
    }
    let wanted = remembering(written);
    let Some((patch, merged)) = merged(&old, &before.unwrap_or_default(), &wanted, &current)? else {
        return Ok(Applied {
            object: old,
            word: "unchanged",
        });
    };
    if dry.is_dry() {
        let changed = manifest.object(merged)?;
        let judged = match dry {
            DryRun::Server => trial::update(call, changed, None),
            _ => Ok(changed),
        };
        return judged
            .map(|object| Applied {
                object,
                word: "configured",
            })
            .map_err(|refusal| while_patching(manifest, &key, &patch, &refusal));
    }
    match call.try_replace(&old, merged) {
        Ok(_) => Ok(Applied {
            object: call.find(&key)?,
            word: "configured",
        }),
        Err(Refusal::Invalid { .. } | Refusal::Conflict(_)) if call.flags.is_set("force") => {
            replace_by_force(call, manifest, &old, wanted, propagation)
        }
        Err(refusal) => Err(while_patching(manifest, &key, &patch, &refusal)),
    }
}

fn create(call: &mut Call<'_>, manifest: &Manifest, object: Object, dry: DryRun) -> Verdict<Applied> {
    let word = "created";
    let doing = format!("error when creating \"{}\": ", manifest.file());
    let created = match dry {
        DryRun::Client => Ok(object),
        DryRun::Server => trial::create(call, object),
        DryRun::No => call.create(object),
    };
    match created {
        Ok(object) => Ok(Applied { object, word }),
        Err(refusal) => Err(Trouble::refused_while(&doing, &refusal)),
    }
}

/// Deletes what cannot be patched, waits until it is gone, and makes it anew (`Patcher.deleteAndCreate`).
fn replace_by_force(
    call: &mut Call<'_>,
    manifest: &Manifest,
    old: &Object,
    wanted: Value,
    propagation: Propagation,
) -> Verdict<Applied> {
    let key = old.key();
    delete(call, &key, propagation)?;
    let timeout = call.flags.duration_ms("timeout").filter(|ms| *ms > 0);
    let uid = old.meta().uid;
    let is_gone = |call: &Call<'_>| call.store().find(&key).is_none_or(|object| object.meta().uid != uid);
    let gone = call.wait(timeout, |call| Ok(is_gone(call).then_some(())))?;
    gone.or_complain("the old object to go")?;
    let object = manifest.object(wanted)?;
    let doing = format!("error when creating \"{}\": ", manifest.file());
    let created = call.create(object);
    created
        .map(|object| Applied {
            object,
            word: "configured",
        })
        .map_err(|refusal| Trouble::refused_while(&doing, &refusal))
}

/// Returns what was written the last time.
pub(in crate::kubectl::verbs) fn last_applied(tree: &Value) -> Option<Value> {
    let text = tree.pointer(&format!("/metadata/annotations/{}", LAST_APPLIED.replace('/', "~1")))?;
    serde_json::from_str(text.as_str()?).ok()
}

/// Returns the patch and what the object becomes by it; None when kubectl would send an empty one.
///
/// Kinds of Kubernetes' own are patched strategically, others as plain JSON.
pub(in crate::kubectl::verbs) fn merged(
    old: &Object,
    before: &Value,
    wanted: &Value,
    current: &Value,
) -> Verdict<Option<(Value, Value)>> {
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
pub(in crate::kubectl::verbs) fn remembering(mut tree: Value) -> Value {
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
