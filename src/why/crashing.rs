//! Containers that end and should not: with their machine, by their image, by a slip that their log tells.

use super::answer::{Finding, Mover, Said, Stuck, Way};
use super::containers::{Place, held, last_lines};
use super::images::retried;
use super::look::Look;
use super::remedy::{amend, command, images_as_before, set, undo};
use crate::api::{Pod, Resource};
use serde_json::{Value, json};

/// Tells of a container that has ended and should not have.
pub(super) fn crashed(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Finding {
    let name = &place.spec.name;
    let end = place
        .status
        .and_then(|s| s.state.terminated.as_ref().or(s.last_state.terminated.as_ref()));
    let how = end.map(|end| {
        Said::new(
            format!("{}, exit code {}", end.reason, end.exit_code),
            format!("{}, 종료 코드 {}", end.reason, end.exit_code),
        )
    });
    let how = how.unwrap_or_default();
    let times = place.status.map_or(0, |status| status.restart_count);
    let again = held(look, pod, place, "restarts (back-off)", "재시작(back-off)");
    // What containerd says of a container whose end it did not see: the machine was off.
    if again.is_none() && end.is_some_and(|end| end.reason == "Unknown" && end.exit_code == 255) {
        return after_a_crash(pod, name);
    }
    let text = Said::new(
        format!("container {name} ends again and again ({}; {times} restarts)", how.en),
        format!("컨테이너 {name}이(가) 거듭 종료됨({}, 재시작 {times}회)", how.ko),
    );
    let mut finding = Finding::new(Stuck::CrashLoop, pod.key(), text);
    finding.log = last_lines(look, pod, Some(name));
    let in_ms = again.as_ref().map_or(20_000, |again| again.in_ms + 20_000);
    finding = finding.coming(again);
    let whole = look
        .world
        .runtime
        .log(&pod.spec.node_name, pod.metadata.uid, name, false);
    let before = look
        .world
        .runtime
        .log(&pod.spec.node_name, pod.metadata.uid, name, true);
    let log = whole.into_iter().chain(before).flatten();
    let said: String = log.map(|line| line.text + "\n").collect();
    finding.ways.extend(images_as_before(look, &place.spec.image));
    finding.ways.extend(known_cure(look, pod, place, &said));
    let ended = end.and_then(|end| end.finished_at);
    let mended = look.mended_at(pod, &place.spec.image);
    if finding.ways.is_empty() && mended.is_some_and(|mended| ended.is_none_or(|ended| ended <= mended)) {
        return retried(look, pod, finding, in_ms);
    }
    finding.ways.extend(undo(look, pod));
    if finding.ways.is_empty() {
        finding.ways.push(read_log(pod, name));
    }
    finding
}

/// Returns the way of one who does not know yet why a container ends.
fn read_log(pod: &Pod, container: &str) -> Way {
    let key = pod.key();
    let words = Said::new(
        "read what it wrote before it ended, and mend that; then it is tried again by itself",
        "끝나기 전에 남긴 로그를 읽고 원인 고치기, 그러면 저절로 다시 시도됨",
    );
    let act = command(&key, &["logs", &key.name, "-c", container, "--previous"]);
    Way::command(words, act)
}

/// Tells of a container that went with its machine, and is about to run again.
fn after_a_crash(pod: &Pod, name: &str) -> Finding {
    let node = &pod.spec.node_name;
    let text = Said::new(
        format!(
            "container {name} died with its machine; the kubelet of {node} starts it anew (exit code 255: nobody saw the end)"
        ),
        format!(
            "컨테이너 {name}이(가) 머신과 함께 죽음; {node}의 kubelet이 다시 시작함(종료 코드 255: 끝을 본 쪽이 없음)"
        ),
    );
    Finding::new(Stuck::Starting, pod.key(), text)
        .by(Mover::Component(format!("kubelet ({node})").into()))
        .ways([Way::wait(20_000)])
}

/// Returns the cure of a crash whose log is known.
fn known_cure(look: &Look<'_>, pod: &Pod, place: &Place<'_>, log: &str) -> Option<Way> {
    let (variable, value, words) = if log.contains("superuser password is not specified") {
        let words = Said::new(
            "give the database a password for its superuser; better from a Secret",
            "데이터베이스 슈퍼유저의 비밀번호 지정(Secret을 쓰는 편이 나음)",
        );
        ("POSTGRES_PASSWORD", "change-me".to_owned(), words)
    } else if log.contains("lost+found") {
        let mount = place
            .spec
            .volume_mounts
            .iter()
            .find(|mount| mount.mount_path.contains("postgres"));
        let at = mount.map_or("/var/lib/postgresql/data", |mount| &*mount.mount_path);
        let words = Said::new(
            "let the database use a folder below the mount point: a fresh disk is not empty",
            "마운트 지점 아래의 폴더를 쓰게 하기: 새 디스크는 비어 있지 않음",
        );
        ("PGDATA", format!("{}/pgdata", at.trim_end_matches('/')), words)
    } else {
        return None;
    };
    let value = json!({"name": variable, "value": value});
    let at = place.spec.env.iter().position(|known| known.name == variable);
    let operation = match at {
        Some(at) => json!({"op": "replace", "path": place.path(&format!("/env/{at}")), "value": value}),
        None if place.spec.env.is_empty() => set(place.path("/env"), Value::Array(vec![value])),
        None => set(place.path("/env/-"), value),
    };
    amend(look, pod, &[operation]).map(|acts| Way::new(words, acts))
}
