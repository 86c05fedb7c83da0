//! Probes that ask for the wrong thing: which page or port would be answered is tried out on a copy of the world.

use super::answer::{Said, Way};
use super::containers::Place;
use super::look::Look;
use super::remedy::amend;
use crate::api::{IntOrString, Pod, Probe};
use crate::programs::runtime::ProbeKind;
use serde_json::{Value, json};

/// A probe's kind, and its name in a container's spec.
const KINDS: [(ProbeKind, &str); 3] = [
    (ProbeKind::Startup, "startupProbe"),
    (ProbeKind::Readiness, "readinessProbe"),
    (ProbeKind::Liveness, "livenessProbe"),
];

/// Returns the way to a probe that is answered: with another path or port. None where the container's probes fail for
/// another reason, or nothing that was tried would be answered.
pub(super) fn better(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Option<Way> {
    let (kind, probe) = KINDS.into_iter().find_map(|(kind, _)| {
        let probe = kind.of(place.spec)?;
        answers(look, pod, place, kind, probe).is_err().then_some((kind, probe))
    })?;
    let (found, words) = candidates(look, pod, place, probe)
        .into_iter()
        .find(|(candidate, _)| answers(look, pod, place, kind, candidate).is_ok())?;
    // Whoever asks for the same in vain is mended along.
    let wrong = target(probe);
    let same = KINDS
        .into_iter()
        .filter(|(kind, _)| kind.of(place.spec).is_some_and(|probe| target(probe) == wrong));
    let operations: Vec<Value> = same
        .flat_map(|(_, name)| changes(probe, &found).into_iter().map(move |(field, value)| (name, field, value)))
        .map(|(name, field, value)| json!({"op": "replace", "path": place.path(&format!("/{name}{field}")), "value": value}))
        .collect();
    amend(look, pod, &operations).map(|acts| Way::new(words, acts))
}

/// Says how a probe would be answered now. A copy of the world is asked: questions may change what runs.
fn answers(look: &Look<'_>, pod: &Pod, place: &Place<'_>, kind: ProbeKind, probe: &Probe) -> Result<(), String> {
    let mut world = look.world.clone();
    let (node, uid, name) = (&pod.spec.node_name, pod.metadata.uid, &place.spec.name);
    let answer = world.on_machines(|runtime, ground| runtime.would_answer(ground, node, uid, name, kind, probe));
    // Where nothing runs there is nothing to learn from it.
    answer.unwrap_or(Ok(()))
}

/// Returns the probes that might be answered, with what is told of each.
fn candidates(look: &Look<'_>, pod: &Pod, place: &Place<'_>, probe: &Probe) -> Vec<(Probe, Said)> {
    let paths: &[Option<&str>] = match (&probe.http_get, &probe.tcp_socket) {
        (Some(_), _) => &[None, Some("/")],
        (None, Some(_)) => &[None],
        // Commands are no matter of pages and ports.
        (None, None) => return vec![],
    };
    let mut candidates = Vec::new();
    let mut ports = vec![None];
    ports.extend(ears(look, pod, place).into_iter().map(Some));
    for port in ports {
        for path in paths.iter().copied() {
            let mut probe = probe.clone();
            if let Some(http) = &mut probe.http_get {
                if let Some(path) = path {
                    path.clone_into(&mut http.path);
                }
                if let Some(port) = port {
                    http.port = IntOrString::Int(port.into());
                }
            } else if let (Some(tcp), Some(port)) = (&mut probe.tcp_socket, port) {
                tcp.port = IntOrString::Int(port.into());
            }
            let said = match (path, port) {
                (None, Some(port)) => Said::new(
                    format!("let the probe ask at port {port}: there it listens"),
                    format!("프로브가 {port}번 포트에 묻게 하기: 거기서 듣고 있음"),
                ),
                (Some(path), None) => Said::new(
                    format!("let the probe ask for {path}: that page is answered"),
                    format!("프로브가 {path} 페이지를 묻게 하기: 그 페이지에는 답이 옴"),
                ),
                (Some(path), Some(port)) => Said::new(
                    format!("let the probe ask for {path} at port {port}: there it listens, and that page is answered"),
                    format!(
                        "프로브가 {port}번 포트의 {path} 페이지를 묻게 하기: 거기서 듣고 있고 그 페이지에는 답이 옴"
                    ),
                ),
                (None, None) => continue,
            };
            candidates.push((probe, said));
        }
    }
    candidates
}

/// Returns the ports at which a container's programs listen.
fn ears(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Vec<u16> {
    let runtime = &look.world.runtime;
    let container = runtime.container(&pod.spec.node_name, pod.metadata.uid, &place.spec.name);
    let programs = container.into_iter().flat_map(|container| container.programs());
    programs.filter_map(|(_, program)| program.port()).collect()
}

/// Returns what a probe asks for: path and port.
fn target(probe: &Probe) -> (Option<&str>, Option<&IntOrString>) {
    let http = probe.http_get.as_ref();
    let tcp = probe.tcp_socket.as_ref();
    (
        http.map(|http| &*http.path),
        http.map(|http| &http.port).or(tcp.map(|tcp| &tcp.port)),
    )
}

/// Returns the fields of a probe that differ in another, with their values there.
fn changes(probe: &Probe, other: &Probe) -> Vec<(&'static str, Value)> {
    let mut changes = Vec::new();
    let ((old_path, old_port), (path, port)) = (target(probe), target(other));
    if old_path != path {
        changes.push(("/httpGet/path", json!(path)));
    }
    if old_port != port {
        let field = if probe.http_get.is_some() {
            "/httpGet/port"
        } else {
            "/tcpSocket/port"
        };
        changes.push((field, json!(port)));
    }
    changes
}
