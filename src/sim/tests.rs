//! The kernel's rules, each as a short story.

use super::*;
use crate::api::{Key, Kind, Pod, Resource};
use crate::cloud::Settings;

fn pod(name: &str) -> crate::api::Object {
    let mut pod = Pod::default();
    (pod.metadata.name, pod.metadata.namespace) = (name.into(), "default".into());
    pod.into_object()
}

fn world(seed: u64) -> World {
    ClusterSpec::default().world(seed, Settings::default())
}

#[test]
fn the_same_seed_gives_the_same_uids_and_another_seed_others() {
    let uid = |seed| {
        let mut world = world(seed);
        world.create(pod("p")).unwrap().meta().uid
    };
    assert_eq!(uid(1), uid(1));
    assert_ne!(uid(1), uid(2));
}

#[test]
fn nodes_are_named_after_their_zones() {
    let names: Vec<String> = ClusterSpec::default().nodes().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["node-a1", "node-b1", "node-c1", "node-a2", "node-b2", "node-c2"]
    );
}

#[test]
fn a_name_that_is_taken_is_refused_and_nothing_is_written() {
    let mut world = world(1);
    world.create(pod("p")).unwrap();
    let head = world.store().head();
    assert!(world.create(pod("p")).is_err());
    assert_eq!(world.store().head(), head);
}

#[test]
fn a_world_can_be_cloned_and_both_go_the_same_way() {
    let mut one = world(3);
    one.create(pod("p")).unwrap();
    let mut other = one.clone();
    one.settle(60_000);
    other.settle(60_000);
    assert_eq!(one.now(), other.now());
    assert_eq!(format!("{:?}", one.steps()), format!("{:?}", other.steps()));
    let key = Key::new(Kind::Pod, "default", "p");
    assert_eq!(one.store().find(&key), other.store().find(&key));
}

#[test]
fn a_command_is_one_step_with_its_words_as_typed_and_what_it_created_below() {
    let mut world = world(1);
    world.settle(60_000);
    let (revision, step) = (world.store().head(), world.newest_step());
    world.commanded("kubectl apply -f pods.yaml", |world| {
        world.create(pod("p")).unwrap();
        world.create(pod("q")).unwrap();
    });
    world.commanded("kubectl get pods", |world| {
        assert_eq!(world.store().list::<Pod>("").count(), 2)
    });
    world.create(pod("r")).unwrap();
    let lines = world.story(revision, step);
    let told: Vec<String> = lines.iter().map(|line| line.text(Lang::En)).collect();
    assert_eq!(
        told,
        [
            "$ kubectl apply -f pods.yaml",
            "pod/p is created",
            "pod/q is created",
            "$ create pod/r",
        ]
    );
    assert!(
        lines[..3].iter().all(|line| line.step == lines[0].step),
        "each change names its command"
    );
}
