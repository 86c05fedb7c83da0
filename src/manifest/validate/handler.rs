//! Probes and lifecycle hooks: one handler each.

use super::{At, FieldError, numbers, required};

/// Judges what all probes share (core/validation, validateProbe).
fn probe(at: &At<'_>, errors: &mut Vec<FieldError>) {
    if !at.is_set() {
        return;
    }
    handler(at, &["exec", "httpGet", "tcpSocket", "grpc"], errors);
    for name in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        numbers::nonnegative(at.field(name), errors);
    }
    let grace = at.field("terminationGracePeriodSeconds");
    if grace.int().is_some_and(|seconds| seconds <= 0) {
        errors.push(FieldError::invalid(
            grace.path(),
            grace.shown(),
            "must be greater than 0",
        ));
    }
}

/// Judges a readiness probe, which never ends a container.
pub fn readiness(at: &At<'_>, errors: &mut Vec<FieldError>) {
    probe(at, errors);
    let grace = at.field("terminationGracePeriodSeconds");
    if grace.is_set() {
        errors.push(FieldError::invalid(
            grace.path(),
            grace.shown(),
            "must not be set for readinessProbes",
        ));
    }
}

/// Judges a liveness or startup probe: one success is enough for both.
pub fn probe_of_one_success(at: &At<'_>, errors: &mut Vec<FieldError>) {
    probe(at, errors);
    let threshold = at.field("successThreshold");
    if threshold.int().is_some_and(|count| count > 1) {
        errors.push(FieldError::invalid(threshold.path(), threshold.shown(), "must be 1"));
    }
}

/// Judges `lifecycle`.
pub fn lifecycle(at: At<'_>, errors: &mut Vec<FieldError>) {
    for name in ["postStart", "preStop"] {
        let hook = at.field(name);
        if hook.is_set() {
            handler(&hook, &["exec", "httpGet", "tcpSocket", "sleep"], errors);
        }
    }
}

fn handler(at: &At<'_>, kinds: &[&str], errors: &mut Vec<FieldError>) {
    let mut found = 0;
    for &kind in kinds {
        let action = at.field(kind);
        if !action.is_set() {
            continue;
        }
        found += 1;
        if found > 1 {
            errors.push(FieldError::forbidden(
                action.path(),
                "may not specify more than 1 handler type",
            ));
            continue;
        }
        match kind {
            "exec" if action.field("command").count() == 0 => {
                errors.push(FieldError::required(action.field("command").path(), ""));
            }
            "httpGet" | "tcpSocket" => {
                if !action.field("port").is_set() {
                    required(action.field("port"), errors);
                }
                numbers::port_or_name(action.field("port"), errors);
                super::one_of(action.field("scheme"), &["HTTP", "HTTPS"], errors);
            }
            "grpc" => numbers::port_or_name(action.field("port"), errors),
            _ => (),
        }
    }
    if found == 0 {
        errors.push(FieldError::required(at.path(), "must specify a handler type"));
    }
}
