//! The containers of a pod that has its volumes: images, settings, crashes, probes.

use super::answer::{Coming, Finding, Mover, Said, Stuck, Way};
use super::crashing::crashed;
use super::images::not_pulled;
use super::listening::knocked_in_vain;
use super::look::Look;
use super::mounting::{missing_config_map, missing_secret};
use super::probing::better;
use super::remedy::{images_as_before, undo};
use crate::api::{Container, ContainerStatus, Object, Pod, Resource, Time};
use crate::programs::runtime::{ProbeKind, Program};
use std::collections::BTreeSet;

/// How many lines of a log are shown.
const LINES: usize = 6;

/// Where a container stands in its pod's spec.
pub(super) struct Place<'p> {
    pub list: &'static str,
    index: usize,
    pub spec: &'p Container,
    pub status: Option<&'p ContainerStatus>,
}

impl Place<'_> {
    /// Returns the path of a field of the container in the pod's spec.
    pub fn path(&self, rest: &str) -> String {
        format!("/{}/{}{rest}", self.list, self.index)
    }
}

/// Finds what keeps the containers of a pod from running and being ready.
pub(super) fn find(look: &Look<'_>, pod: &Pod) -> Vec<Finding> {
    let places = places(pod);
    for place in &places {
        if let Some(finding) = place.status.and_then(|status| waits(look, pod, place, status)) {
            return vec![finding];
        }
    }
    let ended = |place: &&Place<'_>| place.status.is_some_and(|status| status.state.terminated.is_some());
    if pod.spec.restart_policy != "Never"
        && let Some(place) = places.iter().filter(|place| place.list == "containers").find(ended)
    {
        return vec![crashed(look, pod, place)];
    }
    if pod.is_ready() || pod.status.phase.is_terminal() {
        return vec![];
    }
    vec![not_ready(look, pod, &places)]
}

/// Returns the images of a pod, or of the pods that an object manages.
pub(super) fn images(look: &Look<'_>, object: &Object) -> BTreeSet<String> {
    let of = |pod: &Pod| -> Vec<String> {
        let all = pod.spec.init_containers.iter().chain(pod.spec.containers.iter());
        all.map(|container| container.image.to_string()).collect()
    };
    match object {
        Object::Pod(pod) => of(pod).into_iter().collect(),
        other => look.pods_of(other).into_iter().flat_map(|pod| of(pod)).collect(),
    }
}

/// Returns the containers of a pod, those that prepare it first.
pub(super) fn places(pod: &Pod) -> Vec<Place<'_>> {
    let (spec, status) = (&pod.spec, &pod.status);
    let lists = [
        ("initContainers", &spec.init_containers, &status.init_container_statuses),
        ("containers", &spec.containers, &status.container_statuses),
    ];
    let mut places = Vec::new();
    for (list, specs, statuses) in lists {
        places.extend(specs.iter().enumerate().map(|(index, spec)| Place {
            list,
            index,
            spec,
            status: statuses.iter().find(|status| status.name == spec.name),
        }));
    }
    places
}

/// Tells why a container waits.
fn waits(look: &Look<'_>, pod: &Pod, place: &Place<'_>, status: &ContainerStatus) -> Option<Finding> {
    let waiting = status.state.waiting.as_ref()?;
    match &*waiting.reason {
        "CrashLoopBackOff" => Some(crashed(look, pod, place)),
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
            Some(not_pulled(look, pod, place, &waiting.reason, &waiting.message))
        }
        "CreateContainerConfigError" => Some(bad_config(look, pod, place, &waiting.message)),
        "PodInitializing" => None,
        "ContainerCreating" => Some(creating(look, pod, place)),
        _ => Some(Finding::new(
            Stuck::Starting,
            pod.key(),
            Said::plain(format!("{}: {}", waiting.reason, waiting.message)),
        )),
    }
}

fn creating(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Finding {
    let node = &pod.spec.node_name;
    let kubelet = Mover::Component(format!("kubelet ({node})").into());
    let pull = look.world.runtime.pull(node, &place.spec.image);
    if let Some(until) = pull.and_then(|pull| pull.ends(look.now)) {
        let image = &place.spec.image;
        let text = Said::new(
            format!("the image {image} is being pulled"),
            format!("이미지 {image} 내려받는 중"),
        );
        let coming = Coming::new(look.now, until, "is there", "도착");
        let ms = coming.in_ms + 10_000;
        return Finding::new(Stuck::Pulling, pod.key(), text)
            .by(kubelet)
            .coming([coming])
            .ways([Way::wait(ms)]);
    }
    let text = Said::new("its containers are being started", "컨테이너 시작 중");
    Finding::new(Stuck::Starting, pod.key(), text)
        .by(kubelet)
        .ways([Way::wait(20_000)])
}

/// Returns when the kubelet tries a container again.
pub(super) fn held(look: &Look<'_>, pod: &Pod, place: &Place<'_>, en: &str, ko: &str) -> Option<Coming> {
    let until = look.world.actors().kubelet.held_until(&pod.key(), &place.spec.name)?;
    (until > look.now).then(|| Coming::new(look.now, until, en, ko))
}

fn bad_config(look: &Look<'_>, pod: &Pod, place: &Place<'_>, message: &str) -> Finding {
    let again = look.coming(
        crate::actors::ActorId::kubelet,
        &pod.key(),
        "is tried again",
        "다시 시도",
    );
    let mut wanted: Vec<(bool, &str, Vec<&str>)> = Vec::new();
    for variable in &place.spec.env {
        let Some(from) = &variable.value_from else { continue };
        for (secret, key) in [(true, &from.secret_key_ref), (false, &from.config_map_key_ref)] {
            let Some(key) = key.as_ref().filter(|key| key.optional != Some(true)) else {
                continue;
            };
            match wanted.iter_mut().find(|(s, name, _)| *s == secret && *name == key.name) {
                Some((_, _, keys)) => keys.push(&key.key),
                None => wanted.push((secret, &key.name, vec![key.key.as_str()])),
            }
        }
    }
    for from in &place.spec.env_from {
        for (secret, source) in [(true, &from.secret_ref), (false, &from.config_map_ref)] {
            let Some(source) = source.as_ref().filter(|source| source.optional != Some(true)) else {
                continue;
            };
            // What a whole Secret holds is not said anywhere; a database needs at least this.
            let guess = (secret && place.spec.image.contains("postgres")).then_some("POSTGRES_PASSWORD");
            let there = look
                .store
                .find(&pod.key().beside(crate::api::Kind::Secret, source.name.as_str()))
                .is_some();
            wanted.push((secret, &source.name, guess.into_iter().filter(|_| !there).collect()));
        }
    }
    let mut found = wanted.into_iter().filter_map(|(secret, name, keys)| match secret {
        true => missing_secret(look, pod, name, &keys),
        false => missing_config_map(look, pod, name, &keys),
    });
    let text = Said::plain(format!("container {}: {message}", place.spec.name));
    let finding = found
        .next()
        .unwrap_or_else(|| Finding::new(Stuck::BadConfig, pod.key(), text));
    finding.coming(again)
}

/// Returns the last lines that a container of a pod has written since it runs.
fn lines_of_this_run(look: &Look<'_>, pod: &Pod, container: &str) -> Vec<String> {
    let log = look
        .world
        .runtime
        .log(&pod.spec.node_name, pod.metadata.uid, container, false)
        .unwrap_or_default();
    let from = log.len().saturating_sub(LINES);
    log[from..].iter().map(|line| line.text.clone()).collect()
}

/// Returns the last lines that a container of a pod wrote: those of the run that ended, where one did.
pub(super) fn last_lines(look: &Look<'_>, pod: &Pod, container: Option<&str>) -> Vec<String> {
    let Some(name) = container.or(pod.spec.containers.first().map(|c| &*c.name)) else {
        return vec![];
    };
    let (node, uid) = (&pod.spec.node_name, pod.metadata.uid);
    let runtime = &look.world.runtime;
    let running = runtime
        .container(node, uid, name)
        .is_some_and(|container| container.is_running());
    let log = runtime
        .log(node, uid, name, running)
        .filter(|log| !log.is_empty())
        .or_else(|| runtime.log(node, uid, name, false));
    let log = log.unwrap_or_default();
    let from = log.len().saturating_sub(LINES);
    log[from..].iter().map(|line| line.text.clone()).collect()
}

/// Tells of a database that is on its way to its first connection, if a container has one.
fn database_starts(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Option<Finding> {
    let name = &place.spec.name;
    let container = look
        .world
        .runtime
        .container(&pod.spec.node_name, pod.metadata.uid, name)?;
    let due_ms = container.programs().find_map(|(_, program)| match program {
        Program::Postgres(server) => server.due_ms(),
        _ => None,
    })?;
    let text = Said::new(
        format!("the database in container {name} is starting, and takes no connections before it has read its files"),
        format!("컨테이너 {name}의 데이터베이스 시작 중, 파일을 다 읽기 전에는 연결을 받지 않음"),
    );
    let at = Time(i64::try_from(due_ms).unwrap_or(i64::MAX));
    let coming = Coming::new(look.now, at, "its start goes a step on", "시작이 한 단계 나아감");
    let ms = coming.in_ms + 20_000;
    let mut finding = Finding::new(Stuck::Starting, pod.key(), text);
    finding.log = lines_of_this_run(look, pod, name);
    Some(finding.coming([coming]).ways([Way::wait(ms)]))
}

fn not_ready(look: &Look<'_>, pod: &Pod, places: &[Place<'_>]) -> Finding {
    let node = &pod.spec.node_name;
    let kubelet = Mover::Component(format!("kubelet ({node})").into());
    let answers = places.iter().filter_map(|place| {
        let container = look.world.runtime.container(node, pod.metadata.uid, &place.spec.name)?;
        let kinds = [ProbeKind::Startup, ProbeKind::Readiness];
        let why = kinds
            .into_iter()
            .find_map(|kind| container.answer(kind)?.found.clone().err())?;
        Some((place, why))
    });
    let mut answers: Vec<_> = answers.collect();
    if let Some(finding) = places.iter().find_map(|place| database_starts(look, pod, place)) {
        return finding.by(kubelet);
    }
    let again = look.coming(
        crate::actors::ActorId::kubelet,
        &pod.key(),
        "is looked at again",
        "다시 살펴봄",
    );
    if let Some((place, why)) = answers.pop() {
        let name = &place.spec.name;
        let text = Said::new(
            format!(
                "container {name} runs and is not ready: its probe says {}",
                why.trim_end()
            ),
            format!("컨테이너 {name}이(가) 돌지만 준비되지 않음, 프로브: {}", why.trim_end()),
        );
        let mut finding = Finding::new(Stuck::NotReady, pod.key(), text).coming(again);
        finding.log = lines_of_this_run(look, pod, name);
        let ways = images_as_before(look, &place.spec.image).into_iter();
        let ways = ways
            .chain(knocked_in_vain(look, pod, place))
            .chain(better(look, pod, place))
            .chain(undo(look, pod));
        return finding.ways(ways);
    }
    let text = Said::new("it runs and is not ready yet", "돌고 있으나 아직 준비되지 않음");
    Finding::new(Stuck::Starting, pod.key(), text)
        .by(kubelet)
        .coming(again)
        .ways([Way::wait(20_000)])
}
