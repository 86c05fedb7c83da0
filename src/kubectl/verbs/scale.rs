//! `kubectl scale`: another number of replicas.

use super::{DryRun, Verb};
use crate::api::{Key, Kind};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Teller;
use crate::kubectl::subresource::Subresource;
use crate::kubectl::targets;
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::Value;

pub(super) const SCALE: Verb = Verb {
    name: "scale",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("replicas", Takes::Int),
    flag("current-replicas", Takes::Int),
    flag("resource-version", Takes::Text),
    flag("timeout", Takes::Duration),
    flag("selector", Takes::Text).short('l'),
    flag("all", Takes::Bool),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let mut teller = Teller::of(call)?;
    // kubectl logs a flag that is missing instead of saying it, with its own clock and process id.
    let replicas = call.flags.int("replicas").filter(|n| *n >= 0).ok_or_else(|| {
        Trouble::error("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    })?;
    let words = call.flags.words.clone();
    let (keys, troubles) = targets::wanted(call, &words)?;
    // kubectl visits nothing when one is missing, and says so in one breath.
    if let Some(first) = troubles.first() {
        let said = first
            .text
            .split_once("): ")
            .map_or(first.text.as_str(), |(_, said)| said);
        return Err(Trouble::error(format!("no objects passed to scale {said}")));
    }
    if keys.is_empty() {
        return Err(Trouble::error("no objects passed to scale"));
    }
    if keys.len() > 1
        && call
            .flags
            .text("resource-version")
            .is_some_and(|version| !version.is_empty())
    {
        return Err(Trouble::error("cannot use --resource-version with multiple resources"));
    }
    for key in keys {
        scale(call, &key, replicas, dry, &mut teller)?;
    }
    Ok(())
}

fn scale(call: &mut Call<'_>, key: &Key, replicas: i64, dry: DryRun, teller: &mut Teller) -> Verdict {
    if !matches!(key.kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet) {
        return Err(Trouble::verbatim(
            "Error from server (NotFound): the server could not find the requested resource",
        ));
    }
    let old = call.find(key)?;
    let tree = old.to_value();
    let now = tree.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    if let Some(expected) = call.flags.int("current-replicas").filter(|n| *n >= 0 && *n != now) {
        return Err(Trouble::error(format!("Expected replicas to be {expected}, was {now}")));
    }
    let version = old.meta().resource_version.to_string();
    if let Some(expected) = call
        .flags
        .text("resource-version")
        .filter(|v| !v.is_empty() && *v != version)
    {
        return Err(Trouble::error(format!(
            "Expected resource version to be {expected}, was {version}"
        )));
    }
    if !dry.is_dry() {
        let mut tree = tree;
        tree["spec"]["replicas"] = replicas.into();
        call.try_replace_part(&old, tree, Some(Subresource::Scale))?;
        wait(call, key, replicas)?;
    }
    // What is printed is the object as it was found; the write went to its scale.
    teller.tell(call, &old, &format!("scaled{}", dry.suffix()))
}

/// Waits until so many replicas are there, if `--timeout` asks for it (`scale.WaitForScaleHasDesiredReplicas`).
fn wait(call: &mut Call<'_>, key: &Key, replicas: i64) -> Verdict {
    let Some(timeout) = call.flags.duration_ms("timeout").filter(|ms| *ms > 0) else {
        return Ok(());
    };
    let came = call.wait(Some(timeout), |call| {
        let status = call.find(key)?.to_value()["status"]["replicas"].as_i64().unwrap_or(0);
        Ok((status == replicas).then_some(()))
    })?;
    came.or_complain("the replicas")
}
