//! What is to go and does not: pods on silent nodes, finalizers, the contents of a namespace.

use super::answer::{Coming, Finding, Said, Stuck, Way};
use super::look::{Look, Plight, short};
use super::remedy::{command, delete, merge, unhold};
use super::room;
use crate::actors::ActorId;
use crate::api::storage::ReclaimPolicy;
use crate::api::{Key, Kind, Namespace, Object, PersistentVolume, PersistentVolumeClaim, Pod, Resource};
use serde_json::json;

/// The key of the taint by which a person vouches that a node is dead.
pub(super) const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// Returns the way of one who vouches that a node is dead: its pods are removed and its volumes detached at once.
pub(super) fn out_of_service(node: &str) -> Way {
    let words = Said::new(
        format!("{node} is surely off: say so, and its pods and volumes are let go at once"),
        format!("{node}이(가) 꺼진 것이 확실하면 그렇게 알리기: Pod와 볼륨이 바로 풀려남"),
    );
    let key = Key::cluster(Kind::Node, node);
    Way::command(
        words,
        command(
            &key,
            &[
                "taint",
                "nodes",
                node,
                &format!("{OUT_OF_SERVICE}=nodeshutdown:NoExecute"),
            ],
        ),
    )
}

/// Returns the way of one who deletes a pod without waiting for its kubelet.
pub(super) fn by_force(pod: &Key) -> Way {
    let words = Said::new(
        "delete it by force; only where it surely does not run any more, or two may write to one volume",
        "강제 삭제; 확실히 돌고 있지 않을 때만, 아니면 둘이 한 볼륨에 쓸 수 있음",
    );
    Way::new(words, [delete(pod, &["--force", "--grace-period=0"])])
}

/// Finds what keeps a pod that was asked to go.
pub(super) fn of_pod(look: &Look<'_>, pod: &Pod) -> Vec<Finding> {
    let key = pod.key();
    let node = &pod.spec.node_name;
    let at = pod.metadata.deletion_timestamp.unwrap_or(look.now);
    let plight = look.plight(node);
    let mut found = Vec::new();
    let runs = look.world.runtime.cell(node, pod.metadata.uid).is_some();
    if pod.is_scheduled() && !pod.status.phase.is_terminal() && plight != Plight::Fine {
        let text = Said::new(
            format!("it was asked to end, and only its kubelet on {node} can say that it has; that one is not heard"),
            format!("종료 요청을 받았지만 끝났다고 말해 줄 {node}의 kubelet이 응답하지 않음"),
        );
        let mut finding = Finding::new(Stuck::DeadNode, key.clone(), text).by(look.mover_of(node));
        match plight {
            Plight::Off | Plight::Missing => {
                finding.ways.push(out_of_service(node));
                finding.ways.extend(look.ways_back(node));
            }
            _ => finding.ways.extend(look.ways_back(node)),
        }
        finding.ways.push(by_force(&key));
        if plight == Plight::Missing {
            // Nobody can taint a node that is not there.
            finding.ways.remove(0);
        }
        found.push(finding);
    } else if runs || at > look.now {
        let text = Said::new(
            format!(
                "it is ending; its containers have until {} to stop by themselves",
                look.world.clock(at)
            ),
            format!("종료 중, 컨테이너는 {}까지 스스로 멈춰야 함", look.world.clock(at)),
        );
        let coming = Coming::new(look.now, at, "is killed at the latest", "늦어도 강제 종료");
        let ms = coming.in_ms + 10_000;
        let finding = Finding::new(Stuck::GracePeriod, key.clone(), text).by(look.mover_of(node));
        found.push(finding.coming([coming]).ways([Way::wait(ms)]));
    }
    found.extend(finalizers(look, &Object::Pod(std::sync::Arc::new(pod.clone()))));
    if found.is_empty() {
        let text = Said::new("it has ended, and is about to be removed", "끝났고 곧 제거됨");
        found.push(
            Finding::new(Stuck::GracePeriod, key, text)
                .by(look.mover_of(node))
                .ways([Way::wait(20_000)]),
        );
    }
    found
}

/// Finds which finalizers hold an object that was asked to go, and what each stands for.
pub(super) fn finalizers(look: &Look<'_>, object: &Object) -> Vec<Finding> {
    let (key, meta) = (object.key(), object.meta());
    if !meta.is_terminating() {
        return vec![];
    }
    // While somebody uses it, the components that clean up after it have nothing to do yet.
    let used = meta.finalizers.iter().any(|f| PROTECTIONS.contains(&&**f));
    let held = meta
        .finalizers
        .iter()
        .filter(|f| !(used && ours(f).is_some()))
        .map(|finalizer| {
            let left: Vec<&str> = meta
                .finalizers
                .iter()
                .filter(|f| *f != finalizer)
                .map(|f| &**f)
                .collect();
            match (&**finalizer, object) {
                ("kubernetes.io/pvc-protection", _) => used_claim(look, &key),
                ("kubernetes.io/pv-protection", Object::PersistentVolume(volume)) => bound_volume(look, volume),
                ("foregroundDeletion", _) => owned(look, object),
                ("batch.kubernetes.io/job-tracking", _) => {
                    let text = Said::new("it is kept until its Job has counted it", "Job이 세어 갈 때까지 유지됨");
                    let finding = Finding::new(Stuck::Finalizer, key.clone(), text).by_component("job-controller");
                    finding.ways([Way::wait(20_000), unhold(&key, finalizer, &left)])
                }
                (foreign, _) if ours(foreign).is_some() => {
                    let component = ours(foreign).unwrap_or_default();
                    let text = Said::new(
                        format!("it is held by {foreign} until {component} has cleaned up"),
                        format!("{component}이(가) 정리를 마칠 때까지 {foreign}이(가) 붙잡고 있음"),
                    );
                    let finding = Finding::new(Stuck::Finalizer, key.clone(), text).by_component(component);
                    finding.ways([Way::wait(30_000), unhold(&key, finalizer, &left)])
                }
                (foreign, _) => {
                    let text = Said::new(
                        format!("it is held by the finalizer {foreign}, and nobody here takes that away"),
                        format!("finalizer {foreign}이(가) 붙잡고 있고 떼어 줄 쪽이 없음"),
                    );
                    Finding::new(Stuck::Finalizer, key.clone(), text).ways([unhold(&key, finalizer, &left)])
                }
            }
        });
    held.collect()
}

/// The finalizers that hold what is used.
const PROTECTIONS: [&str; 2] = ["kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"];

/// Returns which component of this cluster takes a finalizer away; None for a stranger's.
fn ours(finalizer: &str) -> Option<&'static str> {
    const OWN: [(&str, &str); 3] = [
        ("external-attacher/", "csi-attacher"),
        ("external-provisioner.", "csi-provisioner"),
        ("orphan", "garbage-collector"),
    ];
    let own = OWN.iter().find(|(own, _)| finalizer.starts_with(own));
    own.map(|(_, component)| *component)
}

fn used_claim(look: &Look<'_>, key: &Key) -> Finding {
    // One that has ended still counts.
    let pods = look.store.list::<Pod>(&key.namespace);
    let users: Vec<_> = pods
        .filter(|pod| pod.is_scheduled() && pod.claims().any(|used| used == *key.name))
        .collect();
    let names: Vec<String> = users.iter().map(|user| user.key().to_string()).collect();
    if users.is_empty() {
        let text = Said::new(
            "nobody uses it any more; it is about to go",
            "더는 쓰는 Pod가 없음, 곧 사라짐",
        );
        let finding = Finding::new(Stuck::InUse, key.clone(), text);
        return finding
            .by_component("pvc-protection-controller")
            .ways([Way::wait(10_000)]);
    }
    let names = names.join(", ");
    let text = Said::new(
        format!(
            "it stays while {names} uses it (kubernetes.io/pvc-protection), and is deleted once that ends: nothing takes that back"
        ),
        format!("{names}이(가) 쓰는 동안 남아 있고(kubernetes.io/pvc-protection) 끝나면 삭제됨: 되돌릴 방법은 없음"),
    );
    let mut acts: Vec<_> = Vec::new();
    for user in &users {
        for act in room::end(look, user) {
            if !acts.contains(&act) {
                acts.push(act);
            }
        }
    }
    let claim = look.store.get::<PersistentVolumeClaim>(&key.namespace, &key.name);
    let volume = claim.and_then(|claim| look.volume(claim));
    let finding = Finding::new(Stuck::InUse, key.clone(), text);
    let Some(volume) = volume else {
        let words = Said::new(format!("end {names}"), format!("{names} 종료"));
        return finding.ways([Way::new(words, acts)]);
    };
    let name = short(&volume.metadata.name);
    if volume.spec.persistent_volume_reclaim_policy != ReclaimPolicy::Delete {
        let words = Said::new(
            format!("end {names}; the claim is then deleted, and its volume {name} stays with the rows (Retain)"),
            format!("{names} 종료; 그러면 클레임은 삭제되고 볼륨 {name}은(는) 행과 함께 남음(Retain)"),
        );
        return finding.ways([Way::new(words, acts)]);
    }
    let keep = merge(
        &volume.key(),
        &json!({"spec": {"persistentVolumeReclaimPolicy": "Retain"}}),
    );
    let kept = Said::new(
        format!("keep the rows: let the volume {name} stay (Retain), then end {names}; only the claim is deleted"),
        format!("행을 지키기: 볼륨 {name}을(를) 남게 하고(Retain) {names} 종료; 클레임만 삭제됨"),
    );
    let lost = Said::new(
        format!(
            "end {names}; the claim is then deleted, and with it (reclaim policy Delete) its volume {name} and all rows on it"
        ),
        format!(
            "{names} 종료; 그러면 클레임이 삭제되고, 회수 정책이 Delete이므로 볼륨 {name}과(와) 그 안의 행도 모두 사라짐"
        ),
    );
    let safe = [keep].into_iter().chain(acts.clone());
    finding.ways([Way::new(kept, safe), Way::new(lost, acts)])
}

fn bound_volume(look: &Look<'_>, volume: &PersistentVolume) -> Finding {
    let key = volume.key();
    let Some(reference) = &volume.spec.claim_ref else {
        let text = Said::new(
            "no claim has it any more; it is about to go",
            "더는 클레임이 없음, 곧 사라짐",
        );
        let finding = Finding::new(Stuck::BoundVolume, key, text);
        return finding
            .by_component("pv-protection-controller")
            .ways([Way::wait(10_000)]);
    };
    let claim = Key::new(
        Kind::PersistentVolumeClaim,
        reference.namespace.clone(),
        reference.name.clone(),
    );
    let text = Said::new(
        format!(
            "volume {} stays while the claim {} has it (kubernetes.io/pv-protection)",
            short(&key.name),
            claim.name
        ),
        format!(
            "클레임 {}이(가) 갖고 있는 동안 볼륨 {}은(는) 남아 있음(kubernetes.io/pv-protection)",
            claim.name,
            short(&key.name)
        ),
    );
    let words = Said::new(
        "delete the claim, and the pods that use it; what is on the volume is lost where its policy is Delete",
        "클레임과 쓰고 있는 Pod 삭제(정책이 Delete이면 볼륨의 내용은 사라짐)",
    );
    let mut acts = vec![delete(&claim, &[])];
    for user in look.users(&reference.namespace, &reference.name) {
        for act in room::end(look, user) {
            if !acts.contains(&act) {
                acts.push(act);
            }
        }
    }
    Finding::new(Stuck::BoundVolume, key, text).ways([Way::new(words, acts)])
}

/// Tells of an object that goes after what it owns.
fn owned(look: &Look<'_>, object: &Object) -> Finding {
    let below: Vec<&Key> = look.store.owned_by(object.meta().uid).collect();
    let names: Vec<String> = below.iter().take(5).map(|key| key.to_string()).collect();
    let text = Said::new(
        format!(
            "it goes after what it owns ({} left: {})",
            below.len(),
            names.join(", ")
        ),
        format!(
            "소유한 것들이 먼저 사라진 뒤에 사라짐({}개 남음: {})",
            below.len(),
            names.join(", ")
        ),
    );
    let finding = Finding::new(Stuck::Contents, object.key(), text).by_component("garbage-collector");
    finding.ways([Way::wait(60_000)])
}

/// Finds what is left in a namespace that was asked to go.
pub(super) fn of_namespace(look: &Look<'_>, namespace: &Namespace) -> Vec<Finding> {
    let name = &namespace.metadata.name;
    let key = namespace.key();
    let mut left: Vec<&Object> = Vec::new();
    for kind in look
        .store
        .kinds()
        .filter(|kind| kind.is_namespaced() && **kind != Kind::Event)
    {
        left.extend(look.store.objects(kind, name));
    }
    let names: Vec<String> = left.iter().take(5).map(|object| object.key().to_string()).collect();
    let text = match left.is_empty() {
        true => Said::new(
            "nothing is left in it; it is about to go",
            "안에 남은 것이 없음, 곧 사라짐",
        ),
        false => Said::new(
            format!(
                "it goes when all in it has gone; {} left: {}",
                left.len(),
                names.join(", ")
            ),
            format!(
                "안의 것이 모두 사라져야 사라짐, {}개 남음: {}",
                left.len(),
                names.join(", ")
            ),
        ),
    };
    let again = look.coming(ActorId::namespaces, &key, "is looked at again", "다시 살펴봄");
    let finding = Finding::new(Stuck::Contents, key, text);
    let mut finding = finding.by_component("namespace-controller").coming(again);
    let mut below: Vec<Finding> = Vec::new();
    for object in left {
        below.extend(match object {
            Object::Pod(pod) if pod.metadata.is_terminating() => of_pod(look, pod),
            other => finalizers(look, other),
        });
    }
    // One way for all: what holds each of them.
    let acts: Vec<_> = below
        .iter()
        .filter_map(|f| f.ways.first())
        .flat_map(|way| way.acts.clone())
        .collect();
    let waits = acts.iter().all(|act| matches!(act, super::answer::Remedy::JustWait(_)));
    if acts.is_empty() || waits {
        finding.ways.push(Way::wait(60_000));
    } else {
        let words = Said::new("let go of what holds its contents", "안의 것을 붙잡고 있는 것 풀기");
        finding.ways.push(Way::new(words, acts));
        finding.mover = super::answer::Mover::Person;
    }
    let mut found = vec![finding];
    found.extend(below);
    found
}
