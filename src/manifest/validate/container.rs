//! Containers and init containers (core/validation, validateContainers).

use super::{At, FieldError, Seen, handler, names, numbers, one_of, required};
use crate::api::Quantity;

/// Judges the containers of a pod; `volumes` are the names that mounts may use.
pub fn check(at: &At<'_>, volumes: &[&str], errors: &mut Vec<FieldError>) {
    if at.count() == 0 {
        errors.push(FieldError::required(at.path(), ""));
    }
    let mut seen = Seen::default();
    for container in at.items() {
        common(&container, volumes, errors);
        seen.check(&container.field("name"), errors);
        probes(&container, errors);
    }
}

/// Judges the init containers, whose names must differ from those of the containers too.
pub fn check_init(at: &At<'_>, containers: &At<'_>, volumes: &[&str], errors: &mut Vec<FieldError>) {
    let mut seen = Seen(
        containers
            .items()
            .map(|container| container.field("name").text().to_owned())
            .collect(),
    );
    for container in at.items() {
        common(&container, volumes, errors);
        seen.check(&container.field("name"), errors);
        let restart = container.field("restartPolicy");
        // An init container that is always restarted is a sidecar, and may be probed.
        if restart.text() == "Always" {
            probes(&container, errors);
            continue;
        }
        one_of(restart, &["Always", "OnFailure", "Never"], errors);
        for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            let field = container.field(name);
            if field.is_set() {
                let detail = "may not be set for init containers without restartPolicy=Always";
                errors.push(FieldError::forbidden(field.path(), detail));
            }
        }
    }
}

/// Judges whether images have blanks around them: of pods only, not of templates.
pub fn images(at: At<'_>, errors: &mut Vec<FieldError>) {
    for container in at.items() {
        let image = container.field("image");
        if image.text() != image.text().trim() {
            errors.push(FieldError::invalid(
                image.path(),
                image.text(),
                "must not have leading or trailing whitespace",
            ));
        }
    }
}

fn probes(container: &At<'_>, errors: &mut Vec<FieldError>) {
    handler::lifecycle(container.field("lifecycle"), errors);
    handler::probe_of_one_success(&container.field("livenessProbe"), errors);
    handler::readiness(&container.field("readinessProbe"), errors);
    handler::probe_of_one_success(&container.field("startupProbe"), errors);
}

fn common(container: &At<'_>, volumes: &[&str], errors: &mut Vec<FieldError>) {
    let name = container.field("name");
    if name.text().is_empty() {
        required(name, errors);
    } else {
        names::check(&name, names::dns_label(name.text()), errors);
    }
    required(container.field("image"), errors);
    one_of(
        container.field("terminationMessagePolicy"),
        &["File", "FallbackToLogsOnError"],
        errors,
    );
    ports(&container.field("ports"), errors);
    env(&container.field("env"), errors);
    env_from(&container.field("envFrom"), errors);
    mounts(container, volumes, errors);
    one_of(
        container.field("imagePullPolicy"),
        &["Always", "IfNotPresent", "Never"],
        errors,
    );
    resources(&container.field("resources"), errors);
}

fn ports(at: &At<'_>, errors: &mut Vec<FieldError>) {
    let mut seen = Seen::default();
    for port in at.items() {
        let name = port.field("name");
        if !name.text().is_empty() {
            let wrong = names::port_name(name.text());
            if wrong.is_empty() {
                seen.check(&name, errors);
            }
            names::check(&name, wrong, errors);
        }
        let number = port.field("containerPort");
        match number.int() {
            Some(0) => errors.push(FieldError::required(number.path(), "")),
            None if !number.is_set() => errors.push(FieldError::required(number.path(), "")),
            Some(found) => names::check(&number, names::port_number(found), errors),
            None => (),
        }
        let host = port.field("hostPort");
        if let Some(found) = host.int().filter(|found| *found != 0) {
            names::check(&host, names::port_number(found), errors);
        }
        one_of(port.field("protocol"), &["TCP", "UDP", "SCTP"], errors);
    }
}

fn env(at: &At<'_>, errors: &mut Vec<FieldError>) {
    for variable in at.items() {
        let name = variable.field("name");
        if name.text().is_empty() {
            required(name, errors);
        } else {
            names::check(&name, names::env_name(name.text()), errors);
        }
        let from = variable.field("valueFrom");
        if !from.is_set() {
            continue;
        }
        let sources = [
            "fieldRef",
            "resourceFieldRef",
            "configMapKeyRef",
            "secretKeyRef",
            "fileKeyRef",
        ];
        let count = sources.iter().filter(|source| from.field(source).is_set()).count();
        let detail = match count {
            0 => "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
            _ if !variable.field("value").text().is_empty() => "may not be specified when `value` is not empty",
            1 => "",
            _ => "may not have more than one field specified at a time",
        };
        if !detail.is_empty() {
            errors.push(FieldError::invalid(from.path(), "", detail));
        }
        for source in ["configMapKeyRef", "secretKeyRef"] {
            let source = from.field(source);
            if source.is_set() {
                required_key(source.field("key"), errors);
            }
        }
        if from.field("fieldRef").is_set() {
            required(from.field("fieldRef").field("fieldPath"), errors);
        }
        if from.field("resourceFieldRef").is_set() {
            required(from.field("resourceFieldRef").field("resource"), errors);
        }
    }
}

fn required_key(key: At<'_>, errors: &mut Vec<FieldError>) {
    if key.text().is_empty() {
        required(key, errors);
    } else {
        names::check(&key, names::config_key(key.text()), errors);
    }
}

fn env_from(at: &At<'_>, errors: &mut Vec<FieldError>) {
    for source in at.items() {
        let (map, secret) = (source.field("configMapRef"), source.field("secretRef"));
        let detail = match (map.is_set(), secret.is_set()) {
            (false, false) => "must specify one of: `configMapRef` or `secretRef`",
            (true, true) => "may not have more than one field specified at a time",
            _ => continue,
        };
        errors.push(FieldError::invalid(source.path(), "", detail));
    }
}

fn mounts(container: &At<'_>, volumes: &[&str], errors: &mut Vec<FieldError>) {
    let devices: Vec<String> = container
        .field("volumeDevices")
        .items()
        .map(|device| device.field("devicePath").text().to_owned())
        .collect();
    let mounts = container.field("volumeMounts");
    let mut paths = Vec::new();
    for mount in mounts.items() {
        let name = mount.field("name");
        if name.text().is_empty() {
            required(name, errors);
        } else if !volumes.contains(&name.text()) {
            errors.push(FieldError::not_found(name.path(), name.text()));
        }
        let path = mount.field("mountPath");
        if path.text().is_empty() {
            errors.push(FieldError::required(path.path(), ""));
        } else if paths.contains(&path.text().to_owned()) {
            errors.push(FieldError::invalid(path.path(), path.text(), "must be unique"));
        } else if devices.iter().any(|device| device == path.text()) {
            errors.push(FieldError::invalid(
                path.path(),
                path.text(),
                "must not already exist in volumeDevices",
            ));
        }
        paths.push(path.text().to_owned());
        for sub in ["subPath", "subPathExpr"] {
            descending(mount.field(sub), errors);
        }
        let expression = mount.field("subPathExpr");
        if !expression.text().is_empty() && !mount.field("subPath").text().is_empty() {
            let detail = "subPathExpr and subPath are mutually exclusive";
            errors.push(FieldError::invalid(expression.path(), expression.text(), detail));
        }
        one_of(
            mount.field("mountPropagation"),
            &["Bidirectional", "HostToContainer", "None"],
            errors,
        );
    }
}

fn descending(path: At<'_>, errors: &mut Vec<FieldError>) {
    if path.text().starts_with('/') {
        errors.push(FieldError::invalid(path.path(), path.text(), "must be a relative path"));
    }
    if path.text().split('/').any(|part| part == "..") {
        errors.push(FieldError::invalid(path.path(), path.text(), "must not contain '..'"));
    }
}

/// Judges requests and limits (core/validation, validateResourceRequirements).
pub fn resources(at: &At<'_>, errors: &mut Vec<FieldError>) {
    let (limits, requests) = (at.field("limits"), at.field("requests"));
    for amounts in [&limits, &requests] {
        for (name, amount) in amounts.entries() {
            resource_name(name, &amount, errors);
            if numbers::quantity(amount).is_some_and(|amount| amount.as_milli() < 0) {
                let detail = "must be greater than or equal to 0";
                errors.push(FieldError::invalid(amount.path(), amount.shown(), detail));
            }
        }
    }
    for (name, amount) in requests.entries() {
        let limit = limits.field(name);
        let overcommits = !name.contains('/') && !name.starts_with("hugepages-");
        match (numbers::quantity(amount), numbers::quantity(limit)) {
            (Some(request), Some(limit)) if !overcommits && request.as_milli() != limit.as_milli() => {
                let detail = format!("must be equal to {name} limit of {limit}");
                errors.push(refused_request(&requests, request, detail, &amount));
            }
            (Some(request), Some(limit)) if request.as_milli() > limit.as_milli() => {
                let detail = format!("must be less than or equal to {name} limit of {limit}");
                errors.push(refused_request(&requests, request, detail, &amount));
            }
            (Some(_), None) if !overcommits && !limit.is_set() => {
                let error = FieldError::required(limit.path(), "Limit must be set for non overcommitable resources");
                errors.push(error.shown_as(limits.path().to_string()));
            }
            _ => (),
        }
    }
}

fn refused_request(requests: &At<'_>, request: Quantity, detail: String, amount: &At<'_>) -> FieldError {
    FieldError::invalid(amount.path(), request.to_string(), detail).shown_as(requests.path().to_string())
}

fn resource_name(name: &str, at: &At<'_>, errors: &mut Vec<FieldError>) {
    let parent = at.path().parent();
    let shown = format!("{parent}[{name}]");
    let standard = ["cpu", "memory", "ephemeral-storage"].contains(&name) || name.starts_with("hugepages-");
    let mut wrong = names::qualified(name);
    if wrong.is_empty() && !name.contains('/') && !standard {
        wrong.push("must be a standard resource for containers".to_owned());
    }
    let wrong = wrong
        .into_iter()
        .map(|wrong| FieldError::invalid(at.path(), name, wrong).shown_as(shown.clone()));
    errors.extend(wrong);
}
