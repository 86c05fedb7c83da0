//! Images that cannot be pulled: whose slip it is, and the name that was likely meant.

use super::answer::{Finding, Mover, Remedy, Said, Stuck, Way};
use super::containers::{Place, held};
use super::look::Look;
use super::remedy::{amend, command, delete, images_as_before, set, undo};
use crate::api::{Kind, Object, Pod, Resource};
use crate::manifest::did_you_mean;
use crate::programs::runtime::{Image, Rule};

/// Repositories that people often mean.
const REPOSITORIES: [&str; 12] = [
    "postgres",
    "bitnami/postgresql",
    "postgis/postgis",
    "nginx",
    "httpd",
    "redis",
    "valkey/valkey",
    "memcached",
    "busybox",
    "alpine",
    "debian",
    "ubuntu",
];

/// Tags that the repositories above have.
const TAGS: [&str; 11] = [
    "latest", "alpine", "bookworm", "bullseye", "slim", "18", "17", "16", "15", "14", "13",
];

/// Tells of a container whose image cannot be pulled, in the words of its kubelet.
pub(super) fn not_pulled(look: &Look<'_>, pod: &Pod, place: &Place<'_>, reason: &str, message: &str) -> Finding {
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
    let in_ms = again.as_ref().map_or(10_000, |again| again.in_ms + 10_000);
    let finding = Finding::new(Stuck::ImagePull, pod.key(), text).coming(again);
    if reason == "ErrImageNeverPull" {
        let words = Said::new(
            "let the node pull it (imagePullPolicy: IfNotPresent)",
            "노드가 내려받게 하기(imagePullPolicy: IfNotPresent)",
        );
        let operations = [set(place.path("/imagePullPolicy"), "IfNotPresent")];
        return finding.ways(amend(look, pod, &operations).map(|acts| Way::new(words, acts)));
    }
    if look.world.runtime.images.of(image) == Some(&Rule::Missing) {
        return finding.ways(images_as_before(look, image).into_iter().chain(undo(look, pod)));
    }
    if exists(look, image) {
        return retried(look, pod, finding, in_ms);
    }
    finding.ways(undo(look, pod).into_iter().chain(corrected(look, pod, place)))
}

/// Says of a container whose trouble is over that it is tried again by itself, and how not to wait for that.
pub(super) fn retried(look: &Look<'_>, pod: &Pod, finding: Finding, in_ms: i64) -> Finding {
    let anew = look.manager(&pod.metadata).map(|_| {
        let words = Said::new(
            "or do not wait: delete the pod, and the one in its place begins at once",
            "또는 기다리지 않고 Pod 삭제: 대신 생기는 Pod는 바로 시작함",
        );
        Way::new(words, [delete(&pod.key(), &[])])
    });
    let kubelet = Mover::Component(format!("kubelet ({})", pod.spec.node_name).into());
    finding.by(kubelet).ways([Way::wait(in_ms)]).ways(anew)
}

/// Says whether the registry has an image.
fn exists(look: &Look<'_>, image: &str) -> bool {
    match look.world.runtime.images.of(image) {
        Some(rule) => *rule != Rule::Missing,
        None => Image::of(image).exists,
    }
}

/// Returns the way of one who corrects the name: what was likely meant, or a place to write it.
fn corrected(look: &Look<'_>, pod: &Pod, place: &Place<'_>) -> Option<Way> {
    let (container, image) = (&place.spec.name, &place.spec.image);
    let meant = meant(image, |name| exists(look, name));
    let words = match &meant {
        Some(meant) => Said::new(
            format!("correct the image's name; was {meant} meant?"),
            format!("이미지 이름 고치기, {meant}을(를) 뜻했나요?"),
        ),
        None => Said::new(
            "correct the image's name; nothing that is known here is spelt alike",
            "이미지 이름 고치기, 여기서 아는 것 가운데 비슷한 이름은 없음",
        ),
    };
    let name = meant.as_deref().unwrap_or("RIGHT-NAME");
    let top = look.top(&pod.metadata);
    let key = top.map_or_else(|| pod.key(), Object::key);
    let target = format!("{}/{}", key.kind.singular(), key.name);
    let change = command(&key, &["set", "image", &target, &format!("{container}={name}")]);
    let acts: Vec<Remedy> = match &key.kind {
        Kind::Pod | Kind::Deployment => vec![change],
        // Neither replaces by itself what never became ready.
        Kind::StatefulSet | Kind::ReplicaSet | Kind::DaemonSet => vec![change, delete(&pod.key(), &[])],
        _ => amend(look, pod, &[set(place.path("/image"), name)])?,
    };
    Some(Way::new(words, acts))
}

/// Returns the image that was likely meant by one that does not exist: a repository or a tag that is spelt alike.
fn meant(image: &str, exists: impl Fn(&str) -> bool) -> Option<String> {
    let named = image.split_once('@').map_or(image, |(named, _)| named);
    let (repository, tag) = match named.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (named, None),
    };
    let alike = did_you_mean(repository, &REPOSITORIES);
    let tagged = |repository: &str, tag: &str| format!("{repository}:{tag}");
    let near = tag.and_then(|tag| did_you_mean(tag, &TAGS));
    let candidates = [
        alike.zip(tag).map(|(repository, tag)| tagged(repository, tag)),
        near.map(|tag| tagged(alike.unwrap_or(repository), tag)),
        alike.map(str::to_owned),
        Some(repository.to_owned()),
    ];
    let mut candidates = candidates.into_iter().flatten();
    candidates.find(|name| name != image && exists(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_exist_is_guessed() {
        let there = ["postgres:16", "postgres:latest", "postgres", "nginx", "shop/web"];
        let guess = |image: &str| meant(image, |name| there.contains(&name));
        for (image, name) in [
            ("postgress:16", Some("postgres:16")),
            ("postgres:lastest", Some("postgres:latest")),
            ("postgres:nonsense", Some("postgres")),
            ("ngnix:9.9", Some("nginx")),
            ("shop/web:broken", Some("shop/web")),
            ("spilo", None),
        ] {
            assert_eq!(guess(image).as_deref(), name, "{image}");
        }
    }
}
