//! ConfigMaps, Secrets, disruption budgets, priority classes.

use super::{At, FieldError, names, numbers, one_of, selector};

/// All values of a ConfigMap or a Secret together: 1 MiB.
const BYTES_MAX: usize = 1024 * 1024;

/// Judges a ConfigMap.
pub fn config_map(top: &At<'_>, errors: &mut Vec<FieldError>) {
    let (data, binary) = (top.field("data"), top.field("binaryData"));
    let mut bytes = 0;
    for map in [&data, &binary] {
        bytes += keys(map, errors);
    }
    for (key, value) in data.entries() {
        if binary.field(key).is_set() {
            errors.push(
                FieldError::invalid(value.path(), key, "duplicate of key present in binaryData")
                    .shown_as(format!("data[{key}]")),
            );
        }
    }
    too_long(bytes, "", errors);
}

/// Judges a Secret; `stringData` is written into `data` before the server looks.
pub fn secret(top: &At<'_>, errors: &mut Vec<FieldError>) {
    let (data, plain) = (top.field("data"), top.field("stringData"));
    let mut bytes = 0;
    for map in [&data, &plain] {
        bytes += keys(map, errors);
    }
    too_long(bytes, "data", errors);
    let has = |key: &str| data.field(key).is_set() || plain.field(key).is_set();
    let needed: &[&str] = match top.field("type").text() {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => &["username", "password"],
        _ => &[],
    };
    for key in needed.iter().filter(|key| !has(key)) {
        errors.push(FieldError::required(data.field(key).path(), "").shown_as(format!("data[{key}]")));
    }
}

fn keys(map: &At<'_>, errors: &mut Vec<FieldError>) -> usize {
    let mut bytes = 0;
    for (key, value) in map.entries() {
        let shown = format!("{}[{key}]", map.path());
        let wrong = names::config_key(key)
            .into_iter()
            .map(|wrong| FieldError::invalid(value.path(), key, wrong));
        errors.extend(wrong.map(|error| error.shown_as(shown.clone())));
        bytes += value.text().len();
    }
    bytes
}

fn too_long(bytes: usize, shown: &str, errors: &mut Vec<FieldError>) {
    if bytes > BYTES_MAX {
        let path = crate::manifest::path::Path::parse("data");
        errors.push(FieldError::too_long(path, format!("may not be more than {BYTES_MAX} bytes")).shown_as(shown));
    }
}

/// Judges the spec of a PodDisruptionBudget.
pub fn disruption_budget(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    let (least, most) = (spec.field("minAvailable"), spec.field("maxUnavailable"));
    if least.is_set() && most.is_set() {
        // The server shows its internal struct.
        let value = format!(
            r#"{{"MinAvailable":{},"Selector":{},"MaxUnavailable":{},"UnhealthyPodEvictionPolicy":{}}}"#,
            least.shown(),
            spec.field("selector").shown(),
            most.shown(),
            spec.field("unhealthyPodEvictionPolicy").shown(),
        );
        let error = FieldError::invalid(spec.path(), "", "minAvailable and maxUnavailable cannot be both set");
        errors.push(FieldError { value, ..error });
    }
    for count in [least, most] {
        numbers::count_or_percent(count, errors);
        numbers::at_most_all(count, errors);
    }
    selector::check(&spec.field("selector"), errors);
    one_of(
        spec.field("unhealthyPodEvictionPolicy"),
        &["AlwaysAllow", "IfHealthyBudget"],
        errors,
    );
}

/// Judges a PriorityClass.
pub fn priority_class(top: &At<'_>, errors: &mut Vec<FieldError>) {
    const USER_MAX: i64 = 1_000_000_000;
    let metadata = top.field("metadata");
    let name = metadata.field("name");
    if name.text().starts_with("system-") && !["system-node-critical", "system-cluster-critical"].contains(&name.text())
    {
        let detail = "priority class names with 'system-' prefix are reserved for system use only";
        errors.push(FieldError::forbidden(name.path(), detail));
    } else if top.field("value").int().is_some_and(|value| value > USER_MAX) && !name.text().starts_with("system-") {
        let detail = format!("maximum allowed value of a user defined priority is {USER_MAX}");
        errors.push(FieldError::forbidden(top.field("value").path(), detail));
    }
    one_of(
        top.field("preemptionPolicy"),
        &["Never", "PreemptLowerPriority"],
        errors,
    );
}
