//! Properties over scripts of choices: whatever happens inside its premise, a check holds.
//!
//! A failure shrinks to a short story and prints the one command that tells it again. Each property says which mechanisms
//! its stories are supposed to meet; one that they never meet fails it, and so does a check that never had anything to
//! judge. `cargo test --test properties -- --nocapture` shows the counts.

mod common;

use pglab::checks::{self, Check, When};
use pglab::explore::{Act, Met, Played, Script};
use pglab::sim::Lang;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

fn act() -> impl Strategy<Value = Act> {
    // The calm choice first: what fails shrinks towards it.
    prop_oneof![
        2 => Just(Act::Wait),
        3 => any::<u8>().prop_map(Act::Delete),
        3 => any::<u8>().prop_map(Act::Crash),
        3 => (0u8..8).prop_map(Act::StopNode),
        1 => Just(Act::StartNodes),
        2 => (0u8..8).prop_map(Act::Partition),
        1 => Just(Act::Heal),
        2 => any::<u8>().prop_map(Act::Restart),
        1 => any::<u8>().prop_map(Act::Stall),
        2 => Just(Act::Bury),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    let waits = prop_oneof![3 => 0u16..20, 2 => 20u16..500];
    let acts = prop::collection::vec((waits, act()), 0..8);
    // Some stories end with a node that is lost for longer than the attach-detach controller waits for it.
    let loss = (0u16..60, 0u8..3, 60u16..120, 420u16..600);
    let loss = prop::option::weighted(0.25, loss);
    let choices = prop::collection::vec(any::<u8>(), 0..60);
    (0u64..1_000, acts, loss, choices).prop_map(|(seed, mut acts, loss, choices)| {
        if let Some((stop_s, node, bury_s, wait_s)) = loss {
            acts.extend([(stop_s, Act::StopNode(node)), (bury_s, Act::Bury), (wait_s, Act::Wait)]);
        }
        Script { seed, acts, choices }
    })
}

/// A property: on this set, whatever happens, these checks hold.
struct Property {
    /// The set, as `common::SETS` names it.
    set: &'static str,
    /// The checks that hold.
    checks: Vec<&'static Check>,
    /// The mechanisms that its stories are supposed to meet.
    supposed: &'static [&'static str],
}

/// A story that can be told again: what a failure prints.
#[derive(Serialize, Deserialize)]
struct Story {
    set: String,
    checks: Vec<String>,
    script: Script,
}

impl Story {
    fn play(&self) -> Played {
        let names: Vec<&str> = self.checks.iter().map(String::as_str).collect();
        self.script.play(&common::set(&self.set), &named(&names))
    }

    /// Returns the command that tells the story again.
    fn command(&self) -> String {
        let story = serde_json::to_string(self).expect("a story is plain data");
        format!("PGLAB_STORY='{story}' cargo test --test properties again -- --nocapture")
    }
}

fn named(names: &[&str]) -> Vec<&'static Check> {
    let find = |name: &&str| checks::find(name).unwrap_or_else(|| panic!("there is no check {name}"));
    names.iter().map(find).collect()
}

impl Property {
    /// Plays scripts, and returns what they met, or the shortest story that breaks a check and how to see it again.
    fn run(&self, cases: u32, shrinks: u32) -> Result<Met, String> {
        let set = common::set(self.set);
        let met = RefCell::new(Met::default());
        // The same stories each time: another day's red must be another change's. Raise `cases` to look further.
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let config = Config {
            cases,
            failure_persistence: None,
            // A play takes seconds in debug: a failure is told within minutes, short or not quite so short.
            max_shrink_iters: shrinks,
            ..Config::default()
        };
        let outcome = TestRunner::new_with_rng(config, rng).run(&script(), |script| {
            let played = script.play(&set, &self.checks);
            met.borrow_mut().add(&played.met);
            let Some(broken) = played.broken else { return Ok(()) };
            let story = Story {
                set: self.set.to_owned(),
                checks: self.checks.iter().map(|check| check.name.to_owned()).collect(),
                script,
            };
            Err(TestCaseError::fail(format!(
                "{} is broken at {} ms: {}\n  see it again: {}",
                broken.check,
                broken.at_ms,
                broken.why,
                story.command()
            )))
        });
        outcome.map(|()| met.into_inner()).map_err(|error| error.to_string())
    }

    /// Plays scripts and demands that all checks hold, and that all was met that is supposed to be.
    fn hold(&self, cases: u32) {
        let met = self.run(cases, 40).unwrap_or_else(|broken| panic!("{broken}"));
        println!("{}: {cases} stories\n{met}", self.set);
        let never = met.never(self.supposed);
        assert!(never.is_empty(), "{cases} stories of {} never met: {never:?}", self.set);
        assert_eq!(met.checks.len(), self.checks.len(), "every check looked");
    }
}

const CASES: u32 = 48;

#[test]
fn a_database_in_a_statefulset_survives_whatever_happens_to_pods_nodes_and_components() {
    let property = Property {
        set: "statefulset",
        checks: checks::ALL.iter().collect(),
        supposed: &[
            "pod deleted by a person",
            "pod deleted by force",
            "container restarted",
            "node without power",
            "node cut off",
            "node not ready",
            "component restarted",
            "watch stalled",
            "pod evicted",
            "eviction cancelled",
            "Multi-Attach refused",
            "volume forced off",
            "volume attached",
            "write refused",
        ],
    };
    property.hold(CASES);
}

#[test]
fn a_deployment_with_a_claim_keeps_its_rows_too() {
    let property = Property {
        set: "deployment-with-claim",
        checks: named(&[
            "one-writer",
            "zone-matches",
            "nodes-not-overfull",
            "acknowledged-rows-survive",
        ]),
        supposed: &[
            "pod deleted by a person",
            "container restarted",
            "node without power",
            "node cut off",
            "node not ready",
            "component restarted",
            "watch stalled",
            "pod evicted",
            "Multi-Attach refused",
            "volume forced off",
            "volume attached",
        ],
    };
    property.hold(CASES);
}

#[test]
fn a_pod_deleted_by_force_from_a_dead_node_gets_its_volume_once_the_controller_takes_it() {
    // The six minutes begin only when the old pod object is gone.
    let script = Script {
        seed: 1,
        acts: vec![(5, Act::StopNode(0)), (60, Act::ForceDelete(0)), (420, Act::Wait)],
        choices: vec![],
    };
    let played = script.play(
        &common::database(),
        &named(&["one-writer", "acknowledged-rows-survive"]),
    );
    assert_eq!(played.broken, None);
    assert_eq!(played.met.never(&["volume forced off"]), Vec::<&str>::new());
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
        let played = script.play(&common::shared_database(), &one_writer);
        played.broken.map(|broken| (script, broken))
    });
    let (script, broken) = broken.expect("a hasty force-delete over a shared file system lets two databases write");
    println!("{script} breaks {}: {}", broken.check, broken.why);
    assert_eq!(broken.check, "one-writer");
}

/// A claim that any crash breaks: what a property that does not hold looks like.
static NOTHING_EVER_RESTARTS: Check = Check {
    name: "nothing-ever-restarts",
    claim: "No container is ever started anew.",
    premise: "None.",
    when: When::Settled,
    meets: |_| 1,
    holds: |world, _| match Met::of(world).mechanisms.get("container restarted") {
        None => Ok("none was".to_owned()),
        Some(n) => Err(format!("{n} were")),
    },
};

#[test]
fn a_property_that_does_not_hold_prints_the_command_that_tells_its_story_again() {
    let property = Property {
        set: "statefulset",
        checks: vec![&NOTHING_EVER_RESTARTS],
        supposed: &[],
    };
    let told = property.run(CASES, 2).expect_err("containers crash in these stories");
    let (_, rest) = told.split_once("PGLAB_STORY='").expect("the command is printed");
    let (story, command) = rest.split_once('\'').expect("the story ends");
    assert!(command.starts_with(" cargo test --test properties again -- --nocapture"));
    let story: Story = serde_json::from_str(story).expect("the story can be read back");
    let crashes = |(_, act): &(u16, Act)| matches!(act, Act::Crash(_) | Act::StopNode(_));
    assert!(story.script.acts.iter().any(crashes), "{told}");
    let again = story.script.play(&common::set(&story.set), &[&NOTHING_EVER_RESTARTS]);
    assert_eq!(again.broken.map(|broken| broken.check), Some("nothing-ever-restarts"));
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
    let set = common::database();
    assert_eq!(story(script.play(&set, &[])), story(script.play(&set, &[])));
}

/// Plays the story of the environment and tells it; without one there is nothing to tell.
#[test]
fn again() {
    let Ok(text) = std::env::var("PGLAB_STORY") else { return };
    let story: Story = serde_json::from_str(&text).expect("PGLAB_STORY holds a story as a failure printed it");
    let played = story.play();
    for line in played.world.story(0, 0) {
        println!("{}  {}", played.world.clock(line.at), line.text(Lang::En));
    }
    println!("{}", played.met);
    assert_eq!(played.broken, None);
}
