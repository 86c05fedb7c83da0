//! The containers of a pod that has its volumes: images, settings, crashes, probes.

use super::answer::{Coming, Finding, Mover, Said, Stuck, Way};
use super::crashing::crashed;
use super::look::Look;
use super::mounting::{missing_config_map, missing_secret};
use super::remedy::{amend, images_as_before, set, undo};
use crate::api::{Container, ContainerStatus, Pod, Resource, Time};
use crate::programs::runtime::{Image, ProbeKind, Program, full_name};

/// How many lines of a log are shown.
const LINES: usize = 6;

/// Where a container stands in its pod's spec.
pub(super) struct Place<'p> {
    list: &'static str,
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

fn places(pod: &Pod) -> Vec<Place<'_>> {
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
            Some(no_image(look, pod, place, &waiting.message))
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

fn no_image(look: &Look<'_>, pod: &Pod, place: &Place<'_>, message: &str) -> Finding {
    let image = &place.spec.image;
    let text = Said::new(
        format!(
            "the image {image} of container {} cannot be pulled: {message}",
            place.spec.name
        ),
        format!(
            "컨테이너 {}의 이미지 {image}을(를) 내려받을 수 없음: {message}",
            place.spec.name
        ),
    );
    let again = held(look, pod, place, "is pulled again", "다시 내려받기");
    let mut ways: Vec<Way> = images_as_before(look, image).into_iter().collect();
    ways.extend(undo(look, pod));
    if let Some(other) = existing(look, image) {
        let words = Said::new(
            format!("name an image that exists, such as {other}"),
            format!("있는 이미지를 쓰기, 예: {other}"),
        );
        let operations = [
            set(place.path("/image"), other),
            set(place.path("/imagePullPolicy"), "IfNotPresent"),
        ];
        ways.extend(amend(look, pod, &operations).map(|acts| Way::new(words, acts)));
    }
    Finding::new(Stuck::ImagePull, pod.key(), text).coming(again).ways(ways)
}

/// Returns an image near one that does not exist: of the same repository without the tag, of a repository that is known
/// and spelt alike, or any image that a pod of the cluster runs with.
fn existing(look: &Look<'_>, image: &str) -> Option<String> {
    let exists = |name: &str| match look.world.runtime.images.of(name) {
        Some(rule) => *rule != crate::programs::runtime::Rule::Missing,
        None => Image::of(name).exists,
    };
    let named = image.split_once('@').map_or(image, |(named, _)| named);
    let repository = match named.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => named,
    };
    let common = ["postgres", "nginx", "redis", "busybox", "httpd", "memcached"];
    let alike = common
        .iter()
        .copied()
        .find(|known| strsim::osa_distance(known, repository) <= 2);
    let pods = look.store.list::<Pod>("").filter(|pod| pod.is_ready());
    let running = pods.flat_map(|pod| pod.spec.containers.iter().map(|container| container.image.to_string()));
    let candidates = alike
        .map(str::to_owned)
        .into_iter()
        .chain([repository.to_owned()])
        .chain(running)
        .chain(["busybox".to_owned()]);
    candidates
        .filter(|name| full_name(name) != full_name(image))
        .find(|name| exists(name))
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
        let ways = images_as_before(look, &place.spec.image);
        return finding.ways(ways.into_iter().chain(undo(look, pod)));
    }
    let text = Said::new("it runs and is not ready yet", "돌고 있으나 아직 준비되지 않음");
    Finding::new(Stuck::Starting, pod.key(), text)
        .by(kubelet)
        .coming(again)
        .ways([Way::wait(20_000)])
}
