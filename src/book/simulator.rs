//! The player of the real book: the simulator.

use super::Player;
use crate::cloud::Settings;
use crate::lab::{self, Error, Lab, Lang, Rehearsal, Shown};
use crate::manifest::Source;
use crate::sim::ClusterSpec;
use std::collections::BTreeMap;

/// The seed of the whole book, and of `pglab run` when none is given: what a reader sees is what the book says.
const SEED: u64 = 1;

/// Plays each story in virtual time.
pub struct Simulator;

impl Player for Simulator {
    fn play(&mut self, lab: &Lab, lang: Lang) -> Result<Vec<Shown>, Error> {
        let mut shown = Vec::new();
        lab::Player::new(lab, SEED, lang, Settings::default())?.play(None, &mut |piece| shown.push(piece))?;
        Ok(shown)
    }

    fn screens(&mut self, manifests: &[(&str, &str)], commands: &[String]) -> Result<Vec<Shown>, Error> {
        let sources: Vec<Source> = manifests.iter().map(|(name, text)| Source::new(*name, *text)).collect();
        let played = Rehearsal::play(&sources, &ClusterSpec::default(), SEED, Settings::default());
        let mut rehearsal = played.map_err(|refused| {
            let told: Vec<String> = refused.troubles.iter().map(ToString::to_string).collect();
            Error::new(
                format!("manifests of the book are refused:\n{}", told.join("\n")),
                "mend them",
            )
        })?;
        let files: BTreeMap<String, String> = sources.into_iter().map(|s| (s.name, s.text)).collect();
        let mut shown = Vec::new();
        for line in commands {
            let at_ms = rehearsal.world.now() - rehearsal.world.began();
            let outcome = lab::command(&mut rehearsal.world, line, &files)
                .map_err(|what| Error::new(what, "mend the chapter"))?;
            shown.push(Shown::Screen {
                at_ms,
                command: line.clone(),
                output: outcome.terminal(),
                exit: outcome.code,
            });
        }
        Ok(shown)
    }
}
