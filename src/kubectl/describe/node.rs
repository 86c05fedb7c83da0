//! A node: what it is, how it is, and who has asked for how much of it.

use super::page::{Page, date};
use crate::api::{Container, Key, Kind, Node, Object, Pod, PodSpec, Quantity, Resources, Time};
use crate::kubectl::tables::Look;
use std::sync::Arc;

pub(super) fn node(page: &mut Page, node: &Node, look: &Look<'_>) {
    let (meta, status) = (&node.metadata, &node.status);
    page.field(0, "Name", &meta.name);
    let roles = crate::kubectl::tables::node_roles(node);
    page.field(0, "Roles", if roles.is_empty() { "<none>" } else { &roles });
    page.marks(meta);
    page.field(0, "CreationTimestamp", date(meta.creation_timestamp));
    page.list("Taints", taints(node));
    page.field(0, "Unschedulable", node.spec.unschedulable);
    lease(page, node, look);
    if !status.conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(
            1,
            "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage",
        );
        page.line(
            1,
            "----\t------\t-----------------\t------------------\t------\t-------",
        );
        for c in &status.conditions {
            let (beat, changed) = (date(c.last_heartbeat_time), date(c.last_transition_time));
            let text = format!(
                "{} \t{:?} \t{beat} \t{changed} \t{} \t{}",
                c.kind, c.status, c.reason, c.message
            );
            page.line(1, text);
        }
    }
    page.line(0, "Addresses:");
    for address in &status.addresses {
        page.field(1, &address.kind, &address.address);
    }
    for (title, amounts) in [("Capacity", &status.capacity), ("Allocatable", &status.allocatable)] {
        if !amounts.is_empty() {
            page.line(0, format!("{title}:"));
        }
        for (name, amount) in amounts {
            page.field(1, name, amount);
        }
    }
    let info = &status.node_info;
    page.line(0, "System Info:");
    page.field(1, "Machine ID", &info.machine_id);
    page.field(1, "System UUID", &info.system_uuid);
    page.field(1, "Boot ID", &info.boot_id);
    page.field(1, "Kernel Version", &info.kernel_version);
    page.field(1, "OS Image", &info.os_image);
    page.field(1, "Operating System", &info.operating_system);
    page.field(1, "Architecture", &info.architecture);
    page.field(1, "Container Runtime Version", &info.container_runtime_version);
    page.field(1, "Kubelet Version", &info.kubelet_version);
    page.field(1, "Kube-Proxy Version", &info.kube_proxy_version);
    if !node.spec.pod_cidr.is_empty() {
        page.field(0, "PodCIDR", &node.spec.pod_cidr);
    }
    if !node.spec.pod_cidrs.is_empty() {
        page.field(0, "PodCIDRs", node.spec.pod_cidrs.join(","));
    }
    if !node.spec.provider_id.is_empty() {
        page.field(0, "ProviderID", &node.spec.provider_id);
    }
    pods(page, node, look);
}

/// Returns the taints as text, the effects of one key together (`printTaintsMultilineWithIndent`).
fn taints(node: &Node) -> Vec<String> {
    let mut taints: Vec<_> = node.spec.taints.iter().collect();
    taints.sort_by_key(|taint| (format!("{:?}", taint.effect), &taint.key));
    let text = |taint: &&crate::api::Taint| {
        let value = match taint.value.as_str() {
            "" => String::new(),
            value => format!("={value}"),
        };
        format!("{}{value}:{:?}", taint.key, taint.effect)
    };
    taints.iter().map(text).collect()
}

/// Writes the Lease by which the node shows that it lives: a stored one, or the one that the cluster computes.
fn lease(page: &mut Page, node: &Node, look: &Look<'_>) {
    let name = &node.metadata.name;
    let kind = Kind::of("coordination.k8s.io/v1", "Lease");
    let key = kind.map(|kind| Key::new(kind, "kube-node-lease", name.clone()));
    let stored = key.and_then(|key| look.store.find(&key)).map(Object::to_value);
    let renewed = look.cluster.and_then(|cluster| cluster.lease(name));
    let time = |field: &str| {
        let text = stored.as_ref().and_then(|lease| lease["spec"][field].as_str());
        let at = text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        at.map(|at| Time(at.as_millisecond()))
    };
    let or_unset = |at: Option<Time>| at.map_or("<unset>".to_owned(), |at| date(Some(at)));
    if stored.is_none() && renewed.is_none() {
        let text = format!("Failed to get lease: leases.coordination.k8s.io \"{name}\" not found");
        page.field(0, "Lease", text);
        return;
    }
    page.line(0, "Lease:");
    page.field(1, "HolderIdentity", name);
    page.field(1, "AcquireTime", or_unset(time("acquireTime")));
    page.field(1, "RenewTime", or_unset(time("renewTime").or(renewed)));
}

/// Writes the pods that have not ended, and the sums of what they ask for (`describeNodeResource`).
fn pods(page: &mut Page, node: &Node, look: &Look<'_>) {
    let on_node = |pod: &&Arc<Pod>| pod.spec.node_name == node.metadata.name && !pod.status.phase.is_terminal();
    let pods: Vec<&Arc<Pod>> = look.store.list::<Pod>("").filter(on_node).collect();
    let allocatable = if node.status.allocatable.is_empty() {
        &node.status.capacity
    } else {
        &node.status.allocatable
    };
    page.field(0, "Non-terminated Pods", format!("({} in total)", pods.len()));
    page.line(
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
    );
    page.line(
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---",
    );
    for pod in &pods {
        let cells = [
            share(pod.spec.request("cpu"), "cpu", allocatable),
            share(limit(&pod.spec, "cpu"), "cpu", allocatable),
            share(pod.spec.request("memory"), "memory", allocatable),
            share(limit(&pod.spec, "memory"), "memory", allocatable),
        ];
        let age = look.since(pod.metadata.creation_timestamp);
        let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
        page.line(1, format!("{namespace}\t{name}\t\t{}\t{age}", cells.join("\t")));
    }
    page.line(0, "Allocated resources:");
    page.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    let sum = |amount: &dyn Fn(&PodSpec) -> Quantity| {
        let amounts = pods
            .iter()
            .map(|pod| amount(&pod.spec))
            .filter(|amount| !amount.is_zero());
        amounts.reduce(Quantity::plus).unwrap_or_default()
    };
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        let requests = share(sum(&|spec| spec.request(resource)), resource, allocatable);
        let limits = share(sum(&|spec| limit(spec, resource)), resource, allocatable);
        page.line(1, format!("{resource}\t{requests}\t{limits}"));
    }
    let standard = ["cpu", "memory", "ephemeral-storage", "pods"];
    for resource in allocatable.keys().filter(|name| !standard.contains(&name.as_str())) {
        let requests = sum(&|spec| spec.request(resource));
        page.line(
            1,
            format!("{resource}\t{requests}\t{}", sum(&|spec| limit(spec, resource))),
        );
    }
}

/// Returns `250m (6%)`.
fn share(amount: Quantity, resource: &str, allocatable: &Resources) -> String {
    let whole = allocatable.get(resource).copied().unwrap_or_default();
    let percent = match whole.as_milli() {
        0 => 0,
        whole => (amount.as_milli() as f64 / whole as f64 * 100.0) as i64,
    };
    format!("{amount} ({percent}%)")
}

/// Returns the limit of a pod: the sum over its containers, or the largest init container where that is more.
fn limit(spec: &PodSpec, resource: &str) -> Quantity {
    let of = |container: &Container| container.resources.limits.get(resource).copied().unwrap_or_default();
    let sum = spec.containers.iter().map(of).filter(|amount| !amount.is_zero());
    let sum = sum.reduce(Quantity::plus).unwrap_or_default();
    spec.init_containers.iter().map(of).fold(sum, Quantity::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_cut_to_whole_percents() {
        let allocatable: Resources = [("cpu".to_owned(), Quantity::whole(4))].into();
        assert_eq!(share(Quantity::milli(250), "cpu", &allocatable), "250m (6%)");
        assert_eq!(share(Quantity::default(), "memory", &allocatable), "0 (0%)");
    }
}
