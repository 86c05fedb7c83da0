//! Why: many stuck worlds, each asked why it is stuck, and healed by the act that the answer names.

#[path = "stuck/mod.rs"]
mod stuck;

use pglab::api::{Key, Kind, Pod, Resource};
use pglab::sim::{Fault, Input, Lang, World};
use pglab::why::{self, Health, Remedy, Stuck};
use std::collections::BTreeMap;
use stuck::act::{kubectl, take, world};
use stuck::{Case, Draw, KINDS};

/// How long a cure may take: a pod's grace, an eviction, a detachment by force, some back-offs.
const PATIENCE_MS: i64 = 15 * 60_000;

/// Asks why a world is stuck, does the first thing that is named, and says what went otherwise than it was told.
fn heal(mut case: Case, aloud: bool) -> Result<(), String> {
    let (world, key) = (&mut case.world, case.asked.clone());
    let why = why::explain(world, &key);
    let told = why.text(Lang::En);
    if aloud {
        println!("{told}\n{}", why.text(Lang::Ko));
    }
    let demand = |holds: bool, what: String| if holds { Ok(()) } else { Err(format!("{what}\n{told}")) };
    demand(!(case.healed)(world), "it is stuck at first".into())?;
    demand(why.health != Health::Well, "it is found to be stuck".into())?;
    let mut kinds = why.findings.iter().map(|finding| finding.stuck);
    demand(
        kinds.any(|stuck| case.expected.contains(&stuck)),
        format!("{:?} is found", case.expected),
    )?;
    demand(!why.as_it_is.is_empty(), "it came about somehow".into())?;
    let way = why.findings.iter().find_map(|finding| finding.ways.first());
    let way = way.ok_or_else(|| format!("there is a way out\n{told}"))?;
    for act in &way.acts {
        take(world, act).map_err(|refused| format!("{refused}\n{told}"))?;
    }
    let deadline = world.now() + PATIENCE_MS;
    let healed = world.run_till(deadline, |world| (case.healed)(world));
    let after = why::explain(world, &key).text(Lang::En);
    demand(healed, format!("it is healed by {:?}; afterwards:\n{after}", way.acts))
}

#[test]
fn what_is_stuck_is_healed_by_the_act_that_the_answer_names() {
    // Each kind at least once, in another shape and under other names each time.
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    let only = std::env::var("STUCK").ok();
    for round in 0..2 {
        for (number, (name, make)) in KINDS.iter().enumerate() {
            // The second round is a draw.
            let mut draw = Draw::new(round * 1_000 + number as u64);
            if round > 0 && draw.below(3) > 0 || only.as_ref().is_some_and(|only| !name.contains(&**only)) {
                continue;
            }
            if only.is_some() {
                println!("== {name} ==");
            }
            match heal(make(&mut draw), only.is_some()) {
                Ok(()) => *tally.entry(name).or_default() += 1,
                Err(how) => failures.push(format!("== {name} (round {round}): {how}")),
            }
        }
    }
    let worlds: usize = tally.values().sum();
    println!("{worlds} stuck worlds healed:");
    for (name, count) in &tally {
        println!("{count:3} {name}");
    }
    assert!(
        failures.is_empty(),
        "{} worlds:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(
        only.is_some() || worlds >= 30 && tally.len() == KINDS.len(),
        "{worlds} worlds"
    );
}

#[test]
fn a_probe_for_the_wrong_page_or_port_is_mended_whatever_it_asks() {
    for seed in 0..12 {
        if let Err(how) = heal(stuck::pods::probe(&mut Draw::new(seed)), false) {
            panic!("seed {seed}: {how}");
        }
    }
}

#[test]
fn an_answer_is_the_same_each_time_and_is_data() {
    for (_, make) in KINDS.iter().step_by(7) {
        let case = make(&mut Draw::new(5));
        let why = why::explain(&case.world, &case.asked);
        assert_eq!(why, why::explain(&make(&mut Draw::new(5)).world, &case.asked));
        let json = serde_json::to_string(&why).expect("an answer is JSON");
        let back: why::Why = serde_json::from_str(&json).expect("and is read back");
        // Instants are written to the second, as Kubernetes writes them.
        let essence = |why: &why::Why| -> Vec<_> {
            let findings = why.findings.iter();
            findings.map(|f| (f.stuck, f.text.clone(), f.ways.clone())).collect()
        };
        assert_eq!(essence(&back), essence(&why));
    }
}

#[test]
fn a_pod_evicted_from_a_dead_node_goes_back_to_the_fault() {
    let mut world = world();
    let set = stuck::deployment("web", 1, "idle:1", "");
    stuck::apply(&mut world, &set);
    world.settle(60_000);
    let pod = world.store().list::<Pod>("default").next().expect("it runs").clone();
    let node = pod.spec.node_name.clone();
    let key = Key::new(Kind::Pod, "default", pod.metadata.name.clone());
    assert_eq!(why::explain(&world, &key).health, Health::Well);
    world.run_for(1_000);
    world.befall(&Fault::StopNode(node.clone()));
    // 50 s until the node is doubted, 300 s until its pods must leave.
    world.run_for(100_000);
    let why = why::explain(&world, &key);
    let silent = &why.findings[0];
    assert_eq!(silent.stuck, Stuck::NodeSilent);
    let evicted = silent
        .coming
        .iter()
        .find(|coming| coming.what.en.starts_with("is evicted"));
    let in_ms = evicted.expect("the eviction is planned").in_ms;
    assert!((240_000..260_000).contains(&in_ms), "some 250 s are left: {in_ms}");
    world.run_for(in_ms + 1_000);
    let why = why::explain(&world, &key);
    assert_eq!(why.findings[0].stuck, Stuck::DeadNode, "{}", why.text(Lang::En));
    let first = &why.as_it_is[0];
    assert_eq!(first.who, format!("! {node} loses power"), "{}", why.text(Lang::En));
    assert!(why.as_it_is.len() >= 3, "{}", why.text(Lang::En));
    let made = &why.exists[0];
    assert!(made.who.starts_with("$ "), "a person wanted it: {}", why.text(Lang::En));
}

#[test]
fn an_object_that_is_gone_says_who_deleted_it() {
    let mut world = world();
    stuck::apply(&mut world, &stuck::deployment("web", 1, "idle:1", ""));
    world.settle(60_000);
    let pod = world
        .store()
        .list::<Pod>("default")
        .next()
        .expect("it runs")
        .metadata
        .name
        .clone();
    let key = Key::new(Kind::Pod, "default", pod.clone());
    let words = ["delete", "pod", &pod, "--wait=false"].map(str::to_owned);
    assert_eq!(kubectl(&mut world, &words, "").0, 0);
    world.settle(120_000);
    let why = why::explain(&world, &key);
    assert_eq!(why.health, Health::Gone);
    assert_eq!(why.as_it_is[0].who, format!("$ delete pod/{pod}"));
    let ghost = why::explain(&world, &Key::new(Kind::Pod, "default", "ghost"));
    assert_eq!((ghost.health, ghost.as_it_is.len()), (Health::Unknown, 0));
}

#[test]
fn a_disk_that_fails_is_traced_to_the_command_and_named_in_its_cure() {
    let mut world = world();
    stuck::apply(
        &mut world,
        "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: disk}\nprovisioner: ebs.csi.aws.com\nvolumeBindingMode: WaitForFirstConsumer\n",
    );
    stuck::apply(&mut world, &stuck::stateful_set("db", 1, "idle:1", ""));
    world.settle(120_000);
    let id = world.cloud.volumes.keys().next().expect("it has a disk").clone();
    world.run_for(1_000);
    world.take(&Input::Command("pglab disk fail data-db-0".to_owned()));
    world.take(&Input::Fault(Fault::FailDisk(id.clone())));
    world.end_command();
    let why = why::explain(&world, &Key::new(Kind::Pod, "default", "db-0"));
    // The pod is ready, and still not as it was asked to be.
    assert_eq!((why.health, why.findings[0].stuck), (Health::Stuck, Stuck::DiskFailing));
    assert_eq!(
        why.findings[0].ways[0].acts[0].to_string(),
        format!("pglab disk heal {id}")
    );
    let last: Vec<&str> = why.as_it_is.iter().rev().take(2).map(|cause| &*cause.who).collect();
    assert_eq!(last, [&*format!("! {id} fails"), "$ pglab disk fail data-db-0"]);
    let korean = why.text(Lang::Ko);
    assert!(!korean.contains("fails"), "{korean}");
    // Whoever asks about the set, the claim or the volume hears of it too.
    let claim = Key::new(Kind::PersistentVolumeClaim, "default", "data-db-0");
    let volume = world
        .store()
        .list::<pglab::api::PersistentVolume>("")
        .next()
        .expect("it is bound")
        .key();
    for asked in [Key::new(Kind::StatefulSet, "default", "db"), claim, volume] {
        let why = why::explain(&world, &asked);
        assert_eq!(why.findings[0].stuck, Stuck::DiskFailing, "{}", why.text(Lang::En));
        assert_eq!(
            why.as_it_is.last().map(|cause| &*cause.who),
            Some(&*format!("! {id} fails"))
        );
    }
}

#[test]
fn a_crash_is_told_as_it_is_at_each_moment() {
    let mut world = world();
    stuck::apply(&mut world, &stuck::deployment("web", 1, "idle:1", ""));
    world.settle(60_000);
    let pod = world.store().list::<Pod>("default").next().expect("it runs").clone();
    let (node, key) = (pod.spec.node_name.clone(), pod.key());
    let machine = Key::cluster(Kind::Node, node.clone());
    world.befall(&Fault::CrashNode(node.clone()));
    for waited in [0, 10_000] {
        world.run_for(waited);
        for (asked, stuck) in [(&key, Stuck::NodeRestarting), (&machine, Stuck::MachineStarting)] {
            let why = why::explain(&world, asked);
            let told = why.text(Lang::En);
            assert_eq!((why.health, why.findings[0].stuck), (Health::Moving, stuck), "{told}");
            assert_eq!(why.findings[0].coming[0].in_ms, 30_000 - waited, "{told}");
            // It comes back by itself: nothing is to be declared dead, and nobody has to switch it on.
            assert!(
                !told.contains("out-of-service") && !told.contains("node start"),
                "{told}"
            );
        }
    }
    // The machine runs, its kubelet has looked, and the container is about to start.
    world.run_for(20_500);
    let why = why::explain(&world, &key);
    let told = why.text(Lang::En);
    assert_eq!(
        (why.health, why.findings[0].stuck),
        (Health::Moving, Stuck::Starting),
        "{told}"
    );
    assert!(
        told.contains("died with its machine") && !told.contains("again and again"),
        "{told}"
    );
    for later in [15_000, 300_000] {
        world.run_for(later);
        for asked in [&key, &machine] {
            let why = why::explain(&world, asked);
            assert_eq!(why.health, Health::Well, "{}", why.text(Lang::En));
            let crash = why.as_it_is.iter().any(|cause| cause.who.contains("crashes"));
            assert!(crash, "it says why it was away: {}", why.text(Lang::En));
        }
    }
}

#[test]
fn the_moment_at_which_a_dead_node_is_noticed_is_told_at_once() {
    let mut world = world();
    let node = world.cloud.machines.keys().next().expect("there is one").clone();
    let key = Key::cluster(Kind::Node, node.clone());
    world.befall(&Fault::StopNode(node.clone()));
    let coming = why::explain(&world, &key).findings[0].coming.clone();
    let noticed = coming
        .iter()
        .find(|coming| coming.what.en.contains("NotReady"))
        .expect("it is told");
    let ready = |world: &World| {
        world
            .store()
            .get::<pglab::api::Node>("", &node)
            .is_some_and(|node| node.is_ready())
    };
    world.run_for(noticed.in_ms - 10);
    assert!(ready(&world), "not before");
    world.run_for(20);
    assert!(!ready(&world), "then");
}

#[test]
fn a_node_that_was_switched_on_again_is_on_its_way_and_its_pods_are_not_about_to_go() {
    let mut world = world();
    stuck::apply(&mut world, &stuck::deployment("web", 1, "idle:1", ""));
    world.settle(60_000);
    let pod = world.store().list::<Pod>("default").next().expect("it runs").clone();
    let node = pod.spec.node_name.clone();
    world.befall(&Fault::StopNode(node.clone()));
    world.run_for(120_000);
    world.befall(&Fault::StartNode(node.clone()));
    for asked in [pod.key(), Key::cluster(Kind::Node, node)] {
        let why = why::explain(&world, &asked);
        let told = why.text(Lang::En);
        assert_eq!(why.health, Health::Moving, "{told}");
        assert!(told.contains("boots") && !told.contains("evicted"), "{told}");
        let Remedy::JustWait(ms) = why.findings[0].ways[0].acts[0] else {
            panic!("{told}");
        };
        let mut later = world.clone();
        later.run_for(ms);
        assert_eq!(why::explain(&later, &asked).health, Health::Well, "{told}");
    }
}
