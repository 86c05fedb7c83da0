//! Connections that are refused: a Service that sends them to another port, a database that listens only to its own pod.

use super::answer::{Finding, Said, Stuck, Way};
use super::containers::{Place, places};
use super::look::Look;
use super::remedy::{amend, operate};
use crate::api::{Pod, Resource, Service};
use crate::programs::runtime::{Ear, ProbeKind, Program};
use serde_json::{Value, json};

/// Tells of a port of a Service at which connections are refused.
pub(super) fn refused(look: &Look<'_>, service: &Service) -> Option<Finding> {
    let refusing = look.world.refusing(service)?;
    let (pod, target) = (&refusing.pod, refusing.target);
    let name = &pod.metadata.name;
    let inward = places(pod)
        .into_iter()
        .find(|place| inward_port(look, pod, place) == Some(target));
    // Who asks for a headless Service gets the pods' addresses, and brings the port along.
    if inward.is_none() && service.is_headless() {
        return None;
    }
    let port = service.spec.ports[refusing.at].port;
    let finding = |text| Finding::new(Stuck::RefusedPort, service.key(), text);
    if let Some(place) = inward {
        let text = Said::new(
            format!(
                "connections to port {port} are refused: the database in pod {name} takes connections from its own pod \
                 only (listen_addresses)"
            ),
            format!(
                "{port}번 포트로 오는 연결이 거부됨: Pod {name}의 데이터베이스는 자기 Pod 안에서 오는 연결만 받음(listen_addresses)"
            ),
        );
        return Some(finding(text).ways(outward(look, pod, &place)));
    }
    let Some(ear) = refusing.ears.first() else {
        let text = Said::new(
            format!("connections to port {port} are refused: nothing listens at any port of pod {name}"),
            format!("{port}번 포트로 오는 연결이 거부됨: Pod {name}은(는) 어떤 포트에서도 듣고 있지 않음"),
        );
        return Some(finding(text));
    };
    let ears: Vec<String> = refusing.ears.iter().map(u16::to_string).collect();
    let ears = ears.join(", ");
    let text = Said::new(
        format!(
            "connections to port {port} are refused: it sends them to port {target}, and pod {name} listens at {ears}"
        ),
        format!(
            "{port}번 포트로 오는 연결이 거부됨: {target}번 포트로 보내는데 Pod {name}은(는) {ears}번에서 듣고 있음"
        ),
    );
    let words = Said::new(format!("send it to {ear} instead"), format!("대신 {ear}(으)로 보내기"));
    let path = format!("/spec/ports/{}/targetPort", refusing.at);
    let change = json!([{"op": "replace", "path": path, "value": ear}]);
    Some(finding(text).ways([Way::command(words, operate(&service.key(), &change))]))
}

/// Returns the way to a probe that is answered where it knocks at a database that listens only to its own pod.
pub(super) fn knocked_in_vain(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Option<Way> {
    let port = inward_port(look, pod, place)?;
    let mut probes = [ProbeKind::Startup, ProbeKind::Readiness].into_iter();
    let here = probes.any(|kind| {
        let knocks = kind.of(place.spec).and_then(|probe| probe.tcp_socket.as_ref());
        knocks.is_some_and(|tcp| place.spec.number_of(&tcp.port) == Ok(port))
    });
    here.then(|| outward(look, pod, place)).flatten()
}

/// Returns the port of the database of a container that takes connections of its own pod and of nobody else.
fn inward_port(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Option<u16> {
    let runtime = &look.world.runtime;
    let container = runtime.container(&pod.spec.node_name, pod.metadata.uid, &place.spec.name)?;
    container.programs().find_map(|(_, program)| {
        let (Program::Postgres(_), Some(port)) = (program, program.port()) else {
            return None;
        };
        let hears = |address: &str| program.ear(address, port) == Ear::Open;
        (hears("127.0.0.1") && !hears(&pod.status.pod_ip)).then_some(port)
    })
}

/// Returns the way that lets a database listen to others. What is said on the command line goes before the file.
fn outward(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Option<Way> {
    // What a shell starts takes its words from a script.
    let shell = |word: &String| ["sh", "bash"].contains(&word.rsplit('/').next().unwrap_or_default());
    if place
        .spec
        .command
        .first()
        .or(place.spec.args.first())
        .is_some_and(shell)
    {
        return None;
    }
    let mut args: Vec<Value> = place.spec.args.iter().map(|arg| json!(arg)).collect();
    args.extend([json!("-c"), json!("listen_addresses=*")]);
    let operations = [json!({"op": "add", "path": place.path("/args"), "value": args})];
    let words = Said::new(
        "let the database listen at every address of its pod: listen_addresses = '*'",
        "데이터베이스가 Pod의 모든 주소에서 듣게 하기: listen_addresses = '*'",
    );
    amend(look, pod, &operations).map(|acts| Way::new(words, acts))
}
