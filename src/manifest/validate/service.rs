//! Services (core/validation, ValidateService).

use super::{At, FieldError, Seen, names, numbers, one_of, required};

/// The default range of `--service-node-port-range`.
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30000..=32767;

/// Judges the spec of a Service.
pub fn check(spec: At<'_>, errors: &mut Vec<FieldError>) {
    let (of_type, ports) = (spec.field("type"), spec.field("ports"));
    let headless = spec.field("clusterIP").text() == "None";
    if ports.count() == 0 && !headless && of_type.text() != "ExternalName" {
        errors.push(FieldError::required(ports.path(), ""));
    }
    match of_type.text() {
        "ExternalName" => {
            let name = spec.field("externalName");
            if name.text().is_empty() {
                required(name, errors);
            } else {
                names::check(&name, names::dns_subdomain(name.text().trim_end_matches('.')), errors);
            }
        }
        found @ ("NodePort" | "LoadBalancer") if headless => {
            let path = spec.field("clusterIPs").path();
            let detail = format!("may not be set to 'None' for {found} services");
            errors.push(FieldError::invalid(path, "None", detail).shown_as("spec.clusterIPs[0]"));
        }
        _ => (),
    }
    let mut seen = Seen::default();
    for port in ports.items() {
        check_port(&port, ports.count() > 1, &mut seen, errors);
    }
    names::labels(&spec.field("selector"), errors);
    one_of(spec.field("sessionAffinity"), &["ClientIP", "None"], errors);
    one_of(
        of_type,
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
        errors,
    );
    node_ports(&spec, errors);
    one_of(spec.field("externalTrafficPolicy"), &["Cluster", "Local"], errors);
    one_of(spec.field("internalTrafficPolicy"), &["Cluster", "Local"], errors);
}

fn check_port(port: &At<'_>, must_have_name: bool, seen: &mut Seen, errors: &mut Vec<FieldError>) {
    let name = port.field("name");
    if !name.text().is_empty() {
        names::check(&name, names::dns_label(name.text()), errors);
        seen.check(&name, errors);
    } else if must_have_name {
        errors.push(FieldError::required(name.path(), ""));
    }
    let number = port.field("port");
    match number.int() {
        Some(found) => names::check(&number, names::port_number(found), errors),
        // Nothing counts as 0 in Go.
        None if !number.is_set() => {
            errors.push(FieldError::invalid(
                number.path(),
                0,
                "must be between 1 and 65535, inclusive",
            ));
        }
        None => (),
    }
    one_of(port.field("protocol"), &["SCTP", "TCP", "UDP"], errors);
    if !is_default_target(port.field("targetPort")) {
        numbers::port_or_name(port.field("targetPort"), errors);
    }
}

/// A `targetPort` of 0 or "" is set to the port.
fn is_default_target(target: At<'_>) -> bool {
    target.int() == Some(0) || target.value().is_some_and(|value| value == "")
}

/// Node ports: only of some types, each once, and in the range that the allocator gives out.
fn node_ports(spec: &At<'_>, errors: &mut Vec<FieldError>) {
    let exposes = matches!(spec.field("type").text(), "NodePort" | "LoadBalancer");
    for port in spec.field("ports").items() {
        let node_port = port.field("nodePort");
        match node_port.int() {
            None | Some(0) => (),
            Some(_) if !exposes && ["", "ClusterIP"].contains(&spec.field("type").text()) => {
                errors.push(FieldError::forbidden(
                    node_port.path(),
                    "may not be used when `type` is 'ClusterIP'",
                ));
            }
            Some(number) if exposes && !NODE_PORTS.contains(&number) => {
                let range = format!("{}-{}", NODE_PORTS.start(), NODE_PORTS.end());
                let detail = format!("provided port is not in the valid range. The range of valid ports is {range}");
                errors.push(FieldError::invalid(node_port.path(), number, detail));
            }
            Some(_) => (),
        }
    }
}
