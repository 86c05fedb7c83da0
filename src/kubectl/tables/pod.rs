//! Pods: the one table whose STATUS is a story of its own.

use super::{Look, Row, or_none};
use crate::api::{Container, ContainerState, ContainerStatus, Object, Pod, Time, condition};

pub(super) const COLUMNS: &[(&str, bool)] = &[
    ("NAME", false),
    ("READY", false),
    ("STATUS", false),
    ("RESTARTS", false),
    ("AGE", false),
    ("IP", true),
    ("NODE", true),
    ("NOMINATED NODE", true),
    ("READINESS GATES", true),
];

pub(super) fn row(object: &Object, look: &Look<'_>) -> Row {
    let Object::Pod(pod) = object else { return vec![] };
    let summary = Summary::of(pod);
    let restarts = match summary.last_restart {
        Some(at) if summary.restarts > 0 => format!("{} ({} ago)", summary.restarts, look.since(Some(at))),
        _ => summary.restarts.to_string(),
    };
    let ip = pod.status.pod_ips.first().map_or(&*pod.status.pod_ip, |ip| &ip.ip);
    vec![
        pod.metadata.name.to_string(),
        format!("{}/{}", summary.ready, summary.total),
        summary.reason,
        restarts,
        look.age(object),
        or_none(ip),
        or_none(&pod.spec.node_name),
        or_none(&pod.status.nominated_node_name),
        readiness_gates(pod),
    ]
}

/// Returns the word under STATUS.
pub fn status(pod: &Pod) -> String {
    Summary::of(pod).reason
}

/// What a row says of the containers (pkg/printers/internalversion/printers.go, `printPod`).
struct Summary {
    ready: usize,
    total: usize,
    restarts: i64,
    last_restart: Option<Time>,
    reason: String,
}

impl Summary {
    fn of(pod: &Pod) -> Self {
        let (spec, status) = (&pod.spec, &pod.status);
        let is_sidecar = |name: &str| {
            spec.init_containers
                .iter()
                .any(|c| c.name == name && restarts_always(c))
        };
        let sidecars = spec.init_containers.iter().filter(|c| restarts_always(c)).count();
        let mut summary = Self {
            ready: 0,
            total: spec.containers.len() + sidecars,
            restarts: 0,
            last_restart: None,
            reason: format!("{:?}", status.phase),
        };
        if !status.reason.is_empty() {
            summary.reason = status.reason.to_string();
        }
        if condition::find(&status.conditions, "PodScheduled").is_some_and(|c| c.reason == "SchedulingGated") {
            summary.reason = "SchedulingGated".to_owned();
        }
        let mut initializing = false;
        for (i, container) in status.init_container_statuses.iter().enumerate() {
            summary.count_restarts(container);
            if ended_well(&container.state) {
                continue;
            }
            if is_sidecar(&container.name) && container.started == Some(true) {
                summary.ready += usize::from(container.ready);
                continue;
            }
            summary.reason = match (&container.state.terminated, &container.state.waiting) {
                (Some(_), _) => format!("Init:{}", ending(&container.state)),
                (None, Some(waiting)) if !waiting.reason.is_empty() && waiting.reason != "PodInitializing" => {
                    format!("Init:{}", waiting.reason)
                }
                _ => format!("Init:{i}/{}", spec.init_containers.len()),
            };
            initializing = true;
            break;
        }
        if !initializing || condition::is_true(&status.conditions, "Initialized") {
            summary.look_at_containers(pod, is_sidecar);
        }
        if pod.metadata.is_terminating() {
            if status.reason == "NodeLost" {
                summary.reason = "Unknown".to_owned();
            } else if !status.phase.is_terminal() {
                summary.reason = "Terminating".to_owned();
            }
        }
        summary
    }

    /// Once the init containers are done, only sidecars and containers count.
    fn look_at_containers(&mut self, pod: &Pod, is_sidecar: impl Fn(&str) -> bool) {
        (self.restarts, self.last_restart) = (0, None);
        for container in pod
            .status
            .init_container_statuses
            .iter()
            .filter(|c| is_sidecar(&c.name))
        {
            self.count_restarts(container);
        }
        let mut has_running = false;
        for container in pod.status.container_statuses.iter().rev() {
            self.count_restarts(container);
            let state = &container.state;
            match (&state.waiting, &state.terminated) {
                (Some(waiting), _) if !waiting.reason.is_empty() => self.reason = waiting.reason.to_string(),
                (_, Some(_)) => self.reason = ending(state),
                _ if container.ready && state.running.is_some() => {
                    has_running = true;
                    self.ready += 1;
                }
                _ => (),
            }
        }
        if self.reason == "Completed" && has_running {
            self.reason = if pod.is_ready() { "Running" } else { "NotReady" }.to_owned();
        }
    }

    fn count_restarts(&mut self, container: &ContainerStatus) {
        self.restarts += container.restart_count;
        if let Some(last) = &container.last_state.terminated {
            self.last_restart = self.last_restart.max(last.finished_at);
        }
    }
}

fn restarts_always(container: &Container) -> bool {
    container.restart_policy == "Always"
}

fn ended_well(state: &ContainerState) -> bool {
    state.terminated.as_ref().is_some_and(|t| t.exit_code == 0)
}

/// Returns why a container ended, in one word.
fn ending(state: &ContainerState) -> String {
    let Some(ended) = &state.terminated else {
        return String::new();
    };
    if !ended.reason.is_empty() {
        ended.reason.to_string()
    } else if ended.signal != 0 {
        format!("Signal:{}", ended.signal)
    } else {
        format!("ExitCode:{}", ended.exit_code)
    }
}

/// Returns how many of the gates are open; gates are carried, so their names are read from what is carried.
fn readiness_gates(pod: &Pod) -> String {
    let Some(gates) = pod.spec.rest.get("readinessGates").and_then(|gates| gates.as_array()) else {
        return "<none>".to_owned();
    };
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let is_open = |gate: &&serde_json::Value| {
        let kind = gate.get("conditionType").and_then(|t| t.as_str());
        kind.is_some_and(|kind| condition::is_true(&pod.status.conditions, kind))
    };
    format!("{}/{}", gates.iter().filter(is_open).count(), gates.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::store::Store;
    use serde_json::{Value, json};

    /// Returns READY, STATUS and RESTARTS of a pod with this spec and status.
    fn shown(meta: Value, spec: Value, status: Value) -> [String; 3] {
        let mut meta = meta;
        meta["name"] = "p".into();
        let pod = json!({"metadata": meta, "spec": spec, "status": status});
        let object = Object::from_value(&Kind::Pod, pod).unwrap();
        let look = Look {
            store: &Store::default(),
            now: Time::EPOCH,
            cluster: None,
        };
        let row = row(&object, &look);
        [row[1].clone(), row[2].clone(), row[3].clone()]
    }

    fn one() -> Value {
        json!({"containers": [{"name": "a"}]})
    }

    #[test]
    fn a_pod_that_waits_says_for_what() {
        assert_eq!(shown(json!({}), one(), json!({})), ["0/1", "Pending", "0"]);
        let gated = json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]});
        assert_eq!(shown(json!({}), one(), gated)[1], "SchedulingGated");
        let creating = json!({"containerStatuses": [
            {"name": "a", "state": {"waiting": {"reason": "ContainerCreating"}}}]});
        assert_eq!(shown(json!({}), one(), creating)[1], "ContainerCreating");
    }

    #[test]
    fn restarts_tell_when_the_last_one_was() {
        let crashing = json!({"phase": "Running", "containerStatuses": [{
            "name": "a", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-01-05T08:59:55Z"}}}]});
        assert_eq!(
            shown(json!({}), one(), crashing),
            ["0/1", "CrashLoopBackOff", "3 (5s ago)"]
        );
    }

    #[test]
    fn init_containers_are_counted_until_they_are_done() {
        let spec = json!({"initContainers": [{"name": "i"}, {"name": "j"}], "containers": [{"name": "a"}]});
        let second = json!({"initContainerStatuses": [
            {"name": "i", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            {"name": "j", "state": {"running": {}}}],
            "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "PodInitializing"}}}]});
        assert_eq!(shown(json!({}), spec.clone(), second)[1], "Init:1/2");
        let failed = json!({"initContainerStatuses": [
            {"name": "i", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]});
        assert_eq!(shown(json!({}), spec.clone(), failed)[1], "Init:Error");
        let silent = json!({"initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 3}}}]});
        assert_eq!(shown(json!({}), spec, silent)[1], "Init:ExitCode:3");
    }

    #[test]
    fn a_sidecar_counts_among_the_ready() {
        let spec = json!({"initContainers": [{"name": "s", "restartPolicy": "Always"}], "containers": [{"name": "a"}]});
        let status = json!({"phase": "Running",
            "initContainerStatuses": [{"name": "s", "ready": true, "started": true, "state": {"running": {}}}],
            "containerStatuses": [{"name": "a", "ready": true, "state": {"running": {}}}]});
        assert_eq!(shown(json!({}), spec, status), ["2/2", "Running", "0"]);
    }

    #[test]
    fn a_pod_that_is_to_go_is_terminating_until_it_has_ended() {
        let going = json!({"deletionTimestamp": "2026-01-05T09:00:30Z"});
        let running = json!({"phase": "Running", "containerStatuses": [
            {"name": "a", "ready": true, "state": {"running": {}}}]});
        assert_eq!(
            shown(going.clone(), one(), running.clone()),
            ["1/1", "Terminating", "0"]
        );
        let mut lost = running.clone();
        lost["reason"] = "NodeLost".into();
        assert_eq!(shown(going.clone(), one(), lost)[1], "Unknown");
        let ended = json!({"phase": "Succeeded", "containerStatuses": [
            {"name": "a", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]});
        assert_eq!(shown(going.clone(), one(), ended), ["0/1", "Completed", "0"]);
        let mut failed = running;
        failed["phase"] = "Failed".into();
        assert_eq!(
            shown(going, one(), failed),
            ["1/1", "Failed", "0"],
            "as after an out-of-service taint"
        );
    }

    #[test]
    fn one_container_of_two_that_is_done_leaves_the_pod_not_ready() {
        let spec = json!({"containers": [{"name": "a"}, {"name": "b"}]});
        let status = json!({"phase": "Running", "containerStatuses": [
            {"name": "a", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            {"name": "b", "ready": true, "state": {"running": {}}}]});
        assert_eq!(shown(json!({}), spec, status), ["1/2", "NotReady", "0"]);
    }
}
