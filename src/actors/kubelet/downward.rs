//! What a pod is told of itself: its own fields, and what its containers ask for, as variables and as files.

use crate::api::{Container, Node, Pod, Quantity};
use serde_json::Value;

/// Returns a field of the pod that a variable may name (pkg/fieldpath, `ExtractFieldPathAsString`; the addresses are added in
/// pkg/kubelet/kubelet_pods.go, `podFieldSelectorRuntimeValue`).
pub(super) fn field_of(pod: &Pod, path: &str, ip: &str, host_ip: &str) -> Option<String> {
    let meta = &pod.metadata;
    if let Some((map, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
        return match map {
            "metadata.labels" => Some(meta.labels.value(key).to_owned()),
            "metadata.annotations" => Some(meta.annotations.value(key).to_owned()),
            _ => None,
        };
    }
    Some(match path {
        "metadata.name" => meta.name.to_string(),
        "metadata.namespace" => meta.namespace.to_string(),
        "metadata.uid" => meta.uid.to_string(),
        "spec.nodeName" => pod.spec.node_name.to_string(),
        "spec.serviceAccountName" => pod.spec.service_account_name.to_string(),
        "status.podIP" | "status.podIPs" => ip.to_owned(),
        "status.hostIP" | "status.hostIPs" => host_ip.to_owned(),
        _ => return None,
    })
}

/// Returns a field of the pod that a file may hold: all labels or annotations, too, a line each (pkg/fieldpath, `FormatMap`).
pub(super) fn text_of(pod: &Pod, path: &str) -> Option<String> {
    let lines = |map: Vec<(&str, &str)>| {
        let lines: Vec<String> = map.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        lines.join("\n")
    };
    match path {
        "metadata.labels" => Some(lines(pod.metadata.labels.iter().map(|(k, v)| (&**k, &**v)).collect())),
        "metadata.annotations" => Some(lines(
            pod.metadata.annotations.iter().map(|(k, v)| (&**k, &**v)).collect(),
        )),
        path => field_of(pod, path, "", ""),
    }
}

/// Returns what a `resourceFieldRef`, which is only carried, asks for: a request or limit of a container, in units of the
/// divisor and rounded up. A container without a limit has what its node has (pkg/api/v1/resource/helpers.go,
/// `ExtractContainerResourceValue` and `MergeContainerResourceLimits`).
pub(super) fn resource_of(container: &Container, node: Option<&Node>, reference: &Value) -> Option<String> {
    let (which, name) = reference["resource"].as_str()?.split_once('.')?;
    let amount = match which {
        "limits" => {
            let all = || node?.status.allocatable.get(name);
            container.resources.limits.get(name).or_else(all)
        }
        _ => container.resources.requests.get(name),
    };
    let divisor = match &reference["divisor"] {
        Value::String(text) => text.parse::<Quantity>().ok(),
        number => number.as_i64().and_then(|number| number.to_string().parse().ok()),
    };
    let unit = divisor
        .map(Quantity::as_milli)
        .filter(|milli| *milli > 0)
        .unwrap_or(1000);
    let milli = amount.map_or(0, |amount| amount.as_milli());
    Some((milli / unit + i64::from(milli % unit > 0)).to_string())
}
