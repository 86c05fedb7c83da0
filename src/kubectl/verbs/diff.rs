//! `kubectl diff`: what `kubectl apply` would change, as `diff -u -N` of the live and the merged objects prints it.

use super::Verb;
use super::apply::{last_applied, merged, server_diff};
use crate::api::hash::fnv64a;
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::manifests::{self, Manifest};
use crate::kubectl::output::{self, SHOW_MANAGED};
use crate::kubectl::select::LabelQuery;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{trial, unified, yaml};
use crate::manifest::Policy;
use serde_json::Value;

pub(super) const DIFF: Verb = Verb {
    name: "diff",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("selector", Takes::Text).short('l'),
    flag("server-side", Takes::Bool),
    flag("force-conflicts", Takes::Bool),
    flag("prune", Takes::Bool).refused(),
    flag("prune-allowlist", Takes::Text).refused(),
    flag("concurrency", Takes::Int).moot(),
    flag("field-manager", Takes::Text),
    flag("show-managed-fields", Takes::Bool),
];

fn run(call: &mut Call<'_>) -> Verdict {
    // An exit code of 1 says that there are differences; what goes wrong ends with 2.
    let differ = all(call).map_err(|trouble| Trouble { code: 2, ..trouble })?;
    match differ {
        true => Err(Trouble::verbatim("")),
        false => Ok(()),
    }
}

fn all(call: &mut Call<'_>) -> Verdict<bool> {
    if call.flags.texts("filename").is_empty() {
        return Err(Trouble::error("must specify one of -f and -k"));
    }
    if !call.flags.words.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{}]", call.flags.words.join(" "))));
    }
    if call.flags.is_set("force-conflicts") && !call.flags.is_set("server-side") {
        return Err(Trouble::error("--force-conflicts only works with --server-side"));
    }
    let labels = LabelQuery::parse(call.flags.text("selector").unwrap_or("")).map_err(Trouble::error)?;
    let manifests = manifests::read(call)?;
    if manifests.is_empty() {
        return Err(Trouble::error("no objects passed to diff"));
    }
    let policy = manifests::policy(call);
    let mut text = String::new();
    let mut files: Vec<(String, String, String)> = Vec::new();
    for manifest in &manifests {
        let key = manifest.key(call)?;
        let (live, new) = pair(call, manifest, &key, &policy)?;
        if labels.matches(&new.meta().labels) {
            let (live, new) = shown(live.as_ref(), &new, call.flags.is_set(SHOW_MANAGED));
            files.push((file_name(&key), live, new));
        }
    }
    // `diff` goes through the two folders in the order of the names.
    files.sort();
    for (name, live, new) in files {
        let hunks = unified::hunks(&live, &new);
        if hunks.is_empty() {
            continue;
        }
        let (from, to) = (
            format!("{}/{name}", folder(call, "LIVE")),
            format!("{}/{name}", folder(call, "MERGED")),
        );
        let at = moment(call);
        text.push_str(&format!(
            "diff -u -N {from} {to}\n--- {from}\t{at}\n+++ {to}\t{at}\n{hunks}"
        ));
    }
    let differ = !text.is_empty();
    call.say(text);
    Ok(differ)
}

/// Returns an object as it is, and as it would be; the server is asked, and keeps nothing.
fn pair(call: &mut Call<'_>, manifest: &Manifest, key: &Key, policy: &Policy) -> Verdict<(Option<Object>, Object)> {
    if call.flags.is_set("server-side") {
        return server_diff(call, manifest, key, policy);
    }
    manifest.check(call, policy)?;
    // As kubectl sends it: with annotations, of which there may be none.
    let mut written = manifest.tree(key);
    let annotations = &mut written["metadata"]["annotations"];
    if annotations.is_null() {
        *annotations = serde_json::json!({});
    }
    let Some(old) = call.store().find(key).cloned() else {
        return Ok((None, trial::create(call, manifest.object(written)?)?));
    };
    let current = old.to_value();
    let before = last_applied(&current).unwrap_or_default();
    let Some((_, tree)) = merged(&old, &before, &written, &current)? else {
        return Ok((Some(old.clone()), old));
    };
    let mut wanted = manifest.object(tree)?;
    wanted.meta_mut().resource_version = old.meta().resource_version;
    let mut new = trial::update(call, wanted, None)?;
    // A server that only tries counts no revision.
    new.meta_mut().resource_version = old.meta().resource_version;
    Ok((Some(old), new))
}

/// Returns both objects as YAML; the values of Secrets are hidden, and differ only where they do (kubectl's `Masker`).
fn shown(live: Option<&Object>, new: &Object, managed: bool) -> (String, String) {
    let mut live = live.map(|live| output::tree_with(live, managed));
    let mut new_tree = output::tree_with(new, managed);
    if new.kind() == crate::api::Kind::Secret {
        let old_data = live
            .as_ref()
            .and_then(|live| live["data"].as_object().cloned())
            .unwrap_or_default();
        let new_data = new_tree["data"].as_object().cloned().unwrap_or_default();
        let differs = |key: &String| {
            let both = (old_data.get(key), new_data.get(key));
            matches!(both, (Some(old), Some(new)) if old != new)
        };
        let hide = |tree: &mut Value, word: &str| {
            for (key, value) in tree["data"].as_object_mut().into_iter().flatten() {
                *value = if differs(key) {
                    format!("*** ({word})").into()
                } else {
                    "***".into()
                };
            }
        };
        if let Some(live) = live.as_mut().filter(|live| live["data"].is_object()) {
            hide(live, "before");
        }
        if new_tree["data"].is_object() {
            hide(&mut new_tree, "after");
        }
    }
    (
        live.map_or(String::new(), |live| yaml::print(&live)),
        yaml::print(&new_tree),
    )
}

/// Returns `apps.v1.Deployment.default.web`.
fn file_name(key: &Key) -> String {
    let info = key.kind.info();
    let group = if info.group.is_empty() {
        String::new()
    } else {
        format!("{}.", info.group)
    };
    format!("{group}{}.{}.{}.{}", info.version, info.kind, key.namespace, key.name)
}

/// Returns the folder of one side. Where kubectl draws a number, pglab makes one of the revision that is compared.
fn folder(call: &Call<'_>, side: &str) -> String {
    let seed = format!("{side}{}", call.store().head());
    format!("/tmp/{side}-{}", fnv64a(seed.as_bytes()) % 4_000_000_000)
}

/// Returns the time as `diff` prints that of a file.
fn moment(call: &Call<'_>) -> String {
    let text = call.now().micro();
    let text = text.trim_end_matches('Z').replace('T', " ");
    format!("{text}000 +0000")
}
