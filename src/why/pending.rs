//! A pod that has no node: who turns it down where, and what would change their minds.

use super::answer::{Coming, Finding, Said, Stuck, Verdicts, Way};
use super::look::Look;
use super::places;
use super::remedy::{amend, apply, delete, manifest, remove, set};
use super::storage;
use crate::actors::ActorId;
use crate::actors::scheduler::{Explanation, Plugin};
use crate::api::storage::{BindingMode, ClaimPhase};
use crate::api::{Key, Kind, Object, PersistentVolumeClaim, Pod, Resource, StorageClass};
use serde_json::json;

/// The scheduler that is there.
const SCHEDULER: &str = "default-scheduler";

/// Finds what keeps a pod from getting a node, and what each plugin says of each node.
pub(super) fn find(look: &Look<'_>, pod: &Pod) -> (Vec<Finding>, Vec<Verdicts>) {
    if !pod.spec.scheduling_gates.is_empty() {
        return (vec![gated(look, pod)], vec![]);
    }
    if pod.spec.scheduler_name != SCHEDULER {
        return (vec![unknown_scheduler(look, pod)], vec![]);
    }
    let coming = tried_again(look, pod);
    let (mut findings, nodes) = match look.world.actors().scheduler.explain(&look.world.view(), pod) {
        Explanation::TurnedAway { plugin, message } => (turned_away(look, pod, plugin, &message), vec![]),
        Explanation::Nodes(nodes) => (places::find(look, pod, &nodes), nodes),
    };
    for finding in findings.iter_mut().filter(|finding| finding.about == pod.key()) {
        finding.coming.extend(coming.clone());
        finding.coming.sort_by_key(|coming| coming.at);
    }
    let told = nodes.iter().map(|said| {
        let zone = look.node(&said.node).map_or("", |node| node.zone());
        let plugins = said.verdicts.iter().map(|(plugin, verdict)| {
            let reasons = verdict.as_ref().err().map(|no| &no.reasons);
            let reasons = reasons.into_iter().flatten().map(|reason| reason.to_string());
            (plugin.to_string(), reasons.collect())
        });
        Verdicts {
            node: said.node.clone(),
            zone: zone.into(),
            plugins: plugins.collect(),
            score: said.score,
        }
    });
    (findings, told.collect())
}

/// Returns when the scheduler tries the pod again by itself.
fn tried_again(look: &Look<'_>, pod: &Pod) -> Option<Coming> {
    let at = look.world.actors().scheduler.tries_again_at(&pod.key())?;
    Some(Coming::new(
        look.now,
        at,
        "the scheduler tries it again, whatever has changed,",
        "변화가 없어도 스케줄러가 다시 시도",
    ))
}

fn gated(look: &Look<'_>, pod: &Pod) -> Finding {
    let gates: Vec<&str> = pod.spec.scheduling_gates.iter().map(|gate| &*gate.name).collect();
    let gates = gates.join(", ");
    let text = Said::new(
        format!("it has the scheduling gates {gates}; the scheduler does not look at it before they are gone"),
        format!("스케줄링 게이트({gates})가 있어 사라질 때까지 스케줄러가 보지 않음"),
    );
    let words = Said::new("take the gates away", "게이트 제거");
    // Gates may be taken from a pod that is there; a template would bring them again.
    let acts = [super::remedy::operate(
        &pod.key(),
        &json!([remove("/spec/schedulingGates")]),
    )];
    let mut ways = vec![Way::new(words, acts)];
    if look.top(&pod.metadata).is_some() {
        let words = Said::new("take the gates out of the template", "템플릿에서 게이트 제거");
        ways.extend(amend(look, pod, &[remove("/schedulingGates")]).map(|acts| Way::new(words, acts)));
    }
    Finding::new(Stuck::Gated, pod.key(), text).ways(ways)
}

fn unknown_scheduler(look: &Look<'_>, pod: &Pod) -> Finding {
    let name = &pod.spec.scheduler_name;
    let text = Said::new(
        format!("it asks for the scheduler {name}, and there is none of that name"),
        format!("스케줄러 {name} 지정, 그런 이름의 스케줄러가 없음"),
    );
    let words = Said::new("ask for the scheduler that is there", "있는 스케줄러를 쓰도록 변경");
    let ways = amend(look, pod, &[set("/schedulerName", SCHEDULER)]);
    Finding::new(Stuck::UnknownScheduler, pod.key(), text).ways(ways.map(|acts| Way::new(words, acts)))
}

/// Finds why a pod is turned away before any node is looked at: mostly, a claim is not well.
fn turned_away(look: &Look<'_>, pod: &Pod, plugin: Plugin, message: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in pod.claims() {
        let key = pod.key().beside(Kind::PersistentVolumeClaim, &*name);
        match look.claim(pod, &name) {
            None => found.push(missing_claim(look, pod, &key)),
            Some(claim) if claim.metadata.is_terminating() => found.push(going_claim(look, pod, &key)),
            Some(claim) if claim.status.phase == ClaimPhase::Lost => {
                found.extend(storage::of_claim(look, claim));
            }
            // A claim whose class waits for the pod is not what the pod waits for.
            Some(claim) if waits_for_pod(look, claim) => (),
            Some(claim) if !claim.is_bound() => {
                let text = Said::new(
                    format!("its claim {name} has no volume yet, and its class does not wait for the pod"),
                    format!("클레임 {name}에 아직 볼륨이 없고, 클래스가 Pod를 기다리지 않음"),
                );
                let reasons = storage::of_claim(look, claim);
                let mover = reasons.first().map(|first| first.mover.clone());
                let mut finding = Finding::new(Stuck::UnboundClaim, pod.key(), text);
                finding.mover = mover.unwrap_or(finding.mover);
                // What helps the claim helps the pod.
                finding.ways = reasons.first().map(|first| first.ways.clone()).unwrap_or_default();
                found.push(finding);
                found.extend(reasons);
            }
            Some(_) => (),
        }
    }
    if found.is_empty() {
        let stuck = match plugin {
            Plugin::NodeAffinity => Stuck::Affinity,
            Plugin::VolumeZone => Stuck::VolumeZone,
            _ => Stuck::NoVolume,
        };
        found.push(Finding::new(stuck, pod.key(), Said::plain(message)).by_component(SCHEDULER));
    }
    found
}

/// Says whether a claim gets its volume when its first pod gets a node.
fn waits_for_pod(look: &Look<'_>, claim: &PersistentVolumeClaim) -> bool {
    let class = look.store.get::<StorageClass>("", claim.class());
    let delays = class.is_some_and(|class| class.volume_binding_mode == BindingMode::WaitForFirstConsumer);
    delays && claim.spec.volume_name.is_empty()
}

/// Returns a manifest of a claim for a pod, as far as it can be guessed: of the class that is there.
fn guessed_claim(look: &Look<'_>, key: &Key) -> serde_json::Value {
    let classes: Vec<_> = look.store.list::<StorageClass>("").collect();
    let class = classes.iter().find(|class| class.is_default()).or(classes.first());
    let mut tree = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": &*key.name, "namespace": &*key.namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    if let Some(class) = class {
        tree["spec"]["storageClassName"] = (*class.metadata.name).into();
    }
    tree
}

fn missing_claim(look: &Look<'_>, pod: &Pod, key: &Key) -> Finding {
    let text = Said::new(
        format!("there is no claim {}; the pod names it", key.name),
        format!("Pod가 가리키는 클레임 {}이(가) 없음", key.name),
    );
    // A claim of the same name that was there before tells best what is wanted.
    let grave = look.store.deleted_since(0).find(|object| object.key() == *key);
    let tree = grave.map_or_else(|| guessed_claim(look, key), manifest);
    let words = Said::new("create the claim", "클레임 생성");
    Finding::new(Stuck::MissingClaim, pod.key(), text).ways([Way::apply(words, &tree)])
}

fn going_claim(look: &Look<'_>, pod: &Pod, key: &Key) -> Finding {
    let users = look.users(&key.namespace, &key.name);
    let holders: Vec<Key> = users
        .into_iter()
        .filter(|user| user.is_scheduled() && user.metadata.uid != pod.metadata.uid)
        .map(|user| user.key())
        .collect();
    let names: Vec<String> = holders.iter().map(ToString::to_string).collect();
    let text = Said::new(
        format!(
            "its claim {} is being deleted, and no new pod gets it; it is still used by {}",
            key.name,
            names.join(", ")
        ),
        format!(
            "클레임 {}이(가) 삭제 중이라 새 Pod는 쓸 수 없음, 아직 사용 중: {}",
            key.name,
            names.join(", ")
        ),
    );
    let words = Said::new(
        "let the claim go with the pods that use it, and create it anew; what is on its volume is lost",
        "쓰고 있는 Pod와 함께 클레임을 보내고 다시 생성(볼륨의 내용은 사라짐)",
    );
    let mut acts: Vec<_> = holders.iter().map(|holder| delete(holder, &[])).collect();
    acts.push(super::remedy::command(
        key,
        &["wait", "--for=delete", &format!("pvc/{}", key.name), "--timeout=300s"],
    ));
    let tree = look
        .store
        .find(key)
        .map_or_else(|| guessed_claim(look, key), |object: &Object| manifest(object));
    acts.push(apply(&tree));
    let coming = look.coming(ActorId::protection, key, "is looked at again", "다시 살펴봄");
    Finding::new(Stuck::ClaimGoing, pod.key(), text)
        .coming(coming)
        .ways([Way::new(words, acts)])
}
