//! The words of the story, in English and in Korean.

use super::{Happening, misfortune};
use crate::api::{ConditionStatus, Key, Kind};
use crate::tongue::Lang;

/// Returns a name as a story has room for: the uid in a volume's name is cut short.
fn short(name: &str) -> String {
    match name.strip_prefix("pvc-") {
        Some(uid) if uid.len() == 36 => format!("pvc-{}…", &uid[..8]),
        _ => name.to_owned(),
    }
}

fn named(key: &Key) -> String {
    let kind = match key.kind {
        Kind::PersistentVolumeClaim => "pvc",
        Kind::PersistentVolume => "pv",
        _ => key.kind.singular(),
    };
    format!("{kind}/{}", short(&key.name))
}

/// Tells what happened.
pub(super) fn tell(what: &Happening, lang: Lang) -> String {
    match lang {
        Lang::En => english(what),
        Lang::Ko => korean(what),
    }
}

fn english(what: &Happening) -> String {
    use Happening::*;
    match what {
        Command(words) => format!("$ {words}"),
        Fault(words) => format!("! {words}"),
        Created { by: Some(by), what } => format!("{by} creates {}", named(what)),
        Created { by: None, what } => format!("{} is created", named(what)),
        AskedToEnd { by, what, grace_s } => {
            let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
            format!("{} is asked to end{by}; it has {grace_s} s", named(what))
        }
        Held { what, by } => format!("{} is to go, but is held by {by}", named(what)),
        Gone { what } => format!("{} is gone", named(what)),
        Scheduled { pod, node } => format!("default-scheduler gives {} to {node}", named(pod)),
        Running { pod, node } => format!("the kubelet of {node} runs {}", named(pod)),
        Ready { pod, ready: true } => format!("{} is ready", named(pod)),
        Ready { pod, ready: false } => format!("{} is no longer ready", named(pod)),
        Exited {
            pod,
            container,
            code,
            reason,
        } => {
            format!(
                "container {container} of {} has ended: {reason}, exit code {code}",
                named(pod)
            )
        }
        Restarted { pod, container, times } => {
            format!(
                "container {container} of {} is started anew (restart {times}); the pod stays the same",
                named(pod)
            )
        }
        Stuck { pod, container, reason } => format!("container {container} of {} waits: {reason}", named(pod)),
        Scaled { by, what, from, to } => format!("{by} scales {} from {from} to {to}", named(what)),
        NodeChosen { claim, node } => format!("default-scheduler wants the volume of {} near {node}", named(claim)),
        Bound { claim, volume } => format!("{} is bound to volume {}", named(claim), short(volume)),
        Lost { claim } => format!("{} has lost its volume", named(claim)),
        Released { volume } => format!("volume {} is released by its claim", short(&volume.name)),
        Attaching { volume, node } => format!("volume {} is to be attached to {node}", short(volume)),
        Attached { volume, node } => format!("volume {} is attached to {node}", short(volume)),
        Detaching { volume, node } => format!("volume {} is to be detached from {node}", short(volume)),
        Detached { volume, node } => format!("volume {} is detached from {node}", short(volume)),
        NodeReady {
            node,
            status: ConditionStatus::True,
            ..
        } => format!("{} is ready", named(node)),
        NodeReady { node, message, .. } => format!("{} is no longer ready: {message}", named(node)),
        Tainted { node, taint, on: true } => format!(
            "{} is tainted {taint}: pods that do not bear it must leave",
            named(node)
        ),
        Tainted { node, taint, on: false } => format!("{} loses the taint {taint}", named(node)),
        Traffic { service, pod, on: true } => format!("service/{service} sends traffic to pod/{pod}"),
        Traffic {
            service,
            pod,
            on: false,
        } => format!("service/{service} sends no more traffic to pod/{pod}"),
        Warning { by, about, message } => format!("{by} warns of {}: {message}", named(about)),
    }
}

fn korean(what: &Happening) -> String {
    use Happening::*;
    match what {
        Command(words) => format!("$ {words}"),
        Fault(words) => format!("! {}", misfortune(words, Lang::Ko)),
        Created { by: Some(by), what } => format!("{by}: {} 생성", named(what)),
        Created { by: None, what } => format!("{} 생성됨", named(what)),
        AskedToEnd { by, what, grace_s } => {
            let by = by.map(|by| format!("{by}: ")).unwrap_or_default();
            format!("{by}{} 종료 요청, 남은 시간 {grace_s}초", named(what))
        }
        Held { what, by } => format!("{} 삭제 요청, 그러나 {by} 때문에 아직 남아 있음", named(what)),
        Gone { what } => format!("{} 사라짐", named(what)),
        Scheduled { pod, node } => format!("default-scheduler: {} → {node} 배정", named(pod)),
        Running { pod, node } => format!("{node}의 kubelet: {} 실행", named(pod)),
        Ready { pod, ready: true } => format!("{} 준비됨(Ready)", named(pod)),
        Ready { pod, ready: false } => format!("{} 더 이상 준비 상태가 아님", named(pod)),
        Exited {
            pod,
            container,
            code,
            reason,
        } => {
            format!("{}의 컨테이너 {container} 종료: {reason}, 종료 코드 {code}", named(pod))
        }
        Restarted { pod, container, times } => {
            format!(
                "{}의 컨테이너 {container} 다시 시작({times}번째), Pod는 그대로",
                named(pod)
            )
        }
        Stuck { pod, container, reason } => format!("{}의 컨테이너 {container} 대기 중: {reason}", named(pod)),
        Scaled { by, what, from, to } => format!("{by}: {} 복제본 {from} → {to}", named(what)),
        NodeChosen { claim, node } => format!(
            "default-scheduler: {}의 볼륨을 {node} 가까이에 만들기로 함",
            named(claim)
        ),
        Bound { claim, volume } => format!("{} ↔ 볼륨 {} 바인딩됨", named(claim), short(volume)),
        Lost { claim } => format!("{} 볼륨을 잃음", named(claim)),
        Released { volume } => format!("볼륨 {} 클레임에서 풀려남(Released)", short(&volume.name)),
        Attaching { volume, node } => format!("볼륨 {} → {node} 연결 요청", short(volume)),
        Attached { volume, node } => format!("볼륨 {} → {node} 연결됨", short(volume)),
        Detaching { volume, node } => format!("볼륨 {} ← {node} 분리 요청", short(volume)),
        Detached { volume, node } => format!("볼륨 {} ← {node} 분리됨", short(volume)),
        NodeReady {
            node,
            status: ConditionStatus::True,
            ..
        } => format!("{} 준비됨(Ready)", named(node)),
        NodeReady { node, message, .. } => format!("{} 더 이상 준비 상태가 아님: {message}", named(node)),
        Tainted { node, taint, on: true } => format!("{}에 taint {taint}: 견디지 못하는 Pod는 떠나야 함", named(node)),
        Tainted { node, taint, on: false } => format!("{}의 taint {taint} 사라짐", named(node)),
        Traffic { service, pod, on: true } => format!("service/{service} → pod/{pod} 트래픽 시작"),
        Traffic {
            service,
            pod,
            on: false,
        } => format!("service/{service} → pod/{pod} 트래픽 중단"),
        Warning { by, about, message } => format!("{by} 경고({}): {message}", named(about)),
    }
}
