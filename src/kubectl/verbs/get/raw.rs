//! `kubectl get --raw`: what the API server says at a path. Health, version and the lists of APIs are known here; the
//! objects themselves are read with `kubectl get`.

use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::output::compact_json;
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Says what stands at a path.
pub(super) fn run(call: &mut Call<'_>, path: &str) -> Verdict {
    if !call.flags.words.is_empty() {
        return Err(Trouble::error("arguments may not be passed when --raw is specified"));
    }
    let flags = &call.flags;
    if flags.is_set("watch") || flags.is_set("watch-only") || flags.text("selector").is_some() {
        return Err(Trouble::error(
            "--raw may not be specified with other flags that filter the server request or alter the output",
        ));
    }
    if flags.text("output").is_some_and(|output| !output.is_empty()) {
        return Err(Trouble::error("--raw and --output are mutually exclusive"));
    }
    if !path.starts_with('/') {
        let why = match path.split_once(':') {
            Some(("", _)) => "missing protocol scheme",
            _ => "invalid URI for request",
        };
        return Err(Trouble::error(format!(
            "--raw must be a valid URL path: parse \"{path}\": {why}"
        )));
    }
    let path = path.split('?').next().unwrap_or(path).trim_end_matches('/');
    let answer = match path {
        "/healthz" | "/readyz" | "/livez" => "ok".to_owned(),
        "/version" => pretty(&version()),
        "/api" => pretty(&json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})),
        "/apis" => compact_json(&groups()) + "\n",
        _ => {
            match resources(path) {
                Some(list) => compact_json(&list) + "\n",
                None => {
                    return Err(Trouble::verbatim(
                    "Error from server (NotFound): the server could not find the requested resource",
                )
                .hint("--raw knows /healthz, /livez, /readyz, /version, /api, /apis and the lists of kinds below them"));
                }
            }
        }
    };
    call.say(answer);
    Ok(())
}

/// The API server that the window's words are those of.
fn version() -> Value {
    json!({"major": "1", "minor": "36", "gitVersion": "v1.36.2", "gitTreeState": "clean", "compiler": "gc",
        "platform": "linux/amd64"})
}

fn pretty(value: &Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"  ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    serde::Serialize::serialize(value, &mut serializer).expect("a tree is always JSON");
    String::from_utf8(out).expect("JSON is text")
}

fn groups() -> Value {
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    for kind in Kind::known() {
        let info = kind.info();
        if !info.group.is_empty() {
            versions.insert(info.group.to_string(), info.version.to_string());
        }
    }
    let groups: Vec<Value> = versions
        .iter()
        .map(|(group, version)| {
            let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
            json!({"name": group, "versions": [version], "preferredVersion": version})
        })
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// Returns the list of kinds at `/api/v1` or `/apis/GROUP/VERSION`.
fn resources(path: &str) -> Option<Value> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let (group, version) = match parts.as_slice() {
        ["api", version] => ("", *version),
        ["apis", group, version] => (*group, *version),
        _ => return None,
    };
    let kinds: Vec<Kind> = Kind::known()
        .filter(|kind| *kind.info().group == *group && *kind.info().version == *version)
        .collect();
    if kinds.is_empty() {
        return None;
    }
    let resources: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            let info = kind.info();
            json!({"name": *info.plural, "singularName": *info.singular, "namespaced": info.namespaced,
                "kind": *info.kind})
        })
        .collect();
    let group_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    Some(json!({"kind": "APIResourceList", "groupVersion": group_version, "resources": resources}))
}
