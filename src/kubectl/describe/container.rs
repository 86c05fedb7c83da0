//! Containers: of a pod with what became of them, or of a template.

use super::page::{Page, capital, date, or_none};
use crate::api::container::ContainerPort;
use crate::api::{Container, ContainerState, ContainerStatus, EnvVar, Pod, Probe, Resources};

/// Writes containers under a title; `indent` is that of a template, `pod` resolves variables that name its fields.
pub(super) fn containers(
    page: &mut Page,
    title: &str,
    containers: &[Container],
    statuses: &[ContainerStatus],
    pod: Option<&Pod>,
    indent: &str,
) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    page.line(0, format!("{indent}{title}:{none}"));
    for container in containers {
        let status = statuses.iter().find(|status| status.name == container.name);
        basics(page, container, status, indent);
        words(page, "Command", &container.command);
        words(page, "Args", &container.args);
        if let Some(status) = status {
            state(page, "State", &status.state);
            if status.last_state.terminated.is_some() {
                state(page, "Last State", &status.last_state);
            }
            page.field(2, "Ready", capital(status.ready));
            page.field(2, "Restart Count", status.restart_count);
        }
        resources(page, "Limits", &container.resources.limits);
        resources(page, "Requests", &container.resources.requests);
        probes(page, container);
        environment(page, container, pod);
        mounts(page, container);
    }
}

fn basics(page: &mut Page, container: &Container, status: Option<&ContainerStatus>, indent: &str) {
    let space = if indent.is_empty() { "" } else { " " };
    page.line(1, format!("{space}{}:", container.name));
    if let Some(status) = status {
        page.field(2, "Container ID", &status.container_id);
    }
    page.field(2, "Image", &container.image);
    if let Some(status) = status {
        page.field(2, "Image ID", &status.image_id);
    }
    ports(page, "Port", &container.ports, |port| port.container_port);
    ports(page, "Host Port", &container.ports, |port| port.host_port);
    let profile = container
        .rest
        .get("securityContext")
        .and_then(|c| c.pointer("/seccompProfile/type"));
    if let Some(profile) = profile.and_then(|profile| profile.as_str()) {
        page.field(2, "SeccompProfile", profile);
    }
}

/// Writes ports: with their names when there are several (kubectl 1.32 names none otherwise).
fn ports(page: &mut Page, title: &str, ports: &[ContainerPort], number: fn(&ContainerPort) -> i64) {
    let texts: Vec<String> = ports
        .iter()
        .map(|port| format!("{}/{}", number(port), port.protocol))
        .collect();
    let plural = if texts.len() > 1 { "s" } else { "" };
    page.field(2, &format!("{title}{plural}"), or_none(&texts.join(", ")));
}

fn words(page: &mut Page, title: &str, words: &[String]) {
    if words.is_empty() {
        return;
    }
    page.line(2, format!("{title}:"));
    for line in words.iter().flat_map(|word| word.split('\n')) {
        page.line(3, line);
    }
}

fn state(page: &mut Page, title: &str, state: &ContainerState) {
    if let Some(running) = &state.running {
        page.field(2, title, "Running");
        page.field(3, "Started", date(running.started_at));
    } else if let Some(ended) = &state.terminated {
        page.field(2, title, "Terminated");
        if !ended.reason.is_empty() {
            page.field(3, "Reason", &ended.reason);
        }
        if !ended.message.is_empty() {
            page.field(3, "Message", &ended.message);
        }
        page.field(3, "Exit Code", ended.exit_code);
        if ended.signal > 0 {
            page.field(3, "Signal", ended.signal);
        }
        page.field(3, "Started", date(ended.started_at));
        page.field(3, "Finished", date(ended.finished_at));
    } else {
        page.field(2, title, "Waiting");
        let reason = state.waiting.as_ref().map_or("", |waiting| &waiting.reason);
        if !reason.is_empty() {
            page.field(3, "Reason", reason);
        }
    }
}

fn resources(page: &mut Page, title: &str, resources: &Resources) {
    if !resources.is_empty() {
        page.line(2, format!("{title}:"));
    }
    for (name, amount) in resources {
        page.field(3, name, amount);
    }
}

fn probes(page: &mut Page, container: &Container) {
    let probes = [
        ("Liveness", &container.liveness_probe),
        ("Readiness", &container.readiness_probe),
        ("Startup", &container.startup_probe),
    ];
    for (title, found) in probes {
        if let Some(found) = found {
            page.field(2, title, probe(found));
        }
    }
}

/// Returns a probe in one line (`DescribeProbe`).
fn probe(probe: &Probe) -> String {
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        probe.initial_delay_seconds,
        probe.timeout_seconds,
        probe.period_seconds,
        probe.success_threshold,
        probe.failure_threshold
    );
    if let Some(exec) = &probe.exec {
        return format!("exec [{}] {attributes}", exec.command.join(" "));
    }
    if let Some(get) = &probe.http_get {
        let scheme = get.scheme.to_lowercase();
        let slash = if get.path.is_empty() || get.path.starts_with('/') {
            ""
        } else {
            "/"
        };
        return format!(
            "http-get {scheme}://{}:{}{slash}{} {attributes}",
            get.host, get.port, get.path
        );
    }
    if let Some(socket) = &probe.tcp_socket {
        return format!("tcp-socket {}:{} {attributes}", socket.host, socket.port);
    }
    if let Some(grpc) = &probe.grpc {
        return format!(
            "grpc <pod>:{} {} {attributes}",
            grpc.port,
            grpc.service.as_deref().unwrap_or("")
        );
    }
    format!("unknown {attributes}")
}

fn environment(page: &mut Page, container: &Container, pod: Option<&Pod>) {
    if !container.env_from.is_empty() {
        page.line(2, "Environment Variables from:");
        for from in &container.env_from {
            let (kind, source) = match (&from.config_map_ref, &from.secret_ref) {
                (Some(source), _) => ("ConfigMap", Some(source)),
                (None, source) => ("Secret", source.as_ref()),
            };
            let name = source.map_or("", |source| &source.name);
            let optional = source.and_then(|source| source.optional).unwrap_or(false);
            let prefix = match from.prefix.as_str() {
                "" => String::new(),
                prefix => format!(" with prefix '{prefix}'"),
            };
            page.line(3, format!("{name}\t{kind}{prefix}\tOptional: {optional}"));
        }
    }
    let none = if container.env.is_empty() { "\t<none>" } else { "" };
    page.line(2, format!("Environment:{none}"));
    for variable in &container.env {
        env_var(page, variable, container, pod);
    }
}

fn env_var(page: &mut Page, variable: &EnvVar, container: &Container, pod: Option<&Pod>) {
    let name = &variable.name;
    let Some(from) = &variable.value_from else {
        for (i, line) in variable.value.split('\n').enumerate() {
            let head = if i == 0 { format!("{name}:") } else { String::new() };
            page.line(3, format!("{head}\t{line}"));
        }
        return;
    };
    if let Some(field) = &from.field_ref {
        let value = pod.map_or(String::new(), |pod| field_of(pod, &field.field_path));
        page.field(3, name, format!("{value} ({}:{})", field.api_version, field.field_path));
    } else if let Some(key) = &from.secret_key_ref {
        let optional = key.optional.unwrap_or(false);
        let text = format!(
            "<set to the key '{}' in secret '{}'>\tOptional: {optional}",
            key.key, key.name
        );
        page.field(3, name, text);
    } else if let Some(key) = &from.config_map_key_ref {
        let optional = key.optional.unwrap_or(false);
        let text = format!(
            "<set to the key '{}' of config map '{}'>\tOptional: {optional}",
            key.key, key.name
        );
        page.field(3, name, text);
    } else if let Some(resource) = from.rest.get("resourceFieldRef").and_then(|r| r["resource"].as_str()) {
        let (side, what) = resource.split_once('.').unwrap_or(("", resource));
        let amounts = if side == "limits" {
            &container.resources.limits
        } else {
            &container.resources.requests
        };
        let value = match amounts.get(what) {
            Some(amount) => amount.value().to_string(),
            None if side == "limits" => "node allocatable".to_owned(),
            None => "0".to_owned(),
        };
        page.field(3, name, format!("{value} ({resource})"));
    }
}

/// Returns the field of a pod that a variable names (`fieldpath.ExtractFieldPathAsString`).
fn field_of(pod: &Pod, path: &str) -> String {
    let meta = &pod.metadata;
    let subscript = |prefix: &str| path.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("']"));
    match path {
        "metadata.name" => meta.name.to_string(),
        "metadata.namespace" => meta.namespace.to_string(),
        "metadata.uid" => meta.uid.to_string(),
        "spec.nodeName" => pod.spec.node_name.to_string(),
        "spec.serviceAccountName" => pod.spec.service_account_name.to_string(),
        "status.podIP" => pod.status.pod_ip.to_string(),
        "status.hostIP" => pod.status.host_ip.to_string(),
        _ => match (subscript("metadata.labels['"), subscript("metadata.annotations['")) {
            (Some(key), _) => meta.labels.value(key).to_owned(),
            (_, Some(key)) => meta.annotations.value(key).to_owned(),
            _ => String::new(),
        },
    }
}

fn mounts(page: &mut Page, container: &Container) {
    let none = if container.volume_mounts.is_empty() {
        "\t<none>"
    } else {
        ""
    };
    page.line(2, format!("Mounts:{none}"));
    let mut mounts: Vec<_> = container.volume_mounts.iter().collect();
    mounts.sort_by(|a, b| a.mount_path.cmp(&b.mount_path));
    for mount in mounts {
        let mode = if mount.read_only { "ro" } else { "rw" };
        let path = match mount.sub_path.as_str() {
            "" => String::new(),
            path => format!(",path=\"{path}\""),
        };
        page.line(3, format!("{} from {} ({mode}{path})", mount.mount_path, mount.name));
    }
}
