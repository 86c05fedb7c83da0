//! Workloads: what keeps a Deployment, ReplicaSet, StatefulSet or DaemonSet from its pods.

use super::answer::{Finding, Mover, Said, Stuck, Way};
use super::look::Look;
use super::pod;
use super::quota;
use super::remedy::{command, delete, undo};
use crate::actors::ActorId;
use crate::api::{DaemonSet, Deployment, Kind, Object, Pod, ReplicaSet, Resource, StatefulSet, condition};
use std::sync::Arc;

/// The label by which a pod says of which revision it is.
const REVISION: &str = "controller-revision-hash";

/// How many pods of a set are looked at: their troubles are alike.
const LOOKED_AT: usize = 3;

/// Finds what keeps the pods of a set: the troubles of the first few that are not ready.
fn of_pods(look: &Look<'_>, pods: &[&Arc<Pod>]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for pod in pods
        .iter()
        .filter(|pod| !pod.is_ready() || pod.metadata.is_terminating())
        .take(LOOKED_AT)
    {
        for finding in pod::find(look, pod).0 {
            // What is alike in kind and cure is told once.
            if !found
                .iter()
                .any(|known| known.stuck == finding.stuck && known.text == finding.text)
            {
                found.push(finding);
            }
        }
    }
    found
}

/// Finds what keeps a Deployment from its pods.
pub(super) fn of_deployment(look: &Look<'_>, deployment: &Arc<Deployment>) -> Vec<Finding> {
    let (spec, status) = (&deployment.spec, &deployment.status);
    let key = deployment.key();
    let done = status.updated_replicas == spec.replicas
        && status.available_replicas == spec.replicas
        && status.replicas == spec.replicas
        && status.observed_generation >= deployment.metadata.generation;
    if done {
        return vec![];
    }
    let object = Object::Deployment(deployment.clone());
    let mut found = Vec::new();
    if spec.paused {
        let text = Said::new(
            "its rollout is paused: a changed template waits",
            "롤아웃이 일시 중지됨, 바뀐 템플릿은 기다림",
        );
        let words = Said::new("let it go on", "계속하게 하기");
        let act = command(&key, &["rollout", "resume", &format!("deployment/{}", key.name)]);
        found.push(Finding::new(Stuck::Paused, key.clone(), text).ways([Way::command(words, act)]));
    }
    if let Some(failure) = condition::find(&status.conditions, "ReplicaFailure") {
        found.push(quota::refused(
            &object,
            &failure.message,
            spec.replicas - status.replicas,
        ));
    }
    let pods = look.pods_of(&object);
    let below = of_pods(look, &pods);
    let progressing = condition::find(&status.conditions, "Progressing");
    let late = progressing.filter(|condition| condition.reason == "ProgressDeadlineExceeded");
    if let Some(late) = late {
        let text = Said::new(
            format!(
                "it is past its progress deadline: {}; nothing is undone by itself",
                late.message
            ),
            format!("진행 기한을 넘김: {}, 저절로 되돌려지지 않음", late.message),
        );
        let mut finding = Finding::new(Stuck::ProgressDeadline, key.clone(), text);
        // What helps its pods helps it; else the way back.
        finding.ways = below
            .iter()
            .find_map(|found| (!found.ways.is_empty()).then(|| found.ways.clone()))
            .unwrap_or_default();
        found.push(finding);
    } else if !spec.paused {
        let text = Said::new(
            format!(
                "{} of {} pods are of the newest template and available",
                status.available_replicas.min(status.updated_replicas),
                spec.replicas
            ),
            format!(
                "최신 템플릿으로 사용 가능한 Pod {}/{}",
                status.available_replicas.min(status.updated_replicas),
                spec.replicas
            ),
        );
        let deadline = look.coming(ActorId::deployment, &key, "progress deadline", "진행 기한");
        let finding = Finding::new(Stuck::RollingOut, key.clone(), text).by_component("deployment-controller");
        let mut finding = finding.coming(deadline);
        match below.first() {
            Some(first) => {
                finding.mover = first.mover.clone();
                finding.ways = first.ways.clone();
            }
            None => finding.ways.push(Way::wait(30_000)),
        }
        found.push(finding);
    }
    if let Some(first) = pods.first() {
        let back = undo(look, first);
        if let (Some(back), Some(finding)) = (back, found.last_mut())
            && !finding.ways.contains(&back)
        {
            finding.ways.push(back);
        }
    }
    found.extend(below);
    found
}

/// Finds what keeps a ReplicaSet from its pods.
pub(super) fn of_replica_set(look: &Look<'_>, set: &Arc<ReplicaSet>) -> Vec<Finding> {
    if set.status.ready_replicas == set.spec.replicas && set.status.replicas == set.spec.replicas {
        return vec![];
    }
    let object = Object::ReplicaSet(set.clone());
    let mut found = Vec::new();
    if let Some(failure) = condition::find(&set.status.conditions, "ReplicaFailure") {
        let missing = set.spec.replicas - set.status.replicas;
        found.push(quota::refused(&object, &failure.message, missing));
    }
    found.extend(of_pods(look, &look.pods_of(&object)));
    summed(found, &object, set.status.ready_replicas, set.spec.replicas)
}

/// Finds what keeps a DaemonSet from its pods.
pub(super) fn of_daemon_set(look: &Look<'_>, set: &Arc<DaemonSet>) -> Vec<Finding> {
    let status = &set.status;
    let wanted = status.desired_number_scheduled;
    if status.number_ready == wanted && status.updated_number_scheduled == wanted {
        return vec![];
    }
    let object = Object::DaemonSet(set.clone());
    let found = of_pods(look, &look.pods_of(&object));
    summed(found, &object, status.number_ready, wanted)
}

/// Puts the sum of a set's troubles before them; where there are none it is on its way.
fn summed(found: Vec<Finding>, object: &Object, have: i64, want: i64) -> Vec<Finding> {
    let text = Said::new(
        format!("{have} of {want} pods are ready"),
        format!("준비된 Pod {have}/{want}"),
    );
    let mut sum =
        Finding::new(Stuck::MissingPods, object.key(), text).by(Mover::Component(object.kind().name().into()));
    match found.first() {
        Some(first) => {
            sum.mover = first.mover.clone();
            sum.ways = first.ways.clone();
        }
        None => sum.ways.push(Way::wait(30_000)),
    }
    let mut all = vec![sum];
    all.extend(found);
    all
}

/// Finds what keeps a StatefulSet: it goes from ordinal to ordinal, and the first that is not ready holds the rest.
pub(super) fn of_stateful_set(look: &Look<'_>, set: &Arc<StatefulSet>) -> Vec<Finding> {
    let (spec, status, key) = (&set.spec, &set.status, set.key());
    let object = Object::StatefulSet(set.clone());
    let partition = spec.update_strategy.rolling_update.as_ref().map_or(0, |r| r.partition);
    let rolls = spec.update_strategy.kind == "RollingUpdate" && partition == 0;
    let well = status.ready_replicas == spec.replicas
        && status.replicas == spec.replicas
        && (!rolls || status.updated_replicas == spec.replicas)
        && status.observed_generation >= set.metadata.generation;
    if well {
        return vec![held_rollout(&object, set, partition)]
            .into_iter()
            .flatten()
            .collect();
    }
    let start = spec.ordinals.as_ref().map_or(0, |ordinals| ordinals.start);
    for ordinal in start..start.saturating_add(spec.replicas) {
        let name = format!("{}-{ordinal}", key.name);
        let Some(pod) = look.store.get::<Pod>(&key.namespace, &name) else {
            let text = Said::new(
                format!("its pod {name} is not there yet"),
                format!("Pod {name}이(가) 아직 없음"),
            );
            let again = look.coming(ActorId::statefulset, &key, "is tried again", "다시 시도");
            if let Some(why) = quota::last_refusal(look, &object) {
                return vec![quota::refused(&object, &why, start + spec.replicas - ordinal).coming(again)];
            }
            let finding = Finding::new(Stuck::MissingPods, key, text).by_component("statefulset-controller");
            return vec![finding.coming(again).ways([Way::wait(30_000)])];
        };
        if !pod.metadata.is_controlled_by(set.metadata.uid) {
            return vec![foreign_pod(look, &object, pod)];
        }
        if !pod.is_ready() || pod.metadata.is_terminating() {
            return broken_ordinal(look, set, pod, ordinal < start + spec.replicas - 1);
        }
    }
    let text = Said::new(
        format!(
            "{} of {} pods are of the newest template",
            status.updated_replicas, spec.replicas
        ),
        format!("최신 템플릿의 Pod {}/{}", status.updated_replicas, spec.replicas),
    );
    let finding = Finding::new(Stuck::RollingOut, key, text).by_component("statefulset-controller");
    let mut found = vec![finding.ways([Way::wait(30_000)])];
    found.extend(of_pods(look, &look.pods_of(&object)));
    found
}

/// Tells of a changed template that no pod gets by itself.
fn held_rollout(object: &Object, set: &StatefulSet, partition: i64) -> Option<Finding> {
    let (spec, status, key) = (&set.spec, &set.status, set.key());
    if status.updated_replicas == spec.replicas || status.update_revision == status.current_revision {
        return None;
    }
    let (text, way) = if spec.update_strategy.kind == "OnDelete" {
        let words = Said::new("delete its pods, one after the other", "Pod를 하나씩 삭제");
        let last = format!("{}-{}", key.name, spec.replicas - 1);
        (
            Said::new(
                "a pod gets the changed template when somebody deletes it (OnDelete)",
                "누군가 Pod를 지워야 바뀐 템플릿을 받음(OnDelete)",
            ),
            Way::new(words, [delete(&key.beside(Kind::Pod, last), &[])]),
        )
    } else {
        let words = Said::new("let the rollout reach all ordinals", "롤아웃이 모든 순번에 닿게 하기");
        let change = serde_json::json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}});
        (
            Said::new(
                format!("the ordinals below {partition} keep the old template (partition)"),
                format!("순번 {partition} 미만은 이전 템플릿 유지(partition)"),
            ),
            Way::command(words, super::remedy::merge(&key, &change)),
        )
    };
    Some(Finding::new(Stuck::HeldRollout, object.key(), text).ways([way]))
}

fn foreign_pod(look: &Look<'_>, set: &Object, pod: &Pod) -> Finding {
    let (key, name) = (set.key(), &pod.metadata.name);
    let text = Said::new(
        format!("a pod named {name} is there that is not its own; it waits for that name without a word"),
        format!("이름이 {name}인 남의 Pod가 있음, 말없이 그 이름을 기다림"),
    );
    let again = look.coming(ActorId::statefulset, &key, "is tried again", "다시 시도");
    let words = Said::new(format!("delete the pod {name}"), format!("Pod {name} 삭제"));
    Finding::new(Stuck::ForeignPod, key, text)
        .coming(again)
        .ways([Way::new(words, [delete(&pod.key(), &[])])])
}

/// Tells of the first pod of a set that is not ready, and what is behind it.
fn broken_ordinal(look: &Look<'_>, set: &StatefulSet, pod: &Arc<Pod>, others_wait: bool) -> Vec<Finding> {
    let (key, name) = (set.key(), &pod.metadata.name);
    let below = pod::find(look, pod).0;
    let orderly = set.spec.pod_management_policy != "Parallel";
    let outdated = pod.metadata.labels.value(REVISION) != set.status.update_revision;
    let rolling = set.status.current_revision != set.status.update_revision;
    let moving = below.iter().all(|finding| finding.mover != Mover::Person);
    // A pod that never became ready is not replaced in order, whatever template it is given afterwards.
    if outdated && !pod.metadata.is_terminating() && !moving {
        let text = Said::new(
            format!(
                "its pod {name} is of an older template and is not ready; a rollout in order waits for it, so the newer template does not heal it"
            ),
            format!(
                "Pod {name}이(가) 이전 템플릿이고 준비되지 않음, 순서대로 가는 롤아웃은 이를 기다리므로 새 템플릿이 고쳐 주지 못함"
            ),
        );
        let words = Said::new(
            format!("delete {name}; it comes again of the newer template"),
            format!("{name} 삭제, 새 템플릿으로 다시 생김"),
        );
        let finding = Finding::new(Stuck::BrokenRollout, key, text).ways([Way::new(words, [delete(&pod.key(), &[])])]);
        return [finding].into_iter().chain(below).collect();
    }
    let (en, ko) = match (orderly && others_wait, rolling) {
        (true, _) => ("; the ordinals behind it wait", ", 뒤의 순번은 기다림"),
        (false, true) => ("; the rollout waits for it", ", 롤아웃이 기다림"),
        (false, false) => ("", ""),
    };
    let text = Said::new(
        format!("its pod {name} is not ready{en}"),
        format!("Pod {name}이(가) 준비되지 않음{ko}"),
    );
    let mut finding = Finding::new(Stuck::BrokenOrdinal, key.clone(), text);
    match below.first() {
        Some(first) => {
            finding.mover = first.mover.clone();
            finding.ways = first.ways.clone();
        }
        None => finding = finding.by_component("statefulset-controller").ways([Way::wait(30_000)]),
    }
    if rolling && !outdated && finding.mover == Mover::Person {
        let words = Said::new(
            format!("go back to the template before, and delete {name}: going back alone does not heal it"),
            format!("이전 템플릿으로 되돌리고 {name} 삭제: 되돌리는 것만으로는 낫지 않음"),
        );
        let back = command(&key, &["rollout", "undo", &format!("statefulset/{}", key.name)]);
        finding.ways.insert(0, Way::new(words, [back, delete(&pod.key(), &[])]));
    }
    [finding].into_iter().chain(below).collect()
}
