//! `pglab book`

use super::error::{Exit, Failure};
use super::{list, terminal};
use crate::book::{self, Player as Plays};
use crate::cloud::Settings;
use crate::lab::{Error, Lab, Lang, Player, Rehearsal, Shown, command};
use crate::manifest::Source;
use crate::sim::ClusterSpec;
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Book {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the book in every language
    Build {
        /// The folder of the book
        #[arg(default_value = "book")]
        folder: PathBuf,
    },
    /// Serve mdBook as a preprocessor: the book comes in on standard input
    Preprocess {
        /// `supports RENDERER`, as mdBook asks first
        question: Vec<String>,
    },
}

/// Plays for the book, always with the seed 1: a reader's run shows the same.
pub(super) struct Stage;

impl Plays for Stage {
    fn play(&mut self, lab: &Lab, lang: Lang) -> Result<Vec<Shown>, Error> {
        let mut shown = Vec::new();
        let as_predicted =
            Player::new(lab, 1, lang, Settings::default())?.play(None, &mut |piece| shown.push(piece))?;
        if !as_predicted {
            return Err(Error::new(
                format!("{} does not come out as it predicts", lab.id),
                format!("see it: pglab run {}", lab.id),
            ));
        }
        Ok(shown)
    }

    fn screens(&mut self, manifests: &[(&str, &str)], commands: &[String]) -> Result<Vec<Shown>, Error> {
        let sources: Vec<Source> = manifests.iter().map(|(name, text)| Source::new(*name, *text)).collect();
        let played = Rehearsal::play(&sources, &ClusterSpec::default(), 1, Settings::default());
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
            let outcome =
                command(&mut rehearsal.world, line, &files).map_err(|what| Error::new(what, "mend the chapter"))?;
            let (output, exit) = (outcome.terminal(), outcome.code);
            shown.push(Shown::Screen {
                at_ms,
                command: line.clone(),
                output,
                exit,
            });
        }
        Ok(shown)
    }
}

impl Book {
    pub fn run(self) -> Result<Exit, Failure> {
        let library = list::library(None)?;
        let labs: Vec<Lab> = library.labs().cloned().collect();
        match self.command {
            Command::Build { folder } => {
                for root in book::books(&folder) {
                    book::build(&root, &labs, Stage)?;
                    eprintln!("built {}", root.join("book").display());
                }
                Ok(Exit::Fine)
            }
            // mdBook asks whether a renderer is supported, and takes success for yes.
            Command::Preprocess { question } if !question.is_empty() => Ok(Exit::Fine),
            Command::Preprocess { .. } => {
                let mut out = Vec::new();
                book::preprocess(std::io::stdin().lock(), &mut out, &labs, Stage)?;
                terminal::print(&String::from_utf8_lossy(&out))
            }
        }
    }
}
