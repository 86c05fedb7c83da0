//! From a world to the layout: who stands where, who is like whom.

use super::model::{Disk, DiskFault, DiskState, Map, NodeBox, NodeState, PodRow, PodState, Zone};
use crate::api::storage::{ClaimPhase, VolumePhase};
use crate::api::{
    Key, Kind, Meta, Node, Object, PersistentVolume, PersistentVolumeClaim, Phase, Pod, VolumeAttachment,
};
use crate::cloud::{Link, Machine, Power};
use crate::sim::{Due, World};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// With more rows than this in a box, pods with claims of their own are folded too.
const MANY: usize = 8;

/// Returns the layout of a cluster.
pub fn model(world: &World) -> Map {
    let store = world.store();
    let mut zones: BTreeMap<String, Zone> = BTreeMap::new();
    let mut names: BTreeMap<Arc<str>, String> = BTreeMap::new();
    for (name, machine) in &world.cloud.machines {
        names.insert(name.clone(), machine.zone.to_string());
    }
    for node in store.list::<Node>("") {
        let name = &node.metadata.name;
        names.entry(name.clone()).or_insert_with(|| node.zone().to_owned());
    }
    let disks = disks(world);
    let mut pods: BTreeMap<Arc<str>, Vec<Placed>> = BTreeMap::new();
    for pod in store.list::<Pod>("") {
        let there = names.contains_key(&pod.spec.node_name);
        let node = if there { pod.spec.node_name.clone() } else { "".into() };
        pods.entry(node).or_default().push(placed(world, pod, &disks));
    }
    for (name, zone) in names {
        let rows = fold(pods.remove(&name).unwrap_or_default());
        let zone = zones.entry(zone.clone()).or_insert_with(|| Zone {
            name: zone,
            ..Zone::default()
        });
        zone.nodes.push(node_box(world, &name, rows));
    }
    let mut elsewhere = Vec::new();
    for (zone, disk) in disks {
        match zone.and_then(|zone| zones.get_mut(&zone)) {
            Some(zone) => zone.disks.push(disk),
            None => elsewhere.push(disk),
        }
    }
    let unbound = store.list::<PersistentVolumeClaim>("");
    let unbound = unbound.filter(|claim| claim.status.phase != ClaimPhase::Bound);
    let unbound = unbound.map(|claim| (named(&claim.metadata), format!("{:?}", claim.status.phase)));
    Map {
        clock: world.clock(world.now()),
        zones: zones.into_values().collect(),
        homeless: fold(pods.remove("").unwrap_or_default()),
        elsewhere,
        unbound: unbound.collect(),
    }
}

/// Returns a name, with its namespace where that is not the default one.
fn named(meta: &Meta) -> String {
    match &*meta.namespace {
        "" | "default" => meta.name.to_string(),
        namespace => format!("{namespace}/{}", meta.name),
    }
}

fn short(name: &str) -> String {
    match name.strip_prefix("pvc-") {
        Some(uid) if uid.len() == 36 && uid.is_char_boundary(8) => format!("pvc-{}…", &uid[..8]),
        _ => name.to_owned(),
    }
}

fn node_box(world: &World, name: &str, pods: Vec<PodRow>) -> NodeBox {
    let node = world.store().get::<Node>("", name);
    let boots = || {
        let mut due = world.due();
        due.any(|(_, due)| matches!(due, Due::Boot(of, _) if **of == *name))
    };
    let state = match world.cloud.machines.get(name) {
        Some(Machine { power: Power::Off, .. }) if boots() => NodeState::Booting,
        Some(Machine { power: Power::Off, .. }) | None => NodeState::Off,
        Some(Machine { link: Link::Cut, .. }) => NodeState::Cut,
        Some(machine) if !machine.kubelet => NodeState::Mute,
        Some(_) => NodeState::Up,
    };
    NodeBox {
        name: name.to_owned(),
        state,
        ready: node.map(|node| node.is_ready()),
        cordoned: node.is_some_and(|node| node.spec.unschedulable),
        pods,
    }
}

/// Says whether somebody can know how the pods of a node are; a node that is not there has none.
fn is_heard(world: &World, node: &str) -> bool {
    let machine = world.cloud.machines.get(node);
    let up = machine.is_none_or(|m| m.power == Power::On && m.link == Link::Up && m.kubelet);
    let believed = world.store().get::<Node>("", node).is_none_or(|node| node.is_ready());
    up && believed
}

/// A pod before it is folded: its row, and what it is one of.
struct Placed {
    row: PodRow,
    set: Option<String>,
}

fn placed(world: &World, pod: &Pod, disks: &[(Option<String>, Disk)]) -> Placed {
    let (state, word) = how(pod);
    // What the API server has of such a pod is what it last heard.
    let unheard = !matches!(state, PodState::Done | PodState::Ending) && !pod.status.phase.is_terminal();
    let state = match unheard && pod.is_scheduled() && !is_heard(world, &pod.spec.node_name) {
        true => PodState::Lost,
        false => state,
    };
    let mut claims: Vec<String> = Vec::new();
    let mut waits_for = None;
    let mut fault: Option<DiskFault> = None;
    for name in pod.claims() {
        let meta = Meta {
            name: (&*name).into(),
            namespace: pod.metadata.namespace.clone(),
            ..Meta::default()
        };
        let name = named(&meta);
        let disk = disks.iter().find(|(_, disk)| disk.claim.as_ref() == Some(&name));
        let holder = disk.and_then(|(_, disk)| disk.state.node());
        let its = disk.and_then(|(_, disk)| disk.fault);
        fault = fault.into_iter().chain(its).min();
        let wants = disk.is_some_and(|(_, disk)| disk.wanted_at.iter().any(|node| **node == *pod.spec.node_name));
        if wants {
            waits_for = waits_for.or(holder.map(str::to_owned));
        }
        claims.push(name);
    }
    Placed {
        row: PodRow {
            name: named(&pod.metadata),
            count: 1,
            state,
            word,
            claims,
            waits_for,
            fault,
        },
        set: top(world, &pod.metadata).map(named),
    }
}

/// Returns the metadata of what manages an object in the end.
fn top<'w>(world: &'w World, meta: &Meta) -> Option<&'w Meta> {
    let above = |meta: &Meta| -> Option<&'w Object> {
        let owner = meta.controller()?;
        let kind = Kind::of(&owner.api_version, &owner.kind)?;
        world
            .store()
            .find(&Key::new(kind, meta.namespace.clone(), owner.name.clone()))
    };
    let first = above(meta)?;
    Some(above(first.meta()).unwrap_or(first).meta())
}

/// Says how a pod is, and in which word.
fn how(pod: &Pod) -> (PodState, String) {
    let status = &pod.status;
    let all = || status.init_container_statuses.iter().chain(&status.container_statuses);
    let waiting = all()
        .find_map(|s| s.state.waiting.as_ref())
        .filter(|wait| !wait.reason.is_empty());
    let init = status.init_container_statuses.iter().any(|s| s.state.waiting.is_some());
    if pod.metadata.is_terminating() {
        return (PodState::Ending, "Terminating".to_owned());
    }
    match status.phase {
        Phase::Succeeded => return (PodState::Done, "Completed".to_owned()),
        Phase::Failed => {
            let reason = if status.reason.is_empty() {
                "Failed"
            } else {
                &status.reason
            };
            return (PodState::Broken, reason.to_owned());
        }
        _ if !pod.is_scheduled() => return (PodState::Pending, "Pending".to_owned()),
        _ => (),
    }
    if let Some(wait) = waiting {
        let on_its_way = matches!(&*wait.reason, "ContainerCreating" | "PodInitializing");
        let state = if on_its_way {
            PodState::Starting
        } else {
            PodState::Broken
        };
        let prefix = if init && !on_its_way { "Init:" } else { "" };
        return (state, format!("{prefix}{}", wait.reason));
    }
    let ended = status
        .container_statuses
        .iter()
        .find_map(|s| s.state.terminated.as_ref());
    match (status.phase, ended) {
        (Phase::Running, Some(end)) => (PodState::Broken, end.reason.to_string()),
        (Phase::Running, None) if pod.is_ready() => (PodState::Ready, "Running".to_owned()),
        (Phase::Running, None) => (PodState::Starting, "NotReady".to_owned()),
        _ => (PodState::Starting, "Pending".to_owned()),
    }
}

/// Folds pods that are alike into rows, the broken ones first.
fn fold(pods: Vec<Placed>) -> Vec<PodRow> {
    let rows = folded(&pods, false);
    let mut rows = if rows.len() > MANY { folded(&pods, true) } else { rows };
    rows.sort_by(|a, b| (a.state, &a.name).cmp(&(b.state, &b.name)));
    rows
}

fn folded(pods: &[Placed], with_claims: bool) -> Vec<PodRow> {
    let mut rows: Vec<(Option<&String>, PodRow)> = Vec::new();
    for Placed { row, set } in pods {
        let foldable = set.is_some() && (row.claims.is_empty() || with_claims);
        let like = rows.iter_mut().find(|(of, known)| {
            foldable
                && *of == set.as_ref()
                && (known.state, &known.word, &known.waits_for, known.fault)
                    == (row.state, &row.word, &row.waits_for, row.fault)
                && (with_claims || known.claims.is_empty())
        });
        match like {
            Some((_, known)) => {
                known.count += 1;
                known.name = set.clone().unwrap_or_default();
                known.claims.extend(row.claims.iter().cloned());
            }
            None => rows.push((set.as_ref(), row.clone())),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Returns all volumes with their zones, by claim.
fn disks(world: &World) -> Vec<(Option<String>, Disk)> {
    let store = world.store();
    let mut found: Vec<(Option<String>, Disk)> = Vec::new();
    for volume in store.list::<PersistentVolume>("") {
        let claim = volume.spec.claim_ref.as_ref().map(|reference| {
            named(&Meta {
                name: reference.name.clone(),
                namespace: reference.namespace.clone(),
                ..Meta::default()
            })
        });
        let state = where_is(world, volume);
        let holder = state.node().map(str::to_owned);
        let wanted: BTreeSet<String> = match (&volume.spec.claim_ref, &holder) {
            (Some(reference), Some(holder)) => {
                let users = store.list::<Pod>(&reference.namespace).filter(|pod| {
                    pod.is_scheduled()
                        && *pod.spec.node_name != **holder
                        && !pod.status.phase.is_terminal()
                        && pod.claims().any(|name| name == *reference.name)
                });
                users.map(|pod| pod.spec.node_name.to_string()).collect()
            }
            _ => BTreeSet::new(),
        };
        let trouble = match volume.status.phase {
            _ if volume.metadata.is_terminating() => Some("Terminating".to_owned()),
            VolumePhase::Released | VolumePhase::Failed => Some(format!("{:?}", volume.status.phase)),
            _ => None,
        };
        let device = volume.csi().and_then(|(_, handle)| world.cloud.volumes.get(handle));
        let fault = match device {
            Some(device) if device.disk.is_failing() => Some(DiskFault::Failing),
            Some(device) if device.slow => Some(DiskFault::Slow),
            _ => None,
        };
        let disk = Disk {
            fault,
            name: short(&volume.metadata.name),
            claim,
            size: volume.capacity().to_string(),
            state,
            trouble,
            wanted_at: wanted.into_iter().collect(),
        };
        found.push((zone_of(world, volume), disk));
    }
    found.sort_by(|(_, a), (_, b)| (&a.claim, &a.name).cmp(&(&b.claim, &b.name)));
    found
}

fn zone_of(world: &World, volume: &PersistentVolume) -> Option<String> {
    if let Some(disk) = volume.csi().and_then(|(_, handle)| world.cloud.volumes.get(handle)) {
        return Some(disk.zone.to_string());
    }
    let required = volume.spec.node_affinity.as_ref()?.required.as_ref()?;
    let mut wants = required
        .node_selector_terms
        .iter()
        .flat_map(|term| &term.match_expressions);
    wants.find(|want| want.key.ends_with("/zone"))?.values.first().cloned()
}

/// Says where a volume is, by its attachment and by what the cloud knows.
fn where_is(world: &World, volume: &PersistentVolume) -> DiskState {
    let Some(disk) = volume.csi().and_then(|(_, handle)| world.cloud.volumes.get(handle)) else {
        return DiskState::Shared;
    };
    let mut attachments = world.store().list::<VolumeAttachment>("");
    let attachment =
        attachments.find(|a| a.spec.source.persistent_volume_name.as_deref() == Some(&*volume.metadata.name));
    match (attachment, disk.attached_to(world.now())) {
        (Some(a), _) if a.metadata.is_terminating() => DiskState::Detaching(a.spec.node_name.to_string()),
        (Some(a), _) if a.status.attached => DiskState::Attached(a.spec.node_name.to_string()),
        (Some(a), _) => DiskState::Attaching(a.spec.node_name.to_string()),
        (None, Some(node)) => DiskState::Detaching(node.to_string()),
        (None, None) => DiskState::Free,
    }
}
