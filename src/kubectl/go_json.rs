//! JSON with keys in the order of Kubernetes' Go structs: what kubectl prints of an object that it made itself.
//!
//! An object that came from the server is a map to kubectl, and its keys are sorted; one that `create` or `run` makes of
//! words is a struct, and its fields come as they are declared (k8s.io/api). Only structs that such verbs fill are known.

use serde_json::{Map, Value};
use std::fmt::Write;

/// The fields in an order that all structs but those of [`OTHERWISE`] keep.
const FIELDS: &[&str] = &[
    "kind",
    "apiVersion",
    "apiGroup",
    "metadata",
    "name",
    "generateName",
    "image",
    "command",
    "args",
    "workingDir",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "host",
    "http",
    "hostPort",
    "containerPort",
    "protocol",
    "appProtocol",
    "port",
    "targetPort",
    "nodePort",
    "number",
    "value",
    "valueFrom",
    "globalDefault",
    "description",
    "preemptionPolicy",
    "volumes",
    "initContainers",
    "containers",
    "replicas",
    "schedule",
    "jobTemplate",
    "minAvailable",
    "ports",
    "envFrom",
    "env",
    "resources",
    "restartPolicy",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
    "selector",
    "maxUnavailable",
    "template",
    "strategy",
    "clusterIP",
    "data",
    "binaryData",
    "immutable",
    "type",
    "externalIPs",
    "sessionAffinity",
    "loadBalancerIP",
    "externalName",
    "hard",
    "scopes",
    "path",
    "pathType",
    "backend",
    "service",
    "ingressClassName",
    "defaultBackend",
    "tls",
    "hosts",
    "secretName",
    "subjects",
    "roleRef",
    "rules",
    "aggregationRule",
    "matchLabels",
    "matchExpressions",
    "key",
    "operator",
    "values",
    "verbs",
    "apiGroups",
    "nonResourceURLs",
    "scaleTargetRef",
    "minReplicas",
    "maxReplicas",
    "targetCPUUtilizationPercentage",
    "spec",
    "status",
    "disruptionsAllowed",
    "currentHealthy",
    "desiredHealthy",
    "expectedPods",
    "currentReplicas",
    "desiredReplicas",
];

/// Structs whose order is their own, by the field that holds them.
const OTHERWISE: &[(&str, &[&str])] = &[
    ("roleRef", &["apiGroup", "kind", "name"]),
    ("scaleTargetRef", &["kind", "name", "apiVersion"]),
    (
        "ownerReferences",
        &["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"],
    ),
    (
        "rules",
        &[
            "verbs",
            "apiGroups",
            "resources",
            "resourceNames",
            "nonResourceURLs",
            "host",
            "http",
        ],
    ),
];

/// Fields that hold maps, whose keys Go sorts.
const MAPS: &[&str] = &[
    "labels",
    "annotations",
    "matchLabels",
    "data",
    "binaryData",
    "hard",
    "limits",
    "requests",
];

/// Returns JSON with an indent of four, as kubectl prints it.
pub fn pretty(tree: &Value) -> String {
    let mut out = String::new();
    write(&mut out, "", tree, Some(0));
    out + "\n"
}

/// Returns JSON in one line.
pub fn compact(tree: &Value) -> String {
    let mut out = String::new();
    write(&mut out, "", tree, None);
    out
}

/// Writes a value that stands under `parent`; `depth` is None where all is in one line.
fn write(out: &mut String, parent: &str, value: &Value, depth: Option<usize>) {
    let inner = depth.map(|depth| depth + 1);
    let line = |out: &mut String, depth: Option<usize>| {
        if let Some(depth) = depth {
            let _ = write!(out, "\n{}", "    ".repeat(depth));
        }
    };
    match value {
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(map) => {
            out.push('{');
            for (i, key) in in_order(parent, map).into_iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, inner);
                let _ = write!(out, "{}:", super::output::compact_json(&Value::from(key.as_str())));
                out.push_str(if depth.is_some() { " " } else { "" });
                write(out, key, &map[key], inner);
            }
            line(out, depth);
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, inner);
                write(out, parent, item, inner);
            }
            line(out, depth);
            out.push(']');
        }
        scalar => out.push_str(&super::output::compact_json(scalar)),
    }
}

fn in_order<'a>(parent: &str, map: &'a Map<String, Value>) -> Vec<&'a String> {
    let mut keys: Vec<&String> = map.keys().collect();
    // A Service's selector is a map; others are structs.
    let is_map = MAPS.contains(&parent)
        || parent == "selector" && !map.contains_key("matchLabels") && !map.contains_key("matchExpressions");
    let own = OTHERWISE.iter().find(|(holder, _)| *holder == parent);
    let fields = own.map_or(FIELDS, |(_, fields)| fields);
    let place = |key: &str| fields.iter().position(|field| *field == key).unwrap_or(fields.len());
    keys.sort_by(|a, b| {
        let (place_a, place_b) = if is_map { (0, 0) } else { (place(a), place(b)) };
        place_a.cmp(&place_b).then_with(|| a.cmp(b))
    });
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_come_as_go_declares_them_and_maps_are_sorted() {
        let tree = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "x", "name": "c",
            "resources": {}}]}, "metadata": {"labels": {"name": "n", "app": "<a>"}, "name": "p"}});
        assert_eq!(
            compact(&tree),
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","labels":{"app":"\u003ca\u003e","name":"n"}},"spec":{"containers":[{"name":"c","image":"x","resources":{}}]}}"#
        );
        assert_eq!(
            pretty(&json!({"spec": {}, "kind": "X"})),
            "{\n    \"kind\": \"X\",\n    \"spec\": {}\n}\n"
        );
    }
}
