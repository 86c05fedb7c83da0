//! Why no node takes a pod, and the cheapest change after which one would.
//!
//! A node that a single plugin turns the pod down for is a node that one act could win. Among such nodes the cheapest act
//! counts: an `uncordon` before a change of the pod, a change of the pod before the end of another pod.

use super::answer::{Finding, Said, Stuck, Way};
use super::look::Look;
use super::remedy::{amend, command, delete, remove};
use super::room;
use crate::actors::scheduler::{NodeVerdicts, Plugin, Rejection};
use crate::api::storage::AccessMode;
use crate::api::{Key, Kind, Node, Pod, Resource, Taint, TaintEffect};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The taint that the control plane puts on a cordoned node.
const CORDON: &str = "node.kubernetes.io/unschedulable";

/// Finds what keeps a pod from every node.
pub(super) fn find(look: &Look<'_>, pod: &Pod, nodes: &[NodeVerdicts]) -> Vec<Finding> {
    if nodes.is_empty() {
        let text = Said::new("there are no nodes", "노드가 없음");
        let ways = look.world.cloud.machines.keys().flat_map(|node| look.ways_back(node));
        return vec![Finding::new(Stuck::NoNodes, pod.key(), text).ways(ways)];
    }
    if nodes.iter().any(|said| said.score.is_some()) {
        let text = Said::new(
            "a node fits: the scheduler is about to bind it",
            "받아 줄 노드가 있음, 스케줄러가 곧 배치함",
        );
        let finding = Finding::new(Stuck::BeingScheduled, pod.key(), text).by_component("default-scheduler");
        return vec![finding.ways([Way::wait(10_000)])];
    }
    // What counts of a node is the reason that is dearest to change; of all nodes the cheapest.
    let mut found: BTreeMap<Stuck, (u32, Vec<&NodeVerdicts>)> = BTreeMap::new();
    for said in nodes {
        let no = rejections(look, pod, said);
        let (stuck, price) = no
            .iter()
            .map(|no| stuck_of(no))
            .max_by_key(|(_, price)| *price)
            .unwrap_or((Stuck::OtherResource, 99));
        let price = price + 100 * (no.len().saturating_sub(1) as u32);
        let entry = found.entry(stuck).or_insert((price, vec![]));
        entry.0 = entry.0.min(price);
        entry.1.push(said);
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, (price, _))| *price);
    found
        .into_iter()
        .map(|(stuck, (_, nodes))| finding(look, pod, stuck, &nodes))
        .collect()
}

/// Returns why a node turns a pod down. A cordoned node says it twice, as the taint that a cordon brings is not borne
/// either: that is told once.
fn rejections<'n>(look: &Look<'_>, pod: &Pod, said: &'n NodeVerdicts) -> Vec<&'n Rejection> {
    let no = said.verdicts.iter().filter_map(|(_, verdict)| verdict.as_ref().err());
    let mut no: Vec<&Rejection> = no.collect();
    let cordoned = no.iter().any(|no| no.plugin == Plugin::NodeUnschedulable);
    let tainted = look.node(&said.node).is_some_and(|node| !unborne(pod, node).is_empty());
    if cordoned && !tainted {
        no.retain(|no| no.plugin != Plugin::TaintToleration);
    }
    no
}

/// Returns the taints of a node that a pod does not bear, but for the one that comes and goes with a cordon.
fn unborne<'n>(pod: &Pod, node: &'n Node) -> Vec<&'n Taint> {
    let borne = |taint: &Taint| {
        pod.spec
            .tolerations
            .iter()
            .any(|toleration| toleration.tolerates(taint))
    };
    let taints = node.spec.taints.iter();
    taints
        .filter(|taint| taint.effect != TaintEffect::PreferNoSchedule && taint.key != CORDON && !borne(taint))
        .collect()
}

/// Says in plain words what the scheduler says in its own.
fn gloss(stuck: Stuck) -> Option<(&'static str, &'static str)> {
    Some(match stuck {
        Stuck::Cordoned => ("cordoned, so no new pod comes there", "cordon되어 새 Pod를 받지 않음"),
        Stuck::Tainted => ("a taint there keeps the pod away", "노드의 taint가 Pod를 막음"),
        Stuck::Affinity => ("not a node that the pod asks for", "Pod가 요구하는 노드가 아님"),
        Stuck::Cpu => ("too little cpu is free", "남은 cpu 부족"),
        Stuck::Memory => ("too little memory is free", "남은 메모리 부족"),
        Stuck::PodCount => ("as many pods as it may have", "노드의 Pod 수가 한도에 이름"),
        Stuck::HostPort => (
            "another pod has the port of the host",
            "다른 Pod가 호스트 포트를 쓰는 중",
        ),
        Stuck::VolumeZone => ("the pod's volume is elsewhere", "Pod의 볼륨이 다른 곳에 있음"),
        Stuck::VolumeLimit => ("as many volumes as it may have", "노드의 볼륨 수가 한도에 이름"),
        Stuck::InUseByOnePod => (
            "its claim is for one pod, and another has it",
            "한 Pod만 쓰는 클레임을 다른 Pod가 쓰는 중",
        ),
        Stuck::PodAffinity => (
            "the pod must be near others, or apart from them, and is not there",
            "다른 Pod와 가깝거나 떨어져야 한다는 규칙에 어긋남",
        ),
        Stuck::Spread => ("the pods would be spread too unevenly", "Pod가 고르게 퍼지지 않게 됨"),
        _ => return None,
    })
}

/// Returns what a rejection is about, and how dear it is to change.
fn stuck_of(no: &Rejection) -> (Stuck, u32) {
    let says = |words: &str| no.reasons.iter().any(|reason| reason.contains(words));
    match no.plugin {
        Plugin::NodeUnschedulable => (Stuck::Cordoned, 1),
        Plugin::TaintToleration => (Stuck::Tainted, 2),
        Plugin::NodeName => (Stuck::NoSuchNode, 9),
        Plugin::NodeAffinity => (Stuck::Affinity, 3),
        Plugin::NodePorts => (Stuck::HostPort, 6),
        Plugin::NodeResourcesFit if says("Too many pods") => (Stuck::PodCount, 6),
        Plugin::NodeResourcesFit if says("memory") && !says("cpu") => (Stuck::Memory, 5),
        Plugin::NodeResourcesFit if says("cpu") => (Stuck::Cpu, 5),
        Plugin::NodeResourcesFit => (Stuck::OtherResource, 7),
        Plugin::VolumeRestrictions => (Stuck::InUseByOnePod, 6),
        Plugin::NodeVolumeLimits => (Stuck::VolumeLimit, 6),
        Plugin::VolumeBinding if says("node affinity") => (Stuck::VolumeZone, 20),
        Plugin::VolumeBinding => (Stuck::NoVolume, 8),
        Plugin::VolumeZone => (Stuck::VolumeZone, 20),
        Plugin::PodTopologySpread => (Stuck::Spread, 4),
        Plugin::InterPodAffinity => (Stuck::PodAffinity, 4),
        Plugin::NodeResourcesBalancedAllocation | Plugin::ImageLocality => (Stuck::OtherResource, 50),
    }
}

/// Tells what some nodes say, and what would change it there.
fn finding(look: &Look<'_>, pod: &Pod, stuck: Stuck, nodes: &[&NodeVerdicts]) -> Finding {
    let names: Vec<&str> = nodes.iter().map(|said| &*said.node).collect();
    let names = names.join(", ");
    let mut reasons: Vec<String> = nodes
        .iter()
        .flat_map(|said| rejections(look, pod, said))
        .filter(|no| stuck_of(no).0 == stuck)
        .flat_map(|no| no.reasons.iter().map(|reason| reason.to_string()))
        .collect();
    reasons.sort();
    reasons.dedup();
    let why = reasons.join(", ");
    let text = match gloss(stuck) {
        Some((en, ko)) => Said::new(format!("{names}: {en} ({why})"), format!("{names}: {ko}({why})")),
        None => Said::plain(format!("{names}: {why}")),
    };
    let mut finding = Finding::new(stuck, pod.key(), text);
    let alone = nodes.iter().find(|said| rejections(look, pod, said).len() == 1);
    let Some(said) = alone.or(nodes.first()) else {
        return finding;
    };
    match stuck {
        Stuck::Cordoned => {
            let words = Said::new(
                format!("let {} take pods again", said.node),
                format!("{}이(가) 다시 Pod를 받게 하기", said.node),
            );
            finding
                .ways
                .push(Way::command(words, node_command(&said.node, &["uncordon", &said.node])));
        }
        Stuck::Tainted => {
            let open: Vec<&&NodeVerdicts> = match alone {
                Some(_) => nodes
                    .iter()
                    .filter(|said| rejections(look, pod, said).len() == 1)
                    .collect(),
                None => vec![said],
            };
            let off = |said: &&&&NodeVerdicts| !look.ways_back(&said.node).is_empty();
            // One that answers needs nothing but that its taint goes: somebody who vouched that a node is dead may have
            // forgotten to take that back.
            let answers = open.iter().find(|said| !off(said));
            if let Some(said) = answers {
                finding
                    .ways
                    .extend(look.node(&said.node).and_then(|node| untaint(pod, node)));
            }
            let may_go = !finding.ways.is_empty();
            if let Some(said) = open.iter().find(off) {
                finding.ways.extend(look.ways_back(&said.node));
                if !may_go {
                    finding.mover = look.mover_of(&said.node);
                    finding
                        .ways
                        .extend(look.node(&said.node).and_then(|node| untaint(pod, node)));
                }
            }
        }
        Stuck::Affinity => finding
            .ways
            .extend(free_of(look, pod, &["/nodeSelector", "/affinity/nodeAffinity"])),
        Stuck::PodAffinity => {
            let free = free_of(look, pod, &["/affinity/podAntiAffinity", "/affinity/podAffinity"]);
            let apart = pod
                .spec
                .affinity
                .as_ref()
                .is_some_and(|a| a.pod_anti_affinity.is_some());
            // Siblings that run keep a pod away by their own rule also where it has none any more: a changed template
            // waits for room beside them just the same.
            let fewer = room::fewer(look, pod);
            finding.ways.extend(
                match apart {
                    true => [fewer, free],
                    false => [free, fewer],
                }
                .into_iter()
                .flatten(),
            );
        }
        Stuck::Spread => {
            finding.ways.extend(free_of(look, pod, &["/topologySpreadConstraints"]));
            finding.ways.extend(room::fewer(look, pod));
        }
        Stuck::Cpu | Stuck::Memory | Stuck::OtherResource => {
            let nodes: Vec<&Arc<str>> = nodes.iter().map(|said| &said.node).collect();
            finding.ways.extend(room::smaller(look, pod, &nodes));
            finding.ways.extend(room::make(look, pod, &said.node, |_| true));
        }
        Stuck::PodCount => finding.ways.extend(room::make(look, pod, &said.node, |_| true)),
        Stuck::VolumeLimit => {
            finding.ways.extend(room::make(look, pod, &said.node, |other| {
                other.claims().next().is_some()
            }));
        }
        Stuck::HostPort => {
            let ports = |pod: &Pod| -> Vec<i64> {
                let containers = pod.spec.containers.iter().flat_map(|c| &c.ports);
                containers.map(|port| port.host_port).filter(|port| *port > 0).collect()
            };
            let wanted = ports(pod);
            finding.ways.extend(room::make(look, pod, &said.node, |other| {
                ports(other).iter().any(|port| wanted.contains(port))
            }));
        }
        Stuck::InUseByOnePod => finding.ways.extend(release_one_pod_claim(look, pod)),
        Stuck::VolumeZone => volume_zone(look, pod, &mut finding),
        _ => (),
    }
    finding
}

fn node_command(node: &str, words: &[&str]) -> super::answer::Remedy {
    command(&Key::cluster(Kind::Node, node), words)
}

/// Returns the way that takes the taints from a node that the pod does not bear.
fn untaint(pod: &Pod, node: &Node) -> Option<Way> {
    let away: Vec<String> = unborne(pod, node)
        .into_iter()
        // What the control plane puts there it also takes away, and only it.
        .filter(|taint| !taint.key.starts_with("node.kubernetes.io/not-ready"))
        .filter(|taint| !taint.key.starts_with("node.kubernetes.io/unreachable"))
        .map(|taint| format!("{}:{:?}-", taint.key, taint.effect))
        .collect();
    if away.is_empty() {
        return None;
    }
    let name = &node.metadata.name;
    let words = Said::new(
        format!("take the taints from {name} that the pod does not bear"),
        format!("Pod가 견디지 못하는 taint를 {name}에서 제거"),
    );
    let mut argv = vec!["taint", "nodes", &**name];
    argv.extend(away.iter().map(String::as_str));
    Some(Way::command(words, node_command(name, &argv)))
}

/// Returns the way that takes demands out of a pod's spec, those of the paths that it has.
fn free_of(look: &Look<'_>, pod: &Pod, paths: &[&str]) -> Option<Way> {
    let spec = serde_json::to_value(&*pod.spec).ok()?;
    let operations: Vec<_> = paths
        .iter()
        .filter(|path| spec.pointer(path).is_some())
        .map(|path| remove(*path))
        .collect();
    if operations.is_empty() {
        return None;
    }
    let had: Vec<&str> = paths
        .iter()
        .copied()
        .filter(|path| spec.pointer(path).is_some())
        .collect();
    let had = had.join(", ").replace('/', ".");
    let words = Said::new(
        format!("ask for less: take spec{had} away"),
        format!("요구를 줄이기: spec{had} 제거"),
    );
    amend(look, pod, &operations).map(|acts| Way::new(words, acts))
}

/// Returns the way that ends the pod which has a claim for itself alone.
fn release_one_pod_claim(look: &Look<'_>, pod: &Pod) -> Option<Way> {
    let once = pod.claims().find_map(|name| {
        let claim = look.claim(pod, &name)?;
        claim
            .spec
            .access_modes
            .contains(&AccessMode::ReadWriteOncePod)
            .then_some(claim)
    })?;
    let users = look.users(&once.metadata.namespace, &once.metadata.name);
    let holder = users
        .into_iter()
        .find(|user| user.metadata.uid != pod.metadata.uid && user.is_scheduled())?;
    let words = Said::new(
        format!(
            "end {}, which has the claim {} for itself",
            holder.key(),
            once.metadata.name
        ),
        format!(
            "클레임 {}을(를) 혼자 쓰고 있는 {} 종료",
            once.metadata.name,
            holder.key()
        ),
    );
    Some(Way::new(words, room::end(look, holder)))
}

/// Tells of a volume that is in another zone than any node that would take the pod.
fn volume_zone(look: &Look<'_>, pod: &Pod, finding: &mut Finding) {
    for name in pod.claims() {
        let Some(volume) = look.claim(pod, &name).and_then(|claim| look.volume(claim)) else {
            continue;
        };
        let Some(zone) = zone_of(volume) else { continue };
        finding.text = Said::new(
            format!(
                "{}; the volume of {name} is in {zone}, and a disk does not leave its zone",
                finding.text.en
            ),
            format!(
                "{}; {name}의 볼륨은 {zone}에 있고 디스크는 가용 영역을 떠나지 못함",
                finding.text.ko
            ),
        );
        let machines = look
            .world
            .cloud
            .machines
            .iter()
            .filter(|(_, machine)| *machine.zone == *zone);
        for (node, _) in machines {
            finding.ways.extend(look.ways_back(node));
        }
        if finding.ways.is_empty() && look.store.list::<Node>("").all(|node| node.zone() != zone) {
            let key = pod.key().beside(Kind::PersistentVolumeClaim, &*name);
            let words = Said::new(
                format!("give the data up: delete the claim {name} and the pod, so that a volume is made elsewhere"),
                format!("데이터를 포기: 클레임 {name}과(와) Pod를 지워 다른 곳에 볼륨을 만들게 하기"),
            );
            finding
                .ways
                .push(Way::new(words, [delete(&key, &[]), delete(&pod.key(), &[])]));
        }
    }
}

/// Returns the zone to which a volume is bound.
pub(super) fn zone_of(volume: &crate::api::PersistentVolume) -> Option<String> {
    let required = volume.spec.node_affinity.as_ref()?.required.as_ref()?;
    let mut wants = required
        .node_selector_terms
        .iter()
        .flat_map(|term| &term.match_expressions);
    let zone = wants.find(|want| want.key.ends_with("/zone"))?;
    zone.values.first().cloned()
}
