//! A pod.

use super::page::{Page, date};
use super::{container, volume};
use crate::api::{Phase, Pod, PodSpec, Quantity, Toleration, TopologySpreadConstraint};
use crate::kubectl::tables::{Look, format_selector};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn pod(page: &mut Page, pod: &Pod, look: &Look<'_>) {
    let (meta, spec, status) = (&pod.metadata, &pod.spec, &pod.status);
    page.name(meta);
    if let Some(priority) = spec.priority {
        page.field(0, "Priority", priority);
    }
    if !spec.priority_class_name.is_empty() {
        page.field(0, "Priority Class Name", &spec.priority_class_name);
    }
    if let Some(class) = spec.rest.get("runtimeClassName").and_then(Value::as_str) {
        page.field(0, "Runtime Class Name", class);
    }
    if !spec.service_account_name.is_empty() {
        page.field(0, "Service Account", &spec.service_account_name);
    }
    if spec.node_name.is_empty() {
        page.line(0, "Node:\t<none>");
    } else {
        page.field(0, "Node", format!("{}/{}", spec.node_name, status.host_ip));
    }
    if status.start_time.is_some() {
        page.field(0, "Start Time", date(status.start_time));
    }
    page.marks(meta);
    if meta.is_terminating() && !status.phase.is_terminal() {
        let lasts = look.since(meta.deletion_timestamp);
        page.field(0, "Status", format!("Terminating (lasts {lasts})"));
        let grace = meta.deletion_grace_period_seconds.unwrap_or_default();
        page.field(0, "Termination Grace Period", format!("{grace}s"));
    } else {
        page.field(0, "Status", phase(status.phase));
    }
    if !status.reason.is_empty() {
        page.field(0, "Reason", &status.reason);
    }
    if !status.message.is_empty() {
        page.field(0, "Message", &status.message);
    }
    let profile = spec
        .rest
        .get("securityContext")
        .and_then(|c| c.pointer("/seccompProfile/type"));
    if let Some(profile) = profile.and_then(Value::as_str) {
        page.field(0, "SeccompProfile", profile);
    }
    page.field(0, "IP", &status.pod_ip);
    if status.pod_ips.is_empty() {
        page.line(0, "IPs:\t<none>");
    } else {
        page.line(0, "IPs:");
        for ip in &status.pod_ips {
            page.field(1, "IP", &ip.ip);
        }
    }
    page.controlled_by(meta);
    if !status.nominated_node_name.is_empty() {
        page.field(0, "NominatedNodeName", &status.nominated_node_name);
    }
    if !spec.init_containers.is_empty() {
        let statuses = &status.init_container_statuses;
        container::containers(page, "Init Containers", &spec.init_containers, statuses, Some(pod), "");
    }
    container::containers(
        page,
        "Containers",
        &spec.containers,
        &status.container_statuses,
        Some(pod),
        "",
    );
    conditions(page, pod);
    volume::volumes(page, &spec.volumes, "");
    page.field(0, "QoS Class", qos_class(pod));
    placement(page, spec, "");
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "Pending",
        Phase::Running => "Running",
        Phase::Succeeded => "Succeeded",
        Phase::Failed => "Failed",
        Phase::Unknown => "Unknown",
    }
}

fn conditions(page: &mut Page, pod: &Pod) {
    let gates = pod.spec.rest.get("readinessGates").and_then(Value::as_array);
    if let Some(gates) = gates.filter(|gates| !gates.is_empty()) {
        page.line(0, "Readiness Gates:");
        page.line(1, "Type\tStatus");
        for gate in gates {
            let kind = gate.get("conditionType").and_then(Value::as_str).unwrap_or("");
            let found = pod.status.conditions.iter().find(|condition| condition.kind == kind);
            let status = found.map_or("<none>".to_owned(), |condition| format!("{:?}", condition.status));
            page.line(1, format!("{kind} \t{status} "));
        }
    }
    if !pod.status.conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus");
        for condition in &pod.status.conditions {
            page.line(1, format!("{} \t{:?} ", condition.kind, condition.status));
        }
    }
}

/// Writes what a pod's place depends on; `indent` stands before each title.
pub(super) fn placement(page: &mut Page, spec: &PodSpec, indent: &str) {
    page.labels(&format!("{indent}Node-Selectors"), spec.node_selector.iter());
    page.list(&format!("{indent}Tolerations"), tolerations(&spec.tolerations));
    if indent.is_empty() {
        spread(page, &spec.topology_spread_constraints, indent);
    }
}

/// Writes the constraints of even spread, if there are any.
pub(super) fn spread(page: &mut Page, constraints: &[TopologySpreadConstraint], indent: &str) {
    if constraints.is_empty() {
        return;
    }
    let mut constraints: Vec<&TopologySpreadConstraint> = constraints.iter().collect();
    constraints.sort_by(|a, b| a.topology_key.cmp(&b.topology_key));
    let lines = constraints.into_iter().map(|constraint| {
        let skew = constraint.max_skew;
        let (key, when) = (&constraint.topology_key, &constraint.when_unsatisfiable);
        let selector = constraint.label_selector.as_ref();
        let selector = selector.map_or(String::new(), |s| format!(" for selector {}", format_selector(s)));
        format!("{key}:{when} when max skew {skew} is exceeded{selector}")
    });
    page.list(&format!("{indent}Topology Spread Constraints"), lines);
}

/// Returns tolerations as text, by their keys (`printTolerationsMultilineWithIndent`).
fn tolerations(tolerations: &[Toleration]) -> Vec<String> {
    let mut sorted: Vec<&Toleration> = tolerations.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let text = |toleration: &Toleration| {
        let mut text = toleration.key.clone();
        if !toleration.value.is_empty() {
            text.push_str(&format!("={}", toleration.value));
        }
        if let Some(effect) = toleration.effect {
            text.push_str(&format!(":{effect:?}"));
        }
        if toleration.operator == "Exists" && toleration.value.is_empty() {
            let space = if text.is_empty() { "" } else { " " };
            text.push_str(&format!("{space}op=Exists"));
        }
        if let Some(seconds) = toleration.toleration_seconds {
            text.push_str(&format!(" for {seconds}s"));
        }
        text
    };
    sorted.into_iter().map(text).collect()
}

/// Returns the class of service: the one that the API server wrote, or what it would write (`qos.ComputePodQOS`).
fn qos_class(pod: &Pod) -> String {
    if !pod.status.qos_class.is_empty() {
        return pod.status.qos_class.to_string();
    }
    let containers = || pod.spec.init_containers.iter().chain(pod.spec.containers.iter());
    let counted = |amounts: &BTreeMap<String, Quantity>| {
        let mut names = amounts
            .iter()
            .filter(|(name, amount)| is_counted(name) && !amount.is_zero());
        names.next().is_some()
    };
    if !containers().any(|c| counted(&c.resources.requests) || counted(&c.resources.limits)) {
        return "BestEffort".to_owned();
    }
    let guaranteed = containers().all(|container| {
        ["cpu", "memory"].iter().all(|resource| {
            let limit = container.resources.limits.get(*resource);
            limit.is_some_and(|limit| container.request(resource) == *limit)
        })
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }.to_owned()
}

fn is_counted(resource: &str) -> bool {
    matches!(resource, "cpu" | "memory")
}
