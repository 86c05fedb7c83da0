//! `kubectl autoscale`: a HorizontalPodAutoscaler. It is kept and served; nothing here measures load, so it never scales.

use super::create::{Made, form, printed, required};
use super::set::chosen;
use super::{DryRun, Verb, dry_run};
use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::{self, Form};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{names, trial};
use serde_json::json;

pub(super) const AUTOSCALE: Verb = Verb {
    name: "autoscale",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("min", Takes::Int),
    flag("max", Takes::Int),
    flag("cpu-percent", Takes::Int),
    flag("name", Takes::Text),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("save-config", Takes::Bool),
    flag("field-manager", Takes::Text),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

fn run(call: &mut Call<'_>) -> Verdict {
    required(call, "max")?;
    let dry = dry_run(&call.flags)?;
    form(call)?;
    let (min, max) = (call.flags.int("min").unwrap_or(-1), call.flags.int("max").unwrap_or(-1));
    if max < 1 {
        return Err(Trouble::error(format!(
            "--max=MAXPODS is required and must be at least 1, max: {max}"
        )));
    }
    if max < min {
        return Err(Trouble::error(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        )));
    }
    let words = call.flags.words.clone();
    let (keys, mut troubles) = chosen(call, &words)?;
    for key in keys {
        if let Err(trouble) = scaler(call, &key, min, max).and_then(|scaler| finish(call, scaler, dry)) {
            troubles.push(trouble);
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Makes the autoscaler in the version that kubectl 1.32 speaks: `autoscaling/v1`.
fn scaler(call: &Call<'_>, key: &Key, min: i64, max: i64) -> Verdict<Made> {
    call.find(key)?;
    let info = key.kind.info();
    let scales = matches!(key.kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet)
        || key.kind.name() == "ReplicationController";
    if !scales {
        return Err(Trouble::error(format!(
            "cannot autoscale a {}: could not find scale subresource for {}/{}, Resource={} in discovery information",
            info.kind, info.group, info.version, info.plural
        )));
    }
    let target = json!({"kind": info.kind, "name": *key.name, "apiVersion": key.kind.api_version()});
    let mut spec = json!({"scaleTargetRef": target, "maxReplicas": max});
    if min > 0 {
        spec["minReplicas"] = min.into();
    }
    if let Some(percent) = call.flags.int("cpu-percent").filter(|percent| *percent >= 0) {
        spec["targetCPUUtilizationPercentage"] = percent.into();
    }
    let name = call
        .flags
        .text("name")
        .filter(|name| !name.is_empty())
        .unwrap_or(&key.name);
    let kind = call.kind("horizontalpodautoscalers")?;
    let status = json!({"currentReplicas": 0, "desiredReplicas": 0});
    let mut scaler = Made::new(kind, name, json!({"spec": spec, "status": status}));
    scaler.tree["apiVersion"] = "autoscaling/v1".into();
    scaler.in_namespace(call);
    Ok(scaler)
}

/// Returns the autoscaler as the server stores it: `autoscaling/v2`, where the percentage is one of several metrics.
fn stored(call: &Call<'_>, scaler: &Made) -> Verdict<Object> {
    let mut tree = scaler.tree.clone();
    tree["apiVersion"] = scaler.kind.api_version().into();
    if let Some(spec) = tree["spec"].as_object_mut() {
        // Without a target the server fills in 80 percent (pkg/apis/autoscaling/v2, `SetDefaults`).
        let percent = spec
            .remove("targetCPUUtilizationPercentage")
            .unwrap_or_else(|| 80.into());
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        spec.entry("minReplicas").or_insert_with(|| 1.into());
        let metric = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
        spec.insert("metrics".to_owned(), metric);
    }
    let second = Made {
        kind: scaler.kind.clone(),
        tree,
    };
    second.object(call)
}

fn finish(call: &mut Call<'_>, mut scaler: Made, dry: DryRun) -> Verdict {
    if call.flags.is_set("save-config") {
        scaler.remember();
    }
    if dry == DryRun::Client {
        return printed(call, &scaler, "created", dry);
    }
    let object = stored(call, &scaler)?;
    let created = match dry {
        DryRun::Server => trial::create(call, object)?,
        _ => call.create(object)?,
    };
    match form(call)? {
        Form::Table { .. } => {
            call.line(format!("{} autoscaled{}", names::of_key(&created.key()), dry.suffix()));
            call.hint("it is kept and served; nothing here measures load, so it never scales");
        }
        form => output::show(call, &form, std::slice::from_ref(&created), true, true)?,
    }
    Ok(())
}
