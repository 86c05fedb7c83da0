//! Secrets, ConfigMaps, namespaces, disruption budgets, priority classes, quotas and limit ranges.

use super::page::{Page, date, selector};
use crate::api::{ConfigMap, Kind, Namespace, Object, PodDisruptionBudget, PriorityClass, Quantity, Secret};
use crate::kubectl::tables::{Look, format_labels};
use base64::Engine;
use serde_json::Value;
use std::sync::Arc;

pub(super) fn secret(page: &mut Page, secret: &Secret) {
    page.name(&secret.metadata);
    page.marks(&secret.metadata);
    page.line(0, "");
    page.field(0, "Type", &secret.kind);
    page.line(0, "");
    page.line(0, "Data");
    page.line(0, "====");
    for (key, value) in &secret.data {
        let decoded = base64::engine::general_purpose::STANDARD
            .decode(value)
            .unwrap_or_default();
        if key == "token" && secret.kind == "kubernetes.io/service-account-token" {
            page.field(0, key, String::from_utf8_lossy(&decoded));
        } else {
            page.field(0, key, format!("{} bytes", decoded.len()));
        }
    }
}

pub(super) fn config_map(page: &mut Page, map: &ConfigMap) {
    page.name(&map.metadata);
    page.marks(&map.metadata);
    page.line(0, "");
    page.line(0, "Data");
    page.line(0, "====");
    for (key, value) in &map.data {
        page.line(0, format!("{key}:\n----\n{value}\n"));
    }
    page.line(0, "");
    page.line(0, "BinaryData");
    page.line(0, "====");
    for (key, value) in &map.binary_data {
        let decoded = base64::engine::general_purpose::STANDARD
            .decode(value)
            .unwrap_or_default();
        page.line(0, format!("{key}: {} bytes", decoded.len()));
    }
    page.line(0, "");
}

pub(super) fn namespace(page: &mut Page, namespace: &Namespace, look: &Look<'_>) {
    page.field(0, "Name", &namespace.metadata.name);
    page.marks(&namespace.metadata);
    page.field(0, "Status", &namespace.status.phase);
    if !namespace.status.conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        page.line(1, "----\t------\t------------------\t------\t-------");
        for c in &namespace.status.conditions {
            let changed = date(c.last_transition_time);
            page.line(
                1,
                format!("{}\t{:?}\t{changed}\t{}\t{}", c.kind, c.status, c.reason, c.message),
            );
        }
    }
    page.line(0, "");
    let of = |kind: &str| -> Vec<Object> {
        let kind = Kind::of("v1", kind);
        let found = kind
            .iter()
            .flat_map(|kind| look.store.objects(kind, &namespace.metadata.name));
        found.cloned().collect()
    };
    let quotas = of("ResourceQuota");
    if quotas.is_empty() {
        page.line(0, "No resource quota.");
    } else {
        page.line(0, "Resource Quotas");
        for quota in &quotas {
            page.field(1, "Name", &quota.meta().name);
            page.line(1, "Resource\tUsed\tHard");
            page.line(1, "--------\t---\t---");
            let mut quota = quota.clone();
            if let (Some(status), Object::Carried(_, quota)) = (look.store.quota_status(&quota, look.now), &mut quota) {
                Arc::make_mut(quota).rest.insert("status".to_owned(), status);
            }
            for [resource, used, hard] in used_and_hard(&quota) {
                page.line(1, format!("{resource}\t{used}\t{hard}"));
            }
        }
    }
    page.line(0, "");
    let ranges = of("LimitRange");
    if ranges.is_empty() {
        page.line(0, "No LimitRange resource.");
    } else {
        page.line(0, "Resource Limits");
        page.line(0, format!(" {}", LIMIT_HEADINGS[0]));
        page.line(0, format!(" {}", LIMIT_HEADINGS[1]));
        for range in &ranges {
            limits(page, range, " ");
        }
    }
}

fn field<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let Object::Carried(_, carried) = object else {
        return None;
    };
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let found = carried.rest.get(first)?;
    if rest.is_empty() {
        Some(found)
    } else {
        found.pointer(&format!("/{rest}"))
    }
}

/// Returns resource, used and hard of each line of a quota.
fn used_and_hard(quota: &Object) -> Vec<[String; 3]> {
    let hard = field(quota, "status/hard").or_else(|| field(quota, "spec/hard"));
    let used = field(quota, "status/used");
    let text = |value: &Value| match value {
        Value::String(text) => text
            .parse::<Quantity>()
            .map_or_else(|_| text.clone(), |q| q.to_string()),
        other => other.to_string(),
    };
    let mut rows: Vec<[String; 3]> = hard
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(resource, hard)| {
            let used = used.and_then(|used| used.get(resource)).map_or("0".to_owned(), text);
            [resource.clone(), used, text(hard)]
        })
        .collect();
    rows.sort();
    rows
}

pub(super) fn quota(page: &mut Page, quota: &Object) {
    page.name(quota.meta());
    page.line(0, "Resource\tUsed\tHard");
    page.line(0, "--------\t----\t----");
    for [resource, used, hard] in used_and_hard(quota) {
        page.line(0, format!("{resource}\t{used}\t{hard}"));
    }
}

const LIMIT_HEADINGS: [&str; 2] = [
    "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio",
    "----\t--------\t---\t---\t---------------\t-------------\t-----------------------",
];

pub(super) fn limit_range(page: &mut Page, range: &Object) {
    page.name(range.meta());
    page.line(0, LIMIT_HEADINGS[0]);
    page.line(0, LIMIT_HEADINGS[1]);
    limits(page, range, "");
}

/// Writes a line per kind and resource. kubectl prints the resources in no order; here they have one.
fn limits(page: &mut Page, range: &Object, indent: &str) {
    const COLUMNS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in field(range, "spec/limits")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let mut resources: Vec<&String> = COLUMNS
            .iter()
            .filter_map(|column| item[*column].as_object())
            .flat_map(|amounts| amounts.keys())
            .collect();
        resources.sort();
        resources.dedup();
        for resource in resources {
            let amount = |column: &str| match &item[column][resource.as_str()] {
                Value::String(text) => text.clone(),
                Value::Null => "-".to_owned(),
                other => other.to_string(),
            };
            let amounts: Vec<String> = COLUMNS.iter().map(|column| amount(column)).collect();
            let kind = item["type"].as_str().unwrap_or("");
            page.line(0, format!("{indent}{kind}\t{resource}\t{}", amounts.join("\t")));
        }
    }
}

pub(super) fn budget(page: &mut Page, budget: &PodDisruptionBudget) {
    let (spec, status) = (&budget.spec, &budget.status);
    page.name(&budget.metadata);
    if let Some(least) = &spec.min_available {
        page.field(0, "Min available", least);
    } else if let Some(most) = &spec.max_unavailable {
        page.field(0, "Max unavailable", most);
    }
    let selected = spec.selector.as_ref().map_or("<unset>".to_owned(), selector);
    page.field(0, "Selector", selected);
    page.line(0, "Status:");
    page.field(2, "Allowed disruptions", status.disruptions_allowed);
    page.field(2, "Current", status.current_healthy);
    page.field(2, "Desired", status.desired_healthy);
    page.field(2, "Total", status.expected_pods);
}

pub(super) fn priority_class(page: &mut Page, class: &PriorityClass) {
    page.field(0, "Name", &class.metadata.name);
    page.field(0, "Value", class.value);
    page.field(0, "GlobalDefault", class.global_default);
    page.field(0, "PreemptionPolicy", &class.preemption_policy);
    page.field(0, "Description", &class.description);
    page.field(0, "Annotations", format_labels(class.metadata.annotations.iter()));
}
