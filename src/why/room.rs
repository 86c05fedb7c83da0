//! Room on nodes: how much is free, how a pod could ask for less, and which others could go.

use super::answer::{Remedy, Said, Way};
use super::look::Look;
use super::remedy::{amend, command, delete, set};
use crate::api::{Object, Pod, Quantity, Resource};
use std::sync::Arc;

/// Below so much a pod is not worth squeezing in: a hundredth of a cpu, 16 MiB.
const LEAST: [(&str, i64); 2] = [("cpu", 10), ("memory", (16 << 20) * 1000)];

/// Returns what is free of a resource on a node, in thousandths.
fn free(look: &Look<'_>, node: &str, resource: &str) -> i64 {
    let has = look
        .node(node)
        .and_then(|node| node.status.allocatable.get(resource).copied());
    let pods = look.store.list::<Pod>("");
    let used = pods
        .filter(|pod| *pod.spec.node_name == *node && !pod.status.phase.is_terminal())
        .map(|pod| pod.spec.request(resource).as_milli());
    has.unwrap_or_default().as_milli() - used.sum::<i64>()
}

/// Returns the way that lets a pod ask for what the freest of some nodes has.
pub(super) fn smaller(look: &Look<'_>, pod: &Pod, nodes: &[&Arc<str>]) -> Option<Way> {
    let free_on = |node: &str| LEAST.map(|(resource, _)| free(look, node, resource));
    let wanted = LEAST.map(|(resource, _)| pod.spec.request(resource).as_milli());
    // The node on which the scarcer of the two is least scarce.
    let fraction = |have: [i64; 2]| {
        let share = |n: usize| have[n].saturating_mul(1000) / wanted[n].max(1);
        share(0).min(share(1))
    };
    let best = nodes
        .iter()
        .map(|node| free_on(node))
        .max_by_key(|have| fraction(*have))?;
    let mut operations = Vec::new();
    let mut told = Vec::new();
    for (n, (resource, least)) in LEAST.into_iter().enumerate() {
        if wanted[n] <= best[n] {
            continue;
        }
        if best[n] < least {
            return None;
        }
        // Each container gives in proportion.
        for (place, container) in pod.spec.containers.iter().enumerate() {
            let asked = container.request(resource).as_milli();
            if asked == 0 {
                continue;
            }
            let less = (i128::from(asked) * i128::from(best[n]) / i128::from(wanted[n].max(1))) as i64;
            let less = match resource {
                "cpu" => Quantity::milli(less),
                _ => Quantity::bytes((less / 1000) >> 20 << 20),
            };
            told.push(format!("{}: {resource} {less}", container.name));
            operations.push(set(
                format!("/containers/{place}/resources/requests/{resource}"),
                less.to_string(),
            ));
        }
    }
    if operations.is_empty() {
        return None;
    }
    let told = told.join(", ");
    let words = Said::new(
        format!("ask for what is free somewhere ({told}), or add a node"),
        format!("어딘가 비어 있는 만큼만 요청({told}), 아니면 노드 추가"),
    );
    amend(look, pod, &operations).map(|acts| Way::new(words, acts))
}

/// Returns the way that lets another pod of a kind go from a node.
pub(super) fn make(look: &Look<'_>, pod: &Pod, node: &str, helps: impl Fn(&Pod) -> bool) -> Option<Way> {
    let others = look.store.list::<Pod>("").filter(|other| {
        *other.spec.node_name == *node
            && other.is_active()
            && other.metadata.uid != pod.metadata.uid
            && *other.metadata.namespace != *"kube-system"
            && helps(other)
    });
    // The least important one, and one that nobody makes anew in its place before one that is.
    let victim = others.min_by_key(|other| {
        (
            other.spec.priority.unwrap_or(0),
            other.metadata.controller().is_some(),
            std::cmp::Reverse(other.spec.request("cpu").as_milli()),
            other.metadata.name.clone(),
        )
    })?;
    let words = Said::new(
        format!("make room on {node}: do without {}", victim.key()),
        format!("{node}에 자리 만들기: {} 없이 지내기", victim.key()),
    );
    Some(Way::new(words, end(look, victim)))
}

/// Returns the acts after which a pod is there no more and does not come again: its set asks for one fewer.
pub(super) fn end(look: &Look<'_>, pod: &Pod) -> Vec<Remedy> {
    match look.top(&pod.metadata) {
        Some(top) => fewer_of(top).unwrap_or_else(|| vec![delete(&pod.key(), &[])]),
        None => vec![delete(&pod.key(), &[])],
    }
}

/// Returns the way that asks for one pod fewer of the set of this one.
pub(super) fn fewer(look: &Look<'_>, pod: &Pod) -> Option<Way> {
    let top = look.top(&pod.metadata)?;
    let words = Said::new(
        format!("ask for one fewer of {}", top.key()),
        format!("{}의 수를 하나 줄이기", top.key()),
    );
    Some(Way::new(words, fewer_of(top)?))
}

fn fewer_of(top: &Object) -> Option<Vec<Remedy>> {
    let replicas = match top {
        Object::Deployment(d) => d.spec.replicas,
        Object::StatefulSet(s) => s.spec.replicas,
        Object::ReplicaSet(r) => r.spec.replicas,
        _ => return None,
    };
    let key = top.key();
    let replicas = format!("--replicas={}", (replicas - 1).max(0));
    Some(vec![command(
        &key,
        &["scale", key.kind.singular(), &key.name, &replicas],
    )])
}
