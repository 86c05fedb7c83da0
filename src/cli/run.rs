//! `pglab run`

use super::error::{Exit, Failure};
use super::{list, manifests, terminal};
use crate::cloud::Settings;
use crate::lab::show::{Json, Screenplay};
use crate::lab::{Lang, Player, Until};
use clap::{Args, ValueEnum};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Run {
    /// The lab to play, as `pglab list` names it
    #[arg(required_unless_present = "manifests")]
    lab: Option<String>,
    /// Play these manifests instead: a file, a folder with all below it, or - for standard input
    #[arg(long, value_name = "PATH", conflicts_with_all = ["lab", "until", "labs"], num_args = 1..)]
    manifests: Vec<PathBuf>,
    /// A command to give once the manifests have settled, such as 'kubectl get pods'; may be given several times
    #[arg(long, value_name = "COMMAND", requires = "manifests")]
    then: Vec<String>,
    /// The seed: another one gives other names, other places, the same lesson
    #[arg(long, default_value_t = 1, value_parser = read_seed)]
    seed: u64,
    /// How to print; json is one object a line
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print only verdicts and the end
    #[arg(long, short)]
    quiet: bool,
    /// Stop after an act, such as b, or after a step of it, such as b.7
    #[arg(long, value_name = "STEP")]
    until: Option<Until>,
    /// Take the lab from this folder instead of those inside the program
    #[arg(long, value_name = "DIR")]
    labs: Option<PathBuf>,
}

/// Reads a seed.
pub(super) fn read_seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("write a whole number from 0 to {}", u64::MAX))
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a person
    Text,
    /// For a program, one object a line
    Json,
}

impl Run {
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let look = terminal::look(lang, self.quiet);
        let Some(asked) = &self.lab else {
            return manifests::run(&self.manifests, &self.then, self.seed, self.format, look);
        };
        let library = list::library(self.labs.as_deref())?;
        let (_, lab) = library.find(asked)?;
        let mut player = Player::new(&lab, self.seed, lang, Settings::default())?;
        let mut out = BufWriter::new(std::io::stdout().lock());
        let (failed, outcome) = match self.format {
            Format::Text => {
                let mut stage = Screenplay::new(&mut out, look);
                let outcome = player.play(self.until.as_ref(), &mut |shown| stage.show(&shown));
                (stage.failed, outcome)
            }
            Format::Json => {
                let mut stage = Json::new(&mut out);
                let outcome = player.play(self.until.as_ref(), &mut |shown| stage.show(&shown));
                (stage.failed, outcome)
            }
        };
        terminal::written(failed.or(out.flush().err()))?;
        Ok(if outcome? { Exit::Fine } else { Exit::Failed })
    }
}
