//! Properties over scripts of choices: whatever happens inside its premise, a check holds.
//!
//! A failure shrinks to a short story and prints the script; `PGLAB_SCRIPT='…' cargo test --test properties again` plays it
//! again and tells it.

mod common;

use common::{DATABASE_KEY, cluster_of, database, deployment_with_claim, shared_database};
use pglab::checks::{self, Check};
use pglab::explore::{Act, Met, Played, Script, Set};
use pglab::sim::Lang;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::RefCell;

fn act() -> impl Strategy<Value = Act> {
    // The calm choice first: what fails shrinks towards it.
    prop_oneof![
        2 => Just(Act::Wait),
        3 => any::<u8>().prop_map(Act::Delete),
        3 => any::<u8>().prop_map(Act::Crash),
        2 => (0u8..8).prop_map(Act::StopNode),
        1 => Just(Act::StartNodes),
        2 => (0u8..8).prop_map(Act::Partition),
        1 => Just(Act::Heal),
        2 => any::<u8>().prop_map(Act::Restart),
        1 => any::<u8>().prop_map(Act::Stall),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    let waits = prop_oneof![3 => 0u16..20, 1 => 20u16..500];
    let acts = prop::collection::vec((waits, act()), 0..8);
    let choices = prop::collection::vec(any::<u8>(), 0..60);
    (0u64..1_000, acts, choices).prop_map(|(seed, acts, choices)| Script { seed, acts, choices })
}

fn named(names: &[&str]) -> Vec<&'static Check> {
    names
        .iter()
        .map(|name| checks::find(name).expect("the check is there"))
        .collect()
}

/// Plays scripts against checks; returns what was met. Fails with the script and its story.
fn hold(cases: u32, set: &Set, checks: &[&'static Check]) -> Met {
    let met = RefCell::new(Met::default());
    // The same stories each time: another day's red must be another change's. Raise `cases` to look further.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(
        Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        },
        rng,
    );
    let outcome = runner.run(&script(), |script| {
        let played = script.play(set, checks);
        met.borrow_mut().add(&played.met);
        match played.broken {
            None => Ok(()),
            Some(broken) => Err(TestCaseError::fail(format!(
                "{} is broken at {} ms: {}\n  see it again: PGLAB_SCRIPT='{script}' cargo test --test properties again -- --nocapture",
                broken.check, broken.at_ms, broken.why
            ))),
        }
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    met.into_inner()
}

const CASES: u32 = 48;

#[test]
fn a_database_in_a_statefulset_survives_whatever_happens_to_pods_nodes_and_components() {
    let everything: Vec<&Check> = checks::ALL.iter().collect();
    let met = hold(CASES, &database(), &everything);
    println!("met in {CASES} stories of a StatefulSet: {met:?}");
    for what in [
        "pod deleted by a person",
        "container restarted",
        "node lost",
        "component restarted",
        "pod evicted",
    ] {
        assert!(met.0.get(what).is_some_and(|n| *n > 0), "the stories never met: {what}");
    }
}

#[test]
fn a_deployment_with_a_claim_keeps_its_rows_too() {
    let held = named(&[
        "one-writer",
        "zone-matches",
        "nodes-not-overfull",
        "acknowledged-rows-survive",
    ]);
    let met = hold(CASES, &deployment_with_claim(), &held);
    println!("met in {CASES} stories of a Deployment: {met:?}");
    for what in ["Multi-Attach refused", "write refused", "volume attached"] {
        assert!(met.0.get(what).is_some_and(|n| *n > 0), "the stories never met: {what}");
    }
}

#[test]
fn a_pod_deleted_by_force_from_a_dead_node_gets_its_volume_once_the_controller_takes_it() {
    // The six minutes begin only when the old pod object is gone.
    let script = Script {
        seed: 1,
        acts: vec![(5, Act::StopNode(0)), (60, Act::ForceDelete(0)), (420, Act::Wait)],
        choices: vec![],
    };
    let played = script.play(&database(), &named(&["one-writer", "acknowledged-rows-survive"]));
    assert_eq!(played.broken, None);
    assert!(
        played.met.0.get("volume forced off").is_some_and(|n| *n > 0),
        "{:?}",
        played.met
    );
}

#[test]
fn outside_the_premise_a_story_breaks_one_writer() {
    // A file server lets two machines write; a node that is only cut off goes on writing; the pod is deleted by force.
    let one_writer = named(&["one-writer"]);
    let stories = (0..8u8).map(|node| Script {
        seed: u64::from(node),
        acts: vec![(10, Act::Partition(node)), (120, Act::ForceDelete(0)), (60, Act::Wait)],
        choices: vec![],
    });
    let broken = stories.into_iter().find_map(|script| {
        let played = script.play(&shared_database(), &one_writer);
        played.broken.map(|broken| (script, broken))
    });
    let (script, broken) = broken.expect("a hasty force-delete over a shared file system lets two databases write");
    println!("{script} breaks {}: {}", broken.check, broken.why);
    assert_eq!(broken.check, "one-writer");
}

#[test]
fn the_same_script_gives_the_same_world() {
    let script = Script {
        seed: 9,
        acts: vec![
            (3, Act::Crash(0)),
            (4, Act::Delete(1)),
            (2, Act::StopNode(1)),
            (400, Act::StartNodes),
        ],
        choices: vec![3, 1, 4, 1, 5, 9, 2, 6],
    };
    let story = |played: Played| format!("{:?}", played.world.story(0, 0));
    assert_eq!(
        story(script.play(&database(), &[])),
        story(script.play(&database(), &[]))
    );
}

/// Plays the script of the environment, and tells its story.
#[test]
fn again() {
    let Ok(text) = std::env::var("PGLAB_SCRIPT") else {
        return;
    };
    let script: Script = serde_json::from_str(&text).expect("PGLAB_SCRIPT holds a script as a failure printed it");
    let everything: Vec<&Check> = checks::ALL.iter().collect();
    let played = script.play(&cluster_of(DATABASE_KEY), &everything);
    for line in played.world.story(0, 0) {
        println!("{}  {}", played.world.clock(line.at), line.text(Lang::En));
    }
    println!("{:?}", played.broken);
}
