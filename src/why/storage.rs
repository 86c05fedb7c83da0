//! Claims and volumes: what a claim waits for, and what became of a volume that nobody has.

use super::answer::{Finding, Mover, Said, Stuck, Way};
use super::disk;
use super::leaving;
use super::look::{Look, short};
use super::remedy::{apply, delete, manifest, merge, operate, remove};
use crate::actors::{ActorId, volume_binder};
use crate::api::annotations::SELECTED_NODE;
use crate::api::storage::{BindingMode, ClaimPhase, DEFAULT_CLASS, VolumePhase};
use crate::api::{Event, Kind, Object, PersistentVolume, PersistentVolumeClaim, Resource, StorageClass};
use crate::manifest::did_you_mean;
use serde_json::{Value, json};
use std::sync::Arc;

/// The drivers that make volumes here.
const DRIVERS: [&str; 3] = ["ebs.csi.aws.com", "efs.csi.aws.com", "kubernetes.io/aws-ebs"];

/// Finds what keeps a claim from being bound, or from going.
pub(super) fn of_claim(look: &Look<'_>, claim: &Arc<PersistentVolumeClaim>) -> Vec<Finding> {
    if claim.metadata.is_terminating() {
        return leaving::finalizers(look, &Object::PersistentVolumeClaim(claim.clone()));
    }
    match claim.status.phase {
        ClaimPhase::Lost => vec![lost(look, claim)],
        ClaimPhase::Bound if claim.is_bound() => disk::of_claim(look, claim).all(),
        _ => vec![unbound(look, claim)],
    }
}

fn lost(look: &Look<'_>, claim: &PersistentVolumeClaim) -> Finding {
    let key = claim.key();
    let text = Said::new(
        format!(
            "its volume {} is gone, and with it what was on it",
            short(&claim.spec.volume_name)
        ),
        format!(
            "볼륨 {}이(가) 사라졌고 그 안의 내용도 사라짐",
            short(&claim.spec.volume_name)
        ),
    );
    let words = Said::new(
        "begin anew: delete the claim and the pods that use it, and create it again",
        "새로 시작: 클레임과 쓰고 있는 Pod를 지우고 다시 생성",
    );
    let users = look.users(&key.namespace, &key.name);
    let mut acts = vec![delete(&key, &[])];
    acts.extend(users.iter().map(|user| delete(&user.key(), &[])));
    // The claim of a template is made anew with its pod.
    let made_anew = users.iter().any(|user| {
        look.top(&user.metadata)
            .is_some_and(|top| top.kind() == Kind::StatefulSet)
    });
    if !made_anew {
        let name = format!("pvc/{}", key.name);
        acts.push(super::remedy::command(
            &key,
            &["wait", "--for=delete", &name, "--timeout=300s"],
        ));
        acts.push(apply(&manifest(&Object::PersistentVolumeClaim(Arc::new(
            claim.clone(),
        )))));
    }
    Finding::new(Stuck::ClaimLost, key, text).ways([Way::new(words, acts)])
}

fn unbound(look: &Look<'_>, claim: &PersistentVolumeClaim) -> Finding {
    let key = claim.key();
    let again = look.coming(
        ActorId::volume_binder,
        &key,
        "the claim is looked at again",
        "클레임을 다시 살펴봄",
    );
    let class = look.store.get::<StorageClass>("", claim.class());
    let waits = class.is_some_and(|class| class.volume_binding_mode == BindingMode::WaitForFirstConsumer);
    let free = free_volume(look, claim).filter(|_| !waits);
    let finding = match class {
        _ if !claim.spec.volume_name.is_empty() => named_volume(look, claim),
        _ if let Some(volume) = free => about_to_bind(claim, volume),
        _ if claim.class().is_empty() => no_class(look, claim),
        None => missing_class(look, claim),
        Some(class) => {
            if waits && !claim.metadata.annotations.contains_key(SELECTED_NODE) {
                first_consumer(look, claim)
            } else if !DRIVERS.contains(&&*class.provisioner) {
                no_provisioner(claim, class)
            } else {
                provisioning(look, claim)
            }
        }
    };
    finding.coming(again)
}

/// Returns a volume that nobody has and that fits a claim.
fn free_volume<'a>(look: &Look<'a>, claim: &PersistentVolumeClaim) -> Option<&'a Arc<PersistentVolume>> {
    look.store.list::<PersistentVolume>("").find(|volume| {
        matches!(volume.status.phase, VolumePhase::Pending | VolumePhase::Available)
            && volume.spec.claim_ref.is_none()
            && volume_binder::satisfies(volume, claim)
    })
}

/// Tells of a claim for which there is a volume: claims are looked at every so often, and not when a volume appears.
fn about_to_bind(claim: &PersistentVolumeClaim, volume: &PersistentVolume) -> Finding {
    let name = short(&volume.metadata.name);
    let text = Said::new(
        format!("the volume {name} is free and fits; they are bound when claims are looked at again"),
        format!("볼륨 {name}이(가) 비어 있고 맞음, 다음에 클레임을 살펴볼 때 바인딩됨"),
    );
    Finding::new(Stuck::AboutToBind, claim.key(), text)
        .by_component("persistentvolume-controller")
        .ways([Way::wait(20_000)])
}

/// Tells of a claim that names a volume.
fn named_volume(look: &Look<'_>, claim: &PersistentVolumeClaim) -> Finding {
    let (key, name) = (claim.key(), &claim.spec.volume_name);
    let Some(volume) = look.volume(claim) else {
        let text = Said::new(
            format!("it asks for the volume {name}, and there is none of that name"),
            format!("볼륨 {name} 지정, 그런 볼륨이 없음"),
        );
        let words = Said::new(
            "ask for any volume instead of that one",
            "그 볼륨 대신 아무 볼륨이나 요청",
        );
        return Finding::new(Stuck::NoVolume, key, text).ways([Way::new(words, anew(claim))]);
    };
    let other = volume.spec.claim_ref.as_ref().filter(|_| !volume.is_claimed_by(claim));
    if let Some(other) = other {
        let text = Said::new(
            format!(
                "the volume {} belongs to the claim {}/{}",
                short(name),
                other.namespace,
                other.name
            ),
            format!(
                "볼륨 {}은(는) 클레임 {}/{}의 것",
                short(name),
                other.namespace,
                other.name
            ),
        );
        let finding = Finding::new(Stuck::Mismatch, key, text);
        if volume.status.phase == VolumePhase::Released {
            return finding.ways([free(volume)]);
        }
        let words = Said::new(
            "ask for any volume instead of that one",
            "그 볼륨 대신 아무 볼륨이나 요청",
        );
        return finding.ways([Way::new(words, anew(claim))]);
    }
    let said = look
        .store
        .list::<Event>(&key.namespace)
        .filter(|event| event.involved_object.uid == claim.metadata.uid);
    let said = said.filter(|event| event.kind == "Warning").last();
    let why = said.map(|event| event.message.to_string());
    let text = match why {
        Some(why) => Said::plain(why),
        None => Said::new(
            format!("it is about to be bound to {}", short(name)),
            format!("{}에 곧 바인딩됨", short(name)),
        ),
    };
    Finding::new(Stuck::Mismatch, key, text)
        .by_component("persistentvolume-controller")
        .ways([Way::wait(20_000)])
}

/// Returns the acts that make a claim anew, without the volume that it named.
fn anew(claim: &PersistentVolumeClaim) -> Vec<super::answer::Remedy> {
    let key = claim.key();
    let tree = manifest(&Object::PersistentVolumeClaim(Arc::new(claim.clone())));
    vec![
        super::remedy::command(&key, &["delete", "persistentvolumeclaim", &key.name]),
        apply(&tree),
    ]
}

fn no_class(look: &Look<'_>, claim: &PersistentVolumeClaim) -> Finding {
    let key = claim.key();
    if claim.has_class() {
        let text = Said::new(
            "its class is \"\": it takes a volume that somebody makes by hand, and none fits",
            "클래스가 \"\": 손으로 만든 볼륨만 받는데 맞는 것이 없음",
        );
        let released = look.store.list::<PersistentVolume>("").find(|volume| {
            volume.status.phase == VolumePhase::Released
                && volume.class().is_empty()
                && volume.capacity() >= claim.request()
        });
        let words = Said::new("make a volume by hand", "볼륨을 직접 생성");
        let ways = released
            .map(|volume| free(volume))
            .into_iter()
            .chain([Way::apply(words, &by_hand(claim))]);
        return Finding::new(Stuck::NoClass, key, text).ways(ways);
    }
    let text = Said::new(
        "it names no class, there is no default one, and no volume fits",
        "클래스를 지정하지 않았고 기본 클래스도, 맞는 볼륨도 없음",
    );
    let finding = Finding::new(Stuck::NoClass, key, text);
    let classes = look.store.list::<StorageClass>("");
    let mut classes = classes.filter(|class| DRIVERS.contains(&&*class.provisioner));
    match classes.next() {
        Some(class) => {
            let words = Said::new(
                format!(
                    "make {} the default class; the claim then takes it by itself",
                    class.metadata.name
                ),
                format!("{}을(를) 기본 클래스로 지정, 클레임이 저절로 받음", class.metadata.name),
            );
            let change = json!({"metadata": {"annotations": {DEFAULT_CLASS: "true"}}});
            finding.ways([Way::command(words, merge(&class.key(), &change))])
        }
        None => {
            let words = Said::new("create a default class", "기본 클래스 생성");
            let mut tree = new_class("standard");
            tree["metadata"]["annotations"] = json!({DEFAULT_CLASS: "true"});
            finding.ways([Way::apply(words, &tree)])
        }
    }
}

/// Returns a manifest of a volume that fits a claim: a directory of whatever node the pod comes to.
fn by_hand(claim: &PersistentVolumeClaim) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": format!("{}-volume", claim.metadata.name)},
        "spec": {
            "capacity": {"storage": claim.request().to_string()},
            "accessModes": claim.spec.access_modes,
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": claim.class(),
            "hostPath": {"path": format!("/srv/{}", claim.metadata.name)},
        },
    })
}

fn new_class(name: &str) -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": DRIVERS[0], "volumeBindingMode": "WaitForFirstConsumer",
    })
}

fn missing_class(look: &Look<'_>, claim: &PersistentVolumeClaim) -> Finding {
    let (key, name) = (claim.key(), claim.class());
    let classes: Vec<&str> = look
        .store
        .list::<StorageClass>("")
        .map(|class| &*class.metadata.name)
        .collect();
    let near = did_you_mean(name, &classes);
    let hint = near
        .map(|near| (format!("; did you mean {near}?"), format!("; {near}을(를) 뜻했나요?")))
        .unwrap_or_default();
    let text = Said::new(
        format!("there is no StorageClass {name}{}", hint.0),
        format!("StorageClass {name}이(가) 없음{}", hint.1),
    );
    let words = Said::new(
        format!("create the class {name}; the class of a claim cannot be changed"),
        format!("클래스 {name} 생성(클레임의 클래스는 바꿀 수 없음)"),
    );
    Finding::new(Stuck::MissingClass, key, text).ways([Way::apply(words, &new_class(name))])
}

fn no_provisioner(claim: &PersistentVolumeClaim, class: &StorageClass) -> Finding {
    let (key, provisioner) = (claim.key(), &class.provisioner);
    let text = Said::new(
        format!(
            "its class {} leaves the making of volumes to {provisioner}, which does not run here, and no volume fits",
            class.metadata.name
        ),
        format!(
            "클래스 {}의 provisioner {provisioner}이(가) 여기서 돌지 않고 맞는 볼륨도 없음",
            class.metadata.name
        ),
    );
    let words = Said::new("make a volume by hand", "볼륨을 직접 생성");
    Finding::new(Stuck::NoProvisioner, key, text).ways([Way::apply(words, &by_hand(claim))])
}

fn provisioning(look: &Look<'_>, claim: &PersistentVolumeClaim) -> Finding {
    let key = claim.key();
    let events = look.store.list::<Event>(&key.namespace);
    let failed = events
        .filter(|event| event.involved_object.uid == claim.metadata.uid && event.reason == "ProvisioningFailed")
        .last();
    let text = match failed {
        Some(event) => Said::plain(event.message.to_string()),
        None => Said::new("its volume is being made", "볼륨 생성 중"),
    };
    let finding = Finding::new(Stuck::Provisioning, key.clone(), text).by(Mover::Cloud);
    match failed {
        Some(_) => finding.by(Mover::Person),
        None => finding.ways([Way::wait(20_000)]),
    }
}

fn first_consumer(look: &Look<'_>, claim: &PersistentVolumeClaim) -> Finding {
    let key = claim.key();
    let users: Vec<String> = look
        .users(&key.namespace, &key.name)
        .iter()
        .map(|user| user.key().to_string())
        .collect();
    if users.is_empty() {
        let text = Said::new(
            "its class waits for the first pod that uses it, and no pod does; that is as it should be",
            "클래스가 첫 Pod를 기다리는데 쓰는 Pod가 없음, 정상",
        );
        return Finding::new(Stuck::FirstConsumer, key, text);
    }
    let users = users.join(", ");
    let text = Said::new(
        format!("its volume is made where {users} is going to run, and that is not decided"),
        format!("볼륨은 {users}이(가) 갈 곳에 만들어지는데 아직 정해지지 않음"),
    );
    let mut finding = Finding::new(Stuck::FirstConsumer, key.clone(), text).by_component("default-scheduler");
    // What helps the pod helps the claim.
    if let Some(user) = look
        .users(&key.namespace, &key.name)
        .into_iter()
        .find(|user| !user.is_scheduled())
    {
        let (found, _) = super::pending::find(look, user);
        finding.ways = found.into_iter().flat_map(|found| found.ways).take(2).collect();
    }
    finding
}

/// Returns the way that lets a new claim have a volume that its old claim has left.
fn free(volume: &PersistentVolume) -> Way {
    let words = Said::new(
        "let another claim have it, with what is on it: take spec.claimRef away",
        "내용과 함께 다른 클레임이 쓰게 하기: spec.claimRef 제거",
    );
    Way::command(words, operate(&volume.key(), &json!([remove("/spec/claimRef")])))
}

/// Finds what became of a volume that no claim has, and what holds one that is to go.
pub(super) fn of_volume(look: &Look<'_>, volume: &Arc<PersistentVolume>) -> Vec<Finding> {
    let key = volume.key();
    if volume.metadata.is_terminating() {
        return leaving::finalizers(look, &Object::PersistentVolume(volume.clone()));
    }
    match volume.status.phase {
        VolumePhase::Released => {
            let from = volume
                .spec
                .claim_ref
                .as_ref()
                .map(|r| r.name.to_string())
                .unwrap_or_default();
            let text = Said::new(
                format!(
                    "its claim {from} is gone and its policy is {:?}: it keeps its data, and no claim gets it",
                    volume.spec.persistent_volume_reclaim_policy
                ),
                format!(
                    "클레임 {from}은(는) 사라졌고 정책이 {:?}: 데이터는 남지만 어떤 클레임도 받지 못함",
                    volume.spec.persistent_volume_reclaim_policy
                ),
            );
            vec![Finding::new(Stuck::Released, key, text).ways([free(volume)])]
        }
        VolumePhase::Failed => {
            let why = &volume.status.message;
            let text = Said::new(format!("it could not be deleted: {why}"), format!("삭제 실패: {why}"));
            let mut finding = Finding::new(Stuck::DeleteFailed, key, text);
            let holders = look.attachments(&volume.metadata.name);
            finding
                .ways
                .extend(holders.iter().map(|held| leaving::out_of_service(&held.spec.node_name)));
            vec![finding]
        }
        VolumePhase::Pending | VolumePhase::Available | VolumePhase::Bound => disk::of_volume(look, volume).all(),
    }
}
