//! The table of HorizontalPodAutoscalers, which are kept and never act: nothing here measures load.

use super::generic::{field, first_of, items, name, number, text};
use super::{Look, Row};
use crate::api::Object;
use serde_json::Value;

pub(super) const COLUMNS: &[(&str, bool)] = &[
    ("NAME", false),
    ("REFERENCE", false),
    ("TARGETS", false),
    ("MINPODS", false),
    ("MAXPODS", false),
    ("REPLICAS", false),
    ("AGE", false),
];

/// printers.go, `printHorizontalPodAutoscaler`. What is measured is unknown: no metrics server runs here.
pub(super) fn row(object: &Object, look: &Look<'_>) -> Row {
    let mut targets: Vec<String> = items(object, &["spec", "metrics"]).iter().map(target).collect();
    let percent = field(object, &["spec", "targetCPUUtilizationPercentage"]).and_then(Value::as_i64);
    targets.extend(percent.map(|percent| format!("cpu: <unknown>/{percent}%")));
    let targets = if targets.is_empty() {
        "<none>".to_owned()
    } else {
        first_of(targets, 2).replace(',', ", ")
    };
    let least = field(object, &["spec", "minReplicas"]).and_then(Value::as_i64);
    vec![
        name(object),
        format!(
            "{}/{}",
            text(object, &["spec", "scaleTargetRef", "kind"]),
            text(object, &["spec", "scaleTargetRef", "name"])
        ),
        targets,
        least.map_or("<unset>".to_owned(), |least| least.to_string()),
        number(object, &["spec", "maxReplicas"]),
        number(object, &["status", "currentReplicas"]),
        look.age(object),
    ]
}

/// One metric of an autoscaler, as it stands under TARGETS (`formatHPAMetrics`).
fn target(metric: &Value) -> String {
    let kind = metric["type"].as_str().unwrap_or("");
    let source = match kind {
        "ContainerResource" => &metric["containerResource"],
        "Resource" => &metric["resource"],
        "Pods" => &metric["pods"],
        "Object" => &metric["object"],
        "External" => &metric["external"],
        _ => return "<unknown type>".to_owned(),
    };
    let target = &source["target"];
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let wanted = match (&target["averageUtilization"], &target["averageValue"], &target["value"]) {
        (percent, ..) if percent.is_number() => format!("{percent}%"),
        (_, average, _) if !average.is_null() && kind.ends_with("Resource") => plain(average),
        (_, average, _) if !average.is_null() && kind == "Pods" => plain(average),
        (_, average, _) if !average.is_null() => format!("{} (avg)", plain(average)),
        (_, _, value) if !value.is_null() => plain(value),
        _ => "<auto>".to_owned(),
    };
    match source["name"].as_str() {
        Some(resource) => format!("{resource}: <unknown>/{wanted}"),
        None => format!("<unknown>/{wanted}"),
    }
}

#[cfg(test)]
mod tests {
    use super::target;
    use serde_json::json;

    #[test]
    fn a_metric_is_told_with_what_it_is_held_against() {
        let cpu =
            |target: serde_json::Value| json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
        assert_eq!(target(&cpu(json!({"averageUtilization": 50}))), "cpu: <unknown>/50%");
        assert_eq!(target(&cpu(json!({"averageValue": "500m"}))), "cpu: <unknown>/500m");
        let external =
            json!({"type": "External", "external": {"metric": {"name": "q"}, "target": {"averageValue": "30"}}});
        assert_eq!(target(&external), "<unknown>/30 (avg)");
        assert_eq!(target(&json!({})), "<unknown type>");
    }
}
