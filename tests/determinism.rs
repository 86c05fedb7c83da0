//! The same inputs tell the same story, byte for byte, in debug and release and on every machine.
//!
//! `tests/golden/stories.txt` holds a hash of all that happens in each act of each lab at some seeds, and the version of
//! the rules that tell it so. Both profiles are held against the same file: `cargo test --test determinism` and
//! `cargo test --release --test determinism`. `PGLAB_BLESS=1` accepts other stories, but only under a new version of the
//! rules. (The built program in other time zones, languages and folders: `tests/program.rs`.)

use pglab::api::ManagedFields;
use pglab::cloud::Settings;
use pglab::lab::{Lang, Library, Player, Until};
use pglab::sim::{RULES_VERSION, World};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const SEEDS: [u64; 3] = [1, 2, 77];

/// The file with the accepted stories.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/stories.txt");

/// Hashes of stories by `lab3 b seed 2`, and the version of the rules that tell them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stories {
    rules: u32,
    hashes: BTreeMap<String, String>,
}

impl Stories {
    /// Plays all labs.
    fn told() -> Self {
        let labs = Library::inside().labs().unwrap_or_else(|error| panic!("{error}"));
        let mut hashes = BTreeMap::new();
        for lab in &labs {
            for seed in SEEDS {
                for act in &lab.acts {
                    let until = Until {
                        act: act.id.clone(),
                        step: None,
                    };
                    let mut player =
                        Player::new(lab, seed, Lang::En, Settings::default()).unwrap_or_else(|error| panic!("{error}"));
                    player
                        .play(Some(&until), &mut drop)
                        .unwrap_or_else(|error| panic!("{error}"));
                    let name = format!("{} {} seed {seed}", lab.id, act.id);
                    hashes.insert(name, hash(player.world()));
                }
            }
        }
        assert!(hashes.len() >= 3 * SEEDS.len(), "the labs are found");
        Self {
            rules: RULES_VERSION,
            hashes,
        }
    }

    /// Reads what [`Stories::text`] wrote; lines that it cannot have written are left out.
    fn read(text: &str) -> Self {
        let (mut rules, mut hashes) = (0, BTreeMap::new());
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.rsplit_once(' ') {
                Some(("rules", version)) => rules = version.parse().unwrap_or_default(),
                Some((name, hash)) => drop(hashes.insert(name.to_owned(), hash.to_owned())),
                None => (),
            }
        }
        Self { rules, hashes }
    }

    fn text(&self) -> String {
        let mut text =
            "# All that happens in each act of each lab, as a hash; the same in debug and release, on every machine.\n\
                        # See tests/determinism.rs.\n"
                .to_owned();
        text.push_str(&format!("rules {}\n", self.rules));
        for (name, hash) in &self.hashes {
            text.push_str(&format!("{name} {hash}\n"));
        }
        text
    }

    /// Returns the names of the stories that both tell, and tell otherwise.
    fn changed<'a>(&'a self, accepted: &'a Stories) -> Vec<&'a str> {
        let told = self.hashes.iter();
        let changed = told.filter(|(name, hash)| accepted.hashes.get(*name).is_some_and(|other| other != *hash));
        changed.map(|(name, _)| name.as_str()).collect()
    }

    /// Says whether these stories may be accepted in the place of others: the same story under the same rules, or other
    /// rules.
    fn may_replace(&self, accepted: &Stories) -> Result<(), String> {
        let changed = self.changed(accepted);
        if changed.is_empty() || self.rules > accepted.rules {
            return Ok(());
        }
        Err(format!(
            "another story is told than was accepted under rules {}: {}\n  if that is meant, raise RULES_VERSION in \
             src/sim/mod.rs from {} to {}, then accept: PGLAB_BLESS=1 cargo test --test determinism",
            accepted.rules,
            changed.join(", "),
            self.rules,
            accepted.rules + 1
        ))
    }

    /// Says whether these stories are the accepted ones.
    fn agree(&self, accepted: &Stories) -> Result<(), String> {
        self.may_replace(accepted)?;
        if self == accepted {
            return Ok(());
        }
        Err(format!(
            "the accepted stories belong to rules {} and other labs or rules ({}) are here\n  accept: PGLAB_BLESS=1 cargo \
             test --test determinism",
            accepted.rules, self.rules
        ))
    }
}

/// Hashes every step, every revision and every ledger of a world.
fn hash(world: &World) -> String {
    let mut hasher = Sha256::new();
    let mut line = |text: String| {
        hasher.update(text.as_bytes());
        hasher.update(b"\n");
    };
    for step in world.steps() {
        line(format!("{} {} {:?}", step.at.0, step.cause, step.who));
    }
    let store = world.store();
    for revision in store.between(0, store.head()) {
        // Who manages a field is kubectl's to say, and comes in with the object: it is no rule by which a world goes on.
        let after = revision.after.clone().map(|mut object| {
            object.meta_mut().managed_fields = ManagedFields::default();
            object.to_value().to_string()
        });
        line(format!(
            "{} {} {} {after:?}",
            revision.at.0,
            revision.step,
            revision.key()
        ));
    }
    for client in world.clients() {
        line(format!("{:?}", client.ledger()));
    }
    let digest = hasher.finalize();
    digest.iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn debug_and_release_tell_the_accepted_stories() {
    let told = Stories::told();
    let accepted = Stories::read(&std::fs::read_to_string(FILE).unwrap_or_default());
    if std::env::var_os("PGLAB_BLESS").is_some() {
        told.may_replace(&accepted).unwrap_or_else(|why| panic!("{why}"));
        std::fs::write(FILE, told.text()).expect("the file can be written");
    } else {
        told.agree(&accepted).unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn another_story_needs_other_rules() {
    let stories = |rules, hashes: &[(&str, &str)]| Stories {
        rules,
        hashes: hashes
            .iter()
            .map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned()))
            .collect(),
    };
    let accepted = stories(1, &[("lab1 a seed 1", "aa"), ("lab1 b seed 1", "bb")]);
    assert_eq!(Stories::read(&accepted.text()), accepted);
    assert_eq!(accepted.agree(&accepted), Ok(()));
    let other = stories(1, &[("lab1 a seed 1", "cc"), ("lab1 b seed 1", "bb")]);
    let why = other.agree(&accepted).unwrap_err();
    assert!(
        why.contains("lab1 a seed 1") && why.contains("raise RULES_VERSION"),
        "{why}"
    );
    assert!(
        other.may_replace(&accepted).is_err(),
        "not to be accepted under the same rules"
    );
    let raised = Stories { rules: 2, ..other };
    assert!(raised.agree(&accepted).is_err(), "not accepted yet");
    assert_eq!(raised.may_replace(&accepted), Ok(()));
    let one_more = stories(
        1,
        &[
            ("lab1 a seed 1", "aa"),
            ("lab1 b seed 1", "bb"),
            ("lab4 a seed 1", "dd"),
        ],
    );
    assert!(one_more.agree(&accepted).is_err());
    assert_eq!(one_more.may_replace(&accepted), Ok(()), "a new lab changes no rule");
}
