//! `kubectl apply`: what is written shall be so; what was written before and is no more shall go.

mod client;
mod last_applied;
mod prune;
mod server;

use super::{DryRun, Verb};
use crate::api::{Key, Object, Uid};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::manifests::{self, Manifest};
use crate::kubectl::names;
use crate::kubectl::output::{self, Form, Formats};
use crate::kubectl::select::LabelQuery;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::store::Propagation;

pub(super) use client::{last_applied, merged, remembering};
pub(super) use last_applied::{EDIT_LAST, SET_LAST, VIEW_LAST};
pub(super) use server::server_diff;

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
    flag("selector", Takes::Text).short('l'),
    flag("server-side", Takes::Bool),
    flag("force-conflicts", Takes::Bool),
    flag("prune", Takes::Bool),
    flag("prune-allowlist", Takes::Text),
    flag("all", Takes::Bool),
    flag("cascade", Takes::Optional("background")),
    flag("force", Takes::Bool),
    flag("grace-period", Takes::Int),
    flag("timeout", Takes::Duration),
    flag("wait", Takes::Bool),
    flag("overwrite", Takes::Bool).moot(),
    flag("openapi-patch", Takes::Bool).moot(),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text),
    flag("subresource", Takes::Text).refused(),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

/// The annotation that remembers what was written the last time.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object of a file once it is applied.
struct Applied {
    object: Object,
    /// `created`, `configured`, `unchanged`, `serverside-applied`.
    word: &'static str,
}

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    super::read_validate(&call.flags)?;
    let propagation = super::delete::propagation(&call.flags)?;
    if let Some(word) = call.flags.words.first() {
        return Err(call.usage(format!("Unexpected args: [{word}]")));
    }
    if call.flags.texts("filename").is_empty() {
        return Err(Trouble::error("must specify one of -f and -k"));
    }
    refuse_nonsense(call, dry)?;
    let allowed = prune::allowed(call)?;
    let form = Form::of(call, Formats::Objects)?;
    let wanted = LabelQuery::parse(call.flags.text("selector").unwrap_or("")).map_err(Trouble::error)?;
    let files = manifests::read_all(call)?;
    let mut troubles = files.troubles;
    let chosen: Vec<&Manifest> = files.manifests.iter().filter(|m| is_chosen(m, &wanted)).collect();
    if chosen.is_empty() && troubles.is_empty() {
        return Err(Trouble::error("no objects passed to apply"));
    }
    let policy = manifests::policy(call);
    let mut done: Vec<Object> = Vec::new();
    for manifest in chosen {
        let applied = match call.flags.is_set("server-side") {
            true => server::apply(call, manifest, &policy, dry),
            false => client::apply(call, manifest, &policy, dry, propagation),
        };
        match applied {
            Ok(Applied { object, word }) => {
                if matches!(form, Form::Table { .. }) {
                    call.line(format!("{} {word}{}", names::of_key(&object.key()), dry.suffix()));
                }
                done.push(object);
            }
            Err(trouble) => troubles.push(trouble),
        }
    }
    if !matches!(form, Form::Table { .. }) && !done.is_empty() {
        troubles.extend(output::show(call, &form, &done, done.len() == 1, true).err());
    }
    if call.flags.is_set("prune") && troubles.is_empty() {
        let visited: Vec<(Key, Uid)> = done.iter().map(|object| (object.key(), object.meta().uid)).collect();
        troubles.extend(prune::run(call, &visited, &allowed, &wanted, dry, propagation).err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Says whether a manifest's own labels are selected.
fn is_chosen(manifest: &Manifest, wanted: &LabelQuery) -> bool {
    let labels = manifest.document.value.pointer("/metadata/labels");
    let pairs = labels.and_then(|labels| labels.as_object()).into_iter().flatten();
    let pairs = pairs.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
    wanted.matches(&pairs.collect())
}

/// Refuses flags that do not go together (kubectl's `ApplyOptions.Validate`).
fn refuse_nonsense(call: &Call<'_>, dry: DryRun) -> Verdict {
    let flags = &call.flags;
    let (force, prune, all) = (flags.is_set("force"), flags.is_set("prune"), flags.is_set("all"));
    let selects = flags.text("selector").is_some_and(|text| !text.is_empty());
    let server_side = flags.is_set("server-side");
    let text = if flags.is_set("force-conflicts") && !server_side {
        "--force-conflicts only works with --server-side"
    } else if dry == DryRun::Client && server_side {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if server_side && force {
        "--force cannot be used with --server-side"
    } else if force && prune {
        "--force cannot be used with --prune"
    } else if dry == DryRun::Server && force {
        "--dry-run=server cannot be used with --force"
    } else if all && selects {
        "cannot set --all and --selector at the same time"
    } else if prune && !all && !selects {
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector"
    } else {
        return Ok(());
    };
    Err(Trouble::error(text))
}

/// Deletes an object that is in the way of an apply, or that no manifest names any more.
fn delete(call: &mut Call<'_>, key: &Key, propagation: Propagation) -> Verdict {
    let grace_seconds = call.flags.int("grace-period").filter(|grace| *grace >= 0);
    let options = crate::store::DeleteOptions {
        grace_seconds,
        uid: None,
        propagation,
    };
    call.cluster.delete(key, &options)?;
    Ok(())
}
