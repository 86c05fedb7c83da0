//! A pod that has a node and waits for its volumes: who has them, and what is not there.

use super::answer::{Coming, Finding, Mover, Said, Stuck, Way};
use super::look::{Look, Plight, short};
use super::remedy::apply;
use super::{leaving, room, storage};
use crate::actors::ActorId;
use crate::api::migration::EBS_DRIVER;
use crate::api::storage::AccessMode;
use crate::api::{ConfigMap, Key, Kind, PersistentVolume, Pod, Resource, Secret, VolumeAttachment, VolumeSource};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Finds what the volumes of a pod wait for.
pub(super) fn find(look: &Look<'_>, pod: &Pod) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in pod.claims() {
        let key = pod.key().beside(Kind::PersistentVolumeClaim, &*name);
        let Some(claim) = look.claim(pod, &name) else {
            let text = Said::new(format!("there is no claim {name}"), format!("클레임 {name}이(가) 없음"));
            found.push(Finding::new(Stuck::MissingClaim, pod.key(), text));
            continue;
        };
        match look.volume(claim).filter(|_| claim.is_bound()) {
            Some(volume) => found.extend(of_volume(look, pod, &key, volume)),
            None => found.extend(storage::of_claim(look, claim)),
        }
    }
    for volume in pod.spec.volumes.iter() {
        match volume.source() {
            VolumeSource::Secret(source) if source.optional != Some(true) => {
                let keys: Vec<&str> = source.items.iter().map(|item| &*item.key).collect();
                found.extend(missing_secret(look, pod, &source.secret_name, &keys));
            }
            VolumeSource::ConfigMap(source) if source.optional != Some(true) => {
                let keys: Vec<&str> = source.items.iter().map(|item| &*item.key).collect();
                found.extend(missing_config_map(look, pod, &source.name, &keys));
            }
            _ => (),
        }
    }
    if found.is_empty()
        && let Some((at, trouble)) = look.world.actors().kubelet.mounts_again(&pod.key())
    {
        let coming = Coming::new(look.now, at, "the mount is tried again", "마운트 재시도");
        let finding = Finding::new(Stuck::MountFailed, pod.key(), Said::plain(trouble));
        found.push(finding.coming([coming]));
    }
    found
}

/// Finds what keeps a volume from the node of a pod.
fn of_volume(look: &Look<'_>, pod: &Pod, claim: &Key, volume: &Arc<PersistentVolume>) -> Vec<Finding> {
    let name = &volume.metadata.name;
    let here = &pod.spec.node_name;
    let own = look
        .attachments(name)
        .into_iter()
        .find(|attachment| attachment.spec.node_name == *here);
    if let Some(own) = own {
        return match (&own.status.attach_error, own.status.attached) {
            (_, true) => vec![],
            (Some(error), false) => vec![refused(look, pod, volume, &error.message)],
            (None, false) => vec![attaching(look, pod, volume)],
        };
    }
    let several = |mode: &AccessMode| matches!(mode, AccessMode::ReadWriteMany | AccessMode::ReadOnlyMany);
    if volume.spec.access_modes.iter().any(several) || volume.csi().is_none() {
        return vec![];
    }
    let held = look.attachments(name);
    held.first()
        .map(|held| multi_attach(look, pod, claim, volume, held))
        .into_iter()
        .collect()
}

/// Returns when the cloud has done what it is doing with a volume.
fn settled(look: &Look<'_>, volume: &PersistentVolume, en: &str, ko: &str) -> Option<Coming> {
    let (driver, handle) = volume.csi()?;
    let disk = look.world.cloud.volumes.get(handle).filter(|_| driver == EBS_DRIVER)?;
    let at = disk.settled_at();
    (at > look.now).then(|| Coming::new(look.now, at, en, ko))
}

fn attaching(look: &Look<'_>, pod: &Pod, volume: &PersistentVolume) -> Finding {
    let name = short(&volume.metadata.name);
    let node = &pod.spec.node_name;
    let text = Said::new(
        format!("its volume {name} is being attached to {node}"),
        format!("볼륨 {name}을(를) {node}에 연결하는 중"),
    );
    let coming = settled(look, volume, "is attached", "연결됨");
    let finding = Finding::new(Stuck::Attaching, pod.key(), text).by(Mover::Cloud);
    let ms = coming.as_ref().map_or(10_000, |coming| coming.in_ms + 5_000);
    finding.coming(coming).ways([Way::wait(ms)])
}

fn refused(look: &Look<'_>, pod: &Pod, volume: &PersistentVolume, why: &str) -> Finding {
    let name = short(&volume.metadata.name);
    let text = Said::new(
        format!("its volume {name} cannot be attached: {why}"),
        format!("볼륨 {name} 연결 실패: {why}"),
    );
    let key = volume.key();
    let again = look.coming(ActorId::attacher, &key, "is tried again", "다시 시도");
    Finding::new(Stuck::AttachFailed, pod.key(), text).coming(again)
}

/// Tells who has a volume that a pod waits for, and when they let go of it.
fn multi_attach(
    look: &Look<'_>,
    pod: &Pod,
    claim: &Key,
    volume: &Arc<PersistentVolume>,
    held: &VolumeAttachment,
) -> Finding {
    let (name, there) = (&volume.metadata.name, &held.spec.node_name);
    let text = |en: String, ko: String| {
        Said::new(
            format!("Multi-Attach: its volume {} is attached to {there}; {en}", short(name)),
            format!("Multi-Attach: 볼륨 {}이(가) {there}에 연결되어 있음; {ko}", short(name)),
        )
    };
    let finding = |text| Finding::new(Stuck::MultiAttach, pod.key(), text);
    if held.metadata.is_terminating() {
        let coming = settled(look, volume, "is detached", "분리됨");
        let ms = coming.as_ref().map_or(15_000, |coming| coming.in_ms + 15_000);
        let text = text("it is being detached".into(), "분리하는 중".into());
        return finding(text).by(Mover::Cloud).coming(coming).ways([Way::wait(ms)]);
    }
    let holder = look
        .users(&claim.namespace, &claim.name)
        .into_iter()
        .find(|user| user.spec.node_name == *there && user.metadata.uid != pod.metadata.uid);
    let plight = look.plight(there);
    let dead = plight != Plight::Fine || look.node(there).is_none_or(|node| !node.is_ready());
    if dead {
        let patience = look.world.settings.force_detach;
        let since = look.world.actors().attacher.unwanted_since(name, there);
        let forced = since.map(|since| Coming::new(look.now, since + patience, "is detached by force", "강제 분리"));
        let (en, ko) = match holder {
            Some(holder) => (
                format!(
                    "{} is still there in name, and the node is not heard: nobody says that it has ended",
                    holder.key()
                ),
                format!(
                    "{}이(가) 이름만 남아 있고 노드가 응답하지 않아 끝났다고 말해 줄 쪽이 없음",
                    holder.key()
                ),
            ),
            None => (
                "the node is not heard, so nobody says that it is unmounted".to_owned(),
                "노드가 응답하지 않아 마운트가 풀렸다고 말해 줄 쪽이 없음".to_owned(),
            ),
        };
        let mut finding = finding(text(en, ko)).by(look.mover_of(there)).coming(forced);
        if plight == Plight::Off || plight == Plight::Missing {
            finding.ways.push(leaving::out_of_service(there));
        }
        finding.ways.extend(look.ways_back(there));
        if let Some(holder) = holder {
            finding.ways.push(leaving::by_force(&holder.key()));
        }
        return finding;
    }
    match holder {
        Some(holder) if holder.metadata.is_terminating() => {
            let at = holder.metadata.deletion_timestamp.unwrap_or(look.now);
            let coming = Coming::new(look.now, at, "is killed at the latest", "늦어도 강제 종료");
            let ms = coming.in_ms + 20_000;
            let key = holder.key();
            let text = text(format!("{key} is ending there"), format!("그곳의 {key} 종료 중"));
            finding(text)
                .by(look.mover_of(there))
                .coming([coming])
                .ways([Way::wait(ms)])
        }
        Some(holder) => {
            let key = holder.key();
            let words = Said::new(
                format!("do without {key}: one node at a time has a ReadWriteOnce volume"),
                format!("{key} 없이 지내기: ReadWriteOnce 볼륨은 한 번에 한 노드만 가짐"),
            );
            let text = text(format!("{key} uses it there"), format!("그곳의 {key}이(가) 사용 중"));
            finding(text).ways([Way::new(words, room::end(look, holder))])
        }
        None => {
            let text = text("nobody uses it there any more".into(), "더는 아무도 쓰지 않음".into());
            finding(text)
                .by_component("attachdetach-controller")
                .ways([Way::wait(30_000)])
        }
    }
}

/// Returns a manifest of a Secret or ConfigMap with a value for each key.
fn filled(kind: &str, field: &str, key: &Key, keys: &[&str]) -> Value {
    let data: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), "change-me".into())).collect();
    json!({
        "apiVersion": "v1", "kind": kind,
        "metadata": {"name": &*key.name, "namespace": &*key.namespace},
        field: data,
    })
}

/// Finds whether a Secret that a pod needs is not there, or lacks a key.
pub(super) fn missing_secret(look: &Look<'_>, pod: &Pod, name: &str, keys: &[&str]) -> Option<Finding> {
    let key = pod.key().beside(Kind::Secret, name);
    let there = look.store.get::<Secret>(&key.namespace, name);
    let lacking: Vec<&str> = keys
        .iter()
        .copied()
        .filter(|k| there.is_none_or(|s| !s.data.contains_key(*k)))
        .collect();
    let data = there.map(|secret| serde_json::to_value(&secret.data).unwrap_or_default());
    missing(pod, &key, Stuck::MissingSecret, "stringData", data, &lacking)
}

/// Finds whether a ConfigMap that a pod needs is not there, or lacks a key.
pub(super) fn missing_config_map(look: &Look<'_>, pod: &Pod, name: &str, keys: &[&str]) -> Option<Finding> {
    let key = pod.key().beside(Kind::ConfigMap, name);
    let there = look.store.get::<ConfigMap>(&key.namespace, name);
    let lacking: Vec<&str> = keys
        .iter()
        .copied()
        .filter(|k| there.is_none_or(|m| !m.data.contains_key(*k)))
        .collect();
    let data = there.map(|map| serde_json::to_value(&map.data).unwrap_or_default());
    missing(pod, &key, Stuck::MissingConfigMap, "data", data, &lacking)
}

fn missing(pod: &Pod, key: &Key, stuck: Stuck, field: &str, there: Option<Value>, lacking: &[&str]) -> Option<Finding> {
    if there.is_some() && lacking.is_empty() {
        return None;
    }
    let (kind, name) = (key.kind.name(), &key.name);
    let mut tree = filled(kind, field, key, lacking);
    let keys = lacking.join(", ");
    let (text, words) = match there {
        Some(data) => {
            tree["data"] = match field {
                "data" => merged(data, &tree["data"]),
                _ => data,
            };
            (
                Said::new(
                    format!("{kind} {name} has no key {keys}"),
                    format!("{kind} {name}에 키 {keys}이(가) 없음"),
                ),
                Said::new("add the key", "키 추가"),
            )
        }
        None => (
            Said::new(
                format!("there is no {kind} {name}"),
                format!("{kind} {name}이(가) 없음"),
            ),
            Said::new(
                format!("create the {kind}, with your own values"),
                format!("{kind} 생성(값은 직접 정하기)"),
            ),
        ),
    };
    let finding = Finding::new(stuck, pod.key(), text);
    Some(finding.ways([Way::new(words, [apply(&tree)])]))
}

fn merged(mut data: Value, more: &Value) -> Value {
    if let (Some(data), Some(more)) = (data.as_object_mut(), more.as_object()) {
        data.extend(more.clone());
    }
    data
}
