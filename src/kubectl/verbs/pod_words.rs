//! The pod that `kubectl run` makes of words (kubectl's `generate/versioned/run.go`).

use super::create::{Made, parse_labels};
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::flags::Flags;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::manifest::patch;
use serde_json::{Value, json};

/// Says whether standard input is held open, and whether there is a terminal.
pub(super) fn stdin_flags(flags: &Flags) -> (bool, bool) {
    (flags.is_set("stdin"), flags.is_set("tty"))
}

/// Returns the port of `--port`.
pub(super) fn port(call: &Call<'_>) -> Verdict<Option<i64>> {
    let Some(text) = call.flags.text("port").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bad = || Trouble::error(format!("strconv.Atoi: parsing \"{text}\": invalid syntax"));
    text.parse().map(Some).map_err(|_| bad())
}

/// Makes the pod.
pub(super) fn pod(call: &Call<'_>, name: &str) -> Verdict<Made> {
    let flags = &call.flags;
    let image = flags.text("image").unwrap_or("");
    if image.is_empty() || image.contains(char::is_whitespace) || image.chars().any(char::is_control) {
        return Err(Trouble::error(format!(
            "Invalid image name \"{image}\": invalid reference format"
        )));
    }
    let restart = flags
        .text("restart")
        .filter(|text| !text.is_empty())
        .unwrap_or("Always");
    if !["Always", "OnFailure", "Never"].contains(&restart) {
        return Err(call.usage(format!("invalid restart policy: {restart}")));
    }
    let pull = flags.text("image-pull-policy").unwrap_or("");
    if !["", "Always", "IfNotPresent", "Never"].contains(&pull) {
        return Err(call.usage(format!("invalid image pull policy: {pull}")));
    }
    let labels = match flags.text("labels").filter(|text| !text.is_empty()) {
        Some(text) => parse_labels(text)?,
        None => json!({"run": name}),
    };
    let container = container(call, name, image, pull)?;
    let spec = json!({"containers": [container], "restartPolicy": restart, "dnsPolicy": "ClusterFirst"});
    let mut pod = Made::new(Kind::Pod, name, json!({"spec": spec, "status": {}})).labelled(labels);
    pod.in_namespace(call);
    for text in flags.texts("annotations") {
        let bad = || Trouble::error(format!("unexpected annotation spec: {text}"));
        let (key, value) = text.split_once('=').ok_or_else(bad)?;
        pod.tree["metadata"]["annotations"][key] = value.into();
    }
    if let Some(text) = flags.text("overrides").filter(|text| !text.is_empty()) {
        pod.tree = overridden(call, &pod, text)?;
        // A container is a struct to kubectl: what the overrides leave out is empty, not missing.
        let containers = pod.tree["spec"]["containers"].as_array_mut();
        for container in containers
            .into_iter()
            .flatten()
            .filter(|container| container.is_object())
        {
            if container.get("resources").is_none() {
                container["resources"] = json!({});
            }
        }
    }
    Ok(pod)
}

fn container(call: &Call<'_>, name: &str, image: &str, pull: &str) -> Verdict<Value> {
    let flags = &call.flags;
    let mut container = json!({"name": name, "image": image, "resources": {}});
    let words = flags.words.get(1..).unwrap_or_default();
    if !words.is_empty() {
        container[if flags.is_set("command") { "command" } else { "args" }] = json!(words);
    }
    let mut env = Vec::new();
    for text in flags.texts("env") {
        let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, value) = pair.ok_or_else(|| Trouble::error(format!("invalid env: {text}")))?;
        env.push(if value.is_empty() {
            json!({"name": name})
        } else {
            json!({"name": name, "value": value})
        });
    }
    if !env.is_empty() {
        container["env"] = env.into();
    }
    if let Some(port) = port(call)? {
        container["ports"] = json!([{"containerPort": port}]);
    }
    if !pull.is_empty() {
        container["imagePullPolicy"] = pull.into();
    }
    if flags.is_set("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    let (stdin, tty) = stdin_flags(flags);
    if stdin {
        container["stdin"] = true.into();
        if !flags.is_set("leave-stdin-open") {
            container["stdinOnce"] = true.into();
        }
    }
    if tty {
        container["tty"] = true.into();
    }
    Ok(container)
}

/// Lays `--overrides` over a tree, as `--override-type` says.
pub(super) fn overridden(call: &Call<'_>, made: &Made, text: &str) -> Verdict<Value> {
    let patch: Value = match crate::manifest::read::yaml::read(text, 1)
        .ok()
        .and_then(|yaml| yaml.tree)
    {
        Some(tree) => tree.to_value(),
        None => return Err(Trouble::error(format!("invalid overrides: {text}"))),
    };
    let (version, kind) = (made.kind.api_version(), made.kind.name());
    match call.flags.text("override-type").unwrap_or("merge") {
        "merge" => Ok(patch::merge(&made.tree, &patch)),
        "json" => patch::json_patch(&made.tree, &patch).map_err(|why| Trouble::error(why.to_string())),
        "strategic" => {
            patch::strategic(&version, kind, &made.tree, &patch).map_err(|why| Trouble::error(why.to_string()))
        }
        other => Err(Trouble::error(format!("invalid override type: {other}"))),
    }
}
