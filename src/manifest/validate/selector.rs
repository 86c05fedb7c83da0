//! Label selectors, and the selector that must fit its template.

use super::{At, FieldError, names};
use crate::api::LabelSelector;
use serde_json::Value;

/// Judges a label selector (k8s.io/apimachinery, pkg/apis/meta/v1/validation).
pub fn check(at: &At<'_>, errors: &mut Vec<FieldError>) {
    names::labels(&at.field("matchLabels"), errors);
    for expression in at.field("matchExpressions").items() {
        requirement(&expression, &["In", "NotIn", "Exists", "DoesNotExist"], errors);
    }
}

/// Judges one expression of a label or node selector.
pub fn requirement(at: &At<'_>, operators: &[&str], errors: &mut Vec<FieldError>) {
    let (operator, values) = (at.field("operator"), at.field("values"));
    match operator.text() {
        other if !operators.contains(&other) => {
            errors.push(FieldError::invalid(
                operator.path(),
                other,
                "not a valid selector operator",
            ));
        }
        "In" | "NotIn" if values.count() == 0 => {
            errors.push(FieldError::required(
                values.path(),
                "must be specified when `operator` is 'In' or 'NotIn'",
            ));
        }
        "Exists" | "DoesNotExist" if values.count() > 0 => {
            let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.push(FieldError::forbidden(values.path(), detail));
        }
        "Gt" | "Lt" if values.count() != 1 => {
            let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
            errors.push(FieldError::required(values.path(), detail));
        }
        _ => (),
    }
    let key = at.field("key");
    names::check(&key, names::qualified(key.text()), errors);
}

/// Judges `spec.selector` of a workload, and whether it selects the pods of `spec.template`.
pub fn of_workload(spec: &At<'_>, workload: &str, errors: &mut Vec<FieldError>) {
    let selector = spec.field("selector");
    if !selector.is_set() {
        errors.push(FieldError::required(selector.path(), ""));
    } else {
        check(&selector, errors);
        if selector.field("matchLabels").count() + selector.field("matchExpressions").count() == 0 {
            let detail = format!("empty selector is invalid for {workload}");
            errors.push(FieldError::invalid(selector.path(), selector.shown(), detail));
            return;
        }
    }
    let template = spec.field("template");
    let metadata = template.field("metadata");
    let labels = metadata.field("labels");
    if !matches(&selector, &labels) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(labels.path(), labels.shown(), detail));
    }
}

/// A selector that is not there selects nothing.
fn matches(selector: &At<'_>, labels: &At<'_>) -> bool {
    let read: Option<LabelSelector> = selector
        .value()
        .and_then(|value| serde_json::from_value(value.clone()).ok());
    let labels = labels
        .entries()
        .filter_map(|(key, value)| Some((key.to_owned(), value.value()?.as_str()?.to_owned())))
        .collect();
    match selector.value() {
        None | Some(Value::Null) => false,
        // What the decoder refuses is not judged twice.
        Some(_) => read.is_none_or(|selector| selector.matches(&labels)),
    }
}
