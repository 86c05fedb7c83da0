//! Nodes, disruption budgets and attachments: what stands below and around the workloads.

use super::answer::{Coming, Finding, Mover, Said, Stuck, Way};
use super::leaving;
use super::look::{Look, Plight, short};
use super::remedy::{command, merge};
use crate::api::{IntOrString, Node, Object, Pod, PodDisruptionBudget, Resource, VolumeAttachment, condition};
use serde_json::json;
use std::sync::Arc;

/// Finds what is wrong with a node: its machine, its readiness, whether it takes pods, what keeps it from being drained.
pub(super) fn of_node(look: &Look<'_>, node: &Arc<Node>) -> Vec<Finding> {
    let (key, name) = (node.key(), &node.metadata.name);
    let mut found = Vec::new();
    let judged = look.doubted(node);
    match look.plight(name) {
        Plight::Fine if node.is_ready() => (),
        Plight::Fine => {
            let message = condition::find(&node.status.conditions, "Ready").map(|ready| ready.message.to_string());
            let message = message.unwrap_or_else(|| "NotReady".to_owned());
            let text = Said::new(
                format!(
                    "its machine runs, and its kubelet is about to report; what the API server has is old: {message}"
                ),
                format!("머신은 켜져 있고 kubelet이 곧 보고함; API 서버에 있는 것은 옛 상태: {message}"),
            );
            let finding = Finding::new(Stuck::NodeNotReady, key.clone(), text).by(look.mover_of(name));
            found.push(finding.coming(judged).ways([Way::wait(20_000)]));
        }
        plight => {
            let (stuck, text) = match plight {
                Plight::Cut => (
                    Stuck::MachineCut,
                    Said::new(
                        "its machine is cut off from the network; what runs on it runs on",
                        "머신의 네트워크가 끊김, 그 위의 것은 계속 돎",
                    ),
                ),
                Plight::Off => (
                    Stuck::MachineOff,
                    Said::new("its machine has no power", "머신 전원 꺼짐"),
                ),
                Plight::Booting => (
                    Stuck::MachineStarting,
                    Said::new("its machine went down, and boots", "머신이 꺼졌다가 부팅 중"),
                ),
                Plight::Mute => (
                    Stuck::NodeNotReady,
                    Said::new("its kubelet does not run", "kubelet이 돌지 않음"),
                ),
                _ => (
                    Stuck::NodeNotReady,
                    Said::new("there is no machine of that name", "그런 이름의 머신이 없음"),
                ),
            };
            let mut finding = Finding::new(stuck, key.clone(), text)
                .by(look.mover_of(name))
                .coming(judged);
            let boots = look.boots_at(name);
            finding = finding.coming(boots.map(|at| Coming::new(look.now, at, "it runs again", "다시 켜짐")));
            let pods = look.store.list::<Pod>("").filter(|pod| pod.spec.node_name == *name);
            let evicted = pods
                .filter_map(|pod| look.world.actors().taint_eviction.evicts_at(&pod.key()))
                .min()
                // A node that is back before takes its taint along.
                .filter(|at| boots.is_none_or(|boots| *at < boots));
            finding = finding.coming(evicted.map(|at| Coming::new(look.now, at, "its pods are evicted", "Pod 퇴거")));
            finding.ways.extend(look.ways_back(name));
            if plight == Plight::Off {
                finding.ways.push(leaving::out_of_service(name));
            }
            found.push(finding);
        }
    }
    found.extend(still_vouched_dead(look, node));
    if node.spec.unschedulable {
        found.extend(blocked_drain(look, node));
        let text = Said::new(
            "it is cordoned: it takes no new pods",
            "cordon 상태, 새 Pod를 받지 않음",
        );
        let words = Said::new("let it take pods again", "다시 Pod를 받게 하기");
        let act = command(&key, &["uncordon", name]);
        found.push(Finding::new(Stuck::Cordoned, key, text).ways([Way::command(words, act)]));
    }
    found
}

/// Tells of a node that is back while the taint is still on it by which somebody vouched that it is dead.
fn still_vouched_dead(look: &Look<'_>, node: &Node) -> Option<Finding> {
    let name = &node.metadata.name;
    let mut taints = node.spec.taints.iter();
    let taint = taints.find(|taint| taint.key == leaving::OUT_OF_SERVICE)?;
    if look.plight(name) != Plight::Fine {
        return None;
    }
    let text = Said::new(
        format!(
            "its machine runs, and it still bears the taint {}, by which somebody vouched that it is dead: no pod comes to it",
            taint.key
        ),
        format!(
            "머신은 켜져 있는데 죽은 노드라고 알린 taint {}이(가) 아직 남아 있음: 어떤 Pod도 오지 못함",
            taint.key
        ),
    );
    let words = Said::new("take the taint away: the node is back", "taint 제거: 노드가 돌아왔음");
    let off = format!("{}:{:?}-", taint.key, taint.effect);
    let act = command(&node.key(), &["taint", "nodes", name, &off]);
    Some(Finding::new(Stuck::Tainted, node.key(), text).ways([Way::command(words, act)]))
}

/// Finds the budgets that keep pods from being evicted from a cordoned node.
fn blocked_drain(look: &Look<'_>, node: &Node) -> Vec<Finding> {
    let on_it = |pod: &&Arc<Pod>| pod.spec.node_name == node.metadata.name && pod.is_active();
    let mut found: Vec<Finding> = Vec::new();
    for budget in look.store.list::<PodDisruptionBudget>("") {
        let covered = look
            .store
            .list::<Pod>(&budget.metadata.namespace)
            .filter(on_it)
            .find(|pod| covers(budget, pod));
        if let Some(pod) = covered.filter(|_| budget.status.disruptions_allowed <= 0) {
            found.extend(of_budget(look, budget).into_iter().take(1).map(|mut finding| {
                finding.text = Said::new(
                    format!("{} cannot be evicted from here: {}", pod.key(), finding.text.en),
                    format!("{}을(를) 여기서 퇴거시킬 수 없음: {}", pod.key(), finding.text.ko),
                );
                finding
            }));
        }
    }
    found
}

fn covers(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    budget
        .spec
        .selector
        .as_ref()
        .is_some_and(|selector| selector.matches(&pod.metadata.labels))
}

/// Finds why a budget allows no disruption.
pub(super) fn of_budget(look: &Look<'_>, budget: &Arc<PodDisruptionBudget>) -> Vec<Finding> {
    let (key, status) = (budget.key(), &budget.status);
    if status.disruptions_allowed > 0 {
        return vec![];
    }
    let pods: Vec<_> = look
        .store
        .list::<Pod>(&key.namespace)
        .filter(|pod| covers(budget, pod))
        .collect();
    if pods.is_empty() {
        return vec![];
    }
    if status.current_healthy < status.desired_healthy || status.current_healthy < status.expected_pods {
        let text = Said::new(
            format!(
                "{} of its pods are healthy and {} must be: no eviction before the others are ready",
                status.current_healthy, status.desired_healthy
            ),
            format!(
                "정상 Pod {}개, 최소 {}개 필요: 나머지가 준비되기 전에는 퇴거 불가",
                status.current_healthy, status.desired_healthy
            ),
        );
        let sick: Vec<_> = pods.iter().filter(|pod| !pod.is_ready()).collect();
        let below: Vec<Finding> = sick
            .iter()
            .take(1)
            .flat_map(|pod| super::pod::find(look, pod).0)
            .collect();
        let mut finding = Finding::new(Stuck::Budget, key, text);
        match below.first() {
            Some(first) => {
                finding.mover = first.mover.clone();
                finding.ways = first.ways.clone();
            }
            None => finding = finding.by_component("disruption-controller").ways([Way::wait(10_000)]),
        }
        return [finding].into_iter().chain(below).collect();
    }
    let text = Said::new(
        format!(
            "all {} pods must stay ({} healthy wanted): it never allows an eviction",
            status.expected_pods, status.desired_healthy
        ),
        format!(
            "Pod {}개가 모두 있어야 함(정상 {}개 요구): 퇴거를 결코 허락하지 않음",
            status.expected_pods, status.desired_healthy
        ),
    );
    let change = match &budget.spec.max_unavailable {
        Some(_) => json!({"spec": {"maxUnavailable": 1}}),
        None => json!({"spec": {"minAvailable": IntOrString::Int((status.expected_pods - 1).max(0))}}),
    };
    let words = Said::new("let one pod be missing", "Pod 하나는 없어도 되게 하기");
    let mut finding = Finding::new(Stuck::Budget, key.clone(), text).ways([Way::command(words, merge(&key, &change))]);
    if let Some(top) = pods.first().and_then(|pod| look.top(&pod.metadata)) {
        let replicas = match top {
            Object::Deployment(d) => Some(d.spec.replicas),
            Object::StatefulSet(s) => Some(s.spec.replicas),
            _ => None,
        };
        if let Some(replicas) = replicas.filter(|_| budget.spec.max_unavailable.is_none()) {
            let (of, more) = (top.key(), format!("--replicas={}", replicas + 1));
            let words = Said::new("ask for one pod more", "Pod를 하나 더 요청");
            finding.ways.push(Way::command(
                words,
                command(&of, &["scale", of.kind.singular(), &of.name, &more]),
            ));
        }
    }
    vec![finding]
}

/// Finds what keeps an attachment from being done, or undone.
pub(super) fn of_attachment(look: &Look<'_>, attachment: &Arc<VolumeAttachment>) -> Vec<Finding> {
    let key = attachment.key();
    let node = &attachment.spec.node_name;
    let volume = attachment
        .spec
        .source
        .persistent_volume_name
        .clone()
        .unwrap_or_default();
    if attachment.metadata.is_terminating() {
        let text = Said::new(
            format!("volume {} is being detached from {node}", short(&volume)),
            format!("볼륨 {}을(를) {node}에서 분리하는 중", short(&volume)),
        );
        return vec![
            Finding::new(Stuck::Attaching, key, text)
                .by(Mover::Cloud)
                .ways([Way::wait(20_000)]),
        ];
    }
    if let Some(since) = look.world.actors().attacher.unwanted_since(&volume, node) {
        let at = since + look.world.settings.force_detach;
        let text = Said::new(
            format!(
                "nobody wants volume {} on {node} any more, and {node} does not say that it is unmounted",
                short(&volume)
            ),
            format!(
                "{node}에서 볼륨 {}을(를) 더는 쓰지 않지만 마운트가 풀렸다는 말이 없음",
                short(&volume)
            ),
        );
        let mut finding = Finding::new(Stuck::MultiAttach, key, text).by(look.mover_of(node));
        if look.node(node).is_none_or(|node| !node.is_ready()) {
            finding = finding.coming([Coming::new(look.now, at, "is detached by force", "강제 분리")]);
        }
        if look.plight(node) == Plight::Off {
            finding.ways.push(leaving::out_of_service(node));
        }
        finding.ways.extend(look.ways_back(node));
        return vec![finding];
    }
    if attachment.status.attached {
        return vec![];
    }
    let text = Said::new(
        format!("volume {} is being attached to {node}", short(&volume)),
        format!("볼륨 {}을(를) {node}에 연결하는 중", short(&volume)),
    );
    vec![
        Finding::new(Stuck::Attaching, key, text)
            .by(Mover::Cloud)
            .ways([Way::wait(20_000)]),
    ]
}
