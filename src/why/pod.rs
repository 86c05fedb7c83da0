//! A pod: which of its troubles counts.

use super::answer::{Coming, Finding, Mover, Said, Stuck, Verdicts, Way};
use super::look::{Look, Plight};
use super::remedy::{amend, delete, images_as_before, remove};
use super::{containers, disk, leaving, mounting, pending};
use crate::actors::ActorId;
use crate::api::{Phase, Pod, Resource};

/// Finds what keeps a pod from what it was asked to be, and what each plugin of the scheduler says of each node.
pub(super) fn find(look: &Look<'_>, pod: &Pod) -> (Vec<Finding>, Vec<Verdicts>) {
    if pod.metadata.is_terminating() {
        return (leaving::of_pod(look, pod), vec![]);
    }
    if pod.status.phase == Phase::Succeeded {
        return (vec![], vec![]);
    }
    if pod.status.phase == Phase::Failed {
        return (vec![failed(look, pod)], vec![]);
    }
    if !pod.is_scheduled() {
        return pending::find(look, pod);
    }
    let Some(node) = look.node(&pod.spec.node_name) else {
        return (vec![no_such_node(look, pod)], vec![]);
    };
    let mut found: Vec<Finding> = Vec::new();
    if look.plight(&node.metadata.name) != Plight::Fine || !node.is_ready() {
        found.push(silent(look, pod));
    }
    if pod.status.pod_ip.is_empty() {
        found.extend(mounting::find(look, pod));
    }
    if found.is_empty() {
        found.extend(containers::find(look, pod));
    }
    if found.is_empty()
        && let Some(at) = look.world.actors().taint_eviction.evicts_at(&pod.key())
    {
        let text = Said::new(
            format!(
                "its node {} is tainted, and it bears that for a time only",
                node.metadata.name
            ),
            format!("노드 {}에 taint가 있고 잠시만 견딤", node.metadata.name),
        );
        let coming = Coming::new(look.now, at, "is evicted", "퇴거");
        let finding = Finding::new(Stuck::Evicting, pod.key(), text).by_component("taint-eviction-controller");
        found.push(finding.coming([coming]));
    }
    let disks = disk::of_pod(look, pod);
    found.splice(..0, disks.failing);
    found.extend(disks.slow);
    (found, vec![])
}

/// Tells of a pod whose node does not exist.
fn no_such_node(look: &Look<'_>, pod: &Pod) -> Finding {
    let node = &pod.spec.node_name;
    let text = Said::new(
        format!("it was given to {node} by name, and there is no such node; the scheduler has no say in it"),
        format!("spec.nodeName이 {node}인데 그런 노드가 없음, 스케줄러는 관여하지 않음"),
    );
    let collected = look.coming(ActorId::pod_gc, &pod.key(), "is collected as an orphan", "고아로 수거");
    let words = Said::new(
        "leave the choice of the node to the scheduler",
        "노드 선택을 스케줄러에 맡기기",
    );
    // A pod of its own is written down anew without its node anyway.
    let operations = match look.top(&pod.metadata) {
        Some(_) => vec![remove("/nodeName")],
        None => vec![],
    };
    let way = amend(look, pod, &operations).map(|acts| Way::new(words, acts));
    Finding::new(Stuck::NoSuchNode, pod.key(), text)
        .coming(collected)
        .ways(way)
}

/// Tells of a pod whose node is not heard.
fn silent(look: &Look<'_>, pod: &Pod) -> Finding {
    let node = &pod.spec.node_name;
    let text = match look.plight(node) {
        Plight::Off => Said::new(
            format!("its node {node} has no power"),
            format!("노드 {node} 전원 꺼짐"),
        ),
        Plight::Booting => Said::new(
            format!("its node {node} went down, and all that ran there with it; the machine boots"),
            format!("노드 {node}이(가) 꺼졌고 그 위에서 돌던 것도 모두 죽음, 머신은 부팅 중"),
        ),
        Plight::Cut => Said::new(
            format!("its node {node} is cut off: what runs there may run on, unseen"),
            format!("노드 {node} 네트워크 단절: 그 위의 것은 보이지 않게 계속 돌 수 있음"),
        ),
        Plight::Fine => Said::new(
            format!("its node {node} is not ready yet: its machine runs, and its kubelet is about to report"),
            format!("노드 {node}이(가) 아직 준비되지 않음: 머신은 켜져 있고 kubelet이 곧 보고함"),
        ),
        _ => Said::new(
            format!("the kubelet of its node {node} is not heard"),
            format!("노드 {node}의 kubelet 응답 없음"),
        ),
    };
    let evicted = look.world.actors().taint_eviction.evicts_at(&pod.key());
    // A node that is about to be heard takes its taint along.
    let boots = look.boots_at(node);
    let evicted = evicted.filter(|at| look.plight(node) != Plight::Fine && boots.is_none_or(|boots| *at < boots));
    let evicted = evicted.map(|at| Coming::new(look.now, at, "is evicted", "퇴거"));
    let believed = look.node(node).filter(|node| node.is_ready());
    let text = match believed {
        Some(_) if look.plight(node) != Plight::Fine => Said::new(
            format!(
                "{}; the API server does not know it yet, so what kubectl shows is old",
                text.en
            ),
            format!("{}; API 서버는 아직 몰라서 kubectl이 보여 주는 것은 옛 상태", text.ko),
        ),
        _ => text,
    };
    let doubted = believed.and_then(|node| look.doubted(node));
    let boots = boots.map(|at| Coming::new(look.now, at, "the machine runs again", "머신이 다시 켜짐"));
    let stuck = match boots {
        Some(_) => Stuck::NodeRestarting,
        None => Stuck::NodeSilent,
    };
    let mut finding = Finding::new(stuck, pod.key(), text).by(look.mover_of(node));
    finding = finding.coming(boots).coming(evicted).coming(doubted);
    finding.ways.extend(look.ways_back(node));
    if look.plight(node) == Plight::Off {
        finding.ways.push(leaving::out_of_service(node));
    }
    if look.plight(node) == Plight::Fine {
        finding.ways.push(Way::wait(20_000));
    }
    finding
}

/// Tells of a pod that has failed.
fn failed(look: &Look<'_>, pod: &Pod) -> Finding {
    let (reason, message) = (&pod.status.reason, &pod.status.message);
    let exits = pod.status.container_statuses.iter().filter_map(|status| {
        let end = status.state.terminated.as_ref()?;
        Some((&status.name, &end.reason, end.exit_code))
    });
    let ended = |words: &str| -> String {
        let each = exits
            .clone()
            .map(|(name, why, code)| format!("{name}: {why}, {words} {code}"));
        each.collect::<Vec<_>>().join("; ")
    };
    let (en, ko) = match reason.is_empty() {
        true => (ended("exit code"), ended("종료 코드")),
        false => (format!("{reason}: {message}"), format!("{reason}: {message}")),
    };
    let text = Said::new(format!("it has failed for good: {en}"), format!("완전히 실패함: {ko}"));
    let mut finding = Finding::new(Stuck::PodFailed, pod.key(), text);
    finding.log = containers::last_lines(look, pod, None);
    match look.manager(&pod.metadata) {
        Some(manager) => {
            // Whoever manages it makes another; the failed one only tells.
            finding.mover = Mover::Component(manager.kind().name().into());
            let words = Said::new("clear it away", "치우기");
            finding.ways.push(Way::new(words, [delete(&pod.key(), &[])]));
        }
        None => {
            let words = Said::new("make it anew", "다시 만들기");
            finding
                .ways
                .extend(amend(look, pod, &[]).map(|acts| Way::new(words, acts)));
        }
    }
    let mut images = pod.spec.containers.iter().map(|container| &container.image);
    if let Some(first) = images.find_map(|image| images_as_before(look, image)) {
        // Before it is made anew, or it fails anew.
        for way in &mut finding.ways {
            way.words = Said::new(
                format!("{}; then {}", first.words.en, way.words.en),
                format!("{}; 그다음 {}", first.words.ko, way.words.ko),
            );
            way.acts.splice(..0, first.acts.clone());
        }
    }
    finding
}
