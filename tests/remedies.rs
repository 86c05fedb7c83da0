//! The ways out that an answer names: the one that fits comes first, and what it costs is said.

#[path = "stuck/mod.rs"]
mod stuck;

use pglab::api::{Key, Kind, Pod, Resource};
use pglab::programs::runtime::Rule;
use pglab::sim::{Input, Lang, World};
use pglab::why::{self, Health, Stuck};
use stuck::act::{kubectl, take, world};

#[test]
fn what_somebody_said_of_an_image_is_a_cause_and_so_is_its_end() {
    let mut world = world();
    let tell = |world: &mut World, words: &str, rule: Option<Rule>| {
        world.take(&Input::Command(words.to_owned()));
        world.take(&Input::Images("nginx*".to_owned(), rule));
        world.end_command();
    };
    let (missing, default) = ("pglab image set 'nginx*' missing", "pglab image set 'nginx*' default");
    tell(&mut world, missing, Some(Rule::Missing));
    stuck::apply(&mut world, &stuck::deployment("web", 1, "nginx:1.25", ""));
    world.run_for(60_000);
    let pod = world.store().list::<Pod>("default").next().expect("it is there").key();
    let why = why::explain(&world, &pod);
    let who: Vec<&str> = why.as_it_is.iter().map(|cause| &*cause.who).collect();
    assert!(who.contains(&&*format!("$ {missing}")), "{}", why.text(Lang::En));
    assert_eq!(
        why.findings[0].ways.len(),
        1,
        "no other image helps: {}",
        why.text(Lang::En)
    );
    assert!(why.text(Lang::Ko).contains("이미지 nginx*: 어느 레지스트리에도 없음"));
    // Once it is there again, the kubelet tries again by itself, and a person need not wait.
    tell(&mut world, default, None);
    let why = why::explain(&world, &pod);
    let told = why.text(Lang::En);
    assert_eq!(
        (why.health, why.findings[0].stuck),
        (Health::Moving, Stuck::ImagePull),
        "{told}"
    );
    let acts: Vec<String> = why.findings[0].ways.iter().map(|way| way.acts[0].to_string()).collect();
    assert!(
        acts[0].starts_with("pglab time advance") && acts[1].starts_with("kubectl delete pod"),
        "{told}"
    );
    assert!(
        told.contains(&format!("$ {missing}")) && told.contains(&format!("$ {default}")),
        "{told}"
    );
    for act in why.findings[0].ways[0].acts.clone() {
        take(&mut world, &act).expect("it is waited");
    }
    assert_eq!(why::explain(&world, &pod).health, Health::Well);
    // Where no image is to blame, none is told of.
    let huge = "apiVersion: v1\nkind: Pod\nmetadata: {name: huge}\nspec: {containers: [{name: c, image: 'nginx:1.25', resources: {requests: {cpu: 99}}}]}\n";
    stuck::apply(&mut world, huge);
    world.run_for(5_000);
    let told = why::explain(&world, &Key::new(Kind::Pod, "default", "huge")).text(Lang::En);
    assert!(
        told.contains("too little cpu") && !told.contains("images nginx*"),
        "{told}"
    );
}

#[test]
fn a_slip_in_the_name_of_an_image_is_corrected_where_it_was_made() {
    let mut world = world();
    stuck::apply(&mut world, &stuck::deployment("db", 1, "postgres:lastest", ""));
    world.run_for(60_000);
    let pod = world.store().list::<Pod>("default").next().expect("it is there").key();
    let why = why::explain(&world, &pod);
    let told = why.text(Lang::En);
    assert!(
        told.contains("kubectl set image deployment/db main=postgres:latest"),
        "{told}"
    );
    assert!(!told.contains("busybox"), "{told}");
}

#[test]
fn a_claim_that_is_to_go_says_what_goes_with_it_and_how_the_rows_stay() {
    let mut world = world();
    stuck::apply(
        &mut world,
        "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: disk}\nprovisioner: ebs.csi.aws.com\nvolumeBindingMode: WaitForFirstConsumer\n",
    );
    stuck::apply(&mut world, &stuck::stateful_set("db", 1, "idle:1", ""));
    world.settle(120_000);
    let words = ["delete", "pvc", "data-db-0", "--wait=false"].map(str::to_owned);
    assert_eq!(kubectl(&mut world, &words, "").0, 0);
    let why = why::explain(&world, &Key::new(Kind::PersistentVolumeClaim, "default", "data-db-0"));
    let told = why.text(Lang::En);
    let keep = r#"{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}"#;
    assert!(
        told.contains("reclaim policy Delete") && told.contains("all rows on it"),
        "{told}"
    );
    assert!(
        told.contains("kubectl patch persistentvolume pvc-") && told.contains(keep),
        "{told}"
    );
    // The way that is named first keeps the volume.
    for act in why.findings[0].ways[0].acts.clone() {
        take(&mut world, &act).unwrap_or_else(|refused| panic!("{refused}"));
    }
    world.settle(120_000);
    let volumes: Vec<_> = world.store().list::<pglab::api::PersistentVolume>("").collect();
    assert_eq!(volumes.len(), 1);
    assert_eq!(volumes[0].status.phase, pglab::api::storage::VolumePhase::Released);
}
