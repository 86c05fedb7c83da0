//! `pglab book`

use super::error::{Exit, Failure};
use super::terminal;
use crate::book::{self, Accepted, Difference, Simulator};
use crate::lab::Library;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

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
        /// Fail when a transcript differs from the accepted one
        #[arg(long, conflicts_with = "accept")]
        check: bool,
        /// Accept the transcripts as they are now
        #[arg(long)]
        accept: bool,
    },
    /// Serve mdBook as a preprocessor: the book comes in on standard input
    Preprocess {
        /// `supports RENDERER`, as mdBook asks first
        question: Vec<String>,
    },
}

impl Book {
    pub fn run(self) -> Result<Exit, Failure> {
        match self.command {
            Command::Build { folder, check, accept } => build(&folder, check, accept),
            // mdBook asks whether a renderer is supported, and takes success for yes.
            Command::Preprocess { question } if !question.is_empty() => Ok(Exit::Fine),
            Command::Preprocess { .. } => {
                let mut out = Vec::new();
                let labs = Library::inside().labs()?;
                book::preprocess(std::io::stdin().lock(), &mut out, &labs, Simulator)?;
                terminal::print(&String::from_utf8_lossy(&out))
            }
        }
    }
}

fn build(folder: &Path, check: bool, accept: bool) -> Result<Exit, Failure> {
    // Labs that lie beside the book may be newer than those inside the program, and hold the accepted transcripts.
    let beside = folder.join("../labs");
    let library = if beside.is_dir() {
        Library::of_folder(&beside)?
    } else {
        Library::inside()
    };
    let labs = library.labs()?;
    let mut homes = Vec::new();
    for lab in &labs {
        homes.push((lab.id.clone(), beside.join(library.find(&lab.id)?.0.name())));
    }
    let accepted = Accepted::new(homes);

    let mut differences = Vec::new();
    for root in book::books(folder) {
        let printed = book::build(&root, &labs, Simulator)?;
        eprintln!("built {}: {} transcripts", root.display(), printed.len());
        if accept {
            accepted.accept(&printed)?;
        } else if check {
            differences.extend(accepted.compare(&printed)?);
        }
    }
    match differences.first() {
        None => Ok(Exit::Fine),
        Some(first) => {
            eprintln!("{}", told(first, differences.len()));
            Ok(Exit::Failed)
        }
    }
}

fn told(first: &Difference, count: usize) -> String {
    let line = |line: &Option<String>| line.clone().unwrap_or_else(|| "(nothing)".into());
    format!(
        "error: {count} transcripts differ from the accepted ones; the first at {}:{}\n  accepted: {}\n  printed:  {}\n  \
         hint: if the new ones are right, accept them: pglab book build --accept",
        first.file.display(),
        first.line,
        line(&first.accepted),
        line(&first.printed),
    )
}
