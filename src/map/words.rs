//! The words of the picture, in English and in Korean.

use super::model::{Disk, DiskFault, DiskState, Map, NodeBox, NodeState, PodState};
use crate::sim::Lang;

/// How a part of a line is to look; the words say the same without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Busy,
    Bad,
    Dim,
}

/// Returns the mark of a pod, and its tone.
pub(super) fn mark(state: PodState) -> (&'static str, Tone) {
    match state {
        PodState::Ready => ("●", Tone::Good),
        PodState::Starting => ("◐", Tone::Busy),
        PodState::Pending => ("○", Tone::Busy),
        PodState::Ending => ("▽", Tone::Busy),
        PodState::Broken => ("✗", Tone::Bad),
        PodState::Lost => ("?", Tone::Bad),
        PodState::Done => ("✓", Tone::Dim),
    }
}

/// Says in the reader's language what a mark stands for.
pub(super) fn meaning(state: PodState, lang: Lang) -> &'static str {
    match (lang, state) {
        (Lang::En, PodState::Ready) => "ready",
        (Lang::En, PodState::Starting) => "starting",
        (Lang::En, PodState::Pending) => "no node",
        (Lang::En, PodState::Ending) => "ending",
        (Lang::En, PodState::Broken) => "broken",
        (Lang::En, PodState::Lost) => "its node is silent",
        (Lang::En, PodState::Done) => "done",
        (Lang::Ko, PodState::Ready) => "준비됨",
        (Lang::Ko, PodState::Starting) => "시작 중",
        (Lang::Ko, PodState::Pending) => "노드 없음",
        (Lang::Ko, PodState::Ending) => "종료 중",
        (Lang::Ko, PodState::Broken) => "고장",
        (Lang::Ko, PodState::Lost) => "노드 응답 없음",
        (Lang::Ko, PodState::Done) => "완료",
    }
}

/// The mark of a disk.
pub(super) const DISK: &str = "▤";

/// Returns the mark of a disk, which tells what is wrong with it, and its tone.
pub(super) fn disk_mark(fault: Option<DiskFault>) -> (&'static str, Tone) {
    match fault {
        None => (DISK, Tone::Plain),
        Some(DiskFault::Failing) => ("▤✗", Tone::Bad),
        Some(DiskFault::Slow) => ("▤~", Tone::Busy),
    }
}

/// Says in the reader's language what is wrong with a disk.
pub(super) fn fault_meaning(fault: DiskFault, lang: Lang) -> &'static str {
    match (lang, fault) {
        (Lang::En, DiskFault::Failing) => "failing disk: every read and write is an error",
        (Lang::En, DiskFault::Slow) => "slow disk: whoever writes waits",
        (Lang::Ko, DiskFault::Failing) => "고장 난 디스크: 읽기와 쓰기가 모두 오류",
        (Lang::Ko, DiskFault::Slow) => "느린 디스크: 쓰는 쪽이 기다림",
    }
}

/// Returns the faults that occur, each once.
pub(super) fn faults(map: &Map) -> Vec<DiskFault> {
    let mut faults: Vec<DiskFault> = map.disks().filter_map(|disk| disk.fault).collect();
    faults.sort();
    faults.dedup();
    faults
}

/// Says how a node is; the tone is that of the words.
pub(super) fn node_words(node: &NodeBox, lang: Lang) -> (String, Tone) {
    let ko = lang == Lang::Ko;
    let machine = match node.state {
        NodeState::Up => None,
        NodeState::Off => Some(if ko { "전원 꺼짐" } else { "no power" }),
        NodeState::Booting => Some(if ko { "다시 켜지는 중" } else { "restarting" }),
        NodeState::Cut => Some(if ko { "네트워크 끊김" } else { "cut off" }),
        NodeState::Mute => Some(if ko { "kubelet 멈춤" } else { "no kubelet" }),
    };
    let believed = match (node.ready, machine) {
        (Some(true), None) => "Ready",
        // For some seconds nobody has noticed yet.
        (Some(true), Some(_)) if ko => "API에는 아직 Ready",
        (Some(true), Some(_)) => "API says Ready",
        (Some(false), _) => "NotReady",
        (None, _) if ko => "등록 안 됨",
        (None, _) => "not registered",
    };
    let mut words: Vec<&str> = machine.into_iter().chain([believed]).collect();
    if node.cordoned {
        words.push("cordoned");
    }
    let tone = match (node.is_broken(), node.cordoned) {
        (true, _) => Tone::Bad,
        (false, true) => Tone::Busy,
        (false, false) => Tone::Good,
    };
    let cross = if node.is_broken() { "✗ " } else { "" };
    (format!("{cross}{}", words.join(", ")), tone)
}

/// Says where a disk is, and what is wrong with it.
pub(super) fn disk_words(disk: &Disk, lang: Lang) -> (String, Tone) {
    let ko = lang == Lang::Ko;
    let place = match &disk.state {
        DiskState::Free if ko => "연결 안 됨".to_owned(),
        DiskState::Free => "not attached".to_owned(),
        DiskState::Attached(node) => format!("⇒ {node}"),
        DiskState::Attaching(node) if ko => format!("→ {node} 연결 중"),
        DiskState::Attaching(node) => format!("→ {node}, attaching"),
        DiskState::Detaching(node) if ko => format!("← {node} 분리 중"),
        DiskState::Detaching(node) => format!("← {node}, detaching"),
        DiskState::Shared if ko => "공유".to_owned(),
        DiskState::Shared => "shared".to_owned(),
    };
    let mut words = place;
    if let Some(trouble) = &disk.trouble {
        words = format!("✗ {trouble}, {words}");
    }
    if let Some(fault) = disk.fault {
        let word = match (fault, ko) {
            (DiskFault::Failing, false) => "fails",
            (DiskFault::Failing, true) => "고장",
            (DiskFault::Slow, false) => "slow",
            (DiskFault::Slow, true) => "느림",
        };
        words = format!("{word}, {words}");
    }
    let moves = matches!(disk.state, DiskState::Attaching(_) | DiskState::Detaching(_));
    let tone = match (disk.is_stuck(), disk.fault) {
        (true, _) | (_, Some(DiskFault::Failing)) => Tone::Bad,
        (false, Some(DiskFault::Slow)) => Tone::Busy,
        (false, None) if moves => Tone::Busy,
        (false, None) => Tone::Plain,
    };
    (words, tone)
}

/// Says who waits for a disk that another node has; None where nobody does.
pub(super) fn wanted_words(disk: &Disk, lang: Lang) -> Option<String> {
    if disk.wanted_at.is_empty() {
        return None;
    }
    let nodes = disk.wanted_at.join(", ");
    Some(match lang {
        Lang::En => format!("✗ wanted at {nodes}"),
        Lang::Ko => format!("✗ {nodes}에서 기다림"),
    })
}

/// Says which disk a pod waits for.
pub(super) fn waits_words(node: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("✗ its disk is at {node}"),
        Lang::Ko => format!("✗ 디스크가 {node}에 있음"),
    }
}

/// Sums the picture up in a line.
pub(super) fn summary(map: &Map, lang: Lang) -> String {
    let ((nodes, broken), (pods, well), stuck) = (map.nodes(), map.pods(), map.stuck_disks());
    let some = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut words = match lang {
        Lang::En => format!("{} · {}", some(map.zones.len(), "zone"), some(nodes, "node")),
        Lang::Ko => format!("가용 영역 {} · 노드 {nodes}", map.zones.len()),
    };
    if broken > 0 {
        words.push_str(&match lang {
            Lang::En => format!(" (✗ {broken} down)"),
            Lang::Ko => format!("(✗ {broken} 고장)"),
        });
    }
    words.push_str(&match lang {
        Lang::En => format!(" · {}, {well} well", some(pods, "pod")),
        Lang::Ko => format!(" · Pod {pods}, 정상 {well}"),
    });
    if stuck > 0 {
        words.push_str(&match lang {
            Lang::En => format!(" · ✗ {} stuck", some(stuck, "disk")),
            Lang::Ko => format!(" · ✗ 묶인 디스크 {stuck}"),
        });
    }
    let (failing, slow) = (map.faulty_disks(DiskFault::Failing), map.faulty_disks(DiskFault::Slow));
    if failing > 0 {
        words.push_str(&match lang {
            Lang::En => format!(" · ✗ {} failing", some(failing, "disk")),
            Lang::Ko => format!(" · ✗ 고장 난 디스크 {failing}"),
        });
    }
    if slow > 0 {
        words.push_str(&match lang {
            Lang::En => format!(" · ~ {} slow", some(slow, "disk")),
            Lang::Ko => format!(" · ~ 느린 디스크 {slow}"),
        });
    }
    words
}

/// The headings of what stands in no zone.
pub(super) struct Headings {
    pub homeless: &'static str,
    pub elsewhere: &'static str,
    pub unbound: &'static str,
    pub no_pods: &'static str,
    pub marks: &'static str,
    pub attached: &'static str,
    pub disk: &'static str,
    pub cluster: &'static str,
}

/// Returns the headings.
pub(super) fn headings(lang: Lang) -> &'static Headings {
    match lang {
        Lang::En => &Headings {
            homeless: "pods without a node",
            elsewhere: "volumes without a zone",
            unbound: "claims without a volume",
            no_pods: "no pods",
            marks: "marks",
            attached: "attached to",
            disk: "disk",
            cluster: "cluster",
        },
        Lang::Ko => &Headings {
            homeless: "노드가 없는 Pod",
            elsewhere: "가용 영역이 없는 볼륨",
            unbound: "볼륨이 없는 클레임",
            no_pods: "Pod 없음",
            marks: "표시",
            attached: "연결된 노드",
            disk: "디스크",
            cluster: "클러스터",
        },
    }
}
